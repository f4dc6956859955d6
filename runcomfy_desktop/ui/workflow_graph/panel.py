"""Panel of the graph: lays out the workflow in view and keeps its display up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from runcomfy_desktop.domain.workflow.graph_layout import NodeSize, layout_graph
from runcomfy_desktop.domain.workflow.graph_paths import linked_nodes
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.input_tree.navigation_menu import add_navigation_actions
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.empty_state import ContentStack
from runcomfy_desktop.ui.widgets.layouts import column
from runcomfy_desktop.ui.workflow_graph.graph_nodes import GraphNodeReader
from runcomfy_desktop.ui.workflow_graph.scene import GraphScene
from runcomfy_desktop.ui.workflow_graph.view import GraphView

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QShowEvent

    from runcomfy_desktop.domain.workflow.workflow import Workflow
    from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel

# Maximum number of nodes and links laid out within a frame; more are laid out on a worker thread.
_MAX_SYNC_ITEMS = 120


class GraphPanel(QWidget):
    """Shows the graph of an InputsModel's draft while it is visible; it never edits.

    Emits `tree_requested` when the focus is to return to the tree.
    """

    tree_requested = Signal()

    def __init__(
        self, model: InputsModel, navigation: GraphNavigation, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._navigation = navigation
        self._workflow: Workflow | None = None
        self._used_ids: Collection[str] = ()
        self._node_reader = GraphNodeReader()
        self._layout_ticket = -1
        self._background = BackgroundTasks(self)
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.setObjectName("graph_panel")
        self.view = GraphView(self)
        self._content = ContentStack(self.view, self)
        column(self._content, owner=self)
        self.buttons = {
            "zoom-out": icon_button(_("Make the graph smaller"), "graph_zoom_out", self),
            "zoom-in": icon_button(_("Make the graph larger"), "graph_zoom_in", self),
            "fit": icon_button(_("Show the whole graph"), "graph_fit", self),
        }

    def _connect(self) -> None:
        self.buttons["zoom-out"].clicked.connect(lambda: self.view.zoom_by(1 / 1.25))
        self.buttons["zoom-in"].clicked.connect(lambda: self.view.zoom_by(1.25))
        self.buttons["fit"].clicked.connect(self.view.fit)
        self.view.node_pressed.connect(lambda node_id: self._jump(node_id, take_focus=False))
        self.view.node_activated.connect(self._on_view_node_activated)
        self.view.exited.connect(self._on_view_exited)
        self.view.navigate_requested.connect(self._on_view_navigate_requested)
        self.view.menu_requested.connect(self._on_view_menu_requested)
        self.view.node_size_changed.connect(self._relayout)
        self._model.rebuilt.connect(self._refresh)
        self._model.draft_changed.connect(self._refresh)
        self._navigation.current_changed.connect(self._on_navigation_current_changed)
        self._navigation.path_changed.connect(self._on_navigation_path_changed)

    @property
    def is_idle(self) -> bool:
        """True if the display is up to date and no layout is running."""
        return self._layout_ticket < 0

    def stop_layout(self) -> None:
        """Discards the result of a layout that is running."""
        if self._layout_ticket >= 0:
            self._background.discard(self._layout_ticket)
        self._layout_ticket = -1

    # Display

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        """Updates the display if the panel is visible."""
        draft = self._model.draft
        if draft is None:
            self._show_message(_("Open a workflow to see its graph."))
        elif not self.isVisible():
            return
        elif draft.workflow is not self._workflow:
            self._lay_out(draft.workflow)
        elif self._layout_ticket < 0:
            self.view.update_nodes(self._node_reader.read(self._model, self._used_ids))

    def _relayout(self) -> None:
        self._workflow = None
        self._refresh()

    def _lay_out(self, workflow: Workflow) -> None:
        self._show_message(_("Laying out the graph…"))
        self._workflow = workflow
        if not workflow.nodes:
            self._content.show_message(_("This workflow has no nodes."), icon="graph")
            return
        links, size = list(linked_nodes(workflow)), self.view.node_size()
        self._used_ids = {source for source, _target in links}
        node_ids = list(workflow.nodes)
        if len(node_ids) + len(links) <= _MAX_SYNC_ITEMS:
            self._show_scene(_create_scene(node_ids, links, size))
        else:
            self._layout_ticket = self._background.run(
                lambda: _create_scene(node_ids, links, size), self._show_scene
            )

    def _show_message(self, message: str) -> None:
        self.stop_layout()
        self._workflow = None
        self._content.show_message(message, icon="graph")

    def _show_scene(self, scene: GraphScene) -> None:
        self._layout_ticket = -1
        self._content.show_content()
        here = self._navigation.current_key()
        self.view.view_state.current_id = None if here is None else here.node_id
        self.view.show_scene(scene, self._node_reader.read(self._model, self._used_ids))
        self.view.set_path(self._navigation.path)

    def _on_navigation_current_changed(self) -> None:
        here = self._navigation.current_key()
        if here is not None:
            self.view.set_current(here.node_id)

    def _on_navigation_path_changed(self) -> None:
        self.view.set_path(self._navigation.path)

    # Commands

    def _jump(self, node_id: str, *, take_focus: bool) -> None:
        self._navigation.jump_to(InputKey(node_id, ""), take_focus=take_focus)

    def _on_view_node_activated(self, node_id: str) -> None:
        self._jump(node_id, take_focus=True)
        self.tree_requested.emit()

    def _on_view_exited(self) -> None:
        """Hides the shown path if there is one; otherwise returns to the tree."""
        if self._navigation.path is not None:
            self._navigation.clear_path()
        else:
            self.tree_requested.emit()

    def _on_view_navigate_requested(self, is_back: bool) -> None:
        self._navigation.navigate(is_back=is_back, take_focus=False)

    def _on_view_menu_requested(self, node_id: str, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setObjectName("graph_menu")
        menu.setAccessibleName(self._navigation.title_of(node_id))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Go to its inputs"), lambda: self._on_view_node_activated(node_id))
        add_navigation_actions(menu, self._navigation, node_id)
        menu.popup(position)


def _create_scene(node_ids: list[str], links: list[tuple[str, str]], size: NodeSize) -> GraphScene:
    return GraphScene(layout_graph(dict.fromkeys(node_ids, size), links), size)
