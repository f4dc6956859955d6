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


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: the current row, and one that stood `above_px` above the upper edge."""

    current: Spot | None = None
    held: Spot | None = None
    above_px: int = 0


@dataclass(slots=True)
class _Page:
    """What is remembered of one draft."""

    folded: set[str] = field(default_factory=set)
    place: Place = field(default_factory=Place)


class TreeMemory:
    """Keeps a page for each draft, by the draft's key."""

    def __init__(self, view: RowTree, model: InputsModel) -> None:
        self._view = view
        self._model = model
        self._pages: dict[str, _Page] = {}

    def folded(self, draft_key: str) -> frozenset[str]:
        return frozenset(self._page(draft_key).folded)

    def set_folded(self, draft_key: str, node_id: str, *, is_folded: bool) -> None:
        folded = self._page(draft_key).folded
        if is_folded:
            folded.add(node_id)
        else:
            folded.discard(node_id)

    def folded_now(self) -> frozenset[str]:
        """The nodes that are folded on screen, by hand or by a filter."""
        return frozenset(map(self._model.node_id_at, self._view.folded_places()))

    def place(self, held: InputKey | None = None) -> Place:
        """What stands where now: the input `held`, or else the row at the upper edge."""
        row = QModelIndex() if held is None else self._model.index_of(held, Column.NAME)
        if not row.isValid() or self._view.isIndexHidden(row):
            row = self._view.indexAt(QPoint(1, 0))
        above_px = -self._view.visualRect(row).top() if row.isValid() else 0
        return Place(self.spot(self._view.currentIndex()), self.spot(row), above_px)

    def keep_place(self, draft_key: str) -> None:
        """Notes what stands at the top now, and which row is current."""
        self._page(draft_key).place = self.place()

    def restore_place(self, draft_key: str) -> None:
        self.bring_back(self._page(draft_key).place)

    def bring_back(self, place: Place) -> None:
        """Brings the held row back to where it stood, however high the rows above it are now."""
        current = QModelIndex() if place.current is None else place.current.index_in(self._model)
        if current.isValid():
            selection = self._view.selectionModel()
            selection.setCurrentIndex(current, selection.SelectionFlag.NoUpdate)
        bar = self._view.verticalScrollBar()
        held = QModelIndex() if place.held is None else place.held.index_in(self._model)
        if held.isValid():
            bar.setValue(bar.value() + self._view.visualRect(held).top() + place.above_px)
        else:
            bar.setValue(0)

    def spot(self, index: QModelIndex) -> Spot | None:
        node = self._model.node_at(index)
        return None if node is None else Spot(node.node_id, self._model.key_at(index))

    def _page(self, draft_key: str) -> _Page:
        return self._pages.setdefault(draft_key, _Page())
