"""Table of the queue: rows of one height, columns that fit the width, and its own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QToolTip, QWidget

from runcomfy_desktop.core.jobs.send_queue import QueueMove
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.job_queue.column_layout import ColumnFitter, HiddenColumns
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn, JobRole, JobsModel
from runcomfy_desktop.ui.job_queue.row_painter import (
    JobRowPainter,
    is_elided,
    row_height,
    state_extension,
)
from runcomfy_desktop.ui.widgets.property_grid import plain_tooltip

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import (
        QContextMenuEvent,
        QFocusEvent,
        QHelpEvent,
        QKeyEvent,
        QPaintEvent,
        QResizeEvent,
    )

    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache

_TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
_QUEUE_MOVES = {Qt.Key.Key_Up: QueueMove.UP, Qt.Key.Key_Down: QueueMove.DOWN}


class JobsTable(QTableView):
    """Table of the jobs.

    Emits `action_requested` (Enter) and `preview_requested` (Space, double click) with a job_id,
    `menu_requested` with a global position, `removal_requested` (Del), `move_requested` with UP or
    DOWN (Alt and an arrow), and `columns_fitted` when the column widths have changed.
    """

    action_requested = Signal(str)
    preview_requested = Signal(str)
    menu_requested = Signal(QPoint)
    removal_requested = Signal()
    move_requested = Signal(QueueMove)
    columns_fitted = Signal()

    is_taking_focus = False
    """True while Qt makes some row the current one because the table gets the focus."""

    def __init__(
        self,
        model: JobsModel,
        thumbnails: ThumbnailCache,
        parent: QWidget,
        media_folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs_model = model
        self._painter = JobRowPainter(thumbnails, model, self, media_folder)
        self._hidden = HiddenColumns()
        self._fitted_seed_length = -1
        self.setModel(model)
        self._build()
        # Each change of the jobs also changes a count, or may.
        model.counts_changed.connect(self._on_model_counted)
        self.doubleClicked.connect(lambda index: self.preview_requested.emit(self.job_id(index)))
        # Qt repaints only two cells, but the ring goes around rows.
        self.selectionModel().currentRowChanged.connect(self.viewport().update)

    def job_id(self, index: QModelIndex) -> str:
        return str(index.data(JobRole.JOB_ID) or "")

    def selected_ids(self) -> list[str]:
        """Returns the ids of the selected jobs, from top to bottom."""
        selection = self.selectionModel().selection()
        ranges = [selection.at(at) for at in range(selection.count())]
        rows = {row for each in ranges for row in range(each.top(), each.bottom() + 1)}
        return [self._jobs_model.job_in_row(row).job_id for row in sorted(rows)]

    def selected_count(self) -> int:
        selection = self.selectionModel().selection()
        return sum(selection.at(at).height() for at in range(selection.count()))

    def hide_columns(self, hidden: HiddenColumns) -> None:
        """Hides these columns, and shows all others for which there is space."""
        self._hidden = hidden
        self._fit_columns()

    def _on_model_counted(self) -> None:
        if self._jobs_model.seed_length != self._fitted_seed_length:
            self._fit_columns()

    def _build(self) -> None:
        self.setObjectName("jobs_table")
        self.setAccessibleName(_("Jobs"))
        # The space below the last row looks like the window, not like an empty field.
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(2 * row_height(self.font()))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().hide()
        self.horizontalHeader().setMinimumSectionSize(0)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._fit_rows()

    def _fit_rows(self) -> None:
        height = row_height(self.font())
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalScrollBar().setSingleStep(height)

    def _fit_columns(self) -> None:
        hidden = set(self._hidden.columns)
        if not self._jobs_model.has_costs:
            hidden.add(JobColumn.COST)
        self._fitted_seed_length = self._jobs_model.seed_length
        if not self._fitted_seed_length:
            hidden.add(JobColumn.SEED)
        fitter, width = ColumnFitter(self.font()), self.viewport().width()
        layout = fitter.fit(width, hidden, self._fitted_seed_length)
        self._painter.layout = layout
        for column, column_width in layout.widths.items():
            self.setColumnHidden(column, column_width == 0)
            self.setColumnWidth(column, column_width)
        current = self.currentIndex()
        if current.isValid() and self.isColumnHidden(current.column()):
            # In a hidden column the arrow keys do nothing.
            index = current.siblingAtColumn(JobColumn.JOB)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.columns_fitted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_rows()
            self._fit_columns()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._painter.paint(painter, event.rect())
        painter.end()

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, keys: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Moves to the newest or oldest job with Home and End, not along a row."""
        column = max(0, self.currentIndex().column())
        if action is QAbstractItemView.CursorAction.MoveHome:
            return self.model().index(0, column)
        if action is QAbstractItemView.CursorAction.MoveEnd:
            return self.model().index(self.model().rowCount() - 1, column)
        return super().moveCursor(action, keys)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.is_taking_focus = True
        super().focusInEvent(event)
        self.is_taking_focus = False
        if event.reason() in _TAB_REASONS:
            # The current row may have been sorted or scrolled out of view.
            self.scrollTo(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        job_id = self.job_id(self.currentIndex())
        keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_plain, is_alt = not keys, keys == Qt.KeyboardModifier.AltModifier
        if job_id and is_plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Only one request for a key that is held down.
            if not event.isAutoRepeat():
                self.action_requested.emit(job_id)
        elif is_alt and event.key() in _QUEUE_MOVES:
            self.move_requested.emit(_QUEUE_MOVES[Qt.Key(event.key())])
        elif job_id and is_plain and event.key() == Qt.Key.Key_Space:
            self.preview_requested.emit(job_id)
        elif job_id and is_plain and event.key() == Qt.Key.Key_Delete:
            if not event.isAutoRepeat():
                self.removal_requested.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == event.Reason.Keyboard:
            area = self.visualRect(self.currentIndex())
            self.menu_requested.emit(self.viewport().mapToGlobal(area.center()))
        elif self.indexAt(event.pos()).isValid():
            self.menu_requested.emit(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            return self._show_tooltip(event)  # type: ignore[arg-type]  # it is a QHelpEvent
        return super().viewportEvent(event)

    def _show_tooltip(self, event: QHelpEvent) -> bool:
        text = self._tooltip(self.indexAt(event.pos()))
        # Escaped, because a tooltip guesses whether its text is markup.
        QToolTip.showText(event.globalPos(), plain_tooltip(text) if text else "", self)
        return True

    def _tooltip(self, index: QModelIndex) -> str:
        """Returns the tooltip of a cell: its text if shortened, and what explains it."""
        if not index.isValid():
            return ""
        column, text = JobColumn(index.column()), str(index.data())
        area, job = self.visualRect(index), self._jobs_model.job_at(index)
        if column is JobColumn.STATE and job is not None:
            area.setRight(area.right() + state_extension(self, job))
        parts = [text] if is_elided(area, column, text, self.font()) else []
        if column is not JobColumn.ACTION:
            parts.append(str(index.data(Qt.ItemDataRole.AccessibleDescriptionRole) or ""))
        return "\n".join(part for part in parts if part)
