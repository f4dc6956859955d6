"""Seeds of a draft, and the numbers that they may get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.drafts.seed_inputs import MAX_SEED, seed_inputs, seed_range
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

GRAPH: JsonObject = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 20}},
    "2": {"class_type": "Noise", "inputs": {"noise_seed": ["1", 0]}},
    "3": {
        "class_type": "Dice",
        "inputs": {"eyes": 2, "seed": True},
        "_meta": {"title": "My\ndice"},
    },
}
INFO: JsonObject = {
    "KSampler": {
        "display_name": "The sampler",
        "input": {
            "required": {"seed": ["INT", {"min": 0, "max": 2**64 - 1}], "steps": ["INT", {}]}
        },
    },
    "Dice": {
        "input": {
            "required": {"eyes": ["INT", {"control_after_generate": True, "min": 1, "max": 6}]}
        }
    },
}
DRAFT = Draft(
    workflow_from_json(
        {
            "1": {"class_type": "A", "inputs": {"seed": 3, "steps": 20}},
            "2": {"class_type": "B", "inputs": {"noise_seed": 5}},
            "3": {"class_type": "B", "inputs": {"noise_seed": ["1", 0]}},
        }
    ),
    DraftSource(""),
)


def draft() -> Draft:
    return Draft(workflow_from_json(GRAPH), DraftSource("x"))


def test_seeds_are_those_of_the_classes_and_no_wires() -> None:
    found = seed_inputs(draft(), NodeSchema(INFO))
    assert [(each.key.node_id, each.name, each.title) for each in found] == [
        ("1", "seed", "The sampler"),
        ("3", "eyes", "My dice"),
    ]
    assert [(each.value, each.low, each.high) for each in found] == [(7, 0, 2**64 - 1), (2, 1, 6)]
    assert [each.random_high for each in found] == [MAX_SEED, 6]


def test_without_a_schema_the_usual_names_are_seeds() -> None:
    assert [each.key for each in seed_inputs(draft(), None)] == [InputKey("1", "seed")]


def test_value_and_mode_are_those_of_the_draft() -> None:
    key = InputKey("1", "seed")
    changed = draft().with_values({key: 9}).with_seed_mode(key, SeedMode.RANDOM)
    [seed] = seed_inputs(changed, None)
    assert (seed.value, seed.mode) == (9, SeedMode.RANDOM)


def test_the_limits_of_the_node_count_as_far_as_numbers_are_exact() -> None:
    wide = NodeSchema(
        {"A": {"input": {"required": {"seed": ["INT", {"min": 0, "max": 2**64 - 1}]}}}}
    )
    narrow = NodeSchema({"A": {"input": {"required": {"seed": ["INT", {"min": 1, "max": 9}]}}}})
    key = InputKey("1", "seed")
    assert seed_range(DRAFT, key, wide) == (0, MAX_SEED)
    assert seed_range(DRAFT, key, narrow) == (1, 9)
    assert seed_range(DRAFT, key, None) == (0, MAX_SEED)
    assert seed_range(DRAFT, InputKey("9", "seed"), None) == (0, MAX_SEED)
