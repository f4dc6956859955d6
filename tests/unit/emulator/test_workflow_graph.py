"""Links in a workflow's graph, and its order of execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.emulator import sample_workflows, workflow_graph
from runcomfy_desktop.emulator.node_classes import NodeClasses

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import JsonObject

CLASSES = NodeClasses(sample_workflows.read_object_info())


def chain(length: int) -> JsonObject:
    nodes: JsonObject = {"0": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}}}
    for index in range(1, length):
        source: Any = [str(index - 1), 0]
        nodes[str(index)] = {"class_type": "ImageInvert", "inputs": {"image": source}}
    return nodes


def test_sources_come_before_what_needs_them() -> None:
    workflow = sample_workflows.read_workflow("flux-kontext")
    order = workflow_graph.execution_order(workflow, ["136"])
    assert set(order) == set(workflow)
    for node_id in order:
        for link in workflow_graph.links_of(workflow_graph.node_of(workflow, node_id)):
            assert order.index(link.source) < order.index(node_id)


def test_only_what_is_needed_is_in_the_order() -> None:
    workflow = sample_workflows.read_workflow("two-photos")
    assert workflow_graph.execution_order(workflow, ["181"]) == ["180", "181"]


def test_a_chain_of_thousands_of_nodes_is_no_trouble() -> None:
    assert len(workflow_graph.execution_order(chain(5_000), ["4999"])) == 5_000


def test_a_circle_is_found() -> None:
    workflow = chain(3)
    workflow["0"] = {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}}
    with pytest.raises(workflow_graph.CycleError):
        workflow_graph.execution_order(workflow, ["2"])
