"""The workbench's draft as an item model: nodes, below them their inputs.

Holds no object for a row: a row is looked up in the draft when it is asked for. What is shown is
a selection of nodes and inputs (`show`), so a filter costs one reset and no hidden rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.core.workbench import BenchState
from runcomfy_desktop.domain.live import live_names
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.domain.workflow import InputKey, Node
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.models.draft_rows import DraftRows
from runcomfy_desktop.ui.models.input_changes import changed_keys, same_rows
from runcomfy_desktop.ui.models.input_row import Column, InputRow, NodeRow
from runcomfy_desktop.ui.models.live_rows import RowStep, moved_nodes, row_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.checks import Fault

__all__ = ["Choice", "Column", "Index", "InputRow", "InputsModel", "NodeRow"]

Index: TypeAlias = QModelIndex | QPersistentModelIndex
Choice: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""Names of the inputs to show, by node; a node that is not in it is not shown."""

_ROOT = QModelIndex()
_ROLE = Qt.ItemDataRole
# Made once: a layout asks for the flags of every row, and joining enums takes its time.
_NODE_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_INPUT_FLAGS = _NODE_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
_EDITABLE_FLAGS = _INPUT_FLAGS | Qt.ItemFlag.ItemIsEditable
# A row of any other kind, if nothing is wrong with it, is as high as its field.
_FIELDS = (InputKind.TEXT, InputKind.CURVE, InputKind.BOX, InputKind.RANGE)
TALL_KINDS = (*_FIELDS, *(kind for kind in InputKind if kind.is_media))
# More rows are said to have changed at once: each by itself takes a fifth of a millisecond.
_ONE_BY_ONE = 100
# The internal id of a node's index; an input's is its node's row plus one.
_NODE = 0


