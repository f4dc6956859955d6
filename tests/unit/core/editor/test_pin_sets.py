"""Pins by owner: matching to a draft's nodes, and the limits of values and seeds."""

from __future__ import annotations

from dataclasses import replace

from runcomfy_desktop.core.editor.pin_sets import PinSets, is_limited, owner_of
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.pin import pin_of
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

WORKFLOW = workflow_from_json(
    {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}
)
SEED, STEPS = InputKey("31", "seed"), InputKey("31", "steps")
DRAFT = Draft(WORKFLOW, DraftSource("Bike"), "0b7e")
SEED_PIN = replace(pin_of(SEED, WORKFLOW), minimum=5, maximum=9)
STEPS_PIN = replace(pin_of(STEPS, WORKFLOW), maximum=10)


def test_drafts_of_a_deployment_or_of_a_file_share_an_owner() -> None:
    assert owner_of(replace(DRAFT, draft_id="2")) == owner_of(DRAFT) == "0b7e"
    assert owner_of(replace(DRAFT, source=DraftSource("a", "/tmp/a.json"))) == "file:/tmp/a.json"


def test_pins_are_matched_by_their_owner() -> None:
    pin_sets = PinSets()
    assert pin_sets.matched(DRAFT) == {}
    pin_sets["0b7e"] = (pin_of(InputKey("31", "gone"), WORKFLOW), SEED_PIN)
    assert pin_sets.matched(DRAFT)[1] == SEED_PIN
    assert pin_sets.matched(replace(DRAFT, deployment_id="other")) == {}
    pin_sets["0b7e"] = (SEED_PIN,)
    assert pin_sets.matched(DRAFT) == {0: SEED_PIN}


def test_seeds_and_values_obey_the_limits() -> None:
    pin_sets = PinSets()
    full_range = pin_sets.seed_range(DRAFT, SEED, None)
    assert pin_sets.limit_issues(DRAFT, None) == {}
    pin_sets["0b7e"] = (SEED_PIN, STEPS_PIN)
    assert is_limited(STEPS_PIN)
    assert pin_sets.seed_range(DRAFT, SEED, None) == (5, 9) != full_range
    assert set(pin_sets.limit_issues(DRAFT, None)) == {SEED, STEPS}
    issues = pin_sets.limit_issues(DRAFT.with_values({SEED: 7, STEPS: 10}), None)
    assert issues == {}
