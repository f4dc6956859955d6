"""List rows of two lines, a name above its details; shared by the lists of the left docks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import STEP, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QFont, QPainter

    from runcomfy_desktop.ui.style.theme import Colours

_MIN_WIDTH = 40 * STEP


def row_fonts(font: QFont, *, bold: bool) -> tuple[QFont, QFont]:
    """Returns the fonts of the name and of the details; `bold` is for the row in use."""
    return scaled(font, 1.0, bold=bold), scaled(font, SMALL_FONT_SCALE)


def row_size(font: QFont) -> QSize:
    """Returns the size of a row, equal for all rows: a list of thousands need not be measured."""
    name, detail = row_fonts(font, bold=True)
    height = QFontMetrics(name).height() + QFontMetrics(detail).height() + 4 * STEP
    return QSize(_MIN_WIDTH, -(-height // STEP) * STEP)


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


class RenameDelegate(QStyledItemDelegate):
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
