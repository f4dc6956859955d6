"""Graph of an API-format workflow: its links and its order of execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.emulator.http_messages import JsonObject


class PromptLink(NamedTuple):
    """Link from a slot of the node `source` to the input `name`."""

    name: str
    source: str
    slot: int


class CycleError(ValueError):
    """Raised if the graph has a cycle."""


def node_of(workflow: JsonObject, node_id: str) -> JsonObject:
    node = workflow.get(node_id)
    return node if isinstance(node, dict) else {}


def class_of(node: JsonObject) -> str:
    return str(node.get("class_type", ""))


def inputs_of(node: JsonObject) -> JsonObject:
    inputs = node.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def links_of(node: JsonObject) -> Iterator[PromptLink]:
    for name, value in inputs_of(node).items():
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):
            yield PromptLink(name, str(value[0]), value[1])


def execution_order(workflow: JsonObject, roots: list[str]) -> list[str]:
    """Returns the nodes that `roots` need, each after its own sources. Raises CycleError.

    Uses no recursion, because a chain of thousands of nodes is valid.
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
