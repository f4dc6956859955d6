"""Overrides: example values that fit, and the differences of a file from the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.overrides import (
    compare_workflows,
    example_values,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def graph(**nodes: dict[str, Json]) -> Workflow:
    raw: Json = {name[1:]: {"class_type": "A", "inputs": inputs} for name, inputs in nodes.items()}
    return workflow_from_json(raw)


def test_examples_are_taken_only_where_they_fit_and_differ() -> None:
    workflow = graph(n1={"seed": 1, "text": "a", "model": ["2", 0]}, n2={})
    overrides: Json = {
        "1": {"inputs": {"seed": 1.0, "text": "b", "model": "cut", "absent": 1}},
        "2": {"inputs": None},
        "3": {"inputs": {"seed": 1}},
        "4": "odd",
    }
    assert example_values(overrides, workflow) == {InputKey("1", "text"): "b"}
    wire: Json = {"1": {"inputs": {"text": ["2", 0]}}}
    assert example_values(wire, workflow) == {}
    odd_ones: list[Json] = [None, [], "x", {"1": {}}, {"1": []}]
    for odd in odd_ones:
        assert example_values(odd, workflow) == {}


def test_equal_workflows_do_not_differ() -> None:
    assert not compare_workflows(graph(n1={"seed": 1}), graph(n1={"seed": 1.0}))


def test_a_difference_tells_values_wires_strangers_and_gaps_apart() -> None:
    deployed = graph(
        n1={
            "seed": 1,
            "text": "a",
            "model": ["2", 0],
            "mask": 5,
            "image": "a.png",
            "only there": 2,
        },
        n2={"name": "m"},
        n5={},
    )
    raw: Json = {
        "1": {
            "class_type": "A",
            "inputs": {
                "seed": 2,
                "text": "a",
                "model": ["9", 0],
                "mask": ["9", 1],
                "image": "b.png",
                "only here": 1,
            },
        },
        "2": {"class_type": "B", "inputs": {"name": "other"}},
        "9": {"class_type": "A", "inputs": {"seed": 3}},
    }
    difference = compare_workflows(workflow_from_json(raw), deployed)
    assert difference.values == {InputKey("1", "seed"): 2, InputKey("1", "image"): "b.png"}
    names = ("model", "mask", "only here", "only there")
    assert difference.rewired == tuple(InputKey("1", name) for name in names)
    assert difference.unmatched == ("2", "9")
    assert difference.missing == ("5",)
    assert difference
