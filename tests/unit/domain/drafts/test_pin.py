"""Pins: found again, moved, and narrower than the node."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.pin import (
    MAX_PINS,
    Pin,
    available_pins,
    matched_pins,
    move_pin,
    narrowed_spec,
    pin_of,
    pin_to_json,
    pins_from_json,
)
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow

STEPS, TEXT = InputKey("31", "steps"), InputKey("6", "text")
WORKFLOW = Workflow(
    {
        "6": Node("6", "CLIPTextEncode", "Prompt", {"text": "a bike"}),
        "31": Node("31", "KSampler", "", {"steps": 20, "model": ["6", 0]}),
    }
)
SCHEMA = NodeSchema(
    {
        "KSampler": {
            "input": {"required": {"steps": ["INT", {"min": 1, "max": 100}], "model": ["MODEL"]}}
        }
    }
)
DRAFT = Draft(WORKFLOW, DraftSource("bike"), "0b7e")


def test_a_pin_knows_its_node() -> None:
    assert pin_of(TEXT, WORKFLOW) == Pin(TEXT, "CLIPTextEncode", "Prompt")


def test_pins_are_placed_where_their_nodes_are_now_and_keep_their_order() -> None:
    pins = [
        Pin(InputKey("99", "text"), "CLIPTextEncode", "Prompt", label="What to see"),
        Pin(InputKey("7", "seed"), "Nobody"),
        Pin(InputKey("31", "steps")),
    ]
    placed = matched_pins(pins, WORKFLOW)
    assert list(placed) == [0, 2]
    assert placed[0] == Pin(TEXT, "CLIPTextEncode", "Prompt", label="What to see")
    assert placed[2] == Pin(STEPS, "KSampler")


def test_of_two_pins_of_one_input_the_first_stands() -> None:
    first = Pin(STEPS, "KSampler", label="first")
    second = Pin(InputKey("8", "steps"), "KSampler", label="second")
    assert list(matched_pins([first, second], WORKFLOW).values()) == [first]


def test_a_pin_of_an_input_that_is_not_there_is_not_shown() -> None:
    gone = Pin(InputKey("31", "gone"), "KSampler")
    nobody = Pin(InputKey("77", "gone"), "KSampler")
    there = pin_of(STEPS, WORKFLOW)
    assert available_pins([gone, there, nobody], DRAFT, SCHEMA) == (there,)


@pytest.mark.parametrize(
    ("at", "to", "order"), [(0, 2, "bca"), (2, 0, "cab"), (1, 1, "abc"), (1, 9, "acb")]
)
def test_a_pin_moves_to_a_place(at: int, to: int, order: str) -> None:
    pins = [Pin(InputKey(name, "x")) for name in "abc"]
    assert "".join(pin.node_id for pin in move_pin(pins, at, to)) == order


@pytest.mark.parametrize(
    ("pin", "low", "high"),
    [
        (Pin(STEPS, minimum=5, maximum=30), 5, 30),
        (Pin(STEPS, minimum=-5, maximum=300), 1, 100),
        (Pin(STEPS, minimum=4.2, maximum=30.9), 5, 30),
        (Pin(STEPS, maximum=30), 1, 30),
        # No value would be left between the limits, so the node's own limits apply.
        (Pin(STEPS, minimum=30, maximum=5), 1, 100),
        (Pin(STEPS, minimum=500), 1, 100),
        (Pin(STEPS), 1, 100),
        (None, 1, 100),
    ],
)
def test_limits_lie_within_the_nodes_own(pin: Pin | None, low: int, high: int) -> None:
    spec = narrowed_spec(InputSpec(InputKind.INT, minimum=1, maximum=100), pin)
    assert (spec.minimum, spec.maximum) == (low, high)


def test_where_the_node_has_no_limits_the_pin_gives_some() -> None:
    spec = narrowed_spec(InputSpec(InputKind.FLOAT), Pin(STEPS, minimum=0.5, maximum=1.5))
    assert (spec.minimum, spec.maximum) == (0.5, 1.5)
    assert narrowed_spec(InputSpec(InputKind.TEXT), Pin(TEXT, minimum=1)) == InputSpec(
        InputKind.TEXT
    )


def test_a_pin_comes_back_from_json() -> None:
    whole = Pin(STEPS, "KSampler", "Sampler", "How many", "More is slower.", 1, 30.5)
    plain = Pin(TEXT, "CLIPTextEncode", "")
    assert pins_from_json([pin_to_json(whole), pin_to_json(plain)]) == (whole, plain)
    assert "label" not in pin_to_json(plain)


@pytest.mark.parametrize(
    "entry",
    [None, 5, "x", [], {}, {"node": "1"}, {"node": 1, "input": "x"}, {"node": "1", "input": None}],
)
def test_what_is_no_pin_is_left_out(entry: object) -> None:
    assert pins_from_json([entry]) == ()  # type: ignore[list-item]


def test_odd_members_are_as_if_they_were_not_there() -> None:
    entry = {"node": "1", "input": "x", "label": 5, "minimum": "low", "maximum": True}
    assert pins_from_json([entry]) == (Pin(InputKey("1", "x")),)  # type: ignore[list-item]
    entry = {"node": "1", "input": "x", "minimum": float("nan"), "maximum": 10**400}
    assert pins_from_json([entry]) == (Pin(InputKey("1", "x")),)  # type: ignore[list-item]
    assert pins_from_json({"node": "1"}) == ()


def test_a_form_has_an_end() -> None:
    entries = [pin_to_json(Pin(InputKey(str(at), "x"))) for at in range(MAX_PINS + 5)]
    assert len(pins_from_json(list(entries))) == MAX_PINS
    long = {"node": "1", "input": "x", "label": "l" * 9999, "hint": "h" * 99999}
    (pin,) = pins_from_json([long])  # type: ignore[list-item]
    assert len(pin.label) < 200
    assert len(pin.hint) < 2000
