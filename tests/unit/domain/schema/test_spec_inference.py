"""Inputs without a schema: the value decides how they are edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.schema import NodeSchema, input_spec
from runcomfy_desktop.domain.schema.spec_inference import fits_editor
from runcomfy_desktop.domain.workflow.workflow import Node

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.input_spec import InputSpec

K = InputKind


def by_value(value: Json, *, class_type: str = "Unknown", name: str = "x") -> InputSpec:
    return input_spec(None, Node("1", class_type, "", {name: value}), name)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, K.BOOLEAN),
        (1, K.INT),
        (0.5, K.FLOAT),
        ("a", K.STRING),
        ("a\nb", K.TEXT),
        ("a" * 81, K.TEXT),
        (["4", 0], K.LINK),
        ([1, 2, 3], K.OTHER),
        ({"__value__": ["ink"]}, K.OTHER),
        ({"__value__": []}, K.OTHER),
        ({"x": 0, "y": 0, "width": 4, "height": 4}, K.BOX),
        ({"x": 0, "y": 0, "width": "4", "height": 4}, K.OTHER),
        ({"points": [[0, 0], [1, 0.5]], "interpolation": "linear"}, K.CURVE),
        ({"points": [[0, 0], [1]]}, K.OTHER),
        ({"min": 0.0, "max": 1.0, "midpoint": 0.5}, K.RANGE),
        ({"min": True, "max": 1.0}, K.OTHER),
        (None, K.OTHER),
    ],
)
def test_without_a_schema_the_value_says_the_kind(value: Json, kind: InputKind) -> None:
    spec = by_value(value)
    assert spec.kind is kind
    assert kind is K.LINK or not spec.is_known


def test_without_a_schema_an_image_is_known_by_class_or_by_name_and_value() -> None:
    assert by_value("bike.JPG", name="image").kind is K.IMAGE
    assert by_value("clipspace/a.png [input]", name="image").kind is K.IMAGE
    assert by_value("no picture", name="image").kind is K.STRING
    assert by_value("bike.jpg", name="file").kind is K.STRING
    assert by_value("clip.mp4", name="file").kind is K.VIDEO
    assert by_value("clip.webm", name="video").kind is K.VIDEO
    assert by_value("song.flac [output]", name="audio").kind is K.AUDIO
    assert by_value("cup.glb", name="model_file").kind is K.MESH
    assert by_value("cup.glb", name="text").kind is K.STRING
    assert by_value("whatever", class_type="VHS_LoadVideo", name="video").kind is K.VIDEO
    assert by_value("https://a.example/b.mp4?sig=x.png", name="video").kind is K.VIDEO
    assert by_value("data:image/png;base64,AAAA", name="image").kind is K.IMAGE
    assert by_value("data:image/png;base64,AAAA", name="text").kind is K.STRING
    assert by_value("a" * 10_000 + ".png", name="image").kind is K.TEXT
    assert by_value("whatever", class_type="LoadImage", name="image").kind is K.IMAGE
    assert by_value(5, name="noise_seed").is_seed


@pytest.mark.parametrize(
    ("entry", "value", "kind"),
    [
        (["FLOAT,INT", {}], 24, K.INT),
        (["FLOAT,INT", {}], 24.5, K.FLOAT),
        (["FLOAT,INT", {}], ["4", 0], K.LINK),
        (["*", {}], "words", K.STRING),
        (["MODEL", {}], "words", K.OTHER),
        (["MESH,FILE_3D", {}], "words", K.OTHER),
        (["FLOAT", {"forceInput": True}], 0.5, K.OTHER),
    ],
)
def test_an_input_of_several_types_is_edited_as_what_it_holds(
    entry: Json, value: Json, kind: InputKind
) -> None:
    schema = NodeSchema({"A": {"input": {"required": {"x": entry}}}})
    assert input_spec(schema, Node("1", "A", "", {"x": value}), "x").kind is kind


def test_what_an_editor_shows_without_changing_it() -> None:
    assert fits_editor(K.MULTI, {"__value__": []})
    assert not fits_editor(K.MULTI, {"__value__": "ink"})
    assert not fits_editor(K.MULTI, "ink")
    assert fits_editor(K.BOX, {"x": 1, "y": 2, "width": 3, "height": 4, "note": "kept"})
    assert not fits_editor(K.BOX, {"x": 1})
    assert not fits_editor(K.COLOR, 5)
    assert not fits_editor(K.VIDEO, None)
