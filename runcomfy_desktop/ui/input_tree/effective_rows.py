"""Which rows a node has as things stand, and how those that hang on another input are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.drafts.dynamic_inputs import active_names, active_spec
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec, input_spec
from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from runcomfy_desktop.core.drafts.draft_editor import EditorState


def current_spec(key: InputKey, state: EditorState) -> InputSpec:
    """How an input is edited now."""
    draft, schema = state.draft, state.schema
    assert draft is not None
    if key in draft.workflow and not has_controlling_inputs(state, key.node_id):
        spec = input_spec(schema, draft.workflow.nodes[key.node_id], key.name)
        if spec.kind is not InputKind.OTHER or key not in draft.changes:
            return spec
    return active_spec(key, draft, schema)


def has_controlling_inputs(state: EditorState, node_id: str) -> bool:
    """Whether a node has inputs whose values decide about others of it."""
    if state.draft is None or state.schema is None:
        return False
    node = state.draft.workflow.nodes.get(node_id)
    node_class = None if node is None else state.schema.node_class(node.class_type)
    return node_class is not None and bool(node_class.controlling_inputs)


def reshaped_nodes(
    before: EditorState, after: EditorState, changed: Iterable[InputKey]
) -> tuple[str, ...]:
    """Those nodes of `changed` inputs which have other rows now, or other editors in them."""
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
    # All of one draft before all of the other: what is known of a draft is kept for the last one.
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
    """Rows from `first` to `last` come or go, and `names` are there afterwards."""

    is_insertion: bool
    first: int
    last: int
    names: tuple[str, ...]


def row_changes(shown: tuple[str, ...], wanted: tuple[str, ...]) -> Iterator[RowChange]:
    """How the rows of a node become others; those which stay keep their order."""
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
    """How many inputs an input hangs on, and its name below the last of them."""
    depth, begin = 0, 0
    index = name.find(".")
    while index >= 0:
        if name[:index] in names:
            depth, begin = depth + 1, index + 1
        index = name.find(".", index + 1)
    return depth, name[begin:] or name
