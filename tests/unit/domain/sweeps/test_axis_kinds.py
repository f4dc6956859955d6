"""The kinds of axes that fit an input, and their texts."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.sweeps.axis_kinds import (
    AxisKind,
    can_vary,
    kind_hint,
    kind_of,
    kind_text,
    kinds_for,
)
from runcomfy_desktop.domain.sweeps.spec import CsvSpec, ListSpec, RangeSpec
from runcomfy_desktop.domain.workflow.workflow import InputKey

NEEDS_NO_INPUT = (AxisKind.CSV, AxisKind.PRESETS, AxisKind.DEPLOYMENTS)


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (InputKind.INT, (AxisKind.RANGE, AxisKind.LIST)),
        (InputKind.COMBO, (AxisKind.CHOICES, AxisKind.LIST)),
        (InputKind.TEXT, (AxisKind.LINES, AxisKind.LIST, AxisKind.REPLACE)),
        (InputKind.AUDIO, (AxisKind.FILES, AxisKind.LIST)),
        (InputKind.COLOR, (AxisKind.LIST,)),
        (InputKind.CURVE, (AxisKind.LIST,)),
        (None, ()),
    ],
)
def test_what_fits_an_input_stands_before_what_needs_none(
    kind: InputKind | None, first: tuple[AxisKind, ...]
) -> None:
    assert kinds_for(kind) == (*first, *NEEDS_NO_INPUT)
    assert {each for each in kinds_for(kind) if not each.has_input} == set(NEEDS_NO_INPUT)


def test_values_can_be_listed_for_some_inputs_only() -> None:
    assert can_vary(InputKind.FLOAT)
    assert not can_vary(InputKind.CURVE)


def test_what_was_said_of_an_axis_tells_its_kind() -> None:
    key = InputKey("3", "seed")
    assert kind_of(RangeSpec(key, "1", "3")) is AxisKind.RANGE
    assert kind_of(ListSpec(key, "1, 2")) is AxisKind.LIST
    assert kind_of(CsvSpec("prompts.csv")) is AxisKind.CSV


def test_each_kind_has_a_text_of_its_own() -> None:
    texts = [kind_text(kind) for kind in AxisKind]
    assert all(texts)
    assert len(set(texts)) == len(texts)
    assert "CSV" in kind_text(AxisKind.CSV)
    assert kind_hint(AxisKind.LINES) == "Each line is one value."
    assert kind_hint(AxisKind.RANGE) == ""
