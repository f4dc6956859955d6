from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.dynamic_inputs import sent_workflow
from runcomfy_desktop.domain.drafts.prompt_inputs import PromptInputs, find_prompt_inputs
from runcomfy_desktop.domain.jobs.run_facts import (
    MAX_EARLIER_CHARS,
    MAX_PROMPT_CHARS,
    MAX_PROMPTS,
    RunFacts,
    run_facts_from_json,
    run_facts_of,
    run_facts_to_json,
)
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import AuthorChoices, InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value

POSITIVE, NEGATIVE = InputKey("6", "text"), InputKey("7", "text")
GRAPH: dict[str, Json] = {
    "3": {
        "class_type": "KSampler",
        "inputs": {"cfg": 2.5, "seed": 5, "positive": ["6", 0], "negative": ["7", 0]},
    },
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red bicycle"}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry"}, "_meta": {"title": "No"}},
    "9": {"class_type": "LoadImage", "inputs": {"image": "bike.png"}},
}
PICTURE = MediaFile("cat.png", "ab.png", "ab", "image/png", 123, 4, 5)


def _draft(changes: dict[InputKey, Value], graph: dict[str, Json] | None = None) -> Draft:
    workflow = workflow_from_json(GRAPH if graph is None else graph)
    return Draft(
        workflow,
        DraftSource("flux"),
        "d-1",
        changes,
        prompt_inputs=find_prompt_inputs(workflow, None),
    )


def _one_input(value: Json) -> RunFacts:
    graph: dict[str, Json] = {"1": {"class_type": "A", "inputs": {"x": value}}}
    return run_facts_of(_draft({InputKey("1", "x"): "new"}, graph))


def test_the_values_before_are_known_for_changed_inputs_only() -> None:
    facts = run_facts_of(_draft({InputKey("3", "cfg"): 3.5, InputKey("9", "image"): PICTURE}))
    assert facts.earlier == {InputKey("3", "cfg"): "2.5", InputKey("9", "image"): "bike.png"}
    assert facts.titles == {}


def test_prompts_are_kept_whether_changed_or_not_but_never_twice() -> None:
    assert run_facts_of(_draft({})) == RunFacts(
        prompts={POSITIVE: "a red bicycle"}, negative_prompts={NEGATIVE: "blurry"}
    )
    facts = run_facts_of(_draft({POSITIVE: "a blue bicycle"}))
    assert facts.prompts == {POSITIVE: ""}
    assert facts.earlier == {POSITIVE: "a red bicycle"}


def test_a_node_is_named_only_where_another_has_an_input_of_that_name() -> None:
    changes: dict[InputKey, Value] = {POSITIVE: "a", NEGATIVE: "b", InputKey("3", "seed"): 1}
    assert run_facts_of(_draft(changes)).titles == {"6": "CLIPTextEncode", "7": "No"}
    alike: dict[str, Json] = {
        each: {"class_type": "KSampler", "inputs": {"seed": 1}} for each in ("1", "2")
    }
    facts = run_facts_of(_draft({InputKey("2", "seed"): 4}, alike))
    assert facts.titles == {"2": "KSampler #2"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", '""'),
        (None, None),
        (["4", 0], None),
        (True, "true"),
        (10**70, "a number of more than 60 digits"),
        ({"a": [1] * 100}, None),
        ("data:image/png;base64,iVBORw0KGgo=", None),
        ("A" * 5000, None),
        ("https://x.example/a.png?X-Amz-Signature=abc", "https://x.example/a.png"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_values_before_are_short_plain_and_without_data(value: Json, text: str | None) -> None:
    earlier = _one_input(value).earlier.get(InputKey("1", "x"))
    if isinstance(value, dict):
        assert earlier is not None
        assert len(earlier) <= 60
    else:
        assert earlier == text


def test_long_texts_and_many_prompts_are_cut() -> None:
    assert len(_one_input("word " * 1000).earlier[InputKey("1", "x")]) == MAX_EARLIER_CHARS
    long = "word " * MAX_PROMPT_CHARS
    many: dict[str, Json] = {
        str(each): {"class_type": "CLIPTextEncode", "inputs": {"text": long}} for each in range(9)
    }
    facts = run_facts_of(_draft({}, many))
    assert [len(text) for text in facts.prompts.values()] == [MAX_PROMPT_CHARS] * MAX_PROMPTS


def test_a_prompt_that_holds_a_file_is_not_kept() -> None:
    draft = _draft({}, {"1": {"class_type": "A", "inputs": {"x": "data:a/b;base64,AAAA"}}})
    draft = replace(draft, prompt_inputs=PromptInputs((InputKey("1", "x"),)))
    assert run_facts_of(draft) == RunFacts()


def _with_first_outputs(draft: Draft, *node_ids: str) -> Draft:
    choices = AuthorChoices(output_ids=node_ids)
    return replace(draft, workflow=replace(draft.workflow, author_choices=choices))


def test_the_results_that_the_author_shows_first_are_known_from_what_is_sent() -> None:
    draft = _with_first_outputs(_draft({POSITIVE: "x"}), "9", "3")
    assert run_facts_of(replace(draft, workflow=sent_workflow(draft, None))).first_outputs == (
        "9",
        "3",
    )


def test_facts_come_back_as_they_were_stored_and_small() -> None:
    changes: dict[InputKey, Value] = {POSITIVE: "x", InputKey("3", "cfg"): 3.5}
    facts = run_facts_of(_with_first_outputs(_draft(changes), "9"))
    stored = json.dumps(run_facts_to_json(facts))
    assert run_facts_from_json(json.loads(stored)) == facts
    assert facts.first_outputs == ("9",)
    assert len(stored) < 300
    assert run_facts_to_json(RunFacts()) == {}


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        {"earlier": [], "titles": "x", "prompts": {"1": 5}, "negative_prompts": None},
        {"first_outputs": {"9": 1}},
        {"first_outputs": [9, None, ["9"]]},
        {"earlier": {"1": {"x": 5, "y": {"$media": {}}}}, "titles": {"1": ["a"]}},
    ],
)
def test_stored_facts_in_another_form_are_left_out(tree: Json) -> None:
    assert run_facts_from_json(tree) == RunFacts()


def test_stored_facts_are_bounded() -> None:
    facts = run_facts_from_json(
        {
            "earlier": {"1": {str(each): "x" * 9999 for each in range(999)}},
            "titles": {str(each): "x" * 9999 for each in range(999)},
            "prompts": {"1": {str(each): "x" * 99_999 for each in range(9)}},
        }
    )
    assert (len(facts.earlier), len(facts.titles), len(facts.prompts)) == (200, 200, MAX_PROMPTS)
    assert max(map(len, facts.earlier.values())) == MAX_EARLIER_CHARS
    assert max(map(len, facts.prompts.values())) == MAX_PROMPT_CHARS
