"""Choices that add and remove inputs, for several nodes at once and through the clipboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.input_commands import ColourDialog
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.input_tree.test_inputs_dynamic import choose, names
from tests.gui.support import all_input_kinds, user_input
from tests.gui.support.all_input_kinds import CODEC, CRF, FORMAT, STRENGTH, TINT
from tests.gui.support.inputs_harness import InputsHarness, open_inputs_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
COLOURS, NOTE = InputKey("6", "format.colours"), InputKey("6", "format.note")
MATCHING_INPUT, MATCHING_CRF = InputKey("8", "format"), InputKey("8", "format.codec.crf")


def _opened(harness: InputsHarness) -> None:
    """Opens two nodes with a controlling choice; the second has no dependent inputs."""
    workflow: JsonObject = json.loads(json.dumps(all_input_kinds.WORKFLOW))
    workflow["8"] = {"class_type": "Dynamic", "inputs": {"format": "auto"}}
    harness.open(workflow, classes=all_input_kinds.object_info())


def _choose_rows(harness: InputsHarness, *keys: InputKey) -> None:
    for key in keys:
        user_input.press(
            harness.view.viewport(), harness.row_rect(key, InputColumn.NAME).center(), CTRL
        )


async def test_a_choice_in_two_nodes_brings_inputs_to_both(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        _opened(harness)
        _choose_rows(harness, FORMAT, MATCHING_INPUT)
        choose(harness, FORMAT, "gif")
        assert {"format.colours", "format.note"} < set(names(harness))
        assert {"format.colours", "format.note"} < set(names(harness, "8"))
        assert set(harness.view.row_selection.keys_in_order()) == {FORMAT, MATCHING_INPUT}
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert names(harness, "8") == ["format", "frames.image0"]


async def test_inputs_that_went_are_not_selected_any_more(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        _opened(harness)
        harness.focus_row(FORMAT)
        harness.key(K.Key_A, CTRL)
        assert CRF in harness.view.row_selection
        harness.draft_editor.edit({FORMAT: "auto"}, "Choose")
        user_input.process_events()
        assert CRF not in harness.view.row_selection
        assert CODEC not in harness.view.row_selection
        harness.model.reset_input(FORMAT)
        assert harness.changes == {}


async def test_a_whole_node_is_pasted_with_its_choice_and_what_hangs_on_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        _opened(harness)
        harness.draft_editor.edit({CRF: 31}, "Prepare")
        harness.view.go_to_node("6")
        user_input.process_events()
        harness.key(K.Key_C, CTRL)
        harness.view.go_to_node("8")
        user_input.process_events()
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {
            CRF: 31,
            MATCHING_INPUT: "mp4",
            InputKey("8", "format.codec"): "h264",
            MATCHING_CRF: 31,
        }
        assert harness.announcements == []
        assert names(harness, "8")[:3] == ["format", "format.codec", "format.codec.crf"]
        harness.draft_editor.undo()
        assert harness.changes == {CRF: 31}


async def test_what_hangs_on_a_choice_is_pasted_into_another_draft(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        _opened(harness)
        harness.draft_editor.edit({FORMAT: "gif", COLOURS: 8, NOTE: "few"}, "Prepare")
        harness.focus_row(FORMAT)
        harness.key(K.Key_A, CTRL)
        harness.key(K.Key_C, CTRL)
        harness.open(
            all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info(), deployment_id="other:1"
        )
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {FORMAT: "gif", COLOURS: 8, NOTE: "few"}


async def test_a_missing_input_has_nothing_to_copy(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        workflow: JsonObject = {
            "1": {"class_type": "Numbers", "inputs": {"cfg": 2.5}},
            "2": {"class_type": "Numbers", "inputs": {"cfg": 1.5, "width": 8}},
        }
        harness.open(workflow, classes=all_input_kinds.object_info())
        harness.view.go_to_node("1")
        user_input.process_events()
        harness.key(K.Key_C, CTRL)
        harness.view.go_to_node("2")
        user_input.process_events()
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {InputKey("2", "cfg"): 2.5}
        assert harness.announcements == []


def _two_nodes(harness: InputsHarness, node_id: str) -> None:
    """Opens the workflow with a second node of one class, whose values differ."""
    workflow: JsonObject = json.loads(json.dumps(all_input_kinds.WORKFLOW))
    copied_node = json.loads(json.dumps(workflow[node_id]))
    copied_node["inputs"] |= {"tint": "#00ff00"} if node_id == "4" else {"strength": 0.25}
    workflow["8"] = copied_node
    harness.open(workflow, classes=all_input_kinds.object_info())


async def test_a_colour_that_was_only_tried_is_taken_back_from_all(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        _two_nodes(harness, "4")
        other = InputKey("8", "tint")
        _choose_rows(harness, TINT, other)
        dialog = ColourDialog(harness.view.dialog_parent, harness.view.inputs, TINT)
        dialog.open()
        dialog.setCurrentColor(QColor("#123456"))
        assert harness.changes == {TINT: "#123456", other: "#123456"}
        dialog.reject()
        assert harness.changes == {}
        assert harness.draft_editor.state.undo_text == ""


async def test_a_slider_that_was_drawn_is_taken_back_in_all(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        _two_nodes(harness, "1")
        other = InputKey("8", "strength")
        _choose_rows(harness, STRENGTH, other)
        at = harness.row_part_point(STRENGTH, RowPart.SLIDER)
        QTest.mousePress(harness.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseMove(harness.view.viewport(), at + QPoint(20, 0))
        user_input.process_events()
        assert harness.changes.keys() == {STRENGTH, other}
        harness.key(K.Key_Escape)
        assert harness.changes == {}
        QTest.mouseRelease(harness.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
