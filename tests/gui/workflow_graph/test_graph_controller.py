"""The controller of the graph: when it builds the panel, and what ends with the session."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QToolButton, QWidget

from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.widgets.panel_dock import PanelDock
from runcomfy_desktop.ui.workflow_graph.graph_actions import GraphActions
from runcomfy_desktop.ui.workflow_graph.graph_controller import GraphController
from runcomfy_desktop.ui.workflow_graph.panel import GraphPanel
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import PREFIX, PROMPT, InputsHarness, open_inputs_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.workflow.workflow import InputKey


@dataclass
class GraphControllerHarness:
    """Dock and actions of a window, and the tree of an open workflow."""

    inputs: InputsHarness
    window: QMainWindow
    dock: PanelDock
    actions: GraphActions

    def begin_session(self) -> SessionScope:
        """Connects dock and actions with the tree, until the returned scope is closed."""
        scope = SessionScope(QWidget(self.window))
        view, button = self.inputs.view, self.inputs.panel.graph_button
        GraphController(scope, self.actions, self.dock, view, button)
        return scope

    def panel(self) -> QWidget | None:
        """Returns what the dock shows."""
        return self.dock.panel

    def current_key(self) -> InputKey | None:
        return self.inputs.view.navigation.current_key()


@asynccontextmanager
async def open_harness(
    folder: Path, *, dock_visible: bool
) -> AsyncIterator[GraphControllerHarness]:
    """Opens a window whose dock has a placeholder in place of the graph."""
    async with open_inputs_harness(folder) as inputs:
        inputs.open()
        window = QMainWindow()
        dock = PanelDock("graph", "Workflow graph", QSize(400, 300), window)
        window.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, dock)
        dock.set_panel(QLabel("No workflow"))
        dock.setVisible(dock_visible)
        user_input.show(window)
        yield GraphControllerHarness(inputs, window, dock, GraphActions(window))
        window.close()
        window.deleteLater()
        user_input.process_events()


async def test_a_hidden_graph_is_built_when_it_is_shown(tmp_path: Path) -> None:
    async with open_harness(tmp_path, dock_visible=False) as harness:
        scope = harness.begin_session()
        user_input.process_events()
        assert harness.panel() is None
        harness.dock.show()
        user_input.process_events()
        assert isinstance(harness.panel(), GraphPanel)
        assert user_input.find(harness.dock.title_bar, QToolButton, "graph_fit").isVisible()
        scope.close()


async def test_a_visible_graph_replaces_what_its_dock_showed(tmp_path: Path) -> None:
    async with open_harness(tmp_path, dock_visible=True) as harness:
        scope = harness.begin_session()
        user_input.wait_until(lambda: isinstance(harness.panel(), GraphPanel))
        assert harness.inputs.panel.graph_button.isChecked()
        scope.close()


async def test_the_action_of_the_path_needs_a_workflow(tmp_path: Path) -> None:
    async with open_harness(tmp_path, dock_visible=False) as harness:
        assert not harness.actions.show_path.isEnabled()
        scope = harness.begin_session()
        assert harness.actions.show_path.isEnabled()
        harness.inputs.panel.jump_to(PREFIX)
        harness.actions.show_path.trigger()
        assert harness.actions.show_path.isChecked()
        scope.close()
        harness.actions.reset()
        assert not harness.actions.show_path.isEnabled()
        assert not harness.actions.show_path.isChecked()


async def test_nothing_reacts_after_the_session(tmp_path: Path) -> None:
    async with open_harness(tmp_path, dock_visible=False) as harness:
        scope = harness.begin_session()
        harness.inputs.panel.jump_to(PROMPT)
        harness.inputs.panel.jump_to(PREFIX)
        scope.close()
        harness.actions.go_back.trigger()
        assert harness.current_key() == PREFIX
        harness.dock.show()
        user_input.process_events()
        assert harness.panel() is None
        assert not harness.inputs.panel.graph_button.isChecked()


async def test_a_panel_that_is_not_built_yet_ends_with_the_session(tmp_path: Path) -> None:
    async with open_harness(tmp_path, dock_visible=True) as harness:
        harness.begin_session().close()
        user_input.process_events()
        assert isinstance(harness.panel(), QLabel)


async def test_the_next_session_has_its_own_panel(tmp_path: Path) -> None:
    async with open_harness(tmp_path, dock_visible=True) as harness:
        panels = []
        for _session in range(2):
            scope = harness.begin_session()
            user_input.wait_until(lambda: isinstance(harness.panel(), GraphPanel))
            panels.append(harness.panel())
            scope.close()
            harness.dock.remove_panel()
            user_input.process_events()
        assert panels[0] is not panels[1]
