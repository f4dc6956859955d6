"""The draft editor: edits, undo, files and their deployments, seeds, and blocked runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
from runcomfy_desktop.core.editor.open_draft import MAX_UNDO
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.drafts.seed_inputs import MAX_SEED
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, workflow_from_json
from tests.support.draft_runs import open_file, run_once

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

SEED, STEPS, TEXT = InputKey("31", "seed"), InputKey("31", "steps"), InputKey("6", "text")
MODEL = InputKey("31", "model")
GRAPH: JsonObject = {
    "31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bike"}},
    "4": {"class_type": "Loader", "inputs": {}},
}
BIKE = Deployment("0b7e", "bike", workflow_version="v1", payload=DeploymentPayload(GRAPH))


def other_graph(**inputs: object) -> JsonObject:
    """Returns GRAPH with other inputs of its sampler."""
    sampler = {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}}
    sampler["inputs"] |= inputs  # type: ignore[operator]
    return {**GRAPH, "31": sampler}  # type: ignore[dict-item]


def editor_with(deployment: Deployment = BIKE, *, seeds: tuple[int, ...] = ()) -> DraftEditor:
    left = list(seeds)
    draft_editor = DraftEditor((lambda: left.pop(0)) if seeds else None)
    draft_editor.open_deployment(deployment)
    return draft_editor


def draft_of(draft_editor: DraftEditor) -> Draft:
    draft = draft_editor.state.draft
    assert draft is not None
    return draft


def run(draft_editor: DraftEditor) -> Draft:
    draft = run_once(draft_editor)
    assert draft is not None
    return draft


# Editing


def test_an_empty_draft_editor_takes_every_request_and_does_nothing() -> None:
    draft_editor = DraftEditor()
    draft_editor.edit({SEED: 5}, "Edit")
    draft_editor.reset_all()
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    draft_editor.use_examples()
    draft_editor.take_over_file_values()
    draft_editor.undo()
    draft_editor.redo()
    draft_editor.bind(BIKE, BIKE.deployment_id)
    assert run_once(draft_editor) is None
    assert draft_editor.state == EditorState()


def test_a_prepared_draft_is_taken_as_one_step() -> None:
    draft_editor = editor_with()
    edited: list[Draft] = []
    draft_editor.edited.subscribe(edited.append)
    before = draft_of(draft_editor)
    prepared = replace(
        before.with_values({SEED: 7, TEXT: "a car"}).with_seed_mode(SEED, SeedMode.RANDOM),
        preset="night.json",
        dynamic_prompt_inputs=frozenset({TEXT}),
    )
    draft_editor.replace_draft(prepared, "Apply night")
    assert draft_of(draft_editor) == prepared
    assert edited == [prepared]
    assert draft_editor.state.undo_text == "Apply night"
    draft_editor.undo()
    assert draft_of(draft_editor) == before
    draft_editor.redo()
    assert draft_of(draft_editor) == prepared


def test_a_draft_of_another_workflow_is_not_taken() -> None:
    draft_editor = editor_with()
    old = draft_of(draft_editor)
    draft_editor.open_deployment(replace(BIKE, deployment_id="car"))
    draft_editor.replace_draft(old.with_values({SEED: 7}), "Apply night")
    assert not draft_of(draft_editor).changes
    assert not draft_editor.state.undo_text


def test_an_edit_is_told_to_views_and_to_the_store() -> None:
    draft_editor = editor_with()
    states, drafts = list[EditorState](), list[Draft]()
    draft_editor.changed.subscribe(states.append)
    draft_editor.edited.subscribe(drafts.append)
    draft_editor.edit({SEED: 5}, "Edit seed")
    draft_editor.edit({SEED: 5}, "Edit seed")
    assert [draft.changes for draft in drafts] == [{SEED: 5}]
    assert states == [draft_editor.state]
    assert draft_editor.state.undo_text == "Edit seed"


def test_undo_and_redo_go_through_every_step() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5}, "one")
    draft_editor.edit({STEPS: 9, TEXT: "b"}, "two")
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    draft_editor.undo()
    assert draft_of(draft_editor).seed_modes == {}
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {SEED: 5}
    assert (draft_editor.state.undo_text, draft_editor.state.redo_text) == ("one", "two")
    draft_editor.undo()
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {}
    assert draft_editor.state.undo_text == ""
    draft_editor.redo()
    draft_editor.redo()
    assert draft_of(draft_editor).changes == {SEED: 5, STEPS: 9, TEXT: "b"}
    draft_editor.edit({TEXT: "c"}, "three")
    draft_editor.redo()
    assert draft_editor.state.redo_text == ""
    assert draft_of(draft_editor).value(TEXT) == "c"


def test_typing_into_one_field_is_one_step() -> None:
    draft_editor = editor_with()
    for text in ("a", "ab", "abc"):
        draft_editor.edit({TEXT: text}, "Edit text", merge_key=TEXT)
    draft_editor.edit({STEPS: 5}, "Edit steps", merge_key=STEPS)
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {TEXT: "abc"}
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {}


def test_typed_and_taken_back_is_no_step() -> None:
    draft_editor = editor_with()
    draft_editor.edit({TEXT: "a bike!"}, "Edit text", merge_key=TEXT)
    draft_editor.edit({TEXT: "a bike"}, "Edit text", merge_key=TEXT)
    assert draft_editor.state.undo_text == ""
    assert draft_of(draft_editor).changes == {}


def test_the_history_has_an_end() -> None:
    draft_editor = editor_with()
    for seed in range(2, MAX_UNDO + 20):
        draft_editor.edit({SEED: seed}, "Edit")
    for _step in range(MAX_UNDO + 20):
        draft_editor.undo()
    assert draft_of(draft_editor).value(SEED) == 19


def test_reset_puts_back_all() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5, STEPS: 9}, "Edit")
    draft_editor.reset_all()
    assert draft_of(draft_editor).changes == {}
    assert draft_editor.state.undo_text == "Reset all inputs"
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {SEED: 5, STEPS: 9}


def test_an_open_editor_hands_in_before_the_draft_is_used() -> None:
    draft_editor = editor_with()
    draft_editor.commit_requested.subscribe(
        lambda _nothing: draft_editor.edit({TEXT: "typed last"}, "Edit text")
    )
    assert run(draft_editor).value(TEXT) == "typed last"


# Opening


def test_going_away_and_back_keeps_edits_and_history() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5}, "Edit")
    draft_editor.open_deployment(replace(BIKE, deployment_id="other"))
    assert draft_of(draft_editor).changes == {}
    draft_editor.open_deployment(replace(BIKE, name="renamed"))
    assert draft_of(draft_editor).changes == {SEED: 5}
    assert draft_of(draft_editor).source.name == "renamed"
    assert draft_editor.state.undo_text == "Edit"


def test_a_kept_draft_comes_back_as_far_as_it_fits() -> None:
    earlier = editor_with()
    earlier.edit({SEED: 5, TEXT: "b"}, "Edit")
    earlier.set_seed_mode(SEED, SeedMode.RANDOM)
    stored = draft_of(earlier)
    without_text = {key: node for key, node in GRAPH.items() if key != "6"}
    draft_editor = DraftEditor()
    draft_editor.open_deployment(replace(BIKE, payload=DeploymentPayload(without_text)), stored)
    assert draft_of(draft_editor).changes == {SEED: 5}
    assert draft_of(draft_editor).seed_modes == {SEED: SeedMode.RANDOM}
    assert draft_of(draft_editor).workflow == workflow_from_json(without_text)


def test_a_workflow_that_changed_takes_the_edits_along() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 5, STEPS: 30}, "Edit")
    draft_editor.open_deployment(replace(BIKE, payload=DeploymentPayload(other_graph(steps=30))))
    assert draft_of(draft_editor).changes == {SEED: 5}


def test_what_is_no_workflow_leaves_the_draft_editor_as_it_was() -> None:
    draft_editor = editor_with()
    before = draft_editor.state
    with pytest.raises(Problem):
        draft_editor.open_deployment(
            replace(BIKE, deployment_id="x", payload=DeploymentPayload({}))
        )
    assert draft_editor.state == before


# Files


def test_a_file_runs_on_the_deployment_in_use() -> None:
    draft_editor = editor_with()
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert draft_editor.state.deployment == BIKE
    assert draft_editor.state.difference is None
    assert draft_editor.state.blocked_reason == ""


def test_a_file_without_a_deployment_asks_for_one() -> None:
    draft_editor = DraftEditor()
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert "Choose a deployment" in draft_editor.state.blocked_reason
    draft_editor.bind(BIKE, draft_of(draft_editor).key)
    assert draft_editor.state.blocked_reason == ""
    assert draft_of(draft_editor).source.path == "/a.json"


def test_a_file_opened_again_runs_on_the_deployment_now_in_use() -> None:
    draft_editor = editor_with()
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    other = replace(BIKE, deployment_id="other")
    draft_editor.open_deployment(other)
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert draft_editor.state.deployment == other


def test_undo_does_not_move_a_file_to_another_deployment() -> None:
    draft_editor = DraftEditor()
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    draft_editor.edit({SEED: 5}, "Edit")
    draft_editor.bind(BIKE, draft_of(draft_editor).key)
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {}
    assert draft_of(draft_editor).deployment_id == BIKE.deployment_id
    draft_editor.redo()
    assert draft_of(draft_editor).deployment_id == BIKE.deployment_id


def test_what_a_file_has_otherwise_is_taken_over_in_one_step() -> None:
    draft_editor = editor_with()
    graph = other_graph(steps=30, seed=7, model=["6", 0])
    open_file(draft_editor, workflow_from_json(graph), "a.json", "/a.json")
    difference = draft_editor.state.difference
    assert difference is not None
    assert difference.values == {STEPS: 30, SEED: 7}
    assert difference.rewired == (MODEL,)
    draft_editor.edit({TEXT: "b"}, "Edit")
    draft_editor.take_over_file_values()
    assert draft_of(draft_editor).changes == {STEPS: 30, SEED: 7, TEXT: "b"}
    assert draft_editor.state.difference is None
    assert draft_editor.state.undo_text == "Send the file's 2 values"
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {TEXT: "b"}


def test_a_run_waits_until_what_is_seen_is_what_runs() -> None:
    draft_editor = editor_with()
    open_file(draft_editor, workflow_from_json(other_graph(steps=30)), "a.json", "/a.json")
    assert "1 value of the file differs" in draft_editor.state.blocked_reason
    assert run_once(draft_editor) is None
    draft_editor.edit({TEXT: "b"}, "Edit")
    draft_editor.use_deployed_workflow()
    assert draft_of(draft_editor).changes == {TEXT: "b"}
    assert draft_of(draft_editor).value(STEPS) != 30
    assert draft_editor.state.blocked_reason == ""
    draft_editor.undo()
    assert draft_editor.state.blocked_reason != ""
    draft_editor.take_over_file_values()
    assert draft_editor.state.blocked_reason == ""
    assert draft_of(draft_editor).changes == {STEPS: 30, TEXT: "b"}


def test_a_file_of_another_workflow_does_not_run() -> None:
    draft_editor = editor_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(draft_editor, workflow_from_json(extra), "a.json", "/a.json")
    assert "another workflow" in draft_editor.state.blocked_reason
    assert run_once(draft_editor) is None
    draft_editor.use_deployed_workflow()
    assert draft_editor.state.blocked_reason == ""


def test_a_file_that_differs_can_run_itself() -> None:
    draft_editor = editor_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(draft_editor, workflow_from_json(extra), "a.json", "/a.json")
    draft_editor.run_file_workflow()
    assert draft_editor.state.blocked_reason == ""
    assert draft_editor.state.undo_text == "Run the file itself"
    run = run_once(draft_editor)
    assert run is not None
    assert run.runs_file
    assert "99" in run.workflow.nodes
    draft_editor.undo()
    assert run_once(draft_editor) is None
    draft_editor.redo()
    draft_editor.use_deployed_workflow()
    assert not draft_of(draft_editor).runs_file
    assert run_once(draft_editor) is not None


def test_a_file_cannot_run_where_its_nodes_are_not_installed() -> None:
    draft_editor = editor_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(draft_editor, workflow_from_json(extra), "a.json", "/a.json")
    draft_editor.run_file_workflow()
    classes = {str(node["class_type"]) for node in GRAPH.values() if isinstance(node, dict)}
    draft_editor.set_schema(BIKE.deployment_id, NodeSchema({name: {} for name in classes}))
    assert draft_editor.state.blocked_reason == f"{BIKE.name} does not have this node: New"


def test_that_a_file_runs_itself_is_known_when_it_is_opened_again() -> None:
    draft_editor = editor_with()
    extra: JsonObject = {**GRAPH, "99": {"class_type": "New", "inputs": {"amount": 1}}}
    open_file(draft_editor, workflow_from_json(extra), "a.json", "/a.json")
    draft_editor.run_file_workflow()
    stored = replace(draft_of(draft_editor), workflow=Workflow({}))
    later = editor_with()
    open_file(later, workflow_from_json(extra), "a.json", "/a.json", stored)
    assert draft_of(later).runs_file
    same = editor_with()
    open_file(same, workflow_from_json(GRAPH), "a.json", "/a.json", stored)
    run = run_once(same)
    assert run is not None
    assert not run.runs_file


def test_the_deployments_own_file_runs_at_once() -> None:
    draft_editor = editor_with()
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    assert draft_editor.state.difference is None
    assert run_once(draft_editor) is not None


# Examples and schema


def test_what_is_left_out_of_a_deployment_is_told_as_it_is_read_last() -> None:
    draft_editor = editor_with()
    draft_editor.edit({SEED: 7}, "Edit")
    for graph, count in (({**GRAPH, "_comment": "x"}, 1), (GRAPH, 0), ({**GRAPH, "7": None}, 1)):
        draft_editor.open_deployment(replace(BIKE, payload=DeploymentPayload(graph)))
        report = draft_editor.state.conversion_report
        assert (0 if report is None else report.skipped_count) == count
        assert draft_of(draft_editor).changes == {SEED: 7}
        assert draft_editor.state.undo_text == "Edit"


ODD: JsonObject = {**GRAPH, "_comment": "x"}


@pytest.mark.parametrize(
    ("stored", "opened", "told"),
    [(ODD, GRAPH, "stored"), (ODD, ODD, "stored"), (GRAPH, ODD, "file"), (GRAPH, GRAPH, "")],
)
def test_what_is_said_to_be_left_out_is_of_the_workflow_that_runs(
    stored: JsonObject, opened: JsonObject, told: str
) -> None:
    """A file like the deployment's workflow is sent as changes to that workflow."""
    draft_editor = editor_with(replace(BIKE, payload=DeploymentPayload(stored)))
    file = Draft(workflow_from_json(opened), DraftSource("a", "/a.json"), BIKE.deployment_id)
    draft_editor.open_draft(file)
    report = draft_editor.state.conversion_report
    assert ("" if report is None else "stored" if report.is_stored else "file") == told


