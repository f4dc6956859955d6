"""Older lists of inner widgets shown outside, with their values in the order of the list."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.convert import convert
from tests.support.editor_graphs import (
    CLASSES,
    INNER,
    OUTER,
    convert_graph,
    graph,
    inputs_of,
    node,
    slot,
    subgraph,
    subgraph_instance,
    warnings_of,
    wired_input,
    workflow,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionResult


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
    """Returns the result for a subgraph's node with two inputs, and a seed that a list may show."""
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
    # The second entry is a new input, which begins with the value inside.
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


def test_each_node_that_stands_for_it_has_its_own_value() -> None:
    found = inputs_of(workflow(subgraph_instance(2, [0.5]), subgraph_instance(4, [0.75], 51)))
    assert (found["2:10"]["by"], found["4:10"]["by"]) == (0.5, 0.75)


def test_a_link_from_outside_wins_over_the_value() -> None:
    outside = subgraph_instance(2, [0.5])
    assert isinstance(outside["inputs"], list)
    outside["inputs"].append(wired_input("FLOAT", "amount", 60, widget=True))
    ui = workflow(outside)
    assert isinstance(ui["nodes"], list)
    assert isinstance(ui["links"], list)
    ui["nodes"].append(node(5, "Number", [3]))
    ui["links"].append([60, 5, 0, 2, 1, "INT"])
    assert inputs_of(ui)["2:10"]["by"] == ["5", 0]


def test_values_that_were_put_aside_come_back() -> None:
    entry: JsonObject = {
        "originalEntry": ["-1", "amount"],
        "reason": "missingSourceNode",
        "hostValue": 0.6,
        "attemptedAtVersion": 1,
    }
    asides: list[Json] = [[entry], json.dumps([entry])]
    for aside in asides:
        instance = subgraph_instance(2, [0.1], properties={"proxyWidgetErrorQuarantine": aside})
        assert inputs_of(workflow(instance))["2:10"]["by"] == 0.6
    later: list[Json] = [{**entry, "attemptedAtVersion": 2}]
    instance = subgraph_instance(2, [0.1], properties={"proxyWidgetErrorQuarantine": later})
    assert inputs_of(workflow(instance))["2:10"]["by"] == 0.1


def test_null_outside_is_the_first_choice_and_else_stays_null() -> None:
    """Null is replaced only for a choice, as in the editor."""
    definition = subgraph(
        INNER,
        [
            node(
                10, "Load", ["b.safetensors"], inputs=[wired_input("COMBO", "name", 1, widget=True)]
            ),
            node(11, "Scale", [0.5], inputs=[wired_input("FLOAT", "by", 2, widget=True)]),
        ],
        [[1, -10, 0, 10, 0, "COMBO"], [2, -10, 1, 11, 0, "FLOAT"]],
        inputs=[slot("file", "COMBO", 1), slot("amount", "FLOAT", 2)],
    )
    ui = graph([node(2, INNER, [None, None])], [], definitions={"subgraphs": [definition]})
    found = inputs_of(ui)
    assert (found["2:10"]["name"], found["2:11"]["by"]) == ("a.safetensors", None)


def test_null_that_is_handed_on_is_no_value_at_all() -> None:
    inner = subgraph(
        INNER,
        [node(10, "Scale", [0.5], inputs=[wired_input("FLOAT", "by", 1, widget=True)])],
        [[1, -10, 0, 10, 0, "FLOAT"]],
        inputs=[slot("amount", "FLOAT", 1)],
    )
    outer = subgraph(
        OUTER,
        [node(20, INNER, [None], inputs=[wired_input("FLOAT", "amount", 1, widget=True)])],
        [[1, -10, 0, 20, 0, "FLOAT"]],
        inputs=[slot("much", "FLOAT", 1)],
    )
    ui = graph([node(2, OUTER)], [], definitions={"subgraphs": [inner, outer]})
    assert inputs_of(ui)["2:20:10"] == {}


def _with_foreign(values: list[Json]) -> ConversionResult:
    """Converts a subgraph whose first shown widget belongs to an unknown class."""
    definition = subgraph(
        INNER,
        [
            node(10, "Foreign", [1], inputs=[wired_input("INT", "odd", 1, widget=True)]),
            node(11, "Scale", [0.5], inputs=[wired_input("FLOAT", "by", 2, widget=True)]),
        ],
        [[1, -10, 0, 10, 0, "INT"], [2, -10, 1, 11, 0, "FLOAT"]],
        inputs=[slot("first", "INT", 1), slot("amount", "FLOAT", 2)],
    )
    return convert_graph(
        graph([node(2, INNER, values)], [], definitions={"subgraphs": [definition]})
    )


def test_values_stay_with_their_widgets_where_a_class_is_not_known() -> None:
    """The editor does not count the widget of that class: it would use 7 for the number."""
    found = _with_foreign([7, 0.75])
    assert found.workflow.nodes["2:10"].inputs["odd"] == 7
    assert found.workflow.nodes["2:11"].inputs["by"] == 0.75
    received = [each for each in found.report.remarks if each.node_id == "2:11"]
    assert len(received) == 1
    assert "another value for by" in received[0].text


def test_values_saved_without_those_of_a_class_that_was_not_known() -> None:
    found = _with_foreign([0.75])
    assert found.workflow.nodes["2:11"].inputs["by"] == 0.75
    assert [each.node_id for each in found.report.remarks] == ["2:10"]


def test_values_that_nobody_can_read_are_told_where_they_are() -> None:
    found = warnings_of(workflow(subgraph_instance(2, {"amount": 0.5})))
    assert found == ["Inner (2): Its saved values cannot be read."]
