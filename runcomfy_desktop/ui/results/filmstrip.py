"""Filmstrip: a thumbnail for each result of the jobs in the list, newest on the left."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QRegion
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.job_queue.progress_texts import describe_progress
from runcomfy_desktop.ui.results.filmstrip_delegate import CELL_SIDE, FilmstripDelegate
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.accessible_row_presses import AccessibleRowPresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QItemSelection, QItemSelectionModel
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QWheelEvent

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.images.thumbnail_cache import ThumbnailCache
    from runcomfy_desktop.ui.results.outputs_model import OutputsModel

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

_GAP = 2 * STEP
_PITCH = CELL_SIDE + _GAP
_MARGIN = 3 * STEP
_HEIGHT = CELL_SIDE + 5 * STEP
_WHEEL_UNITS_PER_CELL = 60
_FRAME_WIDTH = 2
_Move = QAbstractItemView.CursorAction
_STEPS = {
    _Move.MoveLeft: -1,
    _Move.MovePrevious: -1,
    _Move.MoveRight: 1,
    _Move.MoveNext: 1,
}


class Filmstrip(QListView):
    """Horizontal list of thumbnails; the wheel scrolls it sideways.

    Emits `row_chosen` with the row that the user has chosen.

    Qt's own list asks the model for each of its rows whenever one of them changes. Here the place
    of a row follows from its number, so that only the visible rows cost time.
    """

    row_chosen = Signal(int)

    def __init__(
        self, model: OutputsModel, thumbnails: ThumbnailCache, queue: JobQueue, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._is_moving = False
        self.setModel(model)
        self._build()
        self.setItemDelegate(FilmstripDelegate(thumbnails, self._share, self))
        AccessibleRowPresses(self)
        self.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        thumbnails.changed.connect(lambda _path: self.viewport().update())
        model.rowsInserted.connect(self._on_rows_inserted)
        model.rowsRemoved.connect(self._on_rows_removed)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Context in which the program changes rows or the current row."""
        self._is_moving = True
        try:
            yield
        finally:
            self._is_moving = False

    def set_row(self, row: int) -> None:
        """Makes a row the current one, none with -1, without emitting `row_chosen`."""
        with self.moving():
            if row < 0:
                self.selectionModel().clear()
            else:
                self.setCurrentIndex(self.model().index(row, 0))

    def _build(self) -> None:
        self.setObjectName("filmstrip")
        self.setAccessibleName(_("Recent results"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setTabKeyNavigation(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.viewport().setAutoFillBackground(False)

    def _share(self, job: Job) -> float | None:
        return describe_progress(self._queue, job, time.time()).share

    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        # Qt repaints only the cells, but the frame is around them.
        self.viewport().update()
        if current.isValid() and not self._is_moving:
            self.row_chosen.emit(current.row())

    def _on_rows_inserted(self, _parent: Index, first: int, last: int) -> None:
        self._keep_place(first, last - first + 1)

    def _on_rows_removed(self, _parent: Index, first: int, last: int) -> None:
        self._keep_place(last, first - last - 1)

    def _keep_place(self, row: int, change: int) -> None:
        """Keeps the visible results in place when the number of rows on their left changes.

        A strip that is at its left end stays there, so that a new result is visible.
        """
        bar = self.horizontalScrollBar()
        offset = bar.value()
        if offset and _MARGIN + row * _PITCH < offset:
            self.updateGeometries()
            bar.setValue(offset + change * _PITCH)

    # Geometry

    def _cell_rect(self, row: int) -> QRect:
        x = _MARGIN + row * _PITCH - self.horizontalOffset()
        return QRect(x, (_HEIGHT - CELL_SIDE) // 2, CELL_SIDE, CELL_SIDE)

    def sizeHint(self) -> QSize:
        return QSize(4 * _PITCH, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(_PITCH, _HEIGHT)

    def horizontalOffset(self) -> int:
        return self.horizontalScrollBar().value()

    def verticalOffset(self) -> int:
        return 0

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        return self._cell_rect(index.row()).adjusted(-_GAP // 2, 0, _GAP // 2, 0)

    def indexAt(self, at: QPoint) -> QModelIndex:
        row = (at.x() + self.horizontalOffset() - _MARGIN + _GAP // 2) // _PITCH
        return self.model().index(row, 0)

    def visualRegionForSelection(self, _selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        index = self.indexAt(rect.topLeft())
        if index.isValid():
            self.selectionModel().select(index, command)

    def doItemsLayout(self) -> None:  # noqa: N802 - Qt's name
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        width = self.viewport().width()
        total = 2 * _MARGIN + self.model().rowCount() * _PITCH - _GAP
        bar = self.horizontalScrollBar()
        bar.setSingleStep(_PITCH)
        bar.setPageStep(width)
        bar.setRange(0, max(0, total - width))
        self.verticalScrollBar().setRange(0, 0)

    def scrollTo(
        self,
        index: Index,
        _hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid():
            return
        # The rows may have changed since the last layout.
        self.updateGeometries()
        bar, rect = self.horizontalScrollBar(), self._cell_rect(index.row())
        hidden = rect.right() + _MARGIN - self.viewport().width()
        if rect.left() < _MARGIN:
            bar.setValue(bar.value() + rect.left() - _MARGIN)
        elif hidden > 0:
            bar.setValue(bar.value() + hidden)

    # Qt events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        current = self.currentIndex().row()
        row = max(0, (event.rect().left() + self.horizontalOffset() - _MARGIN) // _PITCH)
        while row < self.model().rowCount():
            option.rect = self._cell_rect(row)
            if option.rect.left() - _GAP > event.rect().right():
                break
            option.state &= ~QStyle.StateFlag.State_Selected
            if row == current:
                option.state |= QStyle.StateFlag.State_Selected
            self.itemDelegate().paint(painter, option, self.model().index(row, 0))
            row += 1
        if current < 0 and self.hasFocus():
            # No item shows the focus.
            painter.setPen(QPen(QColor(colours(self.palette()).accent), _FRAME_WIDTH))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar, pixels, units = self.horizontalScrollBar(), event.pixelDelta(), event.angleDelta()
        if not pixels.isNull():
            moved = pixels.x() or pixels.y()
        else:
            moved = (units.x() or units.y()) * _PITCH // _WHEEL_UNITS_PER_CELL
        bar.setValue(bar.value() - moved)
        event.accept()

    def moveCursor(self, action: _Move, _keys: Qt.KeyboardModifier) -> QModelIndex:
        last = self.model().rowCount() - 1
        page = max(1, self.viewport().width() // _PITCH)
        steps = {
            **_STEPS,
            _Move.MovePageUp: -page,
            _Move.MovePageDown: page,
            _Move.MoveHome: -last,
            _Move.MoveEnd: last,
        }
        row = self.currentIndex().row()
        row = max(0, row) if action is _Move.MoveHome or row >= 0 else -1
        return self.model().index(max(0, min(last, row + steps.get(action, 0))), 0)

    def keyboardSearch(self, _search: str) -> None:
        """Does nothing: Qt would read all names, and letters are shortcuts of the viewer."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.scrollTo(self.currentIndex())
