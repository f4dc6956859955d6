"""Format check of typed API keys, made before a key is sent."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.account.api_key import key_problem


@pytest.mark.parametrize("typed", ["rc_0123456789abcdef", "k" * 4096, "rc_~!"])
def test_what_can_be_a_key_is_tried(typed: str) -> None:
    assert key_problem(typed) is None


@pytest.mark.parametrize("typed", ["", "bearer rc_1", "k" * 4097, "rc 1", "schlüssel", "a\u200bb"])
def test_what_can_be_no_key_says_where_to_get_one(typed: str) -> None:
    fault = key_problem(typed, "Ask somebody.")
    assert fault is not None
    assert fault.advice in ("Ask somebody.", "Leave it out.")
