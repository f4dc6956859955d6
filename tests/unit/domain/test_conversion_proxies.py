"""The older list of inner widgets that are shown outside, with their values in its order."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.convert import convert
from tests.support.editor_graphs import (
    CLASSES,
    INNER,
    graph,
    inputs_of,
    node,
    slot,
    subgraph,
    wired,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json


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


def test_a_primitive_inside_that_is_shown_outside_is_set_there() -> None:
    definition = subgraph(
        INNER,
        [
            node(9, "PrimitiveNode", [30, "fixed"], outputs=[{"name": "INT", "type": "INT"}]),
            node(10, "Sample", [7, "fixed", 30], inputs=[wired("INT", "steps", 1, widget=True)]),
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
            node(10, "Sample", [7, "fixed", 30], inputs=[wired("INT", "steps", 1, widget=True)]),
        ],
        [[1, 9, 0, 10, 0, "INT"]],
    )
    classes = copy.deepcopy(CLASSES)
    classes["Sample"]["input"]["required"]["steps"][1]["step"] = step  # type: ignore[index, call-overload]
    assert convert(ui, classes).workflow.nodes["10"].inputs["steps"] == large
