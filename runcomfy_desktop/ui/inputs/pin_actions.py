"""The menus' entries about pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs.pin_keys import EDIT_KEYS, ONLY_KEYS, PIN_KEYS
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu


class PinActions(ActionSet):
    """They are about the row that the keyboard is on, and about which rows are shown."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.toggle = self._make("toggle_pin", _("Pin or let &go of this input"), PIN_KEYS)
        self.lost = self._make("unpin_lost", _("Let go of pins &without an input"))
        self.edit = self._make("edit_pin", _("Edit the pin's &label and limits…"), EDIT_KEYS)
        self.only = self._make("show_pinned", _("Pinned inputs onl&y"), ONLY_KEYS)

    @property
    def all(self) -> tuple[QAction, ...]:
        return self.toggle, self.edit, self.only, self.lost

    def fill_edit(self, menu: QMenu) -> None:
        menu.addActions([self.toggle, self.edit, self.lost])
