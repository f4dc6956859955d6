"""The workbench when a deployment goes: nothing that was typed goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.draft import Source
from runcomfy_desktop.domain.workflow import workflow_from_json
from tests.support.workbenches import open_file, run_once
from tests.unit.core.test_workbench import BIKE, GRAPH, SEED, TEXT, bench_with, draft_of, run

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Draft

KEPT = Source("bike.json", "/kept/bike.json")


def test_a_deployment_that_is_gone_takes_no_run_and_says_so() -> None:
    bench = bench_with()
    bench.edit({SEED: 5}, "Edit")
    bench.set_gone("0b7e", "bike is gone")
    assert bench.state.blocked == "bike is gone"
    assert run_once(bench) is None
    assert draft_of(bench).changes == {SEED: 5}
    bench.set_gone("0b7e", "")
    assert bench.state.blocked == ""


def test_one_that_is_there_again_after_all_is_believed() -> None:
    bench = bench_with()
    bench.set_gone("0b7e", "bike is gone")
    bench.open_deployment(BIKE)
    assert bench.state.blocked == ""


def test_only_the_deployment_that_went_is_told_of() -> None:
    bench = bench_with()
    heard: list[object] = []
    bench.changed.subscribe(heard.append)
    bench.set_gone("another", "gone")
    bench.set_gone("0b7e", "")
    assert heard == []
    assert bench.state.blocked == ""


def test_a_deleted_deployments_draft_lives_on_as_a_file() -> None:
    bench = bench_with()
    bench.edit({SEED: 5}, "Edit seed")
    bench.edit({TEXT: "typed"}, "Edit text")
    kept: list[Draft] = []
    bench.edited.subscribe(kept.append)
    assert bench.opened("0b7e") == BIKE
    bench.release("0b7e", KEPT)
    assert bench.opened("0b7e") is None
    draft = draft_of(bench)
    assert (draft.source, draft.deployment_id) == (KEPT, "")
    assert draft.changes == {SEED: 5, TEXT: "typed"}
    assert draft.workflow == workflow_from_json(GRAPH)
    assert kept == [draft]
    assert bench.state.deployment is None
    assert "Choose a deployment" in bench.state.blocked


def test_its_undo_goes_on_and_never_leads_back_to_it() -> None:
    bench = bench_with()
    bench.edit({SEED: 5}, "Edit seed")
    bench.edit({TEXT: "typed"}, "Edit text")
    bench.undo()
    bench.release("0b7e", KEPT)
    assert (bench.state.undo_text, bench.state.redo_text) == ("Edit seed", "Edit text")
    bench.redo()
    bench.undo()
    bench.undo()
    assert (draft_of(bench).source, draft_of(bench).deployment_id) == (KEPT, "")
    assert draft_of(bench).changes == {}


def test_the_kept_draft_runs_on_the_next_deployment_that_is_chosen() -> None:
    bench = bench_with()
    bench.edit({SEED: 5}, "Edit seed")
    bench.release("0b7e", KEPT)
    bench.bind(BIKE, draft_of(bench).key)
    assert run(bench).changes == {SEED: 5}


def test_a_file_that_ran_on_it_keeps_its_values_and_has_no_deployment() -> None:
    bench = bench_with()
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    bench.edit({SEED: 7}, "Edit seed")
    bench.release("0b7e", KEPT)
    draft = draft_of(bench)
    assert (draft.source.path, draft.deployment_id) == ("/a.json", "")
    assert draft.changes == {SEED: 7}


def test_an_empty_bench_lets_go_of_anything() -> None:
    bench = Workbench()
    bench.release("0b7e", KEPT)
    assert bench.state.draft is None


def test_a_further_draft_that_nobody_has_takes_no_other_ones_place() -> None:
    bench = bench_with()
    bench.edit({SEED: 5}, "Edit")
    first = draft_of(bench)
    bench.open_deployment(BIKE, None, "draft:ab12")
    assert draft_of(bench).key == "draft:ab12"
    bench.edit({SEED: 6}, "Edit")
    bench.open_deployment(BIKE, replace(first, changes={SEED: 7}), "draft:cd34")
    assert draft_of(bench).changes == {}, "what is stored of another one is none of it"
    bench.open_deployment(BIKE)
    assert draft_of(bench) == first
    bench.undo()
    assert draft_of(bench).changes == {}
