"""Connects menu actions to the tree, such as find, jump to problems, and fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.central_widget import CentralWidget
    from runcomfy_desktop.ui.main_window.inputs_panel import InputsPanel


class InputTreeController(QObject):
    """Carries out the tree's actions among the `main_actions`.

    These actions are disabled while no workflow is open.
    """

    def __init__(self, central_widget: CentralWidget, main_actions: MainActions) -> None:
        super().__init__(central_widget)
        self._central_widget = central_widget
        self._connect_actions(main_actions)

    def _connect_actions(self, main_actions: MainActions) -> None:
        # The panel's modules are imported with the first workflow, not with the window.
        commands: tuple[tuple[QAction, Callable[[InputsPanel], object]], ...] = (
            (main_actions.filter, lambda panel: panel.focus_filter()),
            (main_actions.find_next, lambda panel: panel.go_to_hit(forward=True)),
            (main_actions.find_previous, lambda panel: panel.go_to_hit(forward=False)),
            (main_actions.next_problem, lambda panel: panel.go_to_problem(forward=True)),
            (main_actions.previous_problem, lambda panel: panel.go_to_problem(forward=False)),
            (main_actions.reset_input, lambda panel: panel.reset_current()),
            (
                main_actions.reset_node,
                lambda panel: panel.active_view.commands.reset_current_node(),
            ),
            (main_actions.show_all, lambda panel: panel.show_tab("all")),
            (main_actions.show_changed, lambda panel: panel.show_tab("changed")),
            (main_actions.show_problems, lambda panel: panel.show_tab("problems")),
            (main_actions.pins.show_only_pinned, lambda panel: panel.show_tab("pinned")),
            (main_actions.pins.toggle, lambda panel: panel.toggle_pin()),
            (main_actions.pins.edit, lambda panel: panel.edit_pin()),
            (main_actions.pins.unpin_unmatched, lambda panel: panel.unpin_unmatched()),
            (main_actions.fold_all, lambda panel: panel.view.collapse_all()),
            (main_actions.unfold_all, lambda panel: panel.view.expand_all()),
            (main_actions.fold_unchanged, lambda panel: panel.collapse_unchanged()),
        )
        for action, command in commands:
            action.triggered.connect(
                lambda _checked=False, command=command: self._run_on_panel(command)
            )

    def _run_on_panel(self, command: Callable[[InputsPanel], object]) -> None:
        if self._central_widget.inputs is not None:
            command(self._central_widget.inputs)
