"""The workbench: edits, undo, files against deployments, seeds, and why a run is impossible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.page import MAX_UNDO
from runcomfy_desktop.core.workbench import BenchState, Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import Draft, SeedMode, Source
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.seed_range import MAX_SEED
from runcomfy_desktop.domain.workflow import InputKey, Workflow, workflow_from_json
from tests.support.workbenches import open_file, run_once

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json, JsonObject

SEED, STEPS, TEXT = InputKey("31", "seed"), InputKey("31", "steps"), InputKey("6", "text")
MODEL = InputKey("31", "model")
GRAPH: JsonObject = {
    "31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bike"}},
    "4": {"class_type": "Loader", "inputs": {}},
}
BIKE = Deployment("0b7e", "bike", workflow_version="v1", payload=Payload(GRAPH))


def other_graph(**inputs: object) -> JsonObject:
    """GRAPH with other inputs of its sampler."""
    sampler = {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}}
    sampler["inputs"] |= inputs  # type: ignore[operator]
    return {**GRAPH, "31": sampler}  # type: ignore[dict-item]


def bench_with(deployment: Deployment = BIKE, *, seeds: tuple[int, ...] = ()) -> Workbench:
    left = list(seeds)
    bench = Workbench((lambda: left.pop(0)) if seeds else None)
    bench.open_deployment(deployment)
    return bench


def draft_of(bench: Workbench) -> Draft:
    draft = bench.state.draft
    assert draft is not None
    return draft


def run(bench: Workbench) -> Draft:
    draft = run_once(bench)
    assert draft is not None
    return draft


# Editing


def test_an_empty_bench_takes_every_wish_and_does_nothing() -> None:
    bench = Workbench()
    bench.edit({SEED: 5}, "Edit")
    bench.reset_all()
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    bench.use_examples()
    bench.take_over_file_values()
    bench.undo()
    bench.redo()
    bench.bind(BIKE, BIKE.deployment_id)
    assert run_once(bench) is None
    assert bench.state == BenchState()


def test_a_prepared_draft_is_taken_as_one_step() -> None:
    bench = bench_with()
    edited: list[Draft] = []
    bench.edited.subscribe(edited.append)
    before = draft_of(bench)
    prepared = replace(
        before.with_values({SEED: 7, TEXT: "a car"}).with_seed_mode(SEED, SeedMode.RANDOM),
        preset="night.json",
        expands=frozenset({TEXT}),
    )
    bench.take(prepared, "Apply night")
    assert draft_of(bench) == prepared
    assert edited == [prepared]
    assert bench.state.undo_text == "Apply night"
    bench.undo()
    assert draft_of(bench) == before
    bench.redo()
    assert draft_of(bench) == prepared


def test_a_draft_of_another_workflow_is_not_taken() -> None:
    bench = bench_with()
    old = draft_of(bench)
    bench.open_deployment(replace(BIKE, deployment_id="car"))
    bench.take(old.with_values({SEED: 7}), "Apply night")
    assert not draft_of(bench).changes
    assert not bench.state.undo_text


def test_an_edit_is_told_to_views_and_to_the_store() -> None:
    bench = bench_with()
    states, drafts = list[BenchState](), list[Draft]()
    bench.changed.subscribe(states.append)
    bench.edited.subscribe(drafts.append)
    bench.edit({SEED: 5}, "Edit seed")
    bench.edit({SEED: 5}, "Edit seed")
    assert [draft.changes for draft in drafts] == [{SEED: 5}]
    assert states == [bench.state]
    assert bench.state.undo_text == "Edit seed"


def test_undo_and_redo_go_through_every_step() -> None:
    bench = bench_with()
    bench.edit({SEED: 5}, "one")
    bench.edit({STEPS: 9, TEXT: "b"}, "two")
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    bench.undo()
    assert draft_of(bench).seed_modes == {}
    bench.undo()
    assert draft_of(bench).changes == {SEED: 5}
    assert (bench.state.undo_text, bench.state.redo_text) == ("one", "two")
    bench.undo()
    bench.undo()
    assert draft_of(bench).changes == {}
    assert bench.state.undo_text == ""
    bench.redo()
    bench.redo()
    assert draft_of(bench).changes == {SEED: 5, STEPS: 9, TEXT: "b"}
    bench.edit({TEXT: "c"}, "three")
    bench.redo()
    assert bench.state.redo_text == ""
    assert draft_of(bench).value(TEXT) == "c"


def test_typing_into_one_field_is_one_step() -> None:
    bench = bench_with()
    for text in ("a", "ab", "abc"):
        bench.edit({TEXT: text}, "Edit text", merge=TEXT)
    bench.edit({STEPS: 5}, "Edit steps", merge=STEPS)
    bench.undo()
    assert draft_of(bench).changes == {TEXT: "abc"}
    bench.undo()
    assert draft_of(bench).changes == {}


def test_typed_and_taken_back_is_no_step() -> None:
    bench = bench_with()
    bench.edit({TEXT: "a bike!"}, "Edit text", merge=TEXT)
    bench.edit({TEXT: "a bike"}, "Edit text", merge=TEXT)
    assert bench.state.undo_text == ""
    assert draft_of(bench).changes == {}


def test_the_history_has_an_end() -> None:
    bench = bench_with()
    for seed in range(2, MAX_UNDO + 20):
        bench.edit({SEED: seed}, "Edit")
    for _step in range(MAX_UNDO + 20):
        bench.undo()
    assert draft_of(bench).value(SEED) == 19


def test_reset_puts_back_all() -> None:
    bench = bench_with()
    bench.edit({SEED: 5, STEPS: 9}, "Edit")
    bench.reset_all()
    assert draft_of(bench).changes == {}
    assert bench.state.undo_text == "Reset all inputs"
    bench.undo()
    assert draft_of(bench).changes == {SEED: 5, STEPS: 9}


def test_an_open_editor_hands_in_before_the_draft_is_used() -> None:
    bench = bench_with()
    bench.settling.subscribe(lambda _nothing: bench.edit({TEXT: "typed last"}, "Edit text"))
    assert run(bench).value(TEXT) == "typed last"


# Opening


def test_going_away_and_back_keeps_edits_and_history() -> None:
    bench = bench_with()
    bench.edit({SEED: 5}, "Edit")
    bench.open_deployment(replace(BIKE, deployment_id="other"))
    assert draft_of(bench).changes == {}
    bench.open_deployment(replace(BIKE, name="renamed"))
    assert draft_of(bench).changes == {SEED: 5}
    assert draft_of(bench).source.name == "renamed"
    assert bench.state.undo_text == "Edit"


def test_a_kept_draft_comes_back_as_far_as_it_fits() -> None:
    earlier = bench_with()
    earlier.edit({SEED: 5, TEXT: "b"}, "Edit")
    earlier.set_seed_mode(SEED, SeedMode.RANDOM)
    kept = draft_of(earlier)
    without_text = {key: node for key, node in GRAPH.items() if key != "6"}
    bench = Workbench()
    bench.open_deployment(replace(BIKE, payload=Payload(without_text)), kept)
    assert draft_of(bench).changes == {SEED: 5}
    assert draft_of(bench).seed_modes == {SEED: SeedMode.RANDOM}
    assert draft_of(bench).workflow == workflow_from_json(without_text)


def test_a_workflow_that_changed_takes_the_edits_along() -> None:
    bench = bench_with()
    bench.edit({SEED: 5, STEPS: 30}, "Edit")
    bench.open_deployment(replace(BIKE, payload=Payload(other_graph(steps=30))))
    assert draft_of(bench).changes == {SEED: 5}


def test_what_is_no_workflow_leaves_the_bench_as_it_was() -> None:
    bench = bench_with()
    before = bench.state
    with pytest.raises(Problem):
        bench.open_deployment(replace(BIKE, deployment_id="x", payload=Payload({})))
    assert bench.state == before


# Files


def test_a_file_runs_on_the_deployment_in_use() -> None:
    bench = bench_with()
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert bench.state.deployment == BIKE
    assert bench.state.difference is None
    assert bench.state.blocked == ""


def test_a_file_without_a_deployment_asks_for_one() -> None:
    bench = Workbench()
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert "Choose a deployment" in bench.state.blocked
    bench.bind(BIKE, draft_of(bench).key)
    assert bench.state.blocked == ""
    assert draft_of(bench).source.path == "/a.json"


def test_a_file_opened_again_runs_on_the_deployment_now_in_use() -> None:
    bench = bench_with()
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    other = replace(BIKE, deployment_id="other")
    bench.open_deployment(other)
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert bench.state.deployment == other


def test_undo_does_not_move_a_file_to_another_deployment() -> None:
    bench = Workbench()
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    bench.edit({SEED: 5}, "Edit")
    bench.bind(BIKE, draft_of(bench).key)
    bench.undo()
    assert draft_of(bench).changes == {}
    assert draft_of(bench).deployment_id == BIKE.deployment_id
    bench.redo()
    assert draft_of(bench).deployment_id == BIKE.deployment_id


def test_what_a_file_has_otherwise_is_taken_over_in_one_step() -> None:
    bench = bench_with()
    graph = other_graph(steps=30, seed=7, model=["6", 0])
    open_file(bench, workflow_from_json(graph), "a.json", "/a.json")
    difference = bench.state.difference
    assert difference is not None
    assert difference.values == {STEPS: 30, SEED: 7}
    assert difference.rewired == (MODEL,)
    bench.edit({TEXT: "b"}, "Edit")
    bench.take_over_file_values()
    assert draft_of(bench).changes == {STEPS: 30, SEED: 7, TEXT: "b"}
    assert bench.state.difference is None
    assert bench.state.undo_text == "Send the file's 2 values"
    bench.undo()
    assert draft_of(bench).changes == {TEXT: "b"}


def test_a_run_waits_until_what_is_seen_is_what_runs() -> None:
    bench = bench_with()
    open_file(bench, workflow_from_json(other_graph(steps=30)), "a.json", "/a.json")
    assert "1 value of the file differs" in bench.state.blocked
    assert run_once(bench) is None
    bench.edit({TEXT: "b"}, "Edit")
    bench.use_deployed_workflow()
    assert draft_of(bench).changes == {TEXT: "b"}
    assert draft_of(bench).value(STEPS) != 30
    assert bench.state.blocked == ""
    bench.undo()
    assert bench.state.blocked != ""
    bench.take_over_file_values()
    assert bench.state.blocked == ""
    assert draft_of(bench).changes == {STEPS: 30, TEXT: "b"}


def test_a_file_of_another_workflow_does_not_run() -> None:
    bench = bench_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(bench, workflow_from_json(extra), "a.json", "/a.json")
    assert "another workflow" in bench.state.blocked
    assert run_once(bench) is None
    bench.use_deployed_workflow()
    assert bench.state.blocked == ""


def test_a_file_that_differs_can_run_itself() -> None:
    bench = bench_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(bench, workflow_from_json(extra), "a.json", "/a.json")
    bench.run_file_itself()
    assert bench.state.blocked == ""
    assert bench.state.undo_text == "Run the file itself"
    run = run_once(bench)
    assert run is not None
    assert run.runs_file
    assert "99" in run.workflow.nodes
    bench.undo()
    assert run_once(bench) is None
    bench.redo()
    bench.use_deployed_workflow()
    assert not draft_of(bench).runs_file
    assert run_once(bench) is not None


def test_a_file_cannot_run_where_its_nodes_are_not_installed() -> None:
    bench = bench_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(bench, workflow_from_json(extra), "a.json", "/a.json")
    bench.run_file_itself()
    classes = {str(node["class_type"]) for node in GRAPH.values() if isinstance(node, dict)}
    bench.set_schema(BIKE.deployment_id, Schema({name: {} for name in classes}))
    assert bench.state.blocked == f"{BIKE.name} does not have this node: New"


def test_that_a_file_runs_itself_is_known_when_it_is_opened_again() -> None:
    bench = bench_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(bench, workflow_from_json(extra), "a.json", "/a.json")
    bench.run_file_itself()
    kept = replace(draft_of(bench), workflow=Workflow({}))
    later = bench_with()
    open_file(later, workflow_from_json(extra), "a.json", "/a.json", kept)
    assert draft_of(later).runs_file
    same = bench_with()
    open_file(same, workflow_from_json(GRAPH), "a.json", "/a.json", kept)
    run = run_once(same)
    assert run is not None
    assert not run.runs_file


def test_the_deployments_own_file_runs_at_once() -> None:
    bench = bench_with()
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert bench.state.difference is None
    assert run_once(bench) is not None


# Examples and schema


def test_what_is_left_out_of_a_deployment_is_told_as_it_is_read_last() -> None:
    bench = bench_with()
    bench.edit({SEED: 7}, "Edit")
    for graph, count in (({**GRAPH, "_comment": "x"}, 1), (GRAPH, 0), ({**GRAPH, "7": None}, 1)):
        bench.open_deployment(replace(BIKE, payload=Payload(graph)))
        report = bench.state.conversion
        assert (0 if report is None else report.left_out) == count
        assert draft_of(bench).changes == {SEED: 7}
        assert bench.state.undo_text == "Edit"


ODD: JsonObject = {**GRAPH, "_comment": "x"}


@pytest.mark.parametrize(
    ("stored", "opened", "told"),
    [(ODD, GRAPH, "stored"), (ODD, ODD, "stored"), (GRAPH, ODD, "file"), (GRAPH, GRAPH, "")],
)
def test_what_is_said_to_be_left_out_is_of_the_workflow_that_runs(
    stored: JsonObject, opened: JsonObject, told: str
) -> None:
    """A file like the deployment's workflow goes out as changes to that one."""
    bench = bench_with(replace(BIKE, payload=Payload(stored)))
    file = Draft(workflow_from_json(opened), Source("a", "/a.json"), BIKE.deployment_id)
    bench.open_draft(file)
    report = bench.state.conversion
    assert ("" if report is None else "stored" if report.is_stored else "file") == told


