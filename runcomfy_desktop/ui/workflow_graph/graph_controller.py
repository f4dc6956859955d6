"""Controller of the workflow graph: its dock, its actions, and navigation in the tree."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.ui.base.chunked_work import ChunkedWork, import_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QAbstractButton

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.view import InputsView
    from runcomfy_desktop.ui.widgets.panel_dock import PanelDock
    from runcomfy_desktop.ui.workflow_graph.graph_actions import GraphActions
    from runcomfy_desktop.ui.workflow_graph.panel import GraphPanel


class GraphController(QObject):
    """Builds the graph's panel when its dock is first shown, and connects the View menu to it.

    It also connects the navigation commands of the menu to the tree. If the dock is visible from
    the beginning, the panel is built in steps, and then replaces what the dock showed.
    """

    def __init__(
        self,
        scope: SessionScope,
        actions: GraphActions,
        dock: PanelDock,
        view: InputsView,
        graph_button: QAbstractButton,
    ) -> None:
        super().__init__(scope)
        self._scope = scope
        self._actions = actions
        self._dock = dock
        self._toggle_action = dock.toggleViewAction()
        self._view = view
        self._chunked_work = ChunkedWork(self)
        self._connect(graph_button)
        self._update_path_action()
        self._update_navigation_actions()
        self._prepare_dock()

    @cached_property
    def panel(self) -> GraphPanel:
        """Panel of the graph; built and put into the dock at the first use."""
        from runcomfy_desktop.ui.workflow_graph.panel import GraphPanel

        panel = GraphPanel(self._view.inputs, self._view.navigation)
        panel.tree_requested.connect(self._focus_tree)
        self._scope.call_on_close(panel.stop_layout)
        self._dock.set_panel(panel, [(button, icon) for icon, button in panel.buttons.items()])
        return panel

    def build_panel(self) -> Iterator[None]:
        """Builds the panel in steps."""
        yield from import_steps(
            "runcomfy_desktop.ui.workflow_graph.view",
            "runcomfy_desktop.ui.workflow_graph.panel",
        )
        self._ensure_panel()
        yield None

    def _connect(self, graph_button: QAbstractButton) -> None:
        scope, actions, navigation = self._scope, self._actions, self._view.navigation
        scope.connect_signal(actions.go_back.triggered, lambda: self._navigate(is_back=True))
        scope.connect_signal(actions.go_forward.triggered, lambda: self._navigate(is_back=False))
        scope.connect_signal(actions.show_path.triggered, self._on_path_triggered)
        scope.connect_signal(self._toggle_action.triggered, self._on_toggle_triggered)
        scope.connect_signal(self._toggle_action.toggled, graph_button.setChecked)
        # Later the dock is also shown by other means: a layout reset, or a tab that is chosen.
        scope.connect_signal(self._dock.panel_needed, self._ensure_panel)
        scope.call_on_close(self._chunked_work.stop)
        graph_button.setChecked(self._toggle_action.isChecked())
        graph_button.clicked.connect(self._toggle_action.trigger)
        for signal in (navigation.changed, navigation.current_changed, navigation.path_changed):
            signal.connect(self._update_navigation_actions)
        self._view.inputs.draft_changed.connect(self._update_path_action)

    def _prepare_dock(self) -> None:
        if self._dock.isVisible():
            self._chunked_work.run(self.build_panel())
        else:
            # A dock that contains anything does not report that it needs the panel.
            self._dock.remove_panel()

    def _ensure_panel(self) -> GraphPanel:
        return self.panel

    def _on_toggle_triggered(self, is_shown: bool) -> None:
        if not is_shown:
            self._focus_tree()
            return
        view = self.panel.view
        self._dock.bring_to_front()
        view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _focus_tree(self) -> None:
        self._view.activateWindow()
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    # Navigation

    def _update_path_action(self) -> None:
        self._actions.update_for_editor(self._view.inputs.state)

    def _update_navigation_actions(self) -> None:
        navigation = self._view.navigation
        here = navigation.current_key()
        has_path = here is not None and navigation.is_path_of(here.node_id)
        self._actions.update_for_navigation(
            can_go_back=navigation.can_go_back,
            can_go_forward=navigation.can_go_forward,
            is_path_shown=has_path,
        )

    def _navigate(self, *, is_back: bool) -> None:
        self._view.navigation.navigate(is_back=is_back, take_focus=not self._has_focus())

    def _on_path_triggered(self) -> None:
        navigation = self._view.navigation
        here = navigation.current_key()
        node_id = None if here is None else here.node_id
        if self._has_focus():
            node_id = self.panel.view.view_state.cursor_id
        if node_id is not None:
            navigation.toggle_path(node_id)
        self._update_navigation_actions()

    def _has_focus(self) -> bool:
        """Reports whether the graph has the focus, without building its panel."""
        focused = QApplication.focusWidget()
        is_in_dock = focused is not None and self._dock.isAncestorOf(focused)
        return is_in_dock and self.panel.view.hasFocus()
