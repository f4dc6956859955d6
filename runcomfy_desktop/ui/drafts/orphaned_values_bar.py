"""The line above the tree that says how many values of the draft have no place in its workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.info_bar import InfoBar

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent
    from PySide6.QtWidgets import QWidget


class OrphanedValuesBar(InfoBar):
    """Hidden while all values have their place. Emits `show_requested` when they are to be
    shown."""

    show_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("left", "info", _("Show them"), parent)
        self._button.clicked.connect(self.show_requested)

    def show_count(self, count: int) -> None:
        if count:
            self._text.setText(orphaned_count_text(count))
        self.setVisible(bool(count))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        announce(self, self._text.text())


def orphaned_count_text(count: int) -> str:
    """How many there are, and what becomes of them."""
    text = n_(
        "%d value of yours has no place in this workflow: it is kept here, and not sent.",
        "%d values of yours have no place in this workflow: they are kept here, and not sent.",
        count,
    )
    return text % count