def test_undo_brings_back_no_earlier_report() -> None:
    bench = bench_with()
    source = Source("a", "/a.json", content="1")
    bench.open_draft(Draft(workflow_from_json(ODD), source))
    bench.edit({SEED: 7}, "Edit")
    more = workflow_from_json({**ODD, "_other": None, "_third": 3})
    bench.open_draft(Draft(more, replace(source, content="2")))
    for turn in (bench.undo, bench.redo):
        turn()
        report = bench.state.conversion
        assert report is not None
        assert report.left_out == 3


def test_examples_are_offered_until_they_are_in_use() -> None:
    examples: JsonObject = {"6": {"inputs": {"text": "a moon"}}, "31": {"inputs": {"seed": 11}}}
    bench = bench_with(replace(BIKE, payload=Payload(GRAPH, examples)))
    assert draft_of(bench).changes == {}
    assert bench.state.examples == {TEXT: "a moon", SEED: 11}
    bench.edit({SEED: 11}, "Edit")
    assert bench.state.examples == {TEXT: "a moon"}
    bench.use_examples()
    assert bench.state.examples == {}
    assert draft_of(bench).changes == {TEXT: "a moon", SEED: 11}
    bench.undo()
    assert draft_of(bench).changes == {SEED: 11}


@pytest.mark.parametrize("example", [None, False, 1.5])
def test_an_example_is_taken_over_as_what_it_is(example: Json) -> None:
    """False is equal to 0, and no value at all is not nothing to take over."""
    examples: JsonObject = {"31": {"inputs": {"seed": example}}}
    bench = bench_with(replace(BIKE, payload=Payload(GRAPH, examples)))
    bench.edit({SEED: 0}, "Edit")
    bench.use_examples()
    assert bench.state.examples == {}
    assert draft_of(bench).changes[SEED] is example
    bench.undo()
    assert draft_of(bench).changes[SEED] == 0


