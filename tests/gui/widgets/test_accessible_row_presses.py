"""A screen reader's press on a row, distinguished from selection by mouse, keys and program."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, QStringListModel, Qt
from PySide6.QtWidgets import QListView

from runcomfy_desktop.ui.widgets.accessible_row_presses import AccessibleRowPresses
from tests.gui.support.user_input import key, press, process_events, show

pytestmark = pytest.mark.usefixtures("qapp")


class PressableRows(QListView):
    """List of four rows that records the rows pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setModel(QStringListModel(["a", "b", "c", "d"], self))
        self.pressed_rows: list[int] = []
        AccessibleRowPresses(self).pressed.connect(
            lambda index: self.pressed_rows.append(index.row())
        )
        show(self)
        self.mark(0)
        process_events()

    def mark(self, row: int) -> None:
        """Selects a row as the program does."""
        self.setCurrentIndex(self.model().index(row, 0))

    def press_unseen(self, row: int) -> None:
        """Selects a row as Qt carries out a screen reader's press."""
        index = self.model().index(row, 0)
        self.selectionModel().select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def test_a_press_is_told_and_the_current_row_follows() -> None:
    rows = PressableRows()
    rows.press_unseen(2)
    process_events()
    assert (rows.pressed_rows, rows.currentIndex().row()) == ([2], 2)
    rows.press_unseen(1)
    process_events()
    assert (rows.pressed_rows, rows.currentIndex().row()) == ([2, 1], 1)


def test_mouse_keys_and_the_program_press_nothing() -> None:
    rows = PressableRows()
    rows.mark(3)
    process_events()
    press(rows.viewport(), rows.visualRect(rows.model().index(1, 0)).center())
    rows.setFocus()
    key(rows, Qt.Key.Key_Down)
    assert rows.currentIndex().row() == 2
    assert rows.pressed_rows == []


@pytest.mark.parametrize("row", [0, 3])
def test_a_press_is_not_lost_when_the_program_marks_a_row_right_behind_it(row: int) -> None:
    rows = PressableRows()
    rows.press_unseen(2)
    rows.mark(row)
    process_events()
    assert rows.pressed_rows == [2]
    assert rows.currentIndex().row() == 2


def test_a_press_on_a_row_that_is_gone_by_then_is_none() -> None:
    rows = PressableRows()
    rows.press_unseen(2)
    rows.model().removeRow(2)
    process_events()
    assert rows.pressed_rows == []
