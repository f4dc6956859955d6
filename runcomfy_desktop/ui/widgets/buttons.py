"""Buttons with an object name for tests, an accessible name, and a style from the style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QPushButton, QToolButton

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QLineEdit, QWidget

ICON_SIZE = QSize(16, 16)


class TextButton(QPushButton):
    """Push button that leaves Enter to its dialog.

    Qt presses a default button, and on some desktops any button, again for each repeat of a held
    key.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(self.window(), QDialog):
            event.ignore()
        else:
            super().keyPressEvent(event)


def literal(text: str) -> str:
    """Escapes the ampersands of `text` for a button or menu, where one alone means a shortcut."""
    return text.replace("&", "&&")


def text_button(text: str, name: str, parent: QWidget, *, primary: bool = False) -> QPushButton:
    """Creates a push button; `primary` marks the main action of its surroundings."""
    button = TextButton(literal(text), parent)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setAutoDefault(False)
    button.setProperty("primary", primary)
    return button


def flat_button(text: str, name: str, parent: QWidget) -> QToolButton:
    """Creates a button that looks like text until it is hovered or has the focus."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setProperty("flat", True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(ICON_SIZE)
    button.setText(literal(text))
    button.setAccessibleName(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def link_button(text: str, name: str, parent: QWidget) -> QToolButton:
    """Creates a flat button for a line of text: without padding, in the accent colour."""
    button = flat_button(text, name, parent)
    button.setProperty("link", True)
    return button


def icon_button(text: str, name: str, parent: QWidget) -> QToolButton:
    """Creates a flat button with only an icon; `text` is its tooltip and accessible name."""
    button = flat_button("", name, parent)
    button.setProperty("icon", True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setToolTip(text)
    button.setAccessibleName(text)
    return button


def add_clear_button(field: QLineEdit, text: str) -> None:
    """Adds Qt's own clear button to `field`, with the accessible name that Qt does not set."""
    field.setClearButtonEnabled(True)
    for action in field.findChildren(QAction, "_q_qlineeditclearaction"):
        action.setText(text)
