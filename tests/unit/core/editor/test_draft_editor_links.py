"""Values that move to another workflow: never onto a link, another node, or out of sight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow, workflow_from_json
from tests.support.draft_runs import open_file, run_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value

SEED, STEPS, TEXT = InputKey("31", "seed"), InputKey("31", "steps"), InputKey("6", "text")
GRAPH: JsonObject = {
    "31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bike"}},
    "4": {"class_type": "Loader", "inputs": {}},
}
WIRED: JsonObject = {
    **GRAPH,
    "31": {"class_type": "KSampler", "inputs": {"seed": ["4", 1], "steps": 20, "model": ["4", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["4", 0]}},
}
BIKE = Deployment("0b7e", "bike", workflow_version="v1", payload=DeploymentPayload(GRAPH))
WIRED_BIKE = replace(BIKE, payload=DeploymentPayload(WIRED))


def edit_all(draft_editor: DraftEditor) -> None:
    draft_editor.edit({TEXT: "mine", STEPS: 30}, "Edit")
    draft_editor.set_seed_mode(SEED, SeedMode.RANDOM)


def run(draft_editor: DraftEditor) -> Draft:
    draft = run_once(draft_editor)
    assert draft is not None, draft_editor.state.blocked_reason
    return draft


@pytest.mark.parametrize(
    "way", [DraftEditor.take_over_file_values, DraftEditor.use_deployed_workflow]
)
def test_a_files_changes_cut_no_wire_of_the_deployment(way: Callable[[DraftEditor], None]) -> None:
    draft_editor = DraftEditor()
    draft_editor.open_deployment(WIRED_BIKE)
    open_file(draft_editor, workflow_from_json(GRAPH), "a.json", "/a.json")
    edit_all(draft_editor)
    way(draft_editor)
    assert run(draft_editor).changes == {STEPS: 30}
    draft_editor.undo()
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.changes == {TEXT: "mine", STEPS: 30}
    assert draft_editor.state.draft.seed_modes == {SEED: SeedMode.RANDOM}


def test_a_workflow_that_changed_keeps_its_new_wires() -> None:
    draft_editor = DraftEditor()
    draft_editor.open_deployment(BIKE)
    edit_all(draft_editor)
    draft_editor.open_deployment(WIRED_BIKE)
    assert run(draft_editor).changes == {STEPS: 30}


def test_a_kept_draft_cuts_no_wire() -> None:
    changes: dict[InputKey, Value] = {TEXT: "mine", STEPS: 30}
    modes = {SEED: SeedMode.RANDOM}
    stored = Draft(Workflow({}), DraftSource("bike"), BIKE.deployment_id, changes, modes)
    draft_editor = DraftEditor()
    draft_editor.open_deployment(WIRED_BIKE, stored)
    assert run(draft_editor).changes == {STEPS: 30}


def test_a_seed_of_a_node_that_only_the_file_has_is_not_moved_on() -> None:
    extra: JsonObject = {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}}
    draft_editor = DraftEditor()
    draft_editor.open_deployment(BIKE)
    open_file(draft_editor, workflow_from_json({**GRAPH, "99": extra}), "a.json", "/a.json")
    draft_editor.set_seed_mode(InputKey("99", "noise_seed"), SeedMode.RANDOM)
    draft_editor.use_deployed_workflow()
    assert run(draft_editor).changes == {}


def test_a_change_does_not_move_to_another_class_under_the_same_id() -> None:
    draft_editor = DraftEditor()
    draft_editor.open_deployment(BIKE)
    edit_all(draft_editor)
    other: JsonObject = {"class_type": "SaveText", "inputs": {"text": "a path"}}
    draft_editor.open_deployment(replace(BIKE, payload=DeploymentPayload({**GRAPH, "6": other})))
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.changes == {STEPS: 30}
