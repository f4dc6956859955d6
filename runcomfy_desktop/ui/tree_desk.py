"""What the menus' actions do with the tree of inputs: find, jump to problems, fold."""

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
    """Follows the actions of `menu`; without a workflow they are switched off."""

    def __init__(self, centre: Centre, menu: Actions) -> None:
        super().__init__(centre)
        self._centre = centre
        self._follow(menu)

    def _follow(self, menu: Actions) -> None:
        # The panel's modules are imported with the first workflow, not with the window.
        deeds: tuple[tuple[QAction, Callable[[InputsPanel], object]], ...] = (
            (menu.filter, lambda panel: panel.focus_filter()),
            (menu.find_next, lambda panel: panel.go_to_hit(forward=True)),
            (menu.find_previous, lambda panel: panel.go_to_hit(forward=False)),
            (menu.next_problem, lambda panel: panel.go_to_problem(forward=True)),
            (menu.previous_problem, lambda panel: panel.go_to_problem(forward=False)),
            (menu.reset_input, lambda panel: panel.reset_current()),
            (menu.reset_node, lambda panel: panel.hands.deeds.reset_node()),
            (menu.show_all, lambda panel: panel.show_tab("all")),
            (menu.show_changed, lambda panel: panel.show_tab("changed")),
            (menu.show_problems, lambda panel: panel.show_tab("problems")),
            (menu.pins.only, lambda panel: panel.show_tab("pinned")),
            (menu.pins.toggle, lambda panel: panel.toggle_pin()),
            (menu.pins.edit, lambda panel: panel.edit_pin()),
            (menu.pins.lost, lambda panel: panel.unpin_lost()),
            (menu.fold_all, lambda panel: panel.view.collapse_all()),
            (menu.unfold_all, lambda panel: panel.view.expand_all()),
            (menu.fold_unchanged, lambda panel: panel.fold_unchanged()),
        )
        for action, deed in deeds:
            action.triggered.connect(lambda _checked=False, deed=deed: self._do(deed))

    def _do(self, deed: Callable[[InputsPanel], object]) -> None:
        if self._centre.inputs is not None:
            deed(self._centre.inputs)
