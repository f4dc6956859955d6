"""Which rows a node has as things stand, and how those that hang on another input are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import same_value
from runcomfy_desktop.domain.live import choice_changes, live_names, live_spec
from runcomfy_desktop.domain.schema import InputSpec, input_spec
from runcomfy_desktop.domain.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.draft import Changes, Draft, Value


def spec_now(key: InputKey, state: BenchState) -> InputSpec:
    """How an input is edited now."""
    draft, schema = state.draft, state.schema
    assert draft is not None
    node = draft.workflow.nodes[key.node_id]
    if key in draft.workflow and key not in draft.changes and not decides(state, key.node_id):
        return input_spec(schema, node, key.name)
    return live_spec(key, draft, schema)


def decides(state: BenchState, node_id: str) -> bool:
    """Whether a node has inputs whose values decide about others of it."""
    if state.draft is None or state.schema is None:
        return False
    told = state.schema.node_class(state.draft.workflow.nodes[node_id].class_type)
    return told is not None and bool(told.deciders)


def same_live_rows(before: BenchState, after: BenchState, changed: Iterable[InputKey]) -> bool:
    """Whether the nodes of `changed` inputs have the same rows with the same editors in both."""
    if before.draft is None or after.draft is None:
        return before.draft is after.draft
    nodes = after.draft.workflow.nodes
    for node_id in {key.node_id for key in changed if key.node_id in nodes}:
        node = nodes[node_id]
        names = live_names(node, after.draft, after.schema)
        if names != live_names(node, before.draft, before.schema):
            return False
        if decides(after, node_id):
            keys = [InputKey(node_id, name) for name in names]
            if any(spec_now(key, before) != spec_now(key, after) for key in keys):
                return False
    return True


def with_followers(values: Changes, state: BenchState) -> Changes:
    """`values` with all that follows where one of them is a choice that decides about others."""
    draft = state.draft
    if draft is None:
        return values
    whole: dict[InputKey, Value] = dict(values)
    for key, value in values.items():
        if key.node_id not in draft.workflow.nodes or not spec_now(key, state).is_dynamic:
            continue
        if not same_value(value, draft.workflow.value(key)):
            followers = choice_changes(key, value, draft, state.schema)
        elif key in draft.changes:
            # With the workflow's own choice come the workflow's own values.
            followers = {each: draft.workflow.value(each) for each in _below(key, draft)}
        else:
            continue
        for child, new in followers.items():
            whole.setdefault(child, new)
    return whole


def _below(key: InputKey, draft: Draft) -> list[InputKey]:
    """The changed inputs that hang on an input."""
    return [
        each
        for each in draft.changes
        if each.node_id == key.node_id and each.name.startswith(f"{key.name}.")
    ]


def place_in_node(name: str, names: Collection[str]) -> tuple[int, str]:
    """How many inputs an input hangs on, and its name below the last of them."""
    depth, begin = 0, 0
    at = name.find(".")
    while at >= 0:
        if name[:at] in names:
            depth, begin = depth + 1, at + 1
        at = name.find(".", at + 1)
    return depth, name[begin:] or name
