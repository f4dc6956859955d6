"""The older list of inner widgets that are shown outside, with their values in its order."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.convert import convert
from tests.support.editor_graphs import (
    CLASSES,
    INNER,
    convert_graph,
    graph,
    inputs_of,
    node,
    slot,
    subgraph,
    wired_input,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def test_the_older_list_of_shown_widgets_gives_values_in_its_order() -> None:
    definition = subgraph(
        INNER,
        [node(10, "Sample", [7, "fixed", 30, "heun", 4.0])],
        [],
        inputs=[],
        outputs=[slot("out", "IMAGE")],
    )
    shown: list[Json] = [
        ["10", "steps"],
        ["10", "10: cfg"],
        ["10", "control_after_generate"],
        ["99", "x"],
    ]
    first = node(2, INNER, [55, 1.5], properties={"proxyWidgets": shown})
    second = node(4, INNER, None)
    ui = graph([first, second], [], definitions={"subgraphs": [definition]})
    found = inputs_of(ui)
    assert (found["2:10"]["steps"], found["2:10"]["cfg"], found["2:10"]["seed"]) == (55, 1.5, 7)
    assert (found["4:10"]["steps"], found["4:10"]["cfg"]) == (30, 4.0)


def _loading(listed: Json, values: Json) -> dict[str, dict[str, Json]]:
    """A node for a subgraph with two inputs of its own, and a seed that the list may show."""
    definition = subgraph(
        INNER,
        [
            node(
                10, "Load", ["b.safetensors"], inputs=[wired_input("COMBO", "name", 1, widget=True)]
            ),
            node(11, "Text", ["inner"], inputs=[wired_input("STRING", "text", 2, widget=True)]),
            node(12, "Sample", [7, "fixed"]),
        ],
        [[1, -10, 0, 10, 0, "COMBO"], [2, -10, 1, 11, 0, "STRING"]],
        inputs=[slot("file", "COMBO", 1), slot("words", "STRING", 2)],
        outputs=[],
    )
    host = node(2, INNER, values, properties={"proxyWidgets": listed})
    return inputs_of(graph([host], [], definitions={"subgraphs": [definition]}))


@pytest.mark.parametrize(
    ("listed", "values", "expected"),
    [
        ([["-1", "file"], ["-1", "words"]], ["f", "w"], ("f", "w", 7)),
        ([["-1", "words"], ["-1", "file"]], ["w", "f"], ("f", "w", 7)),
        ([["12", "seed"], ["-1", "words"], ["-1", "file"]], [5, "w", "f"], ("f", "w", 5)),
        ([["-1", "words"], ["12", "seed"], ["-1", "file"]], ["w", 5, "f"], ("f", "w", 5)),
        ([["-1", "words"], ["-1", "nothing"]], ["w", "x"], ("w", "w", 7)),
        ([["12", "seed"], ["-1", "file"]], [None, "f"], ("f", "f", 7)),
        (json.dumps([["-1", "words"], ["-1", "file"]]), ["w", "f"], ("f", "w", 7)),
    ],
)
def test_values_of_inputs_of_its_own_stand_in_the_order_of_the_list(
    listed: Json, values: Json, expected: tuple[Json, ...]
) -> None:
    found = _loading(listed, values)
    got = (found["2:10"]["name"], found["2:11"]["text"], found["2:12"]["seed"])
    assert got == expected


def test_a_primitive_whose_inputs_cannot_share_a_value_gives_none_any_more() -> None:
    definition = subgraph(
        INNER,
        [
            node(
                9, "PrimitiveNode", [30], outputs=[{"name": "INT", "type": "INT", "links": [1, 2]}]
            ),
            node(
                10, "Sample", [7, "fixed", 20], inputs=[wired_input("INT", "steps", 1, widget=True)]
            ),
            node(11, "Number", [5], inputs=[wired_input("INT", "value", 2, widget=True)]),
        ],
        [[1, 9, 0, 10, 3, "INT"], [2, 9, 0, 11, 0, "INT"]],
        inputs=[],
        outputs=[],
    )
    host = node(2, INNER, [99], properties={"proxyWidgets": [["9", "value"]]})
    found = convert_graph(graph([host], [], definitions={"subgraphs": [definition]}))
    nodes = found.workflow.nodes
    assert (nodes["2:10"].inputs["steps"], nodes["2:11"].inputs["value"]) == (20, 5)
    assert {each.node_id for each in found.report.remarks} == {"2:10", "2:11"}


def test_a_list_with_one_wrong_entry_is_no_list() -> None:
    found = _loading([["12", "seed"], [11, "text"]], ["f", "w"])
    assert (found["2:10"]["name"], found["2:12"]["seed"]) == ("f", 7)


def test_a_widget_that_is_listed_twice_has_the_last_value() -> None:
    assert _loading([["12", "seed"], ["12", "seed"]], [5, 6])["2:12"]["seed"] == 6
    # The second one is a new input, which begins with the value inside.
    assert _loading([["12", "seed"], ["12", "seed"]], [5, None])["2:12"]["seed"] == 7


def test_a_primitive_inside_that_is_shown_outside_is_set_there() -> None:
    definition = subgraph(
        INNER,
        [
            node(
                9,
                "PrimitiveNode",
                [30, "fixed"],
                outputs=[{"name": "INT", "type": "INT", "links": [1]}],
            ),
            node(
                10, "Sample", [7, "fixed", 30], inputs=[wired_input("INT", "steps", 1, widget=True)]
            ),
        ],
        [[1, 9, 0, 10, 3, "INT"]],
        inputs=[],
        outputs=[],
    )
    shown: list[Json] = [["9", "value"]]
    ui = graph(
        [node(2, INNER, [99], properties={"proxyWidgets": shown})],
        [],
        definitions={"subgraphs": [definition]},
    )
    assert inputs_of(ui)["2:10"]["steps"] == 99


@pytest.mark.parametrize("step", [1, 2])
def test_a_primitive_may_have_a_number_that_no_float_holds(step: int) -> None:
    large = 10**400
    outputs: list[Json] = [{"name": "INT", "type": "INT", "links": [1]}]
    ui = graph(
        [
            node(9, "PrimitiveNode", [large, "fixed"], outputs=outputs),
            node(
                10, "Sample", [7, "fixed", 30], inputs=[wired_input("INT", "steps", 1, widget=True)]
            ),
        ],
        [[1, 9, 0, 10, 0, "INT"]],
    )
    classes = copy.deepcopy(CLASSES)
    classes["Sample"]["input"]["required"]["steps"][1]["step"] = step  # type: ignore[index, call-overload]
    assert convert(ui, classes).workflow.nodes["10"].inputs["steps"] == large
