"""Editor for several of many choices: a drop-down list of check boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.editors.choice import SpaciousItemDelegate
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import FieldFrame, InputRowPainter
from runcomfy_desktop.ui.input_tree.rows.row_layout import PADDING, metrics_for
from runcomfy_desktop.ui.style.theme import STEP, colours

if TYPE_CHECKING:
    from collections.abc import Hashable

    from PySide6.QtGui import QPaintEvent

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.schema import InputSpec
    from runcomfy_desktop.ui.input_tree.rows.input_row import Index

_MAX_VISIBLE_ROWS = 12
_MAX_CHARS = 400
_OPEN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Down, Qt.Key.Key_F4)
_CLOSE_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F4, Qt.Key.Key_Escape)
_CHECK_STATE_ROLE = Qt.ItemDataRole.CheckStateRole


class CheckItemDelegate(SpaciousItemDelegate):
    """Delegate that draws check boxes as in the tree.

    Qt's own check boxes are hard to see on a dark background.
    """

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row_painter = InputRowPainter(
            painter, colours(option.palette), metrics_for(option.font.toString())
        )
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        row_painter.fill(
            option.rect,
            row_painter.colours.accent_soft if is_current else row_painter.colours.field,
        )
        is_ticked = index.data(_CHECK_STATE_ROLE) in (
            Qt.CheckState.Checked,
            Qt.CheckState.Checked.value,
        )
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.save()
        row_painter.draw_check(
            option.rect.adjusted(PADDING, 0, 0, 0), text, is_ticked, FieldFrame.PLAIN
        )
        painter.restore()


class MultiChoiceEditor(QAbstractButton):
    """Edits a list of ticked choices, stored in the order in which the choices are listed.

    Values that are not on the list stay ticked.
    """

    edited = Signal()
    value_chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._spec = spec
        self._choices: list[Json] = list(spec.choices)
        self._original_value: object = None
        self._is_edited = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self.open_list)
        self._list = QListWidget(self)
        self._list.setWindowFlag(Qt.WindowType.Popup)
        self._list.setObjectName("multi_list")
        self._list.setItemDelegate(CheckItemDelegate(self._list))
        self._list.setUniformItemSizes(True)
        self._list.itemClicked.connect(self._toggle)
        self._list.installEventFilter(self)

    def value(self) -> Json:
        original = self._original_value
        if not self._is_edited:
            return original  # type: ignore[return-value] # the value is JSON
        rest = dict(original) if isinstance(original, dict) else {}
        ticked: list[Json] = [
            choice
            for row, choice in enumerate(self._choices)
            if self._list.item(row).checkState() is Qt.CheckState.Checked
        ]
        return {**rest, "__value__": ticked}

    def set_value(self, value: object) -> None:
        self._original_value, self._is_edited = value, False
        values = texts.chosen_values(value)
        listed, ticked = (
            set(map(_identity_key, self._spec.choices)),
            set(map(_identity_key, values)),
        )
        unlisted = {
            _identity_key(each): each for each in values if _identity_key(each) not in listed
        }
        self._choices = [*self._spec.choices, *unlisted.values()]
        self._list.clear()
        for choice in self._choices:
            text = one_line(str(choice)[:_MAX_CHARS])
            if _identity_key(choice) in unlisted:
                text = _("%s (not on the list)") % text
            item = QListWidgetItem(text, self._list)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            is_ticked = _identity_key(choice) in ticked
            item.setData(
                _CHECK_STATE_ROLE, Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked
            )
        self._update_text()

    def begin(self) -> None:
        """Does nothing: no preparation is needed."""

    def set_part_names(self, name: str) -> None:
        self._list.setAccessibleName(name)

    def list_view(self) -> QListWidget:
        """Returns the list of check boxes; it has the focus while it is open."""
        return self._list

    def open_list(self) -> None:
        rows = min(max(self._list.count(), 1), _MAX_VISIBLE_ROWS)
        height = rows * max(self._list.sizeHintForRow(0), 6 * STEP) + 2
        width = max(self.width() + 2 * STEP, self._list.sizeHintForColumn(0) + 10 * STEP)
        position = self.mapToGlobal(QPoint(-STEP, self.height() + 2))
        screen = self.screen().availableGeometry()
        if position.y() + height > screen.bottom():
            position.setY(self.mapToGlobal(QPoint()).y() - height - 2)
        self._list.setGeometry(position.x(), position.y(), width, height)
        self._list.show()
        self._list.setCurrentRow(max(self._list.currentRow(), 0))
        self._list.setFocus(Qt.FocusReason.PopupFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPEN_KEYS:
            self.open_list()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, _list: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Space:
            self._toggle(self._list.currentItem())
        elif event.key() in _CLOSE_KEYS:
            self._list.hide()
        else:
            return False
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        row_painter = InputRowPainter(
            painter, colours(self.palette()), metrics_for(self.font().toString())
        )
        text = texts.value_text(self.value(), self._spec)
        row_painter.draw_choice(self.rect(), text, FieldFrame.EDITED)
        painter.end()

    def _toggle(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        is_ticked = item.checkState() is Qt.CheckState.Checked
        item.setData(
            _CHECK_STATE_ROLE, Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked
        )
        self._is_edited = True
        self._update_text()
        self.value_chosen.emit()

    def _update_text(self) -> None:
        self.setAccessibleDescription(texts.value_text(self.value(), self._spec))
        self.update()


def _identity_key(value: Json) -> Hashable:
    """Returns a key that identifies a value: its `repr` for anything but a string or a number."""
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return value if is_plain else ("", repr(value))  # type: ignore[return-value] # a plain value
