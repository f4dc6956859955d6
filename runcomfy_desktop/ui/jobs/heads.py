"""The heads over the queue's columns: each sorts by its column, also from the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.jobs.ordering import Order, SortKey
from runcomfy_desktop.ui.jobs.row_painter import MARGIN
from runcomfy_desktop.ui.models.jobs import Column
from runcomfy_desktop.ui.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.buttons import flat_button
from runcomfy_desktop.ui.widgets.labels import SMALL, tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTableView

_COLUMNS = {
    SortKey.JOB: Column.JOB,
    SortKey.DEPLOYMENT: Column.DEPLOYMENT,
    SortKey.STATE: Column.STATE,
    SortKey.TIME: Column.TIME,
}
# What the style puts before a flat button's text.
_PADDING = 7
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_ARROW = QSize(3 * STEP, 3 * STEP)


class ColumnHeads(QWidget):
    """Emits `order_chosen` with an Order. The Tab key stops at one, arrows lead to the others."""

    order_chosen = Signal(Order)

    def __init__(self, table: QTableView, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table
        self._order = Order()
        self._heads: dict[SortKey, QToolButton] = {}
        self._build()
        self.show_order(self._order)
        # Not before the fonts are there: a style keeps those that it finds when it is first asked.
        self.setFixedHeight(self.sizeHint().height())

    def show_order(self, order: Order) -> None:
        """Says which column the rows are sorted by, and which way."""
        self._order = order
        self._set_fonts()
        for key, head in self._heads.items():
            chosen = key is order.key
            next_order = order.pressed(key).spoken()
            head.setToolTip(tooltip(_("Sort: %s") % next_order))
            head.setAccessibleDescription(
                _("Sorted, %s. Press to sort %s.") % (order.spoken(), next_order)
                if chosen
                else _("Press to sort %s.") % next_order
            )
            stop = Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus
            head.setFocusPolicy(stop)
        self._dress()
        self.fit()

    def fit(self) -> None:
        """Puts each head over its column."""
        for key, head in self._heads.items():
            column = _COLUMNS[key]
            left = self._table.columnViewportPosition(column)
            inset = MARGIN - STEP // 2 if column is Column.JOB else STEP
            width = min(self._width_of(key), self._table.columnWidth(column))
            head.setVisible(not self._table.isColumnHidden(column))
            head.setGeometry(left + inset - _PADDING, 0, width, self.height())

    def _width_of(self, key: SortKey) -> int:
        """No more than its word needs: Qt would put the word into the middle of what it asks for,
        and it has to begin where the texts below it do."""
        head = self._heads[key]
        if key is self._order.key:
            return head.sizeHint().width()
        return head.fontMetrics().horizontalAdvance(head.text()) + 2 * _PADDING

    def sizeHint(self) -> QSize:
        return QSize(0, next(iter(self._heads.values())).sizeHint().height() + STEP // 2)

    def _build(self) -> None:
        self.setObjectName("jobs_heads")
        self.setAccessibleName(_("Sort the jobs"))
        names = {
            SortKey.JOB: _("Job"),
            SortKey.DEPLOYMENT: _("Deployment"),
            SortKey.STATE: _("State"),
            SortKey.TIME: _("Time"),
        }
        for key, name in names.items():
            head = flat_button(name, f"sort_{key.value}", self)
            head.setAccessibleName(_("Sort by %s") % name)
            # The arrow stands behind the word.
            head.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            head.setIconSize(_ARROW)
            head.installEventFilter(self)
            head.clicked.connect(lambda _checked=False, key=key: self._press(key))
            self._heads[key] = head

    def _press(self, key: SortKey) -> None:
        self.order_chosen.emit(self._order.pressed(key))

    def _set_fonts(self) -> None:
        for key, head in self._heads.items():
            head.setFont(scaled(self.font(), SMALL, bold=key is self._order.key))

    def _dress(self) -> None:
        roles = colours(self.palette())
        arrow = "chevron-down" if self._order.falls else "chevron-up"
        for key, head in self._heads.items():
            chosen = key is self._order.key
            if chosen:
                head.setIcon(icons.icon(arrow, roles.muted))
            head.setToolButtonStyle(
                Qt.ToolButtonStyle.ToolButtonTextBesideIcon
                if chosen
                else Qt.ToolButtonStyle.ToolButtonTextOnly
            )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()), 0)
            heads: list[QObject] = [each for each in self._heads.values() if each.isVisible()]
            if step and watched in heads:
                there = heads[(heads.index(watched) + step) % len(heads)]
                assert isinstance(there, QToolButton)
                there.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        elif event.type() is QEvent.Type.StyleChange:
            # Another theme: the style has put back the fonts of the order that was first.
            self._set_fonts()
            self.fit()
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
        elif event.type() is QEvent.Type.FontChange:
            self.setFixedHeight(self.sizeHint().height())
            self.show_order(self._order)
