"""Names that an input may have by now: much like the old one, and able to hold its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.presets.preset import PresetEntry
from runcomfy_desktop.domain.presets.renamed_inputs import similar_names
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Value

_NODE = Node(
    "3",
    "Sampler",
    "",
    {"noise_seed": 1, "start_step": 0, "text": "a", "sampler": "euler", "on": True, "kind": "x"},
)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("seed", 7, ("noise_seed",)),
        ("start_at_step", 3, ("start_step",)),
        ("Text", "b", ("text",)),
        ("sampler_name", "dpm", ("sampler",)),
        ("seed", "seven", ()),
        ("cfg", 7.5, ()),
        ("kind.size", "x", ()),
        ("x" * 100_000, 7, ()),
    ],
)
def test_a_name_is_offered_that_is_like_it_and_fits(
    name: str, value: Value, expected: tuple[str, ...]
) -> None:
    entry = PresetEntry(InputKey("3", name), "Sampler", "", value)
    assert similar_names(entry, tuple(_NODE.inputs), _NODE, None) == expected
