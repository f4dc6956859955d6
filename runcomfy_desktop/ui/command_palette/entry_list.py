"""The palette's list: a model of entries, and how one is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from runcomfy_desktop.ui.command_palette.entries import PaletteEntry, accessible_text
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.highlights import (
    NO_HIGHLIGHTS,
    Highlights,
    draw_highlighted_line,
    elided,
)
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours, scaled

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QFont

    from runcomfy_desktop.ui.style.theme import Colours

_ROOT = QModelIndex()
_DETAIL_FONT_SCALE = 0.9
_ICON = 4 * STEP
_LEFT_ALIGNED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PaletteEntryModel(QAbstractListModel):
    """The entries that are found, and what is marked in them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: list[PaletteEntry] = []
        self.marks = NO_HIGHLIGHTS

    def set_entries(self, entries: list[PaletteEntry], marks: Highlights) -> None:
        self.beginResetModel()
        self._entries, self.marks = entries, marks
        self.endResetModel()

    def entry(self, index: QModelIndex | QPersistentModelIndex) -> PaletteEntry | None:
        return self._entries[index.row()] if index.isValid() else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        entry = self.entry(index)
        if entry is None:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return accessible_text(entry)
        return entry.text if role == Qt.ItemDataRole.DisplayRole else None


class PaletteEntryDelegate(QStyledItemDelegate):
    """An icon, what it is called, what it belongs to, and a detail at the right."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(0, max(8 * STEP, option.fontMetrics.height() + 3 * STEP))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model = index.model()
        assert isinstance(model, PaletteEntryModel)
        entry = model.entry(index)
        if entry is None:
            return
        roles = colours(option.palette)
        painter.save()
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(QColor(roles.accent_soft))
            painter.setPen(QPen(QColor(roles.accent)))
            painter.drawRoundedRect(rect.adjusted(1, 1, -2, -2), RADIUS, RADIUS)
        _EntryPainter(painter, roles, option.font, model.marks).draw(entry, rect)
        painter.restore()


class _EntryPainter:
    """Draws one entry."""

    def __init__(self, painter: QPainter, roles: Colours, font: QFont, marks: Highlights) -> None:
        self._painter = painter
        self._roles = roles
        self._font = font
        self._detail_font = scaled(font, _DETAIL_FONT_SCALE)
        self._marks = marks

    def draw(self, entry: PaletteEntry, rect: QRect) -> None:
        free_rect = rect.adjusted(3 * STEP, 0, -3 * STEP, 0)
        icon_rect = QRect(free_rect.left(), rect.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        icons.icon(entry.kind.value, self._roles.muted).paint(self._painter, icon_rect)
        free_rect.setLeft(icon_rect.right() + 2 * STEP)
        text_width = min(_advance(self._detail_font, entry.detail) + 1, free_rect.width() // 3)
        detail_rect = QRect(
            free_rect.right() - text_width + 1, rect.top(), text_width, rect.height()
        )
        # A shortcut or a number is found as it stands, never by letters that lie apart.
        exact = Highlights(self._marks.terms)
        self._text(detail_rect, entry.detail, self._detail_font, self._roles.muted, exact)
        free_rect.setRight(detail_rect.left() - 3 * STEP)
        text_width = min(_advance(self._font, entry.text) + 1, free_rect.width())
        name_rect = QRect(free_rect.left(), rect.top(), text_width, rect.height())
        self._text(name_rect, entry.text, self._font, self._roles.text)
        free_rect.setLeft(name_rect.right() + 2 * STEP)
        if free_rect.width() > 6 * STEP:
            self._text(free_rect, entry.context, self._detail_font, self._roles.muted)

    def _text(
        self, rect: QRect, text: str, font: QFont, colour: str, exact: Highlights | None = None
    ) -> None:
        shown, own = elided(text, font, rect.width())
        found = (exact or self._marks).spans_in(text)
        marks = tuple((a, min(b, own)) for a, b in found if a < own)
        if marks:
            draw_highlighted_line(self._painter, rect, shown, font, marks, self._roles)
            colour = self._roles.text
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(rect, int(_LEFT_ALIGNED | Qt.TextFlag.TextSingleLine), shown)


def _advance(font: QFont, text: str) -> int:
    return QFontMetrics(font).horizontalAdvance(text)
