"""View of the list of drafts: painting, keys and clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.core.drafts.draft_rows import MAX_TITLE_CHARS
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.drafts.drafts_model import DraftRole, DraftsModel
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.docked_list import DockedListView
from runcomfy_desktop.ui.widgets.two_line_rows import (
    RenameDelegate,
    paint_row_background,
    row_fonts,
    row_size,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QFont, QKeyEvent

    from runcomfy_desktop.core.drafts.draft_rows import DraftRow
    from runcomfy_desktop.ui.drafts.drafts_model import Index

_ICON_SIZE = 4 * STEP
_MIN_LEFT_WIDTH, _NARROW_WIDTH = 22 * STEP, 36 * STEP


class DraftsView(DockedListView):
    """List of drafts; emits `delete_requested` with a key on Delete."""

    delete_requested = Signal(str)

    def __init__(self, model: DraftsModel, parent: QWidget) -> None:
        super().__init__("drafts", _("Drafts"), DraftRole.KEY, parent)
        self._drafts = model
        self.setItemDelegate(
            _DraftDelegate("draft_name_editor", _("Name of the draft"), MAX_TITLE_CHARS, self)
        )
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setModel(model)

    @property
    def current_draft(self) -> DraftRow | None:
        """Draft of the current row."""
        return self._drafts.draft_row_at(self.currentIndex())

    def rename(self, key: str) -> None:
        """Opens the editor for a draft's name in its row."""
        row = self._drafts.row_of(key)
        if row >= 0:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.setCurrentIndex(self._drafts.index(row))
            self.edit(self._drafts.index(row))

    def is_own_shortcut(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return not modifiers and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_F2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            if self.currentIndex().isValid():
                self.delete_requested.emit(self.currentIndex().data(DraftRole.KEY))
        else:
            super().keyPressEvent(event)


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
