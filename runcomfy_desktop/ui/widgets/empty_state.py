"""Placeholder of an empty view: one sentence, and a button if there is something to do.

`ContentStack` shows it in place of the view.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QWidget

from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon


class EmptyState(QWidget):
    """Muted icon, sentence and optional button; emits `pressed`."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_label = QLabel()
        self._icon = TintedIcon(self._icon_label, size=QSize(8 * STEP, 8 * STEP))
        self._text = plain_label("", "empty_state_text", self, wrap=True)
        self._text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button = QPushButton()
        self._button.setObjectName("empty_state_button")
        self._button.clicked.connect(self.pressed)
        self.setObjectName("empty_state")
        centred = Qt.AlignmentFlag.AlignHCenter
        parts = (STRETCH, (self._icon_label, centred), self._text, (self._button, centred), STRETCH)
        column(*parts, owner=self, margins=(4 * STEP, 2 * STEP, 4 * STEP, 2 * STEP))
        self.show_message("")

    def show_message(self, text: str, *, icon: str = "", button: str = "") -> None:
        """Shows another sentence; the icon and the button are visible only if they are given."""
        self._icon.show(icon)
        self._icon_label.setVisible(bool(icon))
        self._text.setText(text)
        self._button.setText(button)
        self._button.setAccessibleName(button)
        self._button.setVisible(bool(button))

    def take_focus(self) -> None:
        self._button.setFocus(Qt.FocusReason.OtherFocusReason)

    def text(self) -> str:
        return self._text.text()


class ContentStack(QStackedWidget):
    """Shows `content`, or a message in its place; emits `pressed` for the message's button."""

    pressed = Signal()

    def __init__(self, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = EmptyState(self)
        self._message.pressed.connect(self.pressed)
        self.addWidget(content)
        self.addWidget(self._message)

    def show_content(self) -> None:
        self.setCurrentIndex(0)

    def show_message(self, text: str, *, icon: str = "", button: str = "") -> None:
        self._message.show_message(text, icon=icon, button=button)
        self.setCurrentWidget(self._message)
