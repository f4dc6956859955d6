"""Escape leaves an editor and keeps what was typed; of an open list it takes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from runcomfy_desktop.domain.schema import InputKind, InputSpec
from runcomfy_desktop.ui.inputs.editors import (
    ChoiceEditor,
    CurveEditor,
    FieldsEditor,
    LineEditor,
    MultiEditor,
)
from tests.gui.support import gallery, hands
from tests.gui.support.bench import (
    CFG,
    IMAGE,
    PREFIX,
    PROMPT,
    SAMPLER,
    STEPS,
    TILED,
    Bench,
    shown_bench,
)
from tests.gui.support.gallery import CROP, CURVE, STYLES, TINT
from tests.gui.support.pins import Form
from tests.gui.support.wells import text, well

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.view import InputsView

K = Qt.Key
ADDRESS = "https://example.com/dog.jpg"


def open_editor(view: InputsView, key: InputKey) -> None:
    view.deeds.open_editor(view.inputs.index_of(key))
    hands.settle()
    assert view.delegate.editing_key == key


@pytest.mark.parametrize("is_pinned", [False, True])
@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        (STEPS, "35", 35),
        (CFG, "2,5", 2.5),
        (PREFIX, "Red", "Red"),
        (PROMPT, "a red boat", "a red boat"),
        (SAMPLER, "heun", "heun"),
    ],
)
async def test_escape_keeps_what_was_typed(
    tmp_path: Path, key: InputKey, typed: str, value: Value, is_pinned: bool
) -> None:
    async with shown_bench(tmp_path, height=700) as bench:
        bench.open()
        if is_pinned:
            bench.pins.pin(key)
            hands.settle()
        view = Form(bench).view if is_pinned else bench.view
        open_editor(view, key)
        bench.retype(typed)
        if isinstance(view.delegate.editor, ChoiceEditor):
            view.delegate.editor.list_view().hide()
        bench.key(K.Key_Escape)
        assert view.delegate.editor is None
        assert view.hasFocus()
        assert bench.changes == {key: value}
        assert bench.workbench.state.undo_text == f"Change {key.name}"
        bench.workbench.undo()
        assert bench.changes == {}
        assert bench.workbench.state.undo_text == "", "it was one step"


async def test_escape_keeps_what_was_typed_before_and_behind_a_pause(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PROMPT)
        bench.retype("a red")
        bench.view.settle()
        bench.type(" boat")
        bench.key(K.Key_Escape)
        assert bench.changes == {PROMPT: "a red boat"}
        bench.workbench.undo()
        assert bench.changes == {}


@pytest.mark.parametrize("leave", [K.Key_Escape, K.Key_Tab])
async def test_no_number_leaves_the_one_before_it_as_by_tab(tmp_path: Path, leave: Qt.Key) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 12}, "Prepare")
        bench.click(STEPS)
        bench.retype("-")
        bench.key(leave)
        assert bench.view.delegate.editing_key != STEPS
        assert bench.changes == {STEPS: 12}


async def test_a_choice_taken_by_enter_stays_when_escape_follows(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(SAMPLER)
        bench.type("heu")
        bench.key(K.Key_Down)
        bench.key(K.Key_Return)
        assert bench.changes == {SAMPLER: "heun"}
        for _time in range(2):
            bench.key(K.Key_Escape)
        assert bench.changes == {SAMPLER: "heun"}
        assert bench.workbench.state.undo_text == "Change sampler_name"


async def test_escape_in_an_open_list_takes_nothing_of_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(SAMPLER)
        editor = bench.editor
        assert isinstance(editor, ChoiceEditor)
        bench.key(K.Key_Down)
        assert editor.value() != "euler", "the list writes into the field"
        bench.key(K.Key_Escape)
        assert not editor.list_view().isVisible()
        assert bench.view.delegate.editing_key == SAMPLER, "only the list was closed"
        assert editor.value() == "euler"
        bench.key(K.Key_Escape)
        assert bench.view.delegate.editor is None
        assert bench.changes == {}


async def test_escape_in_an_open_list_leaves_what_was_typed(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(SAMPLER)
        editor = bench.editor
        assert isinstance(editor, ChoiceEditor)
        bench.type("eul")
        bench.key(K.Key_Down)
        bench.key(K.Key_Escape)
        assert editor.currentText() == "eul"


def test_escape_in_suggestions_leaves_what_was_typed() -> None:
    holder = QWidget()
    spec = InputSpec(InputKind.STRING, choices=("one.safetensors", "two.safetensors"))
    editor = LineEditor(spec, holder)
    editor.set_value("begun\nhere")
    editor.resize(200, 30)
    hands.show(holder, 300, 100)
    editor.setFocus()
    editor.begin()
    hands.type_text(holder, "saf")
    completer = editor.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup is not None
    assert popup.isVisible()
    hands.key(holder, K.Key_Down)
    assert editor.value() == "one.safetensors"
    hands.key(holder, K.Key_Escape)
    assert not popup.isVisible()
    assert editor.value() == "saf"
    holder.close()


async def test_escape_keeps_a_box_a_curve_and_what_was_ticked(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open(gallery.WORKFLOW, classes=gallery.object_info())
        bench.click(CROP)
        assert isinstance(bench.editor, FieldsEditor)
        bench.retype("99")
        bench.key(K.Key_Escape)
        assert bench.view.delegate.editor is None
        crop = bench.changes[CROP]
        assert isinstance(crop, dict)
        assert crop["x"] == 99
        open_editor(bench.view, CURVE)
        assert isinstance(bench.editor, CurveEditor)
        bench.key(K.Key_Up)
        bench.key(K.Key_Escape)
        assert bench.view.delegate.editor is None
        assert CURVE in bench.changes
        bench.click(TINT)
        bench.retype("#123456")
        bench.key(K.Key_Escape)
        assert bench.changes[TINT] == "#123456"
        bench.click(STYLES)
        editor = bench.editor
        assert isinstance(editor, MultiEditor)
        hands.key(editor.list_view(), K.Key_Space)
        ticked = bench.changes[STYLES]
        hands.key(editor.list_view(), K.Key_Escape)
        assert not editor.list_view().isVisible()
        bench.key(K.Key_Escape)
        assert bench.view.delegate.editor is None
        assert bench.changes[STYLES] == ticked


async def test_escape_keeps_a_tick_made_by_keys(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        open_editor(bench.view, TILED)
        bench.key(K.Key_Space)
        bench.key(K.Key_Escape)
        assert bench.changes == {TILED: True}


def button(bench: Bench, name: str) -> QAbstractButton:
    return hands.find(well(bench, IMAGE), QAbstractButton, name)


def address_field(bench: Bench) -> QLineEdit:
    return hands.find(well(bench, IMAGE), QLineEdit, "media_address_edit")


async def test_escape_keeps_an_address_that_was_typed(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(button(bench, "media_address"))
        bench.type(ADDRESS)
        bench.key(K.Key_Escape)
        assert bench.changes == {IMAGE: ADDRESS}
        assert bench.workbench.state.undo_text == "Use an address for image"
        assert not well(bench, IMAGE).is_asking
        assert bench.view.hasFocus()


async def test_half_an_address_stays_to_be_finished(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(button(bench, "media_address"))
        bench.type("example.com/dog")
        bench.key(K.Key_Escape)
        assert bench.view.hasFocus()
        assert bench.changes == {}
        assert well(bench, IMAGE).is_asking
        assert address_field(bench).text() == "example.com/dog"
        assert "begins with https://" in text(bench, "facts", IMAGE)
        hands.press(button(bench, "media_address_cancel"))
        assert not well(bench, IMAGE).is_asking


@pytest.mark.parametrize("typed", ["", "https://"])
async def test_escape_puts_an_address_line_away_in_which_nothing_stands(
    tmp_path: Path, typed: str
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.press(button(bench, "media_address"))
        bench.type(typed)
        bench.key(K.Key_Escape)
        assert not well(bench, IMAGE).is_asking
        assert bench.changes == {}
