"""Essentials that are suggested for a workflow, and their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.essentials.guess import MAX_ROWS
from runcomfy_desktop.domain.essentials.names import essential_names
from runcomfy_desktop.domain.essentials.suggestion import equal_seeds, suggest_essentials
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import (
    AuthorChoices,
    InputKey,
    Workflow,
    workflow_from_json,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

_TEXT: Json = ["STRING", {"multiline": True}]
_SEED: Json = ["INT", {"control_after_generate": True}]
SCHEMA = NodeSchema(
    {
        "LoadImage": {
            "display_name": "Load Image",
            "input": {"required": {"image": [["a.png"], {"image_upload": True}]}},
            "output": ["IMAGE"],
        },
        "CLIPTextEncode": {
            "display_name": "CLIP Text Encode (Prompt)",
            "input": {"required": {"text": _TEXT}},
            "output": ["CONDITIONING"],
        },
        "KSampler": {
            "input": {"required": {"seed": _SEED, "steps": ["INT"], "cfg": ["FLOAT"]}},
            "output": ["LATENT"],
        },
        "SaveImage": {
            "input": {"required": {"filename_prefix": ["STRING"]}},
            "output": [],
            "output_node": True,
        },
    }
)


def _node(class_type: str, title: str = "", **inputs: Json) -> JsonObject:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title}}


GRAPH: JsonObject = {
    "1": _node("SaveImage", filename_prefix="A", images=["2", 0]),
    "2": _node(
        "KSampler",
        seed=7,
        steps=20,
        cfg=3.5,
        positive=["3", 0],
        negative=["4", 0],
        image=["5", 0],
        other=["6", 0],
    ),
    "3": _node("CLIPTextEncode", "CLIP Text Encode (Positive Prompt)", text="a red bicycle"),
    "4": _node("CLIPTextEncode", "What to avoid", text="blurry"),
    "5": _node("LoadImage", "Load Image", image="a.png"),
    "6": _node("LoadImage", image="b.png"),
}
PREFIX, STEPS, TEXT = (
    InputKey("1", "filename_prefix"),
    InputKey("2", "steps"),
    InputKey("3", "text"),
)
SEED, CFG = InputKey("2", "seed"), InputKey("2", "cfg")
NEGATIVE, FIRST, SECOND = InputKey("4", "text"), InputKey("5", "image"), InputKey("6", "image")
GUESSED = (FIRST, SECOND, TEXT, NEGATIVE, SEED, STEPS, CFG)


def _workflow(choices: AuthorChoices | None = None) -> Workflow:
    return replace(workflow_from_json(GRAPH), author_choices=choices)


def _overrides(*keys: InputKey) -> JsonObject:
    return {key.node_id: {"inputs": {key.name: "x"}} for key in keys}


def test_without_any_choice_it_is_the_guess() -> None:
    assert suggest_essentials(_workflow(), SCHEMA, {}) == GUESSED


def test_the_authors_choice_is_the_whole_form() -> None:
    linked, missing = InputKey("2", "positive"), InputKey("99", "text")
    choices = AuthorChoices((STEPS, missing, linked, TEXT, STEPS), promoted_inputs=(CFG,))
    found = suggest_essentials(_workflow(choices), SCHEMA, _overrides(PREFIX))
    assert found == (STEPS, TEXT)


def test_stale_choices_of_an_author_are_no_choice() -> None:
    choices = AuthorChoices((InputKey("99", "text"),))
    assert suggest_essentials(_workflow(choices), SCHEMA, {}) == GUESSED


def test_example_values_of_the_owner_are_added_to_the_guess_by_kind() -> None:
    found = suggest_essentials(_workflow(), SCHEMA, _overrides(PREFIX, STEPS, InputKey("9", "x")))
    assert found == (FIRST, SECOND, TEXT, NEGATIVE, SEED, STEPS, CFG, PREFIX)


def test_inputs_on_the_outside_of_a_subgraph_come_last() -> None:
    choices = AuthorChoices(promoted_inputs=(PREFIX, TEXT))
    assert suggest_essentials(_workflow(choices), SCHEMA, {}) == (*GUESSED, PREFIX)


def _with_second_sampler(seed: int) -> Workflow:
    second = _node("KSampler", seed=seed, steps=["2", 0], cfg=["2", 0])
    saver = _node("SaveImage", filename_prefix=["2", 0], images=["7", 0])
    return workflow_from_json({**GRAPH, "7": second, "8": saver})


def test_equal_seeds_are_one_essential_and_others_are_not() -> None:
    other_seed = InputKey("7", "seed")
    same, different = _with_second_sampler(7), _with_second_sampler(8)
    assert suggest_essentials(same, SCHEMA, {}) == GUESSED
    assert equal_seeds(GUESSED, same, SCHEMA) == {SEED: (other_seed,)}
    assert equal_seeds((SEED, other_seed), same, SCHEMA) == {}
    found = suggest_essentials(different, SCHEMA, {})
    assert found == (FIRST, SECOND, TEXT, NEGATIVE, SEED, other_seed, STEPS, CFG)
    assert equal_seeds(found, different, SCHEMA) == {}
    assert equal_seeds((TEXT,), same, SCHEMA) == {}


def test_of_many_different_seeds_ten_are_suggested() -> None:
    graph = dict(GRAPH)
    for number in range(30):
        graph[f"s{number}"] = _node("KSampler", seed=100 + number, steps=["2", 0], cfg=["2", 0])
        graph[f"o{number}"] = _node("SaveImage", filename_prefix=["2", 0], images=[f"s{number}", 0])
    found = suggest_essentials(workflow_from_json(graph), SCHEMA, {})
    assert sum(key.name == "seed" for key in found) == MAX_ROWS
    assert set(GUESSED) <= set(found)


def test_broken_overrides_do_no_harm() -> None:
    values: list[Json] = [None, [], "x", {"2": 5}, {"2": {"inputs": []}}]
    for broken in values:
        assert suggest_essentials(_workflow(), SCHEMA, broken) == GUESSED


def test_names_say_what_an_input_is_for() -> None:
    assert essential_names((*GUESSED, PREFIX), _workflow(), SCHEMA) == {
        FIRST: "Picture 1",
        SECOND: "Picture 2",
        TEXT: "Prompt",
        NEGATIVE: "What to avoid",
        SEED: "Seed",
        STEPS: "Steps",
        CFG: "CFG",
    }


def test_names_do_not_depend_on_the_order_of_the_form() -> None:
    names = essential_names([SECOND, FIRST], _workflow(), SCHEMA)
    assert names == {FIRST: "Picture 1", SECOND: "Picture 2"}
    assert essential_names([SECOND], _workflow(), SCHEMA) == {SECOND: "Picture"}


def test_titles_that_only_repeat_the_class_are_recognised_without_the_schema() -> None:
    names = essential_names(GUESSED, _workflow(), None)
    assert names[TEXT] == "Prompt"
    assert names[FIRST] == "Picture 1"
    assert names[NEGATIVE] == "What to avoid"


def test_a_title_from_outside_is_one_line_of_text() -> None:
    graph = {**GRAPH, "4": _node("CLIPTextEncode", "two\nlines\t<b>", text="x")}
    workflow = workflow_from_json(graph)
    assert essential_names([NEGATIVE], workflow, SCHEMA) == {NEGATIVE: "two lines <b>"}


def test_a_title_names_a_primitive_and_not_a_number_with_a_name_that_says_more() -> None:
    graph = {
        **GRAPH,
        "2": {**_node("KSampler", "Make it blue", seed=7, steps=["9", 0])},
        "9": _node("PrimitiveInt", "How long it works", value=20),
    }
    primitive = InputKey("9", "value")
    names = essential_names([SEED, primitive], workflow_from_json(graph), SCHEMA)
    assert names == {SEED: "Seed", primitive: "How long it works"}
