"""Links of the editor's format, resolved through reroutes, primitives and disabled nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.editor_graph import types_connect
from tests.support.editor_graphs import (
    graph,
    inputs_of,
    node,
    subgraph_instance,
    warnings_of,
    wired_input,
    workflow,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject


def chain(middle: JsonObject) -> JsonObject:
    """Returns a picture, the given node in the middle, and a node that saves the picture."""
    return graph(
        [
            node(1, "Picture", ["a.png", "image"]),
            {**middle, "id": 2, "outputs": [{"name": "out", "type": "IMAGE", "links": [2]}]},
            node(3, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 2)]),
        ],
        [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]],
    )


def test_a_reroute_is_only_a_wire() -> None:
    ui = chain(node(2, "Reroute", inputs=[wired_input("*", "", 1)]))
    assert inputs_of(ui) == {
        "1": {"image": "a.png"},
        "3": {"images": ["1", 0], "filename_prefix": "x"},
    }


def test_a_muted_node_takes_its_links_along() -> None:
    ui = chain(node(2, "Scale", [2.0], mode=2, inputs=[wired_input("IMAGE", "image", 1)]))
    assert inputs_of(ui)["3"] == {"filename_prefix": "x"}


def test_a_bypassed_node_passes_on_what_fits() -> None:
    ui = chain(node(2, "Scale", [2.0], mode=4, inputs=[wired_input("IMAGE", "image", 1)]))
    assert inputs_of(ui)["3"]["images"] == ["1", 0]


def test_a_bypassed_node_takes_the_first_input_of_the_same_type() -> None:
    inputs = [
        wired_input("MASK", "mask", 9),
        wired_input("IMAGE", "image", 1),
        wired_input("IMAGE", "other", None),
    ]
    ui = chain(node(2, "Mix", mode=4, inputs=list(inputs)))
    assert inputs_of(ui)["3"]["images"] == ["1", 0]


def test_a_bypassed_node_that_nothing_fits_ends_the_wire() -> None:
    ui = chain(node(2, "Load", ["a"], mode=4, inputs=[wired_input("MODEL", "model", 1)]))
    assert inputs_of(ui)["3"] == {"filename_prefix": "x"}


def test_a_primitive_gives_its_value_to_all_it_leads_to() -> None:
    steps = wired_input("INT", "steps", 1, widget=True)
    ui = graph(
        [
            node(9, "PrimitiveNode", [44, "fixed"], outputs=[{"type": "INT", "links": [1, 2]}]),
            node(1, "Sample", [7, "fixed", 30], inputs=[steps]),
            node(2, "Sample", [8, "fixed", 30], inputs=[{**steps, "link": 2}]),
        ],
        [[1, 9, 0, 1, 4, "INT"], [2, 9, 0, 2, 4, "INT"]],
    )
    found = inputs_of(ui)
    assert (found["1"]["steps"], found["2"]["steps"]) == (44, 44)
    assert "9" not in found


@pytest.mark.parametrize("kind", ["Number", "Foreign", "Reroute"])
def test_a_widget_keeps_its_own_value_where_a_muted_node_would_give_one(kind: str) -> None:
    muted = node(
        1,
        kind,
        [3],
        mode=2,
        inputs=[wired_input("*", "", None)],
        outputs=[{"name": "n", "type": "FLOAT", "links": [1]}],
    )
    scale = node(2, "Scale", [0.5], inputs=[wired_input("FLOAT", "by", 1, widget=True)])
    ui = graph([muted, scale], [[1, 1, 0, 2, 0, "FLOAT"]])
    assert inputs_of(ui) == {"2": {"by": 0.5}}
    assert warnings_of(ui) == []


def test_what_comes_out_of_a_muted_subgraph_is_not_sent() -> None:
    ui = workflow(subgraph_instance(2, [0.5], mode=2))
    assert inputs_of(ui) == {"1": {"image": "a.png"}, "3": {"filename_prefix": "x"}}


def test_a_mode_that_is_written_as_text_is_none() -> None:
    assert inputs_of(graph([node(1, "Number", [3], mode="4")], [])) == {"1": {"value": 3}}


def test_wires_without_a_beginning_are_told() -> None:
    ui = graph(
        [
            node(1, "Scale", [1], inputs=[wired_input("IMAGE", "image", 77)]),
            node(2, "Scale", [1], inputs=[wired_input("IMAGE", "image", 5)]),
        ],
        [[5, 99, 0, 2, 0, "IMAGE"]],
    )
    assert inputs_of(ui) == {"1": {"by": 1}, "2": {"by": 1}}
    assert len(warnings_of(ui)) == 2


def test_wires_in_a_circle_are_told() -> None:
    ui = graph(
        [
            node(1, "Reroute", inputs=[wired_input("*", "", 1)]),
            node(2, "Reroute", inputs=[wired_input("*", "", 2)]),
            node(3, "Scale", [1], inputs=[wired_input("IMAGE", "image", 3)]),
        ],
        [[1, 2, 0, 1, 0, "*"], [2, 1, 0, 2, 0, "*"], [3, 2, 0, 3, 0, "IMAGE"]],
    )
    assert inputs_of(ui) == {"3": {"by": 1}}
    assert warnings_of(ui) == ["Scale (3): The wire to image runs in a circle."]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("IMAGE", "IMAGE", True),
        ("IMAGE", "MASK", False),
        ("*", "MASK", True),
        ("IMAGE,MASK", "mask", True),
        ("", "MASK", True),
    ],
)
def test_types_that_can_be_joined(one: str, other: str, expected: bool) -> None:
    assert types_connect(one, other) is expected
