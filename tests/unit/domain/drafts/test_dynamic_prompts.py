"""Dynamic prompts: expansion, prompts that stay unchanged, and errors in files."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.dynamic_prompts import (
    MAX_CHARS,
    NO_WILDCARDS,
    Wildcards,
    build_wildcards,
    expand,
    expanded_draft,
    expansion_error,
    expansion_errors,
    is_plain,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

KEY = InputKey("1", "text")
ANIMALS = build_wildcards(
    {
        "animal": ("cat", "dog"),
        "Animals/Birds": ("raven", "{small|large} heron"),
        "any": ("__animal__", "__animals/birds__"),
    }
)


def chance(seed: int = 1) -> random.Random:
    return random.Random(seed)


def results(text: str, words: Wildcards = NO_WILDCARDS) -> set[str]:
    """Returns all results of a few hundred runs."""
    source = chance()
    return {expand(text, words, source) for _run in range(400)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {red|blue} car", {"a red car", "a blue car"}),
        ("{a|b}{1|2}", {"a1", "a2", "b1", "b2"}),
        ("{a|{b|c} d}", {"a", "b d", "c d"}),
        ("{|very }good", {"good", "very good"}),
        ("{0::a|b}", {"b"}),
        ("{0::a|0::b}", {"a", "b"}),
        ("{2.5::a|b}", {"a", "b"}),
        (r"\{a|b\} {c\|d|e}", {"{a|b} c|d", "{a|b} e"}),
        ("{a", {"{a"}),
        ("a|b}", {"a|b}"}),
        ("{{a|b}", {"{a", "{b"}),
        ("{a} {}", {"{a} {}"}),
        ("({a|b}:1.2) \\(name\\)", {"(a:1.2) \\(name\\)", "(b:1.2) \\(name\\)"}),
        ('{"a": {"b": 1}}', {'{"a": {"b": 1}}'}),
        ("", {""}),
    ],
)
def test_alternatives(text: str, expected: set[str]) -> None:
    assert results(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a __animal__", {"a cat", "a dog"}),
        ("__ANIMAL__", {"cat", "dog"}),
        ("{__animal__|fish}", {"cat", "dog", "fish"}),
        ("__animals/birds__", {"raven", "small heron", "large heron"}),
        ("__any__", {"cat", "dog", "raven", "small heron", "large heron"}),
        ("snake_case __ and ____ stay", {"snake_case __ and ____ stay"}),
    ],
)
def test_lines_of_files(text: str, expected: set[str]) -> None:
    assert results(text, ANIMALS) == expected


def test_weights_make_a_choice_more_likely() -> None:
    source = chance()
    counts = [expand("{9::a|b}", NO_WILDCARDS, source) for _run in range(1000)]
    assert 850 < counts.count("a") < 950


def test_the_same_chance_chooses_the_same() -> None:
    text = "{a|b|c} __any__ {1|2|3}"
    assert expand(text, ANIMALS, chance(5)) == expand(text, ANIMALS, chance(5))


def test_a_file_that_is_missing_or_empty_is_named() -> None:
    assert "no file beast.txt" in expansion_error("a __beast__", ANIMALS)
    words = build_wildcards({"a": ("__b__",), "c": ()})
    assert "no file b.txt" in expansion_error("{x|__a__}", words)
    assert "c.txt has no lines" in expansion_error("__c__", words)
    assert expansion_error("__any__ {a|b}", ANIMALS) == ""
    assert expand("a __beast__ {b|c}", ANIMALS, chance()) == "a __beast__ {b|c}"


def test_why_a_file_is_not_used_is_told() -> None:
    words = build_wildcards(
        {"a": ("__Large__",)}, {"large": "The file large.txt has more than 4 MB."}
    )
    assert expansion_error("{x|__a__}", words) == "The file large.txt has more than 4 MB."


def test_files_that_lead_in_a_circle_are_named() -> None:
    words = build_wildcards(
        {"a": ("x", "{y|__b__}"), "b": ("__c__",), "c": ("__a__",), "d": ("__d__",)}
    )
    assert "__a__ → __b__ → __c__ → __a__" in expansion_error("__a__", words)
    assert "__d__ → __d__" in expansion_error("__d__", words)
    large = build_wildcards({f"n{n}": (f"__n{(n + 1) % 3000}__",) for n in range(3000)})
    assert expansion_error("__n0__", large) != ""
    assert expand("__a__", words, chance()) == "__a__"


def test_what_would_become_too_long_is_refused_without_trying() -> None:
    doubling = {f"n{number}": (f"__n{number + 1}__ __n{number + 1}__",) for number in range(19)}
    words = build_wildcards({**doubling, "n19": ("",)})
    assert str(MAX_CHARS) in expansion_error("__n0__", words)
    assert expansion_error("__n10__", words) == ""
    far = build_wildcards({**{f"n{n}": (f"__n{n + 1}__",) for n in range(40)}, "n40": ("end",)})
    assert "more than 20 times" in expansion_error("__n0__", far)
    assert "more than 20 times" in expansion_error("__n30__ __n10__", far)
    wide = {f"{side}{n}": (f"__a{n + 1}__{{|__b{n + 1}__}}",) for n in range(18) for side in "ab"}
    assert str(MAX_CHARS) in expansion_error(
        "__a0__", build_wildcards({**wide, "a18": ("x",), "b18": ("y",)})
    )


def test_a_long_text_without_sense_comes_to_an_end() -> None:
    """Quadratic time would exceed the time limit of a test."""
    for text in (
        "{" * 50_000,
        "{|" * 50_000,
        "}" * 50_000,
        "{a|" * 5_000 + "}" * 5_000,
        "__a" * 50_000,
    ):
        expand(text, ANIMALS, chance())


def test_each_text_of_a_draft_is_chosen_where_that_is_switched_on() -> None:
    workflow = workflow_from_json(
        {"1": {"class_type": "T", "inputs": {"text": "{a|b}", "other": "{a|b}", "steps": 3}}}
    )
    draft = Draft(
        workflow, DraftSource("x"), dynamic_prompt_inputs=frozenset({KEY, InputKey("1", "steps")})
    )
    found = {expanded_draft(draft, ANIMALS, chance(seed)).value(KEY) for seed in range(20)}
    assert found == {"a", "b"}
    assert expanded_draft(draft, ANIMALS, chance()).value(InputKey("1", "other")) == "{a|b}"
    assert expansion_errors(draft, ANIMALS) == {}
    faults = expansion_errors(draft.with_values({KEY: "__beast__"}), ANIMALS)
    assert faults == {KEY: expansion_error("__beast__", ANIMALS)}


@given(st.text(alphabet="ab{|}\\_: 1", max_size=60), st.integers(0, 99))
def test_nothing_breaks_it(text: str, seed: int) -> None:
    result = expand(text, ANIMALS, chance(seed))
    assert len(result) <= max(len(text) * 20, 20)
    if is_plain(text):
        assert result == text


@given(st.lists(st.text(alphabet="abc ", max_size=5), min_size=2, max_size=5), st.integers(0, 99))
def test_a_choice_is_one_of_its_options(options: list[str], seed: int) -> None:
    result = expand("{" + "|".join(options) + "}", NO_WILDCARDS, chance(seed))
    assert result in options
