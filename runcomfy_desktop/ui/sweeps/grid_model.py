"""Table model of one page of a grid, each cell with its current job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from runcomfy_desktop.domain.sweeps.cells import cell_of, position_of
from runcomfy_desktop.ui.sweeps.sweep_texts import (
    accessible_text,
    cell_state_text,
    failure_reason,
    header_text,
)
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.ui.job_queue.state_texts import StateText

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_ROOT = QModelIndex()


class GridModel(QAbstractTableModel):
    """Table model: columns are the points of axis X, rows the points of Y, `page` is a point of Z.

    Zipped axes form a single row.
    """

    def __init__(
        self,
        sweep: Sweep,
        sweeps: Sweeps,
        queue: JobQueue,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.sweep = sweep
        self.page = 0
        self._sweeps = sweeps
        self._queue = queue

    def show_page(self, page: int) -> None:
        if page != self.page:
            self.page = page
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def update_cell(self, cell: int) -> None:
        """Announces that the job of a cell has changed, if the cell is on this page."""
        column, row, page = position_of(self.sweep, cell)
        if page == self.page:
            index = self.index(row, column)
            self.dataChanged.emit(index, index)

    # Contents of a cell

    def cell_at(self, index: _Index) -> int:
        """Returns the cell's number in the whole grid."""
        return cell_of(self.sweep, index.column(), index.row(), self.page)

    def job_at(self, index: _Index) -> Job | None:
        return self._sweeps.job_at(self.sweep.sweep_id, self.cell_at(index))

    def state_text(self, index: _Index) -> StateText:
        return cell_state_text(self._queue, self.job_at(index), time.time())

    def reason(self, index: _Index) -> str:
        return failure_reason(self.job_at(index))

    def can_retry(self, index: _Index) -> bool:
        return self._sweeps.retryable_job(self.sweep.sweep_id, self.cell_at(index)) is not None

    # QAbstractTableModel

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.sweep.shape[1]

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.sweep.shape[0]

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        if role == _Role.DisplayRole:
            return self.state_text(index).text
        if role == _Role.AccessibleTextRole:
            state_text, reason = self.state_text(index), self.reason(index)
            return accessible_text(self.sweep, self.cell_at(index), state_text, reason)
        if role == _Role.ToolTipRole:
            return self._tooltip_text(index)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if role not in (_Role.DisplayRole, _Role.ToolTipRole, _Role.AccessibleTextRole):
            return None
        axis_number = 0 if orientation is Qt.Orientation.Horizontal else 1
        text = header_text(self.sweep, axis_number, section)
        return tooltip(text) if role == _Role.ToolTipRole else text

    def _tooltip_text(self, index: _Index) -> str:
        state_text, job = self.state_text(index), self.job_at(index)
        lines = [accessible_text(self.sweep, self.cell_at(index), state_text, "")]
        if job is not None and job.reason.strip() and not state_text.is_enabled:
            lines.append(job.reason)
        reason = self.reason(index)
        lines.append(reason or state_text.hint)
        return tooltip("\n".join(filter(None, lines)))
