"""Base class of dialogs: Tab in reading order, and a height that fits the texts."""

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
    """Base class of all dialogs of the program; it closes with one result only.

    Otherwise a click right after Enter would repeat the action that Enter has started, and perhaps
    cost twice.

    Enter presses the button in focus, else the default button; Ctrl+Enter presses the default
    button. Both act once per press, however long the key is held, and not for the press that opened
    the dialog.
    """

    _is_done = False
    _user_height = 0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._enter_repeat = KeyRepeatDetector()

    @property
    def user_height(self) -> int:
        """Height set by the user; 0 while the dialog has its own."""
        return self._user_height

    def done(self, result: int) -> None:
        if not self._is_done:
            self._is_done = True
            super().done(result)

    def focusNextPrevChild(self, next_: bool) -> bool:
        return focus_next((self,), forward=next_)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Both Enter keys count, the keypad's included.
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_ctrl = modifiers == Qt.KeyboardModifier.ControlModifier
        if event.key() not in _ENTER_KEYS or not (is_ctrl or not modifiers):
            super().keyPressEvent(event)
            return
        event.accept()
        if self._enter_repeat.is_repeat(event):
            return
        focused = None if is_ctrl else self.focusWidget()
        # To the user a check box or radio button is not a button: Enter does not change it.
        if isinstance(focused, QPushButton | QToolButton):
            focused.click()
        else:
            self.press_default()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER_KEYS:
            self._enter_repeat.record_release(event)
        super().keyReleaseEvent(event)

    def press_default(self) -> None:
        """Presses the default button, like Enter in a field or Ctrl+Enter, unless disabled."""
        for button in self.findChildren(QPushButton):
            # A confirmation of this dialog is its child and has its own default button.
            if button.isDefault() and button.isVisible() and button.window() is self:
                button.click()
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Resizes by the program are not spontaneous. The event may still carry a size that the
        # program set, if the user was faster than the system's reply.
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
            # Fitted a second time before it is painted: only now the labels know their line count.
            _process_layout()
            self._fit_height(self.width())

    def grow_to_fit(self, min_height: int) -> None:
        """Resizes to the needed height, at least `min_height`, and moves back onto the screen."""
        layout = self.layout()
        if layout is None:
            return
        for _round in range(_MAX_LAYOUT_PASSES):
            # A label that learns its width may need fewer lines than before.
            _process_layout()
            self.resize(self.width(), max(min_height, layout.totalHeightForWidth(self.width())))
        screen, frame = self.screen().availableGeometry(), self.frameGeometry()
        overflow = frame.bottom() - screen.bottom()
        if overflow > 0 and self.height() > min_height:
            self.move(frame.x(), max(screen.top(), frame.top() - overflow))

    def expand_to(self, width: int, height: int) -> None:
        """Resizes for content to look at: at least `width` by `height`.

        A larger parent window gives a larger size (85 % of the window), but at most 92 % of the
        screen.
        """
        parent = self.parentWidget()
        window = self if parent is None else parent.window()
        wanted = QSize(width, height).expandedTo(window.size() * _WINDOW_FRACTION)
        self.resize(wanted.boundedTo(self.screen().availableSize() * _SCREEN_FRACTION))

    def bounded_size(self, width: int, height: int) -> QSize:
        """Returns the given size, limited to 85 % of the parent window and 92 % of the screen."""
        parent = self.parentWidget()
        window = self if parent is None else parent.window()
        wanted = QSize(width, height).boundedTo(window.size() * _WINDOW_FRACTION)
        return wanted.boundedTo(self.screen().availableSize() * _SCREEN_FRACTION)

    def _fit_height(self, width: int) -> None:
        """Resizes to `width` and the height needed at that width.

        Qt uses the height for the preferred width of the texts instead of their actual width.
        """
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(width, layout.totalHeightForWidth(width))


@contextmanager
def refitting_dialog(widget: QWidget) -> Iterator[None]:
    """Context for replacing visible content: the dialog then grows or shrinks to fit.

    It never gets lower than the user made it.
    """
    dialog = widget.window()
    yield
    if isinstance(dialog, Dialog) and dialog.isVisible():
        dialog.grow_to_fit(dialog.user_height)


@contextmanager
def growing_dialog(widget: QWidget) -> Iterator[None]:
    """Context for showing more content in a dialog: the dialog then grows to fit.

    Qt would reserve space for many lines for texts whose width is not known yet, and never release
    it.
    """
    dialog = widget.window()
    if not isinstance(dialog, Dialog) or not dialog.isVisible():
        yield
        return
    previous_height = dialog.height()
    yield
    dialog.grow_to_fit(previous_height)


def _process_layout() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
