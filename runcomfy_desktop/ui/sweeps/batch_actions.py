"""Actions for many runs at once, in the Run menu and next to the Run button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence


class BatchActions(QObject):
    """Owns the actions for many runs; each opens a dialog, or reports why nothing can be run."""

    def __init__(self, owner: QObject) -> None:
        super().__init__(owner)
        self.run_batch = QAction(_("Run se&veral…"), owner)
        self.run_batch.setObjectName("run_several_action")
        keys = ("Ctrl+Shift+Return", "Ctrl+Shift+Enter")
        self.run_batch.setShortcuts([QKeySequence(each) for each in keys])
        self.run_batch.setAutoRepeat(False)

        self.sweep = QAction(_("S&weep…"), owner)
        self.sweep.setObjectName("sweep_action")
        keys = ("Ctrl+Alt+Return", "Ctrl+Alt+Enter")
        self.sweep.setShortcuts([QKeySequence(each) for each in keys])
        self.sweep.setAutoRepeat(False)

    def all_actions(self) -> Sequence[QAction]:
        return (self.run_batch, self.sweep)

    def set_session_open(self, *, is_open: bool) -> None:
        for action in self.all_actions():
            action.setEnabled(is_open)
