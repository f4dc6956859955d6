"""The caret of an edited prompt is always visible, regardless of the prompt's position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from runcomfy_desktop.ui.input_tree.editors import MultilineTextEditor
from runcomfy_desktop.ui.input_tree.full_text_dialog import FullTextDialog
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.style.theme import STEP
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    IMAGE,
    PROMPT,
    SEED,
    STEPS,
    TILED,
    InputsHarness,
    open_inputs_harness,
)
from tests.gui.support.pinned_form import PinnedFormDriver

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LINES = "\n".join(f"line {number} of a long prompt" for number in range(1, 41))


def open_prompt(view: InputsView) -> MultilineTextEditor:
    view.commands.open_editor(view.inputs.index_of(PROMPT))
    user_input.process_events()
    editor = view.delegate.editor
    assert isinstance(editor, MultilineTextEditor)
    return editor


def caret_is_seen(view: InputsView) -> bool:
    """Reports whether the caret is fully visible in its field and in the tree."""
    editor = view.delegate.editor
    assert isinstance(editor, MultilineTextEditor)
    caret = editor.cursorRect()
    in_tree = QRect(editor.viewport().mapTo(view.viewport(), caret.topLeft()), caret.size())
    inside = editor.viewport().rect().contains(caret)
    return inside and view.viewport().rect().contains(in_tree)


def form_of(harness: InputsHarness, *keys: InputKey) -> InputsView:
    harness.pins.pin(*keys)
    user_input.process_events()
    return PinnedFormDriver(harness).view


def view_of(harness: InputsHarness, place: str) -> InputsView:
    if place == "tree":
        return harness.view
    return form_of(harness, IMAGE, PROMPT, STEPS)


def paste(harness: InputsHarness, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)
    harness.key(K.Key_V, CTRL)


@pytest.mark.parametrize("place", ["tree", "form"])
@pytest.mark.parametrize("height", [330, 520])
async def test_the_caret_is_in_view_after_every_key(
    tmp_path: Path, place: str, height: int
) -> None:
    async with open_inputs_harness(tmp_path, height=height) as harness:
        harness.open()
        view = view_of(harness, place)
        open_prompt(view)
        for _line in range(16):
            harness.key(K.Key_Return)
            assert caret_is_seen(view)
            harness.type("some words")
            assert caret_is_seen(view)
        for which in (*[K.Key_Up] * 14, K.Key_PageDown, K.Key_PageUp):
            harness.key(which)
            assert caret_is_seen(view)
        for which in (K.Key_End, K.Key_Home):
            harness.key(which, CTRL)
            assert caret_is_seen(view)
        for _letter in range(30):
            harness.key(K.Key_Delete)
            assert caret_is_seen(view)


@pytest.mark.parametrize("place", ["tree", "form"])
async def test_the_caret_is_in_view_after_a_paste_and_its_undo(tmp_path: Path, place: str) -> None:
    async with open_inputs_harness(tmp_path, height=400) as harness:
        harness.open()
        view = view_of(harness, place)
        open_prompt(view)
        paste(harness, LINES)
        assert caret_is_seen(view)
        harness.key(K.Key_Z, CTRL)
        assert caret_is_seen(view)
        harness.key(K.Key_Z, CTRL | SHIFT)
        assert caret_is_seen(view)
        view.commit_pending_edits()
        harness.draft_editor.undo()
        user_input.process_events()
        assert caret_is_seen(view)
        harness.draft_editor.redo()
        user_input.process_events()
        assert caret_is_seen(view)


@pytest.mark.parametrize("place", ["tree", "form"])
async def test_the_caret_stays_in_view_when_its_room_changes(tmp_path: Path, place: str) -> None:
    async with open_inputs_harness(tmp_path, height=640) as harness:
        harness.open()
        view = view_of(harness, place)
        editor = open_prompt(view)
        paste(harness, LINES.replace("\n", " and "))
        for size in ((780, 560), (780, 330), (520, 330), (1100, 330), (780, 700), (520, 420)):
            harness.panel.resize(*size)
            user_input.process_events()
            assert caret_is_seen(view), size
            assert editor.hasFocus()


async def test_the_caret_stays_in_view_when_pins_come_and_go_above_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=520) as harness:
        harness.open()
        open_prompt(harness.view)
        paste(harness, LINES)
        for key in (STEPS, IMAGE, CFG, SEED, TILED):
            harness.pins.pin(key)
            user_input.process_events()
            assert harness.view.delegate.editing_key == PROMPT
            assert caret_is_seen(harness.view), key
        harness.pins.unpin(STEPS, IMAGE, CFG, SEED, TILED)
        user_input.process_events()
        assert caret_is_seen(harness.view)


async def test_a_click_into_a_long_prompt_leaves_the_caret_in_view(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=400) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: LINES}, "Edit")
        harness.click(PROMPT)
        assert caret_is_seen(harness.view)


@pytest.mark.parametrize("place", ["tree", "form"])
async def test_a_prompt_grows_to_twelve_lines_and_never_beyond_what_is_in_view(
    tmp_path: Path, place: str
) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "short"}, "Edit")
        view = view_of(harness, place)
        editor = open_prompt(view)
        field = view.delegate.part_rect(
            view.inputs.index_of(PROMPT),
            view.visualRect(view.inputs.index_of(PROMPT)),
            RowPart.FIELD,
        )
        assert field.height() == 21 * STEP
        paste(harness, LINES)
        line = editor.cursorRect().height()
        assert editor.height() // line == 12
        harness.panel.resize(780, 300)
        user_input.process_events()
        assert editor.height() < view.viewport().height()
        harness.panel.resize(780, 900)
        user_input.process_events()
        assert editor.height() // line == 12


@pytest.mark.parametrize("place", ["tree", "form"])
@pytest.mark.parametrize("height", [420, 900])
async def test_an_editor_fills_its_field_from_the_moment_it_is_opened(
    tmp_path: Path, place: str, height: int
) -> None:
    async with open_inputs_harness(tmp_path, height=height) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: LINES}, "Edit")
        view = view_of(harness, place)
        editor = open_prompt(view)
        index = view.inputs.index_of(PROMPT)
        for _time in range(2):
            field = view.delegate.part_rect(index, view.visualRect(index), RowPart.FIELD)
            assert field.contains(editor.geometry())
            assert field.height() - editor.height() < 3 * STEP
            harness.type("more")


async def test_a_prompt_is_as_high_at_rest_as_when_it_is_opened(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "short"}, "Edit")
        at_rest = harness.row_rect(PROMPT).height()
        open_prompt(harness.view)
        assert harness.row_rect(PROMPT).height() == at_rest


async def test_the_caret_stays_in_view_when_the_window_of_a_text_gets_smaller(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: LINES.replace("\n", " and ") * 3}, "Edit")
        harness.view.commands.open_full_text(PROMPT)
        dialog = harness.panel.findChild(FullTextDialog)
        assert dialog is not None
        edit = user_input.find(dialog, QPlainTextEdit, "full_text_edit")
        dialog.resize(800, 600)
        user_input.process_events()
        edit.moveCursor(QTextCursor.MoveOperation.End)
        for size in ((800, 300), (500, 300), (900, 600), (420, 260)):
            dialog.resize(*size)
            user_input.process_events()
            assert edit.viewport().rect().contains(edit.cursorRect()), size
        # If the user has scrolled elsewhere, this part of the text stays in view.
        edit.verticalScrollBar().setValue(0)
        dialog.resize(500, 260)
        user_input.process_events()
        assert edit.cursorForPosition(QPoint(0, 0)).position() == 0
        dialog.close()


@pytest.mark.parametrize("place", ["tree", "form"])
@pytest.mark.parametrize("height", [330, 520])
async def test_a_click_on_a_long_prompt_at_rest_places_the_caret_in_that_line(
    tmp_path: Path, place: str, height: int
) -> None:
    async with open_inputs_harness(tmp_path, height=height) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: LINES}, "x")
        view = view_of(harness, place)
        value = view.inputs.index_of(PROMPT, InputColumn.VALUE)
        view.scrollTo(value)
        user_input.process_events()
        field = view.visualRect(value)
        step = QFontMetrics(view.font()).lineSpacing()
        at = QPoint(field.left() + 40, field.top() + 2 * step + step // 2 + 2 * STEP)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        user_input.process_events()
        editor = view.delegate.editor
        assert isinstance(editor, MultilineTextEditor)
        assert editor.textCursor().blockNumber() in (1, 2)
        assert caret_is_seen(view)
