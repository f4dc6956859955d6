"""The filter: terms and their results, hits, and highlights."""

from __future__ import annotations

import pytest

from runcomfy_desktop.core.editor.draft_editor import EditorState
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.validation.input_issue import InputIssue
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, workflow_from_json
from runcomfy_desktop.ui.input_tree.input_filter import (
    FilterResult,
    FilterTab,
    InputFilter,
    InputSearch,
)
from tests.gui.support.inputs_harness import CFG, PROMPT, SEED, STEPS, WORKFLOW


def search() -> InputSearch:
    return InputSearch(lambda node: node.title or node.class_type, names_of)


def names_of(node: Node) -> tuple[str, ...]:
    return tuple(node.inputs)


def draft() -> Draft:
    return Draft(workflow_from_json(WORKFLOW), DraftSource("Blue"))


def found(wanted: InputFilter | str, now: Draft | None = None) -> FilterResult:
    asked = InputFilter(wanted) if isinstance(wanted, str) else wanted
    return search().find(asked, EditorState(draft=now or draft()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps", {"31": ("steps",)}),
        ("KSAMPLER seed", {"31": ("seed",)}),
        ("positive", {"6": ("text", "clip")}),
        ("#136", {"136": ("filename_prefix",)}),
        ("#13", {"136": ("filename_prefix",)}),
        ("euler", {"31": ("sampler_name",)}),
        ("bicycle blue", {"6": ("text",)}),
        ("load model", {"38": ()}),
        ("zebra", {}),
        ('"bicycle in blue"', {"6": ("text",)}),
        ('"blue in bicycle"', {}),
        ('"eule"', {}),
        ("ksmplr schd", {"31": ("scheduler",)}),
        ("posprompt", {"6": ("text", "clip")}),
        ("schedular", {"31": ("scheduler",)}),
        ("ksampelr setps", {"31": ("steps",)}),
        ("[1, 2]", {"50": ("extra",)}),
    ],
)
def test_words_find_titles_classes_ids_names_and_values(
    text: str, expected: dict[str, tuple[str, ...]]
) -> None:
    assert found(text).visible_inputs == expected


def test_letters_apart_are_looked_for_only_where_nothing_stands_as_it_is() -> None:
    assert not found("seed").is_fuzzy
    assert found("sed").visible_inputs == {"31": ("seed", "scheduler")}
    assert found("sed").is_fuzzy


def test_no_words_are_no_filter() -> None:
    assert found("  ").visible_inputs is None
    assert search().find(InputFilter("x"), EditorState()).visible_inputs is None


def test_changed_shows_changed_inputs_only() -> None:
    changed = draft().with_values({STEPS: 30, PROMPT: "red"})
    only = InputFilter(tab=FilterTab.CHANGED)
    assert found(only, changed).visible_inputs == {"6": ("text",), "31": ("steps",)}
    assert found(only).visible_inputs == {}
    assert found(InputFilter("red", FilterTab.CHANGED), changed).visible_inputs == {"6": ("text",)}


def test_problems_shows_inputs_with_faults_and_nodes_with_faults_of_their_own() -> None:
    faults = {
        InputKey("", ""): InputIssue("the workflow"),
        STEPS: InputIssue("too few"),
        InputKey("38", ""): InputIssue("unknown class"),
        InputKey("gone", "x"): InputIssue("of another time"),
    }
    state = EditorState(draft=draft(), issues=faults)
    assert search().find(InputFilter(tab=FilterTab.PROBLEMS), state).visible_inputs == {
        "31": ("steps",),
        "38": (),
    }
    assert search().find(InputFilter("load", FilterTab.PROBLEMS), state).visible_inputs == {
        "38": ()
    }


def test_the_input_that_is_edited_stays() -> None:
    assert found(InputFilter(tab=FilterTab.CHANGED, editing_key=STEPS)).visible_inputs == {
        "31": ("steps",)
    }
    both = InputFilter("seed", editing_key=CFG)
    assert found(both).visible_inputs == {"31": ("seed", "cfg")}


def test_a_link_is_found_by_its_name_not_by_the_node_id_in_it() -> None:
    assert found("38").visible_inputs == {"38": ()}


def test_a_value_that_was_changed_is_found_by_what_it_is_now() -> None:
    looking = search()

    def choice(text: str, now: Draft) -> object:
        return looking.find(InputFilter(text), EditorState(draft=now)).visible_inputs

    assert choice("blue bicycle", draft()) == {"6": ("text",)}
    changed = draft().with_values({PROMPT: "a red tram"})
    assert choice("tram", changed) == {"6": ("text",)}
    assert choice("bicycle", changed) == {}
    assert choice("tramm", changed) == {"6": ("text",)}
    assert choice("bicycle", draft()) == {"6": ("text",)}


@pytest.mark.parametrize(
    "text", ["steps", "ksampler 31 seed", "blue bicycle", "ksmplr", "#136", '"in blue"', "aeiou"]
)
def test_typing_letter_by_letter_finds_what_asking_at_once_finds(text: str) -> None:
    state = EditorState(draft=draft())
    looking = search()
    for end in range(1, len(text) + 1):
        asked = InputFilter(text[:end].strip())
        assert looking.find(asked, state) == search().find(asked, state)
    for end in range(len(text), 0, -1):
        asked = InputFilter(text[:end].strip())
        assert looking.find(asked, state) == search().find(asked, state)


def test_hits_are_what_matches_and_the_first_input_of_a_node_that_does() -> None:
    assert found("seed").hits == (SEED,)
    assert found("positive").hits == (PROMPT,)
    assert found("load model").hits == (InputKey("38", ""),)
    assert found("image").hits == (
        InputKey("189", "image"),
        InputKey("60", "left"),
        InputKey("136", "filename_prefix"),
    )


def test_a_prompt_is_searched_to_its_bound() -> None:
    near = draft().with_values({PROMPT: "x" * 20_000 + " needle"})
    far = draft().with_values({PROMPT: "x" * 30_000 + " needle"})
    assert found("needle", near).visible_inputs == {"6": ("text",)}
    assert found("needle", far).visible_inputs == {}
