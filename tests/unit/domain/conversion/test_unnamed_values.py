"""Values of a class that nobody knows are told apart by the names in the file, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.editor_graph import EditorInput
from runcomfy_desktop.domain.conversion.unnamed_values import named_values

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject


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
