"""Open editors with dictation or a braille display: text is entered without key presses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    PREFIX,
    PROMPT,
    STEPS,
    InputsHarness,
    open_inputs_harness,
)
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow.workflow import InputKey


def write(harness: InputsHarness, text: str) -> None:
    spoken = QAccessible.queryAccessibleInterface(harness.editor)
    assert spoken is not None
    writing = spoken.editableTextInterface()
    writing.replaceText(0, spoken.textInterface().characterCount(), text)
    user_input.process_events()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [(STEPS, "35", 35), (PREFIX, "New", "New"), (PROMPT, "a blue one", "a blue one")],
)
async def test_what_is_written_into_an_editor_counts(
    tmp_path: Path, key: InputKey, text: str, value: object
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(key)
        write(harness, text)
        await wait_until(lambda: harness.changes == {key: value})
        harness.view.setFocus(Qt.FocusReason.OtherFocusReason)
        user_input.process_events()
        assert harness.changes == {key: value}


async def test_an_editor_that_was_only_opened_changes_nothing(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        for key in (STEPS, PREFIX, PROMPT):
            harness.click(key)
            harness.view.setFocus(Qt.FocusReason.OtherFocusReason)
            user_input.process_events()
        assert harness.changes == {}
