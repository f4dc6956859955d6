"""Types that depend on links decide what a bypassed node passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.conversion.match_types import common_type
from tests.support.editor_graphs import CLASSES, INNER, graph, node, slot, subgraph, wired_input

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject


def _match(group: str, allowed: str) -> list[Json]:
    return ["COMFY_MATCHTYPE_V3", {"template": {"template_id": group, "allowed_types": allowed}}]


_TYPED: JsonObject = {
    **CLASSES,
    "Resize": {
        "input": {"required": {"input": _match("a", "IMAGE,MASK"), "by": ["FLOAT", {}]}},
        "output": ["COMFY_MATCHTYPE_V3", "INT"],
        "output_matchtypes": ["a", None],
    },
    "Switch": {
        "input": {
            "optional": {"no": _match("s", "*"), "yes": _match("s", "*")},
            "required": {"on": ["BOOLEAN", {}]},
        },
        "input_order": {"optional": ["no", "yes"], "required": ["on"]},
        "output": ["COMFY_MATCHTYPE_V3"],
        "output_matchtypes": ["s"],
    },
    "List": {
        "input": {
            "required": {
                "inputs": [
                    "COMFY_AUTOGROW_V3",
                    {
                        "template": {
                            "input": {"required": {"input": _match("t", "*")}},
                            "prefix": "input",
                        }
                    },
                ]
            }
        },
        "output": ["COMFY_MATCHTYPE_V3"],
        "output_matchtypes": ["t"],
    },
    "Show": {"input": {"required": {"source": ["*"]}}, "output": []},
}


def sent(nodes: list[JsonObject], links: list[list[Json]]) -> dict[str, dict[str, Json]]:
    found = convert(graph(nodes, links), _TYPED).workflow.nodes
    return {key: dict(each.inputs) for key, each in found.items()}


def picture(node_id: int = 1) -> JsonObject:
    return node(node_id, "Picture", ["a.png", "image"])


@pytest.mark.parametrize("saved", ["*", "IMAGE", "IMAGE,MASK"])
@pytest.mark.parametrize("goal", ["SaveImage", "Show"])
def test_a_bypassed_node_passes_the_input_that_its_output_matches(saved: str, goal: str) -> None:
    name = "images" if goal == "SaveImage" else "source"
    nodes = [
        picture(),
        node(
            2,
            "Resize",
            [2.0],
            mode=4,
            inputs=[wired_input("IMAGE,MASK", "input", 1)],
            outputs=[{"name": "out", "type": saved, "links": [2]}],
        ),
        node(3, goal, ["x"], inputs=[wired_input("*", name, 2)]),
    ]
    found = sent(nodes, [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]])
    assert found["3"][name] == ["1", 0]
    assert "2" not in found


def test_a_mask_goes_through_to_a_mask_and_not_to_a_picture() -> None:
    through = node(
        2,
        "Resize",
        [2.0],
        mode=4,
        inputs=[wired_input("IMAGE,MASK", "input", 1)],
        outputs=[{"name": "out", "type": "*", "links": [2, 3]}],
    )
    mix = node(3, "Mix", inputs=[wired_input("MASK", "mask", 2), wired_input("IMAGE", "image", 3)])
    found = sent(
        [picture(), through, mix],
        [[1, 1, 1, 2, 0, "MASK"], [2, 2, 0, 3, 0, "MASK"], [3, 2, 0, 3, 1, "IMAGE"]],
    )
    assert found["3"] == {"mask": ["1", 1]}


def test_types_come_along_a_row_of_such_nodes() -> None:
    row = [
        picture(),
        node(2, "Resize", [2.0], inputs=[wired_input("IMAGE,MASK", "input", 1)]),
        node(3, "Switch", [True], mode=4, inputs=[wired_input("*", "no", 2)]),
        node(4, "Switch", [True], mode=4, inputs=[wired_input("*", "no", 3)]),
        node(5, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 4)]),
    ]
    links: list[list[Json]] = [
        [1, 1, 0, 2, 0, "IMAGE"],
        [2, 2, 0, 3, 0, "*"],
        [3, 3, 0, 4, 0, "*"],
        [4, 4, 0, 5, 0, "IMAGE"],
    ]
    assert sent(row, links)["5"]["images"] == ["2", 0]


def test_an_input_takes_what_the_others_of_its_group_are_given() -> None:
    """A bypassed loader passes on no picture, although its own choice would fit any input."""
    loader = node(
        5,
        "Load",
        ["a.safetensors"],
        mode=4,
        inputs=[wired_input("COMBO", "name", None, widget=True)],
        outputs=[{"name": "MODEL", "type": "MODEL", "links": [1]}],
    )
    switch = node(
        6, "Switch", [False], inputs=[wired_input("*", "no", 1), wired_input("*", "yes", 2)]
    )
    found = sent([loader, switch, picture(7)], [[1, 5, 0, 6, 0, "MODEL"], [2, 7, 0, 6, 1, "IMAGE"]])
    assert found["6"] == {"on": False, "yes": ["7", 0]}


def test_inputs_that_grow_are_of_one_group() -> None:
    through = node(
        2,
        "List",
        mode=4,
        inputs=[wired_input("*", "inputs.input0", None), wired_input("*", "inputs.input1", 1)],
    )
    save = node(3, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 2)])
    found = sent([picture(), through, save], [[1, 1, 0, 2, 1, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]])
    assert "images" not in found["3"] or found["3"]["images"] == ["1", 0]


def test_wires_that_do_not_fit_together_leave_the_types_alone() -> None:
    switch = node(
        4, "Switch", [True], mode=4, inputs=[wired_input("*", "no", 1), wired_input("*", "yes", 2)]
    )
    save = node(5, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 3)])
    found = sent(
        [picture(), node(2, "Load", ["a.safetensors"]), switch, save],
        [[1, 2, 0, 4, 0, "MODEL"], [2, 1, 0, 4, 1, "IMAGE"], [3, 4, 0, 5, 0, "IMAGE"]],
    )
    # Each input gets the type of the other input's source, so the first input gets the picture's
    # type.
    assert found["5"]["images"] == ["2", 0]


def test_a_wire_that_does_not_fit_is_taken_away_and_that_is_told() -> None:
    nodes = [
        picture(),
        node(
            2,
            "Resize",
            [2.0],
            inputs=[wired_input("IMAGE,MASK", "input", 1)],
            outputs=[{"name": "out", "type": "*", "links": [2]}],
        ),
        node(3, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 2)]),
        node(
            4,
            "Reroute",
            inputs=[wired_input("*", "", 3)],
            outputs=[{"name": "", "type": "*", "links": [4]}],
        ),
        node(5, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 4)]),
    ]
    links: list[list[Json]] = [
        [1, 1, 1, 2, 0, "MASK"],
        [2, 2, 0, 3, 0, "*"],
        [3, 1, 1, 4, 0, "MASK"],
        [4, 4, 0, 5, 0, "*"],
    ]
    found = convert(graph(nodes, links), _TYPED)
    assert [dict(found.workflow.nodes[key].inputs) for key in ("3", "5")] == [
        {"filename_prefix": "x"},
        {"filename_prefix": "x"},
    ]
    told = {each.node_id: each.text for each in found.report.remarks}
    assert told.keys() == {"3", "5"}
    assert "images" in told["3"]


def test_of_wires_that_do_not_fit_every_second_one_of_a_row_is_missed() -> None:
    """The editor removes links from the list that it iterates over."""
    resize = node(
        2,
        "Resize",
        [2.0],
        inputs=[wired_input("IMAGE,MASK", "input", 1)],
        outputs=[{"name": "out", "type": "*", "links": [2, 3, 4]}],
    )
    saves = [
        node(at, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", at)])
        for at in (2, 3, 4)
    ]
    for at, each in enumerate(saves, start=3):
        each["id"] = at
    links: list[list[Json]] = [[1, 1, 1, 2, 0, "MASK"]]
    links += [[at, 2, 0, at + 1, 0, "*"] for at in (2, 3, 4)]
    found = sent([picture(), resize, *saves], links)
    assert [key for key in ("3", "4", "5") if "images" in found[key]] == ["4"]


def test_a_wire_out_of_its_subgraph_that_does_not_fit_is_told_at_its_beginning() -> None:
    inner = [
        node(
            10,
            "Resize",
            [2.0],
            inputs=[wired_input("IMAGE,MASK", "input", 1)],
            outputs=[{"name": "out", "type": "*", "links": [2]}],
        ),
        node(
            11,
            "Reroute",
            inputs=[wired_input("*", "", 3)],
            outputs=[{"name": "", "type": "*", "links": [4]}],
        ),
    ]
    definition = subgraph(
        INNER,
        inner,
        [
            [1, -10, 0, 10, 0, "MASK"],
            [2, 10, 0, -20, 0, "*"],
            [3, -10, 0, 11, 0, "MASK"],
            [4, 11, 0, -20, 1, "*"],
        ],
        inputs=[slot("in", "MASK", 1, 3)],
        outputs=[slot("scaled", "IMAGE", 2), slot("same", "IMAGE", 4)],
    )
    nodes = [
        picture(),
        node(2, INNER, inputs=[wired_input("MASK", "in", 50)]),
        node(3, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 51)]),
        node(4, "SaveImage", ["x"], inputs=[wired_input("IMAGE", "images", 52)]),
    ]
    links: list[list[Json]] = [
        [50, 1, 1, 2, 0, "MASK"],
        [51, 2, 0, 3, 0, "IMAGE"],
        [52, 2, 1, 4, 0, "IMAGE"],
    ]
    found = convert(graph(nodes, links, definitions={"subgraphs": [definition]}), _TYPED)
    assert "images" not in found.workflow.nodes["3"].inputs
    assert found.workflow.nodes["4"].inputs["images"] == ["1", 1]
    (told,) = found.report.remarks
    assert (told.node_id, "scaled" in told.text) == ("2:10", True)


def test_growing_inputs_of_one_type_close_their_gaps() -> None:
    inputs = [wired_input("*", f"inputs.input{at}", link) for at, link in enumerate([1, None, 2])]
    listed = node(2, "List", inputs=list(inputs))
    found = sent([picture(), listed], [[1, 1, 0, 2, 0, "IMAGE"], [2, 1, 0, 2, 2, "IMAGE"]])
    assert found["2"] == {"inputs.input0": ["1", 0], "inputs.input1": ["1", 0]}


def test_a_circle_of_such_nodes_ends() -> None:
    switches = [
        node(1, "Switch", [True], inputs=[wired_input("*", "no", 2)]),
        node(2, "Switch", [True], inputs=[wired_input("*", "no", 1)]),
    ]
    found = sent(switches, [[1, 1, 0, 2, 0, "*"], [2, 2, 0, 1, 0, "*"]])
    assert found == {"1": {"on": True, "no": ["2", 0]}, "2": {"on": True, "no": ["1", 0]}}


def test_the_common_type_of_several() -> None:
    assert common_type([]) == "*"
    assert common_type(["*", "IMAGE,MASK"]) == "IMAGE,MASK"
    assert common_type(["IMAGE,MASK", "MASK"]) == "MASK"
    assert common_type(["IMAGE", "MASK"]) is None
