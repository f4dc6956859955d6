"""List of check boxes, with a search field if it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from runcomfy_desktop.domain.base.fuzzy import fold
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.editors.multi_choice import CheckItemDelegate
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import add_clear_button, link_button
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row

if TYPE_CHECKING:
    from collections.abc import Sequence

_MIN_ROWS_TO_SEARCH = 8
_MAX_ROWS = 10_000
_KEY_ROLE = Qt.ItemDataRole.UserRole


class CheckList(QWidget):
    """List of check boxes with a key per row.

    At most `visible_rows` rows are visible at once. Emits `edited` when the user has changed a row;
    `checked_keys` are the keys of the checked rows, from top to bottom.
    """

    edited = Signal()

    def __init__(
        self, name: str, accessible_name: str, parent: QWidget, *, visible_rows: int = 5
    ) -> None:
        super().__init__(parent)
        self._visible_rows = visible_rows
        self._search_field = QLineEdit(self)
        self._search_field.setObjectName(f"{name}_find")
        self._search_field.setAccessibleName(_("Find in: %s") % accessible_name)
        self._search_field.setPlaceholderText(_("Find…"))
        add_clear_button(self._search_field, _("Clear"))
        self._list = QListWidget(self)
        self._list.setObjectName(f"{name}_list")
        self._list.setAccessibleName(accessible_name)
        self._list.setItemDelegate(CheckItemDelegate(self._list))
        self._list.setUniformItemSizes(True)
        self._list.setProperty("framed", True)
        all_button = link_button(_("All"), f"{name}_all", self)
        none_button = link_button(_("None"), f"{name}_none", self)
        all_button.setAccessibleName(_("Tick all"))
        none_button.setAccessibleName(_("Tick none"))
        header = row((self._search_field, 1), all_button, none_button, STRETCH, spacing=3 * STEP)
        column(header, self._list, owner=self, spacing=STEP)
        self._search_field.textChanged.connect(self._on_search_changed)
        self._list.itemClicked.connect(self._toggle)
        self._list.installEventFilter(self)
        all_button.clicked.connect(lambda: self._set_all(True))
        none_button.clicked.connect(lambda: self._set_all(False))

    def show_rows(self, rows: Sequence[tuple[str, str]], checked_keys: Sequence[str]) -> None:
        """Shows rows, given as pairs of a key and a text, without emitting `edited`."""
        checked = set(checked_keys)
        self._list.clear()
        for key, text in rows[:_MAX_ROWS]:
            item = QListWidgetItem(one_line(text), self._list)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setData(_KEY_ROLE, key)
            item.setCheckState(_check_state(key in checked))
        self._search_field.clear()
        self._search_field.setVisible(len(rows) > _MIN_ROWS_TO_SEARCH)
        height = max(self._list.sizeHintForRow(0), 6 * STEP)
        self._list.setFixedHeight(min(max(len(rows), 1), self._visible_rows) * height + STEP)
        self._list.setCurrentRow(0)

    def set_checked(self, checked_keys: Sequence[str]) -> None:
        """Checks exactly these rows, without emitting `edited`."""
        checked = set(checked_keys)
        for item in self._items():
            item.setCheckState(_check_state(item.data(_KEY_ROLE) in checked))

    @property
    def checked_keys(self) -> tuple[str, ...]:
        checked = (each for each in self._items() if each.checkState() is Qt.CheckState.Checked)
        return tuple(item.data(_KEY_ROLE) for item in checked)

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _toggle(self, item: QListWidgetItem) -> None:
        item.setCheckState(_check_state(item.checkState() is not Qt.CheckState.Checked))
        self.edited.emit()

    def _set_all(self, checked: bool) -> None:
        """Checks or unchecks all visible rows."""
        for item in self._items():
            if not item.isHidden():
                item.setCheckState(_check_state(checked))
        self.edited.emit()

    def _on_search_changed(self, text: str) -> None:
        terms = fold(text).split()
        for item in self._items():
            folded = fold(item.text())
            item.setHidden(not all(word in folded for word in terms))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        item: QListWidgetItem | None = self._list.currentItem()
        if (
            item is not None
            and isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Space.value
        ):
            self._toggle(item)
            return True
        return super().eventFilter(watched, event)


def _check_state(checked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
