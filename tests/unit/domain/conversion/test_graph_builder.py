"""Subgraphs: their nodes are named by the way to them, and no file makes them endless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.editor_graphs import (
    INNER,
    OUTER,
    graph,
    inputs_of,
    node,
    scaling,
    slot,
    subgraph,
    subgraph_instance,
    warnings_of,
    wired_input,
    workflow,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def test_inner_nodes_are_named_by_the_way_to_them() -> None:
    found = inputs_of(workflow(subgraph_instance(2, [])))
    assert set(found) == {"1", "2:10", "3"}
    assert found["2:10"] == {"by": 0.25, "image": ["1", 0]}
    assert found["3"]["images"] == ["2:10", 0]


def test_subgraphs_in_subgraphs() -> None:
    outer = subgraph(
        OUTER,
        [
            node(
                20,
                INNER,
                [0.5],
                inputs=[
                    wired_input("IMAGE", "picture", 1),
                    wired_input("FLOAT", "amount", 2, widget=True),
                ],
            )
        ],
        [
            [1, -10, 0, 20, 0, "IMAGE"],
            [2, -10, 1, 20, 1, "FLOAT"],
            [3, 20, 0, -20, 0, "IMAGE"],
        ],
        inputs=[slot("picture", "IMAGE", 1), slot("how much", "FLOAT", 2)],
        outputs=[slot("scaled", "IMAGE", 3)],
    )
    instance = {**subgraph_instance(2, [0.9]), "type": OUTER}
    found = inputs_of(workflow(instance, definitions=[outer, scaling()]))
    assert found["2:20:10"] == {"by": 0.9, "image": ["1", 0]}
    assert found["3"]["images"] == ["2:20:10", 0]


@pytest.mark.parametrize("is_outer_first", [True, False])
def test_values_of_a_subgraph_that_is_used_twice_depend_on_the_order(is_outer_first: bool) -> None:
    """As in the editor, which then reads the definitions in the order of the file."""
    outer = subgraph(OUTER, [node(20, INNER, [0.5]), node(21, INNER, [0.75])], [])
    definitions: list[Json] = [outer, scaling()] if is_outer_first else [scaling(), outer]
    ui = graph([node(2, OUTER)], [], definitions={"subgraphs": definitions})
    found = inputs_of(ui)
    received = [line for line in warnings_of(ui) if "Its own values are not used" in line]
    if is_outer_first:
        assert (found["2:20:10"]["by"], found["2:21:10"]["by"]) == (0.25, 0.25)
        assert len(received) == 2
    else:
        assert (found["2:20:10"]["by"], found["2:21:10"]["by"]) == (0.5, 0.75)
        assert not received


def test_a_bypassed_subgraph_passes_on_and_its_nodes_are_gone() -> None:
    found = inputs_of(workflow(subgraph_instance(2, [], mode=4)))
    assert set(found) == {"1", "3"}
    assert found["3"]["images"] == ["1", 0]


@pytest.mark.parametrize("mode", [2, 4])
def test_a_subgraph_that_is_off_in_another_one_is_sent_as_the_editor_does_it(mode: int) -> None:
    outer = subgraph(OUTER, [node(20, INNER, [0.5], mode=mode)], [], inputs=[], outputs=[])
    instance = {**subgraph_instance(2, []), "type": OUTER}
    ui = workflow(instance, definitions=[outer, scaling()])
    assert inputs_of(ui)["2:20:10"] == {"by": 0.5}
    assert [line for line in warnings_of(ui) if "2:20" in line and "switched off" in line]


def test_inner_nodes_with_the_id_of_an_outer_one_get_another() -> None:
    definition = scaling()
    assert isinstance(definition["nodes"], list)
    assert isinstance(definition["nodes"][0], dict)
    definition["nodes"][0]["id"] = 3
    assert isinstance(definition["links"], list)
    for link in definition["links"]:
        assert isinstance(link, dict)
        for end in ("origin_id", "target_id"):
            link[end] = 3 if link[end] == 10 else link[end]
    ui = {**workflow(subgraph_instance(2, [0.5]), definitions=[definition]), "last_node_id": 40}
    assert inputs_of(ui)["2:41"] == {"by": 0.5, "image": ["1", 0]}


def test_a_subgraph_that_is_not_in_the_file_is_told() -> None:
    ui = workflow({**subgraph_instance(2, []), "type": OUTER})
    assert any("subgraph that is not in the file" in line for line in warnings_of(ui))


def test_a_subgraph_that_contains_itself_ends() -> None:
    definition = subgraph(INNER, [node(10, INNER), node(11, "Load", ["a"])], [])
    ui = graph([node(2, INNER)], [], definitions={"subgraphs": [definition]})
    assert set(inputs_of(ui)) == {"2:11"}
    assert any("contain" in line for line in warnings_of(ui))
