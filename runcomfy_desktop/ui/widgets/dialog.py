"""Dialog: one in which Tab goes as one reads, in whatever order its parts were made, and which is
as high as its words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtWidgets import QDialog, QPushButton, QToolButton

from runcomfy_desktop.ui.focus_order import go_on
from runcomfy_desktop.ui.widgets.one_press import KeyPresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QKeyEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget


_ROUNDS = 3
_OF_WINDOW, _OF_SCREEN = 0.85, 0.92
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Dialog(QDialog):
    """What every dialog of the program is. It is answered once: a click that comes right behind
    Enter would carry out a second time what the first has begun, and perhaps pay for it.

    Enter presses the button in focus, else the default button, and Ctrl+Enter the default button:
    once per press, however long the key is held, and not for the press that opened the dialog.
    """

    _is_answered = False
    _own_height = 0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._enter = KeyPresses()

    @property
    def own_height(self) -> int:
        """The height that a person gave it; 0 while it has its own."""
        return self._own_height

    def done(self, result: int) -> None:
        if not self._is_answered:
            self._is_answered = True
            super().done(result)

    def focusNextPrevChild(self, next_: bool) -> bool:
        return go_on((self,), forward=next_)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Of both rows of keys alike.
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_ctrl = modifiers == Qt.KeyboardModifier.ControlModifier
        if event.key() not in _ENTER or not (is_ctrl or not modifiers):
            super().keyPressEvent(event)
            return
        event.accept()
        if self._enter.is_repeat(event):
            return
        focused = None if is_ctrl else self.focusWidget()
        # What is checked or chosen is no button to a user: Enter leaves it as it is.
        if isinstance(focused, QPushButton | QToolButton):
            focused.click()
        else:
            self.press_default()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self._enter.take_release(event)
        super().keyReleaseEvent(event)

    def press_default(self) -> None:
        """Acts as Enter in a field does, or Ctrl+Enter: not while that button is disabled."""
        for button in self.findChildren(QPushButton):
            # A question about the dialog is its child, and has a default of its own.
            if button.isDefault() and button.isVisible() and button.window() is self:
                button.click()
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # What the program itself asks for does not come from the system. The event may still speak
        # of that, where a person was quicker than the system's answer to it.
        if event.spontaneous() and self.height() != event.oldSize().height():
            self._own_height = self.height()

    def setVisible(self, visible: bool) -> None:
        if visible:
            self._is_answered = False
        fits = visible and not self.testAttribute(Qt.WidgetAttribute.WA_Resized)
        if fits:
            self._fit(max(self.sizeHint().width(), self.minimumWidth()))
        super().setVisible(visible)
        if fits:
            # Once more, before it is painted: only now the texts know how few lines they need.
            _lay_out()
            self._fit(self.width())

    def grow(self, least: int) -> None:
        """As high as it has to be, `least` at least; on the screen with what has come to it."""
        layout = self.layout()
        if layout is None:
            return
        for _round in range(_ROUNDS):
            # Each text that learns its width may need fewer lines than before.
            _lay_out()
            self.resize(self.width(), max(least, layout.totalHeightForWidth(self.width())))
        screen, frame = self.screen().availableGeometry(), self.frameGeometry()
        below = frame.bottom() - screen.bottom()
        if below > 0 and self.height() > least:
            self.move(frame.x(), max(screen.top(), frame.top() - below))

    def take_room(self, width: int, height: int) -> None:
        """A size for what is looked at: the window's, if that is larger, but on the screen."""
        parent = self.parentWidget()
        window = self if parent is None else parent.window()
        wanted = QSize(width, height).expandedTo(window.size() * _OF_WINDOW)
        self.resize(wanted.boundedTo(self.screen().availableSize() * _OF_SCREEN))

    def bounded(self, width: int, height: int) -> QSize:
        """As much of that as there is room for in the window it stands in."""
        parent = self.parentWidget()
        window = self if parent is None else parent.window()
        wanted = QSize(width, height).boundedTo(window.size() * _OF_WINDOW)
        return wanted.boundedTo(self.screen().availableSize() * _OF_SCREEN)

    def _fit(self, width: int) -> None:
        """Qt takes the height for the width the texts would like, not for the one they get."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(width, layout.totalHeightForWidth(width))


@contextmanager
def fitting(part: QWidget) -> Iterator[None]:
    """While other things come into sight in place of those before: the dialog grows, or gives the
    room back that is left over, but never what a person made of it."""
    dialog = part.window()
    yield
    if isinstance(dialog, Dialog) and dialog.isVisible():
        dialog.grow(dialog.own_height)


@contextmanager
def growing(part: QWidget) -> Iterator[None]:
    """While more comes into sight in a part of a dialog: Qt would give texts that it does not know
    the width of yet the room for many lines, and never take it back."""
    dialog = part.window()
    if not isinstance(dialog, Dialog) or not dialog.isVisible():
        yield
        return
    before = dialog.height()
    yield
    dialog.grow(before)


def _lay_out() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
