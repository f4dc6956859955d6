"""What each run was sent with lies beside its results where that is wished, and is in nobody's way:
real jobs, files on the disk, and what the import makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.core.landing import target_of
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.domain.output import RUN_ENDING
from tests.support.job_bench import Bench, open_bench
from tests.support.preset_house import preset_house
from tests.support.small_disk import small_disk
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable

S = JobState


def notes(bench: Bench) -> list[Path]:
    return sorted(bench.outputs.rglob(f"*{RUN_ENDING}"))


def two_files(response: httpx.Response) -> httpx.Response:
    """Bends a result: its one file under two names."""
    result: dict[str, Any] = json.loads(response.content)
    [file] = result["outputs"]["9"]["images"]
    result["outputs"]["9"]["images"] = [
        {**file, "filename": name, "url": f"{file['url']}?{number}"}
        for number, name in enumerate(("a.png", "b.png"))
    ]
    return httpx.Response(200, json=result)


def when_fetching(bench: Bench, do: Callable[[Job], object]) -> None:
    """Does something at the moment when a job's files begin to come."""
    done: set[str] = set()

    def on_changed(job: Job) -> None:
        if job.state is S.FETCHING and job.outputs and job.job_id not in done:
            done.add(job.job_id)
            do(job)

    bench.queue.changed.subscribe(on_changed)


async def done(bench: Bench, **inputs: Any) -> Job:
    return await bench.reaches(await bench.submit(**inputs), S.DONE)


async def test_nothing_is_written_unless_it_is_wished(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        await done(bench)
        assert notes(bench) == []
        assert len(bench.files()) == 1


async def test_a_run_is_imported_from_what_lies_beside_its_results(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench, preset_house(tmp_path) as house:
        bench.preferences.set(keeps_inputs=True)
        bench.network.bends["result"] = two_files
        job = await done(bench, noise_seed=7, text="a lighthouse at dusk")
        (file,) = notes(bench)
        assert str(file) == f"{job.outputs[0].path}{RUN_ENDING}"
        assert len(bench.files()) == 3
        assert str(bench.token) not in file.read_text(encoding="utf-8")
        house.library.import_files([str(file)], "")
        await until(lambda: house.paths)
        found = await house.read(house.paths[0])
        assert {each.key: each.value for each in found.entries} == job.changes
        workflow = bench.draft().workflow
        for each in found.entries:
            node = workflow.nodes[each.key.node_id]
            assert (each.class_type, each.title) == (node.class_type, node.title)
        assert (found.name, found.deployment_id) == (job.title, job.deployment_id)
        run = json.loads(file.read_bytes())["run"]
        assert (run["request_id"], run["seed"]) == (job.request_id, 7)
        assert bench.told == []


async def test_fetching_again_writes_no_second_one(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(keeps_inputs=True)
        bench.network.bends["result"] = two_files
        bench.network.spoilt.add("0")
        job = await done(bench)
        (file,) = notes(bench)
        assert file.name.endswith(f"-a.png{RUN_ENDING}"), "named by the first, wherever that is"
        before = file.read_bytes()
        # What the person made of it is theirs.
        file.write_bytes(before.replace(b'"inputs"', b'"mine": 1, "inputs"'))
        bench.network.spoilt.clear()
        bench.queue.fetch_again(job.job_id)
        await until(lambda: bench.queue.jobs[job.job_id].reason == "")
        assert notes(bench) == [file]
        assert b'"mine"' in file.read_bytes()


async def test_one_that_is_missing_is_written_with_the_files_that_come_later(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bends["result"] = two_files
        bench.network.spoilt.update(("0", "1"))
        bench.preferences.set(keeps_inputs=True)
        job = await done(bench)
        assert notes(bench) == [], "there is nothing that it could lie beside"
        bench.network.spoilt.clear()
        bench.queue.fetch_again(job.job_id)
        await until(lambda: bench.queue.jobs[job.job_id].reason == "")
        assert len(notes(bench)) == 1


@pytest.mark.parametrize("there", [b"somebody's", b'{"kind": "runcomfy-desktop run"}', b"[" * 9999])
async def test_nobody_s_file_is_overwritten(tmp_path: Path, there: bytes) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(keeps_inputs=True)
        taken: list[Path] = []

        def take(job: Job) -> None:
            target = target_of(bench.outputs, job, job.outputs[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            taken.append(Path(f"{target}{RUN_ENDING}"))
            taken[0].write_bytes(there)

        when_fetching(bench, take)
        await done(bench)
        assert taken[0].read_bytes() == there
        (other,) = (each for each in bench.outputs.rglob("*.run-1.json"))
        assert json.loads(other.read_bytes())["kind"] == "runcomfy-desktop run"


async def test_a_key_in_an_input_is_never_written_and_said_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(keeps_inputs=True)
        for _time in range(2):
            job = await done(bench, text=f"a sign that says {bench.token}")
            assert (job.reason, job.outputs[0].fault) == ("", "")
        assert notes(bench) == []
        assert bench.titles() == ["The inputs of a run could not be kept beside its results."]
        assert "Your key is among them" in bench.told[0].detail
        await done(bench)
        assert len(notes(bench)) == 1
        await done(bench, text=f"{bench.token} again")
        assert len(bench.titles()) == 2, "after it went well it is news again"


@pytest.mark.root
async def test_a_disk_without_room_for_it_fails_no_job(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(keeps_inputs=True)
        with small_disk(bench.outputs, 512) as disk:
            filled: list[str] = []

            def fill(job: Job) -> None:
                if job.outputs and job.outputs[0].path and job.state is S.FETCHING:
                    filled.append(job.job_id)
                    disk.fill()

            bench.queue.changed.subscribe(fill)
            job = await done(bench)
            assert filled
            assert (job.reason, job.outputs[0].fault) == ("", "")
            assert bench.titles() == ["The inputs of a run could not be kept beside its results."]
            assert "The disk is full." in bench.told[0].detail
            assert [each for each in bench.files() if each.endswith(".part")] == []
            assert notes(bench) == []


async def test_a_run_of_a_workflow_of_its_own_is_told_by_that(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(keeps_inputs=True)
        draft = bench.draft(noise_seed=3)
        nodes = {
            node_id: replace(node, title=f"My {node_id}")
            for node_id, node in draft.workflow.nodes.items()
        }
        mine = replace(draft, workflow=replace(draft.workflow, nodes=nodes), runs_file=True)
        await bench.reaches(await bench.submit_draft(mine), S.DONE)
        (file,) = notes(bench)
        for each in json.loads(file.read_bytes())["inputs"]:
            assert each["title"] == f"My {each['node']}"


async def test_of_a_deployment_that_was_changed_since_no_classes_are_said(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(keeps_inputs=True)

        def change(_job: Job) -> None:
            bench.deployment = replace(bench.deployment, workflow_version="v99")

        when_fetching(bench, change)
        job = await done(bench)
        (file,) = notes(bench)
        inputs = json.loads(file.read_bytes())["inputs"]
        assert [each["class"] for each in inputs] == [""] * len(job.changes)
