"""Nodes of the editor's format get their values in the order of the editor's widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.convert import convert
from runcomfy_desktop.domain.conversion.editor_graph import EditorInput
from runcomfy_desktop.domain.conversion.node_factory import named_values
from tests.support.editor_graphs import (
    CLASSES,
    INNER,
    convert_graph,
    graph,
    inputs_of,
    node,
    subgraph,
    warnings_of,
    wired_input,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject


def test_the_mode_of_a_seed_takes_a_place_but_is_no_input() -> None:
    ui = graph([node(1, "Sample", [7, "randomize", 30, "heun", 4.5])], [])
    assert inputs_of(ui) == {"1": {"seed": 7, "steps": 30, "sampler": "heun", "cfg": 4.5}}


def test_what_is_not_saved_is_as_the_class_says() -> None:
    ui = graph([node(1, "Sample", [7, "fixed"]), node(2, "Load")], [])
    found = inputs_of(ui)
    assert found["1"] == {"seed": 7, "steps": 20, "sampler": "euler", "cfg": 8.0}
    assert found["2"] == {"name": "a.safetensors"}


def test_an_upload_button_is_no_input() -> None:
    ui = graph([node(1, "Picture", ["cat.png", "image"])], [])
    assert inputs_of(ui) == {"1": {"image": "cat.png"}}


def test_values_that_are_named_need_no_order_and_are_told() -> None:
    ui = graph([node(1, "Sample", {"steps": 5, "cfg": 2, "nobody": 1})], [])
    assert inputs_of(ui)["1"] == {"seed": 0, "steps": 5, "sampler": "euler", "cfg": 2}
    assert warnings_of(ui) == [
        "Sample (1): Its values were saved by their names; ComfyUI's editor would not read them."
    ]


_GROWING: JsonObject = {
    **CLASSES,
    "Grow": {
        "input": {
            "required": {
                "how": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {
                                "key": "many",
                                "inputs": {
                                    "required": {
                                        "text": ["STRING", {}],
                                        "images": [
                                            "COMFY_AUTOGROW_V3",
                                            {
                                                "template": {
                                                    "input": {"required": {"image": ["IMAGE"]}},
                                                    "prefix": "image",
                                                    "min": 0,
                                                }
                                            },
                                        ],
                                    }
                                },
                            }
                        ]
                    },
                ]
            }
        },
        "output": ["IMAGE", "STRING"],
    },
    "Show": {"input": {"required": {"source": ["*"]}}, "output": []},
}


def _grown(values: Json, *numbers: int) -> dict[str, Json]:
    inputs = [wired_input("IMAGE", f"how.images.image{each}", each + 1) for each in numbers]
    ui = graph(
        [node(1, "Picture", ["a.png", "image"]), node(2, "Grow", values, inputs=list(inputs))],
        [[each + 1, 1, 0, 2, each, "IMAGE"] for each in numbers],
    )
    return dict(convert(ui, _GROWING).workflow.nodes["2"].inputs)


def test_inputs_of_a_choice_grow_one_from_the_other() -> None:
    """After an unlinked input the editor adds no further input, and removes the later links."""
    assert _grown(["many", "x"], 0, 1, 2).keys() >= {f"how.images.image{each}" for each in range(3)}
    assert "how.images.image2" in _grown(["many", "x"], 2, 0, 1)
    assert "how.images.image2" not in _grown(["many", "x"], 0, 2)
    # Without a saved value the choice is never set, and the inputs stay unchanged.
    assert "how.images.image2" in _grown(None, 0, 2)


def test_a_choice_stands_before_what_it_brings() -> None:
    """The index matters if any type fits: the second output passes the second input on."""
    through = node(
        2,
        "Grow",
        ["many", "x"],
        mode=4,
        inputs=[wired_input("STRING", "how.text", 1, widget=True)],
        outputs=[{"type": "IMAGE"}, {"type": "STRING", "links": [2]}],
    )
    nodes = [
        node(1, "Number", [3]),
        through,
        node(3, "Show", inputs=[wired_input("*", "source", 2)]),
    ]
    ui = graph(nodes, [[1, 1, 0, 2, 0, "STRING"], [2, 2, 1, 3, 0, "STRING"]])
    assert convert(ui, _GROWING).workflow.nodes["3"].inputs == {"source": ["1", 0]}


def test_wired_inputs_that_the_class_does_not_have_are_kept() -> None:
    """If another pack's node has the class's name, its linked inputs are sent as in the editor."""
    other = node(
        2,
        "Number",
        [5],
        inputs=[wired_input("IMAGE", "extra", 1), wired_input("INT", "value", None, True)],
    )
    ui = graph([node(1, "Picture", ["a.png", "image"]), other], [[1, 1, 0, 2, 0, "IMAGE"]])
    assert inputs_of(ui)["2"] == {"value": 5, "extra": ["1", 0]}


def test_of_inputs_with_lost_widgets_every_second_one_of_a_row_stays() -> None:
    """The editor removes inputs from the list that it iterates over."""
    inputs = [wired_input("INT", name, at, widget=True) for at, name in enumerate("abcd", start=1)]
    other = node(2, "Scale", [0.5], inputs=[wired_input("IMAGE", "image", None), *inputs])
    links: list[list[Json]] = [[at, 1, 0, 2, at, "INT"] for at in range(1, 5)]
    found = inputs_of(graph([node(1, "Number", [3]), other], links))
    assert found["2"] == {"by": 0.5, "b": ["1", 0], "d": ["1", 0]}


def test_a_socket_of_the_class_that_was_a_widget_keeps_its_wire() -> None:
    text = node(1, "Text", ["x"], inputs=[wired_input("CLIP", "clip", 1, widget=True)])
    ui = graph([text, node(2, "Load", ["a.safetensors"])], [[1, 2, 1, 1, 1, "CLIP"]])
    assert inputs_of(ui)["1"] == {"text": "x", "clip": ["2", 1]}


def test_names_of_samplers_lose_their_old_beginning() -> None:
    known: JsonObject = {
        "KSampler": {"input": {"required": {"sampler_name": [["euler"]]}}, "output": []}
    }
    ui = graph([node(1, "KSampler", ["sample_euler"])], [])
    assert convert(ui, known).workflow.nodes["1"].inputs == {"sampler_name": "euler"}


def test_a_remark_names_the_node_where_its_subgraph_is_used() -> None:
    definition = subgraph(INNER, [node(10, "Foreign")], [])
    ui = graph(
        [node(2, INNER), node(4, INNER), node(5, INNER, mode=2)],
        [],
        definitions={"subgraphs": [definition]},
    )
    assert [each.node_id for each in convert_graph(ui).report.remarks] == ["2:10", "4:10"]


def test_a_value_of_an_input_that_is_only_a_socket_today_is_skipped() -> None:
    assert inputs_of(graph([node(1, "Forced", ["", 9])], [])) == {"1": {"count": 9}}
    assert inputs_of(graph([node(1, "Forced", [9])], [])) == {"1": {"count": 9}}


def test_the_chosen_option_brings_its_inputs() -> None:
    first = graph([node(1, "Pick", ["size", 64, "tail"])], [])
    assert inputs_of(first)["1"] == {"how": "size", "how.width": 64, "last": "tail"}
    other = graph([node(1, "Pick", ["like", "crop", 0.5, "tail"])], [])
    assert inputs_of(other)["1"] == {
        "how": "like",
        "how.fit": "crop",
        "how.fit.x": 0.5,
        "last": "tail",
    }


def test_an_input_of_an_option_that_is_not_chosen_is_gone_with_its_link() -> None:
    ui = graph(
        [
            node(1, "Picture", ["a.png", "image"]),
            node(2, "Pick", ["size", 64], inputs=[wired_input("IMAGE", "how.image", 5)]),
            node(3, "Pick", ["like", "none"], inputs=[wired_input("IMAGE", "how.image", 6)]),
        ],
        [[5, 1, 0, 2, 0, "IMAGE"], [6, 1, 0, 3, 0, "IMAGE"]],
    )
    found = inputs_of(ui)
    assert "how.image" not in found["2"]
    assert found["3"]["how.image"] == ["1", 0]


def test_inputs_that_grow_keep_their_names() -> None:
    grown = [wired_input("IMAGE", f"images.image{number}", number + 1) for number in range(4)]
    ui = graph(
        [node(1, "Picture", ["a.png", "image"]), node(2, "Batch", inputs=list(grown))],
        [[number + 1, 1, 0, 2, number, "IMAGE"] for number in range(4)],
    )
    assert inputs_of(ui)["2"] == {f"images.image{number}": ["1", 0] for number in range(4)}


def test_titles_are_those_of_the_file_else_of_the_class() -> None:
    ui = graph([node(1, "Load", title="Mine"), node(2, "Load"), node(3, "Text")], [])
    titles = [each.title for each in convert_graph(ui).workflow.nodes.values()]
    assert titles == ["Mine", "Load a model", "Text"]


def test_a_class_that_is_not_known_is_converted_as_far_as_the_file_names_its_values() -> None:
    inputs = [
        wired_input("MODEL", "model", None),
        wired_input("INT", "seed", None, widget=True),
        wired_input("FLOAT", "how much", None, widget=True),
    ]
    ui = graph([node(1, "Foreign", [5, "randomize", 0.5], inputs=list(inputs), title="Odd")], [])
    assert inputs_of(ui)["1"] == {"seed": 5, "how much": 0.5}
    assert warnings_of(ui) == ["Odd (1): The deployment does not know the class Foreign."]


def named(*names: str) -> list[EditorInput]:
    return [EditorInput(name, "INT", "", name) for name in names]


def test_names_of_widgets_are_matched_with_the_list() -> None:
    inputs = [EditorInput("model", "MODEL"), *named("seed", "steps")]
    assert named_values(inputs, [5, "fixed", 9]) == ({"seed": 5, "steps": 9}, True)
    assert named_values(inputs, [5, 9]) == ({"seed": 5, "steps": 9}, True)
    assert named_values(named("image"), ["a.png", "image"]) == ({"image": "a.png"}, True)


def test_a_list_of_another_length_is_not_guessed_at() -> None:
    assert named_values(named("a"), [1, 2, 3]) == ({}, False)
    assert named_values([], [1]) == ({}, False)
    assert named_values([], []) == ({}, True)
    assert named_values([], None) == ({}, True)


def test_an_object_names_its_values_itself() -> None:
    values: JsonObject = {"a": 1, "control_after_generate": "fixed", "upload": "image"}
    assert named_values([], values) == ({"a": 1}, True)
