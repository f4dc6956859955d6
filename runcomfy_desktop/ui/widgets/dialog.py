"""Dialog: a dialog in which Tab goes as one reads, in whatever order its parts were made."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from runcomfy_desktop.ui.focus_order import go_on


class Dialog(QDialog):
    """What every dialog of the program is."""

    def focusNextPrevChild(self, next_: bool) -> bool:
        return go_on((self,), forward=next_)
