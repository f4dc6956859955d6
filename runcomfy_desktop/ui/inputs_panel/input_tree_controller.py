"""Connects menu actions to the panel of inputs, such as find, jump to problems, and fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.input_tree_actions import InputTreeActions
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel
    from runcomfy_desktop.ui.pins.pin_actions import PinActions


class InputTreeController(QObject):
    """Carries out the actions of the tree and of the pins on the session's panel."""

    def __init__(
        self,
        scope: SessionScope,
        panel: InputsPanel,
        actions: InputTreeActions,
        pin_actions: PinActions,
    ) -> None:
        super().__init__(scope)
        commands: tuple[tuple[QAction, Callable[[], object]], ...] = (
            (actions.filter, panel.focus_filter),
            (actions.find_next, lambda: panel.go_to_hit(forward=True)),
            (actions.find_previous, lambda: panel.go_to_hit(forward=False)),
            (actions.next_problem, lambda: panel.go_to_problem(forward=True)),
            (actions.previous_problem, lambda: panel.go_to_problem(forward=False)),
            (actions.reset_input, panel.reset_current),
            (actions.reset_node, lambda: panel.active_view.commands.reset_current_node()),
            (actions.show_all, lambda: panel.show_tab("all")),
            (actions.show_changed, lambda: panel.show_tab("changed")),
            (actions.show_problems, lambda: panel.show_tab("problems")),
            (actions.fold_all, panel.collapse_all),
            (actions.unfold_all, panel.expand_all),
            (actions.fold_unchanged, panel.collapse_unchanged),
            (pin_actions.show_essentials, lambda: panel.show_tab("essentials")),
            (pin_actions.choose, panel.choose_essentials),
            (pin_actions.toggle, panel.toggle_pin),
            (pin_actions.edit, panel.edit_pin),
            (pin_actions.unpin_unmatched, panel.unpin_unmatched),
        )
        for action, command in commands:
            scope.connect_signal(action.triggered, command)
