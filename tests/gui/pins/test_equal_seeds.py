"""Seeds with equal saved values in the form of the essentials: one row changes all of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    SEED,
    STEPS,
    WORKFLOW,
    InputsHarness,
    open_inputs_harness,
)
from tests.gui.support.pinned_form import PinnedFormDriver

if TYPE_CHECKING:
    from pathlib import Path

K = Qt.Key
OTHER_SEED = InputKey("32", "seed")


def open_two_samplers(harness: InputsHarness) -> PinnedFormDriver:
    """Opens a workflow whose samplers have the same seed, and shows one of them in the form."""
    workflow = json.loads(json.dumps(WORKFLOW))
    workflow["32"] = json.loads(json.dumps(WORKFLOW["31"]))
    harness.open(workflow)
    harness.pins.pin(SEED, STEPS)
    return PinnedFormDriver(harness)


async def test_a_seed_in_the_form_changes_all_equal_seeds_as_one_step(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        form = open_two_samplers(harness)
        assert form.model.input_row_of(SEED).node_title == "KSampler and 1 more"
        assert form.model.input_row_of(STEPS).node_title == "KSampler"
        form.click(SEED)
        harness.retype("5")
        harness.key(K.Key_Return)
        assert harness.changes == {SEED: 5, OTHER_SEED: 5}
        assert harness.announcements == []
        harness.draft_editor.undo()
        assert harness.changes == {}
        form.click(SEED, RowPart.DICE)
        assert harness.changes[SEED] == harness.changes[OTHER_SEED]
        form.focus_row(SEED)
        harness.panel.reset_current()
        assert harness.changes == {}
        form.model.set_seed_mode(SEED, SeedMode.RANDOM)
        assert harness.draft.seed_modes.keys() == {SEED, OTHER_SEED}


async def test_a_seed_that_is_shown_itself_is_changed_alone(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        form = open_two_samplers(harness)
        harness.pins.pin(OTHER_SEED)
        user_input.process_events()
        assert form.model.input_row_of(SEED).node_title == "KSampler"
        form.click(SEED)
        harness.retype("5")
        harness.key(K.Key_Return)
        assert harness.changes == {SEED: 5}
