"""Widgets get their saved values; only the editor can make some of the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.convert import convert
from tests.support.editor_graphs import graph, inputs_of, node, warnings_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject


def test_null_is_the_first_choice_or_an_empty_text() -> None:
    ui = graph(
        [
            node(1, "Sample", [7, "fixed", 30, None, 4.5]),
            node(2, "Text", [None]),
            node(3, "Pick", [None, "tail"]),
        ],
        [],
    )
    found = inputs_of(ui)
    assert found["1"]["sampler"] == "euler"
    assert found["2"] == {"text": ""}
    assert found["3"] == {"how": "size", "how.width": 8, "last": "tail"}
    assert warnings_of(ui) == []


def test_null_in_other_fields_stays_and_is_told() -> None:
    ui = graph([node(1, "Sample", [None, "fixed", None, "heun", None])], [])
    assert inputs_of(ui)["1"] == {"seed": None, "steps": None, "sampler": "heun", "cfg": None}
    assert "seed, steps, cfg" in warnings_of(ui)[0]


def test_a_choice_among_nothing_is_not_sent() -> None:
    empty: JsonObject = {"Empty": {"input": {"required": {"name": [[]]}}, "output": []}}
    found = convert(graph([node(1, "Empty"), node(2, "Empty", [None])], []), empty)
    nodes = found.workflow.nodes
    assert (dict(nodes["1"].inputs), dict(nodes["2"].inputs)) == ({}, {"name": None})
    assert [each.node_id for each in found.report.remarks] == ["2"]


def test_a_number_or_a_truth_chooses_the_option_of_its_name() -> None:
    options: list[Json] = [
        {"key": key, "inputs": {"required": {"n": ["INT", {"default": at}]}}}
        for at, key in enumerate(["1", "7", "true"])
    ]
    known: JsonObject = {
        "How": {"input": {"required": {"m": ["COMFY_DYNAMICCOMBO_V3", {"options": options}]}}}
    }
    for chosen, number in ((7, 1), (True, 2)):
        found = convert(graph([node(1, "How", [chosen])], []), known).workflow.nodes["1"]
        assert found.inputs == {"m": chosen, "m.n": number}


@pytest.mark.parametrize(
    ("kind", "value"), [("LOAD_3D", ""), ("WEBCAM", "x"), ("AUDIO_RECORD", ""), ("PAINTER", "")]
)
def test_what_only_the_editor_can_make_is_told(kind: str, value: Json) -> None:
    known: JsonObject = {"View": {"input": {"required": {"scene": [kind, {}]}}, "output": []}}
    found = convert(graph([node(1, "View", [value])], []), known)
    assert found.workflow.nodes["1"].inputs["scene"] == value
    assert "Only ComfyUI's editor can make the value of scene" in found.report.as_text()


def test_a_drawing_that_was_saved_needs_no_editor() -> None:
    known: JsonObject = {"Draw": {"input": {"required": {"mask": ["PAINTER", {}]}}, "output": []}}
    found = convert(graph([node(1, "Draw", ["painter-1.png [input]"])], []), known)
    assert found.report.remarks == ()


def test_choices_from_a_server_have_a_button_that_is_sent() -> None:
    remote: JsonObject = {"remote": {"route": "/files", "refresh_button": True}}
    known: JsonObject = {
        "Remote": {"input": {"required": {"file": ["COMBO", remote], "n": ["INT"]}}, "output": []}
    }
    ui = graph([node(1, "Remote", ["a.png", True, "refresh", 5])], [])
    assert convert(ui, known).workflow.nodes["1"].inputs == {
        "file": "a.png",
        "refresh": "refresh",
        "n": 5,
    }


def test_a_curve_that_is_a_list_is_called_one() -> None:
    known: JsonObject = {"Bend": {"input": {"required": {"curve": ["CURVE", {}]}}, "output": []}}
    points: list[Json] = [[0, 0], [1, 1]]
    found = convert(graph([node(1, "Bend", [points])], []), known).workflow.nodes["1"]
    assert found.inputs == {"curve": {"__type__": "CURVE", "__value__": points}}
