"""The editor for several of many choices: a list to tick, which drops down from the field."""

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
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.editors.choice import Roomy
from runcomfy_desktop.ui.inputs.layout import PAD, metrics_for
from runcomfy_desktop.ui.inputs.painting import Brush, Frame
from runcomfy_desktop.ui.theme import STEP, colours

if TYPE_CHECKING:
    from collections.abc import Hashable

    from PySide6.QtGui import QPaintEvent

    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.schema import InputSpec
    from runcomfy_desktop.ui.models.inputs import Index

_MAX_VISIBLE = 12
_LONGEST = 400
_OPENS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Down, Qt.Key.Key_F4)
_CLOSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F4, Qt.Key.Key_Escape)
_ROLE = Qt.ItemDataRole.CheckStateRole


class Ticks(Roomy):
    """Lines of the list with boxes as in the tree: those of Qt are hard to see on dark ground."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        brush = Brush(painter, colours(option.palette), metrics_for(option.font.toString()))
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        brush.fill(option.rect, brush.colours.accent_soft if is_current else brush.colours.field)
        is_ticked = index.data(_ROLE) in (Qt.CheckState.Checked, Qt.CheckState.Checked.value)
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.save()
        brush.check(option.rect.adjusted(PAD, 0, 0, 0), text, is_ticked, Frame.PLAIN)
        painter.restore()


class MultiEditor(QAbstractButton):
    """What is ticked, in the order of the choices. What is not on the list stays ticked."""

    touched = Signal()
    chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._spec = spec
        self._choices: list[Json] = list(spec.choices)
        self._whole: object = None
        self._is_touched = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self.open_list)
        self._list = QListWidget(self)
        self._list.setWindowFlag(Qt.WindowType.Popup)
        self._list.setObjectName("multi_list")
        self._list.setItemDelegate(Ticks(self._list))
        self._list.setUniformItemSizes(True)
        self._list.itemClicked.connect(self._toggle)
        self._list.installEventFilter(self)

    def value(self) -> Json:
        whole = self._whole
        if not self._is_touched:
            return whole  # type: ignore[return-value] # what was set is JSON
        rest = dict(whole) if isinstance(whole, dict) else {}
        ticked: list[Json] = [
            choice
            for row, choice in enumerate(self._choices)
            if self._list.item(row).checkState() is Qt.CheckState.Checked
        ]
        return {**rest, "__value__": ticked}

    def set_value(self, value: object) -> None:
        self._whole, self._is_touched = value, False
        values = texts.multi_values(value)
        known, ticked = set(map(_key, self._spec.choices)), set(map(_key, values))
        strangers = {_key(each): each for each in values if _key(each) not in known}
        self._choices = [*self._spec.choices, *strangers.values()]
        self._list.clear()
        for choice in self._choices:
            text = one_line(str(choice)[:_LONGEST])
            if _key(choice) in strangers:
                text = _("%s (not on the list)") % text
            item = QListWidgetItem(text, self._list)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            is_ticked = _key(choice) in ticked
            item.setData(_ROLE, Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
        self._show()

    def begin(self) -> None:
        """Nothing to prepare."""

    def name_parts(self, name: str) -> None:
        self._list.setAccessibleName(name)

    def list_view(self) -> QListWidget:
        """The list to tick; it has the keyboard while it is open."""
        return self._list

    def open_list(self) -> None:
        rows = min(max(self._list.count(), 1), _MAX_VISIBLE)
        height = rows * max(self._list.sizeHintForRow(0), 6 * STEP) + 2
        width = max(self.width() + 2 * STEP, self._list.sizeHintForColumn(0) + 10 * STEP)
        place = self.mapToGlobal(QPoint(-STEP, self.height() + 2))
        screen = self.screen().availableGeometry()
        if place.y() + height > screen.bottom():
            place.setY(self.mapToGlobal(QPoint()).y() - height - 2)
        self._list.setGeometry(place.x(), place.y(), width, height)
        self._list.show()
        self._list.setCurrentRow(max(self._list.currentRow(), 0))
        self._list.setFocus(Qt.FocusReason.PopupFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENS:
            self.open_list()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, _list: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Space:
            self._toggle(self._list.currentItem())
        elif event.key() in _CLOSES:
            self._list.hide()
        else:
            return False
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        brush = Brush(painter, colours(self.palette()), metrics_for(self.font().toString()))
        text = texts.value_text(self.value(), self._spec)
        brush.choice(self.rect(), text, Frame.EDITED)
        painter.end()

    def _toggle(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        is_ticked = item.checkState() is Qt.CheckState.Checked
        item.setData(_ROLE, Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked)
        self._is_touched = True
        self._show()
        self.chosen.emit()

    def _show(self) -> None:
        self.setAccessibleDescription(texts.value_text(self.value(), self._spec))
        self.update()


def _key(value: Json) -> Hashable:
    """What values are told apart by; of a list and an object, how they are written."""
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return value if is_plain else ("", repr(value))  # type: ignore[return-value] # a plain one
