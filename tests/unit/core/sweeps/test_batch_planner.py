"""One draft for each run of a batch, and the draft that stays in the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.sweeps.batch_planner import plan_batch
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan, SeedPlan, SeedStrategy
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from tests.support.draft_runs import open_file, run_all, run_once
from tests.unit.core.editor.test_seeds import IMAGE, SEED, editor_with, seeds_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

OTHER: JsonObject = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 4}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
}


def batch_plan(runs: int, way: SeedStrategy, start: str = "", numbers: str = "") -> BatchPlan:
    return BatchPlan(runs, {SEED: SeedPlan(way, start, numbers)})


def test_a_kept_seed_stays_on_screen_whatever_a_batch_does_with_it() -> None:
    draft_editor = editor_with()
    drafts = run_all(plan_batch(draft_editor, batch_plan(3, SeedStrategy.COUNT_UP, "40")))
    assert seeds_of(drafts) == [40, 41, 42]
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.value(SEED) == 1
    assert draft_editor.state.undo_text == ""


def test_a_seed_that_moves_on_is_where_the_batch_left_it() -> None:
    draft_editor = editor_with(11, 22, 33)
    draft_editor.set_seed_mode(SEED, SeedMode.COUNT_UP)
    drafts = run_all(plan_batch(draft_editor, batch_plan(3, SeedStrategy.LIST, numbers="5 9 7")))
    assert seeds_of(drafts) == [5, 9, 7]
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.value(SEED) == 7
    run = run_once(draft_editor)
    assert run is not None
    assert run.value(SEED) == 8


def test_a_batch_of_what_cannot_run_has_no_drafts() -> None:
    assert plan_batch(DraftEditor(), BatchPlan()) is None
    draft_editor = editor_with()
    draft_editor.set_unavailable("d", "It is gone.")
    assert plan_batch(draft_editor, BatchPlan()) is None


@pytest.mark.parametrize("runs_file", [False, True])
def test_each_run_sends_what_it_would_send_alone(runs_file: bool) -> None:
    draft_editor = editor_with()
    if runs_file:
        open_file(draft_editor, workflow_from_json(OTHER), "x.json", "/x.json")
        draft_editor.run_file_workflow()
    draft_editor.edit({IMAGE: "other.png"}, "x")
    drafts = run_all(plan_batch(draft_editor, batch_plan(4, SeedStrategy.LIST, numbers="1 1 5 1")))
    assert draft_editor.state.draft is not None
    alone = [draft_editor.state.draft.with_values({SEED: seed}) for seed in (1, 1, 5, 1)]
    source = draft_editor.run_source()
    assert source is not None
    assert list(drafts) == [source.prepare(each) for each in alone]