def test_a_schema_brings_its_faults_with_it() -> None:
    bench = bench_with()
    bench.edit({STEPS: 500}, "Edit")
    assert bench.state.blocked == ""
    limits: JsonObject = {"KSampler": {"input": {"required": {"steps": ["INT", {"max": 100}]}}}}
    bench.set_schema("another", Schema({}))
    assert bench.state.schema is None
    bench.set_schema(BIKE.deployment_id, Schema(limits))
    assert "above the maximum" in bench.state.blocked
    assert run_once(bench) is None
    bench.undo()
    assert bench.state.blocked == ""


def test_a_disabled_deployment_can_be_edited_but_not_run() -> None:
    bench = bench_with(replace(BIKE, is_enabled=False))
    bench.edit({SEED: 5}, "Edit")
    assert "bike is disabled" in bench.state.blocked
    assert run_once(bench) is None


# Seeds


def test_a_random_seed_is_on_screen_and_in_the_run() -> None:
    bench = bench_with(seeds=(111, 222))
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    assert run(bench).value(SEED) == 111
    assert draft_of(bench).value(SEED) == 111
    assert run(bench).value(SEED) == 222
    bench.undo()
    assert draft_of(bench).value(SEED) == 1


def test_a_seed_that_counts_up_begins_with_the_one_on_screen() -> None:
    bench = bench_with()
    bench.set_seed_mode(SEED, SeedMode.COUNT_UP)
    assert [run(bench).value(SEED) for _run in range(3)] == [1, 2, 3]
    bench.edit({SEED: 50}, "Edit")
    assert [run(bench).value(SEED) for _run in range(2)] == [50, 51]


