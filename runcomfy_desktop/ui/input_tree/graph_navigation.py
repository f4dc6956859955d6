"""Navigation in a workflow: jumps along links, back, forward, and the upstream path of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from runcomfy_desktop.domain.workflow import graph_paths
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.workflow.graph_paths import UpstreamPath
    from runcomfy_desktop.domain.workflow.workflow import Workflow
    from runcomfy_desktop.ui.input_tree.row_view import RowView

# The second of two quick presses arrives as a double click.
_PRESS_EVENTS = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
_MAX_ENTRIES = 100


class NavigationHistory:
    """History of jumps for Back and Forward; one per draft."""

    def __init__(self) -> None:
        self._past: list[InputKey] = []
        self._future: list[InputKey] = []

    def record_jump(self, here: InputKey) -> None:
        """Records a jump that starts at `here`."""
        self._future.clear()
        _push(self._past, here)

    def back(self, here: InputKey | None, exists: Callable[[InputKey], bool]) -> InputKey | None:
        """Returns the place to go back to, or None; skips places that no longer exist."""
        return _step(self._past, self._future, here, exists)

    def forward(self, here: InputKey | None, exists: Callable[[InputKey], bool]) -> InputKey | None:
        return _step(self._future, self._past, here, exists)

    @property
    def can_go_back(self) -> bool:
        return bool(self._past)

    @property
    def can_go_forward(self) -> bool:
        return bool(self._future)


def _push(stack: list[InputKey], entry: InputKey) -> None:
    if not stack or stack[-1] != entry:
        stack.append(entry)
    del stack[:-_MAX_ENTRIES]


def _step(
    popped_stack: list[InputKey],
    pushed_stack: list[InputKey],
    here: InputKey | None,
    exists: Callable[[InputKey], bool],
) -> InputKey | None:
    while popped_stack:
        entry = popped_stack.pop()
        if entry != here and exists(entry):
            if here is not None:
                _push(pushed_stack, here)
            return entry
    return None


class GraphNavigation(QObject):
    """Moves the tree's current row to other nodes and records where it was.

    Every jump goes through `jump_to`. Emits `changed` when Back or Forward become possible or
    impossible, `current_changed` when the tree's current row has changed, `path_changed`, and
    `reveal_requested` when the target of a jump is hidden by a filter.
    """

    changed = Signal()
    current_changed = Signal()
    path_changed = Signal()
    reveal_requested = Signal()

    def __init__(self, view: RowView) -> None:
        super().__init__(view)
        self._view = view
        self._model = view.inputs
        self._histories: dict[str, NavigationHistory] = {}
        self._path: UpstreamPath | None = None
        self._path_workflow: Workflow | None = None
        self._path_draft_key = ""
        self._model.rebuilt.connect(self._on_model_rebuilt)
        view.selectionModel().currentChanged.connect(
            lambda _now, _before: self.current_changed.emit()
        )
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)

    # Jumps

    def current_key(self) -> InputKey | None:
        """Returns the tree's current row; for a header, the name in the key is empty."""
        index = self._view.currentIndex()
        node = self._model.node_at(index)
        if node is None:
            return None
        return self._model.key_at(index) or InputKey(node.node_id, "")

    def jump_to(self, key: InputKey, *, take_focus: bool = True) -> None:
        """Goes to an input or a node's header, regardless of the active filter."""
        here = self.current_key()
        if self._go_to(key, take_focus=take_focus) and here not in (None, key):
            assert here is not None
            self._history().record_jump(here)
            self.changed.emit()

    def navigate(self, *, is_back: bool, take_focus: bool = True) -> None:
        """Goes back to the start of the last jump, or forward again."""
        history = self._history()
        step = history.back if is_back else history.forward
        destination = step(self.current_key(), self._node_exists)
        if destination is not None:
            self._go_to(destination, take_focus=take_focus)
        self.changed.emit()

    @property
    def can_go_back(self) -> bool:
        return self._history().can_go_back

    @property
    def can_go_forward(self) -> bool:
        return self._history().can_go_forward

    def consumers(self, node_id: str) -> list[InputKey]:
        """Returns the inputs that receive an output of a node."""
        draft = self._model.draft
        return [] if draft is None else graph_paths.consumers(draft.workflow, node_id)

    def title_of(self, node_id: str) -> str:
        """Returns the title of a node of the workflow in view; "" for an unknown node."""
        draft = self._model.draft
        node = None if draft is None else draft.workflow.nodes.get(node_id)
        return "" if node is None else self._model.title_of(node)

    def _history(self) -> NavigationHistory:
        draft = self._model.draft
        return self._histories.setdefault("" if draft is None else draft.key, NavigationHistory())

    def _node_exists(self, key: InputKey) -> bool:
        draft = self._model.draft
        return draft is not None and key.node_id in draft.workflow.nodes

    def _go_to(self, key: InputKey, *, take_focus: bool = True) -> bool:
        if not self._node_exists(key):
            return False
        is_shown = self._model.index_of(key).isValid()
        is_reachable = is_shown or (
            not key.name and self._model.index_of_node(key.node_id).isValid()
        )
        if not is_reachable or self._view.isHidden():
            self.reveal_requested.emit()
        index = self._model.index_of(key)
        if index.isValid():
            self._view.go_to(index, take_focus=take_focus)
        else:
            self._view.go_to_node(key.node_id, take_focus=take_focus)
        return True

    # Upstream path

    @property
    def path(self) -> UpstreamPath | None:
        """Path that leads to the chosen node; None while no path is shown."""
        return self._path

    def show_path(self, node_id: str) -> None:
        draft = self._model.draft
        if draft is None or node_id not in draft.workflow.nodes:
            return
        self._set_path(graph_paths.upstream(draft.workflow, node_id))
        announce(self._view, self.path_text())

    def clear_path(self) -> None:
        if self._path is not None:
            self._set_path(None)
            announce(self._view, _("Everything is shown again."))

    def is_path_of(self, node_id: str) -> bool:
        """Reports whether the path shown is the one that leads to the given node."""
        return self._path is not None and self._path.node_id == node_id

    def toggle_path(self, node_id: str) -> None:
        """Shows the path that leads to a node, or hides it if it is already shown."""
        if self.is_path_of(node_id):
            self.clear_path()
        else:
            self.show_path(node_id)

    def path_text(self) -> str:
        """Returns a description of the path; "" if there is none."""
        if self._path is None:
            return ""
        title = self.title_of(self._path.node_id)
        count = len(self._path.nodes) - 1
        if not count:
            return _("Nothing leads to “%s”.") % title
        text = n_("%d node leads to “%s”.", "%d nodes lead to “%s”.", count)
        return text % (count, title)

    def _set_path(self, path: UpstreamPath | None) -> None:
        draft = self._model.draft
        self._path = path
        self._path_workflow = None if path is None or draft is None else draft.workflow
        self._path_draft_key = "" if draft is None else draft.key
        self._view.delegate.path_node_ids = None if path is None else path.nodes
        self._view.viewport().update()
        self.path_changed.emit()

    def _on_model_rebuilt(self) -> None:
        draft = self._model.draft
        workflow = None if draft is None else draft.workflow
        if self._path is not None and workflow is not self._path_workflow:
            node_id = self._path.node_id
            # A node with the same id in another draft is a different node.
            is_same = draft is not None and draft.key == self._path_draft_key
            exists = is_same and workflow is not None and node_id in workflow.nodes
            self._set_path(graph_paths.upstream(workflow, node_id) if workflow and exists else None)
        self.changed.emit()
        self.current_changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handles navigation keys and buttons.

        Escape in the tree hides the path; the mouse's back and forward buttons navigate.
        """
        if event.type() in _PRESS_EVENTS and isinstance(event, QMouseEvent):
            button = event.button()
            if button in (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton):
                self.navigate(is_back=button is Qt.MouseButton.BackButton)
                return True
        is_key = event.type() is QEvent.Type.KeyPress and watched is self._view
        if not is_key or not isinstance(event, QKeyEvent):
            return False
        if event.key() != Qt.Key.Key_Escape or self._path is None:
            return False
        self.clear_path()
        return True
