"""Choices that bring inputs and take them away, for several nodes at once and by the clipboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.colour_dialog import ColourDialog
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.models.inputs import Column
from tests.gui.support import gallery, hands
from tests.gui.support.bench import Bench, shown_bench
from tests.gui.support.gallery import CODEC, CRF, FORMAT, STRENGTH, TINT
from tests.gui.test_inputs_dynamic import choose, names

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
COLOURS, NOTE = InputKey("6", "format.colours"), InputKey("6", "format.note")
TWIN, TWIN_CRF = InputKey("8", "format"), InputKey("8", "format.codec.crf")


def _opened(bench: Bench) -> None:
    """Two nodes with a choice that others hang on; the second saved without any."""
    workflow: JsonObject = json.loads(json.dumps(gallery.WORKFLOW))
    workflow["8"] = {"class_type": "Dynamic", "inputs": {"format": "auto"}}
    bench.open(workflow, classes=gallery.object_info())


def _choose_rows(bench: Bench, *keys: InputKey) -> None:
    for key in keys:
        hands.press(bench.view.viewport(), bench.row_rect(key, Column.NAME).center(), CTRL)


async def test_a_choice_in_two_nodes_brings_inputs_to_both(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        _opened(bench)
        _choose_rows(bench, FORMAT, TWIN)
        choose(bench, FORMAT, "gif")
        assert {"format.colours", "format.note"} < set(names(bench))
        assert {"format.colours", "format.note"} < set(names(bench, "8"))
        assert set(bench.view.chosen.in_order()) == {FORMAT, TWIN}
        bench.workbench.undo()
        assert bench.changes == {}
        assert names(bench, "8") == ["format", "frames.image0"]


async def test_inputs_that_went_are_not_selected_any_more(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        _opened(bench)
        bench.stand_on(FORMAT)
        bench.key(K.Key_A, CTRL)
        assert CRF in bench.view.chosen
        bench.workbench.edit({FORMAT: "auto"}, "Choose")
        hands.settle()
        assert CRF not in bench.view.chosen
        assert CODEC not in bench.view.chosen
        bench.model.reset_input(FORMAT)
        assert bench.changes == {}


async def test_a_whole_node_is_pasted_with_its_choice_and_what_hangs_on_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        _opened(bench)
        bench.workbench.edit({CRF: 31}, "Prepare")
        bench.view.go_to_node("6")
        hands.settle()
        bench.key(K.Key_C, CTRL)
        bench.view.go_to_node("8")
        hands.settle()
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {
            CRF: 31,
            TWIN: "mp4",
            InputKey("8", "format.codec"): "h264",
            TWIN_CRF: 31,
        }
        assert bench.said == []
        assert names(bench, "8")[:3] == ["format", "format.codec", "format.codec.crf"]
        bench.workbench.undo()
        assert bench.changes == {CRF: 31}


async def test_what_hangs_on_a_choice_is_pasted_into_another_draft(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        _opened(bench)
        bench.workbench.edit({FORMAT: "gif", COLOURS: 8, NOTE: "few"}, "Prepare")
        bench.stand_on(FORMAT)
        bench.key(K.Key_A, CTRL)
        bench.key(K.Key_C, CTRL)
        bench.open(gallery.WORKFLOW, classes=gallery.object_info(), deployment_id="other:1")
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {FORMAT: "gif", COLOURS: 8, NOTE: "few"}


async def test_a_missing_input_has_nothing_to_copy(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        workflow: JsonObject = {
            "1": {"class_type": "Numbers", "inputs": {"cfg": 2.5}},
            "2": {"class_type": "Numbers", "inputs": {"cfg": 1.5, "width": 8}},
        }
        bench.open(workflow, classes=gallery.object_info())
        bench.view.go_to_node("1")
        hands.settle()
        bench.key(K.Key_C, CTRL)
        bench.view.go_to_node("2")
        hands.settle()
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {InputKey("2", "cfg"): 2.5}
        assert bench.said == []


def _twins(bench: Bench, node_id: str) -> None:
    """The workflow with a second node of the same class, whose values are others."""
    workflow: JsonObject = json.loads(json.dumps(gallery.WORKFLOW))
    twin = json.loads(json.dumps(workflow[node_id]))
    twin["inputs"] |= {"tint": "#00ff00"} if node_id == "4" else {"strength": 0.25}
    workflow["8"] = twin
    bench.open(workflow, classes=gallery.object_info())


async def test_a_colour_that_was_only_tried_is_taken_back_from_all(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        _twins(bench, "4")
        other = InputKey("8", "tint")
        _choose_rows(bench, TINT, other)
        dialog = ColourDialog.open_for(bench.view, TINT)
        dialog.setCurrentColor(QColor("#123456"))
        assert bench.changes == {TINT: "#123456", other: "#123456"}
        dialog.reject()
        assert bench.changes == {}
        assert bench.workbench.state.undo_text == ""


async def test_a_slider_that_was_drawn_is_taken_back_in_all(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        _twins(bench, "1")
        other = InputKey("8", "strength")
        _choose_rows(bench, STRENGTH, other)
        at = bench.part(STRENGTH, Part.SLIDER)
        QTest.mousePress(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseMove(bench.view.viewport(), at + QPoint(20, 0))
        hands.settle()
        assert bench.changes.keys() == {STRENGTH, other}
        bench.key(K.Key_Escape)
        assert bench.changes == {}
        QTest.mouseRelease(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
