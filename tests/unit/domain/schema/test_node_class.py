"""Node classes: flags, outputs, and inputs that depend on the values of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.node_class import MAX_AUTOGROW, MAX_INPUTS, NodeClass
from runcomfy_desktop.domain.schema.schema import NodeSchema

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

CRF: Json = ["FLOAT", {"default": 23.0, "min": 0.0, "max": 51.0}]
CODEC: Json = [
    "COMFY_DYNAMICCOMBO_V3",
    {
        "options": [
            {"key": "auto", "inputs": {"required": {}}},
            {"key": "h264", "inputs": {"required": {"crf": CRF}}},
        ]
    },
]
FORMAT: Json = [
    "COMFY_DYNAMICCOMBO_V3",
    {
        "options": [
            {"key": "auto", "inputs": {"required": {}}},
            {"key": "mp4", "inputs": {"required": {"codec": CODEC}, "optional": {"loop": ["INT"]}}},
        ]
    },
]
FRAMES: Json = [
    "COMFY_AUTOGROW_V3",
    {
        "template": {
            "input": {"required": {"image": ["IMAGE", {}]}},
            "prefix": "image",
            "min": 1,
            "max": 3,
        }
    },
]
NAMED: Json = [
    "COMFY_AUTOGROW_V3",
    {"template": {"input": {"optional": {"v": ["FLOAT", {}]}}, "names": ["a", "b"], "min": 1}},
]
SLOT: Json = [
    "COMFY_DYNAMICSLOT_V3",
    {"slotType": "IMAGE", "inputs": {"required": {"scale": ["FLOAT", {}]}}, "forceInput": True},
]
RAW: JsonObject = {
    "input": {
        "required": {"format": FORMAT, "frames": FRAMES},
        "optional": {"named": NAMED, "slot": SLOT},
        "hidden": {"prompt": ["PROMPT"]},
    },
    "output": ["VIDEO", ["a", "b"]],
    "output_name": ["video"],
    "display_name": "Video",
    "python_module": "custom_nodes.videos",
    "output_node": True,
    "api_node": True,
    "deprecated": None,
    "experimental": False,
}
VIDEO = NodeClass("Video", RAW)


@pytest.mark.parametrize(
    ("inputs", "children"),
    [
        ({}, []),
        ({"format": "auto"}, []),
        ({"format": "mp4"}, ["format.codec", "format.loop"]),
        (
            {"format": "mp4", "format.codec": "h264"},
            ["format.codec", "format.codec.crf", "format.loop"],
        ),
        ({"format.codec": "h264"}, []),
        ({"format": "webm"}, []),
        ({"format": ["4", 0]}, []),
    ],
)
def test_children_follow_the_chosen_option(inputs: dict[str, Json], children: list[str]) -> None:
    declared = VIDEO.declared_inputs(inputs)
    assert [name for name in declared if name.startswith("format.")] == children


def test_a_deep_child_has_its_limits() -> None:
    schema = NodeSchema({"Video": RAW})
    spec = schema.spec("Video", "format.codec.crf", {"format": "mp4", "format.codec": "h264"})
    assert spec is not None
    assert (spec.kind, spec.maximum, spec.default) == (InputKind.FLOAT, 51.0, 23.0)
    assert spec.is_required
    choice = schema.spec("Video", "format")
    assert choice is not None
    assert (choice.kind, choice.choices) == (InputKind.COMBO, ("auto", "mp4"))
    assert (choice.is_dynamic, choice.default) == (True, "auto")
    assert schema.spec("Video", "format.codec.crf", {"format": "auto"}) is None


def test_inputs_that_grow_are_named_and_the_first_are_required() -> None:
    declared = VIDEO.declared_inputs({})
    grown = {name: told.is_required for name, told in declared.items() if "." in name}
    assert grown == {
        "frames.image0": True,
        "frames.image1": False,
        "frames.image2": False,
        "named.a": False,
        "named.b": False,
    }
    assert "frames" not in declared


def test_a_slot_has_children_when_it_is_linked() -> None:
    assert "slot.scale" not in VIDEO.declared_inputs({})
    linked = VIDEO.declared_inputs({"slot": ["4", 0]})
    assert linked["slot"].spec.type_name == "IMAGE"
    assert linked["slot.scale"].spec.kind is InputKind.FLOAT


def test_what_is_said_of_a_class() -> None:
    assert VIDEO.display_name == "Video"
    assert (VIDEO.is_output, VIDEO.is_api_node, VIDEO.is_custom) == (True, True, True)
    assert not VIDEO.is_deprecated
    assert not VIDEO.is_experimental
    assert VIDEO.hidden_names == {"prompt"}
    assert VIDEO.output_types == ("VIDEO", ["a", "b"])


def test_the_named_order_counts() -> None:
    inputs: Json = {"required": {"a": ["INT"], "b": ["INT"], "c": ["INT"]}}
    raw: JsonObject = {"input": inputs, "input_order": {"required": ["c", "gone", "a"]}}
    assert list(NodeClass("A", raw).declared_inputs({})) == ["c", "a", "b"]


def test_a_picture_for_a_class_that_puts_out_masks_takes_one() -> None:
    entry: Json = [["a.png"], {"image_upload": True}]
    raw: JsonObject = {"input": {"required": {"image": entry}}, "output": ["IMAGE", "MASK"]}
    assert NodeClass("A", raw).declared_inputs({})["image"].spec.takes_mask
    assert (
        not NodeClass("A", {**raw, "output": ["IMAGE"]})
        .declared_inputs({})["image"]
        .spec.takes_mask
    )


def test_what_never_ends_is_cut() -> None:
    deep: Json = ["INT"]
    inputs: dict[str, Json] = {}
    for _level in range(100):
        deep = [
            "COMFY_DYNAMICCOMBO_V3",
            {"options": [{"key": "k", "inputs": {"required": {"x": deep}}}]},
        ]
    name = "x"
    for _level in range(100):
        inputs[name] = "k"
        name += ".x"
    assert name in NodeClass("Deep", {"input": {"required": {"x": deep}}}).declared_inputs(inputs)
    grown: Json = [
        "COMFY_AUTOGROW_V3",
        {
            "template": {
                "input": {"required": {"x": ["INT"]}},
                "prefix": "x",
                "min": 1,
                "max": 10**12,
            }
        },
    ]
    raw: JsonObject = {"input": {"required": {"grown": grown}}}
    assert len(NodeClass("Grown", raw).declared_inputs({})) == MAX_AUTOGROW
    wide: Json = {str(each): grown for each in range(10_000)}
    assert len(NodeClass("Wide", {"input": {"required": wide}}).declared_inputs({})) == MAX_INPUTS
    choices: Json = [str(each) for each in range(50_000)]
    spec = (
        NodeClass("Many", {"input": {"required": {"x": [choices]}}}).declared_inputs({})["x"].spec
    )
    assert len(spec.choices) == 50_000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["template", "options", "key", "inputs", "required", "min", "max", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
_TYPES = st.sampled_from(
    [
        "INT",
        "FLOAT",
        "STRING",
        "BOOLEAN",
        "COMBO",
        "COLOR",
        "CURVE",
        "COMFY_DYNAMICCOMBO_V3",
        "COMFY_AUTOGROW_V3",
        "COMFY_DYNAMICSLOT_V3",
        "COMFY_MATCHTYPE_V3",
    ]
)


@given(kind=_TYPES | _JSON, facts=_JSON, value=_JSON, order=_JSON)
def test_nothing_in_a_schema_raises(kind: Json, facts: Json, value: Json, order: Json) -> None:
    raw: JsonObject = {
        "input": {"required": {"x": [kind, facts], "y": facts}, "optional": facts},
        "input_order": order,
        "output": facts,
        "output_name": order,
        "display_name": value,
    }
    node_class = NodeClass("A", raw)
    for told in node_class.declared_inputs({"x": value, "x.x": value}).values():
        assert told.spec.kind is not InputKind.LINK
        assert bool(told.spec.choices) or told.spec.kind is not InputKind.COMBO
    assert isinstance(node_class.display_name, str)
    assert node_class.output_types is None or len(node_class.output_types) >= 0
