"""The drafts as a Qt list, as far as they match what was typed above it."""

from __future__ import annotations

import time
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from runcomfy_desktop.core.draft_rows import DraftRow, DraftsState
from runcomfy_desktop.ui.drafts import words
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtCore import QObject

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
_MANY = 50


class DraftRole(IntEnum):
    """What a row can be asked for besides Qt's own roles."""

    KEY = Qt.ItemDataRole.UserRole
    BELONGING = Qt.ItemDataRole.UserRole + 1
    COUNT = Qt.ItemDataRole.UserRole + 2
    AGE = Qt.ItemDataRole.UserRole + 3
    IS_CURRENT = Qt.ItemDataRole.UserRole + 4
    IS_OPENING = Qt.ItemDataRole.UserRole + 5
    IS_ODD = Qt.ItemDataRole.UserRole + 6


class DraftsModel(QAbstractListModel):
    """Rows keep their identity while the same drafts are listed. Emits `renamed` with a key and
    what was typed."""

    renamed = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._state = DraftsState()
        self._rows: tuple[DraftRow, ...] = ()
        self._words: tuple[str, ...] = ()
        # What was found of each row with these words.
        self._found: dict[str, tuple[DraftRow, bool]] = {}

    def take(self, state: DraftsState) -> None:
        before, self._state = self._state, state
        places = ((each.current_key, each.opening_key) for each in (before, state))
        self._arrange({key for pair in places for key in pair})

    def filter(self, text: str) -> None:
        """Lists those alone in which each word of the text is found."""
        self._words = tuple(text.casefold().split())
        self._found.clear()
        self._arrange(())

    def refresh_ages(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def row_of(self, key: str) -> int:
        """The row of a draft, -1 when it is not listed."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), -1)

    def draft(self, index: Index) -> DraftRow | None:
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        row = self.draft(index)
        return flags if row is None or row.is_odd else flags | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.draft(index)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return words.title_of(row)
            case Qt.ItemDataRole.EditRole:
                return row.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return words.spoken(
                    row,
                    time.time(),
                    is_current=row.key == self._state.current_key,
                    is_opening=row.key == self._state.opening_key,
                )
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(words.tip(row))
        return self._own(row, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.draft(index)
        if row is None or role != Qt.ItemDataRole.EditRole:
            return False
        title = " ".join(str(value).split())
        if title != row.title:
            self.renamed.emit(row.key, title)
        return True

    def _own(self, row: DraftRow, role: int) -> Any:
        match role:
            case DraftRole.KEY:
                return row.key
            case DraftRole.BELONGING:
                return words.belonging(row)
            case DraftRole.COUNT:
                return words.count(row)
            case DraftRole.AGE:
                return words.age(row.modified_s, time.time())
            case DraftRole.IS_CURRENT:
                return row.key == self._state.current_key
            case DraftRole.IS_OPENING:
                return row.key == self._state.opening_key
            case DraftRole.IS_ODD:
                return row.is_odd
        return None

    def _arrange(self, marked: Collection[str]) -> None:
        """Shows the state's rows. Those `marked` may be in view, or on their way there."""
        rows, before = tuple(filter(self._matches, self._state.rows)), self._rows
        if [row.key for row in rows] != [row.key for row in before]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        self._rows = rows
        told = [
            at
            for at, (row, old) in enumerate(zip(rows, before, strict=True))
            if row is not old or row.key in marked
        ]
        if len(told) > _MANY:
            self.refresh_ages()
            return
        for at in told:
            self.dataChanged.emit(self.index(at), self.index(at))

    def _matches(self, row: DraftRow) -> bool:
        if not self._words:
            return True
        found = self._found.get(row.key)
        if found is None or found[0] is not row:
            found = self._found[row.key] = (row, self._has_words(row))
        return found[1]

    def _has_words(self, row: DraftRow) -> bool:
        text = f"{words.title_of(row)}\n{words.belonging(row)}".casefold()
        return all(word in text for word in self._words)
