"""Inputs that look different between two states of the draft editor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.editor.draft_editor import EditorState
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.validation.input_issue import InputIssue
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.ui.input_tree.effective_rows import changed_keys

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Value

A, B, C = (InputKey("1", name) for name in "abc")
DRAFT = Draft(Workflow({"1": Node("1", "Node", "", {"a": 1, "b": 2, "c": 3})}), DraftSource("a"))


def make_draft_editor(**values: Value) -> EditorState:
    return EditorState(
        draft=replace(DRAFT, changes={InputKey("1", name): value for name, value in values.items()})
    )


@pytest.mark.parametrize(
    ("before", "after", "different"),
    [
        ({}, {}, set()),
        ({"a": 5}, {"a": 5}, set()),
        ({"a": "x" * 9}, {"a": "".join(["xxx"] * 3)}, set()),
        ({"a": 5}, {"a": 6}, {A}),
        ({"a": 1}, {"a": True}, {A}),
        ({"a": 1}, {"a": 1.0}, {A}),
        ({}, {"a": None}, {A}),
        ({"a": None}, {}, {A}),
        ({"a": 5, "b": 6}, {"b": 6, "c": 7}, {A, C}),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, {A}),
    ],
)
def test_values_that_came_went_or_changed(
    before: dict[str, Value], after: dict[str, Value], different: set[InputKey]
) -> None:
    assert changed_keys(make_draft_editor(**before), make_draft_editor(**after)) == different
    assert changed_keys(make_draft_editor(**after), make_draft_editor(**before)) == different


def test_modes_words_and_faults_count_as_well() -> None:
    state = make_draft_editor(a=5)
    assert state.draft is not None
    draft = replace(
        state.draft, seed_modes={A: SeedMode.RANDOM}, dynamic_prompt_inputs=frozenset({B})
    )
    after = replace(state, draft=draft, issues={C: InputIssue("too large")})
    assert changed_keys(state, after) == {A, B, C}
    assert changed_keys(after, state) == {A, B, C}
    assert changed_keys(after, after) == set()
    assert changed_keys(EditorState(), after) == set()
