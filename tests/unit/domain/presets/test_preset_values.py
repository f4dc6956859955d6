"""Values that a preset sets without asking the user, and presets that are refused."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.preset_values import preset_values
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json

CFG, SEED, TEXT = InputKey("3", "cfg"), InputKey("3", "seed"), InputKey("6", "text")
DRAFT = Draft(
    workflow_from_json(
        {
            "3": {"class_type": "KSampler", "inputs": {"cfg": 4.0, "seed": 1}},
            "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}},
        }
    ),
    DraftSource("Flux"),
    "d1",
)


def test_all_values_are_set_also_those_that_the_draft_has() -> None:
    preset = Preset(
        "Calm",
        (
            PresetEntry(CFG, "KSampler", "", 4.0),
            PresetEntry(TEXT, "CLIPTextEncode", "", "a hen"),
            PresetEntry(SEED, "KSampler", "", None, has_value=False, seed_mode=SeedMode.RANDOM),
        ),
    )
    assert preset_values(preset, DRAFT, None) == {CFG: 4.0, TEXT: "a hen"}


def test_a_file_that_was_found_nowhere_is_refused() -> None:
    image, sha = InputKey("1", "image"), "ab" * 32
    file = MediaFile("fox.png", f"{sha}.png", sha, "image/png", 9, 3, 2)
    workflow = workflow_from_json({"1": {"class_type": "LoadImage", "inputs": {"image": "a"}}})
    draft = Draft(workflow, DraftSource("Flux"), "d1")
    preset = Preset("Calm", (PresetEntry(image, "LoadImage", "", file),))
    assert preset_values(preset, draft, None) == {image: file}
    with pytest.raises(Problem) as caught:
        preset_values(preset, draft, None, missing={sha})
    assert caught.value.detail == "The file fox.png was not found on this computer."


@pytest.mark.parametrize(
    "entry",
    [
        PresetEntry(InputKey("9", "cfg"), "KSampler", "", 2.0),
        PresetEntry(InputKey("9", "gone"), "Gone", "", 2.0),
        PresetEntry(InputKey("3", "cfg"), "OtherSampler", "", 2.0),
        PresetEntry(InputKey("3", "gone"), "KSampler", "", 2.0),
    ],
)
def test_what_is_not_surely_meant_is_refused_by_name(entry: PresetEntry) -> None:
    with pytest.raises(Problem, match="The preset “Calm” does not fit this workflow"):
        preset_values(Preset("Calm", (entry,)), DRAFT, None)
