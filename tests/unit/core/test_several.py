"""One draft for each run of a batch, and what stays on screen of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.several import plan_several
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.sweep.several import SeedPlan, SeedWay, Several
from runcomfy_desktop.domain.workflow import workflow_from_json
from tests.support.workbenches import open_file, run_all, run_once
from tests.unit.core.test_seeds import IMAGE, SEED, bench_with, seeds_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import JsonObject

OTHER: JsonObject = {
    "1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 4}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "bike.jpg"}},
}


def several(runs: int, way: SeedWay, start: str = "", numbers: str = "") -> Several:
    return Several(runs, {SEED: SeedPlan(way, start, numbers)})


def test_a_kept_seed_stays_on_screen_whatever_a_batch_does_with_it() -> None:
    bench = bench_with()
    drafts = run_all(plan_several(bench, several(3, SeedWay.COUNT_UP, "40")))
    assert seeds_of(drafts) == [40, 41, 42]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 1
    assert bench.state.undo_text == ""


def test_a_seed_that_moves_on_is_where_the_batch_left_it() -> None:
    bench = bench_with(11, 22, 33)
    bench.set_seed_mode(SEED, SeedMode.COUNT_UP)
    drafts = run_all(plan_several(bench, several(3, SeedWay.LIST, numbers="5 9 7")))
    assert seeds_of(drafts) == [5, 9, 7]
    assert bench.state.draft is not None
    assert bench.state.draft.value(SEED) == 7
    run = run_once(bench)
    assert run is not None
    assert run.value(SEED) == 8


def test_a_batch_of_what_cannot_run_has_no_drafts() -> None:
    assert plan_several(Workbench(), Several()) is None
    bench = bench_with()
    bench.set_gone("d", "It is gone.")
    assert plan_several(bench, Several()) is None


@pytest.mark.parametrize("runs_file", [False, True])
def test_each_run_sends_what_it_would_send_alone(runs_file: bool) -> None:
    bench = bench_with()
    if runs_file:
        open_file(bench, workflow_from_json(OTHER), "x.json", "/x.json")
        bench.run_file_itself()
    bench.edit({IMAGE: "other.png"}, "x")
    drafts = run_all(plan_several(bench, several(4, SeedWay.LIST, numbers="1 1 5 1")))
    assert bench.state.draft is not None
    alone = [bench.state.draft.with_values({SEED: seed}) for seed in (1, 1, 5, 1)]
    source = bench.run_source()
    assert source is not None
    assert list(drafts) == [source.ready(each) for each in alone]
