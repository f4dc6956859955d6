"""Base class for sets of actions, each with a shortcut and a name for tests and screen readers."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence


class ActionSet(QObject):
    """Owns actions that belong together."""

    def _make(self, name: str, text: str, keys: str | QKeySequence.StandardKey = "") -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"{name}_action")
        if keys:
            action.setShortcut(QKeySequence(keys))
        return action
