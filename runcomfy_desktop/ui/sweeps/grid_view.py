"""Table of a grid's cells, all of one size, with keyboard and pointer control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.picture_decoder import ThumbnailShape
from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
from runcomfy_desktop.ui.job_queue.jobs_model import thumbnail_path
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.sweeps.cell_delegate import CellDelegate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
    from runcomfy_desktop.ui.sweeps.grid_model import GridModel

_Index = QModelIndex | QPersistentModelIndex
MIN_CELL_SIZE, DEFAULT_CELL_SIZE, MAX_CELL_SIZE = 28 * STEP, 44 * STEP, 128 * STEP
_MAX_ROW_HEADER_WIDTH = 48 * STEP
_WHEEL_NOTCH = 120
_WHEEL_STEP = 4 * STEP
_THUMBNAIL_SIDES = (128, 256, 512)
# Enough for all cells on a large screen, at every cell size.
_MAX_THUMBNAIL_BYTES = 256 * 1024 * 1024


class GridView(QTableView):
    """Table view of a grid.

    Emits `cell_selected` with the number of the current cell, `cell_opened` with the number of a
    cell that the user wants to see enlarged, `retry_requested` with the number of a cell to run
    again, and `cell_size_requested` with a new cell size.
    """

    cell_selected = Signal(int)
    cell_opened = Signal(int)
    retry_requested = Signal(int)
    cell_size_requested = Signal(int)

    def __init__(self, model: GridModel, parent: QWidget, thumbnail_files: ThumbnailFiles) -> None:
        super().__init__(parent)
        self._grid_model = model
        self._thumbnails = ThumbnailCache(
            self,
            shape=ThumbnailShape(
                _thumbnail_side(DEFAULT_CELL_SIZE * self.devicePixelRatioF()), covers=False
            ),
            max_bytes=_MAX_THUMBNAIL_BYTES,
            files=thumbnail_files,
        )
        self._delegate = CellDelegate(model, self._thumbnails, self)
        self.setObjectName("grid_table")
        self.setAccessibleName(_("Cells"))
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self._build()
        self.set_cell_size(DEFAULT_CELL_SIZE)
        self._thumbnails.changed.connect(self._on_picture_changed)
        self.activated.connect(lambda index: self.cell_opened.emit(self._grid_model.cell_at(index)))

    def set_cell_size(self, side: int) -> None:
        """Sets the size in logical pixels; the current cell stays in view."""
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setDefaultSectionSize(side)
        self._thumbnails.set_side(_thumbnail_side(side * self.devicePixelRatioF()))
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def fitting_cell_size(self) -> int:
        """Returns the largest cell size that shows the whole page, at least the default size."""
        rows, columns = max(1, self._grid_model.rowCount()), max(1, self._grid_model.columnCount())
        header_height = self.horizontalHeader().sizeHint().height()
        row_header_width = 0 if self.verticalHeader().isHidden() else self.verticalHeader().width()
        side = min(
            (self.width() - row_header_width) // columns, (self.height() - header_height) // rows
        )
        return min(max(side // STEP * STEP, DEFAULT_CELL_SIZE), MAX_CELL_SIZE)

    @property
    def current_cell(self) -> int:
        """Number of the current cell; -1 for none."""
        index = self.currentIndex()
        return self._grid_model.cell_at(index) if index.isValid() else -1

    def _build(self) -> None:
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        mode = QAbstractItemView.ScrollMode.ScrollPerPixel
        self.setHorizontalScrollMode(mode)
        self.setVerticalScrollMode(mode)
        self.horizontalScrollBar().setSingleStep(8 * STEP)
        self.verticalScrollBar().setSingleStep(8 * STEP)
        has_rows = len(self._grid_model.sweep.axes) > 1 and not self._grid_model.sweep.is_zip
        column_header, row_header = self.horizontalHeader(), self.verticalHeader()
        column_header.setObjectName("grid_columns")
        row_header.setObjectName("grid_rows")
        column_header.setAccessibleName(_("Heads of the columns"))
        row_header.setAccessibleName(_("Heads of the rows"))
        for header in (column_header, row_header):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setSectionsClickable(False)
            header.setHighlightSections(True)
            header.setTextElideMode(Qt.TextElideMode.ElideRight)
            # Qt would not shrink sections below a larger minimum.
            header.setMinimumSectionSize(STEP)
        column_header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        row_header.setDefaultAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        row_header.setVisible(has_rows)
        if has_rows:
            row_header.setFixedWidth(self._row_header_width())

    def _row_header_width(self) -> int:
        """Returns the width of the longest row header, up to a maximum."""
        model, metrics = self._grid_model, self.fontMetrics()
        headers = (
            model.headerData(row, Qt.Orientation.Vertical) for row in range(model.rowCount())
        )
        widest = max((metrics.horizontalAdvance(str(header)) for header in headers), default=0)
        return min(widest + 7 * STEP, _MAX_ROW_HEADER_WIDTH)

    def dataChanged(self, first: _Index, last: _Index, roles: Sequence[int] = ()) -> None:
        super().dataChanged(first, last, roles)
        job = self._grid_model.job_at(first) if first == last else None
        if job is not None and job.state is JobState.DONE:
            # The job's file may have been fetched again.
            self._thumbnails.check(thumbnail_path(job))

    # Pointer and keyboard

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.cell_selected.emit(self._grid_model.cell_at(current))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self._retry_index_at(event.position())
        self._set_hovered((index.row(), index.column()) if index.isValid() else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._set_hovered(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            index = self._retry_index_at(event.position())
            if index.isValid() and index == self.currentIndex():
                self.retry_requested.emit(self._grid_model.cell_at(index))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # A double click on Retry does not open the cell.
        if not self._retry_index_at(event.position()).isValid():
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        has_no_modifiers = event.modifiers() is Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_R and has_no_modifiers and index.isValid():
            if self._grid_model.can_retry(index) and not event.isAutoRepeat():
                self.retry_requested.emit(self._grid_model.cell_at(index))
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.cell_opened.emit(self._grid_model.cell_at(index))
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            notches = event.angleDelta().y() / _WHEEL_NOTCH
            side = self.horizontalHeader().defaultSectionSize()
            self.cell_size_requested.emit(side + round(notches * _WHEEL_STEP))
            event.accept()
            return
        super().wheelEvent(event)

    def _retry_index_at(self, pos: QPointF) -> QModelIndex:
        point: QPoint = pos.toPoint()
        index = self.indexAt(point)
        if not index.isValid():
            return QModelIndex()
        retry_rect = self._delegate.retry_rect(self.visualRect(index), index)
        return index if retry_rect.contains(point) else QModelIndex()

    def _set_hovered(self, cell: tuple[int, int] | None) -> None:
        previous, self._delegate.hovered_retry_cell = self._delegate.hovered_retry_cell, cell
        if previous == cell:
            return
        shape = Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        for each in (previous, cell):
            if each is not None:
                self.update(self._grid_model.index(*each))

    def _on_picture_changed(self, path: str) -> None:
        cell = self._delegate.cell_of_picture(path)
        if cell is not None:
            self.update(self._grid_model.index(*cell))


def _thumbnail_side(cell_side: float) -> int:
    """Returns the side of the thumbnails for cells of a width in pixels of the screen."""
    return next((each for each in _THUMBNAIL_SIDES if each >= cell_side), _THUMBNAIL_SIDES[-1])
