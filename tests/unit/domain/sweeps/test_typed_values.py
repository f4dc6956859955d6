"""Typed text becomes a value of an input, or a reason is given."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.sweeps.typed_values import (
    SweepInput,
    parse_number,
    parse_value,
    value_label,
)

if TYPE_CHECKING:
    from decimal import Decimal

K = InputKind


def field(kind: InputKind, **facts: object) -> SweepInput:
    return SweepInput("cfg", InputSpec(kind, **facts))  # type: ignore[arg-type]


def refusal(text: str, kind: InputKind, **facts: object) -> str:
    with pytest.raises(Problem) as caught:
        parse_value(text, field(kind, **facts))
    return caught.value.title


def test_numbers_are_exact() -> None:
    assert parse_value("9007199254740993", field(K.INT)) == 9007199254740993
    assert parse_value(" 20 ", field(K.INT)) == 20
    whole = parse_value("20.0", field(K.INT))
    assert whole == 20
    assert isinstance(whole, int)
    assert parse_value("0.3", field(K.FLOAT)) == 0.3
    assert parse_value("0,3", field(K.FLOAT)) == 0.3
    assert isinstance(parse_value("4", field(K.FLOAT)), float)


def test_numbers_that_do_not_fit_are_named() -> None:
    assert refusal("abc", K.FLOAT) == "“abc” is no number for cfg."
    assert refusal("2.5", K.INT) == "cfg takes whole numbers, and 2.5 is none."
    assert refusal("0", K.INT, minimum=1) == "0 is too small for cfg: it takes 1 or more."
    assert (
        refusal("101", K.FLOAT, maximum=100.0) == "101 is too large for cfg: it takes 100 or less."
    )
    for endless in ("nan", "inf", "-Infinity", "1e999999999", "1e-999999999"):
        assert "cfg" in refusal(endless, K.FLOAT)


def test_yes_and_no_have_many_names() -> None:
    for text in ("true", "YES", " on ", "1", "enable"):
        assert parse_value(text, field(K.BOOLEAN, label_on="Enable")) is True
    for text in ("False", "no", "off", "0"):
        assert parse_value(text, field(K.BOOLEAN)) is False
    assert refusal("maybe", K.BOOLEAN) == "“maybe” is neither on nor off for cfg."


def test_choices_are_taken_as_they_are_spelt() -> None:
    choices = ("euler", "Heun", 4, 0.5)
    assert parse_value("euler", field(K.COMBO, choices=choices)) == "euler"
    assert parse_value(" HEUN ", field(K.COMBO, choices=choices)) == "Heun"
    assert parse_value("4", field(K.COMBO, choices=choices)) == 4
    assert parse_value("0.5", field(K.COMBO, choices=choices)) == 0.5
    assert refusal("lcm", K.COMBO, choices=choices) == "“lcm” is none of the choices of cfg."
    # A blank at the end of a choice counts, so "A" is not "a ".
    assert refusal("A", K.COMBO, choices=("a ", "aa", "b")).startswith("“A” is none")
    assert parse_value("new.safetensors", field(K.COMBO, choices=("a",), is_remote=True)) == (
        "new.safetensors"
    )


def test_files_are_addresses_or_the_deployments_own() -> None:
    assert parse_value("https://example.com/a.png", field(K.IMAGE)) == "https://example.com/a.png"
    assert parse_value("example.png", field(K.IMAGE, choices=("example.png",))) == "example.png"
    assert refusal("https://192.168.1.2/a.png", K.IMAGE) == (
        "“https://192.168.1.2/a.png” cannot be used for cfg."
    )
    assert refusal("/home/me/a.png", K.IMAGE).startswith("“/home/me/a.png” is neither an address")


def test_other_kinds() -> None:
    assert parse_value(" as it is ", field(K.TEXT)) == " as it is "
    assert parse_value("#A0b1c2", field(K.COLOR)) == "#A0b1c2"
    assert refusal("red", K.COLOR) == "“red” is no colour for cfg: write it as #rrggbb."
    assert refusal("{}", K.CURVE) == "cfg cannot be varied by values in a list."
    assert refusal("x", K.LINK) == "cfg cannot be varied by values in a list."


def test_headers_are_short_and_in_one_line() -> None:
    assert value_label(0.1) == "0.1"
    assert value_label(4.0) == "4"
    assert value_label(1e-05) == "0.00001"
    assert value_label(True) == "On"
    assert value_label(False, InputSpec(K.BOOLEAN, label_off="never")) == "never"
    assert value_label("") == "(empty)"
    assert value_label("a\nb") == "a b"
    assert len(value_label("x" * 500)) == 80
    assert value_label("see https://h/a.png?X-Amz-Signature=abc") == "see https://h/a.png"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6))
def test_a_number_is_what_it_is_written_as(number: Decimal) -> None:
    assert parse_number(format(number, "f"), "cfg") == number


@given(st.text(max_size=30), st.sampled_from(sorted(K, key=lambda kind: kind.value)))
def test_any_text_is_a_value_or_a_problem(text: str, kind: InputKind) -> None:
    with suppress(Problem):
        parse_value(text, field(kind, choices=("a", 1), minimum=0, maximum=10))
