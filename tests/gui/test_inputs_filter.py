"""The filter: what is found by which words."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.workflow import Node, workflow_from_json
from runcomfy_desktop.ui.inputs.filter import Filter, Haystack
from tests.gui.support.bench import PROMPT, STEPS, WORKFLOW


def title_of(node: Node) -> str:
    return node.title or node.class_type


def draft() -> Draft:
    return Draft(workflow_from_json(WORKFLOW), Source("Blue"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("steps", {"31": ("steps",)}),
        ("KSAMPLER seed", {"31": ("seed",)}),
        ("positive", {"6": ("text", "clip")}),
        ("#136", {"136": ("filename_prefix",)}),
        ("euler", {"31": ("sampler_name",)}),
        ("bicycle blue", {"6": ("text",)}),
        ("load model", {"38": ()}),
        ("zebra", {}),
    ],
)
def test_words_find_titles_classes_ids_names_and_values(
    text: str, found: dict[str, tuple[str, ...]]
) -> None:
    assert Filter(text).choose(draft(), Haystack(title_of)) == found


def test_no_words_are_no_filter() -> None:
    assert Filter("  ").choose(draft(), Haystack(title_of)) is None
    assert Filter("x").choose(None, Haystack(title_of)) is None


def test_changed_shows_changed_inputs_only() -> None:
    changed = draft().with_values({STEPS: 30, PROMPT: "red"})
    only = Filter(only_changed=True)
    assert only.choose(changed, Haystack(title_of)) == {"6": ("text",), "31": ("steps",)}
    assert only.choose(draft(), Haystack(title_of)) == {}
    assert Filter("red", only_changed=True).choose(changed, Haystack(title_of)) == {"6": ("text",)}


def test_the_input_that_is_edited_stays() -> None:
    kept = Filter(only_changed=True, kept=STEPS)
    assert kept.choose(draft(), Haystack(title_of)) == {"31": ("steps",)}


def test_a_link_is_found_by_its_name_not_by_the_node_id_in_it() -> None:
    assert Filter("38").choose(draft(), Haystack(title_of)) == {"38": ()}


def test_a_value_that_was_changed_is_found_by_what_it_is_now() -> None:
    hay = Haystack(title_of)
    assert Filter("blue bicycle").choose(draft(), hay) == {"6": ("text",)}
    changed = draft().with_values({PROMPT: "a red tram"})
    assert Filter("tram").choose(changed, hay) == {"6": ("text",)}
    assert Filter("bicycle").choose(changed, hay) == {}
    assert Filter("bicycle").choose(draft(), hay) == {"6": ("text",)}
