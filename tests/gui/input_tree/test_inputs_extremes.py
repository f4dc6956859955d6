"""Extreme values are shown, edited and kept without loss or delay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QApplication, QToolTip

from runcomfy_desktop.domain.schema.schema import MAX_EDITED_CHARS, InputKind, InputSpec
from runcomfy_desktop.ui.input_tree.editors import LineEditor, MultilineTextEditor
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.number_values import step_value
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    PREFIX,
    PROMPT,
    WORKFLOW,
    InputsHarness,
    open_inputs_harness,
)

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow.workflow import InputKey

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
FLOAT = InputSpec(InputKind.FLOAT)
# A picture pasted into an input as Base64.
BASE64 = "QUJD" * 250_000


def holding(key: InputKey, value: Json) -> JsonObject:
    workflow: JsonObject = json.loads(json.dumps(WORKFLOW))
    node = workflow[key.node_id]
    assert isinstance(node, dict)
    inputs = node["inputs"]
    assert isinstance(inputs, dict)
    inputs[key.name] = value
    return workflow


def paste(harness: InputsHarness, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    QApplication.clipboard().setMimeData(data)
    harness.key(K.Key_V, CTRL)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10**400, str(10**400)),
        (1e300, "1e+300"),
        (-1e300, "-1e+300"),
        (2**64 - 1, "18446744073709551615"),
        (1e-7, "1e-07"),
        (-0.0, "-0.00"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
async def test_any_number_is_shown_and_left_as_it_is(
    tmp_path: Path, value: float, text: str
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(holding(CFG, value))
        assert texts.value_text(value, FLOAT) == text
        harness.click(CFG)
        harness.key(K.Key_Return)
        assert harness.changes == {}


def test_a_step_keeps_every_digit() -> None:
    assert step_value(10**30 + 1, 1, InputSpec(InputKind.INT)) == 10**30 + 2
    assert step_value(10**39 + 1, -1, FLOAT) == float(10**39)


@pytest.mark.parametrize("value", ["a\u00a0b", "one\r\ntwo", "nul\0inside", "\u202eright to left"])
async def test_typing_at_the_end_of_a_text_changes_nothing_before_it(
    tmp_path: Path, value: str
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(holding(PROMPT, value))
        harness.click(PROMPT)
        harness.key(K.Key_End, CTRL)
        harness.type("!")
        harness.key(K.Key_Tab)
        assert harness.changes == {PROMPT: value + "!"}


async def test_a_text_typed_and_taken_back_is_no_change_whatever_ends_its_lines(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(holding(PROMPT, "one\r\ntwo"))
        harness.click(PROMPT)
        harness.key(K.Key_Home, CTRL)
        harness.model.refresh_row(PROMPT)
        user_input.process_events()
        assert isinstance(harness.editor, MultilineTextEditor)
        assert harness.editor.textCursor().position() == 0, "a new measure moves no cursor"
        harness.type("x")
        harness.key(K.Key_Backspace)
        harness.key(K.Key_Tab)
        assert harness.changes == {}


@pytest.mark.parametrize("key", [PROMPT, PREFIX])
async def test_a_text_of_a_megabyte_is_kept_and_opens_no_editor(
    tmp_path: Path, key: InputKey
) -> None:
    """Qt would take minutes to lay out such text, or would truncate it silently."""
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(holding(key, BASE64))
        assert harness.model.spec_of(key).kind is InputKind.OTHER
        harness.focus_row(key)
        harness.key(K.Key_Return)
        assert harness.view.delegate.editor is None
        assert harness.draft.value(key) == BASE64


async def test_the_longest_text_without_a_blank_can_be_edited(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(holding(PROMPT, BASE64[:MAX_EDITED_CHARS]))
        harness.click(PROMPT)
        harness.key(K.Key_End, CTRL)
        harness.key(K.Key_Backspace)
        harness.key(K.Key_Tab)
        assert harness.changes == {PROMPT: BASE64[: MAX_EDITED_CHARS - 1]}


async def test_what_is_too_long_to_be_pasted_is_not_cut_off_in_silence(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        assert isinstance(harness.editor, MultilineTextEditor)
        paste(harness, BASE64)
        assert "Nothing was pasted" in QToolTip.text()
        harness.key(K.Key_Tab)
        assert harness.changes == {}
        harness.click(PREFIX)
        assert isinstance(harness.editor, LineEditor)
        paste(harness, BASE64)
        assert "The end was left out" in QToolTip.text()


async def test_a_line_longer_than_qt_takes_by_itself_keeps_its_end(tmp_path: Path) -> None:
    value = "x" * 40_000
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(holding(PREFIX, value))
        harness.click(PREFIX)
        harness.key(K.Key_End)
        harness.type("z")
        harness.key(K.Key_Return)
        assert harness.changes == {PREFIX: value + "z"}
