"""Finds the prompts of a workflow: the texts that say what a run should make, or avoid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.schema import input_spec
from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow

_POSITIVE, _NEGATIVE = "positive", "negative"
# Nodes that encode texts are named so in ComfyUI and in most packages of nodes.
_ENCODER = "textencode"


@dataclass(frozen=True, slots=True)
class PromptInputs:
    """Inputs of a workflow that contain prompts; `negative` ones say what to avoid."""

    positive: tuple[InputKey, ...] = ()
    negative: tuple[InputKey, ...] = ()


def find_prompt_inputs(workflow: Workflow, schema: NodeSchema | None) -> PromptInputs:
    """Returns the prompts of a workflow, those of text encoders first, otherwise in its order.

    A prompt is a multi-line text that is not linked. It is negative if its node leads to an input
    `negative`, and to no input `positive`, or says so in its title.
    """
    found = [
        (node, InputKey(node.node_id, name))
        for node in workflow.nodes.values()
        for name, value in node.inputs.items()
        if isinstance(value, str) and _is_prompt(node, name, schema)
    ]
    if not found:
        return PromptInputs()
    found.sort(key=lambda each: not _is_encoder(each[0]))
    avoided = _nodes_above(workflow, _NEGATIVE) - _nodes_above(workflow, _POSITIVE)
    negative = {
        key for node, key in found if node.node_id in avoided or _NEGATIVE in node.title.lower()
    }
    keys = [key for _node, key in found]
    return PromptInputs(
        tuple(key for key in keys if key not in negative),
        tuple(key for key in keys if key in negative),
    )


def _is_encoder(node: Node) -> bool:
    return _ENCODER in node.class_type.lower()


def _is_prompt(node: Node, name: str, schema: NodeSchema | None) -> bool:
    spec = input_spec(schema, node, name)
    if spec.kind is InputKind.TEXT:
        return True
    # Without a schema, a short text looks like any other string.
    return not spec.is_known and spec.kind is InputKind.STRING and _is_encoder(node)


def _nodes_above(workflow: Workflow, name: str) -> set[str]:
    """Returns the ids of the nodes whose output reaches an input called `name`.

    A node that passes on both prompts is left by the input of the same name only.
    """
    to_visit = [node_id for node in workflow.nodes.values() for node_id in _links(node, name)]
    found: set[str] = set()
    while to_visit:
        node_id = to_visit.pop()
        if node_id in found:
            continue
        found.add(node_id)
        node = workflow.node(node_id)
        passes_both = _POSITIVE in node.inputs and _NEGATIVE in node.inputs
        to_visit.extend(_links(node, name if passes_both else ""))
    return found


def _links(node: Node, name: str) -> Iterator[str]:
    """Yields the ids of the nodes that an input is linked to; those of all inputs for ""."""
    for each, value in node.inputs.items():
        link = link_of(value) if not name or each == name else None
        if link is not None:
            yield link.node_id
