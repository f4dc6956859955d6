"""The draft in view as an item model: nodes with their inputs as children.

There is no object per row: rows are looked up in the draft on demand. Only the nodes and inputs
chosen by the filter are rows (see `set_filter_function`): applying a filter costs one reset, and no
row has to be hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    Qt,
    Signal,
)

from runcomfy_desktop.core.editor.draft_editor import DraftTarget, EditorState
from runcomfy_desktop.domain.base.json_value import same_json
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names, with_dependent_changes
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, NodeLink, link_of
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.effective_rows import (
    InputStats,
    RowChange,
    changed_keys,
    current_spec,
    depth_and_name,
    reshaped_nodes,
    row_changes,
    same_rows,
)
from runcomfy_desktop.ui.input_tree.folded_links import FoldedLinks
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.input_row import Index, InputColumn, InputRow, NodeRow

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft, Value
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.ui.base.session_scope import SessionScope

__all__ = ["Index", "InputColumn", "InputRow", "InputsModel", "NodeRow", "VisibleInputs"]

VisibleInputs: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""Names of the inputs to show, by node id; nodes missing from the mapping are not shown."""

_ROOT = QModelIndex()
_ItemDataRole = Qt.ItemDataRole
# Computed once: a layout needs the flags of every row, and combining enums takes time.
_NODE_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_INPUT_FLAGS = _NODE_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
_EDITABLE_FLAGS = _INPUT_FLAGS | Qt.ItemFlag.ItemIsEditable
# A row of any other kind without an issue is as high as its field.
_TALL_FIELD_KINDS = (InputKind.TEXT, InputKind.CURVE, InputKind.BOX, InputKind.RANGE)
TALL_KINDS = (*_TALL_FIELD_KINDS, *(kind for kind in InputKind if kind.is_media))
# Above this number all changes are reported at once: one row takes a fifth of a millisecond.
_MAX_SINGLE_CHANGES = 100
# Internal id of a node's index. An input's index has the row of its node plus one.
_HEADER_ID = 0