def test_undo_brings_back_no_earlier_report() -> None:
    draft_editor = editor_with()
    source = DraftSource("a", "/a.json", content="1")
    draft_editor.open_draft(Draft(workflow_from_json(ODD), source))
    draft_editor.edit({SEED: 7}, "Edit")
    more = workflow_from_json({**ODD, "_other": None, "_third": 3})
    draft_editor.open_draft(Draft(more, replace(source, content="2")))
    for turn in (draft_editor.undo, draft_editor.redo):
        turn()
        report = draft_editor.state.conversion_report
        assert report is not None
        assert report.skipped_count == 3


def test_examples_are_offered_until_they_are_in_use() -> None:
    examples: JsonObject = {"6": {"inputs": {"text": "a moon"}}, "31": {"inputs": {"seed": 11}}}
    draft_editor = editor_with(replace(BIKE, payload=DeploymentPayload(GRAPH, examples)))
    assert draft_of(draft_editor).changes == {}
    assert draft_editor.state.examples == {TEXT: "a moon", SEED: 11}
    draft_editor.edit({SEED: 11}, "Edit")
    assert draft_editor.state.examples == {TEXT: "a moon"}
    draft_editor.use_examples()
    assert draft_editor.state.examples == {}
    assert draft_of(draft_editor).changes == {TEXT: "a moon", SEED: 11}
    draft_editor.undo()
    assert draft_of(draft_editor).changes == {SEED: 11}


