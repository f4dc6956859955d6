"""The list of drafts: how it is painted, and what keys and clicks do in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.core.draft_rows import MOST_LETTERS
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.models.drafts import DraftRole, DraftsModel
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.row_presses import RowPresses
from runcomfy_desktop.ui.widgets.two_lines import NamingDelegate, fonts_of, paint_ground, row_size

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QFont

    from runcomfy_desktop.core.draft_rows import DraftRow
    from runcomfy_desktop.ui.models.drafts import Index

_ICON = 4 * STEP
_LEAST, _NARROW = 22 * STEP, 36 * STEP


class DraftsView(QListView):
    """Emits `chosen` at a click, at Enter and when a screen reader presses a row, `delete_wished`
    at Delete, both with a key, and `menu_wished` with a key and a place on the screen."""

    chosen = Signal(str)
    delete_wished = Signal(str)
    menu_wished = Signal(str, QPoint)

    def __init__(self, model: DraftsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._drafts = model
        self.setObjectName("drafts")
        self.setAccessibleName(_("Drafts"))
        self.setItemDelegate(
            _DraftDelegate("draft_name_editor", _("Name of the draft"), MOST_LETTERS, self)
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setModel(model)
        RowPresses(self).pressed.connect(self._on_index_chosen)
        self.clicked.connect(self._on_index_chosen)

    @property
    def draft(self) -> DraftRow | None:
        """The one that the keyboard is on."""
        return self._drafts.draft(self.currentIndex())

    def mark(self, key: str) -> None:
        """Puts the selection on a draft, unless the keyboard is in the list."""
        row = self._drafts.row_of(key)
        if row >= 0 and not self.hasFocus():
            self.setCurrentIndex(self._drafts.index(row))

    def rename(self, key: str) -> None:
        """Opens the field for its name in its row."""
        row = self._drafts.row_of(key)
        if row >= 0:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.setCurrentIndex(self._drafts.index(row))
            self.edit(self._drafts.index(row))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is event.Reason.Keyboard:
            index = self.currentIndex()
            where = self.viewport().mapToGlobal(self.visualRect(index).center())
        else:
            index, where = self.indexAt(event.pos()), event.globalPos()
        if index.isValid():
            self.menu_wished.emit(index.data(DraftRole.KEY), where)

    def event(self, event: QEvent) -> bool:
        # Of the row that the keyboard is on, not what the window's key of the same name means.
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if not plain and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_F2):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on_index_chosen(index)
        elif event.key() == Qt.Key.Key_Delete and not event.modifiers():
            if index.isValid():
                self.delete_wished.emit(index.data(DraftRole.KEY))
        else:
            super().keyPressEvent(event)

    def _on_index_chosen(self, index: Index) -> None:
        if index.isValid():
            self.chosen.emit(index.data(DraftRole.KEY))


class _DraftDelegate(NamingDelegate):
    """Paints an icon, the title and its age, and below what it is of and how much is changed."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return row_size(option.font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        roles = colours(option.palette)
        is_current = bool(index.data(DraftRole.IS_CURRENT))
        painter.save()
        paint_ground(painter, option, roles, is_current=is_current)
        area = option.rect.adjusted(3 * STEP, STEP, -3 * STEP, -STEP)
        title_font, facts_font = fonts_of(option.font, bold=is_current)
        high, low = QFontMetrics(title_font).height(), QFontMetrics(facts_font).height()
        top = area.top() + (area.height() - high - low) // 2
        # The mark fills the middle half of its icon.
        box = QRect(area.left() - _ICON // 4, top + (high - _ICON) // 2, _ICON, _ICON)
        name, tone = ("dot", roles.ok) if is_current else ("ring", roles.muted)
        if index.data(DraftRole.IS_ODD):
            name, tone = "warning", roles.warning
        icons.icon(name, tone).paint(painter, box)
        left = area.left() + 4 * STEP
        first = QRect(left, top, area.right() - left, high)
        second = QRect(left, top + high, area.right() - left, low)
        age = _("Opening…") if index.data(DraftRole.IS_OPENING) else index.data(DraftRole.AGE)
        _line(
            painter, first, (title_font, roles.text, index.data()), (facts_font, roles.muted, age)
        )
        belonging = (facts_font, roles.muted, index.data(DraftRole.BELONGING))
        count = (facts_font, roles.muted, index.data(DraftRole.COUNT))
        # In a narrow dock the count says more.
        is_narrow = second.width() < _NARROW
        _line(painter, second, *((count, belonging) if is_narrow else (belonging, count)))
        painter.restore()


def _line(
    painter: QPainter,
    place: QRect,
    left: tuple[QFont, str, str],
    right: tuple[QFont, str, str],
) -> None:
    """Two texts, the left one cut in its middle where the right one begins: what numbers it stands
    at its end. Where that leaves too little of it, the right one is left out."""
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    inner = QRect(place)
    font, tone, text = right
    room = QFontMetrics(font).horizontalAdvance(text)
    if place.width() - room >= _LEAST:
        painter.setFont(font)
        painter.setPen(QColor(tone))
        painter.drawText(place, int(flags | Qt.AlignmentFlag.AlignRight), text)
        inner.adjust(0, 0, -room - 2 * STEP, 0)
    font, tone, text = left
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, inner.width())
    painter.setFont(font)
    painter.setPen(QColor(tone))
    painter.drawText(inner, int(flags | Qt.AlignmentFlag.AlignLeft), shown)
