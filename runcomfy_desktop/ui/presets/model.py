"""The presets as a Qt list, with what each row says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from runcomfy_desktop.domain.preset.preset import PresetHead
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.marks import NO_MARKS
from runcomfy_desktop.ui.presets.rows import FolderRow, PresetRows, Row, group_of, preset_name
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject

    from runcomfy_desktop.core.library_state import LibraryState

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
_LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class Use:
    """Which preset the draft in view goes back to, and whether the draft differs from it."""

    path: str = ""
    is_changed: bool = False


class PresetsModel(QAbstractListModel):
    """Rows of folders and presets. Emits `rename_wished` with a path and a name that was typed into
    a row; what a drag carries of some paths is asked of `mime_of`."""

    rename_wished = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._arrangement = PresetRows()
        self._rows: tuple[Row, ...] = ()
        self._places: dict[str, int] = {}
        self._folded: frozenset[str] = frozenset()
        self._query = ""
        self._favourites: frozenset[str] = frozenset()
        self._defaults: frozenset[str] = frozenset()
        self.marks = NO_MARKS
        self.use = Use()
        self.mime_of: Callable[[Sequence[str]], QMimeData] = lambda _paths: QMimeData()

    # What is shown

    def take(self, state: LibraryState) -> None:
        """The library is another one."""
        self._arrangement.take(state)
        self._favourites = state.favourites
        self._defaults = frozenset(state.defaults.values())
        self._arrange()

    def look_for(self, query: str) -> None:
        self._query = query.strip()
        self._arrange()

    def fold(self, key: str, *, is_open: bool) -> None:
        """Opens or shuts a folder; what is looked for is shown in any case."""
        self._folded = self._folded - {key} if is_open else self._folded | {key}
        self._arrange()

    def unfold(self, path: str) -> None:
        """Opens the folder in which a preset lies, if it is shut."""
        folder = self._arrangement.folder_of(path)
        if folder in self._folded:
            self.fold(folder, is_open=True)

    def set_use(self, use: Use) -> None:
        paths = (self.use.path, use.path)
        self.use = use
        for path in paths:
            index = self.index_of(path)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def _arrange(self) -> None:
        self.beginResetModel()
        if self._query:
            self._rows, self.marks = self._arrangement.found(self._query)
        else:
            self._rows, self.marks = self._arrangement.all(self._folded), NO_MARKS
        self._places = {_key(row): place for place, row in enumerate(self._rows)}
        self.endResetModel()

    # What is asked

    def row(self, index: Index) -> Row | None:
        return self._rows[index.row()] if index.isValid() else None

    def head(self, index: Index) -> PresetHead | None:
        row = self.row(index)
        return row if isinstance(row, PresetHead) else None

    def folder(self, index: Index) -> FolderRow | None:
        row = self.row(index)
        return row if isinstance(row, FolderRow) else None

    def key(self, index: Index) -> str:
        """Names a row, whatever comes before it later."""
        row = self.row(index)
        return "" if row is None else _key(row)

    def index_of(self, key: str) -> QModelIndex:
        place = self._places.get(key, -1)
        return self.index(place) if place >= 0 else QModelIndex()

    def heading_of(self, head: PresetHead) -> QModelIndex:
        return self.index_of(_key(FolderRow(group_of(head), 0, is_open=True)))

    def first_preset(self) -> QModelIndex:
        """The uppermost row that is no heading."""
        for place, row in enumerate(self._rows):
            if isinstance(row, PresetHead):
                return self.index(place)
        return QModelIndex()

    def preset_count(self) -> int:
        return sum(isinstance(row, PresetHead) for row in self._rows)

    def is_favourite(self, head: PresetHead) -> bool:
        return head.path in self._favourites

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDropEnabled
        head = self.head(index)
        if head is None:
            return flags
        flags |= Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return flags if head.is_shipped or head.problem else flags | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        match role:
            case _ if row is None:
                return None
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.name if isinstance(row, FolderRow) else preset_name(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return _folder_spoken(row) if isinstance(row, FolderRow) else self._spoken(row)
            case Qt.ItemDataRole.ToolTipRole if isinstance(row, PresetHead):
                return tooltip(self._tip(row))
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        head = self.head(index)
        name = one_line(str(value)).strip()
        if head is not None and name and name != head.name:
            self.rename_wished.emit(head.path, name)
        # The library tells when it is so.
        return False

    def facts(self, head: PresetHead) -> str:
        """The second line of a row, or why it cannot be used."""
        if head.problem:
            return one_line(head.problem)
        parts = (
            _("Default") if head.path in self._defaults else "",
            n_("%d input", "%d inputs", head.count) % head.count,
            one_line(head.deployment_name[:_LONGEST_NOTE]),
        )
        return " · ".join(filter(None, parts))

    def _spoken(self, head: PresetHead) -> str:
        parts = [preset_name(head), self._whole(head)]
        if self.is_favourite(head):
            parts.append(_("favourite"))
        if head.path == self.use.path:
            parts.append(_("in use, changed since") if self.use.is_changed else _("in use"))
        return ", ".join(parts)

    def _tip(self, head: PresetHead) -> str:
        note = head.note[:_LONGEST_NOTE].strip()
        return "\n".join(filter(None, (preset_name(head), self._whole(head), note)))

    def _whole(self, head: PresetHead) -> str:
        """With what the heading above a row says to those who see it."""
        facts = self.facts(head)
        return f"{_('Example')} · {facts}" if head.is_shipped and not head.problem else facts

    # Drags

    def supportedDragActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        heads = (self.head(index) for index in indexes)
        return self.mime_of([head.path for head in heads if head is not None])


def _key(row: Row) -> str:
    return f"folder:{row.key}" if isinstance(row, FolderRow) else row.path


def _folder_spoken(row: FolderRow) -> str:
    count = n_("%d preset", "%d presets", row.count) % row.count
    return ", ".join((row.name, _("folder"), count, _("open") if row.is_open else _("shut")))
