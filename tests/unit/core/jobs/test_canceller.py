from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import CancelStage, JobState
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import FAST_POLLING, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job
    from tests.support.queue_harness import QueueHarness

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)
NO_EFFECT = "RunComfy accepted a cancel, but did not report the job as cancelled."


@pytest.mark.parametrize("dialect", list(DIALECTS))
async def test_a_queued_job_is_cancelled_when_the_status_says_so(
    tmp_path: Path, dialect: str
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.backend.dialect = DIALECTS[dialect]
        harness.backend.deployments[harness.deployment.deployment_id].min_instances = 0
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.QUEUED)
        harness.queue.cancel(job_id)
        job = await harness.wait_until_state(job_id, S.CANCELLED)
        assert harness.row(job_id)["state"] == "cancelled"
        assert job.finished_s == harness.clock()
        assert harness.received_count("cancel") == 1
        assert harness.shown_notices == []


async def test_a_request_that_the_follower_sees_first_is_brought_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        recorded: list[str] = []

        def see(job: Job) -> None:
            if job.cancel_asked and not recorded:
                recorded.append(job.job_id)
                harness.queue._canceller.start(job.job_id)

        harness.queue.changed.subscribe(see)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.QUEUED, S.RUNNING)
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel"))
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == 1
        assert recorded


@pytest.mark.parametrize("dialect", list(DIALECTS))
async def test_a_running_job_shows_cancelling_until_it_is_over(
    tmp_path: Path, dialect: str
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.backend.dialect = DIALECTS[dialect]
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 1)
        asked = harness.received_count("status")
        await wait_until(lambda: harness.received_count("status") > asked + 2)
        job = harness.queue.jobs[job_id]
        assert (job.state, job.cancel_asked, job.can_cancel) == (S.RUNNING, True, False)
        assert harness.row(job_id)["cancel_asked"] is True
        harness.queue.cancel(job_id)
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)
        assert harness.received_count("cancel") == 1


async def test_a_job_that_waits_here_is_taken_back_and_never_sent(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        release_event = harness.transport.hold("inference")
        sent = [await harness.submit() for _each in range(2)]
        await wait_until(lambda: harness.transport.received_calls.count("inference") == 2)
        waiting = await harness.submit()
        harness.queue.cancel(waiting)
        await harness.wait_until_state(waiting, S.CANCELLED)
        release_event.set()
        for job_id in sent:
            await harness.wait_until_state(job_id, S.DONE)
        assert harness.shown_states(waiting) == ["waiting", "cancelled"]
        assert harness.accepted_count == 2
        assert harness.received_count("cancel") == 0


async def test_a_job_that_is_being_sent_is_cancelled_once_its_id_is_known(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        release_event = harness.transport.hold("inference")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.SENDING)
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_asked)
        assert harness.row(job_id)["cancel_asked"] is True
        assert harness.received_count("cancel") == 0
        release_event.set()
        await wait_until(lambda: harness.received_count("cancel") == 1)
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)
        assert harness.received_count("cancel") == 1
        assert harness.accepted_count == 1


async def test_a_job_is_followed_while_its_cancel_has_no_answer(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        sending = harness.transport.hold("inference")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.SENDING)
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_asked)
        answer = harness.transport.hold("cancel")
        # The poller starts the cancel request.
        sending.set()
        await wait_until(lambda: "cancel" in harness.transport.received_calls)
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)
        answer.set()


async def test_a_job_that_wins_against_its_cancel_is_done(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.transport.override_json("cancel", status="cancellation_requested")
        harness.transport.override_json("status", status="in_progress")
        harness.clock.advance(30.0)
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 1)
        del harness.transport.overrides["status"]
        job = await harness.wait_until_state(job_id, S.DONE)
        assert len(harness.files()) == 1
        assert job.outputs[0].path
        assert harness.shown_notices == []


async def test_a_cancelled_status_with_a_result_behind_it_is_done(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.override_json("status", status="canceled")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)


async def test_what_cannot_be_cancelled_goes_on_and_says_so(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.transport.override_json("cancel", status="not_cancellable")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles() == ["“flux-dev · seed 20260203” cannot be cancelled any more."]
        job = harness.queue.jobs[job_id]
        assert (job.state, job.can_cancel) == (S.RUNNING, True)
        asked = harness.received_count("status")
        await wait_until(lambda: harness.received_count("status") > asked)


async def test_a_cancel_that_did_not_arrive_is_brought_again(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.faults.set("status-503@cancel:2")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.shown_notices)
        assert "may go on and cost money" in harness.shown_notices[0].detail
        assert "is tried again by itself" in harness.shown_notices[0].detail
        assert harness.row(job_id)["cancel_asked"] is True
        await wait_until(lambda: harness.received_count("cancel") == 3)
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)
        assert len(harness.shown_notices) == 1


