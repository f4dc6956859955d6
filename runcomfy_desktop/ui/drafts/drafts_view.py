"""View of the list of drafts: painting, keys and clicks."""

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

from runcomfy_desktop.core.drafts.draft_rows import MAX_TITLE_CHARS
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.drafts.drafts_model import DraftRole, DraftsModel
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.accessible_row_presses import AccessibleRowPresses
from runcomfy_desktop.ui.widgets.two_line_rows import (
    RenameDelegate,
    paint_row_background,
    row_fonts,
    row_size,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QFont

    from runcomfy_desktop.core.drafts.draft_rows import DraftRow
    from runcomfy_desktop.ui.drafts.drafts_model import Index

_ICON_SIZE = 4 * STEP
_MIN_LEFT_WIDTH, _NARROW_WIDTH = 22 * STEP, 36 * STEP


class DraftsView(QListView):
    """List of drafts.

    Emits `open_requested` with a key on a click, on Enter and when a screen reader presses a row,
    `delete_requested` with a key on Delete, and `menu_requested` with a key and a screen position.
    """

    open_requested = Signal(str)
    delete_requested = Signal(str)
    menu_requested = Signal(str, QPoint)

    def __init__(self, model: DraftsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._drafts = model
        self.setObjectName("drafts")
        self.setAccessibleName(_("Drafts"))
        self.setItemDelegate(
            _DraftDelegate("draft_name_editor", _("Name of the draft"), MAX_TITLE_CHARS, self)
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setModel(model)
        AccessibleRowPresses(self).pressed.connect(self._on_index_chosen)
        self.clicked.connect(self._on_index_chosen)

    @property
    def current_draft(self) -> DraftRow | None:
        """Draft of the current row."""
        return self._drafts.draft_row_at(self.currentIndex())

    def select_unless_focused(self, key: str) -> None:
        """Selects a draft, unless the list has the focus."""
        row = self._drafts.row_of(key)
        if row >= 0 and not self.hasFocus():
            self.setCurrentIndex(self._drafts.index(row))

    def rename(self, key: str) -> None:
        """Opens the editor for a draft's name in its row."""
        row = self._drafts.row_of(key)
        if row >= 0:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.setCurrentIndex(self._drafts.index(row))
            self.edit(self._drafts.index(row))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is event.Reason.Keyboard:
            index = self.currentIndex()
            global_pos = self.viewport().mapToGlobal(self.visualRect(index).center())
        else:
            index, global_pos = self.indexAt(event.pos()), event.globalPos()
        if index.isValid():
            self.menu_requested.emit(index.data(DraftRole.KEY), global_pos)

    def event(self, event: QEvent) -> bool:
        # In the list these keys apply to the current row, although the window uses them for other
        # actions.
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if not modifiers and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_F2):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on_index_chosen(index)
        elif event.key() == Qt.Key.Key_Delete and not event.modifiers():
            if index.isValid():
                self.delete_requested.emit(index.data(DraftRole.KEY))
        else:
            super().keyPressEvent(event)

    def _on_index_chosen(self, index: Index) -> None:
        if index.isValid():
            self.open_requested.emit(index.data(DraftRole.KEY))


class _DraftDelegate(RenameDelegate):
    """Paints an icon, title and age, and below them the source and the number of changes."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return row_size(option.font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        roles = colours(option.palette)
        is_current = bool(index.data(DraftRole.IS_CURRENT))
        painter.save()
        paint_row_background(painter, option, roles, is_current=is_current)
        area = option.rect.adjusted(3 * STEP, STEP, -3 * STEP, -STEP)
        title_font, detail_font = row_fonts(option.font, bold=is_current)
        title_height, detail_height = (
            QFontMetrics(title_font).height(),
            QFontMetrics(detail_font).height(),
        )
        top = area.top() + (area.height() - title_height - detail_height) // 2
        # The symbol fills only the middle half of its icon.
        icon_rect = QRect(
            area.left() - _ICON_SIZE // 4,
            top + (title_height - _ICON_SIZE) // 2,
            _ICON_SIZE,
            _ICON_SIZE,
        )
        name, colour = ("dot", roles.ok) if is_current else ("ring", roles.muted)
        if index.data(DraftRole.IS_UNREADABLE):
            name, colour = "warning", roles.warning
        icons.icon(name, colour).paint(painter, icon_rect)
        left = area.left() + 4 * STEP
        title_rect = QRect(left, top, area.right() - left, title_height)
        detail_rect = QRect(left, top + title_height, area.right() - left, detail_height)
        age = _("Opening…") if index.data(DraftRole.IS_OPENING) else index.data(DraftRole.AGE)
        _paint_line(
            painter,
            title_rect,
            (title_font, roles.text, index.data()),
            (detail_font, roles.muted, age),
        )
        source = (detail_font, roles.muted, index.data(DraftRole.SOURCE))
        count = (detail_font, roles.muted, index.data(DraftRole.CHANGES))
        # In a narrow dock the number of changes is more useful.
        is_narrow = detail_rect.width() < _NARROW_WIDTH
        _paint_line(painter, detail_rect, *((count, source) if is_narrow else (source, count)))
        painter.restore()


def _paint_line(
    painter: QPainter,
    rect: QRect,
    left: tuple[QFont, str, str],
    right: tuple[QFont, str, str],
) -> None:
    """Paints two texts; the left one is elided in the middle, so that a number at its end stays.

    If there is too little space for the left text, the right one is omitted.
    """
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    left_rect = QRect(rect)
    font, colour, text = right
    right_width = QFontMetrics(font).horizontalAdvance(text)
    if rect.width() - right_width >= _MIN_LEFT_WIDTH:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(rect, int(flags | Qt.AlignmentFlag.AlignRight), text)
        left_rect.adjust(0, 0, -right_width - 2 * STEP, 0)
    font, colour, text = left
    elided_text = QFontMetrics(font).elidedText(
        text, Qt.TextElideMode.ElideMiddle, left_rect.width()
    )
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(left_rect, int(flags | Qt.AlignmentFlag.AlignLeft), elided_text)
