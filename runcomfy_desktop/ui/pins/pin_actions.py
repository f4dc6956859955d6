"""Menu actions for pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QAction

PIN_SHORTCUT = "Ctrl+P"
EDIT_PIN_SHORTCUT = "Ctrl+Alt+P"
_ONLY_PINNED_SHORTCUT = "Ctrl+Alt+4"


class PinActions(ActionSet):
    """Actions for the current row's pin, for pins without an input, and for the Pinned tab."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.toggle = self._make("toggle_pin", _("Pin or let &go of this input"), PIN_SHORTCUT)
        self.unpin_unmatched = self._make("unpin_lost", _("Let go of pins &without an input"))
        self.edit = self._make(
            "edit_pin", _("Edit the pin's &label and limits…"), EDIT_PIN_SHORTCUT
        )
        self.show_only_pinned = self._make(
            "show_pinned", _("Pinned inputs onl&y"), _ONLY_PINNED_SHORTCUT
        )

    @property
    def all(self) -> tuple[QAction, ...]:
        return self.toggle, self.edit, self.show_only_pinned, self.unpin_unmatched
