from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.support.async_wait import wait_until
from tests.support.queue_harness import FAST_POLLING, FLUX, SERVICE, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

S = JobState


async def test_a_job_is_written_as_being_sent_before_its_first_byte(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        on_disk: list[str] = []
        handle = harness.transport.handle_async_request

        async def watch(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/inference"):
                [job_id] = harness.queue.jobs
                on_disk.append(harness.row(job_id)["state"])
            return await handle(request)

        harness.transport.handle_async_request = watch  # type: ignore[method-assign] # only observes
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        assert on_disk == ["sending"]


async def test_ids_and_addresses_are_on_disk_with_acceptance(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.hold("status")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.QUEUED)
        [run] = harness.backend.runs.values()
        row = harness.row(job_id)
        assert (row["state"], row["request_id"]) == ("queued", run.request_id)
        assert row["status_url"].endswith(f"{run.request_id}/status")
        assert row["cancel_url"].endswith(f"{run.request_id}/cancel")
        harness.transport.held_calls.pop("status").set()


async def test_an_untouched_workflow_sends_nothing_and_a_changed_input_only_itself(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit(width=1024, height=1024)
        await harness.wait_until_state(job_id, S.DONE)
        job_id = await harness.submit(text="käse", width=1024, height=1024)
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.sent_overrides() == [{}, {"6": {"inputs": {"text": "käse"}}}]


async def test_a_lost_answer_is_uncertain_and_never_sent_again(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("drop-answer")
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.UNCERTAIN)
        assert harness.row(job_id)["state"] == "uncertain"
        assert "may have been accepted" in job.reason
        assert harness.titles() == [f"“{job.title}” was sent, but its answer was lost."]
        harness.queue.wake()
        harness.queue.poll_now(job_id)
    async with harness.program():
        assert harness.queue.jobs[job_id].state is S.UNCERTAIN
    assert harness.accepted_count == 1
    assert harness.received_count("submit") == 1


async def test_an_answer_without_a_request_id_is_uncertain(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("inference", request_id=None)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.UNCERTAIN)


async def test_a_server_fault_is_uncertain(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("status-502@submit")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.UNCERTAIN)
        assert harness.received_count("submit") == 1


async def test_a_refused_job_failed_and_says_why(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit(noise_seed="no number")
        job = await harness.wait_until_state(job_id, S.FAILED)
        assert job.reason.splitlines()[0] == "The service refuses this job."
        assert "noise_seed" in job.reason
        assert "422" in job.technical
        assert harness.row(job_id)["state"] == "failed"
        assert harness.titles() == ["The service refuses this job."]
        assert harness.accepted_count == 0


async def test_without_a_key_nothing_is_sent(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.token = ""
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.FAILED)
        assert harness.received_count("submit") == 0


async def test_a_picture_that_is_gone_fails_before_anything_is_sent(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        picture = MediaFile("cat.png", "ab.png", "ab", "image/png", 3, 1, 1)
        draft = harness.draft().with_values({InputKey("6", "text"): picture})
        job_id = await harness.submit_draft(draft)
        job = await harness.wait_until_state(job_id, S.FAILED)
        assert harness.shown_states(job_id) == ["waiting", "failed"]
        assert "cat.png" in job.reason
        assert harness.received_count("submit") == 0


async def test_a_large_body_tells_how_much_has_gone_out(tmp_path: Path) -> None:
    size = 5_000_000
    async with open_queue_harness(tmp_path) as harness:
        harness.media.mkdir()
        (harness.media / "ab.png").write_bytes(b"\x89PNG" + bytes(size - 4))
        shown: list[int] = []
        harness.queue.changed.subscribe(
            lambda job: shown.append(job.sent_bytes) if job.state is S.SENDING else None
        )
        picture = MediaFile("cat.png", "ab.png", "ab", "image/png", size, 1, 1)
        job_id = await harness.submit_draft(
            harness.draft().with_values({InputKey("6", "text"): picture})
        )
        job = await harness.wait_until_state(job_id, S.FAILED, S.DONE)
        assert job.body_bytes > size * 4 // 3
        assert shown == sorted(shown)
        assert len(set(shown)) > 5
        assert shown[-1] == job.body_bytes


async def test_two_bodies_go_out_at_once_and_the_others_wait(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        release_event = harness.transport.hold("inference")
        jobs = [await harness.submit(noise_seed=number) for number in range(5)]
        await wait_until(lambda: harness.transport.received_calls.count("inference") == 2)
        found = [harness.queue.jobs[job_id].state for job_id in jobs]
        assert found == [S.SENDING, S.SENDING, S.WAITING, S.WAITING, S.WAITING]
        assert harness.queue.active_count == 5
        release_event.set()
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)
        seeds = [overrides["25"]["inputs"]["noise_seed"] for overrides in harness.sent_overrides()]
        assert sorted(seeds[:2]) == [0, 1]
        assert sorted(seeds) == [0, 1, 2, 3, 4]


async def test_a_read_only_history_sends_nothing(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        await harness.refuse_writes()
        harness.queue.submit_many((RunRequest(harness.draft(), harness.deployment),))
        await wait_until(lambda: harness.shown_notices)
        assert harness.shown_notices[0].title == "The history of jobs cannot be written."
        assert harness.shown_notices[0].detail.startswith("Nothing was sent, and it costs nothing.")
        assert dict(harness.queue.jobs) == {}
        assert harness.received_count("submit") == 0


async def test_a_job_that_cannot_be_written_as_being_sent_is_not_sent(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.execute_sql(_REFUSE.format(state="sending"))
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.FAILED)
        assert "Nothing was sent" in job.reason
        assert harness.received_count("submit") == 0


async def test_an_id_that_cannot_be_written_is_told_and_written_later(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.hold("status")
        harness.execute_sql(_REFUSE.format(state="queued"))
        job_id = await harness.submit()
        job = await harness.wait_until_state(job_id, S.QUEUED)
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert job.request_id in harness.shown_notices[1].detail
        assert harness.row(job_id)["state"] == "sending"
        harness.execute_sql("DROP TRIGGER refuse")
        await wait_until(lambda: harness.row(job_id)["request_id"] == job.request_id)
        harness.transport.held_calls.pop("status").set()
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.unwritten_jobs.pop() == "queued shown, sending on disk"


_REFUSE = """
    CREATE TRIGGER refuse BEFORE UPDATE ON jobs WHEN NEW.state = '{state}'
    BEGIN SELECT RAISE(ABORT, 'the disk refuses'); END
"""


async def test_closing_waits_for_bodies_that_are_going_out_and_begins_no_more(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        release_event = harness.transport.hold("inference")
        harness.transport.hold("status")
        jobs = [await harness.submit() for _each in range(4)]
        await wait_until(lambda: harness.transport.received_calls.count("inference") == 2)
        asyncio.get_running_loop().call_later(0.05, release_event.set)
    rows = [harness.row(job_id) for job_id in jobs]
    assert [row["state"] for row in rows] == ["queued", "queued", "waiting", "waiting"]
    assert {row["request_id"] for row in rows[:2]} == set(harness.backend.runs)
    assert harness.accepted_count == 2


async def test_a_body_that_does_not_end_in_time_is_uncertain_on_disk(tmp_path: Path) -> None:
    hurried = replace(FAST_POLLING, shutdown_timeout_s=0.02)
    async with open_queue_harness(tmp_path, pace=hurried) as harness:
        harness.transport.hold("inference")
        job_id = await harness.submit()
        await wait_until(lambda: harness.transport.received_calls.count("inference") == 1)
    row = harness.row(job_id)
    assert row["state"] == "uncertain"
    assert row["reason"].startswith("The program was closed while this job was being sent.")


async def test_of_two_jobs_that_are_given_one_id_at_once_only_one_takes_it(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        release_event = harness.transport.hold("inference")
        jobs = [await harness.submit(noise_seed=number) for number in range(2)]
        await wait_until(lambda: harness.transport.waiting == 2)
        first = next(iter(harness.backend.runs))
        path = f"{SERVICE}/prod/v1/deployments/{FLUX}/requests/{first}"
        urls = {f"{each}_url": f"{path}/{each}" for each in ("status", "result", "cancel")}
        harness.transport.override_json("inference", request_id=first, **urls)
        release_event.set()
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE, S.UNCERTAIN)
        [done], [other] = harness.in_state(S.DONE), harness.in_state(S.UNCERTAIN)
        assert harness.queue.jobs[done].request_id == first
        job = harness.queue.jobs[other]
        assert (job.request_id, job.technical) == ("", f"request_id {first}")
        assert job.reason.startswith("The service gave this job the ID of another one.")
        assert harness.titles() == [f"“{job.title}” was sent, but its answer was lost."]
        assert harness.received_count("submit") == 2


async def test_an_id_in_a_refusal_is_kept_while_the_service_is_asked_whether_it_is_one(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        release_event = harness.transport.hold("status")
        harness.transport.override_json("inference", error_code=500001)
        job_id = await harness.submit()
        await wait_until(lambda: harness.transport.waiting == 1)
        found = f"request_id {next(iter(harness.backend.runs))}"
        assert harness.queue.jobs[job_id].technical == found
        assert (harness.row(job_id)["state"], harness.row(job_id)["technical"]) == (
            "sending",
            found,
        )
        release_event.set()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert (job.request_id, job.technical) == (found.removeprefix("request_id "), "")


async def test_an_id_in_a_refusal_outlives_a_program_that_ends_before_it_knows_more(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(
        tmp_path, pace=replace(FAST_POLLING, shutdown_timeout_s=0.02)
    ) as harness:
        harness.transport.hold("status")
        harness.transport.override_json("inference", error_code=500001)
        job_id = await harness.submit()
        await wait_until(lambda: harness.transport.waiting == 1)
    row = harness.row(job_id)
    assert row["state"] == "uncertain"
    assert row["technical"] == f"request_id {next(iter(harness.backend.runs))}"


async def test_once_it_closes_no_further_body_begins(tmp_path: Path) -> None:
    async with open_queue_harness(
        tmp_path, timing=EmulatorTiming(cold_start_s=0.0, run_s=600.0, cancel_delay_s=0.0)
    ) as harness:
        harness.preferences.set(in_flight=1)
        await harness.wait_until_state(await harness.submit(), S.RUNNING)
        job_id = await harness.submit()
        sender = harness.queue._sender
        # The send queue dispatched the job before it was closed, and again during the close.
        early = asyncio.create_task(sender.send(job_id, lambda _job: True))
        await asyncio.sleep(0)
        await sender.finish(1.0)
        await early
        await sender.send(job_id, lambda _job: True)
        assert harness.received_count("submit") == 1
        assert harness.queue.jobs[job_id].state is S.WAITING
        assert harness.row(job_id)["state"] == "waiting"
