"""Accessible interface of a control that is only painted and has no widget.

Qt creates such interfaces only for widgets. PySide lets Python implement them, with two traps, each
of which causes a crash: `interface_cast` must always return a VoidPtr, and an interface must
outlive Qt's own reference to it. The interface is therefore kept until `delete_accessible` has
notified Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleActionInterface,
    QAccessibleEditableTextInterface,
    QAccessibleInterface,
    QAccessibleTextInterface,
    QAccessibleValueInterface,
    QWindow,
)
from shiboken6 import Shiboken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject, QPoint
    from PySide6.QtWidgets import QWidget

Value: TypeAlias = object
"""Type of a value; needed because `object` is the name of a method below."""
_InterfaceType = QAccessible.InterfaceType
_NULL_POINTER = Shiboken.VoidPtr(0)
PRESS = QAccessibleActionInterface.pressAction()
TOGGLE = QAccessibleActionInterface.toggleAction()
SET_FOCUS = QAccessibleActionInterface.setFocusAction()
_Bases = (
    QAccessibleInterface,
    QAccessibleActionInterface,
    QAccessibleTextInterface,
    QAccessibleEditableTextInterface,
    QAccessibleValueInterface,
)


class AccessibleItem(
    QAccessibleInterface,
    QAccessibleActionInterface,
    QAccessibleTextInterface,
    QAccessibleEditableTextInterface,
    QAccessibleValueInterface,
):
    """Base class of the accessible interface of one painted control inside `widget`.

    This class has no name, text or value; subclasses provide them. `has_text` makes the value
    readable, `is_editable` makes it replaceable, and `has_number` makes it readable and settable as
    a number.
    """

    has_text = False
    is_editable = False
    has_number = False
    is_stale = False
    """True once another item has replaced this one and it only waits to be deleted."""

    def __init__(self, widget: QWidget) -> None:
        for base in _Bases:
            base.__init__(self)
        self._widget = widget
        pointers = Shiboken.getCppPointer(self)
        kinds = (
            _InterfaceType.ActionInterface,
            _InterfaceType.TextInterface,
            _InterfaceType.EditableTextInterface,
            _InterfaceType.ValueInterface,
        )
        self._casts = {
            kind: Shiboken.VoidPtr(pointer)
            for kind, pointer in zip(kinds, pointers[1:], strict=True)
        }

    # Implemented by subclasses

    def name(self) -> str:
        return ""

    def description(self) -> str:
        return ""

    def value_text(self) -> str:
        return ""

    def set_value_text(self, text: str) -> None:
        """Replaces the whole value with `text`."""

    def perform_action(self, action: str) -> None:
        """Carries out one of `actions`."""

    def actions(self) -> list[str]:
        return [PRESS, SET_FOCUS]

    def children(self) -> Sequence[QAccessibleInterface]:
        return ()

    def item_rect(self) -> QRect:
        """Returns the control's rectangle in the widget's viewport; empty if out of view."""
        return QRect()

    # QAccessibleInterface

    def object(self) -> QObject:
        return None  # type: ignore[return-value] # None is allowed by Qt

    def window(self) -> QWindow:
        return self._widget.window().windowHandle()

    def rect(self) -> QRect:
        local_rect = self.item_rect()
        return QRect(self._widget.mapToGlobal(local_rect.topLeft()), local_rect.size())

    def child(self, index: int) -> QAccessibleInterface:
        children = self.children()
        return children[index] if 0 <= index < len(children) else None  # type: ignore[return-value]

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        found = (each for each in self.children() if each.rect().contains(x, y))
        return next(found, None)  # type: ignore[return-value]

    def childCount(self) -> int:
        return len(self.children())

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return next((at for at, each in enumerate(self.children()) if each is child), -1)

    def text(self, *which: Value) -> str:
        """Returns a kind of text, or the part of the value between two positions.

        Qt has two overloads of this name.
        """
        if len(which) == 2:
            start, end = which
            assert isinstance(start, int)
            assert isinstance(end, int)
            return self.value_text()[start:end]
        getter = {
            QAccessible.Text.Name: self.name,
            QAccessible.Text.Description: self.description,
            QAccessible.Text.Value: self.value_text,
        }.get(which[0])  # type: ignore[call-overload]
        return "" if getter is None else getter()

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        if kind is QAccessible.Text.Value and self.is_editable:
            self.set_value_text(text)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> int:
        offered = {
            _InterfaceType.ActionInterface: True,
            _InterfaceType.TextInterface: self.has_text,
            _InterfaceType.EditableTextInterface: self.is_editable,
            _InterfaceType.ValueInterface: self.has_number,
        }.get(kind, False)
        return self._casts[kind] if offered else _NULL_POINTER  # type: ignore[return-value]

    # QAccessibleActionInterface

    def actionNames(self) -> list[str]:
        return self.actions()

    def doAction(self, name: str) -> None:
        if self.isValid() and name in self.actions():
            self.perform_action(name)

    def keyBindingsForAction(self, name: str) -> list[str]:
        return []

    # QAccessibleTextInterface: the text without a cursor or a selection

    def characterCount(self) -> int:
        return len(self.value_text())

    def cursorPosition(self) -> int:
        return 0

    def setCursorPosition(self, position: int) -> None: ...

    def selectionCount(self) -> int:
        return 0

    def addSelection(self, start: int, end: int) -> None: ...

    def removeSelection(self, number: int) -> None: ...

    def setSelection(self, number: int, start: int, end: int) -> None: ...

    def characterRect(self, offset: int) -> QRect:
        return self.rect()

    def offsetAtPoint(self, point: QPoint) -> int:
        return -1

    def scrollToSubstring(self, start: int, end: int) -> None: ...

    # QAccessibleEditableTextInterface

    def deleteText(self, start: int, end: int) -> None:
        self.replaceText(start, end, "")

    def insertText(self, offset: int, text: str) -> None:
        self.replaceText(offset, offset, text)

    def replaceText(self, start: int, end: int, text: str) -> None:
        if self.isValid():
            old_text = self.value_text()
            self.set_value_text(old_text[:start] + text + old_text[end:])

    # QAccessibleValueInterface

    def currentValue(self) -> Value:
        return 0

    def minimumValue(self) -> Value:
        return None

    def maximumValue(self) -> Value:
        return None

    def minimumStepSize(self) -> Value:
        return None

    def setCurrentValue(self, value: Value) -> None: ...


def delete_accessible(item: AccessibleItem) -> None:
    """Deletes an item from Qt's cache; it must not be used afterwards."""
    if Shiboken.isValid(item):
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(item))
