"""The keyboard in a well: Tab from control to control and out of it, Enter and Escape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable


class MediaFieldKeys(QObject):
    """Listens to the controls of a well, which are asked for anew at each key.

    `exited(forwards)` is Tab past the last control or back before the first one, `escaped` Escape,
    `entered` that the keyboard came in.
    """

    exited = Signal(bool)
    escaped = Signal()
    entered = Signal()

    def __init__(self, media_field: QWidget, controls: Callable[[], list[QWidget]]) -> None:
        super().__init__(media_field)
        self._media_field = media_field
        self._controls = controls

    def watch(self, controls: list[QWidget]) -> None:
        for control in controls:
            control.installEventFilter(self)

    def has_focus(self) -> bool:
        return any(control.hasFocus() for control in self._controls())

    def take_focus(self, *, last: bool = False) -> None:
        """Puts the keyboard on the first of the controls, or on the last."""
        shown = self._reachable_controls()
        if shown:
            reason = Qt.FocusReason.BacktabFocusReason if last else Qt.FocusReason.TabFocusReason
            shown[-1 if last else 0].setFocus(reason)

    def eventFilter(self, control: object, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.gotFocus():
            self.entered.emit()
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            shown = self._reachable_controls()
            current_index = next((index for index, each in enumerate(shown) if each.hasFocus()), 0)
            next_index = current_index + (1 if key == Qt.Key.Key_Tab else -1)
            if 0 <= next_index < len(shown):
                shown[next_index].setFocus(Qt.FocusReason.TabFocusReason)
            else:
                self.exited.emit(next_index > 0)
            return True
        if key == Qt.Key.Key_Escape:
            self.escaped.emit()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._press_focused(event)
        return False

    def _press_focused(self, event: QKeyEvent) -> bool:
        """Enter presses a button here as Space does; with a modifier it is somebody's shortcut."""
        allowed_modifiers = Qt.KeyboardModifier.NoModifier | Qt.KeyboardModifier.KeypadModifier
        if event.modifiers() & ~allowed_modifiers:
            return False
        for each in self._controls():
            if each.hasFocus() and isinstance(each, QPushButton):
                each.click()
                return True
        return False

    def _reachable_controls(self) -> list[QWidget]:
        return [each for each in self._controls() if each.isVisibleTo(self._media_field)]
