"""The table of a grid's cells, all of one size, led by arrows, Enter and pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.models.jobs import picture_of
from runcomfy_desktop.ui.sweep.grid.painter import CellPainter
from runcomfy_desktop.ui.sweep.grid.pictures import GridPictures
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.sweep.grid.model import GridModel

_Index = QModelIndex | QPersistentModelIndex
LEAST, USUAL, MOST = 28 * STEP, 44 * STEP, 128 * STEP
_HEAD_WIDTH = 48 * STEP
_NOTCH = 120
_WHEEL_STEP = 4 * STEP


class GridView(QTableView):
    """Emits `looked_at` with the number of the cell that is chosen, `opened` with one that a person
    wants to see large, `retry_wished` with one to be tried again, and `size_wished` with how large
    cells are to be."""

    looked_at = Signal(int)
    opened = Signal(int)
    retry_wished = Signal(int)
    size_wished = Signal(int)

    def __init__(self, model: GridModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = model
        self._pictures = GridPictures(self)
        self._painter = CellPainter(model, self._pictures, self)
        self.setObjectName("grid_table")
        self.setAccessibleName(_("Cells"))
        self.setModel(model)
        self.setItemDelegate(self._painter)
        self._build()
        self.set_cell_size(USUAL)
        self._pictures.changed.connect(self._on_picture_changed)
        self.activated.connect(lambda index: self.opened.emit(self._grid.cell(index)))

    def set_cell_size(self, side: int) -> None:
        """Logical pixels across; the cell in view stays in view."""
        for head in (self.horizontalHeader(), self.verticalHeader()):
            head.setDefaultSectionSize(side)
        self._pictures.suit(side * self.devicePixelRatioF())
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def fitting_size(self) -> int:
        """How large cells can be with all of the page in view, not less than the usual."""
        rows, columns = max(1, self._grid.rowCount()), max(1, self._grid.columnCount())
        heads = self.horizontalHeader().sizeHint().height()
        beside = 0 if self.verticalHeader().isHidden() else self.verticalHeader().width()
        side = min((self.width() - beside) // columns, (self.height() - heads) // rows)
        return min(max(side // STEP * STEP, USUAL), MOST)

    @property
    def current_cell(self) -> int:
        """The number of the cell that the keyboard is on; -1 for none."""
        index = self.currentIndex()
        return self._grid.cell(index) if index.isValid() else -1

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
        has_rows = len(self._grid.sweep.axes) > 1 and not self._grid.sweep.is_zip
        across, down = self.horizontalHeader(), self.verticalHeader()
        across.setObjectName("grid_columns")
        down.setObjectName("grid_rows")
        across.setAccessibleName(_("Heads of the columns"))
        down.setAccessibleName(_("Heads of the rows"))
        for head in (across, down):
            head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            head.setSectionsClickable(False)
            head.setHighlightSections(True)
            head.setTextElideMode(Qt.TextElideMode.ElideRight)
            # Qt would not let go of a larger one any more.
            head.setMinimumSectionSize(STEP)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        down.setDefaultAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        down.setVisible(has_rows)
        if has_rows:
            down.setFixedWidth(self._heads_width())

    def _heads_width(self) -> int:
        """What the longest head of a row needs, as far as there is room."""
        model, metrics = self._grid, self.fontMetrics()
        heads = (model.headerData(row, Qt.Orientation.Vertical) for row in range(model.rowCount()))
        widest = max((metrics.horizontalAdvance(str(head)) for head in heads), default=0)
        return min(widest + 7 * STEP, _HEAD_WIDTH)

    def dataChanged(self, first: _Index, last: _Index, roles: Sequence[int] = ()) -> None:
        super().dataChanged(first, last, roles)
        job = self._grid.job(first) if first == last else None
        if job is not None and job.state is JobState.DONE:
            # Its file may have been fetched again.
            self._pictures.check(picture_of(job))

    # What is done with pointer and keyboard

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.looked_at.emit(self._grid.cell(current))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self._retry_at(event.position())
        self._hover((index.row(), index.column()) if index.isValid() else None)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type] # an event of Qt's own
        self._hover(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            index = self._retry_at(event.position())
            if index.isValid() and index == self.currentIndex():
                self.retry_wished.emit(self._grid.cell(index))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second press on Retry opens nothing.
        if not self._retry_at(event.position()).isValid():
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        plain = event.modifiers() is Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_R and plain and index.isValid():
            if self._grid.can_retry(index) and not event.isAutoRepeat():
                self.retry_wished.emit(self._grid.cell(index))
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.opened.emit(self._grid.cell(index))
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            notches = event.angleDelta().y() / _NOTCH
            side = self.horizontalHeader().defaultSectionSize()
            self.size_wished.emit(side + round(notches * _WHEEL_STEP))
            event.accept()
            return
        super().wheelEvent(event)

    def _retry_at(self, where: QPointF) -> QModelIndex:
        point: QPoint = where.toPoint()
        index = self.indexAt(point)
        if not index.isValid():
            return QModelIndex()
        place = self._painter.retry_rect(self.visualRect(index), index)
        return index if place.contains(point) else QModelIndex()

    def _hover(self, place: tuple[int, int] | None) -> None:
        before, self._painter.hovered = self._painter.hovered, place
        if before == place:
            return
        shape = Qt.CursorShape.PointingHandCursor if place else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        for each in (before, place):
            if each is not None:
                self.update(self._grid.index(*each))

    def _on_picture_changed(self, path: str) -> None:
        place = self._painter.place_of(path)
        if place is not None:
            self.update(self._grid.index(*place))
