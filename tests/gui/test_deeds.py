"""Taking over the inputs of an earlier job: on its own deployment, whatever happens meanwhile."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import InputKey, workflow_from_json
from tests.gui.support.house import House, open_house, turn
from tests.support.emulated import AT_ONCE, LoopbackEmulator, make_world
from tests.support.until import until
from tests.support.workbenches import open_file

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SEED = InputKey("31", "seed")
NOISE = InputKey("25", "noise_seed")


def draft_of(house: House) -> Draft:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return draft


async def a_run(house: House, changes: dict[InputKey, int]) -> str:
    """Runs what is open with some changes; the job's id."""
    house.parts.workbench.edit(changes, "Edit")
    known = set(house.parts.queue.jobs)
    await house.press("run")
    await until(
        lambda: set(house.states()) == {JobState.DONE} and set(house.parts.queue.jobs) - known
    )
    return (set(house.parts.queue.jobs) - known).pop()


async def shows(house: House, deployment_id: str) -> None:
    await until(lambda: draft_of(house).deployment_id == deployment_id)
    await turn()


async def test_an_edit_while_its_deployment_is_opened_does_not_lose_the_inputs(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        job_id = await a_run(house, {SEED: 77})
        house.parts.workbench.undo()
        house.parts.catalogue.open(FLUX)
        await shows(house, FLUX)
        key = next(iter(draft_of(house).workflow.input_keys()))
        house.window.docks.inputs_requested.emit(job_id)
        house.parts.workbench.edit({key: "typed meanwhile"}, "Edit")
        await shows(house, KONTEXT)
        assert draft_of(house).changes == {SEED: 77}


async def test_inputs_come_to_a_deployment_that_is_deleted_as_it_was_kept_and_only_once(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        job_id = await a_run(house, {SEED: 77})
        house.parts.workbench.undo()
        house.parts.catalogue.open(FLUX)
        await shows(house, FLUX)
        world = house.emulator.world
        world.deleted[KONTEXT] = gone = world.deployments.pop(KONTEXT)
        house.window.docks.inputs_requested.emit(job_id)
        await until(lambda: "deleted" in house.parts.workbench.state.blocked)
        assert draft_of(house).changes == {SEED: 77}
        house.parts.workbench.undo()
        world.deployments[KONTEXT] = gone
        house.parts.catalogue.open(FLUX)
        await shows(house, FLUX)
        house.parts.catalogue.open(KONTEXT)
        await shows(house, KONTEXT)
        await until(lambda: not house.parts.catalogue.state.opening_id)
        assert draft_of(house).changes == {}


async def test_inputs_that_could_not_be_brought_are_not_brought_later(tmp_path: Path) -> None:
    with LoopbackEmulator(make_world(pace=AT_ONCE)) as emulator:
        async with open_house(tmp_path, emulator=emulator) as house:
            await house.until_open()
            house.parts.catalogue.open(FLUX)
            await shows(house, FLUX)
            job_id = await a_run(house, {NOISE: 77})
            house.parts.workbench.undo()
            house.parts.catalogue.open(KONTEXT)
            await shows(house, KONTEXT)
        shutil.rmtree(tmp_path / "data" / "account" / "deployments")
        world = emulator.world
        world.deleted[FLUX] = gone = world.deployments.pop(FLUX)
        async with open_house(tmp_path, emulator=emulator) as house:
            await house.until_open()
            house.window.docks.inputs_requested.emit(job_id)
            await until(lambda: not house.parts.catalogue.state.opening_id)
            world.deployments[FLUX] = gone
            house.parts.catalogue.open(FLUX)
            await shows(house, FLUX)
            assert NOISE in draft_of(house).workflow
            assert draft_of(house).changes == {}


async def test_of_a_job_that_ran_a_file_it_is_said_that_the_rest_is_in_that_file(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        deployment = house.parts.workbench.state.deployment
        assert deployment is not None
        assert deployment.payload is not None
        graph = json.loads(json.dumps(deployment.payload.workflow))
        graph["31"]["inputs"]["steps"] = 9
        open_file(house.parts.workbench, workflow_from_json(graph), "mine.json", "/mine.json")
        house.parts.workbench.run_file_itself()
        job_id = await a_run(house, {SEED: 77})
        house.window.docks.inputs_requested.emit(job_id)
        await turn()
        assert house.notices() == [], "the file is open and runs itself"
        house.parts.catalogue.open(KONTEXT)
        await until(lambda: not draft_of(house).source.is_file)
        house.window.docks.inputs_requested.emit(job_id)
        await until(lambda: draft_of(house).changes == {SEED: 77})
        assert house.notices() == ["This job ran a workflow file of its own."]
