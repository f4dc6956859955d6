"""The kinds of inputs become known during work: nothing moves, and no typed character is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from runcomfy_desktop.domain.schema.schema import InputKind, NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.editors import ChoiceEditor, LineEditor, MultilineTextEditor
from tests.gui.support import inputs_harness as b
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    DEPLOYMENT,
    InputsHarness,
    object_info,
    open_inputs_harness,
)
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject


def arrive(harness: InputsHarness, schema: NodeSchema | None = None) -> None:
    harness.draft_editor.set_schema(DEPLOYMENT, schema or NodeSchema(object_info()))
    user_input.process_events()


def field(harness: InputsHarness) -> QLineEdit:
    """Returns the line edit of the open editor."""
    editor = harness.editor
    line = editor if isinstance(editor, QLineEdit) else editor.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    return line


def top_of(harness: InputsHarness, key: InputKey) -> int:
    return harness.view.visualRect(harness.model.index_of(key)).top()


async def test_half_a_number_stays_as_it_is_and_goes_on(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.click(b.CFG)
        harness.retype("-")
        before = top_of(harness, b.CFG)
        arrive(harness)
        assert harness.model.spec_of(b.CFG).kind is InputKind.FLOAT
        assert field(harness).text() == "-"
        assert field(harness).hasFocus()
        assert top_of(harness, b.CFG) == before
        assert harness.changes == {}
        harness.type("4")
        harness.key(Qt.Key.Key_Return)
        assert harness.changes == {b.CFG: -4}


async def test_a_pause_after_half_a_number_takes_nothing_away(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.click(b.STEPS)
        harness.retype("-")
        session = harness.view.delegate.session
        assert session is not None
        await wait_until(lambda: not session.is_pending)
        arrive(harness)
        assert field(harness).text() == "-"


async def test_a_long_text_keeps_its_letters_its_cursor_and_what_is_marked(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.click(b.PROMPT)
        before = harness.editor
        assert isinstance(before, LineEditor)
        harness.retype("paint it red")
        for _letter in range(3):
            harness.key(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        arrive(harness)
        editor = harness.editor
        assert isinstance(editor, MultilineTextEditor)
        assert isinstance(editor, QPlainTextEdit)
        assert editor.toPlainText() == "paint it red"
        assert editor.textCursor().selectedText() == "red"
        harness.type("blue")
        harness.view.commit_pending_edits()
        assert harness.changes == {b.PROMPT: "paint it blue"}
        harness.draft_editor.undo()
        assert harness.changes == {}, "what was typed before and after is one step"
        assert not harness.draft_editor.state.undo_text


async def test_the_begin_of_a_choice_stays_in_the_field_of_choices(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.click(b.SAMPLER)
        harness.retype("heu")
        arrive(harness)
        assert isinstance(harness.editor, ChoiceEditor)
        assert field(harness).text() == "heu"
        harness.key(Qt.Key.Key_Return)
        assert harness.changes == {b.SAMPLER: "heun"}


async def test_what_was_typed_is_handed_in_where_nothing_can_be_typed_any_more(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.click(b.PREFIX)
        harness.retype("Green")
        wires = object_info()
        wires["SaveImage"] = {"input": {"required": {"filename_prefix": ["LATENT", {}]}}}
        arrive(harness, NodeSchema(wires))
        assert harness.view.delegate.editor is None
        assert harness.changes == {b.PREFIX: "Green"}


async def test_what_was_typed_before_and_behind_it_is_one_step_of_undo(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.click(b.STEPS)
        harness.retype("31")
        await wait_until(lambda: harness.changes == {b.STEPS: 31})
        arrive(harness)
        harness.key(Qt.Key.Key_End)
        harness.type("5")
        harness.key(Qt.Key.Key_Escape)
        assert harness.changes == {b.STEPS: 315}
        harness.draft_editor.undo()
        assert harness.changes == {}


@pytest.mark.parametrize("filtered", [False, True])
async def test_the_place_the_current_row_and_the_folds_stay(
    tmp_path: Path, *, filtered: bool
) -> None:
    many: JsonObject = {
        f"{n}": {"class_type": "Tiles", "inputs": {"tiled": False, "batch": n}} for n in range(60)
    }
    async with open_inputs_harness(tmp_path) as harness:
        harness.open({**many, **b.WORKFLOW}, schema=False)
        if filtered:
            box = user_input.find(harness.panel, QLineEdit, "inputs_filter")
            box.setText("batch")
            user_input.process_events()
        for node_id in ("3", "33"):
            harness.view.collapse(harness.model.index_of_node(node_id))
        here = InputKey("30", "batch")
        harness.focus_row(here)
        bar = harness.view.verticalScrollBar()
        bar.setValue(bar.value() + 7)
        user_input.process_events()
        before, shown = top_of(harness, here), harness.row_names()
        arrive(harness)
        assert top_of(harness, here) == before
        assert bar.value() > 0
        assert harness.model.key_at(harness.view.currentIndex()) == here
        assert harness.row_names() == shown
        assert harness.is_painted()


async def test_rows_that_grow_above_do_not_push_the_one_that_is_typed_in(tmp_path: Path) -> None:
    texts: JsonObject = {
        f"{n}": {"class_type": "CLIPTextEncode", "inputs": {"text": "some words " * 6}}
        for n in range(40)
    }
    async with open_inputs_harness(tmp_path) as harness:
        harness.open({**texts, **b.WORKFLOW}, schema=False)
        harness.click(b.STEPS)
        harness.retype("3")
        user_input.process_events()
        before, height = top_of(harness, b.STEPS), harness.view.verticalScrollBar().maximum()
        arrive(harness)
        assert harness.view.verticalScrollBar().maximum() != height
        assert top_of(harness, b.STEPS) == before
        assert field(harness).text() == "3"


async def test_another_workflow_is_no_place_for_what_was_typed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.click(b.STEPS)
        harness.retype("-")
        harness.open(deployment_id="other")
        assert field(harness).text() == "20"
