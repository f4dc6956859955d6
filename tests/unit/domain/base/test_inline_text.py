"""Values in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.inline_text import inline_text

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


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
