"""Checks: faults of what was changed, in words that name value, limit and cure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.checks import (
    Fault,
    blocking_text,
    fault_of,
    find_faults,
    mismatch,
)
from runcomfy_desktop.domain.draft import Draft, Source, Value
from runcomfy_desktop.domain.media import INLINE_CAP_BYTES, INLINE_LIMIT_BYTES, MediaFile
from runcomfy_desktop.domain.overrides import Difference, compare
from runcomfy_desktop.domain.schema import InputKind, InputSpec, Schema
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json

INT = InputSpec(InputKind.INT, minimum=1, maximum=100)
FLOAT = InputSpec(InputKind.FLOAT, minimum=0.0, maximum=1.0)
COMBO = InputSpec(InputKind.COMBO, choices=("a", "b", "c", "d", "e"))
IMAGE = InputSpec(InputKind.IMAGE)
PICTURE = MediaFile("bike.png", "ab.png", "ab", "image/png", 10, 3, 2)


@pytest.mark.parametrize(
    ("value", "spec", "words"),
    [
        (50, INT, ""),
        (0, INT, "0 is below the minimum. Set it to 1 or more."),
        (101, INT, "101 is above the maximum. Set it to 100 or less."),
        ("5", INT, "is not a number"),
        (True, INT, "is not a number"),
        (None, FLOAT, "is not a number"),
        (float("nan"), FLOAT, "is not a number"),
        (float("inf"), InputSpec(InputKind.FLOAT), "is not a number"),
        (2**64, InputSpec(InputKind.INT), ""),
        (10**400, InputSpec(InputKind.INT), ""),
        (1.0, FLOAT, ""),
        (1.01, FLOAT, "1.01 is above the maximum. Set it to 1.0 or less."),
        ("a", COMBO, ""),
        ("z", COMBO, "“z” is not one of: a, b, c, d, …"),
        ("z", replace(COMBO, choices=("a",)), "“z” is not one of: a"),
        ("", IMAGE, "No picture is chosen."),
        ("bike.png", IMAGE, ""),
        ("data:image/png;base64,AAAA", IMAGE, ""),
        ("https://files.example.org/bike.png", IMAGE, ""),
        ("ftp://files.example.org/bike.png", IMAGE, "begins with https://"),
        ("http://192.168.1.2/bike.png", IMAGE, "inside your own network"),
        ("http://localhost/bike.png", IMAGE, "inside your own network"),
        ("", InputSpec(InputKind.STRING), ""),
        (PICTURE, IMAGE, ""),
        (replace(PICTURE, size_bytes=INLINE_LIMIT_BYTES), IMAGE, ""),
        (replace(PICTURE, size_bytes=INLINE_LIMIT_BYTES + 1), IMAGE, "send it anyway"),
        (replace(PICTURE, size_bytes=INLINE_LIMIT_BYTES + 1, send_large=True), IMAGE, ""),
        (
            replace(PICTURE, size_bytes=INLINE_CAP_BYTES + 1, send_large=True),
            IMAGE,
            "Use an address instead",
        ),
    ],
)
def test_a_value_and_its_fault(value: Value, spec: InputSpec, words: str) -> None:
    fault = fault_of(value, spec)
    if words:
        assert fault is not None
        assert words in fault.text
        assert fault.blocks
    else:
        assert fault is None


def test_a_picture_written_into_its_input_has_the_same_ceiling() -> None:
    head = "data:image/png;base64,"
    assert fault_of(head + "A" * (INLINE_CAP_BYTES * 4 // 3), IMAGE) is None
    fault = fault_of(head + "A" * (INLINE_CAP_BYTES * 2), IMAGE)
    assert fault is not None
    assert "Use an address instead" in fault.text


def draft_of(raw: Json) -> Draft:
    return Draft(workflow_from_json(raw), Source("a"), "0b7e")


GRAPH: Json = {
    "3": {"class_type": "KSampler", "inputs": {"steps": 20, "model": ["99", 0]}},
    "4": {"class_type": "Other", "inputs": {"steps": -5}},
}
SCHEMA = Schema({"KSampler": {"input": {"required": {"steps": ["INT", {"min": 1, "max": 100}]}}}})
STEPS, MODEL = InputKey("3", "steps"), InputKey("3", "model")


def test_only_what_was_changed_is_checked_and_a_cut_wire_is_named() -> None:
    draft = draft_of(GRAPH)
    faults = find_faults(draft, SCHEMA)
    assert set(faults) == {MODEL}
    assert not faults[MODEL].blocks
    assert "#99" in faults[MODEL].text
    faults = find_faults(draft.with_values({STEPS: 0}), SCHEMA)
    assert faults[STEPS].blocks
    assert STEPS not in find_faults(draft.with_values({STEPS: 0}), None)


def test_what_blocks_is_said_in_one_line() -> None:
    assert blocking_text({}) == ""
    wire = Fault("Cut.", blocks=False)
    assert blocking_text({MODEL: wire}) == ""
    assert blocking_text({MODEL: wire, STEPS: Fault("Too low.")}) == "steps: Too low."
    two = {STEPS: Fault("a"), InputKey("4", "steps"): Fault("b")}
    assert blocking_text(two) == "2 inputs need attention"


def test_a_file_that_is_another_workflow_is_named() -> None:
    deployed = workflow_from_json({"3": {"class_type": "KSampler", "inputs": {"seed": 1}}})
    sentence = mismatch(compare(workflow_from_json(GRAPH), deployed), "flux")
    assert sentence == "This file is another workflow than that of flux: choose which one to run"


def test_values_that_would_not_run_are_counted() -> None:
    values = {STEPS: 5}
    assert mismatch(Difference(values, (), ()), "flux").startswith("1 value of the file differs")
