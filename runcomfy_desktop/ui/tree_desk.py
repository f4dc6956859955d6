"""The tree desk: what the menu's actions do in the tree of inputs, while there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.centre import Centre
    from runcomfy_desktop.ui.inputs.panel import InputsPanel


class TreeDesk(QObject):
    """Passes actions on to the inputs panel, which is built only when a workflow comes."""

    def __init__(self, centre: Centre, menu: Actions) -> None:
        super().__init__(centre)
        self._centre = centre
        deeds: tuple[tuple[QAction, Callable[[InputsPanel], object]], ...] = (
            (menu.filter, lambda panel: panel.focus_filter()),
            (menu.reset_input, lambda panel: panel.reset_current()),
            (menu.reset_node, lambda panel: panel.view.deeds.reset_node()),
            (menu.show_all, lambda panel: panel.show_tab(only_changed=False)),
            (menu.show_changed, lambda panel: panel.show_tab(only_changed=True)),
        )
        for action, deed in deeds:
            action.triggered.connect(lambda _checked=False, deed=deed: self._do(deed))

    def _do(self, deed: Callable[[InputsPanel], object]) -> None:
        if self._centre.inputs is not None:
            deed(self._centre.inputs)
