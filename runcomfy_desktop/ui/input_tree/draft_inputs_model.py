"""What is shown of the draft's inputs and nodes, wherever in a view they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, NodeLink, link_of
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.input_tree import texts
from runcomfy_desktop.ui.input_tree.draft_edit_model import DraftEditModel
from runcomfy_desktop.ui.input_tree.effective_rows import depth_and_name
from runcomfy_desktop.ui.input_tree.input_row import InputRow
from runcomfy_desktop.ui.input_tree.input_stats import InputStats

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from PySide6.QtCore import QObject

    from runcomfy_desktop.domain.schema.schema import InputSpec


class DraftInputsModel(DraftEditModel):
    """Tells it of each input by its key, of each node as it is asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stats = InputStats((), self._effective_names, self.spec_of)
        self.pinned: Container[InputKey] = frozenset()
        """The inputs that stand among the pins as well."""

    def input_row_of(self, key: InputKey) -> InputRow:
        draft = self._state.draft
        assert draft is not None
        original_value, spec = draft.workflow.value(key), self.spec_of(key)
        link = link_of(original_value)
        depth, name = self._depth_and_name(key)
        return InputRow(
            key,
            spec,
            draft.value(key),
            original_value,
            key in draft.changes,
            self._state.issues.get(key),
            draft.seed_modes.get(key, SeedMode.KEEP),
            "" if link is None else self._title_of_id(link.node_id),
            one_line(spec.label) or one_line(name),
            depth,
            is_pinned=key in self.pinned,
            expands=key in draft.dynamic_prompt_inputs,
        )

    def node_spec_of(self, key: InputKey) -> InputSpec:
        """How an input is edited at its node."""
        return DraftEditModel.spec_of(self, key)

    def name_of(self, key: InputKey) -> str:
        """What an input is called on screen."""
        return one_line(self.spec_of(key).label) or one_line(self._depth_and_name(key)[1])

    def boolean_text(self, key: InputKey, value: bool) -> str:
        """What a switch says when it is on or off, "" for an input that is none."""
        spec = self.spec_of(key)
        return texts.boolean_text(value, spec) if spec.kind is InputKind.BOOLEAN else ""

    def _depth_and_name(self, key: InputKey) -> tuple[int, str]:
        if "." not in key.name or self._state.draft is None:
            return 0, key.name
        node = self._state.draft.workflow.nodes[key.node_id]
        return depth_and_name(key.name, self.names_of(node))

    def source_link_of(self, key: InputKey) -> NodeLink | None:
        """Where an input's value comes from, None when it is a value of its own."""
        draft = self._state.draft
        return None if draft is None else link_of(draft.workflow.value(key))

    @property
    def stats(self) -> InputStats:
        """What is counted of the whole workflow."""
        return self._stats

    def longest_name(self) -> str:
        """What the column of names has to have room for."""
        return self._stats.longest_name()

    def title_of(self, node: Node) -> str:
        """The person's title, else the class's display name, else the class."""
        schema = self._state.schema
        label = "" if schema is None else schema.display_name(node.class_type)
        return one_line(node.title) or one_line(label) or one_line(node.class_type)

    def names_of(self, node: Node) -> tuple[str, ...]:
        """The inputs of a node, in the order in which they are shown."""
        return self._stats.names_of(node)

    def _effective_names(self, node: Node) -> tuple[str, ...]:
        draft = self._state.draft
        return () if draft is None else active_names(node, draft, self._state.schema)

    def media_keys(self, node: Node) -> list[InputKey]:
        """The picture inputs of a node."""
        keys = [InputKey(node.node_id, name) for name in self._effective_names(node)]
        return [key for key in keys if self.spec_of(key).kind.is_media]

    def keys_of_node(self, node: Node) -> Iterator[InputKey]:
        """The inputs below a node's header, shown or not."""
        return (InputKey(node.node_id, name) for name in self.names_of(node))

    def _reset_stats(self) -> None:
        """The workflow is another one, or its classes are known now."""
        draft = self._state.draft
        nodes = () if draft is None else draft.workflow.nodes.values()
        self._stats = InputStats(nodes, self._effective_names, self.spec_of)

    def _title_of_id(self, node_id: str) -> str:
        draft = self._state.draft
        node = None if draft is None else draft.workflow.nodes.get(node_id)
        return f"#{one_line(node_id)}" if node is None else self.title_of(node)
