from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.jobs.job_transitions import moved_to_other_version
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.job_factory import make_job
from tests.support.queue_harness import FAST_POLLING, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.queue_harness import QueueHarness

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)
NOT_FOUND = {"error_code": 404001, "error_message": "Not Found"}
GONE = [
    httpx.Response(404, json={"detail": "Not Found"}),
    httpx.Response(404, json=NOT_FOUND),
    httpx.Response(404, content=b"404 page not found"),
    httpx.Response(404, content=b"<html>Not Found</html>"),
    httpx.Response(410),
    httpx.Response(405, content=b"Method Not Allowed"),
]


async def running(harness: QueueHarness) -> str:
    job_id = await harness.submit()
    await harness.wait_until_state(job_id, S.RUNNING)
    assert harness.queue.jobs[job_id].queue_version == "v1"
    return job_id


@pytest.mark.parametrize("answer", GONE)
async def test_a_running_job_goes_on_at_the_other_version(
    tmp_path: Path, answer: httpx.Response
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.transport.retire_version("v1", answer)
        await wait_until(lambda: harness.queue.jobs[job_id].queue_version == "v2")
        assert harness.queue.jobs[job_id].state is S.RUNNING
        assert harness.row(job_id)["queue_version"] == "v2"
        await wait_until(lambda: not harness.queue.jobs[job_id].trouble)
        harness.clock.advance(30.0)
        job = await harness.wait_until_state(job_id, S.DONE)
        assert job.outputs
        assert harness.accepted_count == 1
        assert harness.titles() == ["RunComfy does not answer v1 for running jobs any more."]
        assert "choose v2 under “Queue API version”" in harness.shown_notices[0].detail


async def test_the_other_version_survives_a_restart(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.transport.retire_version("v1")
        await wait_until(lambda: harness.row(job_id)["queue_version"] == "v2")
    before = len(harness.transport.received_calls)
    async with harness.program() as queue:
        await wait_until(lambda: "status" in harness.transport.received_calls[before:])
        harness.clock.advance(30.0)
        await harness.wait_until_state(job_id, S.DONE)
        assert queue.jobs[job_id].queue_version == "v2"
    assert harness.accepted_count == 1


async def test_many_jobs_move_with_one_notice(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = [await harness.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.QUEUED, S.RUNNING)
        harness.transport.retire_version("v1")
        await wait_until(
            lambda: all(harness.queue.jobs[each].queue_version == "v2" for each in jobs)
        )
        assert len(harness.shown_notices) == 1


async def test_a_job_that_neither_version_knows_is_lost_after_all(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.backend.runs.clear()
        job = await harness.wait_until_state(job_id, S.LOST)
        assert job.queue_version == "v1"
        assert harness.shown_notices == []


async def test_a_service_that_is_away_as_a_whole_loses_nothing(tmp_path: Path) -> None:
    """A front end without its API behind it temporarily answers "not found" to everything."""
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        text = httpx.Response(404, content=b"404 page not found")
        harness.transport.retire_version("v1", text)
        harness.transport.retire_version("v2", text)
        arrived = harness.transport.received_calls
        before = len(arrived)
        await wait_until(lambda: len(arrived) > before + 6 * FAST_POLLING.lost_after_answers)
        assert harness.queue.jobs[job_id].state is S.RUNNING
        harness.transport.restore_version("v2")
        await wait_until(lambda: harness.queue.jobs[job_id].queue_version == "v2")
        harness.clock.advance(30.0)
        await harness.wait_until_state(job_id, S.DONE)


async def test_a_refusal_elsewhere_is_no_answer(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.transport.retire_version("v1", httpx.Response(404, json=NOT_FOUND))
        harness.transport.retire_version("v2", httpx.Response(403, json={"message": "Forbidden"}))
        job = await harness.wait_until_state(job_id, S.LOST)
        assert job.queue_version == "v1"
        assert harness.shown_notices == []


async def test_an_odd_word_elsewhere_is_no_answer(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.transport.retire_version("v1", httpx.Response(404, json=NOT_FOUND))
        harness.transport.retire_version("v2", httpx.Response(200, json={"status": "error"}))
        await harness.wait_until_state(job_id, S.LOST)


async def test_the_result_is_fetched_from_the_other_version(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        release_event = harness.transport.hold("status")
        job_id = await harness.submit()
        await wait_until(lambda: harness.received_count("status") > 0)
        harness.transport.retire_version("v1")
        release_event.set()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert job.queue_version == "v2"
        assert job.outputs


async def test_a_result_that_only_the_other_version_has(tmp_path: Path) -> None:
    async with open_queue_harness(
        tmp_path, pace=replace(FAST_POLLING, max_result_tries=3)
    ) as harness:
        bends = harness.transport.overrides

        def only_there(response: httpx.Response) -> httpx.Response:
            was_v1 = harness.transport.paths[-1].startswith("/prod/v1/")
            return httpx.Response(404, json=NOT_FOUND) if was_v1 else response

        bends["result"] = only_there
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert (job.queue_version, bool(job.outputs)) == ("v2", True)


async def test_a_result_that_two_find_elsewhere_moves_the_job_once(tmp_path: Path) -> None:
    async with open_queue_harness(
        tmp_path, pace=replace(FAST_POLLING, max_result_tries=3)
    ) as harness:

        def only_there(response: httpx.Response) -> httpx.Response:
            was_v1 = harness.transport.paths[-1].startswith("/prod/v1/")
            return httpx.Response(404, json=NOT_FOUND) if was_v1 else response

        harness.transport.overrides["result"] = only_there
        release_event = harness.transport.hold("result", of="/v2/")
        job_id = await harness.submit()
        await wait_until(lambda: harness.transport.waiting == 1)
        # A pending cancel request found the job there first.
        await harness.queue._job_store.apply(job_id, moved_to_other_version)
        release_event.set()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert (job.queue_version, bool(job.outputs)) == ("v2", True)


async def test_a_cancel_reaches_the_job_at_the_other_version(tmp_path: Path) -> None:
    lazy = replace(FAST_POLLING, fast_poll_s=3600.0, slow_poll_s=3600.0)
    async with open_queue_harness(tmp_path, pace=lazy, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.transport.retire_version("v1")
        # A cancel does not wait for the end of a pause of polls.
        harness.poll_pause._begin(3000.0)
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 1)
        await wait_until(lambda: harness.queue.jobs[job_id].queue_version == "v2")
        harness.clock.advance(2.0)
        harness.queue.poll_now(job_id)
        await harness.wait_until_state(job_id, S.CANCELLED)


async def test_a_cancel_that_nobody_understands_is_told(tmp_path: Path) -> None:
    lazy = replace(FAST_POLLING, fast_poll_s=3600.0, slow_poll_s=3600.0)
    async with open_queue_harness(tmp_path, pace=lazy, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.transport.retire_version("v1")
        harness.transport.retire_version("v2")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.shown_notices)
        assert "does not know this job" in harness.titles()[0]
        assert not harness.queue.jobs[job_id].cancel_asked


async def test_missing_files_are_fetched_from_the_other_version(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("status-500@download:1000")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        harness.backend.faults.set("")
        harness.transport.retire_version("v1")
        harness.queue.fetch_again(job_id)
        await wait_until(lambda: all(each.path for each in harness.queue.jobs[job_id].outputs))
        assert harness.row(job_id)["queue_version"] == "v2"


async def test_an_id_found_elsewhere_is_adopted_at_the_version_that_knows_it(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("drop-answer:1")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.UNCERTAIN)
        (request_id,) = harness.backend.runs
        harness.transport.retire_version("v1")
        harness.queue.adopt(job_id, request_id)
        job = await harness.wait_until_state(job_id, S.DONE)
        assert job.queue_version == "v2"


async def test_nothing_is_ever_sent_to_the_other_version(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.retire_version("v1")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.FAILED)
        await wait_until_stable(lambda: len(harness.transport.received_calls))
        assert harness.transport.received_calls.count("inference") == 1
        assert harness.accepted_count == 0
        assert "stopped answering v1" in job.reason
        assert "Choose v2" in job.reason


def test_the_first_versions_addresses_do_not_go_along() -> None:
    job = make_job(status_url="a", result_url="b", cancel_url="c")
    there = moved_to_other_version(job)
    assert (there.queue_version, there.status_url, there.result_url, there.cancel_url) == (
        "v2",
        "",
        "",
        "",
    )
    assert moved_to_other_version(there).queue_version == "v1"