async def test_a_request_to_cancel_is_kept_as_long_as_the_service_asks_for_pauses(
    tmp_path: Path,
) -> None:
    pace = replace(FAST_POLLING, max_cancel_tries=3)
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.faults.set("rate-limit:100000:3000")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 9)
        assert harness.row(job_id)["cancel_asked"] is True
        harness.backend.faults.set("")
        await wait_until(lambda: harness.received_count("cancel") == 10)
        assert len(harness.shown_notices) == 1


async def test_a_service_that_never_answers_a_cancel_leaves_it_to_the_person(
    tmp_path: Path,
) -> None:
    pace = replace(FAST_POLLING, max_cancel_tries=3)
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.faults.set("status-503@cancel:1000")
        harness.queue.cancel(job_id)
        await wait_until(
            lambda: harness.queue.jobs[job_id].can_cancel and len(harness.shown_notices) == 2
        )
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == 3
        assert harness.row(job_id)["cancel_asked"] is False
        harness.backend.faults.set("")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 4)
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)


async def test_what_was_brought_twice_may_be_refused_because_of_the_first_time(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        answers = iter([httpx.Response(502, text="")])
        refusal = {"status": "not_cancellable"}
        harness.transport.overrides["cancel"] = lambda _given: next(
            answers, httpx.Response(200, json=refusal)
        )
        harness.queue.cancel(job_id)
        harness.transport.override_json("status", status="in_progress")
        await wait_until(lambda: harness.received_count("cancel") == 2)
        await wait_until(lambda: harness.queue.jobs[job_id].can_cancel)
        assert len(harness.shown_notices) == 1


async def test_a_cancel_without_effect_is_repeated_twice_and_can_be_wished_anew(
    tmp_path: Path,
) -> None:
    pace = replace(FAST_POLLING, cancel_expiry_s=0.05)
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.transport.override_json("status", status="in_progress")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
        assert not harness.queue.jobs[job_id].can_cancel
        await wait_until(lambda: harness.queue.jobs[job_id].can_cancel)
        await wait_until(harness.titles)
        assert harness.titles() == [NO_EFFECT]
        assert "may cost money until it ends" in harness.shown_notices[0].detail
        assert harness.row(job_id)["cancel_asked"] is False
        assert harness.queue.jobs[job_id].cancel_stage is CancelStage.UNCONFIRMED
        # Still shown after further responses.
        asked = harness.received_count("status")
        await wait_until(lambda: harness.received_count("status") > asked + 2)
        assert harness.queue.jobs[job_id].cancel_stage is CancelStage.UNCONFIRMED
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == 3
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 4)
        assert harness.queue.jobs[job_id].cancel_stage is not CancelStage.UNCONFIRMED
        del harness.transport.overrides["status"]
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)


@pytest.mark.parametrize("why", ["pause", "refused", "unknown word", "other account"])
async def test_a_request_that_was_taken_ends_by_the_clock_whatever_the_questions_do(
    tmp_path: Path, why: str
) -> None:
    faults = {
        "pause": "rate-limit@status:100000:3000",
        "refused": "unauthorized@status",
        "unknown word": "word:pondering",
        "other account": "unauthorized@status:foreign",
    }
    pace = replace(
        FAST_POLLING,
        key_refused_backoff=Backoff(3600.0, 3600.0),
        unknown_backoff=Backoff(3600.0, 3600.0),
        unknown_answer_limit=0,
        slow_poll_s=3600.0,
    )
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.faults.set(f"cancel-ignored,{faults[why]}")
        asked = await wait_until_stable(lambda: harness.received_count("status"))
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
        taken_s = asyncio.get_running_loop().time()
        await wait_until(lambda: harness.queue.jobs[job_id].can_cancel, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - taken_s == pytest.approx(300.0, abs=1.0)
        await wait_until(lambda: NO_EFFECT in harness.titles())
        assert harness.received_count("status") == asked
        # Never reported as still running, so the cancel was not repeated.
        assert harness.received_count("cancel") == 1
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 2)


