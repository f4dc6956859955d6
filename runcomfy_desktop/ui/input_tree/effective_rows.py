"""Computes a node's current rows, their statistics, and the differences between two states."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names, active_spec
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec, input_spec
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from runcomfy_desktop.core.editor.draft_editor import EditorState
    from runcomfy_desktop.domain.workflow.workflow import Node


def current_spec(key: InputKey, state: EditorState) -> InputSpec:
    """Returns the current spec of an input."""
    draft, schema = state.draft, state.schema
    assert draft is not None
    if key in draft.workflow and not has_controlling_inputs(state, key.node_id):
        spec = input_spec(schema, draft.workflow.nodes[key.node_id], key.name)
        if spec.kind is not InputKind.OTHER or key not in draft.changes:
            return spec
    return active_spec(key, draft, schema)


def has_controlling_inputs(state: EditorState, node_id: str) -> bool:
    """Reports whether a node has inputs whose values control its other inputs."""
    if state.draft is None or state.schema is None:
        return False
    node = state.draft.workflow.nodes.get(node_id)
    node_class = None if node is None else state.schema.node_class(node.class_type)
    return node_class is not None and bool(node_class.controlling_inputs)


def reshaped_nodes(
    before: EditorState, after: EditorState, changed: Iterable[InputKey]
) -> tuple[str, ...]:
    """Returns the nodes of `changed` inputs whose rows or editors differ between two states."""
    if before.draft is None or after.draft is None:
        return ()
    workflow = after.draft.workflow
    ids = {key.node_id: None for key in changed}
    added = {key.node_id for key in changed if key not in workflow}
    candidates = [
        workflow.nodes[each]
        for each in ids
        if each in workflow.nodes and (each in added or has_controlling_inputs(after, each))
    ]
    # One draft at a time: details are cached only for the draft used last.
    now = [active_names(node, after.draft, after.schema) for node in candidates]
    previous = [active_names(node, before.draft, before.schema) for node in candidates]
    rows = zip(candidates, now, previous, strict=True)
    return tuple(
        node.node_id
        for node, names, old in rows
        if names != old or not _same_specs(node.node_id, names, before, after)
    )


def _same_specs(
    node_id: str, names: tuple[str, ...], before: EditorState, after: EditorState
) -> bool:
    keys = [InputKey(node_id, name) for name in names]
    return all(current_spec(key, before) == current_spec(key, after) for key in keys)


class RowChange(NamedTuple):
    """Insertion or removal of the rows `first` to `last`; `names` are all rows after the change."""

    is_insertion: bool
    first: int
    last: int
    names: tuple[str, ...]


def row_changes(shown: tuple[str, ...], wanted: tuple[str, ...]) -> Iterator[RowChange]:
    """Yields the insertions and removals that turn one list of a node's rows into another.

    Rows that are in both lists keep their order.
    """
    names = shown
    for index in range(len(names) - 1, -1, -1):
        if names[index] not in wanted:
            names = (*names[:index], *names[index + 1 :])
            yield RowChange(is_insertion=False, first=index, last=index, names=names)
    for index, name in enumerate(wanted):
        if name not in names:
            names = (*names[:index], name, *names[index:])
            yield RowChange(is_insertion=True, first=index, last=index, names=names)


def depth_and_name(name: str, names: Collection[str]) -> tuple[int, str]:
    """Returns the nesting depth of an input and its name below its innermost parent.

    The depth is the number of the input's parents: `a` and `a.b`, if they exist, for `a.b.c`.
    """
    depth, begin = 0, 0
    index = name.find(".")
    while index >= 0:
        if name[:index] in names:
            depth, begin = depth + 1, index + 1
        index = name.find(".", index + 1)
    return depth, name[begin:] or name


def same_rows(before: EditorState, after: EditorState) -> bool:
    """Returns True if two states have the same rows with the same editors.

    Such states can differ only in the contents of the rows.
    """
    if before.draft is None or after.draft is None:
        return before.draft is after.draft
    return (
        before.draft.workflow is after.draft.workflow
        and before.draft.key == after.draft.key
        and before.schema is after.schema
    )


def changed_keys(before: EditorState, after: EditorState) -> set[InputKey]:
    """Returns the keys of the inputs whose rows look different in the two states."""
    if before.draft is None or after.draft is None:
        return set()
    pairs: list[tuple[Mapping[InputKey, object], Mapping[InputKey, object]]] = [
        (before.draft.changes, after.draft.changes),
        (before.draft.seed_modes, after.draft.seed_modes),
        (before.issues, after.issues),
        (
            dict.fromkeys(before.draft.dynamic_prompt_inputs),
            dict.fromkeys(after.draft.dynamic_prompt_inputs),
        ),
    ]
    missing = object()

    def differs(old: object, new: object) -> bool:
        # True equals 1 but is shown differently.
        return old != new or type(old) is not type(new)

    found: set[InputKey] = set()
    for old, new in pairs:
        if old is new:
            continue
        # Nearly all of up to twenty thousand values are identical objects.
        found |= {
            key
            for key, value in new.items()
            if (previous := old.get(key, missing)) is not value and differs(previous, value)
        }
        found |= old.keys() - new.keys()
    return found


class InputStats:
    """Counts the editable inputs of a workflow and finds the longest name.

    Computed on first use; a new object is created for another workflow or schema.
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        effective_names: Callable[[Node], tuple[str, ...]],
        spec_of: Callable[[InputKey], InputSpec],
    ) -> None:
        self._nodes = nodes
        self._effective_names = effective_names
        self._names: dict[str, tuple[str, ...]] = {}
        self._spec_of = spec_of
        self._editable_count: int | None = None
        self._editable_kinds: dict[tuple[str, str, type], bool] = {}
        self._longest_name: str | None = None

    def names_of(self, node: Node) -> tuple[str, ...]:
        """Returns the names of a node's inputs.

        The result is cached: the filter needs it for thousands of nodes at every keystroke.
        """
        names = self._names.get(node.node_id)
        if names is None:
            names = self._names[node.node_id] = self._effective_names(node)
        return names

    def invalidate(self, node_id: str) -> None:
        """Discards the cached names after a node's inputs have changed."""
        self._names.pop(node_id, None)
        self._editable_count = self._longest_name = None

    def editable_count(self) -> int:
        """Returns the number of editable inputs in the whole workflow."""
        if self._editable_count is None:
            self._editable_count = sum(map(self._count_editable, self._nodes))
        return self._editable_count

    def _count_editable(self, node: Node) -> int:
        """Counts a node's editable inputs.

        Node class, input name and type of value together decide whether an input is editable, so
        the decision is cached for each combination of them.
        """
        count = 0
        for name, value in node.inputs.items():
            kind = (node.class_type, name, value.__class__)
            is_editable = self._editable_kinds.get(kind)
            if is_editable is None:
                is_editable = self._spec_of(InputKey(node.node_id, name)).kind.is_editable
                self._editable_kinds[kind] = is_editable
            count += is_editable
        return count

    def longest_name(self) -> str:
        """Returns the longest input name, to make space for it.

        Inputs hidden by a filter count too, so that columns do not move during typing.
        """
        if self._longest_name is None:
            names = {name for node in self._nodes for name in self.names_of(node)}
            self._longest_name = one_line(max(names, key=len, default=""))
        return self._longest_name