def test_a_seed_that_is_kept_stays() -> None:
    bench = bench_with()
    assert [run(bench).value(SEED) for _run in range(2)] == [1, 1]


def test_seeds_keep_to_what_their_node_allows() -> None:
    limits: JsonObject = {
        "KSampler": {"input": {"required": {"seed": ["INT", {"min": 10, "max": 19}]}}}
    }
    bench = bench_with(seeds=(2**50, 7))
    bench.set_schema(BIKE.deployment_id, Schema(limits))
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    for _run in range(2):
        seed = run(bench).value(SEED)
        assert isinstance(seed, int)
        assert 10 <= seed <= 19
        assert bench.state.blocked == ""
    bench.set_seed_mode(SEED, SeedMode.COUNT_UP)
    bench.edit({SEED: 19}, "Edit")
    assert [run(bench).value(SEED) for _run in range(3)] == [19, 10, 11]


def test_random_seeds_are_never_negative_and_never_beyond_what_is_exact() -> None:
    bench = bench_with()
    bench.set_seed_mode(SEED, SeedMode.RANDOM)
    seeds = [run(bench).value(SEED) for _run in range(50)]
    assert len(set(seeds)) > 45
    assert all(isinstance(seed, int) and 0 <= seed <= MAX_SEED for seed in seeds)


def test_it_is_told_whether_the_draft_could_run_with_other_values() -> None:
    bench = bench_with()
    bench.set_schema(
        BIKE.deployment_id,
        Schema({"KSampler": {"input": {"required": {"steps": ["INT", {"min": 1, "max": 50}]}}}}),
    )
    assert bench.why_not({STEPS: 30}) == ""
    assert bench.why_not({STEPS: 99}) != ""
    assert bench.state.blocked == ""
    assert Workbench().why_not({}) != ""
