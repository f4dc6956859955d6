"""Equality of JSON values as ComfyUI sees it."""

from __future__ import annotations

import json

import pytest

from runcomfy_desktop.domain.base.json_value import (
    Json,
    is_finite,
    is_number,
    json_preview,
    same_json,
    string_or_empty,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (None, None, True),
        (None, 0, False),
        ("1", 1, False),
        ("", None, False),
        (2**53 + 1, float(2**53), False),
        (2**64 - 1, 2**64 - 1, True),
        (0.1 + 0.2, 0.3, False),
        (NAN, NAN, True),
        ([1, 2], [1, 2.0], True),
        ([1, 2], [2, 1], False),
        ([1], [True], False),
        ([], {}, False),
        ({"a": 1, "b": [True]}, {"b": [True], "a": 1.0}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": {"b": 0}}, {"a": {"b": False}}, False),
    ],
)
def test_same(a: Json, b: Json, same: bool) -> None:
    assert same_json(a, b) is same
    assert same_json(b, a) is same


@pytest.mark.parametrize(
    "value",
    [None, True, 1.5, 'é "quoted"', [], {}, [1, [2, {"a": None}], "x"], {"a": {"b": [1]}, "c": ""}],
)
def test_a_value_is_spelt_as_json_spells_it(value: Json) -> None:
    assert json_preview(value, 1000) == json.dumps(value, ensure_ascii=False)
    assert json_preview(value, 4) == json.dumps(value, ensure_ascii=False)[:4]


def test_of_megabytes_only_the_beginning_is_spelt_out() -> None:
    large: Json = {"long": "x" * 30_000_000, "many": [[0]] * 1_000_000}
    assert json_preview(large, 40) == '{"long": "' + "x" * 30


def test_only_strings_are_taken_as_text() -> None:
    assert [string_or_empty(each) for each in ("a", "", None, 5, ["a"])] == ["a", "", "", "", ""]


def test_booleans_are_no_numbers() -> None:
    assert [each for each in (1, 0.5, True, False, None, "1") if is_number(each)] == [1, 0.5]


@pytest.mark.parametrize("value", [NAN, float("inf"), [1, [NAN]], {"a": {"b": [-float("inf")]}}])
def test_nan_and_infinities_are_found_anywhere(value: Json) -> None:
    assert not is_finite(value)
    assert is_finite({"a": [1, 2.5, 10**400, "NaN", None, True]})
