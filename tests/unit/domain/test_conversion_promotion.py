"""What is entered on the node that stands for a subgraph goes to the inner nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.editor_graphs import inputs_of, node, standing, wired, workflow

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json


def test_each_node_that_stands_for_it_has_its_own_value() -> None:
    found = inputs_of(workflow(standing(2, [0.5]), standing(4, [0.75], 51)))
    assert (found["2:10"]["by"], found["4:10"]["by"]) == (0.5, 0.75)


def test_a_link_from_outside_wins_over_the_value() -> None:
    outside = standing(2, [0.5])
    assert isinstance(outside["inputs"], list)
    outside["inputs"].append(wired("FLOAT", "amount", 60, widget=True))
    ui = workflow(outside)
    assert isinstance(ui["nodes"], list)
    assert isinstance(ui["links"], list)
    ui["nodes"].append(node(5, "Number", [3]))
    ui["links"].append([60, 5, 0, 2, 1, "INT"])
    assert inputs_of(ui)["2:10"]["by"] == ["5", 0]


def test_values_that_were_put_aside_come_back() -> None:
    aside: list[Json] = [{"originalEntry": ["-1", "amount"], "hostValue": 0.6}]
    instance = standing(2, [], properties={"proxyWidgetErrorQuarantine": aside})
    assert inputs_of(workflow(instance))["2:10"]["by"] == 0.6
