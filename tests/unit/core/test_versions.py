from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.versions import moved
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import QUICK, open_bench
from tests.support.jobs import make_job
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.job_bench import Bench

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)
NOT_FOUND = {"error_code": 404001, "error_message": "Not Found"}
GONE = [
    httpx.Response(404, json={"detail": "Not Found"}),
    httpx.Response(404, json=NOT_FOUND),
    httpx.Response(404, content=b"404 page not found"),
    httpx.Response(404, content=b"<html>Not Found</html>"),
    httpx.Response(410),
    httpx.Response(405, content=b"Method Not Allowed"),
]


async def running(bench: Bench) -> str:
    job_id = await bench.submit()
    await bench.reaches(job_id, S.RUNNING)
    assert bench.queue.jobs[job_id].queue_version == "v1"
    return job_id


@pytest.mark.parametrize("answer", GONE)
async def test_a_running_job_goes_on_at_the_other_version(
    tmp_path: Path, answer: httpx.Response
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.network.retire("v1", answer)
        await until(lambda: bench.queue.jobs[job_id].queue_version == "v2")
        assert bench.queue.jobs[job_id].state is S.RUNNING
        assert bench.row(job_id)["queue_version"] == "v2"
        await until(lambda: not bench.queue.jobs[job_id].trouble)
        bench.clock.advance(30.0)
        job = await bench.reaches(job_id, S.DONE)
        assert job.outputs
        assert bench.accepted == 1
        assert bench.titles() == ["RunComfy does not answer v1 for running jobs any more."]
        assert "choose v2 under “Queue API version”" in bench.told[0].detail


async def test_the_other_version_survives_a_restart(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.network.retire("v1")
        await until(lambda: bench.row(job_id)["queue_version"] == "v2")
    before = len(bench.network.arrived)
    async with bench.program() as queue:
        await until(lambda: "status" in bench.network.arrived[before:])
        bench.clock.advance(30.0)
        await bench.reaches(job_id, S.DONE)
        assert queue.jobs[job_id].queue_version == "v2"
    assert bench.accepted == 1


async def test_many_jobs_move_with_one_notice(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = [await bench.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await bench.reaches(job_id, S.QUEUED, S.RUNNING)
        bench.network.retire("v1")
        await until(lambda: all(bench.queue.jobs[each].queue_version == "v2" for each in jobs))
        assert len(bench.told) == 1


async def test_a_job_that_neither_version_knows_is_lost_after_all(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.world.runs.clear()
        job = await bench.reaches(job_id, S.LOST)
        assert job.queue_version == "v1"
        assert bench.told == []


async def test_a_service_that_is_away_as_a_whole_loses_nothing(tmp_path: Path) -> None:
    """A front end without its API behind it says "not found" of everything, for a while."""
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        text = httpx.Response(404, content=b"404 page not found")
        bench.network.retire("v1", text)
        bench.network.retire("v2", text)
        arrived = bench.network.arrived
        before = len(arrived)
        await until(lambda: len(arrived) > before + 6 * QUICK.lost_after)
        assert bench.queue.jobs[job_id].state is S.RUNNING
        bench.network.bring_back("v2")
        await until(lambda: bench.queue.jobs[job_id].queue_version == "v2")
        bench.clock.advance(30.0)
        await bench.reaches(job_id, S.DONE)


async def test_a_refusal_elsewhere_is_no_answer(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.network.retire("v1", httpx.Response(404, json=NOT_FOUND))
        bench.network.retire("v2", httpx.Response(403, json={"message": "Forbidden"}))
        job = await bench.reaches(job_id, S.LOST)
        assert job.queue_version == "v1"
        assert bench.told == []


async def test_an_odd_word_elsewhere_is_no_answer(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.network.retire("v1", httpx.Response(404, json=NOT_FOUND))
        bench.network.retire("v2", httpx.Response(200, json={"status": "error"}))
        await bench.reaches(job_id, S.LOST)


async def test_the_result_is_fetched_from_the_other_version(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        gate = bench.network.hold("status")
        job_id = await bench.submit()
        await until(lambda: bench.received("status") > 0)
        bench.network.retire("v1")
        gate.set()
        job = await bench.reaches(job_id, S.DONE)
        assert job.queue_version == "v2"
        assert job.outputs


async def test_a_result_that_only_the_other_version_has(tmp_path: Path) -> None:
    async with open_bench(tmp_path, pace=replace(QUICK, result_tries=3)) as bench:
        bends = bench.network.bends

        def only_there(response: httpx.Response) -> httpx.Response:
            was_v1 = bench.network.paths[-1].startswith("/prod/v1/")
            return httpx.Response(404, json=NOT_FOUND) if was_v1 else response

        bends["result"] = only_there
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.DONE)
        assert (job.queue_version, bool(job.outputs)) == ("v2", True)


async def test_a_result_that_two_find_elsewhere_moves_the_job_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path, pace=replace(QUICK, result_tries=3)) as bench:

        def only_there(response: httpx.Response) -> httpx.Response:
            was_v1 = bench.network.paths[-1].startswith("/prod/v1/")
            return httpx.Response(404, json=NOT_FOUND) if was_v1 else response

        bench.network.bends["result"] = only_there
        gate = bench.network.hold("result", of="/v2/")
        job_id = await bench.submit()
        await until(lambda: bench.network.waiting == 1)
        # A wish to cancel that was on its way found the job there first.
        await bench.queue._ledger.keep(job_id, moved)
        gate.set()
        job = await bench.reaches(job_id, S.DONE)
        assert (job.queue_version, bool(job.outputs)) == ("v2", True)


async def test_a_cancel_reaches_the_job_at_the_other_version(tmp_path: Path) -> None:
    lazy = replace(QUICK, quick_s=3600.0, slow_s=3600.0)
    async with open_bench(tmp_path, pace=lazy, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.network.retire("v1")
        # Whoever wants to cancel does not wait for the end of a pause of questions.
        bench.rest._begin(3000.0)
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 1)
        await until(lambda: bench.queue.jobs[job_id].queue_version == "v2")
        bench.clock.advance(2.0)
        bench.queue.ask_again(job_id)
        await bench.reaches(job_id, S.CANCELLED)


async def test_a_cancel_that_nobody_understands_is_told(tmp_path: Path) -> None:
    lazy = replace(QUICK, quick_s=3600.0, slow_s=3600.0)
    async with open_bench(tmp_path, pace=lazy, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.network.retire("v1")
        bench.network.retire("v2")
        bench.queue.cancel(job_id)
        await until(lambda: bench.told)
        assert "does not know this job" in bench.titles()[0]
        assert not bench.queue.jobs[job_id].cancel_asked


async def test_missing_files_are_fetched_from_the_other_version(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("status-500@download:1000")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        bench.world.faults.set("")
        bench.network.retire("v1")
        bench.queue.fetch_again(job_id)
        await until(lambda: all(each.path for each in bench.queue.jobs[job_id].outputs))
        assert bench.row(job_id)["queue_version"] == "v2"


async def test_an_id_found_elsewhere_is_adopted_at_the_version_that_knows_it(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("drop-answer:1")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.UNCERTAIN)
        (request_id,) = bench.world.runs
        bench.network.retire("v1")
        bench.queue.adopt(job_id, request_id)
        job = await bench.reaches(job_id, S.DONE)
        assert job.queue_version == "v2"


async def test_nothing_is_ever_sent_to_the_other_version(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.retire("v1")
        job_id = await bench.submit()
        job = await bench.reaches(job_id, S.FAILED)
        await settled(lambda: len(bench.network.arrived))
        assert bench.network.arrived.count("inference") == 1
        assert bench.accepted == 0
        assert "stopped answering v1" in job.reason
        assert "Choose v2" in job.reason


def test_the_first_versions_addresses_do_not_go_along() -> None:
    job = make_job(status_url="a", result_url="b", cancel_url="c")
    there = moved(job)
    assert (there.queue_version, there.status_url, there.result_url, there.cancel_url) == (
        "v2",
        "",
        "",
        "",
    )
    assert moved(there).queue_version == "v1"
