"""Links and order of a workflow's graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.emulator import graph, samples
from runcomfy_desktop.emulator.schema import NodeClasses

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.wire import JsonObject

CLASSES = NodeClasses(samples.read_object_info())


def chain(length: int) -> JsonObject:
    nodes: JsonObject = {"0": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}}}
    for index in range(1, length):
        source: Any = [str(index - 1), 0]
        nodes[str(index)] = {"class_type": "ImageInvert", "inputs": {"image": source}}
    return nodes


def test_sources_come_before_what_needs_them() -> None:
    workflow = samples.read_workflow("flux-kontext")
    order = graph.execution_order(workflow, ["136"])
    assert set(order) == set(workflow)
    for node_id in order:
        for link in graph.links_of(graph.node_of(workflow, node_id)):
            assert order.index(link.source) < order.index(node_id)


def test_only_what_is_needed_is_in_the_order() -> None:
    workflow = samples.read_workflow("two-photos")
    assert graph.execution_order(workflow, ["181"]) == ["180", "181"]


def test_a_chain_of_thousands_of_nodes_is_no_trouble() -> None:
    assert len(graph.execution_order(chain(5_000), ["4999"])) == 5_000


def test_a_circle_is_found() -> None:
    workflow = chain(3)
    workflow["0"] = {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}}
    with pytest.raises(graph.CycleError):
        graph.execution_order(workflow, ["2"])
