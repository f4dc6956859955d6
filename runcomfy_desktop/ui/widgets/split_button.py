"""Split button: a button joined to a small one that opens a menu of alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.layouts import row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

_ARROW_SIZE = QSize(3 * STEP, 3 * STEP)


class MoreButton(QToolButton):
    """Small part of a split button, with the menu. `text` is its tooltip and accessible name."""

    def __init__(self, text: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._menu = QMenu(self)
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.setProperty("split", True)
        self.setProperty("primary", True)
        self.setIconSize(_ARROW_SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu.setObjectName(f"{name}_menu")
        self._menu.setAccessibleName(text)
        self.setMenu(self._menu)
        self._arrow = TintedIcon(self, "chevron-down", "accent_text")

    def add_menu_actions(self, actions: Sequence[QAction]) -> None:
        self._menu.addActions(actions)

    def set_primary(self, primary: bool) -> None:
        self.setProperty("primary", primary)
        self.style().unpolish(self)
        self.style().polish(self)
        self._arrow.show("chevron-down", "accent_text" if primary else "muted")


def split_button_layout(button: QPushButton, more: MoreButton) -> QHBoxLayout:
    """Returns a layout with both buttons next to each other and a thin line between them."""
    button.setProperty("split", True)
    return row(button, more, spacing=1)
