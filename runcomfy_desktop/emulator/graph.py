"""The graph of an API-format workflow: its links, its order, and what ComfyUI would refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.emulator.values import check_value

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from runcomfy_desktop.emulator.schema import NodeClasses
    from runcomfy_desktop.emulator.wire import Json, JsonObject


class Link(NamedTuple):
    """One wire: from a slot of the node `source` into the input `name`."""

    name: str
    source: str
    slot: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a node cannot run, with ComfyUI's word for it."""

    node_id: str
    kind: str
    message: str


class CycleError(ValueError):
    """The graph bites its own tail."""


def node_of(workflow: JsonObject, node_id: str) -> JsonObject:
    node = workflow.get(node_id)
    return node if isinstance(node, dict) else {}


def class_of(node: JsonObject) -> str:
    return str(node.get("class_type", ""))


def inputs_of(node: JsonObject) -> JsonObject:
    inputs = node.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def links_of(node: JsonObject) -> Iterator[Link]:
    for name, value in inputs_of(node).items():
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):
            yield Link(name, str(value[0]), value[1])


def execution_order(workflow: JsonObject, roots: list[str]) -> list[str]:
    """The nodes that `roots` need, each after its own sources. Raises CycleError.

    Without recursion: a chain of thousands of nodes is legal.
    """
    order: list[str] = []
    done: set[str] = set()
    open_nodes: set[str] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node_id, sources_done = stack.pop()
        if sources_done:
            open_nodes.discard(node_id)
            done.add(node_id)
            order.append(node_id)
        elif node_id in open_nodes:
            raise CycleError(node_id)
        elif node_id not in done and node_id in workflow:
            open_nodes.add(node_id)
            stack.append((node_id, True))
            waiting = [link.source for link in links_of(node_of(workflow, node_id))]
            stack += [(source, False) for source in reversed(waiting) if source not in done]
    return order


def refusals(
    workflow: JsonObject, node_id: str, classes: NodeClasses, files: Container[str]
) -> list[Refusal]:
    """What is wrong with one node, as ComfyUI checks it before it runs anything.

    `files` are the names of what came with the request, besides the container's own files.
    """
    node = node_of(workflow, node_id)
    inputs = inputs_of(node)
    found: list[Refusal] = []
    for name, rule in classes.rules(class_of(node)).items():
        if name not in inputs:
            if rule.required:
                message = f"Required input is missing: {name}"
                found.append(Refusal(node_id, "required_input_missing", message))
            continue
        value = inputs[name]
        if isinstance(value, list):
            wrong = _bad_link(value, workflow, classes)
            if wrong:
                found.append(
                    Refusal(node_id, "bad_linked_input", f"Bad linked input, {name}: {wrong}")
                )
        elif rule.is_media:
            if value not in rule.choices and value not in files:
                message = f"{name} - Invalid image file: {value}"
                found.append(Refusal(node_id, "custom_validation_failed", message))
        elif (fault := check_value(value, rule)) is not None:
            found.append(Refusal(node_id, "value_not_in_list", f"{name}: {fault[0]}"))
    return found


def _bad_link(value: list[Json], workflow: JsonObject, classes: NodeClasses) -> str:
    if len(value) != 2 or not isinstance(value[1], int):
        return "must be a length-2 list of [node_id, slot_index]"
    source = str(value[0])
    if source not in workflow:
        return f"node {source} is not in the workflow"
    slots = classes.outputs(class_of(node_of(workflow, source)))
    return "" if 0 <= value[1] < len(slots) else f"node {source} has no output {value[1]}"