class InputsModel(DraftRows):
    """The draft in view. `rebuilt` follows every reset, `row_changed` every change of one input;
    where very many change at once it is `many_changed`, with all of them.

    `about_to_rebuild` comes before a reset, `draft_changed` after each publication. When inputs of
    a node come and go with a choice, rows are put in and taken out, and `rows_changed` follows.
    """

    about_to_rebuild = Signal()
    rebuilt = Signal()
    row_changed = Signal(object)
    many_changed = Signal(object)
    rows_changed = Signal(str)
    draft_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._subscriptions = Subscriptions()
        self._choice: Callable[[], Choice | None] = lambda: None
        self._is_filtered = False
        self._shown: list[tuple[Node, tuple[str, ...]]] = []
        self._places: dict[str, int] = {}

    # The workbench

    def attach(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._subscriptions.add(workbench.changed, self._on_workbench_changed)
        self._rebuild(workbench.state)

    def detach(self) -> None:
        self._subscriptions.close()
        self._workbench = None
        self._rebuild(BenchState())

    # What is shown

    @property
    def is_filtered(self) -> bool:
        """Whether what is shown now is a choice from the whole."""
        return self._is_filtered

    def choose_by(self, choice: Callable[[], Choice | None]) -> None:
        """Asks `choice` from now on which inputs of which nodes are shown; None means all."""
        self._choice = choice
        self.choose_again()

    def choose_again(self) -> None:
        """Shows what the choice wants now; nothing happens when that is what is shown."""
        if self._chosen(self._choice()) != self._shown:
            self._rebuild(self._state)

    def node_row(self, index: Index) -> NodeRow | None:
        """The node at a header's index, None for an input's index."""
        if not index.isValid() or index.internalId() != _NODE:
            return None
        node = self._shown[index.row()][0]
        fault, marks = self.fault_at(index.row()), texts.node_marks(node, self._state.schema)
        node_id, title = one_line(node.node_id), self.title_of(node)
        return NodeRow(node_id, title, one_line(node.class_type), fault, marks)

    def input_row(self, index: Index) -> InputRow | None:
        """The input at an index, None for a node's index."""
        key = self.key_at(index)
        return None if key is None else self.row_of(key)

    def key_at(self, index: Index) -> InputKey | None:
        if not index.isValid() or index.internalId() == _NODE:
            return None
        node, names = self._shown[index.internalId() - 1]
        return InputKey(node.node_id, names[index.row()])

    def node_at(self, index: Index) -> Node | None:
        """The node that a header or an input belongs to."""
        if not index.isValid():
            return None
        inside = index.internalId()
        return self._shown[index.row() if inside == _NODE else inside - 1][0]

    def node_id_at(self, place: int) -> str:
        return self._shown[place][0].node_id

    def fault_at(self, place: int) -> Fault | None:
        """The fault of the whole node at a place; of an input that is called "" it is its own."""
        node = self._shown[place][0]
        fault = self._state.faults.get(InputKey(node.node_id, ""))
        return None if fault is None or "" in node.inputs else fault

    def names_at(self, place: int) -> tuple[str, ...]:
        """The names of the inputs that are shown of the node at a place."""
        return self._shown[place][1]

    def keys_of(self, place: int) -> list[InputKey]:
        """The inputs that are shown of the node at a place."""
        node, names = self._shown[place]
        return [InputKey(node.node_id, name) for name in names]

    def tall_inputs(self, place: int) -> list[tuple[int, InputKey]]:
        """The rows of a node's inputs whose height depends on what is in them."""
        node, names = self._shown[place]
        faulty = self._state.faults
        found = []
        for at, name in enumerate(names):
            # A number or a link is never higher than its field.
            may_be_tall = not isinstance(node.inputs.get(name), int | float | list)
            if not may_be_tall and not faulty:
                continue
            key = InputKey(node.node_id, name)
            if key in faulty or (may_be_tall and self.spec_of(key).kind in TALL_KINDS):
                found.append((at, key))
        return found

    def index_of(self, key: InputKey, column: Column = Column.VALUE) -> QModelIndex:
        """Where an input is shown; invalid when it is not."""
        place = self._places.get(key.node_id)
        if place is None or key.name not in self._shown[place][1]:
            return QModelIndex()
        return self.createIndex(self._shown[place][1].index(key.name), column, place + 1)

    def index_of_node(self, node_id: str) -> QModelIndex:
        place = self._places.get(node_id)
        return QModelIndex() if place is None else self.createIndex(place, 0, _NODE)

    def touch(self, key: InputKey) -> None:
        """Says that a row has to be measured and painted anew although its value is the same. For
        an input that the filter hides this is its node's header, which tells of its problems."""
        index = self.index_of(key, Column.NAME)
        header = self.index_of_node(key.node_id)
        if index.isValid():
            self.dataChanged.emit(index, index.siblingAtColumn(Column.RESET), [])
        elif header.isValid():
            self.dataChanged.emit(header, header, [])

    # QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if not parent.isValid():
            inside, count = _NODE, len(self._shown)
        elif parent.internalId() == _NODE:
            place = parent.row()
            inside, count = place + 1, len(self._shown[place][1])
        else:
            return QModelIndex()
        return self.createIndex(row, column, inside) if 0 <= row < count else QModelIndex()

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override] # two overloads
        if not index.isValid() or index.internalId() == _NODE:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _NODE)

    def rowCount(self, parent: Index = _ROOT) -> int:
        if not parent.isValid():
            return len(self._shown)
        if parent.internalId() != _NODE or parent.column() > 0:
            return 0
        return len(self._shown[parent.row()][1])

    def columnCount(self, parent: Index = _ROOT) -> int:
        return len(Column)

    def buddy(self, index: Index) -> QModelIndex:
        """Editing a row anywhere edits its value."""
        if index.isValid() and index.internalId() != _NODE:
            return self.createIndex(index.row(), Column.VALUE, index.internalId())
        return self.createIndex(index.row(), index.column(), _NODE)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.internalId() == _NODE:
            return _NODE_FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags
        if index.column() != Column.VALUE:
            return _INPUT_FLAGS
        key = self.key_at(index)
        is_editable = key is not None and self.spec_of(key).kind.editable
        return _EDITABLE_FLAGS if is_editable else _INPUT_FLAGS

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        if role not in (_ROLE.DisplayRole, _ROLE.AccessibleTextRole):
            return None
        node = self.node_row(index)
        if node is not None:
            if index.column() != Column.NAME:
                return ""
            spoken = role == _ROLE.AccessibleTextRole
            return texts.accessible_node_text(node) if spoken else node.title
        row = self.input_row(index)
        if row is None:
            return None
        if index.column() == Column.RESET:
            return _("Reset %s") % row.name if row.is_changed else ""
        if role == _ROLE.AccessibleTextRole:
            return texts.accessible_text(row)
        if index.column() == Column.NAME:
            return row.name
        return texts.value_text(row.value, row.spec)

    # Inside

    def _on_workbench_changed(self, state: BenchState) -> None:
        before, is_same = self._state, same_rows(self._state, state)
        changed = changed_keys(before, state) if is_same else set()
        moved = moved_nodes(before, state, changed) if is_same else ()
        if is_same and len(moved) <= _ONE_BY_ONE:
            self._state = state
            for key in changed:
                self._specs.pop(key, None)
            for node_id in moved:
                self._move_rows(node_id, before)
            if len(changed) > _ONE_BY_ONE:
                self.many_changed.emit(changed)
            else:
                for key in sorted(changed):
                    self.touch(key)
                    self.row_changed.emit(key)
        else:
            self._rebuild(state)
        self.draft_changed.emit()

    def _move_rows(self, node_id: str, before: BenchState) -> None:
        """Puts in and takes out the rows of a node's inputs that came and went."""
        for key in [key for key in self._specs if key.node_id == node_id]:
            del self._specs[key]
        self._figures.forget(node_id)
        place = self._places.get(node_id)
        if place is not None and before.draft is not None:
            node, shown = self._shown[place]
            was = live_names(node, before.draft, before.schema)
            # What a filter hides stays hidden; what comes is shown.
            wanted = [name for name in self.names_of(node) if name in shown or name not in was]
            for step in row_steps(shown, tuple(wanted)):
                self._take_step(place, step)
            for key in self.keys_of(place):
                self.touch(key)
        self.rows_changed.emit(node_id)

    def _take_step(self, place: int, step: RowStep) -> None:
        header = self.createIndex(place, 0, _NODE)
        if step.is_new:
            self.beginInsertRows(header, step.first, step.last)
        else:
            self.beginRemoveRows(header, step.first, step.last)
        self._shown[place] = (self._shown[place][0], step.names)
        if step.is_new:
            self.endInsertRows()
        else:
            self.endRemoveRows()

    def _rebuild(self, state: BenchState) -> None:
        self.about_to_rebuild.emit()
        self.beginResetModel()
        is_other, self._state = state is not self._state, state
        if is_other:
            self._specs = {}
            self._count_again()
        choice = self._choice()
        self._is_filtered = choice is not None
        self._shown = self._chosen(choice)
        self._places = {node.node_id: place for place, (node, _names) in enumerate(self._shown)}
        self.endResetModel()
        self.rebuilt.emit()

    def _chosen(self, choice: Choice | None) -> list[tuple[Node, tuple[str, ...]]]:
        if self._state.draft is None:
            return []
        nodes = self._state.draft.workflow.nodes.values()
        if choice is None:
            return [(node, self.names_of(node)) for node in nodes]
        return [(node, choice[node.node_id]) for node in nodes if node.node_id in choice]
