"""Harness with the graph and the tree of a real draft editor."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.ui.workflow_graph.panel import GraphPanel
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import InputsHarness, object_info, open_inputs_harness
from tests.gui.support.pixel_colours import count_pixels

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from PySide6.QtGui import QColor

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.ui.workflow_graph.view import GraphView

_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
_NO_KEYS = Qt.KeyboardModifier.NoModifier

# A chain with a branch, and an unrelated node.
CHAIN: JsonObject = {
    "1": {"class_type": "Loader", "inputs": {"name": "a"}, "_meta": {"title": "Load"}},
    "2": {"class_type": "Encode", "inputs": {"text": "b", "clip": ["1", 1]}},
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 1,
            "steps": 20,
            "cfg": 1.5,
            "sampler_name": "euler",
            "scheduler": "simple",
            "model": ["1", 0],
            "positive": ["2", 0],
        },
    },
    "4": {
        "class_type": "SaveImage",
        "inputs": {"images": ["3", 0], "filename_prefix": "x"},
        "_meta": {"title": "Save <b>all</b> & go"},
    },
    "5": {"class_type": "Upscale", "inputs": {"images": ["3", 0]}},
    "9": {"class_type": "Note", "inputs": {"text": "aside"}},
}


@dataclass
class GraphHarness:
    """Tree and graph of one workflow, each in its own window."""

    inputs: InputsHarness
    panel: GraphPanel

    @property
    def view(self) -> GraphView:
        return self.panel.view

    def current_node_id(self) -> str:
        """Returns the id of the tree's current node."""
        key = self.inputs.view.navigation.current_key()
        return "" if key is None else key.node_id

    def at(self, node_id: str) -> QPoint:
        """Returns the position of a node's centre in the view."""
        rect = self.view.node_rect(node_id)
        assert not rect.isEmpty(), f"{node_id} is not in the graph"
        return rect.center()

    def click(self, node_id: str) -> None:
        user_input.press(self.view, self.at(node_id))

    def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        user_input.key(self.panel, which, keys)

    def drag(self, start: QPoint, end: QPoint) -> None:
        """Presses the left button, moves in three steps and releases it."""
        self._mouse(QEvent.Type.MouseButtonPress, start, _LEFT)
        for step in (1, 2, 3):
            self._mouse(QEvent.Type.MouseMove, start + (end - start) * step / 3, _NONE)
        self._mouse(QEvent.Type.MouseButtonRelease, end, _LEFT)
        user_input.process_events()

    def turn_wheel(self, at: QPoint, notches: int, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        global_position = QPointF(at)
        event = QWheelEvent(
            global_position,
            self.view.mapToGlobal(global_position),
            QPoint(),
            QPoint(0, 120 * notches),
            _NONE,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view, event)
        user_input.process_events()

    def image(self) -> QImage:
        """Returns a fresh picture of the view."""
        user_input.process_events()
        return self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    def pixels(self, node_id: str, colour: str) -> int:
        """Counts the pixels of a colour in a node."""
        image = self.image()
        rect = self.view.node_rect(node_id).intersected(self.view.rect())
        return count_pixels(image.copy(rect), colour, 0)

    def colour_at(self, at: QPoint) -> QColor:
        return self.image().pixelColor(at)

    def is_painted(self) -> bool:
        """Reports whether the screen shows the same as a complete repaint."""
        user_input.process_events()
        on_screen = self.panel.screen().grabWindow(self.panel.winId()).toImage()
        rect = QRectF(self.view.geometry()).toRect()
        on_screen = on_screen.copy(rect).convertToFormat(QImage.Format.Format_RGB32)
        return on_screen == self.image()

    def _mouse(self, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton) -> None:
        global_position = QPointF(at)
        down = _NONE if kind is QEvent.Type.MouseButtonRelease else _LEFT
        event = QMouseEvent(
            kind, global_position, self.view.mapToGlobal(global_position), button, down, _NO_KEYS
        )
        QApplication.sendEvent(self.view, event)


@asynccontextmanager
async def open_graph_harness(
    folder: Path, workflow: JsonObject | None = None, *, schema: bool = True
) -> AsyncIterator[GraphHarness]:
    """Shows the tree and the graph with a workflow open; the graph has the focus."""
    async with open_inputs_harness(folder) as inputs:
        panel = GraphPanel(inputs.model, inputs.view.navigation)
        user_input.show(panel, 900, 400)
        graph = GraphHarness(inputs, panel)
        pack: JsonObject = {"python_module": "custom_nodes.samples"}
        others: JsonObject = {
            "Encode": pack,
            "Note": pack,
            "Upscale": {**pack, "output_node": True},
        }
        classes = {**others, **object_info()}
        inputs.open(CHAIN if workflow is None else workflow, schema=schema, classes=classes)
        user_input.wait_until(lambda: panel.view.isVisible())
        panel.view.setFocus()
        user_input.process_events()
        try:
            yield graph
        finally:
            panel.close()
            panel.deleteLater()
            user_input.process_events()