@pytest.mark.parametrize("example", [None, False, 1.5])
def test_an_example_is_taken_over_as_what_it_is(example: Json) -> None:
    """False is equal to 0, but it is another value; None is a value, too."""
    examples: JsonObject = {"31": {"inputs": {"seed": example}}}
    draft_editor = editor_with(replace(BIKE, payload=DeploymentPayload(GRAPH, examples)))
    draft_editor.edit({SEED: 0}, "Edit")
    draft_editor.use_examples()
    assert draft_editor.state.examples == {}
    assert draft_of(draft_editor).changes[SEED] is example
    draft_editor.undo()
    assert draft_of(draft_editor).changes[SEED] == 0


def test_a_schema_brings_its_faults_with_it() -> None:
    draft_editor = editor_with()
    draft_editor.edit({STEPS: 500}, "Edit")
    assert draft_editor.state.blocked_reason == ""
    limits: JsonObject = {"KSampler": {"input": {"required": {"steps": ["INT", {"max": 100}]}}}}
    draft_editor.set_schema("another", NodeSchema({}))
    assert draft_editor.state.schema is None
    draft_editor.set_schema(BIKE.deployment_id, NodeSchema(limits))
    assert "above the maximum" in draft_editor.state.blocked_reason
    assert run_once(draft_editor) is None
    draft_editor.undo()
    assert draft_editor.state.blocked_reason == ""


