"""Run records next to results: written if enabled, never a hindrance.

Covers real jobs, files on the disk, and the import of records.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.core.results.output_files import target_path
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.output import RUN_SUFFIX
from tests.support.async_wait import wait_until
from tests.support.preset_harness import open_preset_harness
from tests.support.queue_harness import QueueHarness, open_queue_harness
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from collections.abc import Callable

S = JobState


def notes(harness: QueueHarness) -> list[Path]:
    return sorted(harness.outputs.rglob(f"*{RUN_SUFFIX}"))


def two_files(response: httpx.Response) -> httpx.Response:
    """Returns the result with its one file under two names."""
    result: dict[str, Any] = json.loads(response.content)
    [file] = result["outputs"]["9"]["images"]
    result["outputs"]["9"]["images"] = [
        {**file, "filename": name, "url": f"{file['url']}?{number}"}
        for number, name in enumerate(("a.png", "b.png"))
    ]
    return httpx.Response(200, json=result)


def when_fetching(harness: QueueHarness, do: Callable[[Job], object]) -> None:
    """Calls `do` once per job when its files begin to arrive."""
    done: set[str] = set()

    def on_changed(job: Job) -> None:
        if job.state is S.FETCHING and job.outputs and job.job_id not in done:
            done.add(job.job_id)
            do(job)

    harness.queue.changed.subscribe(on_changed)


async def done(harness: QueueHarness, **inputs: Any) -> Job:
    return await harness.wait_until_state(await harness.submit(**inputs), S.DONE)


async def test_nothing_is_written_unless_it_is_wished(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        await done(harness)
        assert notes(harness) == []
        assert len(harness.files()) == 1


async def test_a_run_is_imported_from_what_lies_beside_its_results(tmp_path: Path) -> None:
    async with (
        open_queue_harness(tmp_path) as harness,
        open_preset_harness(tmp_path) as test_harness,
    ):
        harness.preferences.set(keeps_inputs=True)
        harness.transport.overrides["result"] = two_files
        job = await done(harness, noise_seed=7, text="a lighthouse at dusk")
        (file,) = notes(harness)
        assert str(file) == f"{job.outputs[0].path}{RUN_SUFFIX}"
        assert len(harness.files()) == 3
        assert str(harness.token) not in file.read_text(encoding="utf-8")
        test_harness.preset_library.import_files([str(file)], "")
        await wait_until(lambda: test_harness.paths)
        found = await test_harness.read_preset(test_harness.paths[0])
        assert {each.key: each.value for each in found.entries} == job.changes
        workflow = harness.draft().workflow
        for each in found.entries:
            node = workflow.nodes[each.key.node_id]
            assert (each.class_type, each.title) == (node.class_type, node.title)
        assert (found.name, found.deployment_id) == (job.title, job.deployment_id)
        run = json.loads(file.read_bytes())["run"]
        assert (run["request_id"], run["seed"]) == (job.request_id, 7)
        assert harness.shown_notices == []


async def test_fetching_again_writes_no_second_one(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(keeps_inputs=True)
        harness.transport.overrides["result"] = two_files
        harness.transport.damaged_paths.add("0")
        job = await done(harness)
        (file,) = notes(harness)
        assert file.name.endswith(f"-a.png{RUN_SUFFIX}"), "named by the first, wherever that is"
        before = file.read_bytes()
        # Changes by the user are kept.
        file.write_bytes(before.replace(b'"inputs"', b'"mine": 1, "inputs"'))
        harness.transport.damaged_paths.clear()
        harness.queue.fetch_again(job.job_id)
        await wait_until(lambda: harness.queue.jobs[job.job_id].reason == "")
        assert notes(harness) == [file]
        assert b'"mine"' in file.read_bytes()


async def test_one_that_is_missing_is_written_with_the_files_that_come_later(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["result"] = two_files
        harness.transport.damaged_paths.update(("0", "1"))
        harness.preferences.set(keeps_inputs=True)
        job = await done(harness)
        assert notes(harness) == [], "there is nothing that it could lie beside"
        harness.transport.damaged_paths.clear()
        harness.queue.fetch_again(job.job_id)
        await wait_until(lambda: harness.queue.jobs[job.job_id].reason == "")
        assert len(notes(harness)) == 1


@pytest.mark.parametrize("there", [b"somebody's", b'{"kind": "runcomfy-desktop run"}', b"[" * 9999])
async def test_nobody_s_file_is_overwritten(tmp_path: Path, there: bytes) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(keeps_inputs=True)
        taken: list[Path] = []

        def take(job: Job) -> None:
            target = target_path(harness.outputs, job, job.outputs[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            taken.append(Path(f"{target}{RUN_SUFFIX}"))
            taken[0].write_bytes(there)

        when_fetching(harness, take)
        await done(harness)
        assert taken[0].read_bytes() == there
        (other,) = (each for each in harness.outputs.rglob("*.run-1.json"))
        assert json.loads(other.read_bytes())["kind"] == "runcomfy-desktop run"


async def test_a_key_in_an_input_is_never_written_and_said_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(keeps_inputs=True)
        for _time in range(2):
            job = await done(harness, text=f"a sign that says {harness.token}")
            assert (job.reason, job.outputs[0].fault) == ("", "")
        assert notes(harness) == []
        assert harness.titles() == ["The inputs of a run could not be kept beside its results."]
        assert "Your key is among them" in harness.shown_notices[0].detail
        await done(harness)
        assert len(notes(harness)) == 1
        await done(harness, text=f"{harness.token} again")
        assert len(harness.titles()) == 2, "after it went well it is news again"


@pytest.mark.root
async def test_a_disk_without_room_for_it_fails_no_job(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(keeps_inputs=True)
        with small_disk(harness.outputs, 512) as disk:
            filled: list[str] = []

            def fill(job: Job) -> None:
                if job.outputs and job.outputs[0].path and job.state is S.FETCHING:
                    filled.append(job.job_id)
                    disk.fill()

            harness.queue.changed.subscribe(fill)
            job = await done(harness)
            assert filled
            assert (job.reason, job.outputs[0].fault) == ("", "")
            assert harness.titles() == ["The inputs of a run could not be kept beside its results."]
            assert "The disk is full." in harness.shown_notices[0].detail
            assert [each for each in harness.files() if each.endswith(".part")] == []
            assert notes(harness) == []


async def test_a_run_of_a_workflow_of_its_own_is_told_by_that(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(keeps_inputs=True)
        draft = harness.draft(noise_seed=3)
        nodes = {
            node_id: replace(node, title=f"My {node_id}")
            for node_id, node in draft.workflow.nodes.items()
        }
        mine = replace(draft, workflow=replace(draft.workflow, nodes=nodes), runs_file=True)
        await harness.wait_until_state(await harness.submit_draft(mine), S.DONE)
        (file,) = notes(harness)
        for each in json.loads(file.read_bytes())["inputs"]:
            assert each["title"] == f"My {each['node']}"


async def test_of_a_deployment_that_was_changed_since_no_classes_are_said(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(keeps_inputs=True)

        def change(_job: Job) -> None:
            harness.deployment = replace(harness.deployment, workflow_version="v99")

        when_fetching(harness, change)
        job = await done(harness)
        (file,) = notes(harness)
        inputs = json.loads(file.read_bytes())["inputs"]
        assert [each["class"] for each in inputs] == [""] * len(job.changes)
