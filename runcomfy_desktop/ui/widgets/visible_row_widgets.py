"""Real widgets on the rows of a table, for the visible rows only.

Qt's index widgets are children of the table's viewport, and the accessible tree of a table contains
only its cells, so a screen reader never finds them. These widgets are therefore in a sibling of the
table, exactly over one of its columns, where mouse, Tab key and screen reader all find them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QApplication, QTableView, QWidget

from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QWheelEvent

W = TypeVar("W", bound=QWidget)


class VisibleRowWidgets(QWidget, Generic[W]):
    """Keeps one pooled widget for each visible row of `view`, placed over `column`.

    `make` creates a widget, `fill` makes it show an index. A widget stays with its row's key
    (`key_role`) while that row is in view, so a row that moves takes its widget, its focus and a
    half-finished click with it. The view's model must be set before.

    `on_shifted` is called with a widget that appeared or moved without the user scrolling.
    """

    def __init__(
        self,
        view: QTableView,
        column: int,
        key_role: int,
        make: Callable[[], W],
        fill: Callable[[W, QModelIndex], object],
        on_shifted: Callable[[W], object] = lambda _widget: None,
    ) -> None:
        container = view.parentWidget()
        assert container is not None, "The widgets lie beside the view"
        super().__init__(container)
        self._container = container
        self._view = view
        self._column = column
        self._key_role = key_role
        self._make = make
        self._fill = fill
        self._on_shifted = on_shifted
        self._active: dict[str, W] = {}
        self._pool: list[W] = []
        self._ordered: list[W] = []
        self._region: QRegion | None = None
        # Position of the view in its window, and of the scroll bar after the user's last scrolling.
        self._view_top: int | None = None
        self._scrolled_to = -1
        self._sync_timer = QTimer(self)
        self._connect()

    def _connect(self) -> None:
        self._sync_timer.setSingleShot(True)
        self._sync_timer.timeout.connect(self.sync)
        model = self._view.model()
        for signal in (
            model.rowsInserted,
            model.rowsRemoved,
            model.modelReset,
            model.layoutChanged,
            model.dataChanged,
        ):
            signal.connect(self._on_model_changed)
        bar = self._view.verticalScrollBar()
        bar.actionTriggered.connect(lambda _action: self._on_scrolled_by_user())
        bar.valueChanged.connect(self._on_scrolled)
        self._view.installEventFilter(self)
        self._view.viewport().installEventFilter(self)

    def widgets(self) -> list[W]:
        """Returns the visible widgets from top to bottom."""
        return sorted(self._active.values(), key=lambda each: each.y())

    def sync(self) -> None:
        """Moves the widgets to their rows' current positions and refills them all."""
        self._update_widgets(refill_all=True)

    def _on_scrolled_by_user(self) -> None:
        # Wheel, keys and mouse set the slider's target before the value changes.
        self._scrolled_to = self._view.verticalScrollBar().sliderPosition()

    def _on_scrolled(self, value: int) -> None:
        # If rows are about to move as well (the sync timer runs), the shift is not the user's
        # scrolling.
        by_user = value == self._scrolled_to and not self._sync_timer.isActive()
        self._update_widgets(by_user=by_user)

    def _update_widgets(self, *, refill_all: bool = False, by_user: bool = False) -> None:
        """Moves the widgets to their rows; without `refill_all`, only new rows are filled."""
        self._update_geometry()
        may_shift = not by_user and bool(self._active)
        all_shift = self._has_moved() and may_shift
        wanted = self._visible_indexes()
        for key in [key for key in self._active if key not in wanted]:
            self._release(key)
        for key, index in wanted.items():
            is_new = key not in self._active
            widget = self._acquire(key) if is_new else self._active[key]
            if is_new or refill_all:
                self._refill(widget, index)
            has_moved = self._position(widget, self._view.visualRect(index))
            if all_shift or (may_shift and (is_new or has_moved)):
                self._on_shifted(widget)
            if is_new:
                widget.show()
        self._update_order()
        self._update_mask()

    def _refill(self, widget: W, index: QModelIndex) -> None:
        had_focus = widget.hasFocus()
        self._fill(widget, index)
        if had_focus and not widget.isEnabled():
            # Qt moves the focus of a disabled widget to whatever comes next in the window.
            self._view.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        moved = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show)
        if event.type() in moved:
            self._sync_timer.start()
        return False

    def wheelEvent(self, event: QWheelEvent) -> None:
        # The wheel scrolls the table even when it is turned over a button.
        QApplication.sendEvent(self._view.viewport(), event)

    def _on_model_changed(self) -> None:
        if not self._sync_timer.isActive():
            self._sync_timer.start()

    def _update_geometry(self) -> None:
        viewport = self._view.viewport()
        left = self._view.columnViewportPosition(self._column)
        corner = viewport.mapTo(self._container, QPoint(left, 0))
        width = self._view.columnWidth(self._column)
        self.setGeometry(QRect(corner.x(), corner.y(), width, viewport.height()))
        self.raise_()

    def _visible_indexes(self) -> dict[str, QModelIndex]:
        model, height = self._view.model(), self._view.viewport().height()
        first = self._view.rowAt(0)
        if first < 0 or height <= 0:
            return {}
        last = self._view.rowAt(height - 1)
        last = model.rowCount() - 1 if last < 0 else last
        rows = (model.index(row, self._column) for row in range(first, last + 1))
        return {str(index.data(self._key_role)): index for index in rows}

    def _acquire(self, key: str) -> W:
        widget = self._pool.pop() if self._pool else self._make()
        widget.setParent(self)
        self._active[key] = widget
        return widget

    def _release(self, key: str) -> None:
        widget = self._active.pop(key)
        if widget.hasFocus():
            self._view.setFocus()
        widget.hide()
        self._pool.append(widget)

    def _has_moved(self) -> bool:
        """Returns True if the view moved because something above it appeared or disappeared."""
        top = self._view.mapTo(self._view.window(), QPoint()).y()
        before, self._view_top = self._view_top, top
        return before is not None and before != top

    def _position(self, widget: W, cell: QRect) -> bool:
        """Places `widget` over `cell`; returns True if its vertical position changed."""
        hint, before = widget.sizeHint(), widget.y()
        height = min(hint.height(), cell.height() - STEP)
        top = cell.y() + (cell.height() - height) // 2
        widget.setGeometry(STEP, top, min(hint.width(), self.width() - 2 * STEP), height)
        return top != before

    def _update_order(self) -> None:
        """Makes Tab and screen readers go from row to row.

        Screen readers read children in stacking order.
        """
        before: QWidget = self._view
        ordered = self.widgets()
        if ordered == self._ordered:
            return
        self._ordered = ordered
        for widget in ordered:
            self.setTabOrder(before, widget)
            before = widget
        if [each for each in self.children() if each in ordered] != ordered:
            for widget in ordered:
                widget.raise_()

    def _update_mask(self) -> None:
        """Masks everything but the widgets: the rest belongs to the table beneath."""
        region = QRegion()
        for widget in self._active.values():
            region += QRegion(widget.geometry())
        if region != self._region:
            self._region = region
            self.setVisible(not region.isEmpty())
            self.setMask(region)
