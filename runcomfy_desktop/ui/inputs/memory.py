"""What the tree remembers of each draft while the program runs: folds, place, current row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint

from runcomfy_desktop.ui.models.inputs import Column

if TYPE_CHECKING:
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.row_tree import RowTree
    from runcomfy_desktop.ui.models.inputs import InputsModel


@dataclass(frozen=True, slots=True)
class Spot:
    """A row by what it shows: a node, or one of its inputs."""

    node_id: str
    key: InputKey | None = None

    def index_in(self, model: InputsModel) -> QModelIndex:
        if self.key is not None:
            index = model.index_of(self.key, Column.NAME)
            if index.isValid():
                return index
        return model.index_of_node(self.node_id)


@dataclass(slots=True)
class _Page:
    """What is remembered of one draft. `above_px` is what of the top row was scrolled away."""

    folded: set[str] = field(default_factory=set)
    top: Spot | None = None
    above_px: int = 0
    current: Spot | None = None


class TreeMemory:
    """Keeps a page for each draft, by the draft's key."""

    def __init__(self, view: RowTree, model: InputsModel) -> None:
        self._view = view
        self._model = model
        self._pages: dict[str, _Page] = {}

    def is_folded(self, draft_key: str, node_id: str) -> bool:
        return node_id in self._page(draft_key).folded

    def folded(self, draft_key: str) -> frozenset[str]:
        return frozenset(self._page(draft_key).folded)

    def set_folded(self, draft_key: str, node_id: str, *, is_folded: bool) -> None:
        folded = self._page(draft_key).folded
        if is_folded:
            folded.add(node_id)
        else:
            folded.discard(node_id)

    def keep_place(self, draft_key: str) -> None:
        """Notes what stands at the top now, and which row is current."""
        page = self._page(draft_key)
        page.current = self.spot(self._view.currentIndex())
        top = self._view.indexAt(QPoint(1, 0))
        page.top = self.spot(top)
        page.above_px = -self._view.visualRect(top).top() if top.isValid() else 0

    def restore_place(self, draft_key: str) -> None:
        """Brings the noted row back to where it stood, however high the rows above it are now."""
        page = self._page(draft_key)
        current = QModelIndex() if page.current is None else page.current.index_in(self._model)
        if current.isValid():
            selection = self._view.selectionModel()
            selection.setCurrentIndex(current, selection.SelectionFlag.NoUpdate)
        bar = self._view.verticalScrollBar()
        top = QModelIndex() if page.top is None else page.top.index_in(self._model)
        if top.isValid():
            bar.setValue(bar.value() + self._view.visualRect(top).top() + page.above_px)
        else:
            bar.setValue(0)

    def spot(self, index: QModelIndex) -> Spot | None:
        node = self._model.node_at(index)
        return None if node is None else Spot(node.node_id, self._model.key_at(index))

    def _page(self, draft_key: str) -> _Page:
        return self._pages.setdefault(draft_key, _Page())
