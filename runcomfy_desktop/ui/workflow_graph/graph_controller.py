"""Controller of the workflow graph: its dock, its actions, and navigation in the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from runcomfy_desktop.ui.base.chunked_work import import_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.central_widget import CentralWidget
    from runcomfy_desktop.ui.main_window.docks import Docks
    from runcomfy_desktop.ui.main_window.inputs_panel import InputsPanel
    from runcomfy_desktop.ui.workflow_graph.panel import GraphPanel


class GraphController(QObject):
    """Builds the graph's panel when its dock is first shown, and connects the View menu to it.

    It also connects the navigation commands of the menu to the tree.
    """

    def __init__(
        self,
        window: QWidget,
        main_actions: MainActions,
        docks: Docks,
        central_widget: CentralWidget,
    ) -> None:
        super().__init__(window)
        self._main_actions = main_actions
        self._dock = docks.graph
        self._toggle_action = docks.graph.toggleViewAction()
        self._central_widget = central_widget
        self.panel: GraphPanel | None = None
        self._connect()

    def build_panel(self) -> Iterator[None]:
        """Builds the panel in steps if its dock is visible."""
        if self._dock.isVisible() and self.panel is None:
            yield from import_steps(
                "runcomfy_desktop.ui.workflow_graph.view",
                "runcomfy_desktop.ui.workflow_graph.panel",
            )
            self._build_panel()
            yield None

    def _connect(self) -> None:
        main_actions = self._main_actions
        main_actions.go_back.triggered.connect(lambda: self._navigate(is_back=True))
        main_actions.go_forward.triggered.connect(lambda: self._navigate(is_back=False))
        main_actions.show_path.triggered.connect(self._on_path_triggered)
        self._toggle_action.triggered.connect(self._on_toggle_triggered)
        self._central_widget.inputs_created.connect(self._on_inputs_created)
        # Later the dock is also shown by other means: a layout reset, or a tab that is chosen.
        self._dock.panel_needed.connect(self._on_dock_panel_needed)

    @property
    def _inputs_panel(self) -> InputsPanel | None:
        return self._central_widget.inputs

    def _build_panel(self) -> None:
        from runcomfy_desktop.ui.workflow_graph.panel import GraphPanel

        if self.panel is not None:
            return
        panel = self.panel = GraphPanel()
        for icon, button in panel.buttons.items():
            self._dock.title_bar.add_button(button, icon)
        self._dock.set_panel(panel)
        panel.tree_requested.connect(self._focus_tree)
        if self._inputs_panel is not None:
            panel.set_model(self._inputs_panel.model, self._inputs_panel.view.navigation)

    def _on_inputs_created(self) -> None:
        inputs_panel = self._inputs_panel
        assert inputs_panel is not None
        inputs_panel.graph_button.clicked.connect(self._toggle_action.trigger)
        inputs_panel.graph_button.setChecked(self._toggle_action.isChecked())
        self._toggle_action.toggled.connect(inputs_panel.graph_button.setChecked)
        navigation = inputs_panel.view.navigation
        for signal in (navigation.changed, navigation.current_changed, navigation.path_changed):
            signal.connect(self._update_navigation_actions)
        if self.panel is not None:
            self.panel.set_model(inputs_panel.model, navigation)
        elif self._dock.isVisible():
            self._build_panel()

    def _on_dock_panel_needed(self) -> None:
        if self._inputs_panel is not None:
            self._build_panel()

    def _on_toggle_triggered(self, is_shown: bool) -> None:
        if not is_shown:
            self._focus_tree()
            return
        self._build_panel()
        self._dock.bring_to_front()
        if self.panel is not None:
            self.panel.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _focus_tree(self) -> None:
        if self._inputs_panel is not None:
            self._inputs_panel.view.activateWindow()
            self._inputs_panel.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # Navigation

    def _update_navigation_actions(self) -> None:
        inputs_panel = self._inputs_panel
        assert inputs_panel is not None
        navigation = inputs_panel.view.navigation
        here = navigation.current_key()
        has_path = here is not None and navigation.is_path_of(here.node_id)
        self._main_actions.update_for_navigation(
            can_go_back=navigation.can_go_back,
            can_go_forward=navigation.can_go_forward,
            is_path_shown=has_path,
        )

    def _navigate(self, *, is_back: bool) -> None:
        if self._inputs_panel is not None:
            self._inputs_panel.view.navigation.navigate(
                is_back=is_back, take_focus=not self._has_focus()
            )

    def _on_path_triggered(self) -> None:
        if self._inputs_panel is None:
            return
        navigation, here = (
            self._inputs_panel.view.navigation,
            self._inputs_panel.view.navigation.current_key(),
        )
        node_id = None if here is None else here.node_id
        if self.panel is not None and self._has_focus():
            node_id = self.panel.view.view_state.cursor_id
        if node_id is not None:
            navigation.toggle_path(node_id)
        self._update_navigation_actions()

    def _has_focus(self) -> bool:
        return self.panel is not None and self.panel.view.hasFocus()
