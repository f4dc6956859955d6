"""The panel of the graph: lays out the workflow in view and keeps what is shown true to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QStackedLayout, QWidget

from runcomfy_desktop.domain.graph_layout import Size, lay_out
from runcomfy_desktop.domain.paths import joined
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.graph.faces import Faces
from runcomfy_desktop.ui.graph.scene import Scene
from runcomfy_desktop.ui.graph.view import GraphView
from runcomfy_desktop.ui.inputs.way_menu import add_ways
from runcomfy_desktop.ui.outputs.background import Background
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QShowEvent

    from runcomfy_desktop.domain.workflow import Workflow
    from runcomfy_desktop.ui.inputs.ways import Ways
    from runcomfy_desktop.ui.models.inputs import InputsModel

# Nodes and links that are laid out within a frame; more are laid out on a thread.
_AT_ONCE = 120


class GraphPanel(QWidget):
    """Shows the graph of an InputsModel's draft while it is on screen. Reads, never edits.

    Emits `tree_wished` when the keyboard is to go back to the tree.
    """

    tree_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: InputsModel | None = None
        self._ways: Ways | None = None
        self._workflow: Workflow | None = None
        self._used: Collection[str] = ()
        self._faces = Faces()
        self._ticket = -1
        self._background = Background(self)
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self.setObjectName("graph_panel")
        self.view = GraphView(self)
        self._empty = EmptyState(parent=self)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._empty)
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
        self.view.entered.connect(self._on_view_entered)
        self.view.left.connect(self._on_view_left)
        self.view.turn_wished.connect(self._on_view_turn_wished)
        self.view.menu_wished.connect(self._on_view_menu_wished)
        self.view.node_size_changed.connect(self._lay_out_again)

    def follow(self, model: InputsModel, ways: Ways) -> None:
        """Shows this model's draft from now on."""
        self._model, self._ways = model, ways
        model.rebuilt.connect(self._refresh)
        model.draft_changed.connect(self._refresh)
        ways.moved.connect(self._on_ways_moved)
        ways.path_changed.connect(self._on_ways_path_changed)
        self._refresh()

    @property
    def is_idle(self) -> bool:
        """Whether what is shown is what there is to show."""
        return self._ticket < 0

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        """Takes over what has changed; nothing while nobody can see it."""
        model = self._model
        draft = None if model is None else model.draft
        if draft is None or model is None:
            self._forget(_("Open a workflow to see its graph."))
        elif not self.isVisible():
            return
        elif draft.workflow is not self._workflow:
            self._lay_out(draft.workflow)
        elif self._ticket < 0:
            self.view.show_faces(self._faces.read(model, self._used))

    def _lay_out_again(self) -> None:
        self._workflow = None
        self._refresh()

    def _lay_out(self, workflow: Workflow) -> None:
        self._forget(_("Laying out the graph…"))
        self._workflow = workflow
        if not workflow.nodes:
            self._empty.tell(_("This workflow has no nodes."), icon="graph")
            return
        links, size = list(joined(workflow)), self.view.node_size()
        self._used = {source for source, _target in links}
        names = list(workflow.nodes)
        if len(names) + len(links) <= _AT_ONCE:
            self._show(_scene(names, links, size))
        else:
            self._ticket = self._background.run(lambda: _scene(names, links, size), self._show)

    def _forget(self, why: str) -> None:
        if self._ticket >= 0:
            self._background.drop(self._ticket)
        self._ticket, self._workflow = -1, None
        self._empty.tell(why, icon="graph")
        self._pages.setCurrentWidget(self._empty)

    def _show(self, scene: Scene) -> None:
        self._ticket = -1
        if self._model is None or self._ways is None:
            return
        self._pages.setCurrentWidget(self.view)
        here = self._ways.here()
        self.view.look.current_id = None if here is None else here.node_id
        self.view.show_scene(scene, self._faces.read(self._model, self._used))
        self.view.set_path(self._ways.path)

    def _on_ways_moved(self) -> None:
        here = None if self._ways is None else self._ways.here()
        if here is not None:
            self.view.set_current(here.node_id)

    def _on_ways_path_changed(self) -> None:
        if self._ways is not None:
            self.view.set_path(self._ways.path)

    # What is done in it

    def _jump(self, node_id: str, *, take_focus: bool) -> None:
        if self._ways is not None:
            self._ways.jump_to(InputKey(node_id, ""), take_focus=take_focus)

    def _on_view_entered(self, node_id: str) -> None:
        self._jump(node_id, take_focus=True)
        self.tree_wished.emit()

    def _on_view_left(self) -> None:
        """Escape first ends the path that is shown, then leaves."""
        if self._ways is not None and self._ways.path is not None:
            self._ways.show_everything()
        else:
            self.tree_wished.emit()

    def _on_view_turn_wished(self, is_back: bool) -> None:
        if self._ways is not None:
            self._ways.turn(is_back=is_back, take_focus=False)

    def _on_view_menu_wished(self, node_id: str, where: QPoint) -> None:
        if self._ways is None:
            return
        menu = QMenu(self)
        menu.setObjectName("graph_menu")
        menu.setAccessibleName(self._ways.title_of(node_id))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Go to its inputs"), lambda: self._on_view_entered(node_id))
        add_ways(menu, self._ways, node_id)
        menu.popup(where)


def _scene(names: list[str], links: list[tuple[str, str]], size: Size) -> Scene:
    return Scene(lay_out(dict.fromkeys(names, size), links), size)
