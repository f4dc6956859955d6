"""Messages about findings: every kind has a message, for every kind of input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.validation.input_issue import IssueKind, ValidationIssue
from runcomfy_desktop.domain.validation.issue_texts import issue_text

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

_VALUES: st.SearchStrategy[Json] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())
)


@given(
    kind=st.sampled_from(IssueKind),
    of=st.sampled_from(InputKind),
    value=_VALUES,
    limit=_VALUES,
    accepted=st.booleans(),
)
def test_whatever_is_found_can_be_said(
    kind: IssueKind, of: InputKind, value: Json, limit: Json, accepted: bool
) -> None:
    finding = ValidationIssue("x", kind, value, limit, is_accepted=accepted)
    text, _quick_fix = issue_text(finding, InputSpec(of, choices=("a", 2)))
    assert text
    assert "%s" not in text
    assert len(text) < 400


@pytest.mark.parametrize(
    ("choices", "words"),
    [((), "there is nothing to choose from"), (("b",), "not one of: b"), (tuple("bcdefg"), "e, …")],
)
def test_a_choice_that_is_not_there(choices: tuple[str, ...], words: str) -> None:
    finding = ValidationIssue("x", IssueKind.NOT_IN_LIST, "<a>")
    text, _quick_fix = issue_text(finding, InputSpec(InputKind.COMBO, choices=choices))
    assert text.startswith("“<a>”")
    assert words in text
