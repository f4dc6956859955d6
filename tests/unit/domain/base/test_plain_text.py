"""Untrusted strings on one line: they cannot break, reverse or fill that line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.plain_text import (
    MAX_LINE_CHARS,
    inline_text,
    one_line,
    printable_text,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("", ""),
        ("  two\n\tlines \r\n", "two lines"),
        ("<b>bold</b> & more", "<b>bold</b> & more"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\u2066x\u2069 \u200ey\u200f", "x y"),
        ("a\u200bb\ufeffc", "abc"),
        ("👩\u200d🚀 می\u200cخواهم", "👩\u200d🚀 می\u200cخواهم"),
        ("\x00\x1b[31mred\x07", "[31mred"),
        ("half \ud800 a pair", "half a pair"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\u0627\u0644", "\u0627\u0644"),
    ],
)
def test_what_stays_of_a_text(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize("text", ["x" * 100_000, "é" * 100_000, "a\n" * 100_000, " " * 9000 + "x"])
def test_a_long_text_is_cut(text: str) -> None:
    line = one_line(text)
    assert len(line) <= MAX_LINE_CHARS
    assert line.endswith("…")


def test_a_printable_text_keeps_its_lines() -> None:
    assert printable_text("two\nlines\tor \u202emore\x07", 100) == "two\nlines\tor more"
    assert printable_text("x" * 100, 5) == "xxxx…"


def test_a_text_that_just_fits_is_whole() -> None:
    assert one_line("x" * MAX_LINE_CHARS) == "x" * MAX_LINE_CHARS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", "a b"),
        ("a" * 100, "a" * 59 + "…"),
        (20, "20"),
        (0.5, "0.5"),
        (True, "true"),
        (None, "null"),
        (["4", 0], '["4", 0]'),
        ({"a": [1] * 1000}, '{"a": [' + "1, " * 17 + "1,"),
        (2**64 - 1, "18446744073709551615"),
        (-(10**5000), "a number of more than 60 digits"),
        ([10**5000], "…"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "value",
)
def test_a_value_is_short_and_on_one_line(value: Json, text: str) -> None:
    assert inline_text(value) == text


@given(st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_any_value_can_be_shown(value: Json) -> None:
    assert len(inline_text(value)) <= 60
