"""Opens the palette, gathers what there is to go to, and goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from runcomfy_desktop.domain.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.centre import Centre
    from runcomfy_desktop.ui.palette.entries import Entry, Goals
    from runcomfy_desktop.ui.palette.panel import Palette


class PaletteDesk(QObject):
    """Belongs to the window. `deployment_chosen` is called with an id; `deployments` tells which
    ones there are now, and `others` what else there is to go to."""

    def __init__(
        self,
        window: QMainWindow,
        menu: Actions,
        centre: Centre,
        deployments: Callable[[], Iterable[Deployment]],
        deployment_chosen: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._centre = centre
        self._deployments = deployments
        self._deployment_chosen = deployment_chosen
        self.others: Callable[[], list[Entry]] = list
        self._palette: Palette | None = None
        menu.jump.triggered.connect(lambda _checked=False: self.toggle())

    def toggle(self) -> None:
        """Opens it, or closes it again."""
        from runcomfy_desktop.ui.palette.panel import Palette

        if self._palette is None:
            self._palette = Palette(self._window)
            self._palette.chosen.connect(self._on_palette_chosen)
        if self._palette.isVisible():
            self._palette.leave()
        else:
            self._palette.open_with(self._goals())

    def _goals(self) -> Goals:
        from runcomfy_desktop.ui.palette import entries

        inputs: list[entries.Inputs] = []
        found = entries.of_deployments(self._deployments())
        if self._centre.inputs is not None:
            nodes, inputs = entries.of_workflow(self._centre.inputs.model)
            found += nodes
            found += entries.of_pins(self._centre.inputs.form.model)
        found += self.others()
        found += entries.of_menus(self._window.menuBar())
        return entries.Goals(found, inputs)

    def _on_palette_chosen(self, entry: Entry) -> None:
        target = entry.target
        if isinstance(target, QAction):
            target.trigger()
        elif isinstance(target, InputKey):
            if self._centre.inputs is not None:
                self._centre.inputs.jump_to(target)
        elif isinstance(target, str):
            self._deployment_chosen(target)
        elif callable(target):
            target()
