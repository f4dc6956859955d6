"""List model of the drafts, filtered by the text typed above the list."""

from __future__ import annotations

import time
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from runcomfy_desktop.core.drafts.draft_rows import DraftRow, DraftsState
from runcomfy_desktop.ui.drafts import draft_texts
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtCore import QObject

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
_MAX_SINGLE_CHANGES = 50


class DraftRole(IntEnum):
    """Roles of a row in addition to Qt's own."""

    KEY = Qt.ItemDataRole.UserRole
    SOURCE = Qt.ItemDataRole.UserRole + 1
    CHANGES = Qt.ItemDataRole.UserRole + 2
    AGE = Qt.ItemDataRole.UserRole + 3
    IS_CURRENT = Qt.ItemDataRole.UserRole + 4
    IS_OPENING = Qt.ItemDataRole.UserRole + 5
    IS_UNREADABLE = Qt.ItemDataRole.UserRole + 6


class DraftsModel(QAbstractListModel):
    """List of drafts; rows keep their identity while the same drafts are listed.

    Emits `renamed` with a draft's key and the typed name.
    """

    renamed = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._state = DraftsState()
        self._rows: tuple[DraftRow, ...] = ()
        self._search_words: tuple[str, ...] = ()
        # Result per row for the current search words.
        self._match_cache: dict[str, tuple[DraftRow, bool]] = {}

    def set_state(self, state: DraftsState) -> None:
        before, self._state = self._state, state
        keys = ((each.current_key, each.opening_key) for each in (before, state))
        self._update_rows({key for pair in keys for key in pair})

    def set_filter(self, text: str) -> None:
        """Lists only the drafts that contain each word of `text`."""
        self._search_words = tuple(text.casefold().split())
        self._match_cache.clear()
        self._update_rows(())

    def refresh_ages(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def row_of(self, key: str) -> int:
        """Returns the row of a draft; -1 if it is not listed."""
        return next((row_number for row_number, row in enumerate(self._rows) if row.key == key), -1)

    def draft_row_at(self, index: Index) -> DraftRow | None:
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        row = self.draft_row_at(index)
        return flags if row is None or row.is_unreadable else flags | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.draft_row_at(index)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return draft_texts.title_text(row)
            case Qt.ItemDataRole.EditRole:
                return row.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return draft_texts.accessible_text(
                    row,
                    time.time(),
                    is_current=row.key == self._state.current_key,
                    is_opening=row.key == self._state.opening_key,
                )
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(draft_texts.tooltip_text(row))
        return self._custom_data(row, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.draft_row_at(index)
        if row is None or role != Qt.ItemDataRole.EditRole:
            return False
        title = " ".join(str(value).split())
        if title != row.title:
            self.renamed.emit(row.key, title)
        return True

    def _custom_data(self, row: DraftRow, role: int) -> Any:
        match role:
            case DraftRole.KEY:
                return row.key
            case DraftRole.SOURCE:
                return draft_texts.source_text(row)
            case DraftRole.CHANGES:
                return draft_texts.changes_text(row)
            case DraftRole.AGE:
                return draft_texts.age_text(row.modified_s, time.time())
            case DraftRole.IS_CURRENT:
                return row.key == self._state.current_key
            case DraftRole.IS_OPENING:
                return row.key == self._state.opening_key
            case DraftRole.IS_UNREADABLE:
                return row.is_unreadable
        return None

    def _update_rows(self, affected_keys: Collection[str]) -> None:
        """Updates the rows; `affected_keys` are the drafts in view or opening, before and now."""
        rows, before = tuple(filter(self._matches, self._state.rows)), self._rows
        if [row.key for row in rows] != [row.key for row in before]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        self._rows = rows
        changed = [
            row_number
            for row_number, (row, previous_row) in enumerate(zip(rows, before, strict=True))
            if row is not previous_row or row.key in affected_keys
        ]
        if len(changed) > _MAX_SINGLE_CHANGES:
            self.refresh_ages()
            return
        for row_number in changed:
            self.dataChanged.emit(self.index(row_number), self.index(row_number))

    def _matches(self, row: DraftRow) -> bool:
        if not self._search_words:
            return True
        found = self._match_cache.get(row.key)
        if found is None or found[0] is not row:
            found = self._match_cache[row.key] = (row, self._has_words(row))
        return found[1]

    def _has_words(self, row: DraftRow) -> bool:
        text = f"{draft_texts.title_text(row)}\n{draft_texts.source_text(row)}".casefold()
        return all(word in text for word in self._search_words)
