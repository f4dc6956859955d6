"""State of the tree for each draft, kept while the session lasts.

The state consists of the folded nodes, the scroll position and the current row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint

from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractItemView

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.input_tree.row_geometry import RowGeometry


@dataclass(frozen=True, slots=True)
class RowKey:
    """Identifies a row by its content: a node, or one of its inputs."""

    node_id: str
    input_key: InputKey | None = None

    def index_in(self, model: InputsModel) -> QModelIndex:
        if self.input_key is not None:
            index = model.index_of(self.input_key, InputColumn.NAME)
            if index.isValid():
                return index
        return model.index_of_node(self.node_id)


@dataclass(frozen=True, slots=True)
class ScrollPosition:
    """Current row, and an anchor row that keeps its place on screen.

    The top of the anchor was `anchor_offset_px` above the upper edge of the viewport.
    """

    current: RowKey | None = None
    anchor: RowKey | None = None
    anchor_offset_px: int = 0


@dataclass(slots=True)
class _TreeState:
    """State of one draft."""

    collapsed_ids: set[str] = field(default_factory=set)
    scroll_position: ScrollPosition = field(default_factory=ScrollPosition)


class TreeStates:
    """Keeps the tree's state for each draft, by the draft's key."""

    def __init__(
        self, view: QAbstractItemView, model: InputsModel, row_geometry: RowGeometry
    ) -> None:
        self._view = view
        self._model = model
        self._row_geometry = row_geometry
        self._states: dict[str, _TreeState] = {}

    def collapsed_ids(self, draft_key: str) -> frozenset[str]:
        return frozenset(self._state(draft_key).collapsed_ids)

    def set_collapsed(self, draft_key: str, node_id: str, *, is_collapsed: bool) -> None:
        collapsed_ids = self._state(draft_key).collapsed_ids
        if is_collapsed:
            collapsed_ids.add(node_id)
        else:
            collapsed_ids.discard(node_id)

    def visibly_collapsed_ids(self) -> frozenset[str]:
        """Returns the ids of the nodes folded on screen, by hand or by a filter."""
        return frozenset(map(self._model.node_id_at, self._row_geometry.collapsed_rows()))

    def scroll_position(self, anchor: InputKey | None = None) -> ScrollPosition:
        """Returns the current row and the place of `anchor`, or else of the row at the top."""
        row = QModelIndex() if anchor is None else self._model.index_of(anchor, InputColumn.NAME)
        if not row.isValid() or self._view.isIndexHidden(row):
            row = self._view.indexAt(QPoint(1, 0))
        anchor_offset_px = -self._view.visualRect(row).top() if row.isValid() else 0
        return ScrollPosition(
            self.row_key(self._view.currentIndex()), self.row_key(row), anchor_offset_px
        )

    def save_scroll_position(self, draft_key: str) -> None:
        """Saves the top row and the current row."""
        self._state(draft_key).scroll_position = self.scroll_position()

    def restore_scroll_position(self, draft_key: str) -> None:
        self.apply_scroll_position(self._state(draft_key).scroll_position)

    def apply_scroll_position(self, scroll_position: ScrollPosition) -> None:
        """Scrolls the anchor row back to its place, even if rows above it have other heights."""
        current = (
            QModelIndex()
            if scroll_position.current is None
            else scroll_position.current.index_in(self._model)
        )
        if current.isValid():
            selection = self._view.selectionModel()
            selection.setCurrentIndex(current, selection.SelectionFlag.NoUpdate)
        bar = self._view.verticalScrollBar()
        anchor = (
            QModelIndex()
            if scroll_position.anchor is None
            else scroll_position.anchor.index_in(self._model)
        )
        if anchor.isValid():
            bar.setValue(
                bar.value() + self._view.visualRect(anchor).top() + scroll_position.anchor_offset_px
            )
        else:
            bar.setValue(0)

    def row_key(self, index: QModelIndex) -> RowKey | None:
        node = self._model.node_at(index)
        return None if node is None else RowKey(node.node_id, self._model.key_at(index))

    def _state(self, draft_key: str) -> _TreeState:
        return self._states.setdefault(draft_key, _TreeState())
