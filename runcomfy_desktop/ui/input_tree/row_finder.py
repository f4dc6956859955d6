"""Finds the next row in a set, such as the hits or the problems, from the current row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.ui.input_tree.row_view import RowView

WORKFLOW = InputKey("", "")
"""Represents the workflow as a whole, for its own issues."""
_TOP = (-1, -1)
_HEADER = -1


class RowFinder:
    """Finds rows by their position in the workflow, even if a filter hides them."""

    def __init__(self, view: RowView) -> None:
        self._view = view
        self._model = view.inputs
        self._workflow: object = None
        self._node_rows: dict[str, int] = {}

    def next_key(
        self, keys: Collection[InputKey], *, forward: bool, here: InputKey | None
    ) -> InputKey | None:
        """Returns the key after (or before) the given position, wrapping around.

        Returns None if there are no keys.
        """
        by_position = {self._position(key): key for key in keys}
        positions = sorted(by_position)
        if not positions:
            return None
        position = _TOP if here is None else self._position(here)
        if forward:
            # Without a current row, the very first row may be the nearest.
            index = (
                bisect_left(positions, _TOP) if here is None else bisect_right(positions, position)
            )
            return by_position[positions[index % len(positions)]]
        return by_position[positions[bisect_left(positions, position) - 1]]

    def current_key(self) -> InputKey | None:
        """Returns the key of the current row; a header's key has an empty name."""
        index = self._view.currentIndex()
        node, key = self._model.node_at(index), self._model.key_at(index)
        return InputKey(node.node_id, "") if key is None and node is not None else key

    def index_of(self, key: InputKey) -> QModelIndex:
        """Returns the index of an input or of a node's header.

        A key with an empty name means the header, unless the node has an input named "".
        """
        draft = self._model.draft
        is_input = bool(key.name) or (draft is not None and key in draft.workflow)
        return self._model.index_of(key) if is_input else self._model.index_of_node(key.node_id)

    def _position(self, key: InputKey) -> tuple[int, int]:
        """Returns the position of a row in the whole workflow, in reading order.

        The workflow itself comes first.
        """
        draft = self._model.draft
        if draft is None:
            return _TOP
        nodes = draft.workflow.nodes
        if draft.workflow is not self._workflow:
            self._workflow = draft.workflow
            self._node_rows = {node_id: node_row for node_row, node_id in enumerate(nodes)}
        node_row = self._node_rows.get(key.node_id, -1)
        if node_row < 0:
            return _TOP
        names = self._model.names_of(nodes[key.node_id])
        return node_row, names.index(key.name) if key.name in names else _HEADER
