"""The ways through a workflow: jumps along its links, back, forward, and what leads to a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from runcomfy_desktop.domain import paths
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.inputs.visits import Visits
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from runcomfy_desktop.domain.paths import Path
    from runcomfy_desktop.domain.workflow import Workflow
    from runcomfy_desktop.ui.inputs.view import InputsView


# The second of two quick presses comes as a double click.
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class Ways(QObject):
    """Leads the tree's keyboard to other nodes and remembers where it was.

    Every jump goes through `jump_to`. Emits `changed` when Back or Forward become possible or
    impossible, `moved` when the tree stands on another row, `path_changed`, and `reveal_wished`
    when the goal of a jump is hidden by a filter.
    """

    changed = Signal()
    moved = Signal()
    path_changed = Signal()
    reveal_wished = Signal()

    def __init__(self, view: InputsView) -> None:
        super().__init__(view)
        self._view = view
        self._model = view.inputs
        self._visits: dict[str, Visits] = {}
        self._path: Path | None = None
        self._path_of: Workflow | None = None
        self._path_in = ""
        self._model.rebuilt.connect(self._on_model_rebuilt)
        view.selectionModel().currentChanged.connect(lambda _now, _before: self.moved.emit())
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)

    # Jumps

    def here(self) -> InputKey | None:
        """The row that the tree stands on; a node's header has no name of an input."""
        index = self._view.currentIndex()
        node = self._model.node_at(index)
        if node is None:
            return None
        return self._model.key_at(index) or InputKey(node.node_id, "")

    def jump_to(self, key: InputKey, *, take_focus: bool = True) -> None:
        """Goes to an input, or to a node's header, whatever filter is on."""
        here = self.here()
        if self._go_to(key, take_focus=take_focus) and here not in (None, key):
            assert here is not None
            self._here_visits().leave(here)
            self.changed.emit()

    def turn(self, *, is_back: bool, take_focus: bool = True) -> None:
        """Goes back to where the last jump began, or forward again."""
        visits = self._here_visits()
        step = visits.back if is_back else visits.forward
        place = step(self.here(), self._is_there)
        if place is not None:
            self._go_to(place, take_focus=take_focus)
        self.changed.emit()

    @property
    def can_go_back(self) -> bool:
        return self._here_visits().can_go_back

    @property
    def can_go_forward(self) -> bool:
        return self._here_visits().can_go_forward

    def consumers(self, node_id: str) -> list[InputKey]:
        """The inputs that take a value of a node."""
        draft = self._model.draft
        return [] if draft is None else paths.consumers(draft.workflow, node_id)

    def title_of(self, node_id: str) -> str:
        """The title of a node of the workflow in view; "" of any other."""
        draft = self._model.draft
        node = None if draft is None else draft.workflow.nodes.get(node_id)
        return "" if node is None else self._model.title_of(node)

    def _here_visits(self) -> Visits:
        draft = self._model.draft
        return self._visits.setdefault("" if draft is None else draft.key, Visits())

    def _is_there(self, key: InputKey) -> bool:
        draft = self._model.draft
        return draft is not None and key.node_id in draft.workflow.nodes

    def _go_to(self, key: InputKey, *, take_focus: bool = True) -> bool:
        if not self._is_there(key):
            return False
        is_shown = self._model.index_of(key).isValid()
        is_there = is_shown or (not key.name and self._model.index_of_node(key.node_id).isValid())
        if not is_there or self._view.isHidden():
            self.reveal_wished.emit()
        index = self._model.index_of(key)
        if index.isValid():
            self._view.go_to(index, take_focus=take_focus)
        else:
            self._view.go_to_node(key.node_id, take_focus=take_focus)
        return True

    # What leads to a node

    @property
    def path(self) -> Path | None:
        """What leads to a chosen node; None while everything is shown alike."""
        return self._path

    def show_path(self, node_id: str) -> None:
        draft = self._model.draft
        if draft is None or node_id not in draft.workflow.nodes:
            return
        self._set_path(paths.upstream(draft.workflow, node_id))
        announce(self._view, self.path_text())

    def show_everything(self) -> None:
        if self._path is not None:
            self._set_path(None)
            announce(self._view, _("Everything is shown again."))

    def is_path_of(self, node_id: str) -> bool:
        """Whether it is shown what leads to this node."""
        return self._path is not None and self._path.node_id == node_id

    def toggle_path(self, node_id: str) -> None:
        """Shows what leads to a node; asked of the same node again, everything."""
        if self.is_path_of(node_id):
            self.show_everything()
        else:
            self.show_path(node_id)

    def path_text(self) -> str:
        """The path in words, "" while there is none."""
        if self._path is None:
            return ""
        title = self.title_of(self._path.node_id)
        count = len(self._path.nodes) - 1
        if not count:
            return _("Nothing leads to “%s”.") % title
        text = n_("%d node leads to “%s”.", "%d nodes lead to “%s”.", count)
        return text % (count, title)

    def _set_path(self, path: Path | None) -> None:
        draft = self._model.draft
        self._path = path
        self._path_of = None if path is None or draft is None else draft.workflow
        self._path_in = "" if draft is None else draft.key
        self._view.delegate.path = None if path is None else path.nodes
        self._view.viewport().update()
        self.path_changed.emit()

    def _on_model_rebuilt(self) -> None:
        draft = self._model.draft
        workflow = None if draft is None else draft.workflow
        if self._path is not None and workflow is not self._path_of:
            node_id = self._path.node_id
            # A node of the same id in another draft is another node.
            is_same = draft is not None and draft.key == self._path_in
            is_there = is_same and workflow is not None and node_id in workflow.nodes
            self._set_path(paths.upstream(workflow, node_id) if workflow and is_there else None)
        self.changed.emit()
        self.moved.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape in the tree shows everything again; a mouse may have buttons for the ways."""
        if event.type() in _PRESSES and isinstance(event, QMouseEvent):
            way = event.button()
            if way in (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton):
                self.turn(is_back=way is Qt.MouseButton.BackButton)
                return True
        is_key = event.type() is QEvent.Type.KeyPress and watched is self._view
        if not is_key or not isinstance(event, QKeyEvent):
            return False
        if event.key() != Qt.Key.Key_Escape or self._path is None:
            return False
        self.show_everything()
        return True
