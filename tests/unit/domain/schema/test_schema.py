"""object_info: every input of every class has a kind, and the kinds are the right ones."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.schema.input_declaration import AUTOGROW
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec, NodeSchema, input_spec
from runcomfy_desktop.domain.workflow.workflow import Node
from tests.support.workflow_files import api_files, object_info, object_info_files, read_workflow

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json

K = InputKind


@cache
def schema_of(path: Path) -> NodeSchema:
    return NodeSchema(object_info(path))


def spec_of(entry: Json, *, class_type: str = "A", name: str = "x") -> InputSpec | None:
    raw: dict[str, Json] = {class_type: {"input": {"required": {name: entry}}}}
    return NodeSchema(raw).spec(class_type, name)


def kind_of(entry: Json, *, class_type: str = "A", name: str = "x") -> InputKind | None:
    spec = spec_of(entry, class_type=class_type, name=name)
    return None if spec is None else spec.kind


@pytest.mark.parametrize("path", object_info_files(), ids=lambda path: path.name)
def test_every_input_of_every_class_has_a_kind(path: Path) -> None:
    raw = object_info(path)
    schema = NodeSchema(raw)
    kinds: Counter[InputKind] = Counter()
    for class_type, info in raw.items():
        assert class_type in schema
        assert isinstance(info, dict)
        groups = info["input"]
        assert isinstance(groups, dict)
        told = schema.node_class(class_type)
        assert told is not None
        declared = told.declared_inputs({})
        for group in ("required", "optional"):
            inputs = groups.get(group) or {}
            assert isinstance(inputs, dict)
            for name, entry in inputs.items():
                assert isinstance(entry, list)
                # A growing input itself has no value.
                assert name in declared or entry[0] == AUTOGROW, f"{class_type}.{name}"
        for name in declared:
            spec = schema.spec(class_type, name)
            assert spec is not None
            assert spec.is_known
            assert bool(spec.choices) or spec.kind is not K.COMBO
            kinds[spec.kind] += 1
    assert {K.INT, K.FLOAT, K.STRING, K.TEXT, K.COMBO, K.IMAGE, K.OTHER} <= set(kinds)
    assert K.LINK not in kinds


@pytest.mark.parametrize("path", api_files(), ids=lambda path: path.stem[-60:])
def test_every_input_of_every_workflow_has_an_editor_or_is_read_only(path: Path) -> None:
    schemas: list[NodeSchema | None] = [None, *map(schema_of, object_info_files())]
    workflow = read_workflow(path.read_bytes())
    for key in workflow.input_keys():
        node = workflow.nodes[key.node_id]
        for schema in schemas:
            spec = input_spec(schema, node, key.name)
            value = workflow.value(key)
            if isinstance(value, dict) or value is None:
                assert not spec.kind.is_editable
            if spec.kind is K.BOOLEAN:
                assert isinstance(value, bool)
            if spec.kind in (K.INT, K.FLOAT):
                assert isinstance(value, int | float)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (["INT"], K.INT),
        (["INT", {}], K.INT),
        (["INT", None], K.INT),
        (["FLOAT", {"min": None, "max": None, "step": None, "round": False}], K.FLOAT),
        (["STRING", {"multiline": True}], K.TEXT),
        (["STRING", {"multiline": None}], K.STRING),
        (["BOOLEAN", {"default": False}], K.BOOLEAN),
        ([["euler", "dpmpp_2m"]], K.COMBO),
        ([["euler"], {"default": "euler"}], K.COMBO),
        (["COMBO", {"options": ["a", 2, 0.5]}], K.COMBO),
        ([[]], K.STRING),
        (["COMBO", {"remote": {"route": "/x"}}], K.STRING),
        (["COMBO", {"options": None}], K.STRING),
        (["COMBO", {"options": ["a"], "multiselect": True}], K.MULTI),
        (["COMBO", {"options": [], "multiselect": True}], K.OTHER),
        (["COMBO", {"options": ["a"], "multiselect": False}], K.COMBO),
        ([["a.png"], {"image_upload": True}], K.IMAGE),
        (["COMBO", {"options": ["a.png"], "image_upload": True}], K.IMAGE),
        (["COMBO", {"options": ["a.mp4"], "video_upload": True}], K.VIDEO),
        (["COMBO", {"options": ["a.mp3"], "audio_upload": True}], K.AUDIO),
        (["FLOAT", {"forceInput": True}], K.OTHER),
        (["FLOAT,INT", {}], K.OTHER),
        (["*", {}], K.OTHER),
        (["MODEL"], K.OTHER),
        (["COLOR", {"default": "#ff8800"}], K.COLOR),
        (["BOUNDING_BOX", {"socketless": True}], K.BOX),
        (["BOUNDING_BOX", {"forceInput": True}], K.OTHER),
        (["CURVE", {}], K.CURVE),
        (["RANGE", None], K.RANGE),
        (["COLORS", {"default": []}], K.OTHER),
        (["STRING", {"widgetType": "PAINTER", "image_upload": True}], K.OTHER),
        (["FLOAT,INT", {"widgetType": "FLOAT"}], K.FLOAT),
        (["COMBO", {"options": ["a.glb"], "file_upload": True}], K.MESH),
        ([[True, False]], K.BOOLEAN),
        (["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a"}, {"key": 2}]}], K.COMBO),
        (["COMFY_MATCHTYPE_V3", {"template": {"allowed_types": "IMAGE,MASK"}}], K.OTHER),
        (["COMFY_DYNAMICCOMBO_V3", {"options": []}], K.OTHER),
        ([], None),
        ([5], None),
        ("INT", None),
        (None, None),
    ],
)
def test_both_generations_of_entries(entry: Json, kind: InputKind | None) -> None:
    assert kind_of(entry) is kind


def test_an_image_is_known_by_its_class_too() -> None:
    assert kind_of([["a.png"]], class_type="LoadImage", name="image") is K.IMAGE
    assert kind_of([["a.png"]], class_type="LoadImage", name="other") is K.COMBO


@pytest.mark.parametrize(
    "endless",
    [float("inf"), float("-inf"), float("nan"), 10**400],
    ids=["inf", "-inf", "nan", "long"],
)
@pytest.mark.parametrize("kind", ["INT", "FLOAT"])
def test_a_limit_that_is_no_proper_number_is_none(kind: str, endless: float) -> None:
    limits: dict[str, Json] = dict.fromkeys(("min", "max", "step", "round"), endless)
    spec = spec_of([kind, limits], name="seed")
    assert spec is not None
    assert (spec.minimum, spec.maximum, spec.step, spec.decimals) == (None, None, None, 2)


def test_limits_steps_and_texts() -> None:
    spec = spec_of(
        [
            "INT",
            {"min": 0, "max": 2**64 - 1, "control_after_generate": True, "tooltip": "the seed"},
        ],
        name="any",
    )
    assert spec is not None
    assert (spec.minimum, spec.maximum, spec.is_seed) == (0, 2**64 - 1, True)
    assert spec.tooltip == "the seed"
    spec = spec_of(["FLOAT", {"min": 0.0, "step": 0.1, "round": 0.001}])
    assert spec is not None
    assert (spec.minimum, spec.maximum, spec.step, spec.decimals) == (0.0, None, 0.1, 3)
    spec = spec_of(["BOOLEAN", {"label_on": "tiled", "label_off": None}])
    assert spec is not None
    assert (spec.label_on, spec.label_off) == ("tiled", "")
    spec = spec_of(["COMBO", {"options": ["a", True, None, {"b": 1}, 3]}])
    assert spec is not None
    assert spec.choices == ("a", 3)


@pytest.mark.parametrize(
    ("name", "options", "is_seed"),
    [
        ("seed", {}, True),
        ("noise_seed", {}, True),
        ("steps", {}, False),
        ("steps", {"control_after_generate": "fixed"}, True),
        ("steps", {"control_after_generate": None}, False),
    ],
)
def test_seeds_are_known(name: str, options: dict[str, Json], is_seed: bool) -> None:
    spec = spec_of(["INT", options], name=name)
    assert spec is not None
    assert spec.is_seed is is_seed


def test_names_of_classes() -> None:
    schema = NodeSchema({"A": {"display_name": "An A"}, "B": {"display_name": None}, "C": "odd"})
    assert [schema.display_name(each) for each in "ABCD"] == ["An A", "", "", ""]
    assert [each in schema for each in "ABCD"] == [True, True, False, False]
    assert schema.spec("A", "x") is None


@pytest.mark.parametrize(
    ("entry", "value", "kind"),
    [
        (["INT"], "PARAM_INT_SEED", K.OTHER),
        (["INT"], True, K.OTHER),
        (["BOOLEAN"], 1, K.OTHER),
        (["STRING"], 5, K.OTHER),
        ([["a"]], None, K.OTHER),
        ([["a"]], "not listed", K.COMBO),
        (["FLOAT"], 1, K.FLOAT),
        (["MODEL"], ["4", 0], K.LINK),
        (["INT"], ["4", 0], K.LINK),
    ],
)
def test_a_value_its_editor_could_not_show_is_left_alone(
    entry: Json, value: Json, kind: InputKind
) -> None:
    schema = NodeSchema({"A": {"input": {"required": {"x": entry}}}})
    assert input_spec(schema, Node("1", "A", "", {"x": value}), "x").kind is kind
