"""The menu of the grids that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import shortened
from runcomfy_desktop.ui.widgets.buttons import literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.sweeps.sweeps import Sweeps, SweepsState

MAX_GRIDS = 20
_MAX_NAME_CHARS = 48


class GridsMenu(QMenu):
    """The newest grids. Emits `grid_chosen` with the id of one; without any it cannot be opened."""

    grid_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("&Grids"), parent)
        self._subscriptions = Subscriptions()
        self.setObjectName("grids_menu")
        self.setAccessibleName(_("Grids"))
        self.setToolTipsVisible(True)
        self.menuAction().setObjectName("grids_action")
        self.setEnabled(False)

    def attach(self, sweeps: Sweeps) -> None:
        self._subscriptions.add(sweeps.changed, self._fill)
        self._fill(sweeps.state)

    def detach(self) -> None:
        self._subscriptions.close()
        self.clear()
        self.setEnabled(False)

    def _fill(self, state: SweepsState) -> None:
        self.clear()
        for sweep in state.sweeps[:MAX_GRIDS]:
            name = one_line(sweep.name)
            action = self.addAction(literal(shortened(name, _MAX_NAME_CHARS)))
            action.setToolTip(tooltip(name))
            action.triggered.connect(
                lambda _checked=False, sweep_id=sweep.sweep_id: self.grid_chosen.emit(sweep_id)
            )
        self.setEnabled(bool(state.sweeps))
