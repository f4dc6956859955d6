"""List model of the presets, with the texts of each row."""

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

from runcomfy_desktop.domain.presets.preset import PresetSummary
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.presets.preset_rows import (
    PresetFolderRow,
    PresetListRow,
    PresetRows,
    folder_key,
    preset_name,
)
from runcomfy_desktop.ui.style.highlights import NO_HIGHLIGHTS
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject

    from runcomfy_desktop.core.presets.preset_library_state import PresetLibraryState

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_MAX_NOTE_CHARS = 400


@dataclass(frozen=True, slots=True)
class PresetInUse:
    """Path of the preset of the draft in view, and whether the draft differs from it."""

    path: str = ""
    is_changed: bool = False


class PresetsModel(QAbstractListModel):
    """Rows of folders and presets.

    Emits `rename_requested` with a path and the name that was typed into the row. `make_mime_data`
    creates the data for a drag of the given paths.
    """

    rename_requested = Signal(str, str)

    def __init__(
        self, make_mime_data: Callable[[Sequence[str]], QMimeData], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._make_mime_data = make_mime_data
        self._row_source = PresetRows()
        self._rows: tuple[PresetListRow, ...] = ()
        self._row_numbers: dict[str, int] = {}
        self._collapsed: frozenset[str] = frozenset()
        self._query = ""
        self._favourites: frozenset[str] = frozenset()
        self._defaults: frozenset[str] = frozenset()
        self.highlights = NO_HIGHLIGHTS
        self.in_use = PresetInUse()

    # Content

    def set_library_state(self, state: PresetLibraryState) -> None:
        """Shows another state of the library."""
        self._row_source.set_library_state(state)
        self._favourites = state.favourites
        self._defaults = frozenset(state.defaults.values())
        self._rebuild_rows()

    def set_query(self, query: str) -> None:
        self._query = query.strip()
        self._rebuild_rows()

    def set_expanded(self, key: str, *, is_expanded: bool) -> None:
        """Expands or collapses a folder; search results are shown in any case."""
        self._collapsed = self._collapsed - {key} if is_expanded else self._collapsed | {key}
        self._rebuild_rows()

    def expand_to(self, path: str) -> None:
        """Expands the folder of a preset if it is collapsed."""
        folder = self._row_source.folder_of(path)
        if folder in self._collapsed:
            self.set_expanded(folder, is_expanded=True)

    def set_in_use(self, in_use: PresetInUse) -> None:
        paths = (self.in_use.path, in_use.path)
        self.in_use = in_use
        for path in paths:
            index = self.index_of(path)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def _rebuild_rows(self) -> None:
        self.beginResetModel()
        if self._query:
            self._rows, self.highlights = self._row_source.matching_rows(self._query)
        else:
            self._rows, self.highlights = self._row_source.all_rows(self._collapsed), NO_HIGHLIGHTS
        self._row_numbers = {_key(row): row_number for row_number, row in enumerate(self._rows)}
        self.endResetModel()

    # Queries

    def row(self, index: AnyIndex) -> PresetListRow | None:
        return self._rows[index.row()] if index.isValid() else None

    def summary(self, index: AnyIndex) -> PresetSummary | None:
        row = self.row(index)
        return row if isinstance(row, PresetSummary) else None

    def folder(self, index: AnyIndex) -> PresetFolderRow | None:
        row = self.row(index)
        return row if isinstance(row, PresetFolderRow) else None

    def key(self, index: AnyIndex) -> str:
        """Returns a row's key, which does not depend on the rows above it."""
        row = self.row(index)
        return "" if row is None else _key(row)

    def index_of(self, key: str) -> QModelIndex:
        row_number = self._row_numbers.get(key, -1)
        return self.index(row_number) if row_number >= 0 else QModelIndex()

    def heading_of(self, summary: PresetSummary) -> QModelIndex:
        return self.index_of(_key(PresetFolderRow(folder_key(summary), 0, is_expanded=True)))

    def preset_count(self) -> int:
        return sum(isinstance(row, PresetSummary) for row in self._rows)

    def is_favourite(self, summary: PresetSummary) -> bool:
        return summary.path in self._favourites

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDropEnabled
        summary = self.summary(index)
        if summary is None:
            return flags
        flags |= Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return (
            flags if summary.is_shipped or summary.problem else flags | Qt.ItemFlag.ItemIsEditable
        )

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        match role:
            case _ if row is None:
                return None
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.name if isinstance(row, PresetFolderRow) else preset_name(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return (
                    _folder_accessible_text(row)
                    if isinstance(row, PresetFolderRow)
                    else self._accessible_text(row)
                )
            case Qt.ItemDataRole.ToolTipRole if isinstance(row, PresetSummary):
                return tooltip(self._tooltip_text(row))
        return None

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        summary = self.summary(index)
        name = one_line(str(value)).strip()
        if summary is not None and name and name != summary.name:
            self.rename_requested.emit(summary.path, name)
        # The library publishes the new name once it is written.
        return False

    def detail_text(self, summary: PresetSummary) -> str:
        """Returns the second line of a row, or why the preset cannot be used."""
        if summary.problem:
            return one_line(summary.problem)
        parts = (
            _("Default") if summary.path in self._defaults else "",
            n_("%d input", "%d inputs", summary.count) % summary.count,
            one_line(summary.deployment_name[:_MAX_NOTE_CHARS]),
        )
        return " · ".join(filter(None, parts))

    def _accessible_text(self, summary: PresetSummary) -> str:
        parts = [preset_name(summary), self._full_detail(summary)]
        if self.is_favourite(summary):
            parts.append(_("favourite"))
        if summary.path == self.in_use.path:
            parts.append(_("in use, changed since") if self.in_use.is_changed else _("in use"))
        return ", ".join(parts)

    def _tooltip_text(self, summary: PresetSummary) -> str:
        note = summary.note[:_MAX_NOTE_CHARS].strip()
        return "\n".join(filter(None, (preset_name(summary), self._full_detail(summary), note)))

    def _full_detail(self, summary: PresetSummary) -> str:
        """Returns the detail; for an example it begins with the word of the heading.

        Otherwise only sighted users would know that the preset is under that heading.
        """
        detail = self.detail_text(summary)
        return (
            f"{_('Example')} · {detail}" if summary.is_shipped and not summary.problem else detail
        )

    # Drags

    def supportedDragActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        summaries = (self.summary(index) for index in indexes)
        return self._make_mime_data([summary.path for summary in summaries if summary is not None])


def _key(row: PresetListRow) -> str:
    return f"folder:{row.key}" if isinstance(row, PresetFolderRow) else row.path


def _folder_accessible_text(row: PresetFolderRow) -> str:
    count = n_("%d preset", "%d presets", row.count) % row.count
    return ", ".join((row.name, _("folder"), count, _("open") if row.is_expanded else _("shut")))
