"""How far the seeds of an input go."""

from __future__ import annotations

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.seed_range import MAX_SEED, seed_range
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

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
