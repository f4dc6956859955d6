"""Dialog: one in which Tab goes as one reads, in whatever order its parts were made, and which is
as high as its words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtWidgets import QDialog, QPushButton, QToolButton

from runcomfy_desktop.ui.widgets.focus_order import focus_next
from runcomfy_desktop.ui.widgets.press_debounce import KeyRepeatDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QKeyEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget


_MAX_LAYOUT_PASSES = 3
_WINDOW_FRACTION, _SCREEN_FRACTION = 0.85, 0.92
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Dialog(QDialog):
    """What every dialog of the program is. It is answered once: a click that comes right behind
    Enter would carry out a second time what the first has begun, and perhaps pay for it.

    Enter presses the button in focus, else the default button, and Ctrl+Enter the default button:
    once per press, however long the key is held, and not for the press that opened the dialog.
    """

    _is_done = False
    _user_height = 0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._enter_repeat = KeyRepeatDetector()

    @property
    def user_height(self) -> int:
        """The height that a person gave it; 0 while it has its own."""
        return self._user_height

    def done(self, result: int) -> None:
        if not self._is_done:
            self._is_done = True
            super().done(result)

    def focusNextPrevChild(self, next_: bool) -> bool:
        return focus_next((self,), forward=next_)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Of both rows of keys alike.
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_ctrl = modifiers == Qt.KeyboardModifier.ControlModifier
        if event.key() not in _ENTER_KEYS or not (is_ctrl or not modifiers):
            super().keyPressEvent(event)
            return
        event.accept()
        if self._enter_repeat.is_repeat(event):
            return
        focused = None if is_ctrl else self.focusWidget()
        # What is checked or chosen is no button to a user: Enter leaves it as it is.
        if isinstance(focused, QPushButton | QToolButton):
            focused.click()
        else:
            self.press_default()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER_KEYS:
            self._enter_repeat.record_release(event)
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
            self._user_height = self.height()

    def setVisible(self, visible: bool) -> None:
        if visible:
            self._is_done = False
        needs_fit = visible and not self.testAttribute(Qt.WidgetAttribute.WA_Resized)
        if needs_fit:
            self._fit_height(max(self.sizeHint().width(), self.minimumWidth()))
        super().setVisible(visible)
        if needs_fit:
            # Once more, before it is painted: only now the texts know how few lines they need.
            _process_layout()
            self._fit_height(self.width())

    def grow_to_fit(self, min_height: int) -> None:
        """As high as it has to be, `min_height` at least; on the screen with what has come to
        it."""
        layout = self.layout()
        if layout is None:
            return
        for _round in range(_MAX_LAYOUT_PASSES):
            # Each text that learns its width may need fewer lines than before.
            _process_layout()
            self.resize(self.width(), max(min_height, layout.totalHeightForWidth(self.width())))
        screen, frame = self.screen().availableGeometry(), self.frameGeometry()
        overflow = frame.bottom() - screen.bottom()
        if overflow > 0 and self.height() > min_height:
            self.move(frame.x(), max(screen.top(), frame.top() - overflow))

    def expand_to(self, width: int, height: int) -> None:
        """A size for what is looked at: the window's, if that is larger, but on the screen."""
        parent = self.parentWidget()
        window = self if parent is None else parent.window()
        wanted = QSize(width, height).expandedTo(window.size() * _WINDOW_FRACTION)
        self.resize(wanted.boundedTo(self.screen().availableSize() * _SCREEN_FRACTION))

    def bounded_size(self, width: int, height: int) -> QSize:
        """As much of that as there is room for in the window it stands in."""
        parent = self.parentWidget()
        window = self if parent is None else parent.window()
        wanted = QSize(width, height).boundedTo(window.size() * _WINDOW_FRACTION)
        return wanted.boundedTo(self.screen().availableSize() * _SCREEN_FRACTION)

    def _fit_height(self, width: int) -> None:
        """Qt takes the height for the width the texts would like, not for the one they get."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(width, layout.totalHeightForWidth(width))


@contextmanager
def refitting_dialog(widget: QWidget) -> Iterator[None]:
    """While other things come into sight in place of those before: the dialog grows, or gives the
    room back that is left over, but never what a person made of it."""
    dialog = widget.window()
    yield
    if isinstance(dialog, Dialog) and dialog.isVisible():
        dialog.grow_to_fit(dialog.user_height)


@contextmanager
def growing_dialog(widget: QWidget) -> Iterator[None]:
    """While more comes into sight in a part of a dialog: Qt would give texts that it does not know
    the width of yet the room for many lines, and never take it back."""
    dialog = widget.window()
    if not isinstance(dialog, Dialog) or not dialog.isVisible():
        yield
        return
    previous_height = dialog.height()
    yield
    dialog.grow_to_fit(previous_height)


def _process_layout() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
