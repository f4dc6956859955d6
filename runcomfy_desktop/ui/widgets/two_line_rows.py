"""List rows of two lines, a name above its details; shared by the lists of the left docks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import STEP, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QFont, QPainter

    from runcomfy_desktop.ui.style.theme import Colours

ICON_SIZE = 4 * STEP
TEXT_INDENT = 7 * STEP
"""Left edge of the texts, equal in all lists."""
_MIN_WIDTH = 40 * STEP
_RIGHT_MARGIN = 3 * STEP + 1


class RowLines(NamedTuple):
    """Fonts and rectangles of the parts of a row; the icon is left of the name."""

    name_font: QFont
    details_font: QFont
    icon: QRect
    name: QRect
    details: QRect


def row_lines(
    option: QStyleOptionViewItem, *, bold: bool, right_margin: int = _RIGHT_MARGIN
) -> RowLines:
    """Returns the parts of a row; `bold` is for the row in use."""
    name_font, details_font = scaled(option.font, 1.0, bold=bold), _details_font(option)
    name_height, details_height = (
        QFontMetrics(font).height() for font in (name_font, details_font)
    )
    row = option.rect
    left, width = row.left() + TEXT_INDENT, row.width() - TEXT_INDENT - right_margin
    top = row.top() + (row.height() - name_height - details_height) // 2
    # The symbol fills only the middle half of its icon.
    icon_top = top + (name_height - ICON_SIZE) // 2
    return RowLines(
        name_font,
        details_font,
        QRect(row.left() + 2 * STEP, icon_top, ICON_SIZE, ICON_SIZE),
        QRect(left, top, width, name_height),
        QRect(left, top + name_height, width, details_height),
    )


def _details_font(option: QStyleOptionViewItem) -> QFont:
    return scaled(option.font, SMALL_FONT_SCALE)


def paint_text(  # noqa: PLR0913 - keyword arguments
    painter: QPainter,
    rect: QRect,
    text: str,
    font: QFont,
    colour: str,
    *,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Paints one line of text, elided if it is too long."""
    painter.setFont(font)
    painter.setPen(QColor(colour))
    flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(rect, int(flags), QFontMetrics(font).elidedText(text, elide, rect.width()))


def paint_row_background(
    painter: QPainter, option: QStyleOptionViewItem, roles: Colours, *, is_current: bool
) -> None:
    """Paints a row's background: in use, hovered, or with the focus frame."""
    if is_current:
        painter.fillRect(option.rect, QColor(roles.accent_soft))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(option.rect, QColor(roles.panel))
    if option.state & QStyle.StateFlag.State_HasFocus:
        draw_focus_ring(painter, option.rect.adjusted(1, 1, -1, -1), roles.accent)


class TwoLineDelegate(QStyledItemDelegate):
    """Delegate with equally high rows, so that a list of thousands need not be measured."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        fonts = scaled(option.font, 1.0, bold=True), _details_font(option)
        height = sum(QFontMetrics(font).height() for font in fonts) + 4 * STEP
        return QSize(_MIN_WIDTH, -(-height // STEP) * STEP)


class RenameDelegate(TwoLineDelegate):
    """Delegate that edits names in a field called `name` of at most `max_chars` characters."""

    def __init__(self, name: str, title: str, max_chars: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._field = (name, title, max_chars)

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        name, title, max_chars = self._field
        field = QLineEdit(parent)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setMaxLength(max_chars)
        return field

    def setModelData(
        self,
        editor: QWidget,
        model: QAbstractItemModel,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        # The editor covers the whole row: a lower one would leave the details half covered.
        editor.setGeometry(option.rect.adjusted(STEP, 2, -STEP, -2))
