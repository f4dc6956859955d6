"""Findings in words: every kind has a sentence, for every kind of input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.fault import FaultKind
from runcomfy_desktop.domain.fault_words import said
from runcomfy_desktop.domain.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.verdict.finding import Finding

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json

_VALUES: st.SearchStrategy[Json] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())
)


@given(
    kind=st.sampled_from(FaultKind),
    of=st.sampled_from(InputKind),
    value=_VALUES,
    limit=_VALUES,
    accepted=st.booleans(),
)
def test_whatever_is_found_can_be_said(
    kind: FaultKind, of: InputKind, value: Json, limit: Json, accepted: bool
) -> None:
    finding = Finding("x", kind, value, limit, accepted=accepted)
    text, _cure = said(finding, InputSpec(of, choices=("a", 2)))
    assert text
    assert "%s" not in text
    assert len(text) < 400


@pytest.mark.parametrize(
    ("choices", "words"),
    [((), "there is nothing to choose from"), (("b",), "not one of: b"), (tuple("bcdefg"), "e, …")],
)
def test_a_choice_that_is_not_there(choices: tuple[str, ...], words: str) -> None:
    finding = Finding("x", FaultKind.NOT_IN_LIST, "<a>")
    text, _cure = said(finding, InputSpec(InputKind.COMBO, choices=choices))
    assert text.startswith("“<a>”")
    assert words in text