def test_a_disabled_deployment_can_be_edited_but_not_run() -> None:
    draft_editor = editor_with(replace(BIKE, is_enabled=False))
    draft_editor.edit({SEED: 5}, "Edit")
    assert "bike is disabled" in draft_editor.state.blocked_reason
    assert run_once(draft_editor) is None


# Seeds


def test_a_random_seed_is_on_screen_and_in_the_run() -> None:
    draft_editor = editor_with(seeds=(111, 222))
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    assert run(draft_editor).value(SEED) == 111
    assert draft_of(draft_editor).value(SEED) == 111
    assert run(draft_editor).value(SEED) == 222
    draft_editor.undo()
    assert draft_of(draft_editor).value(SEED) == 1


def test_a_seed_that_counts_up_begins_with_the_one_on_screen() -> None:
    draft_editor = editor_with()
    draft_editor.set_seed_mode(SEED, SeedMode.COUNT_UP)
    assert [run(draft_editor).value(SEED) for _run in range(3)] == [1, 2, 3]
    draft_editor.edit({SEED: 50}, "Edit")
    assert [run(draft_editor).value(SEED) for _run in range(2)] == [50, 51]


def test_a_seed_that_is_kept_stays() -> None:
    draft_editor = editor_with()
    assert [run(draft_editor).value(SEED) for _run in range(2)] == [1, 1]


