"""Controller of the palette: opens it, collects its entries, and goes to the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.command_palette.command_palette import CommandPalette
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry, PaletteTargets
    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.central_widget import CentralWidget


class PaletteController(QObject):
    """Opens the window's palette and handles the chosen entry.

    `deployment_chosen` is called with an id; `deployments` returns the current deployments, and
    `extra_entries` further entries.
    """

    def __init__(
        self,
        window: QMainWindow,
        main_actions: MainActions,
        central_widget: CentralWidget,
        deployments: Callable[[], Iterable[Deployment]],
        deployment_chosen: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._central_widget = central_widget
        self._deployments = deployments
        self._deployment_chosen = deployment_chosen
        self.extra_entries: Callable[[], list[PaletteEntry]] = list
        self._palette: CommandPalette | None = None
        main_actions.jump.triggered.connect(lambda _checked=False: self.toggle())

    def toggle(self) -> None:
        """Opens the palette, or closes it if it is open."""
        from runcomfy_desktop.ui.command_palette.command_palette import CommandPalette

        if self._palette is None:
            self._palette = CommandPalette(self._window)
            self._palette.chosen.connect(self._on_palette_chosen)
        if self._palette.isVisible():
            self._palette.dismiss()
        else:
            self._palette.open_with(self._targets())

    def _targets(self) -> PaletteTargets:
        from runcomfy_desktop.ui.command_palette import entries

        inputs: list[entries.NodeInputEntries] = []
        found = entries.deployment_entries(self._deployments())
        if self._central_widget.inputs is not None:
            nodes, inputs = entries.workflow_entries(self._central_widget.inputs.model)
            found += nodes
            found += entries.pin_entries(self._central_widget.inputs.form.model)
        found += self.extra_entries()
        found += entries.menu_entries(self._window.menuBar())
        return entries.PaletteTargets(found, inputs)

    def _on_palette_chosen(self, entry: PaletteEntry) -> None:
        target = entry.target
        if isinstance(target, QAction):
            target.trigger()
        elif isinstance(target, InputKey):
            if self._central_widget.inputs is not None:
                self._central_widget.inputs.jump_to(target)
        elif isinstance(target, str):
            self._deployment_chosen(target)
        elif callable(target):
            target()
