"""Controller of the palette: opens it, collects its entries, and goes to the chosen one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.command_palette.command_palette import CommandPalette
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry, PaletteTargets
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel


class PaletteController(QObject):
    """Opens a palette over the window and handles the chosen entry.

    The palette finds the entries that `sources` return, the inputs and nodes of the open workflow,
    and the actions of the menu bar of `window`. `inputs_panel` returns the panel of the workflow,
    None while there is none; `open_deployment` is called with the id of a chosen deployment.
    """

    def __init__(
        self,
        scope: SessionScope,
        window: QMainWindow,
        jump: QAction,
        sources: Sequence[Callable[[], list[PaletteEntry]]],
        inputs_panel: Callable[[], InputsPanel | None],
        open_deployment: Callable[[str], object],
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._window = window
        self._sources = sources
        self._inputs_panel = inputs_panel
        self._open_deployment = open_deployment
        scope.connect_signal(jump.triggered, lambda _checked=False: self.toggle())

    def toggle(self) -> None:
        """Opens the palette, or closes it if it is open."""
        if self._palette.isVisible():
            self._palette.dismiss()
        else:
            self._palette.open_with(self._targets())

    @cached_property
    def _palette(self) -> CommandPalette:
        from runcomfy_desktop.ui.command_palette.command_palette import CommandPalette

        palette = CommandPalette(self._window)
        palette.chosen.connect(self._on_palette_chosen)
        # The palette is an overlay of the window, not one of the session's dialogs.
        self._scope.call_on_close(palette.deleteLater)
        self._scope.call_on_close(palette.dismiss)
        return palette

    def _targets(self) -> PaletteTargets:
        from runcomfy_desktop.ui.command_palette import entries

        found = [entry for source in self._sources for entry in source()]
        inputs: list[entries.NodeInputEntries] = []
        panel = self._inputs_panel()
        if panel is not None:
            nodes, inputs = entries.workflow_entries(panel.model)
            found += nodes
            found += entries.pin_entries(panel.form.model)
        found += entries.menu_entries(self._window.menuBar())
        return entries.PaletteTargets(entries.ordered_by_kind(found), inputs)

    def _on_palette_chosen(self, entry: PaletteEntry) -> None:
        target = entry.target
        if isinstance(target, QAction):
            target.trigger()
        elif isinstance(target, InputKey):
            panel = self._inputs_panel()
            if panel is not None:
                panel.jump_to(target)
        elif isinstance(target, str):
            self._open_deployment(target)
        elif callable(target):
            target()
