"""Menu actions for the essentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QAction

PIN_SHORTCUT = "Ctrl+P"
EDIT_PIN_SHORTCUT = "Ctrl+Alt+P"
_ESSENTIALS_SHORTCUT = "Ctrl+Alt+1"


class PinActions(ActionSet):
    """Actions that choose the essentials, edit them, and show their tab."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.choose = self._make("choose_essentials", _("Choose the &essentials…"))
        self.toggle = self._make("toggle_pin", _("Add to or re&move from Essentials"), PIN_SHORTCUT)
        self.unpin_unmatched = self._make("unpin_lost", _("Remove essentials &without an input"))
        self.edit = self._make("edit_pin", _("Edit the &label and limits…"), EDIT_PIN_SHORTCUT)
        self.show_essentials = self._make("show_essentials", _("E&ssentials"), _ESSENTIALS_SHORTCUT)

    @property
    def all(self) -> tuple[QAction, ...]:
        return self.choose, self.toggle, self.edit, self.show_essentials, self.unpin_unmatched