async def test_a_repeated_cancel_without_an_answer_keeps_nobody_waiting(tmp_path: Path) -> None:
    pace = replace(FAST_POLLING, fast_poll_s=1.0, slow_poll_s=1.0)
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.faults.set("cancel-ignored")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
        answer = harness.transport.hold("cancel")
        taken_s = asyncio.get_running_loop().time()
        await wait_until(lambda: harness.queue.jobs[job_id].can_cancel, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - taken_s == pytest.approx(300.0, abs=1.0)
        answer.set()


async def test_a_request_that_was_taken_ends_by_the_clock_after_a_restart_too(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.backend.faults.set("cancel-ignored")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
    harness.shown_notices.clear()
    harness.backend.faults.set("cancel-ignored,rate-limit@status:100000:3000")
    async with harness.program() as queue:
        assert queue.jobs[job_id].cancel_stage is CancelStage.NEW
        await wait_until(lambda: queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
        taken_s = asyncio.get_running_loop().time()
        await wait_until(lambda: queue.jobs[job_id].can_cancel, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - taken_s == pytest.approx(300.0, abs=1.0)
        assert queue.jobs[job_id].cancel_stage is CancelStage.UNCONFIRMED
        await wait_until(lambda: NO_EFFECT in harness.titles())


async def deferred_cancel(harness: QueueHarness) -> str:
    """Returns a running job whose cancel request could not be sent and waits for long."""
    job_id = await harness.submit()
    await harness.wait_until_state(job_id, S.RUNNING)
    harness.transport.is_down = True
    harness.queue.cancel(job_id)
    await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.DEFERRED)
    job = harness.queue.jobs[job_id]
    assert (job.cancel_asked, job.can_cancel) == (True, True)
    assert harness.received_count("cancel") == 0
    harness.transport.is_down = False
    return job_id


@pytest.mark.parametrize("way", ["cancel", "wake", "try now", "sleep"])
async def test_a_request_that_was_put_off_is_brought_at_once_when_there_is_reason_to(
    tmp_path: Path, way: str
) -> None:
    pace = replace(
        FAST_POLLING,
        cancel_retry_backoff=Backoff(1e6, 1e6),
        min_sleep_s=20.0,
        sleep_check_s=1.0,
    )
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await deferred_cancel(harness)
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == 0
        match way:
            case "cancel":
                harness.queue.cancel(job_id)
            case "wake":
                harness.queue.wake()
            case "try now":
                harness.queue.allow_probes()
            case "sleep":
                harness.monotonic_clock.advance(100.0)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
        assert harness.received_count("cancel") == 1
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)


@pytest.mark.parametrize("why", ["pause", "refused"])
async def test_a_request_that_is_held_back_says_so_and_goes_out_when_pressed_again(
    tmp_path: Path, why: str
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = [await harness.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.RUNNING, S.QUEUED)
        if why == "pause":
            harness.backend.faults.set("rate-limit@cancel:1:100")
            harness.queue.cancel(jobs[1])
            await wait_until(lambda: harness.received_count("cancel") == 1)
        else:
            harness.backend.faults.set("unauthorized@status")
            await wait_until(lambda: not harness.queue._gateway.key_gate.is_open)
            harness.backend.faults.set("")
        before = harness.received_count("cancel")
        harness.queue.cancel(jobs[0])
        await wait_until(lambda: harness.queue.jobs[jobs[0]].cancel_stage is CancelStage.DEFERRED)
        assert harness.queue.jobs[jobs[0]].can_cancel
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == before
        harness.queue.cancel(jobs[0])
        await wait_until(lambda: harness.queue.jobs[jobs[0]].cancel_stage is CancelStage.ACCEPTED)


async def test_a_request_of_an_earlier_program_waits_for_the_key(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = [await harness.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.RUNNING, S.QUEUED)
        harness.backend.faults.set("status-503@cancel:1000")
        for job_id in jobs:
            harness.queue.cancel(job_id)
        await wait_until(lambda: all(harness.row(job_id)["cancel_asked"] for job_id in jobs))
    harness.backend.faults.set("unauthorized@status,unauthorized@cancel")
    harness.shown_notices.clear()
    async with harness.program() as queue:
        await wait_until(lambda: all(queue.jobs[job_id].trouble for job_id in jobs))
        assert all(queue.jobs[job_id].cancel_asked for job_id in jobs)
        before = harness.received_count("cancel")
        harness.backend.faults.set("")
        queue.wake()
        await wait_until(lambda: harness.received_count("cancel") >= before + 3)
        harness.clock.advance(1.0)
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.CANCELLED)
    assert harness.shown_notices == []


async def test_a_request_is_asked_again_after_a_restart(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        harness.transport.hold("cancel")
        harness.backend.faults.set("status-503@cancel:1")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_asked)
    harness.transport.held_calls.clear()
    harness.backend.faults.set("")
    async with harness.program() as queue:
        await wait_until(lambda: harness.received_count("cancel") == 2)
        harness.clock.advance(1.0)
        await harness.wait_until_state(job_id, S.CANCELLED)
        assert queue.jobs[job_id].state is S.CANCELLED
        assert harness.shown_notices == []


async def test_cancelling_what_is_over_does_nothing(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE)
        harness.queue.cancel(job_id)
        harness.queue.cancel("nobody")
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == 0
        assert harness.queue.jobs[job_id].state is S.DONE
