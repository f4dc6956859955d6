"""What moves to another workflow: never a value onto a wire, onto another node, or out of sight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.draft import Draft, SeedMode, Source
from runcomfy_desktop.domain.workflow import InputKey, Workflow, workflow_from_json
from tests.support.workbenches import open_file, run_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import JsonObject

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
BIKE = Deployment("0b7e", "bike", workflow_version="v1", payload=Payload(GRAPH))
WIRED_BIKE = replace(BIKE, payload=Payload(WIRED))


def edit_all(bench: Workbench) -> None:
    bench.edit({TEXT: "mine", STEPS: 30}, "Edit")
    bench.set_seed_mode(SEED, SeedMode.RANDOM)


def run(bench: Workbench) -> Draft:
    draft = run_once(bench)
    assert draft is not None, bench.state.blocked
    return draft


@pytest.mark.parametrize("way", [Workbench.take_over_file_values, Workbench.use_deployed_workflow])
def test_a_files_changes_cut_no_wire_of_the_deployment(way: Callable[[Workbench], None]) -> None:
    bench = Workbench()
    bench.open_deployment(WIRED_BIKE)
    open_file(bench, workflow_from_json(GRAPH), "a.json", "/a.json")
    edit_all(bench)
    way(bench)
    assert run(bench).changes == {STEPS: 30}
    bench.undo()
    assert bench.state.draft is not None
    assert bench.state.draft.changes == {TEXT: "mine", STEPS: 30}
    assert bench.state.draft.seed_modes == {SEED: SeedMode.RANDOM}


def test_a_workflow_that_changed_keeps_its_new_wires() -> None:
    bench = Workbench()
    bench.open_deployment(BIKE)
    edit_all(bench)
    bench.open_deployment(WIRED_BIKE)
    assert run(bench).changes == {STEPS: 30}


def test_a_kept_draft_cuts_no_wire() -> None:
    changes: dict[InputKey, Value] = {TEXT: "mine", STEPS: 30}
    modes = {SEED: SeedMode.RANDOM}
    kept = Draft(Workflow({}), Source("bike"), BIKE.deployment_id, changes, modes)
    bench = Workbench()
    bench.open_deployment(WIRED_BIKE, kept)
    assert run(bench).changes == {STEPS: 30}


def test_a_seed_of_a_node_that_only_the_file_has_is_not_moved_on() -> None:
    extra: JsonObject = {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}}
    bench = Workbench()
    bench.open_deployment(BIKE)
    open_file(bench, workflow_from_json({**GRAPH, "99": extra}), "a.json", "/a.json")
    bench.set_seed_mode(InputKey("99", "noise_seed"), SeedMode.RANDOM)
    bench.use_deployed_workflow()
    assert run(bench).changes == {}


def test_a_change_does_not_move_to_another_class_under_the_same_id() -> None:
    bench = Workbench()
    bench.open_deployment(BIKE)
    edit_all(bench)
    other: JsonObject = {"class_type": "SaveText", "inputs": {"text": "a path"}}
    bench.open_deployment(replace(BIKE, payload=Payload({**GRAPH, "6": other})))
    assert bench.state.draft is not None
    assert bench.state.draft.changes == {STEPS: 30}
