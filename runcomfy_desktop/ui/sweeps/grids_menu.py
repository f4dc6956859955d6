"""Menu of the newest grids, in the Run menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.sweeps.sweeps import SweepsState

_MAX_GRIDS = 20
_MAX_NAME_CHARS = 48


class GridsMenu(QMenu):
    """Menu of the newest grids; disabled while there are none.

    Emits `grid_chosen` with the id of a grid.
    """

    grid_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("&Grids"), parent)
        self.setObjectName("grids_menu")
        self.setAccessibleName(_("Grids"))
        self.setToolTipsVisible(True)
        self.menuAction().setObjectName("grids_action")
        self.reset()

    def show_sweeps(self, state: SweepsState) -> None:
        """Lists the newest grids of a session."""
        self.clear()
        for sweep in state.sweeps[:_MAX_GRIDS]:
            name = one_line(sweep.name)
            action = self.addAction(literal(shortened(name, _MAX_NAME_CHARS)))
            action.setToolTip(tooltip(name))
            action.triggered.connect(
                lambda _checked=False, sweep_id=sweep.sweep_id: self.grid_chosen.emit(sweep_id)
            )
        self.setEnabled(bool(state.sweeps))

    def reset(self) -> None:
        """Shows the state without a session."""
        self.clear()
        self.setEnabled(False)
