"""Which rows a node has as things stand, and how those that hang on another input are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.live import live_names, live_spec
from runcomfy_desktop.domain.schema import InputKind, InputSpec, input_spec
from runcomfy_desktop.domain.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from runcomfy_desktop.core.workbench import BenchState


def spec_now(key: InputKey, state: BenchState) -> InputSpec:
    """How an input is edited now."""
    draft, schema = state.draft, state.schema
    assert draft is not None
    if key in draft.workflow and not decides(state, key.node_id):
        spec = input_spec(schema, draft.workflow.nodes[key.node_id], key.name)
        if spec.kind is not InputKind.OTHER or key not in draft.changes:
            return spec
    return live_spec(key, draft, schema)


def decides(state: BenchState, node_id: str) -> bool:
    """Whether a node has inputs whose values decide about others of it."""
    if state.draft is None or state.schema is None:
        return False
    node = state.draft.workflow.nodes.get(node_id)
    told = None if node is None else state.schema.node_class(node.class_type)
    return told is not None and bool(told.deciders)


def moved_nodes(
    before: BenchState, after: BenchState, changed: Iterable[InputKey]
) -> tuple[str, ...]:
    """Those nodes of `changed` inputs which have other rows now, or other editors in them."""
    if before.draft is None or after.draft is None:
        return ()
    workflow = after.draft.workflow
    ids = {key.node_id: None for key in changed}
    added = {key.node_id for key in changed if key not in workflow}
    moving = [
        workflow.nodes[each]
        for each in ids
        if each in workflow.nodes and (each in added or decides(after, each))
    ]
    # All of one draft before all of the other: what is known of a draft is kept for the last one.
    now = [live_names(node, after.draft, after.schema) for node in moving]
    was = [live_names(node, before.draft, before.schema) for node in moving]
    rows = zip(moving, now, was, strict=True)
    return tuple(
        node.node_id
        for node, names, old in rows
        if names != old or not _same_specs(node.node_id, names, before, after)
    )


def _same_specs(
    node_id: str, names: tuple[str, ...], before: BenchState, after: BenchState
) -> bool:
    keys = [InputKey(node_id, name) for name in names]
    return all(spec_now(key, before) == spec_now(key, after) for key in keys)


class RowStep(NamedTuple):
    """Rows from `first` to `last` come or go, and `names` are there afterwards."""

    is_new: bool
    first: int
    last: int
    names: tuple[str, ...]


def row_steps(shown: tuple[str, ...], wanted: tuple[str, ...]) -> Iterator[RowStep]:
    """How the rows of a node become others; those which stay keep their order."""
    names = shown
    for at in range(len(names) - 1, -1, -1):
        if names[at] not in wanted:
            names = (*names[:at], *names[at + 1 :])
            yield RowStep(is_new=False, first=at, last=at, names=names)
    for at, name in enumerate(wanted):
        if name not in names:
            names = (*names[:at], name, *names[at:])
            yield RowStep(is_new=True, first=at, last=at, names=names)


def place_in_node(name: str, names: Collection[str]) -> tuple[int, str]:
    """How many inputs an input hangs on, and its name below the last of them."""
    depth, begin = 0, 0
    at = name.find(".")
    while at >= 0:
        if name[:at] in names:
            depth, begin = depth + 1, at + 1
        at = name.find(".", at + 1)
    return depth, name[begin:] or name
