"""GridModel: one page of a grid as a table, each cell with its job as it is now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.sweep.cells import cell_of, place_of, points_of
from runcomfy_desktop.ui.sweep.words import cell_words, reason_of, spoken
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.sweeps import Sweeps
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.ui.jobs.words import StateWords

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_ROOT = QModelIndex()


class GridModel(QAbstractTableModel):
    """Columns are the points of X, rows those of Y, `page` is one of Z. Zipped axes are one row."""

    def __init__(
        self,
        sweep: Sweep,
        sweeps: Sweeps,
        parent: QObject | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self.sweep = sweep
        self.page = 0
        self._sweeps = sweeps
        self._now = now
        self._links = Subscriptions()
        self._links.add(sweeps.cell_changed, self._on_cell_changed)

    def close(self) -> None:
        """Hears of no more changes."""
        self._links.close()

    def show_page(self, page: int) -> None:
        if page != self.page:
            self.page = page
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # What a cell has

    def cell(self, index: _Index) -> int:
        """Its number in the whole grid."""
        return cell_of(self.sweep, index.column(), index.row(), self.page)

    def job(self, index: _Index) -> Job | None:
        return self._sweeps.job_at(self.sweep.sweep_id, self.cell(index))

    def words(self, index: _Index) -> StateWords:
        return cell_words(self.job(index), self._now())

    def reason(self, index: _Index) -> str:
        return reason_of(self.job(index))

    def can_retry(self, index: _Index) -> bool:
        return self._sweeps.retried(self.sweep.sweep_id, self.cell(index)) is not None

    def index_of(self, cell: int) -> QModelIndex:
        """Where a cell is on this page; invalid when it is on another."""
        column, row, page = place_of(self.sweep, cell)
        return self.index(row, column) if page == self.page else QModelIndex()

    # QAbstractTableModel

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.sweep.shape[1]

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.sweep.shape[0]

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        if role == _Role.DisplayRole:
            return self.words(index).text
        if role == _Role.AccessibleTextRole:
            words, reason = self.words(index), self.reason(index)
            return spoken(self.sweep, self.cell(index), words, reason)
        if role == _Role.ToolTipRole:
            return self._tip(index)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if role not in (_Role.DisplayRole, _Role.ToolTipRole, _Role.AccessibleTextRole):
            return None
        text = self._head(section, across=orientation is Qt.Orientation.Horizontal)
        return tooltip(text) if role == _Role.ToolTipRole else text

    def _head(self, section: int, *, across: bool) -> str:
        sweep = self.sweep
        if sweep.is_zip:
            labels = (one_line(point.label) for point in points_of(sweep, section))
            return " · ".join(labels) if across else ""
        place = 0 if across else 1
        if place >= len(sweep.axes):
            return ""
        return one_line(sweep.axes[place].points[section].label)

    def _tip(self, index: _Index) -> str:
        words, job = self.words(index), self.job(index)
        lines = [spoken(self.sweep, self.cell(index), words, "")]
        if job is not None and job.reason.strip() and not words.enabled:
            lines.append(job.reason)
        reason = self.reason(index)
        lines.append(reason or words.hint)
        return tooltip("\n".join(filter(None, lines)))

    def _on_cell_changed(self, change: tuple[str, int]) -> None:
        sweep_id, cell = change
        if sweep_id != self.sweep.sweep_id:
            return
        index = self.index_of(cell)
        if index.isValid():
            self.dataChanged.emit(index, index)
