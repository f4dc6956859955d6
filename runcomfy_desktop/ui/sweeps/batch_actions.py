"""Actions for many runs at once, in the Run menu and next to the Run button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.action_set import ActionSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QAction


class BatchActions(ActionSet):
    """Owns the actions for many runs; each opens a dialog, or reports why nothing can be run."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.run_batch = self._make("run_several", _("Run se&veral…"))
        self.sweep = self._make("sweep", _("S&weep…"))
        for action, modifiers in ((self.run_batch, "Ctrl+Shift"), (self.sweep, "Ctrl+Alt")):
            keys = (f"{modifiers}+{key}" for key in ("Return", "Enter"))
            action.setShortcuts([QKeySequence(each) for each in keys])
            action.setAutoRepeat(False)
        self.reset()

    def all_actions(self) -> Sequence[QAction]:
        return (self.run_batch, self.sweep)

    def set_session_open(self, *, is_open: bool) -> None:
        for action in self.all_actions():
            action.setEnabled(is_open)

    def reset(self) -> None:
        """Shows the state without a session."""
        self.set_session_open(is_open=False)
