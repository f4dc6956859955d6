"""The kinds of inputs become known while somebody works: nothing moves, and no letter is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from runcomfy_desktop.domain.schema import InputKind, Schema
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.editors import ChoiceEditor, LineEditor, TextEditor
from tests.gui.support import bench as b
from tests.gui.support import hands
from tests.gui.support.bench import DEPLOYMENT, Bench, object_info, shown_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject


def arrive(bench: Bench, schema: Schema | None = None) -> None:
    bench.workbench.set_schema(DEPLOYMENT, schema or Schema(object_info()))
    hands.settle()


def field(bench: Bench) -> QLineEdit:
    """The line of letters in the open editor."""
    editor = bench.editor
    line = editor if isinstance(editor, QLineEdit) else editor.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    return line


def top_of(bench: Bench, key: InputKey) -> int:
    return bench.view.visualRect(bench.model.index_of(key)).top()


async def test_half_a_number_stays_as_it_is_and_goes_on(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.click(b.CFG)
        bench.retype("-")
        before = top_of(bench, b.CFG)
        arrive(bench)
        assert bench.model.spec_of(b.CFG).kind is InputKind.FLOAT
        assert field(bench).text() == "-"
        assert field(bench).hasFocus()
        assert top_of(bench, b.CFG) == before
        assert bench.changes == {}
        bench.type("4")
        bench.key(Qt.Key.Key_Return)
        assert bench.changes == {b.CFG: -4}


async def test_a_pause_after_half_a_number_takes_nothing_away(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.click(b.STEPS)
        bench.retype("-")
        session = bench.view.delegate.session
        assert session is not None
        await until(lambda: not session.is_pending)
        arrive(bench)
        assert field(bench).text() == "-"


async def test_a_long_text_keeps_its_letters_its_cursor_and_what_is_marked(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.click(b.PROMPT)
        before = bench.editor
        assert isinstance(before, LineEditor)
        bench.retype("paint it red")
        for _letter in range(3):
            bench.key(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        arrive(bench)
        editor = bench.editor
        assert isinstance(editor, TextEditor)
        assert isinstance(editor, QPlainTextEdit)
        assert editor.toPlainText() == "paint it red"
        assert editor.textCursor().selectedText() == "red"
        bench.type("blue")
        bench.view.settle()
        assert bench.changes == {b.PROMPT: "paint it blue"}
        bench.workbench.undo()
        assert bench.changes == {}, "what was typed before and after is one step"
        assert not bench.workbench.state.undo_text


async def test_the_begin_of_a_choice_stays_in_the_field_of_choices(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.click(b.SAMPLER)
        bench.retype("heu")
        arrive(bench)
        assert isinstance(bench.editor, ChoiceEditor)
        assert field(bench).text() == "heu"
        bench.key(Qt.Key.Key_Return)
        assert bench.changes == {b.SAMPLER: "heun"}


async def test_what_was_typed_is_handed_in_where_nothing_can_be_typed_any_more(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.click(b.PREFIX)
        bench.retype("Green")
        wires = object_info()
        wires["SaveImage"] = {"input": {"required": {"filename_prefix": ["LATENT", {}]}}}
        arrive(bench, Schema(wires))
        assert bench.view.delegate.editor is None
        assert bench.changes == {b.PREFIX: "Green"}


async def test_what_was_typed_before_and_behind_it_is_one_step_of_undo(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.click(b.STEPS)
        bench.retype("31")
        await until(lambda: bench.changes == {b.STEPS: 31})
        arrive(bench)
        bench.key(Qt.Key.Key_End)
        bench.type("5")
        bench.key(Qt.Key.Key_Escape)
        assert bench.changes == {b.STEPS: 315}
        bench.workbench.undo()
        assert bench.changes == {}


@pytest.mark.parametrize("filtered", [False, True])
async def test_the_place_the_current_row_and_the_folds_stay(
    tmp_path: Path, *, filtered: bool
) -> None:
    many: JsonObject = {
        f"{n}": {"class_type": "Tiles", "inputs": {"tiled": False, "batch": n}} for n in range(60)
    }
    async with shown_bench(tmp_path) as bench:
        bench.open({**many, **b.WORKFLOW}, schema=False)
        if filtered:
            box = hands.find(bench.panel, QLineEdit, "inputs_filter")
            box.setText("batch")
            hands.settle()
        for node_id in ("3", "33"):
            bench.view.collapse(bench.model.index_of_node(node_id))
        here = InputKey("30", "batch")
        bench.stand_on(here)
        bar = bench.view.verticalScrollBar()
        bar.setValue(bar.value() + 7)
        hands.settle()
        before, shown = top_of(bench, here), bench.shown()
        arrive(bench)
        assert top_of(bench, here) == before
        assert bar.value() > 0
        assert bench.model.key_at(bench.view.currentIndex()) == here
        assert bench.shown() == shown
        assert bench.is_painted()


async def test_rows_that_grow_above_do_not_push_the_one_that_is_typed_in(tmp_path: Path) -> None:
    texts: JsonObject = {
        f"{n}": {"class_type": "CLIPTextEncode", "inputs": {"text": "some words " * 6}}
        for n in range(40)
    }
    async with shown_bench(tmp_path) as bench:
        bench.open({**texts, **b.WORKFLOW}, schema=False)
        bench.click(b.STEPS)
        bench.retype("3")
        hands.settle()
        before, height = top_of(bench, b.STEPS), bench.view.verticalScrollBar().maximum()
        arrive(bench)
        assert bench.view.verticalScrollBar().maximum() != height
        assert top_of(bench, b.STEPS) == before
        assert field(bench).text() == "3"


async def test_another_workflow_is_no_place_for_what_was_typed(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.click(b.STEPS)
        bench.retype("-")
        bench.open(deployment_id="other")
        assert field(bench).text() == "20"
