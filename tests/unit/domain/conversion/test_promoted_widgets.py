"""What is entered on the node that stands for a subgraph goes to the inner nodes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.editor_graphs import (
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
    """As in the editor: only a choice takes another value in the place of null."""
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
    """A subgraph whose first shown widget belongs to a class that is not known."""
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
    """The editor counts them without that class's: it would take 7 for the number."""
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
