"""Actions of the Help menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from PySide6.QtCore import QObject


class HelpActions(ActionSet):
    """Owns the actions of HelpController; they need no session."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.data_folders = self._make("data_folders", _("Data &folders…"))
        self.diagnostics = self._make("diagnostics", _("Copy &diagnostics…"))
        self.check_updates = self._make("check_updates", _("Check for &updates now…"))
        # Hidden until there is a service to query, and always if the system installs updates.
        self.check_updates.setVisible(False)
        self.about = self._make("about", _("&About RunComfy Desktop"))
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
