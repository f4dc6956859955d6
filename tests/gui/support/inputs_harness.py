"""Harness with a real draft editor, media store and inputs panel around a small workflow."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from operator import ne
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.editor.pins import Pins
from runcomfy_desktop.core.media.media_store import MediaStore
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.pins import PinStore
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.images.picture_loader import measure_picture
from runcomfy_desktop.ui.input_tree.editors import ChoiceEditor
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart, reset_rect
from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel
from tests.gui.support import user_input

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from PySide6.QtGui import QPixmap

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft, Value

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
    """Returns ComfyUI's description (`object_info`) of the workflow's classes."""
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
            # Node packs have inputs that they do not declare.
            "python_module": "custom_nodes.samples",
        }
        for name, inputs in classes.items()
    }


class InputsHarness:
    """Visible panel with methods for user input."""

    def __init__(self, folder: Path) -> None:
        self.draft_editor = DraftEditor(random_seed=lambda: 7)
        self.notices = Notices()
        self.shown_notices: list[Notice] = []
        self.announcements: list[str] = []
        self.dropped_workflows: list[str] = []
        self.notices.listen(self.shown_notices.append)
        self.media_store = MediaStore(folder, measure_picture, self.notices)
        self.media_store.checker.changed.subscribe(
            lambda _nothing: self.draft_editor.set_unsendable(self.media_store.checker.unsendable)
        )
        self.pins = Pins(
            self.draft_editor,
            PinStore(folder / "pins.json", self.notices.post_failure),
            self.notices,
        )
        self._start_session()

    def _start_session(self) -> None:
        self.scope = SessionScope(QWidget())
        self.panel = InputsPanel(
            self.scope, self.draft_editor, self.media_store, self.pins, preferences=None
        )
        # Dialogs belong to the window of the panel, as in the program.
        self.scope.dialog_parent.setParent(self.panel)
        self.scope.dialog_parent.hide()
        self.panel.message_sent.connect(self.announcements.append)
        self.panel.workflow_dropped.connect(self.dropped_workflows.append)
        self.model = self.panel.model
        self.view = self.panel.view

    def end_session(self) -> None:
        """Ends the session as the program does; the panel is deleted a little later."""
        self.draft_editor.commit_requested.publish(None)
        self.scope.close()
        self.panel.close()
        self.panel.deleteLater()

    def restart_session(self) -> None:
        """Shows the same drafts in the panel of another session."""
        height = self.panel.height()
        self.end_session()
        self._start_session()
        user_input.show(self.panel, height=height)

    @property
    def draft(self) -> Draft:
        draft = self.draft_editor.state.draft
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
        suggests: bool = False,
    ) -> None:
        """Opens a deployment with this workflow, and with `classes` in place of the usual ones.

        Unless `suggests`, no essentials are suggested, so that all inputs are shown first.
        """
        if not suggests:
            self.draft_editor.pin_sets.setdefault(deployment_id, ())
        copied = json.loads(json.dumps(WORKFLOW if workflow is None else workflow))
        payload = DeploymentPayload(copied, overrides or {})
        self.draft_editor.open_deployment(Deployment(deployment_id, "Blue", payload=payload))
        if schema:
            self.draft_editor.set_schema(deployment_id, NodeSchema(classes or object_info()))
        user_input.process_events()

    def row_rect(self, key: InputKey, column: InputColumn = InputColumn.VALUE) -> QRect:
        index = self.model.index_of(key, column)
        assert index.isValid(), f"{key} is not shown"
        self.view.scrollTo(index)
        user_input.process_events()
        return self.view.visualRect(index)

    def row_part_point(self, key: InputKey, part: RowPart) -> QPoint:
        """Returns the centre of a painted part, in the viewport."""
        rect = self.row_rect(key)
        part_rect = self.view.delegate.part_rect(self.model.index_of(key), rect, part)
        assert not part_rect.isEmpty(), f"{key} has no {part}"
        return part_rect.center()

    def click(self, key: InputKey, part: RowPart = RowPart.FIELD) -> None:
        user_input.press(self.view.viewport(), self.row_part_point(key, part))

    def click_reset(self, key: InputKey) -> None:
        cell = self.row_rect(key, InputColumn.RESET)
        rect = reset_rect(self.view.delegate.metrics, cell)
        user_input.press(self.view.viewport(), rect.center())

    def open_menu(self, key: InputKey) -> QMenu:
        """Opens the context menu of a row with a right click."""
        at = self.row_rect(key).center()
        global_position = self.view.viewport().mapToGlobal(at)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, global_position)
        QApplication.sendEvent(self.view.viewport(), event)
        user_input.process_events()
        menu = self.view.findChild(QMenu, "input_menu")
        assert isinstance(menu, QMenu)
        return menu

    def focus_row(self, key: InputKey) -> None:
        """Makes a row current and gives the tree the focus."""
        self.view.go_to(self.model.index_of(key))
        user_input.process_events()

    def key(self, which: Qt.Key, keys: Qt.KeyboardModifier | None = None) -> None:
        user_input.key(self.panel, which, keys or Qt.KeyboardModifier.NoModifier)

    def type(self, text: str) -> None:
        user_input.type_text(self.panel, text)

    def retype(self, text: str) -> None:
        """Replaces the text of the open editor."""
        self.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.type(text)

    def close_popup(self) -> None:
        """Closes the list of an open choice and leaves its editor open."""
        editor = self.editor
        assert isinstance(editor, ChoiceEditor)
        editor.list_view().hide()
        user_input.process_events()

    def row_names(self) -> list[str]:
        """Returns the visible rows from top to bottom: names of inputs, and nodes as `#` and id."""
        names: list[str] = []
        index = self.model.index(0, 0)
        while index.isValid():
            node, key = self.model.node_row_at(index), self.model.key_at(index)
            names.append(f"#{node.node_id}" if node else (key.name if key else ""))
            index = self.view.row_geometry.index_below(index)
        return names

    def screenshot(self) -> QPixmap:
        user_input.process_events()
        return self.panel.grab()

    def repainted(self, rect: QRect) -> QImage:
        """Repaints the panel and returns an area of the tree's viewport."""
        at = self.view.viewport().mapTo(self.panel, rect.topLeft())
        return self.screenshot().toImage().copy(QRect(at, rect.size()))

    def is_painted(self) -> bool:
        """Reports whether the tree on screen looks the same as after a complete repaint."""
        user_input.process_events()
        viewport_rect = QRect(self.view.mapTo(self.panel, QPoint()), self.view.size())
        on_screen = self.panel.screen().grabWindow(self.panel.winId()).toImage()
        pictures = (on_screen.copy(viewport_rect), self.screenshot().toImage().copy(viewport_rect))
        form = QImage.Format.Format_RGB32
        if pictures[0].convertToFormat(form) == pictures[1].convertToFormat(form):
            # Fast path: converting each pixel to grey takes long.
            return True
        gray = (each.convertToFormat(QImage.Format.Format_Grayscale8) for each in pictures)
        before, repainted = (bytes(each.constBits()) for each in gray)
        # Pixels of a character that was cut by an edge may be slightly lighter.
        return before == repainted or sum(map(ne, before, repainted)) <= _CUT_PIXELS


@asynccontextmanager
async def open_inputs_harness(folder: Path, *, height: int = 560) -> AsyncIterator[InputsHarness]:
    """Shows a panel without an open workflow."""
    harness = InputsHarness(folder)
    user_input.show(harness.panel, height=height)
    try:
        yield harness
    finally:
        harness.end_session()
        await harness.pins.close()
        await harness.media_store.close()
