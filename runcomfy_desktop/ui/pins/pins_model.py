"""Item model of the draft's essentials: one header with the pins in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex

from runcomfy_desktop.core.editor.pin_sets import owner_of
from runcomfy_desktop.domain.drafts.pin import Pin, narrowed_spec
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree.effective_rows import changed_keys, reshaped_nodes, same_rows
from runcomfy_desktop.ui.input_tree.inputs_model import Index, InputsModel
from runcomfy_desktop.ui.input_tree.rows.input_row import InputColumn, InputRow, NodeRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from PySide6.QtCore import QObject

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.core.editor.pins import PinsState
    from runcomfy_desktop.domain.schema.schema import InputSpec
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.inputs_model import VisibleInputs

PINNED_SECTION = Node("", "", "", {})
"""Stands for the whole section in place of a node."""


class PinsModel(InputsModel):
    """Item model of the essentials set by `show_pins`.

    An input has its pin's label and limits, or the name of an essential, in this model only; in its
    node it is unchanged.
    """

    def __init__(
        self, scope: SessionScope, draft_editor: DraftEditor, parent: QObject | None = None
    ) -> None:
        # Set before the base class builds the rows from them.
        self._pins: dict[InputKey, Pin] = {}
        self._names: Mapping[InputKey, str] = {}
        self._equal_seeds: Mapping[InputKey, tuple[InputKey, ...]] = {}
        self._owner = ""
        # Number of pins without an input in the current workflow.
        self._unmatched_count = 0
        self._keys: tuple[InputKey, ...] = ()
        super().__init__(scope, draft_editor, parent)

    def show_pins(self, state: PinsState) -> None:
        before, owner = self._pins, self._owner
        names, equal_seeds = self._names, self._equal_seeds
        self._pins, self._owner = {pin.key: pin for pin in state.pins}, state.owner
        self._names, self._equal_seeds = state.names, state.equal_seeds
        is_same_count, self._unmatched_count = (
            self._unmatched_count == len(state.unmatched),
            len(state.unmatched),
        )
        is_same = all(pin == self._pins.get(key, pin) for key, pin in before.items())
        if is_same and owner == self._owner:
            self._set_visible_keys(self._keys_to_show(self._filter_function()))
            for key in self._keys:
                texts_before = (names.get(key), equal_seeds.get(key))
                if texts_before != (self._names.get(key), self._equal_seeds.get(key)):
                    self.refresh_row(key)
        else:
            self._rebuild(self._state)
        if not is_same_count and self._keys:
            self._emit_header_changed()

    def refilter(self) -> None:
        visible = self._filter_function()
        self._is_filtered = visible is not None
        self._set_visible_keys(self._keys_to_show(visible))

    def pin_of(self, key: InputKey) -> Pin | None:
        return self._pins.get(key)

    @property
    def pinned_keys(self) -> tuple[InputKey, ...]:
        """Keys of all pinned inputs whose nodes exist, shown or not."""
        nodes = {} if self._state.draft is None else self._state.draft.workflow.nodes
        return tuple(key for key in self._pins if key.node_id in nodes)

    @property
    def keys(self) -> tuple[InputKey, ...]:
        """Keys of the visible inputs, in order."""
        return self._keys

    # Contents

    def spec_of(self, key: InputKey) -> InputSpec:
        return narrowed_spec(super().spec_of(key), self._pins.get(key))

    def node_name_of(self, key: InputKey) -> str:
        """Returns the name of an input in its node."""
        return super().name_of(key)

    def name_of(self, key: InputKey) -> str:
        pin = self._pins.get(key)
        label = one_line(pin.label if pin is not None else "")
        return label or self._names.get(key) or super().name_of(key)

    def input_row_of(self, key: InputKey) -> InputRow:
        row, pin, draft = super().input_row_of(key), self._pins.get(key), self._state.draft
        assert draft is not None
        node = draft.workflow.nodes[key.node_id]
        hint = "" if pin is None else one_line(pin.hint)
        name = self.name_of(key)
        title, others = self._title_below(name, node), len(self._equal_seeds.get(key, ()))
        if others:
            title = n_("%s and %d more", "%s and %d more", others) % (title, others)
        return replace(row, name=name, depth=0, hint=hint, node_title=title)

    def _title_below(self, name: str, node: Node) -> str:
        """Returns the title of a node, or its class if the input's name is that title."""
        title = self.title_of(node)
        if name != title:
            return title
        schema = self._state.schema
        label = "" if schema is None else one_line(schema.display_name(node.class_type))
        return label or one_line(node.class_type)

    def keys_edited_with(self, key: InputKey) -> Collection[InputKey]:
        """Returns the inputs edited together with `key`, including equal seeds elsewhere."""
        keys = super().keys_edited_with(key)
        return [*keys, *(seed for each in keys for seed in self._equal_seeds.get(each, ()))]

    def longest_name(self) -> str:
        rows = map(self.input_row_of, self._keys)
        return max(
            (text for row in rows for text in (row.name, row.node_title)), key=len, default=""
        )

    def node_row_at(self, index: Index) -> NodeRow | None:
        if not index.isValid() or index.parent().isValid():
            return None
        count = len(self._keys)
        text = n_("%d input", "%d inputs", count) % count
        if self._unmatched_count:
            text = _("%s, %d more not here") % (text, self._unmatched_count)
        return NodeRow("", _("Essentials"), text)

    def key_at(self, index: Index) -> InputKey | None:
        is_input = index.isValid() and index.parent().isValid()
        return self._keys[index.row()] if is_input else None

    def node_at(self, index: Index) -> Node | None:
        """Returns the node of a pinned input; `PINNED_SECTION` for the header."""
        key, draft = self.key_at(index), self._state.draft
        if key is None or draft is None:
            return PINNED_SECTION if index.isValid() else None
        return draft.workflow.nodes.get(key.node_id)

    def issue_at(self, header_row: int) -> InputIssue | None:
        return None

    def keys_at(self, header_row: int) -> list[InputKey]:
        return list(self._keys)

    def keys_of_node(self, node: Node) -> Iterator[InputKey]:
        return iter(self._pins if node is PINNED_SECTION else ())

    def tall_inputs_at(self, header_row: int) -> list[tuple[int, InputKey]]:
        return list(enumerate(self._keys))

    def media_keys(self, node: Node) -> list[InputKey]:
        """Returns only visible media inputs, so that dropped files go where the user sees them."""
        return [key for key in super().media_keys(node) if key in self._keys]

    def index_of(self, key: InputKey, column: InputColumn = InputColumn.VALUE) -> QModelIndex:
        if key not in self._keys:
            return QModelIndex()
        return self.index(self._keys.index(key), column, self.index(0, 0))

    # Private

    def _on_draft_editor_changed(self, state: EditorState) -> None:
        before, is_same = self._state, same_rows(self._state, state)
        if is_same:
            changed = changed_keys(before, state)
            reshaped = reshaped_nodes(before, state, changed)
            self._state = state
            # The kinds of inputs that depend on a choice may have changed.
            affected = [key for key in self._pins if key in changed or key.node_id in reshaped]
            for key in affected:
                self._specs.pop(key, None)
            for key in affected:
                self.refresh_row(key)
                self.row_changed.emit(key)
            if any(key.node_id in reshaped for key in affected):
                self.node_rows_changed.emit(PINNED_SECTION.node_id)
        else:
            self._rebuild(state)
        self.draft_changed.emit()

    def _set_visible_keys(self, wanted: tuple[InputKey, ...]) -> None:
        """Sets the visible inputs.

        Rows are inserted and removed one by one: the change may come from a choice being edited in
        one of the rows, and its editor must stay open.
        """
        stay = [key for key in self._keys if key in wanted]
        if wanted == self._keys:
            return
        if not stay or stay != [key for key in wanted if key in self._keys]:
            self._rebuild(self._state)
            return
        header = self.index(0, 0)
        for row in range(len(self._keys) - 1, -1, -1):
            if self._keys[row] not in wanted:
                self.beginRemoveRows(header, row, row)
                self._set_keys((*self._keys[:row], *self._keys[row + 1 :]))
                self.endRemoveRows()
        for row, key in enumerate(wanted):
            if key not in self._keys:
                self.beginInsertRows(header, row, row)
                self._set_keys((*self._keys[:row], key, *self._keys[row:]))
                self.endInsertRows()
        self._emit_header_changed()

    def _emit_header_changed(self) -> None:
        """Refreshes the header after its counts have changed."""
        header = self.index(0, 0)
        self.dataChanged.emit(header, header, [])
        self.node_rows_changed.emit(PINNED_SECTION.node_id)

    def _set_keys(self, keys: tuple[InputKey, ...]) -> None:
        self._keys = keys
        # Only the number of names matters, and whether they are equal.
        self._visible_rows = [(PINNED_SECTION, tuple(map("\0".join, keys)))] if keys else []

    def _keys_to_show(self, visible: VisibleInputs | None) -> tuple[InputKey, ...]:
        draft = self._state.draft
        if draft is None or owner_of(draft) != self._owner:
            return ()
        nodes = draft.workflow.nodes
        return tuple(
            key
            for key in self._pins
            if key.node_id in nodes
            and (visible is None or key.name in visible.get(key.node_id, ()))
        )

    def _choose_rows(self, visible: VisibleInputs | None) -> list[tuple[Node, tuple[str, ...]]]:
        self._set_keys(self._keys_to_show(visible))
        return self._visible_rows