def test_seeds_keep_to_what_their_node_allows() -> None:
    limits: JsonObject = {
        "KSampler": {"input": {"required": {"seed": ["INT", {"min": 10, "max": 19}]}}}
    }
    draft_editor = editor_with(seeds=(2**50, 7))
    draft_editor.set_schema(BIKE.deployment_id, NodeSchema(limits))
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    for _run in range(2):
        seed = run(draft_editor).value(SEED)
        assert isinstance(seed, int)
        assert 10 <= seed <= 19
        assert draft_editor.state.blocked_reason == ""
    draft_editor.set_seed_mode(SEED, SeedMode.COUNT_UP)
    draft_editor.edit({SEED: 19}, "Edit")
    assert [run(draft_editor).value(SEED) for _run in range(3)] == [19, 10, 11]


def test_random_seeds_are_never_negative_and_never_beyond_what_is_exact() -> None:
    draft_editor = editor_with()
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)
    seeds = [run(draft_editor).value(SEED) for _run in range(50)]
    assert len(set(seeds)) > 45
    assert all(isinstance(seed, int) and 0 <= seed <= MAX_SEED for seed in seeds)


def test_it_is_told_whether_the_draft_could_run_with_other_values() -> None:
    draft_editor = editor_with()
    draft_editor.set_schema(
        BIKE.deployment_id,
        NodeSchema(
            {"KSampler": {"input": {"required": {"steps": ["INT", {"min": 1, "max": 50}]}}}}
        ),
    )
    assert draft_editor.run_blocked_reason({STEPS: 30}) == ""
    assert draft_editor.run_blocked_reason({STEPS: 99}) != ""
    assert draft_editor.state.blocked_reason == ""
    assert DraftEditor().run_blocked_reason({}) != ""
