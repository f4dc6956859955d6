"""Buttons with a name for tests, a name for screen readers, and a look from the style sheet."""

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
    """A push button that leaves Enter to its dialog: Qt presses a default button, and on some
    desktops any button, anew for each repeat of a held key."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(self.window(), QDialog):
            event.ignore()
        else:
            super().keyPressEvent(event)


def literal(text: str) -> str:
    """`text` for a button or menu, where a single ampersand would mean a shortcut."""
    return text.replace("&", "&&")


def text_button(text: str, name: str, parent: QWidget, *, primary: bool = False) -> QPushButton:
    """A push button; `primary` marks the one deed that a place is about."""
    button = TextButton(literal(text), parent)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setAutoDefault(False)
    button.setProperty("primary", primary)
    return button


def flat_button(text: str, name: str, parent: QWidget) -> QToolButton:
    """A button that looks like text until the pointer or the focus is on it."""
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
    """A flat button that stands in a line of text: no room around it, in the accent colour."""
    button = flat_button(text, name, parent)
    button.setProperty("link", True)
    return button


def icon_button(text: str, name: str, parent: QWidget) -> QToolButton:
    """A flat button that is only an icon; `text` is its tooltip and accessible name."""
    button = flat_button("", name, parent)
    button.setProperty("icon", True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setToolTip(text)
    button.setAccessibleName(text)
    return button


def add_clear_button(field: QLineEdit, text: str) -> None:
    """Qt's own button that empties a field, with the name that Qt does not give it."""
    field.setClearButtonEnabled(True)
    for action in field.findChildren(QAction, "_q_qlineeditclearaction"):
        action.setText(text)
