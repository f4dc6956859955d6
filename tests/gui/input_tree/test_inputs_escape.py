"""Escape closes an editor and keeps the typed text; it discards the choice in an open list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.ui.input_tree.editors import (
    ChoiceEditor,
    CurveEditor,
    FieldsEditor,
    LineEditor,
    MultiChoiceEditor,
)
from tests.gui.support import all_input_kinds, user_input
from tests.gui.support.all_input_kinds import CROP, CURVE, STYLES, TINT
from tests.gui.support.inputs_harness import (
    CFG,
    IMAGE,
    PREFIX,
    PROMPT,
    SAMPLER,
    STEPS,
    TILED,
    InputsHarness,
    open_inputs_harness,
)
from tests.gui.support.media_fields import label_text, media_field
from tests.gui.support.pinned_form import PinnedFormDriver

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView

K = Qt.Key
ADDRESS = "https://example.com/dog.jpg"


def open_editor(view: InputsView, key: InputKey) -> None:
    view.commands.open_editor(view.inputs.index_of(key))
    user_input.process_events()
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
    async with open_inputs_harness(tmp_path, height=700) as harness:
        harness.open()
        if is_pinned:
            harness.pins.pin(key)
            user_input.process_events()
        view = PinnedFormDriver(harness).view if is_pinned else harness.view
        name = view.inputs.name_of(key)
        open_editor(view, key)
        harness.retype(typed)
        if isinstance(view.delegate.editor, ChoiceEditor):
            view.delegate.editor.list_view().hide()
        harness.key(K.Key_Escape)
        assert view.delegate.editor is None
        assert view.hasFocus()
        assert harness.changes == {key: value}
        assert harness.draft_editor.state.undo_text == f"Change {name}"
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert harness.draft_editor.state.undo_text == "", "it was one step"


async def test_escape_keeps_what_was_typed_before_and_behind_a_pause(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        harness.retype("a red")
        harness.view.commit_pending_edits()
        harness.type(" boat")
        harness.key(K.Key_Escape)
        assert harness.changes == {PROMPT: "a red boat"}
        harness.draft_editor.undo()
        assert harness.changes == {}


@pytest.mark.parametrize("leave", [K.Key_Escape, K.Key_Tab])
async def test_no_number_leaves_the_one_before_it_as_by_tab(tmp_path: Path, leave: Qt.Key) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 12}, "Prepare")
        harness.click(STEPS)
        harness.retype("-")
        harness.key(leave)
        assert harness.view.delegate.editing_key != STEPS
        assert harness.changes == {STEPS: 12}


async def test_a_choice_taken_by_enter_stays_when_escape_follows(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(SAMPLER)
        harness.type("heu")
        harness.key(K.Key_Down)
        harness.key(K.Key_Return)
        assert harness.changes == {SAMPLER: "heun"}
        for _time in range(2):
            harness.key(K.Key_Escape)
        assert harness.changes == {SAMPLER: "heun"}
        assert harness.draft_editor.state.undo_text == "Change sampler_name"


async def test_escape_in_an_open_list_takes_nothing_of_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(SAMPLER)
        editor = harness.editor
        assert isinstance(editor, ChoiceEditor)
        harness.key(K.Key_Down)
        assert editor.value() != "euler", "the list writes into the field"
        harness.key(K.Key_Escape)
        assert not editor.list_view().isVisible()
        assert harness.view.delegate.editing_key == SAMPLER, "only the list was closed"
        assert editor.value() == "euler"
        harness.key(K.Key_Escape)
        assert harness.view.delegate.editor is None
        assert harness.changes == {}


async def test_escape_in_an_open_list_leaves_what_was_typed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(SAMPLER)
        editor = harness.editor
        assert isinstance(editor, ChoiceEditor)
        harness.type("eul")
        harness.key(K.Key_Down)
        harness.key(K.Key_Escape)
        assert editor.currentText() == "eul"


def test_escape_in_suggestions_leaves_what_was_typed() -> None:
    holder = QWidget()
    spec = InputSpec(InputKind.STRING, choices=("one.safetensors", "two.safetensors"))
    editor = LineEditor(spec, holder)
    editor.set_value("begun\nhere")
    editor.resize(200, 30)
    user_input.show(holder, 300, 100)
    editor.setFocus()
    editor.begin()
    user_input.type_text(holder, "saf")
    completer = editor.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup is not None
    assert popup.isVisible()
    user_input.key(holder, K.Key_Down)
    assert editor.value() == "one.safetensors"
    user_input.key(holder, K.Key_Escape)
    assert not popup.isVisible()
    assert editor.value() == "saf"
    holder.close()


async def test_escape_keeps_a_box_a_curve_and_what_was_ticked(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())
        harness.click(CROP)
        assert isinstance(harness.editor, FieldsEditor)
        harness.retype("99")
        harness.key(K.Key_Escape)
        assert harness.view.delegate.editor is None
        crop = harness.changes[CROP]
        assert isinstance(crop, dict)
        assert crop["x"] == 99
        open_editor(harness.view, CURVE)
        assert isinstance(harness.editor, CurveEditor)
        harness.key(K.Key_Up)
        harness.key(K.Key_Escape)
        assert harness.view.delegate.editor is None
        assert CURVE in harness.changes
        harness.click(TINT)
        harness.retype("#123456")
        harness.key(K.Key_Escape)
        assert harness.changes[TINT] == "#123456"
        harness.click(STYLES)
        editor = harness.editor
        assert isinstance(editor, MultiChoiceEditor)
        user_input.key(editor.list_view(), K.Key_Space)
        ticked = harness.changes[STYLES]
        user_input.key(editor.list_view(), K.Key_Escape)
        assert not editor.list_view().isVisible()
        harness.key(K.Key_Escape)
        assert harness.view.delegate.editor is None
        assert harness.changes[STYLES] == ticked


async def test_escape_keeps_a_tick_made_by_keys(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        open_editor(harness.view, TILED)
        harness.key(K.Key_Space)
        harness.key(K.Key_Escape)
        assert harness.changes == {TILED: True}


def button(harness: InputsHarness, name: str) -> QAbstractButton:
    return user_input.find(media_field(harness, IMAGE), QAbstractButton, name)


def address_field(harness: InputsHarness) -> QLineEdit:
    return user_input.find(media_field(harness, IMAGE), QLineEdit, "media_address_edit")


async def test_escape_keeps_an_address_that_was_typed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(button(harness, "media_address"))
        harness.type(ADDRESS)
        harness.key(K.Key_Escape)
        assert harness.changes == {IMAGE: ADDRESS}
        assert harness.draft_editor.state.undo_text == "Use an address for image"
        assert not media_field(harness, IMAGE).is_editing_address
        assert harness.view.hasFocus()


async def test_half_an_address_stays_to_be_finished(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(button(harness, "media_address"))
        harness.type("example.com/dog")
        harness.key(K.Key_Escape)
        assert harness.view.hasFocus()
        assert harness.changes == {}
        assert media_field(harness, IMAGE).is_editing_address
        assert address_field(harness).text() == "example.com/dog"
        assert "begins with https://" in label_text(harness, "facts", IMAGE)
        user_input.press(button(harness, "media_address_cancel"))
        assert not media_field(harness, IMAGE).is_editing_address


@pytest.mark.parametrize("typed", ["", "https://"])
async def test_escape_puts_an_address_line_away_in_which_nothing_stands(
    tmp_path: Path, typed: str
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.press(button(harness, "media_address"))
        harness.type(typed)
        harness.key(K.Key_Escape)
        assert not media_field(harness, IMAGE).is_editing_address
        assert harness.changes == {}
