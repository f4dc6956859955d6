"""What was changed comes along to a new version of a workflow, where it still fits."""

from __future__ import annotations

from runcomfy_desktop.core.carrying import carry_over
from runcomfy_desktop.domain.draft import Draft, SeedMode, Source
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json

SEED, STEPS, TEXT = InputKey("1", "seed"), InputKey("1", "steps"), InputKey("2", "text")


def draft_of(**inputs: object) -> Draft:
    sampler = {"seed": 1, "steps": 20, **inputs}
    raw = {
        "1": {"class_type": "KSampler", "inputs": sampler},
        "2": {"class_type": "Prompt", "inputs": {"text": "a"}},
    }
    return Draft(workflow_from_json(raw), Source("D"), "d")  # type: ignore[arg-type]


def test_changes_and_modes_come_along() -> None:
    earlier = draft_of().with_values({SEED: 5, TEXT: "b"}).with_seed_mode(SEED, SeedMode.RANDOM)
    carried = carry_over(earlier, draft_of(steps=30))
    assert carried.changes == {SEED: 5, TEXT: "b"}
    assert carried.seed_modes == {SEED: SeedMode.RANDOM}
    assert carried.value(STEPS) == 30
    assert carry_over(None, draft_of()).changes == {}


def test_what_is_a_wire_by_now_stays_one() -> None:
    earlier = draft_of().with_values({STEPS: 5})
    assert carry_over(earlier, draft_of(steps=["2", 0])).changes == {}


def test_a_value_that_is_the_workflows_own_by_now_is_no_change() -> None:
    earlier = draft_of().with_values({STEPS: 30})
    assert carry_over(earlier, draft_of(steps=30)).changes == {}