class InputsModel(QAbstractItemModel):
    """Item model of the draft in view.

    `about_to_rebuild` precedes every reset, `rebuilt` follows it. `row_changed` follows every
    change to one input; for very many changes, `many_rows_changed` is emitted once with all of them
    instead. `draft_changed` follows each state that the draft editor publishes. When a choice adds
    or removes inputs of a node, rows are inserted and removed, then `node_rows_changed` is emitted.
    `edited_together` carries the inputs set to one value, and the merge key of their undo step.
    """

    about_to_rebuild = Signal()
    rebuilt = Signal()
    row_changed = Signal(object)
    many_rows_changed = Signal(object)
    node_rows_changed = Signal(str)
    draft_changed = Signal()
    edited_together = Signal(object, object)

    def __init__(
        self, scope: SessionScope, draft_editor: DraftEditor, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._draft_editor = draft_editor
        self._state = EditorState()
        self._specs: dict[InputKey, InputSpec] = {}
        self._stats = InputStats((), self._effective_names, self.spec_of)
        self._filter_function: Callable[[], VisibleInputs | None] = lambda: None
        self._is_filtered = False
        self._visible_rows: list[tuple[Node, tuple[str, ...]]] = []
        self._header_rows: dict[str, int] = {}
        self.folded_links = FoldedLinks(self)
        self.selected_keys: frozenset[InputKey] = frozenset()
        """Inputs selected in the view of this model; RowSelection manages them."""
        scope.subscribe(draft_editor.changed, self._on_draft_editor_changed)
        self._rebuild(draft_editor.state)

    # Draft editor

    @property
    def state(self) -> EditorState:
        return self._state

    @property
    def draft(self) -> Draft | None:
        return self._state.draft

    def draft_target(self) -> DraftTarget:
        """Returns the draft in view as the target of a slow operation."""
        return DraftTarget(self._draft_editor)

    # Inputs and nodes

    def spec_of(self, key: InputKey) -> InputSpec:
        spec = self._specs.get(key)
        if spec is None:
            spec = self._specs[key] = current_spec(key, self._state)
        return spec

    def node_spec_of(self, key: InputKey) -> InputSpec:
        """Returns the spec of an input in its own node, even if the model shows essentials."""
        return InputsModel.spec_of(self, key)

    def input_row_of(self, key: InputKey) -> InputRow:
        draft = self._state.draft
        assert draft is not None
        original_value, spec = draft.workflow.value(key), self.spec_of(key)
        link, folded_links = link_of(original_value), self.folded_links.links_of(key)
        depth, name = self._depth_and_name(key)
        name = one_line(spec.label) or one_line(name)
        if folded_links:
            name = n_("%d link", "%d links", len(folded_links)) % len(folded_links)
        return InputRow(
            key,
            spec,
            draft.value(key),
            original_value,
            key in draft.changes,
            self._state.issues.get(key),
            draft.seed_modes.get(key, SeedMode.KEEP),
            "" if link is None else self._title_of_id(link.node_id),
            name,
            depth,
            expands=key in draft.dynamic_prompt_inputs,
            folded_links=tuple(map(self._name_and_source, folded_links)),
        )

    def _name_and_source(self, key: InputKey) -> tuple[str, str]:
        link = self.source_link_of(key)
        return self.name_of(key), "" if link is None else self._title_of_id(link.node_id)

    def name_of(self, key: InputKey) -> str:
        """Returns the name shown for an input."""
        return one_line(self.spec_of(key).label) or one_line(self._depth_and_name(key)[1])

    def boolean_text(self, key: InputKey, value: bool) -> str:
        """Returns the label of a switch for one of its states; "" for an input of another kind."""
        spec = self.spec_of(key)
        return texts.boolean_text(value, spec) if spec.kind is InputKind.BOOLEAN else ""

    def source_link_of(self, key: InputKey) -> NodeLink | None:
        """Returns the link that an input's value comes from; None if there is none."""
        draft = self._state.draft
        return None if draft is None else link_of(draft.workflow.value(key))

    @property
    def stats(self) -> InputStats:
        """Statistics of the whole workflow."""
        return self._stats

    def longest_name(self) -> str:
        """Returns the longest input name, for which the names column needs space."""
        return self._stats.longest_name()

    def title_of(self, node: Node) -> str:
        """Returns the user's title for a node, else its class's display name or name."""
        schema = self._state.schema
        label = "" if schema is None else schema.display_name(node.class_type)
        return one_line(node.title) or one_line(label) or one_line(node.class_type)

    def names_of(self, node: Node) -> tuple[str, ...]:
        """Returns the names of a node's inputs, in display order."""
        return self._stats.names_of(node)

    def media_keys(self, node: Node) -> list[InputKey]:
        """Returns the keys of a node's media inputs."""
        keys = [InputKey(node.node_id, name) for name in self._effective_names(node)]
        return [key for key in keys if self.spec_of(key).kind.is_media]

    def keys_of_node(self, node: Node) -> Iterator[InputKey]:
        """Returns the keys of a node's inputs, shown or not."""
        return (InputKey(node.node_id, name) for name in self.names_of(node))

    def example_of(self, key: InputKey) -> str:
        """Returns an example of the text that a run would send; "" if the input has an issue."""
        draft = self._state.draft
        if draft is None or key in self._state.issues:
            return ""
        value = self._draft_editor.expand_prompts(draft).value(key)
        return value if isinstance(value, str) else ""

    def _depth_and_name(self, key: InputKey) -> tuple[int, str]:
        if "." not in key.name or self._state.draft is None:
            return 0, key.name
        node = self._state.draft.workflow.nodes[key.node_id]
        return depth_and_name(key.name, self.names_of(node))

    def _effective_names(self, node: Node) -> tuple[str, ...]:
        draft = self._state.draft
        return () if draft is None else active_names(node, draft, self._state.schema)

    def _title_of_id(self, node_id: str) -> str:
        draft = self._state.draft
        node = None if draft is None else draft.workflow.nodes.get(node_id)
        return f"#{one_line(node_id)}" if node is None else self.title_of(node)

    # Editing

    def keys_edited_with(self, key: InputKey) -> Collection[InputKey]:
        """Returns the inputs edited together with `key`: the selection, if it contains the key."""
        return self.selected_keys if key in self.selected_keys else (key,)

    def same_kind_keys(self, key: InputKey) -> list[InputKey]:
        """Returns the key of an input, then those of inputs of its kind selected with it."""
        kind = self.spec_of(key).kind
        others = (each for each in self.keys_edited_with(key) if each != key)
        return [key, *(each for each in others if self.spec_of(each).kind is kind)]

    def edit(self, key: InputKey, value: Value, label: str, *, merge: object = None) -> None:
        """Changes an input as one undo step.

        The inputs of `same_kind_keys` that can hold the value are changed too.
        """
        first, *others = self.same_kind_keys(key)
        keys = [first, *(each for each in others if _can_hold(self.spec_of(each), value))]
        self.set_values(keys, value, label, merge=merge)

    def set_values(
        self, keys: Sequence[InputKey], value: Value, label: str, *, merge: object = None
    ) -> None:
        """Sets several inputs to one value as one undo step."""
        if len(keys) > 1:
            label = _("%s, %d inputs together") % (label, len(keys))
        self.edit_all(dict.fromkeys(keys, value), label, merge=merge)
        if len(keys) > 1:
            self.edited_together.emit(keys, merge)

    def edit_all(self, values: Changes, label: str, *, merge: object = None) -> None:
        """Changes several inputs as one undo step, with the inputs that depend on them."""
        draft = self._state.draft
        if draft is not None:
            all_values = with_dependent_changes(values, draft, self._state.schema)
            self._draft_editor.edit(all_values, label, merge_key=merge)

    def keys_to_reset(self, key: InputKey) -> list[InputKey]:
        """Returns the changed inputs among an input and those selected with it."""
        draft = self._state.draft
        return (
            []
            if draft is None
            else [key for key in self.keys_edited_with(key) if key in draft.changes]
        )

    def reset_input(self, key: InputKey) -> None:
        """Resets an input and all inputs, of any kind, that are selected with it."""
        keys = self.keys_to_reset(key)
        label = _("Reset %s") % self.name_of((keys or [key])[0])
        if len(keys) > 1:
            label = n_("Reset %d input", "Reset %d inputs", len(keys)) % len(keys)
        self.reset_inputs(keys, label)

    def reset_inputs(self, keys: Iterable[InputKey], label: str) -> None:
        """Resets inputs to the workflow's own values as one undo step."""
        draft = self._state.draft
        if draft is not None:
            self.edit_all({key: draft.workflow.value(key) for key in keys}, label)

    def set_seed_mode(self, key: InputKey, mode: SeedMode) -> None:
        """Sets the seed mode of a seed and of the seeds selected with it."""
        seeds = [each for each in self.keys_edited_with(key) if self.spec_of(each).is_seed]
        self._draft_editor.set_seed_mode(key, mode, *seeds)

    def set_expands(self, key: InputKey, *, on: bool) -> None:
        """Sets whether words of an input's text, as in `{a|b}`, are chosen for each run."""
        self._draft_editor.commit_requested.publish(None)
        self._draft_editor.set_expands(key, on=on)

    # Visible rows

    @property
    def is_filtered(self) -> bool:
        """True if a filter is active."""
        return self._is_filtered

    def set_filter_function(self, filter_function: Callable[[], VisibleInputs | None]) -> None:
        """Sets the function that chooses the visible inputs of each node.

        The function returns None to show everything.
        """
        self._filter_function = filter_function
        self.refilter()

    def refilter(self) -> None:
        """Applies the filter function; does nothing if the visible rows stay the same."""
        if self._choose_rows(self._filter_function()) != self._visible_rows:
            self._rebuild(self._state)

    def node_row_at(self, index: Index) -> NodeRow | None:
        """Returns the contents of a header; None for an input's index."""
        if not index.isValid() or index.internalId() != _HEADER_ID:
            return None
        node = self._visible_rows[index.row()][0]
        issue, class_labels = (
            self.issue_at(index.row()),
            texts.node_class_labels(node, self._state.schema),
        )
        node_id, title = one_line(node.node_id), self.title_of(node)
        return NodeRow(node_id, title, one_line(node.class_type), issue, class_labels)

    def input_row_at(self, index: Index) -> InputRow | None:
        """Returns the contents of an input's row; None for a node's index."""
        key = self.key_at(index)
        return None if key is None else self.input_row_of(key)

    def key_at(self, index: Index) -> InputKey | None:
        if not index.isValid() or index.internalId() == _HEADER_ID:
            return None
        node, names = self._visible_rows[index.internalId() - 1]
        return InputKey(node.node_id, names[index.row()])

    def node_at(self, index: Index) -> Node | None:
        """Returns the node that a header or an input belongs to."""
        if not index.isValid():
            return None
        internal_id = index.internalId()
        return self._visible_rows[index.row() if internal_id == _HEADER_ID else internal_id - 1][0]

    def node_id_at(self, header_row: int) -> str:
        return self._visible_rows[header_row][0].node_id

    def issue_at(self, header_row: int) -> InputIssue | None:
        """Returns the issue of the whole node at a header row.

        If the node has an input named "", the issue belongs to that input.
        """
        node = self._visible_rows[header_row][0]
        issue = self._state.issues.get(InputKey(node.node_id, ""))
        return None if issue is None or "" in node.inputs else issue

    def names_at(self, header_row: int) -> tuple[str, ...]:
        """Returns the names of a node's visible inputs."""
        return self._visible_rows[header_row][1]

    def keys_at(self, header_row: int) -> list[InputKey]:
        """Returns the keys of a node's visible inputs."""
        node, names = self._visible_rows[header_row]
        return [InputKey(node.node_id, name) for name in names]

    def tall_inputs_at(self, header_row: int) -> list[tuple[int, InputKey]]:
        """Returns row and key of each input of a node whose height depends on its content."""
        node, names = self._visible_rows[header_row]
        issues = self._state.issues
        found = []
        for row, name in enumerate(names):
            # A number or a link is never taller than its field.
            may_be_tall = not isinstance(node.inputs.get(name), int | float | list)
            if not may_be_tall and not issues:
                continue
            key = InputKey(node.node_id, name)
            if key in issues or (may_be_tall and self.spec_of(key).kind in TALL_KINDS):
                found.append((row, key))
        return found

    def index_of(self, key: InputKey, column: InputColumn = InputColumn.VALUE) -> QModelIndex:
        """Returns the index of an input, or of the row that stands for a folded link.

        The index is invalid if the input is not shown.
        """
        header_row = self._header_rows.get(key.node_id)
        if header_row is None:
            return QModelIndex()
        shown = self._visible_rows[header_row][1]
        name = key.name if key.name in shown else self.folded_links.row_key(key).name
        if name not in shown:
            return QModelIndex()
        return self.createIndex(shown.index(name), column, header_row + 1)

    def index_of_node(self, node_id: str) -> QModelIndex:
        header_row = self._header_rows.get(node_id)
        return QModelIndex() if header_row is None else self.createIndex(header_row, 0, _HEADER_ID)

    def refresh_row(self, key: InputKey) -> None:
        """Requests a new measurement and repaint of a row, even if its value is unchanged.

        If a filter hides the input, its node's header is refreshed, which shows its problems.
        """
        index = self.index_of(key, InputColumn.NAME)
        header = self.index_of_node(key.node_id)
        if index.isValid():
            self.dataChanged.emit(index, index.siblingAtColumn(InputColumn.RESET), [])
        elif header.isValid():
            self.dataChanged.emit(header, header, [])

    # QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if not parent.isValid():
            internal_id, count = _HEADER_ID, len(self._visible_rows)
        elif parent.internalId() == _HEADER_ID:
            header_row = parent.row()
            internal_id, count = header_row + 1, len(self._visible_rows[header_row][1])
        else:
            return QModelIndex()
        return self.createIndex(row, column, internal_id) if 0 <= row < count else QModelIndex()

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override] # two overloads
        if not index.isValid() or index.internalId() == _HEADER_ID:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _HEADER_ID)

    def rowCount(self, parent: Index = _ROOT) -> int:
        if not parent.isValid():
            return len(self._visible_rows)
        if parent.internalId() != _HEADER_ID or parent.column() > 0:
            return 0
        return len(self._visible_rows[parent.row()][1])

    def columnCount(self, parent: Index = _ROOT) -> int:
        return len(InputColumn)

    def buddy(self, index: Index) -> QModelIndex:
        """Makes editing in any column edit the value."""
        if index.isValid() and index.internalId() != _HEADER_ID:
            return self.createIndex(index.row(), InputColumn.VALUE, index.internalId())
        return self.createIndex(index.row(), index.column(), _HEADER_ID)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.internalId() == _HEADER_ID:
            return _NODE_FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags
        if index.column() != InputColumn.VALUE:
            return _INPUT_FLAGS
        key = self.key_at(index)
        is_editable = key is not None and self.spec_of(key).kind.is_editable
        return _EDITABLE_FLAGS if is_editable else _INPUT_FLAGS

    def data(self, index: Index, role: int = _ItemDataRole.DisplayRole) -> object:
        if role not in (_ItemDataRole.DisplayRole, _ItemDataRole.AccessibleTextRole):
            return None
        node = self.node_row_at(index)
        if node is not None:
            if index.column() != InputColumn.NAME:
                return ""
            is_accessible_text = role == _ItemDataRole.AccessibleTextRole
            return texts.accessible_node_text(node) if is_accessible_text else node.title
        row = self.input_row_at(index)
        if row is None:
            return None
        if index.column() == InputColumn.RESET:
            return _("Reset %s") % row.name if row.is_changed else ""
        if role == _ItemDataRole.AccessibleTextRole:
            return texts.accessible_text(row)
        if index.column() == InputColumn.NAME:
            return row.name
        return texts.value_text(row.value, row.spec)

    # Private

    def _on_draft_editor_changed(self, state: EditorState) -> None:
        before, is_same = self._state, same_rows(self._state, state)
        changed = changed_keys(before, state) if is_same else set()
        reshaped = reshaped_nodes(before, state, changed) if is_same else ()
        if is_same and len(reshaped) <= _MAX_SINGLE_CHANGES:
            self._state = state
            for key in changed:
                self._specs.pop(key, None)
            self.folded_links.unfold_changed(changed)
            for node_id in reshaped:
                self._update_node_rows(node_id, before)
            if len(changed) > _MAX_SINGLE_CHANGES:
                self.many_rows_changed.emit(changed)
            else:
                for key in sorted(changed):
                    self.refresh_row(key)
                    self.row_changed.emit(key)
        else:
            self._rebuild(state)
        self.draft_changed.emit()

    def _update_node_rows(self, node_id: str, before: EditorState) -> None:
        """Inserts and removes rows for the inputs that a node has gained and lost."""
        for key in [key for key in self._specs if key.node_id == node_id]:
            del self._specs[key]
        self._stats.invalidate(node_id)
        header_row = self._header_rows.get(node_id)
        if header_row is not None and before.draft is not None:
            node, shown = self._visible_rows[header_row]
            previous = active_names(node, before.draft, before.schema)
            # Inputs hidden by the filter stay hidden; new ones are shown.
            wanted = [name for name in self.names_of(node) if name in shown or name not in previous]
            self.show_names(header_row, tuple(wanted))
        else:
            self.node_rows_changed.emit(node_id)

    def show_names(self, header_row: int, names: tuple[str, ...]) -> None:
        """Inserts and removes rows of a node until these inputs are shown."""
        for change in row_changes(self.names_at(header_row), names):
            self._apply_row_change(header_row, change)
        for key in self.keys_at(header_row):
            self.refresh_row(key)
        self.node_rows_changed.emit(self.node_id_at(header_row))

    def _apply_row_change(self, header_row: int, change: RowChange) -> None:
        header = self.createIndex(header_row, 0, _HEADER_ID)
        if change.is_insertion:
            self.beginInsertRows(header, change.first, change.last)
        else:
            self.beginRemoveRows(header, change.first, change.last)
        self._visible_rows[header_row] = (self._visible_rows[header_row][0], change.names)
        if change.is_insertion:
            self.endInsertRows()
        else:
            self.endRemoveRows()

    def _rebuild(self, state: EditorState) -> None:
        self.about_to_rebuild.emit()
        self.beginResetModel()
        is_other, before, self._state = state is not self._state, self._state, state
        if before.draft is None or state.draft is None or before.draft.key != state.draft.key:
            self.folded_links.reset()
        if is_other:
            self._specs = {}
            self._reset_stats()
        visible = self._filter_function()
        self._is_filtered = visible is not None
        self._visible_rows = self._choose_rows(visible)
        self._header_rows = {
            node.node_id: header_row for header_row, (node, _names) in enumerate(self._visible_rows)
        }
        self.endResetModel()
        self.rebuilt.emit()

    def _reset_stats(self) -> None:
        """Discards the statistics of the previous workflow or schema."""
        draft = self._state.draft
        nodes = () if draft is None else draft.workflow.nodes.values()
        self._stats = InputStats(nodes, self._effective_names, self.spec_of)

    def _choose_rows(self, visible: VisibleInputs | None) -> list[tuple[Node, tuple[str, ...]]]:
        if self._state.draft is None:
            return []
        nodes = self._state.draft.workflow.nodes.values()
        if visible is None:
            return [(node, self.folded_links.shown_names(node)) for node in nodes]
        return [(node, visible[node.node_id]) for node in nodes if node.node_id in visible]


def _can_hold(spec: InputSpec, value: Value) -> bool:
    if spec.kind is not InputKind.COMBO:
        return True
    return not isinstance(value, MediaFile) and any(same_json(value, each) for each in spec.choices)
