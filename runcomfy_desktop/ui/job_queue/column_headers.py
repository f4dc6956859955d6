"""Sort buttons above the queue's columns, also usable from the keyboard."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.job_queue.column_layout import MARGIN, OPTIONAL_COLUMNS, HiddenColumns
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.job_queue.sort_order import JobSortKey, JobSortOrder
from runcomfy_desktop.ui.style.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.buttons import flat_button
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE, muted_label, tooltip
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QPaintEvent
    from PySide6.QtWidgets import QTableView

_COLUMNS = {
    JobSortKey.JOB: JobColumn.JOB,
    JobSortKey.SEED: JobColumn.SEED,
    JobSortKey.DEPLOYMENT: JobColumn.DEPLOYMENT,
    JobSortKey.STATE: JobColumn.STATE,
    JobSortKey.TIME: JobColumn.TIME,
    JobSortKey.COST: JobColumn.COST,
}
# Space that the style puts before a flat button's text.
_PADDING = 7
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_ARROW_SIZE = QSize(3 * STEP, 3 * STEP)


class JobColumnHeaders(QWidget):
    """Sort buttons of the queue's table, one per column.

    Emits `order_chosen` with a JobSortOrder. Tab stops at the button of the current order; in the
    queue order, or if that column is hidden, at the first button. Left and Right move between the
    buttons. The context menu chooses the columns; `hidden_chosen` is emitted with the new
    HiddenColumns.
    """

    order_chosen = Signal(JobSortOrder)
    hidden_chosen = Signal(HiddenColumns)

    def __init__(self, table: QTableView, parent: QWidget, *, has_costs: bool = True) -> None:
        super().__init__(parent)
        self._table = table
        self._has_costs = has_costs
        self._order = JobSortOrder()
        self._hidden = HiddenColumns()
        # Estimated progress has no order that would last for a second.
        self._progress = muted_label(JobColumn.PROGRESS.title, "progress_header", self)
        self._headers: dict[JobSortKey, QToolButton] = {}
        self._arrows: dict[JobSortKey, TintedIcon] = {}
        self._build()
        self.show_order(self._order)
        # Set after the fonts, because the style caches the fonts that it finds when a size is first
        # requested.
        self.setFixedHeight(self.sizeHint().height())

    def show_order(self, order: JobSortOrder) -> None:
        """Shows which column the rows are sorted by, and in which direction."""
        self._order = order
        self._set_fonts()
        arrow = "chevron-down" if order.is_descending else "chevron-up"
        for key, header in self._headers.items():
            chosen = key is order.key
            self._arrows[key].show(arrow if chosen else "")
            header.setToolButtonStyle(
                Qt.ToolButtonStyle.ToolButtonTextBesideIcon
                if chosen
                else Qt.ToolButtonStyle.ToolButtonTextOnly
            )
            self._describe(header, key)
        self.fit_to_columns()

    def _describe(self, header: QToolButton, key: JobSortKey) -> None:
        """Tells what a press on the header does, and how the rows are sorted now."""
        next_order = self._order.toggled(key)
        if next_order.key is JobSortKey.QUEUE:
            press_text = _("Press to return to the queue order.")
        else:
            press_text = _("Press to sort %s.") % next_order.description()
        header.setToolTip(tooltip(_("Sort: %s") % next_order.description()))
        if key is self._order.key:
            press_text = _("Sorted, %s.") % self._order.description() + " " + press_text
        header.setAccessibleDescription(press_text)

    def show_hidden(self, hidden: HiddenColumns) -> None:
        """Sets which columns the user has hidden, for the check marks of the menu."""
        self._hidden = hidden

    def fit_to_columns(self) -> None:
        """Places each header above its column."""
        for key, header in self._headers.items():
            column = _COLUMNS[key]
            left = self._table.columnViewportPosition(column)
            inset = MARGIN - STEP // 2 if column is JobColumn.JOB else STEP
            width = min(self._width_of(key), self._table.columnWidth(column))
            if column is JobColumn.SEED:
                # Numbers are aligned at the right.
                inset = self._table.columnWidth(column) - MARGIN + 2 * _PADDING - width
            header.setVisible(not self._table.isColumnHidden(column))
            header.setGeometry(left + inset - _PADDING, 0, width, self.height())
        progress_left = self._table.columnViewportPosition(JobColumn.PROGRESS) + STEP
        progress_width = self._table.columnWidth(JobColumn.PROGRESS) - STEP
        self._progress.setVisible(not self._table.isColumnHidden(JobColumn.PROGRESS))
        self._progress.setGeometry(progress_left, 0, progress_width, self.height())
        self._update_tab_stops()

    def _update_tab_stops(self) -> None:
        column = _COLUMNS.get(self._order.key, JobColumn.JOB)
        stop = JobColumn.JOB if self._table.isColumnHidden(column) else column
        for key, header in self._headers.items():
            is_stop = _COLUMNS[key] is stop
            header.setFocusPolicy(
                Qt.FocusPolicy.StrongFocus if is_stop else Qt.FocusPolicy.ClickFocus
            )

    def _width_of(self, key: JobSortKey) -> int:
        """Returns the width that a header button needs for its text.

        In a wider button Qt would centre the text, which has to be aligned with the cells below.
        """
        header = self._headers[key]
        if key is self._order.key:
            return header.sizeHint().width()
        return header.fontMetrics().horizontalAdvance(header.text()) + 2 * _PADDING

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(colours(self.palette()).line))
        painter.drawLine(self.rect().bottomLeft(), self.rect().bottomRight())
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(0, next(iter(self._headers.values())).sizeHint().height() + STEP // 2)

    def _build(self) -> None:
        self.setObjectName("jobs_heads")
        self.setAccessibleName(_("Sort the jobs"))
        for key, column in _COLUMNS.items():
            name = column.title
            header = flat_button(name, f"sort_{key.value}", self)
            header.setAccessibleName(_("Sort by %s") % name)
            # Puts the arrow after the text.
            header.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            header.setIconSize(_ARROW_SIZE)
            header.installEventFilter(self)
            header.clicked.connect(lambda _checked=False, key=key: self._on_header_pressed(key))
            self._headers[key] = header
            self._arrows[key] = TintedIcon(header)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._make_menu().popup(event.globalPos())

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("columns_menu")
        menu.setAccessibleName(_("Columns"))
        menu.aboutToHide.connect(menu.deleteLater)
        for column in OPTIONAL_COLUMNS:
            if column is JobColumn.COST and not self._has_costs:
                continue
            action = menu.addAction(column.title)
            action.setObjectName(f"column_{column.name.lower()}")
            action.setCheckable(True)
            action.setChecked(column not in self._hidden.columns)
            toggled = self._hidden.toggled(column)
            action.triggered.connect(partial(self.hidden_chosen.emit, toggled))
        menu.addSeparator()
        order = menu.addAction(_("Queue order"))
        order.setObjectName("queue_order")
        order.setCheckable(True)
        order.setChecked(self._order == JobSortOrder())
        order.triggered.connect(lambda: self.order_chosen.emit(JobSortOrder()))
        reset = menu.addAction(_("Reset columns"))
        reset.setObjectName("reset_columns")
        reset.triggered.connect(lambda: self.hidden_chosen.emit(HiddenColumns()))
        return menu

    def _on_header_pressed(self, key: JobSortKey) -> None:
        self.order_chosen.emit(self._order.toggled(key))

    def _set_fonts(self) -> None:
        for key, header in self._headers.items():
            header.setFont(scaled(self.font(), SMALL_FONT_SCALE, bold=key is self._order.key))
        self._progress.setFont(scaled(self.font(), SMALL_FONT_SCALE))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()), 0)
            headers: list[QObject] = [each for each in self._headers.values() if each.isVisible()]
            if step and watched in headers:
                target = headers[(headers.index(watched) + step) % len(headers)]
                assert isinstance(target, QToolButton)
                target.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        elif event.type() is QEvent.Type.StyleChange:
            # The theme has changed: the style has restored the fonts of the first sort order.
            self._set_fonts()
            self.fit_to_columns()
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.setFixedHeight(self.sizeHint().height())
            self.show_order(self._order)
