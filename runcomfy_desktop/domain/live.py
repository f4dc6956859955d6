"""Which inputs a node has as things stand: the choice of a dynamic input decides about others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow import InputKey, Workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import Node


def live_names(node: Node, draft: Draft, schema: Schema | None) -> tuple[str, ...]:
    """The names of a node's inputs in the order they are shown: the saved ones, without those of
    options that are not chosen any more, with those of options that are chosen now."""
    added = [
        key.name
        for key in draft.changes
        if key.node_id == node.node_id and key.name not in node.inputs
    ]
    return (*node.inputs, *added)


def needs_inline(draft: Draft, schema: Schema | None) -> bool:
    """Whether overrides cannot say what was changed: they neither add inputs nor take any away."""
    touched = {key.node_id for key in draft.changes}
    nodes = draft.workflow.nodes
    return any(
        live_names(nodes[node_id], draft, schema) != tuple(nodes[node_id].inputs)
        for node_id in touched
        if node_id in nodes
    )


def effective_workflow(draft: Draft, schema: Schema | None) -> Workflow:
    """The workflow with exactly the inputs that are live; their values are the saved ones, and
    None for an input that only the changes have a value for."""
    nodes = {}
    for node in draft.workflow.nodes.values():
        names = live_names(node, draft, schema)
        if names != tuple(node.inputs):
            inputs = {name: draft.workflow.value(InputKey(node.node_id, name)) for name in names}
            node = replace(node, inputs=inputs)
        nodes[node.node_id] = node
    return Workflow(nodes)
