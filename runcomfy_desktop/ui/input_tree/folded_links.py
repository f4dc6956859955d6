"""Links of a node that share one row until the user wants to see each of them.

In most workflows, half of all inputs are links. They are not edited, and they would push apart the
inputs that are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.domain.workflow.workflow import Node
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel


class FoldedLinks:
    """Decides which links of a node share a row of `model`, and folds and unfolds them.

    The row is that of the first link. While a filter is on, each link has a row of its own.
    """

    def __init__(self, model: InputsModel) -> None:
        self._model = model
        self._unfolded_ids: set[str] = set()

    def reset(self) -> None:
        """Folds the links of all nodes that will be shown."""
        self._unfolded_ids.clear()

    def shown_names(self, node: Node) -> tuple[str, ...]:
        """Returns the names of a node's inputs without the links that share the first one's row."""
        names = self._model.names_of(node)
        if node.node_id in self._unfolded_ids:
            return names
        hidden = set(links_to_fold(node, names, self._model.state)[1:])
        return tuple(name for name in names if name not in hidden) if hidden else names

    def row_key(self, key: InputKey) -> InputKey:
        """Returns the input in whose row an input is shown: itself, or the first folded link."""
        links = self._links(self._model.index_of_node(key.node_id))
        return links[0] if key in links else key

    def links_of(self, key: InputKey) -> tuple[InputKey, ...]:
        """Returns the links that the row of an input stands for; () if it shows only this input."""
        links = self._links(self._model.index_of_node(key.node_id))
        return links if links[:1] == (key,) else ()

    def can_fold(self, node_id: str) -> bool:
        """Reports whether a node has several links, and a row for each of them."""
        node = self._model.node_at(self._model.index_of_node(node_id))
        if node is None or self._model.is_filtered or node_id not in self._unfolded_ids:
            return False
        return bool(links_to_fold(node, self._model.names_of(node), self._model.state))

    def set_folded(self, node_id: str, *, are_folded: bool) -> None:
        """Shows the links of a node in one row, or in a row each."""
        header = self._model.index_of_node(node_id)
        node = self._model.node_at(header)
        if node is None or self._model.is_filtered:
            return
        if are_folded:
            self._unfolded_ids.discard(node_id)
        else:
            self._unfolded_ids.add(node_id)
        self._model.show_names(header.row(), self.shown_names(node))

    def unfold_changed(self, changed: Iterable[InputKey]) -> None:
        """Unfolds the nodes in which a folded link has changed, for example by an issue."""
        for key in changed:
            node = self._model.node_at(self._model.index_of_node(key.node_id))
            if node is not None and _is_link(node, key.name):
                self.set_folded(key.node_id, are_folded=False)

    def _links(self, header: QModelIndex) -> tuple[InputKey, ...]:
        """Returns the links of a node that share one row now."""
        node = self._model.node_at(header)
        if node is None or self._model.is_filtered or node.node_id in self._unfolded_ids:
            return ()
        links = links_to_fold(node, self._model.names_of(node), self._model.state)
        return tuple(InputKey(node.node_id, name) for name in links)


def links_to_fold(node: Node, names: Iterable[str], state: EditorState) -> tuple[str, ...]:
    """Returns the links of a node that one row can show; () if there are fewer than two.

    A link with an issue or a changed value keeps a row of its own.
    """
    changes = {} if state.draft is None else state.draft.changes
    links = [
        name
        for name in names
        if _is_link(node, name)
        and (key := InputKey(node.node_id, name)) not in state.issues
        and key not in changes
    ]
    return tuple(links) if len(links) > 1 else ()


def _is_link(node: Node, name: str) -> bool:
    value = node.inputs.get(name)
    # The first check saves most calls of the second one.
    return isinstance(value, list) and link_of(value) is not None
