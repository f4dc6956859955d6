"""What a preset gives a draft as a point of an axis; what is in doubt is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.preset_values import PresetValues
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.preset.capture import preset_of
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json

if TYPE_CHECKING:
    from runcomfy_desktop.domain.preset.preset import Preset

STEPS, CFG = InputKey("1", "steps"), InputKey("1", "cfg")
DRAFT = Draft(
    workflow_from_json({"1": {"class_type": "KSampler", "inputs": {"steps": 20, "cfg": 4.0}}}),
    Source("bike"),
    "d",
)


def values_of(preset: Preset) -> PresetValues:
    async def fetch(_path: str) -> Preset:
        return preset

    return PresetValues(fetch)


async def test_a_preset_is_its_values() -> None:
    preset = preset_of(DRAFT.with_values({STEPS: 8}), "Quick\none")
    assert await values_of(preset).of("p", DRAFT, None) == ("Quick one", {STEPS: 8})


async def test_what_the_draft_has_besides_stays() -> None:
    preset = preset_of(DRAFT.with_values({STEPS: 8}), "Quick")
    _name, values = await values_of(preset).of("p", DRAFT.with_values({CFG: 2.0}), None)
    assert values == {STEPS: 8}


async def test_what_is_in_doubt_is_no_point() -> None:
    other = Draft(
        workflow_from_json({"9": {"class_type": "Other", "inputs": {"steps": 20}}}), Source("x")
    )
    preset = preset_of(other.with_values({InputKey("9", "steps"): 8}), "Quick")
    with pytest.raises(Problem, match="1 value of the preset “Quick” does not fit"):
        await values_of(preset).of("p", DRAFT, None)
