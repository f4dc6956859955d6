"""Open editors for people who dictate or use a braille display: what is written needs no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from tests.gui.support import hands
from tests.gui.support.bench import PREFIX, PROMPT, STEPS, Bench, shown_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.workflow import InputKey


def write(bench: Bench, text: str) -> None:
    spoken = QAccessible.queryAccessibleInterface(bench.editor)
    assert spoken is not None
    writing = spoken.editableTextInterface()
    writing.replaceText(0, spoken.textInterface().characterCount(), text)
    hands.settle()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [(STEPS, "35", 35), (PREFIX, "New", "New"), (PROMPT, "a blue one", "a blue one")],
)
async def test_what_is_written_into_an_editor_counts(
    tmp_path: Path, key: InputKey, text: str, value: object
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(key)
        write(bench, text)
        await until(lambda: bench.changes == {key: value})
        bench.view.setFocus(Qt.FocusReason.OtherFocusReason)
        hands.settle()
        assert bench.changes == {key: value}


async def test_an_editor_that_was_only_opened_changes_nothing(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        for key in (STEPS, PREFIX, PROMPT):
            bench.click(key)
            bench.view.setFocus(Qt.FocusReason.OtherFocusReason)
            hands.settle()
        assert bench.changes == {}
