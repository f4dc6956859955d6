"""Rows of two lines, a name above its facts: how the lists of the left docks look alike."""

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
    """Those of the name and of the facts; what is in use is bold."""
    return scaled(font, 1.0, bold=bold), scaled(font, SMALL_FONT_SCALE)


def row_size(font: QFont) -> QSize:
    """As high for every row, so that a list of thousands need not be measured."""
    name, detail = row_fonts(font, bold=True)
    height = QFontMetrics(name).height() + QFontMetrics(detail).height() + 4 * STEP
    return QSize(_MIN_WIDTH, -(-height // STEP) * STEP)


def paint_row_background(
    painter: QPainter, option: QStyleOptionViewItem, roles: Colours, *, is_current: bool
) -> None:
    """What lies under a row: in use, under the pointer, or with the keyboard's frame around it."""
    if is_current:
        painter.fillRect(option.rect, QColor(roles.accent_soft))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(option.rect, QColor(roles.panel))
    if option.state & QStyle.StateFlag.State_HasFocus:
        draw_focus_ring(painter, option.rect.adjusted(1, 1, -1, -1), roles.accent)


class RenameDelegate(QStyledItemDelegate):
    """Has names changed in their rows, in a field called `name` that takes `max_chars`."""

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
        # Over all of the row: beside a lower one its facts would stand half covered.
        editor.setGeometry(option.rect.adjusted(STEP, 2, -STEP, -2))
