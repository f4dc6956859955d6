"""Capturing a draft as a preset, and detecting later changes to the draft."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.drafts.pin import Pin
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.capture import (
    first_of,
    is_changed,
    media_of,
    preset_inputs,
    preset_of,
    updated_preset,
)
from runcomfy_desktop.domain.presets.preset import PresetEntry
from runcomfy_desktop.domain.presets.proposal import apply_proposals
from runcomfy_desktop.domain.presets.proposal_builder import build_proposals
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from tests.support.renumbered_workflow import renumber

_SHA = "ab" * 32
_PICTURE = MediaFile("a.png", f"{_SHA}.png", _SHA, "image/png", 5, 2, 2, path="/a.png", mtime_ns=7)
TEXT, SEED, STEPS = InputKey("6", "text"), InputKey("31", "seed"), InputKey("31", "steps")
IMAGE = InputKey("2", "image")
WORKFLOW = Workflow(
    {
        "31": Node("31", "KSampler", "", {"seed": 1, "steps": 20, "latent": ["2", 0]}),
        "6": Node("6", "CLIPTextEncode", "Prompt", {"text": "a lighthouse"}),
        "2": Node("2", "LoadImage", "", {"image": "x.png"}),
    }
)
DRAFT = Draft(WORKFLOW, DraftSource("Flux", workflow_version="v3"), "dep-1")
EDITED = replace(
    DRAFT.with_values({TEXT: "a {red|blue} bike", SEED: 5, IMAGE: _PICTURE}),
    dynamic_prompt_inputs=frozenset({TEXT}),
)


def test_only_what_differs_is_in_it() -> None:
    preset = preset_of(EDITED, "Bike", (Pin(STEPS),))
    assert (preset.name, preset.deployment_id, preset.deployment_name) == ("Bike", "dep-1", "Flux")
    assert (preset.workflow_version, preset.pins) == ("v3", (Pin(STEPS),))
    assert preset.entries == (
        PresetEntry(IMAGE, "LoadImage", "", _PICTURE, position=(">KSampler.latent",)),
        PresetEntry(TEXT, "CLIPTextEncode", "Prompt", "a {red|blue} bike", expands=True),
        PresetEntry(
            SEED, "KSampler", "", 5, seed_mode=SeedMode.KEEP, position=("latent<LoadImage",)
        ),
    )
    assert media_of(preset) == {IMAGE: _PICTURE}


@pytest.mark.parametrize("most", [0, 1, 2, 5, 40, 100])
def test_its_first_inputs_are_told_without_making_it(most: int) -> None:
    ids = ["10", "9", "57:3", "57", "a", "100", "57:20"]
    names = {node_id: dict.fromkeys("dbca", 1) for node_id in ids}
    nodes = {node_id: Node(node_id, "Node", "", inputs) for node_id, inputs in names.items()}
    draft = Draft(Workflow(nodes), DraftSource("a"))
    draft = draft.with_values({key: 2 for key in draft.workflow.input_keys() if key.name != "c"})
    draft = replace(
        draft, dynamic_prompt_inputs=frozenset({InputKey("9", "c"), InputKey("a", "c")})
    )
    wanted = [entry.key for entry in preset_of(draft, "x").entries]
    assert len(preset_inputs(draft)) == len(wanted)
    assert first_of(preset_inputs(draft), most) == wanted[:most]


def test_a_file_has_no_deployment_by_its_name() -> None:
    draft = Draft(WORKFLOW, DraftSource("flux.json", "/home/jo/flux.json"))
    assert preset_of(draft, "x").deployment_name == ""


def test_a_mode_alone_is_said_without_a_value() -> None:
    preset = preset_of(DRAFT.with_seed_mode(SEED, SeedMode.RANDOM), "x")
    assert preset.entries == (
        PresetEntry(
            SEED,
            "KSampler",
            "",
            None,
            has_value=False,
            seed_mode=SeedMode.RANDOM,
            position=("latent<LoadImage",),
        ),
    )


def test_what_cannot_be_given_away_is_not_in_it() -> None:
    draft = DRAFT.with_values({TEXT: "https://s.example/a?X-Amz-Signature=5", STEPS: float("nan")})
    entries = {entry.key: entry for entry in preset_of(draft, "x").entries}
    assert entries[TEXT].value == "https://s.example/a"
    assert not entries[STEPS].has_value
    assert not is_changed(
        DRAFT.with_values({TEXT: "https://s.example/a?sig=5"}),
        preset_of(DRAFT.with_values({TEXT: "https://s.example/a?sig=5"}), "x"),
    )


def test_a_draft_is_as_its_preset_says() -> None:
    preset = preset_of(EDITED, "x")
    assert not is_changed(EDITED, preset)
    assert not is_changed(EDITED, read_preset(write_preset(preset)))


@pytest.mark.parametrize(
    "draft",
    [
        DRAFT,
        EDITED.with_values({TEXT: "another"}),
        EDITED.with_values({STEPS: 30}),
        EDITED.with_values({SEED: 1}),
        EDITED.with_seed_mode(SEED, SeedMode.RANDOM),
        EDITED.with_values({IMAGE: replace(_PICTURE, sha256="cd" * 32)}),
        replace(EDITED, dynamic_prompt_inputs=frozenset()),
        replace(EDITED, dynamic_prompt_inputs=frozenset({TEXT, InputKey("6", "other")})),
    ],
)
def test_what_moved_on_is_seen(draft: Draft) -> None:
    assert is_changed(draft, preset_of(EDITED, "x"))


def test_a_seed_that_goes_on_by_itself_is_no_change() -> None:
    draft = EDITED.with_seed_mode(SEED, SeedMode.RANDOM)
    preset = preset_of(draft, "x")
    assert not is_changed(draft.with_values({SEED: 77}), preset)
    assert is_changed(draft.with_seed_mode(SEED, SeedMode.KEEP), preset)


def test_a_value_that_is_the_workflows_own_elsewhere_is_no_change() -> None:
    other = Workflow({**WORKFLOW.nodes, "6": Node("6", "CLIPTextEncode", "", {"text": "new"})})
    preset = preset_of(DRAFT.with_values({TEXT: "new"}), "x")
    assert not is_changed(replace(DRAFT, workflow=other), preset)


def test_a_draft_of_the_same_workflow_with_other_ids_is_as_its_preset_says() -> None:
    preset = preset_of(EDITED, "x")
    other, ids = renumber(WORKFLOW, 1)
    fresh = replace(DRAFT, workflow=other)
    plan = build_proposals(preset, fresh, None)
    there = apply_proposals(fresh, [each for each in plan if each.is_possible], "x.json")
    assert there.changes.keys() != EDITED.changes.keys()
    assert not is_changed(there, preset)
    steps = InputKey(ids[STEPS.node_id], STEPS.name)
    assert is_changed(there.with_values({steps: 9}), preset)
    assert is_changed(fresh, preset)


def test_the_name_of_a_file_is_no_change() -> None:
    moved = EDITED.with_values({IMAGE: replace(_PICTURE, name="b.png", path="")})
    assert not is_changed(moved, preset_of(EDITED, "x"))


def test_an_update_keeps_what_no_draft_knows() -> None:
    data = {_SHA: b"x", "cd" * 32: b"y"}
    before = replace(
        preset_of(EDITED, "x", (Pin(STEPS, extra={"c": 3}),)),
        note="Noon",
        files=data,
        extra={"a": 1},
        entries=(PresetEntry(TEXT, "C", "", "old", extra={"b": 2}), PresetEntry(SEED, "K", "", 1)),
    )
    now = updated_preset(before, preset_of(EDITED, "New"))
    assert (now.name, now.note, now.extra, now.files) == ("New", "Noon", {"a": 1}, {_SHA: b"x"})
    assert {entry.key: entry.extra for entry in now.entries} == {
        IMAGE: {},
        TEXT: {"b": 2},
        SEED: {},
    }
    assert now.pins == before.pins
    again = updated_preset(before, preset_of(EDITED, "New", (Pin(STEPS, label="Steps"),)))
    assert again.pins == (Pin(STEPS, label="Steps", extra={"c": 3}),)
