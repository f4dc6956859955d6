"""A primitive node gives its value to its linked inputs, as if it were entered there.

The expected values come from ComfyUI's own frontend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.class_defs import input_def
from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.conversion.primitive_nodes import clamp, coerce_number, merge_options
from tests.support.editor_graphs import CLASSES, INNER, graph, node, slot, subgraph, wired_input

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

SCALE: JsonObject = {"default": 1.0, "min": 0.01, "max": 8.0, "step": 0.01}
CFG: JsonObject = {"default": 8.0, "min": 0.0, "max": 100.0, "step": 0.1, "round": 0.01}
GUIDANCE: JsonObject = {"default": 3.5, "min": 0.0, "max": 100.0, "step": 0.1}
STEPS: JsonObject = {"default": 20, "min": 1, "max": 10000}
WIDTH: JsonObject = {"default": 512, "min": 16, "max": 16384, "step": 8}
BATCH: JsonObject = {"default": 1, "min": 1, "max": 4096}


def primitive(values: Json, kind: str, *links: int) -> JsonObject:
    outputs: list[Json] = [{"name": kind, "type": kind, "links": list(links)}]
    return node(1, "PrimitiveNode", values, outputs=outputs)


def given(kind: str, options: JsonObject, value: Json, other: JsonObject | None = None) -> Json:
    """Returns the value at an input with these options, linked to a primitive with this value."""
    definition: JsonObject = {"input": {"required": {"x": [kind, options]}}, "output": []}
    classes: JsonObject = {"Goal": definition}
    classes["Other"] = {"input": {"required": {"x": [kind, other or options]}}, "output": []}
    nodes = [
        primitive([value, "fixed"], kind, 1, 2),
        node(2, "Goal", inputs=[wired_input(kind, "x", 1, widget=True)]),
    ]
    links: list[list[Json]] = [[1, 1, 0, 2, 0, kind]]
    if other is not None:
        nodes.append(node(3, "Other", inputs=[wired_input(kind, "x", 2, widget=True)]))
        links.append([2, 1, 0, 3, 0, kind])
    found = convert(graph(nodes, links), classes).workflow.nodes
    return found["2"].inputs["x"]


@pytest.mark.parametrize(
    ("kind", "options", "value", "expected"),
    [
        ("FLOAT", SCALE, 1.23456789, 1.23),
        ("FLOAT", SCALE, -3, 0.01),
        ("FLOAT", SCALE, 1e9, 8),
        ("FLOAT", SCALE, None, 0.01),
        ("FLOAT", SCALE, "1.5", 1.5),
        ("FLOAT", SCALE, True, 1),
        ("FLOAT", CFG, 7.777777, 7.8),
        ("FLOAT", CFG, 101.5, 100),
        ("FLOAT", CFG, -1, 0),
        ("FLOAT", GUIDANCE, 3.55, 3.5),
        ("FLOAT", {"min": 0, "max": 10, "step": 1}, 3.25, 3.25),
        ("INT", STEPS, 20.6, 21),
        ("INT", STEPS, 2.5, 3),
        ("INT", STEPS, 0, 1),
        ("INT", STEPS, 10**9, 10000),
        ("INT", STEPS, None, 1),
        ("INT", STEPS, "7", 7),
        ("INT", STEPS, "many", None),
        ("INT", WIDTH, 513, 512),
        ("INT", WIDTH, 516, 520),
        ("INT", WIDTH, 5, 16),
        ("INT", WIDTH, 999999, 16384),
        ("INT", BATCH, 0, 1),
        ("INT", BATCH, 5000, 4096),
        ("BOOLEAN", {}, 0, 0),
        ("STRING", {}, 5, 5),
    ],
)
def test_a_number_is_entered_as_in_the_editor(
    kind: str, options: JsonObject, value: Json, expected: Json
) -> None:
    assert given(kind, options, value) == expected


def test_an_integer_keeps_all_its_digits() -> None:
    """The editor has floats only; here a seed keeps the exact value from the file."""
    assert given("INT", {"min": 0, "max": 2**64 - 1}, 2**64 - 1) == 2**64 - 1


def test_a_value_for_several_inputs_keeps_to_the_limits_of_all() -> None:
    assert given("INT", {"min": 1, "max": 100}, 80, {"min": 1, "max": 50}) == 50
    assert (
        given("INT", {"min": 0, "max": 100, "step": 4}, 9, {"min": 0, "max": 100, "step": 6}) == 12
    )


def test_a_primitive_without_a_value_enters_the_one_of_its_first_input() -> None:
    definition: JsonObject = {"input": {"required": {"x": ["FLOAT", CFG]}}, "output": []}
    nodes = [
        primitive([], "FLOAT", 1),
        node(2, "Goal", [7.777], inputs=[wired_input("FLOAT", "x", 1, widget=True)]),
    ]
    found = convert(graph(nodes, [[1, 1, 0, 2, 0, "FLOAT"]]), {"Goal": definition})
    assert found.workflow.nodes["2"].inputs["x"] == 7.8


def _sent(nodes: list[JsonObject], links: list[list[Json]]) -> dict[str, dict[str, Json]]:
    limits: JsonObject = {"min": -1e9, "max": 1e9}
    classes: JsonObject = {
        **CLASSES,
        "Goal": {"input": {"required": {"x": ["INT", STEPS]}}, "output": []},
        "Any": {"input": {"required": {"x": ["*", {}]}}, "output": []},
        "PrimitiveFloat": {"input": {"required": {"value": ["FLOAT", limits]}}, "output": []},
        "PrimitiveInt": {"input": {"required": {"value": ["INT", limits]}}, "output": []},
    }
    found = convert(graph(nodes, links), classes).workflow.nodes
    return {key: dict(each.inputs) for key, each in found.items()}


def _goal(node_id: int, link: int, kind: str = "Goal") -> JsonObject:
    return node(node_id, kind, [20], inputs=[wired_input("INT", "x", link, widget=kind != "Any")])


@pytest.mark.parametrize(
    ("first", "links"), [("Goal", []), ("Goal", [9]), ("Any", [1, 2]), ("Unknown", [1, 2])]
)
def test_a_primitive_whose_first_wire_leads_to_no_widget_gives_nothing(
    first: str, links: list[int]
) -> None:
    nodes = [primitive([33, "fixed"], "INT", *links), _goal(2, 1, first), _goal(3, 2)]
    found = _sent(nodes, [[1, 1, 0, 2, 0, "INT"], [2, 1, 0, 3, 0, "INT"]])
    assert found["3"] == {"x": 20}


def test_a_wire_to_an_input_that_is_gone_does_not_keep_the_others_back() -> None:
    lost = node(2, "Goal", [5], inputs=[wired_input("INT", "lost", 1, widget=True)])
    nodes = [primitive([33, "fixed"], "INT", 1, 2), lost, _goal(3, 2)]
    found = _sent(nodes, [[1, 1, 0, 2, 1, "INT"], [2, 1, 0, 3, 0, "INT"]])
    assert (found["2"], found["3"]) == ({"x": 5}, {"x": 33})


def test_a_primitive_that_runs_on_through_a_reroute_is_told() -> None:
    through = node(
        2,
        "Reroute",
        inputs=[wired_input("*", "", 1)],
        outputs=[{"name": "", "type": "*", "links": []}],
    )
    ui = graph(
        [
            primitive([33, "fixed"], "INT", 2, 1),
            through,
            node(3, "Number", [5], inputs=[wired_input("INT", "value", 2, widget=True)]),
        ],
        [[1, 1, 0, 2, 0, "INT"], [2, 1, 0, 3, 0, "INT"]],
    )
    assert "may take another value for value" in convert(ui, CLASSES).report.as_text()


def test_limits_of_what_a_subgraph_shows_count_as_well() -> None:
    shown = node(
        10, "Sample", [7, "fixed", 30], inputs=[wired_input("INT", "steps", 1, widget=True)]
    )
    definition = subgraph(
        INNER, [shown], [[1, -10, 0, 10, 0, "INT"]], inputs=[slot("steps", "INT", 1)]
    )
    nodes = [
        primitive([0, "fixed"], "INT", 5, 6),
        node(3, "Number", [9], inputs=[wired_input("INT", "value", 5, widget=True)]),
        node(4, INNER, inputs=[wired_input("INT", "steps", 6, widget=True)]),
    ]
    ui = graph(
        nodes,
        [[5, 1, 0, 3, 0, "INT"], [6, 1, 0, 4, 0, "INT"]],
        definitions={"subgraphs": [definition]},
    )
    # The minimum of `steps` is 1, so it also applies to the number that shares its value.
    assert convert(ui, CLASSES).workflow.nodes["3"].inputs == {"value": 1}


def test_a_wire_that_no_input_knows_leads_to_the_place_that_was_saved() -> None:
    known: JsonObject = {
        "Two": {"input": {"required": {"a": ["INT", STEPS], "b": ["INT", STEPS]}}, "output": []}
    }
    ui = graph(
        [primitive([33, "fixed"], "INT", 1), node(2, "Two", [5, 6])], [[1, 1, 0, 2, 1, "INT"]]
    )
    assert convert(ui, known).workflow.nodes["2"].inputs == {"a": 5, "b": 33}


def test_a_socket_of_a_kind_that_has_a_widget_will_do() -> None:
    nodes = [
        primitive([33, "fixed"], "INT", 1, 2),
        node(2, "Forced", [5], inputs=[wired_input("STRING", "note", 1)]),
        _goal(3, 2),
    ]
    found = _sent(nodes, [[1, 1, 0, 2, 0, "STRING"], [2, 1, 0, 3, 0, "INT"]])
    assert found["3"] == {"x": 33}


def test_a_choice_that_is_given_brings_its_inputs() -> None:
    picked = node(
        2,
        "Pick",
        ["size", 64, "tail"],
        inputs=[
            wired_input("COMFY_DYNAMICCOMBO_V3", "how", 1, widget=True),
            wired_input("INT", "how.width", 2, widget=True),
        ],
    )
    nodes = [
        primitive(["like", "fixed"], "COMFY_DYNAMICCOMBO_V3", 1),
        picked,
        node(3, "Number", [7]),
    ]
    links: list[list[Json]] = [[1, 1, 0, 2, 0, "COMBO"], [2, 3, 0, 2, 1, "INT"]]
    assert _sent(nodes, links)["2"] == {"how": "like", "how.fit": "none", "last": "tail"}


@pytest.mark.parametrize(
    ("kind", "limits", "value", "expected"),
    [
        ("FLOAT", {}, 1.23456, 1.2),
        ("FLOAT", {"precision": 3}, 1.23456, 1.235),
        ("FLOAT", {"min": 0, "max": 2, "precision": 0}, 7.5, 2),
        ("FLOAT", {"min": 0, "max": 2, "step": 0.5}, -3.3, 0),
        ("FLOAT", {"precision": 10**400}, 1.23456, 1.2),
        ("FLOAT", {"precision": -(10**400), "round": float("inf")}, 1.23456, 1.2),
        ("INT", {"min": 0, "step": 4}, 9, 8),
    ],
)
def test_limits_that_the_user_set_at_a_node_for_one_number_count(
    kind: str, limits: JsonObject, value: Json, expected: Json
) -> None:
    name = "PrimitiveFloat" if kind == "FLOAT" else "PrimitiveInt"
    nodes = [
        primitive([value, "fixed"], kind, 1),
        node(2, name, [0], inputs=[wired_input(kind, "value", 1, widget=True)], properties=limits),
    ]
    assert _sent(nodes, [[1, 1, 0, 2, 0, kind]])["2"] == {"value": expected}


def test_inputs_that_have_nothing_in_common_keep_to_their_own() -> None:
    one, other = input_def("x", ["INT", {"min": 0, "max": 5}]), input_def("x", ["INT", {"min": 9}])
    assert merge_options(one, other) is None
    assert merge_options(one, input_def("x", ["FLOAT", {}])) is None
    assert merge_options(one, input_def("x", ["INT", {"max": 5, "round": 2}])) is None
    assert coerce_number(float("inf"), one) != coerce_number(float("inf"), one)


@pytest.mark.parametrize("step", [0, -1, float("inf"), float("nan"), 10**400, 1e-320, "x", None])
@pytest.mark.parametrize("kind", ["INT", "FLOAT"])
def test_no_step_is_too_odd(kind: str, step: Json) -> None:
    definition = input_def("x", [kind, {"step": step, "round": step, "min": step, "max": step}])
    values: list[Json] = [0, 7, 1.5, -1e308, 10**400, float("inf")]
    for value in values:
        coerce_number(value, definition)
        clamp(value, definition)
    merge_options(definition, input_def("x", [kind, {"step": 3}]))


def test_texts_are_read_as_numbers_of_the_editors_language() -> None:
    definition = input_def("x", ["INT", {}])
    read: list[Json] = ["0x10", " 7 ", "1e2", ".5", "0b11", "0.49999999999999994"]
    assert [coerce_number(value, definition) for value in read] == [16, 7, 100, 1, 3, 0]
    for value in ("inf", "nan", "1_0", "0x", "1e", "seven"):
        found = coerce_number(value, definition)
        assert found != found


def test_what_counts_as_a_number_is_limited() -> None:
    definition = input_def("x", ["INT", {"min": 1, "max": 5}])
    values: list[Json] = [0, 3, 9, "7", None, False, "many", [1]]
    found = [clamp(value, definition) for value in values]
    assert found == [1, 3, 5, 5, 1, 1, "many", [1]]
