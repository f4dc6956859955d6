"""A chip is chosen with the mouse, with keys, and by a screen reader; each choice is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from runcomfy_desktop.ui.widgets.chips import ChipRow
from tests.gui.support import user_input

if TYPE_CHECKING:
    from collections.abc import Iterator


class ChipsHarness:
    """Row of two chips, the first one chosen, and the keys that it has reported."""

    def __init__(self) -> None:
        self.row = ChipRow()
        for key in ("all", "changed"):
            self.row.add(key, f"tab_{key}")
            self.row.set_text(key, key.capitalize(), accessible_name=key)
        self.chosen: list[str] = []
        self.row.chosen.connect(self.chosen.append)
        self.row.show()
        user_input.process_events()


@pytest.fixture
def harness() -> Iterator[ChipsHarness]:
    harness = ChipsHarness()
    yield harness
    harness.row.deleteLater()


def test_a_screen_reader_chooses_a_chip(harness: ChipsHarness) -> None:
    item = QAccessible.queryAccessibleInterface(harness.row.chip("changed"))
    assert item is not None
    actions = item.actionInterface()
    assert actions is not None
    actions.doAction("Toggle")
    user_input.process_events()
    assert harness.chosen == ["changed"]
    assert harness.row.chip("changed").isChecked()


def test_a_click_is_told_once(harness: ChipsHarness) -> None:
    QTest.mouseClick(harness.row.chip("changed"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(harness.row.chip("changed"), Qt.MouseButton.LeftButton)
    assert harness.chosen == ["changed"]


def test_the_arrow_keys_choose(harness: ChipsHarness) -> None:
    first = harness.row.chip("all")
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert harness.chosen == ["changed"]


def test_a_chip_chosen_by_the_program_is_not_told(harness: ChipsHarness) -> None:
    harness.row.set_current("changed")
    assert harness.row.chip("changed").isChecked()
    assert harness.chosen == []
