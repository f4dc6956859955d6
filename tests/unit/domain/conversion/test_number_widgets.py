"""Numbers that are entered in the editor keep to limits and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.conversion.class_defs import input_def
from runcomfy_desktop.domain.conversion.number_widgets import clamp, coerce_number, merge_options

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def test_inputs_that_have_nothing_in_common_keep_to_their_own() -> None:
    one, other = input_def("x", ["INT", {"min": 0, "max": 5}]), input_def("x", ["INT", {"min": 9}])
    assert merge_options(one, other) is None
    assert merge_options(one, input_def("x", ["FLOAT", {}])) is None
    assert merge_options(one, input_def("x", ["INT", {"max": 5, "round": 2}])) is None
    assert coerce_number(float("inf"), one) != coerce_number(float("inf"), one)


@pytest.mark.parametrize("step", [0, -1, float("inf"), float("nan"), 10**400, 1e-320, "x", None])
@pytest.mark.parametrize("kind", ["INT", "FLOAT"])
def test_no_step_is_too_odd(kind: str, step: Json) -> None:
    definition = input_def("x", [kind, {"step": step, "round": step, "min": step, "max": step}])
    values: list[Json] = [0, 7, 1.5, -1e308, 10**400, float("inf")]
    for value in values:
        coerce_number(value, definition)
        clamp(value, definition)
    merge_options(definition, input_def("x", [kind, {"step": 3}]))


def test_texts_are_read_as_numbers_of_the_editors_language() -> None:
    definition = input_def("x", ["INT", {}])
    read: list[Json] = ["0x10", " 7 ", "1e2", ".5", "0b11", "0.49999999999999994"]
    assert [coerce_number(value, definition) for value in read] == [16, 7, 100, 1, 3, 0]
    for value in ("inf", "nan", "1_0", "0x", "1e", "seven"):
        found = coerce_number(value, definition)
        assert found != found


def test_what_counts_as_a_number_is_limited() -> None:
    definition = input_def("x", ["INT", {"min": 1, "max": 5}])
    values: list[Json] = [0, 3, 9, "7", None, False, "many", [1]]
    found = [clamp(value, definition) for value in values]
    assert found == [1, 3, 5, 5, 1, 1, "many", [1]]
