"""A real workbench, a real shelf and the real panel around one small workflow."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from operator import ne
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from runcomfy_desktop.core.media_shelf import MediaShelf
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.pins import Pins
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.store.pins import PinStore
from runcomfy_desktop.ui.inputs.editors import ChoiceEditor
from runcomfy_desktop.ui.inputs.layout import Part, reset_rect
from runcomfy_desktop.ui.inputs.panel import InputsPanel
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.pictures import measure
from tests.gui.support import hands

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from PySide6.QtGui import QPixmap

    from runcomfy_desktop.domain.draft import Draft, Value
    from runcomfy_desktop.domain.json_value import Json, JsonObject

DEPLOYMENT = "blue:1"
BIG_SEED = 18_446_744_073_709_551_615

IMAGE = InputKey("189", "image")
PROMPT = InputKey("6", "text")
SEED = InputKey("31", "seed")
STEPS = InputKey("31", "steps")
CFG = InputKey("31", "cfg")
SAMPLER = InputKey("31", "sampler_name")
SCHEDULER = InputKey("31", "scheduler")
MODEL = InputKey("31", "model")
PREFIX = InputKey("136", "filename_prefix")
TILED = InputKey("50", "tiled")
BATCH = InputKey("50", "batch")
EXTRA = InputKey("50", "extra")
LEFT = InputKey("60", "left")
RIGHT = InputKey("60", "right")

WORKFLOW: JsonObject = {
    "189": {
        "class_type": "LoadImage",
        "inputs": {"image": "bike.jpg"},
        "_meta": {"title": "Load Image"},
    },
    "6": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "repaint the bicycle in blue", "clip": ["38", 0]},
        "_meta": {"title": "Positive prompt"},
    },
    "31": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 20260203,
            "steps": 20,
            "cfg": 1,
            "sampler_name": "euler",
            "scheduler": "simple",
            "model": ["38", 0],
        },
    },
    "38": {"class_type": "Loader", "inputs": {}, "_meta": {"title": "Load model"}},
    "50": {
        "class_type": "Tiles",
        "inputs": {"tiled": False, "batch": 2, "extra": {"on": True, "deep": [1, 2]}},
    },
    "60": {"class_type": "TwoImages", "inputs": {"left": "a.png", "right": "b.png"}},
    "136": {"class_type": "SaveImage", "inputs": {"filename_prefix": "Blue"}},
}

_CUT_PIXELS = 20
_PICTURE: Json = [["bike.jpg", "a.png", "b.png"], {"image_upload": True}]


def object_info() -> JsonObject:
    """What ComfyUI would say of the classes above."""
    seed: JsonObject = {"min": 0, "max": BIG_SEED, "control_after_generate": True}
    cfg: JsonObject = {"min": 0.0, "max": 100.0, "step": 0.1, "round": 0.01}
    classes: dict[str, JsonObject] = {
        "LoadImage": {"image": _PICTURE},
        "TwoImages": {"left": _PICTURE, "right": _PICTURE},
        "CLIPTextEncode": {"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]},
        "KSampler": {
            "seed": ["INT", seed],
            "steps": ["INT", {"min": 1, "max": 10000}],
            "cfg": ["FLOAT", cfg],
            "sampler_name": [["euler", "euler_ancestral", "dpmpp_2m", "heun"], {}],
            "scheduler": [["simple", "karras", "beta"]],
            "model": ["MODEL"],
        },
        "Tiles": {
            "tiled": ["BOOLEAN", {"label_on": "tiled", "label_off": "plain"}],
            "batch": ["COMBO", {"options": [1, 2, 4, 8]}],
        },
        "SaveImage": {"filename_prefix": ["STRING", {}]},
        "Loader": {},
    }
    return {
        name: {
            "display_name": name,
            "input": {"required": inputs},
            # Packs of nodes have inputs that they do not declare.
            "python_module": "custom_nodes.samples",
        }
        for name, inputs in classes.items()
    }


class Bench:
    """The panel on screen, and what a person does with it."""

    def __init__(self, folder: Path) -> None:
        self.workbench = Workbench(random_seed=lambda: 7)
        self.notices = Notices()
        self.told: list[Notice] = []
        self.said: list[str] = []
        self.dropped: list[str] = []
        self.notices.listen(self.told.append)
        self.shelf = MediaShelf(folder, measure, self.notices)
        self.shelf.watch.changed.subscribe(
            lambda _nothing: self.workbench.set_lost(self.shelf.watch.lost)
        )
        self.pins = Pins(
            self.workbench, PinStore(folder / "pins.json", self.notices.failure), self.notices
        )
        self.panel = InputsPanel()
        self.panel.told.connect(self.said.append)
        self.panel.workflow_dropped.connect(self.dropped.append)
        self.model = self.panel.model
        self.view = self.panel.view

    @property
    def draft(self) -> Draft:
        draft = self.workbench.state.draft
        assert draft is not None
        return draft

    @property
    def changes(self) -> dict[InputKey, Value]:
        return dict(self.draft.changes)

    @property
    def editor(self) -> QWidget:
        editor = self.view.delegate.editor
        assert editor is not None, "no editor is open"
        return editor

    def open(
        self,
        workflow: JsonObject | None = None,
        *,
        overrides: JsonObject | None = None,
        deployment_id: str = DEPLOYMENT,
        schema: bool = True,
        classes: JsonObject | None = None,
    ) -> None:
        """Opens a deployment with this workflow, and `classes` if they are not the usual ones."""
        copied = json.loads(json.dumps(WORKFLOW if workflow is None else workflow))
        payload = Payload(copied, overrides or {})
        self.workbench.open_deployment(Deployment(deployment_id, "Blue", payload=payload))
        if schema:
            self.workbench.set_schema(deployment_id, Schema(classes or object_info()))
        hands.settle()

    def row_rect(self, key: InputKey, column: Column = Column.VALUE) -> QRect:
        index = self.model.index_of(key, column)
        assert index.isValid(), f"{key} is not shown"
        self.view.scrollTo(index)
        hands.settle()
        return self.view.visualRect(index)

    def part(self, key: InputKey, part: Part) -> QPoint:
        """The middle of a painted part, in the viewport."""
        rect = self.row_rect(key)
        found = self.view.delegate.part_rect(self.model.index_of(key), rect, part)
        assert not found.isEmpty(), f"{key} has no {part}"
        return found.center()

    def click(self, key: InputKey, part: Part = Part.FIELD) -> None:
        hands.press(self.view.viewport(), self.part(key, part))

    def click_reset(self, key: InputKey) -> None:
        cell = self.row_rect(key, Column.RESET)
        place = reset_rect(self.view.delegate.metrics, cell)
        hands.press(self.view.viewport(), place.center())

    def open_menu(self, key: InputKey) -> QMenu:
        """The context menu of a row, by a right click on it."""
        at = self.row_rect(key).center()
        where = self.view.viewport().mapToGlobal(at)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
        QApplication.sendEvent(self.view.viewport(), event)
        hands.settle()
        menu = self.view.findChild(QMenu, "input_menu")
        assert isinstance(menu, QMenu)
        return menu

    def stand_on(self, key: InputKey) -> None:
        """Puts the keyboard on a row."""
        self.view.go_to(self.model.index_of(key))
        hands.settle()

    def key(self, which: Qt.Key, keys: Qt.KeyboardModifier | None = None) -> None:
        hands.key(self.panel, which, keys or Qt.KeyboardModifier.NoModifier)

    def type(self, text: str) -> None:
        hands.type_text(self.panel, text)

    def retype(self, text: str) -> None:
        """Types over everything in the open editor."""
        self.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.type(text)

    def close_list(self) -> None:
        """Closes the list of an open choice and leaves its editor open."""
        editor = self.editor
        assert isinstance(editor, ChoiceEditor)
        editor.list_view().hide()
        hands.settle()

    def shown(self) -> list[str]:
        """Names of the rows on the list, nodes with a `#`, as one reads them downwards."""
        names: list[str] = []
        index = self.model.index(0, 0)
        while index.isValid():
            node, key = self.model.node_row(index), self.model.key_at(index)
            names.append(f"#{node.node_id}" if node else (key.name if key else ""))
            index = self.view.index_below(index)
        return names

    def picture(self) -> QPixmap:
        hands.settle()
        return self.panel.grab()

    def painted(self, place: QRect) -> QImage:
        """Paints the panel anew and returns a place of the tree's viewport."""
        at = self.view.viewport().mapTo(self.panel, place.topLeft())
        return self.picture().toImage().copy(QRect(at, place.size()))

    def is_painted(self) -> bool:
        """Whether the screen shows of the tree what painting it anew would show."""
        hands.settle()
        place = QRect(self.view.mapTo(self.panel, QPoint()), self.view.size())
        seen = self.panel.screen().grabWindow(self.panel.winId()).toImage()
        pictures = (seen.copy(place), self.picture().toImage().copy(place))
        form = QImage.Format.Format_RGB32
        if pictures[0].convertToFormat(form) == pictures[1].convertToFormat(form):
            # The usual case; finding the grey of each pixel takes long.
            return True
        gray = (each.convertToFormat(QImage.Format.Format_Grayscale8) for each in pictures)
        before, anew = (bytes(each.constBits()) for each in gray)
        # Where a letter was cut through by an edge its pixels may be a little lighter.
        return before == anew or sum(map(ne, before, anew)) <= _CUT_PIXELS


@asynccontextmanager
async def shown_bench(folder: Path, *, height: int = 560) -> AsyncIterator[Bench]:
    """A panel on screen, with nothing open."""
    bench = Bench(folder)
    bench.panel.attach(bench.workbench, bench.shelf, bench.pins)
    hands.show(bench.panel, height=height)
    try:
        yield bench
    finally:
        bench.panel.detach()
        await bench.pins.close()
        await bench.shelf.close()
        bench.panel.close()
