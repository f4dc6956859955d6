"""Reusing an earlier job's inputs, on its own deployment, whatever happens while they load."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until
from tests.support.draft_runs import open_file
from tests.support.emulators import INSTANT, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Draft

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SEED = InputKey("31", "seed")
NOISE = InputKey("25", "noise_seed")


def draft_of(program: GuiProgram) -> Draft:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return draft


async def a_run(program: GuiProgram, changes: dict[InputKey, int]) -> str:
    """Runs the open draft with some changes; returns the job's id."""
    program.services.draft_editor.edit(changes, "Edit")
    known = set(program.services.queue.jobs)
    await program.press("run")
    await wait_until(
        lambda: (
            set(program.states()) == {JobState.DONE} and set(program.services.queue.jobs) - known
        )
    )
    return (set(program.services.queue.jobs) - known).pop()


async def shows(program: GuiProgram, deployment_id: str) -> None:
    await wait_until(lambda: draft_of(program).deployment_id == deployment_id)
    await process_events_async()


async def test_an_edit_while_its_deployment_is_opened_does_not_lose_the_inputs(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        job_id = await a_run(program, {SEED: 77})
        program.services.draft_editor.undo()
        program.services.catalogue.open(FLUX)
        await shows(program, FLUX)
        key = next(iter(draft_of(program).workflow.input_keys()))
        program.session.panels.output_panel.inputs_requested.emit(job_id)
        program.services.draft_editor.edit({key: "typed meanwhile"}, "Edit")
        await shows(program, KONTEXT)
        assert draft_of(program).changes == {SEED: 77}


async def test_inputs_come_to_a_deployment_that_is_deleted_as_it_was_kept_and_only_once(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        job_id = await a_run(program, {SEED: 77})
        program.services.draft_editor.undo()
        program.services.catalogue.open(FLUX)
        await shows(program, FLUX)
        backend = program.emulator.backend
        backend.deleted[KONTEXT] = gone = backend.deployments.pop(KONTEXT)
        program.session.panels.output_panel.inputs_requested.emit(job_id)
        await wait_until(lambda: "deleted" in program.services.draft_editor.state.blocked_reason)
        assert draft_of(program).changes == {SEED: 77}
        program.services.draft_editor.undo()
        backend.deployments[KONTEXT] = gone
        program.services.catalogue.open(FLUX)
        await shows(program, FLUX)
        program.services.catalogue.open(KONTEXT)
        await shows(program, KONTEXT)
        await wait_until(lambda: not program.services.catalogue.state.opening_id)
        assert draft_of(program).changes == {}


async def test_inputs_that_could_not_be_brought_are_not_brought_later(tmp_path: Path) -> None:
    with LoopbackEmulator(make_backend(timing=INSTANT)) as emulator:
        async with open_program(tmp_path, emulator=emulator) as program:
            await program.wait_until_open()
            program.services.catalogue.open(FLUX)
            await shows(program, FLUX)
            job_id = await a_run(program, {NOISE: 77})
            program.services.draft_editor.undo()
            program.services.catalogue.open(KONTEXT)
            await shows(program, KONTEXT)
        shutil.rmtree(tmp_path / "data" / "account" / "deployments")
        backend = emulator.backend
        backend.deleted[FLUX] = gone = backend.deployments.pop(FLUX)
        async with open_program(tmp_path, emulator=emulator) as program:
            await program.wait_until_open()
            await wait_until(lambda: not program.services.catalogue.state.opening_id)
            program.session.panels.output_panel.inputs_requested.emit(job_id)
            await wait_until(program.notices)
            assert not program.services.catalogue.state.opening_id
            backend.deployments[FLUX] = gone
            program.services.catalogue.open(FLUX)
            await shows(program, FLUX)
            assert NOISE in draft_of(program).workflow
            assert draft_of(program).changes == {}


async def test_of_a_job_that_ran_a_file_it_is_said_that_the_rest_is_in_that_file(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        deployment = program.services.draft_editor.state.deployment
        assert deployment is not None
        assert deployment.payload is not None
        graph = json.loads(json.dumps(deployment.payload.workflow))
        graph["31"]["inputs"]["steps"] = 9
        open_file(
            program.services.draft_editor, workflow_from_json(graph), "mine.json", "/mine.json"
        )
        program.services.draft_editor.run_file_workflow()
        job_id = await a_run(program, {SEED: 77})
        program.session.panels.output_panel.inputs_requested.emit(job_id)
        await process_events_async()
        assert program.notices() == [], "the file is open and runs itself"
        program.services.catalogue.open(KONTEXT)
        await wait_until(lambda: not draft_of(program).source.is_file)
        program.session.panels.output_panel.inputs_requested.emit(job_id)
        await wait_until(lambda: draft_of(program).changes == {SEED: 77})
        assert program.notices() == ["This job ran a workflow file of its own."]
