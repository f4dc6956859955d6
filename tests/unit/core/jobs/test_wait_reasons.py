"""Reasons why unsent jobs wait, as the real queue gives them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs import wait_reasons
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.jobs.outdated_job_guard import outdated_text
from runcomfy_desktop.core.jobs.send_queue import MAX_CONCURRENT_SENDS
from runcomfy_desktop.core.jobs.wait_reasons import WaitCause
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until
from tests.support.job_factory import make_job
from tests.support.queue_harness import make_queue_harness, open_queue_harness, running

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from runcomfy_desktop.core.jobs.send_queue import SendQueueState
    from runcomfy_desktop.core.jobs.wait_reasons import WaitReason
    from tests.support.queue_harness import QueueHarness

S = JobState
FOR_EVER = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


def reason_of(harness: QueueHarness, job_id: str) -> WaitReason:
    return harness.queue.send_queue.wait_reason(harness.queue.jobs[job_id])


def causes(harness: QueueHarness, job_ids: Iterable[str]) -> list[WaitCause]:
    return [reason_of(harness, each).cause for each in job_ids]


# Held jobs


@pytest.mark.parametrize(
    ("hold", "cause", "text"),
    [
        (HoldReason.OFFLINE, WaitCause.OFFLINE, "Held until online"),
        (HoldReason.PAUSED, WaitCause.PAUSED, "Paused"),
        (HoldReason.RESTART, WaitCause.RESTART, "Not sent: the program ended"),
        (HoldReason.BATCH_LIMIT, WaitCause.BATCH_LIMIT, "Held by the batch's limit"),
        (HoldReason.DAY_LIMIT, WaitCause.DAY_LIMIT, "Held by the day's limit"),
        (None, WaitCause.RESTART, "Not sent: the program ended"),
    ],
)
def test_a_held_job_says_what_holds_it(
    hold: HoldReason | None, cause: WaitCause, text: str
) -> None:
    reason = wait_reasons.held(make_job(S.HELD, hold=hold))
    assert (reason.cause, reason.text) == (cause, text)
    assert reason.hint.endswith("Nothing of it was sent, and it costs nothing.")


async def test_a_job_held_while_offline_says_so(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.is_down = True
        job = await harness.wait_until_state(await harness.submit(), S.HELD)
        assert reason_of(harness, job.job_id) == wait_reasons.held(job)
        assert causes(harness, [job.job_id]) == [WaitCause.OFFLINE]


async def test_a_job_paused_by_the_user_is_not_one_paused_for_its_workflow(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        by_user, by_program = await harness.submit_many(2)
        send_queue.pause([by_user])
        send_queue.pause([by_program], outdated_text())
        await wait_until(lambda: harness.queue.index.held_counts[HoldReason.PAUSED] == 2)
        assert causes(harness, [by_user, by_program]) == [WaitCause.PAUSED, WaitCause.OUTDATED]
        assert reason_of(harness, by_program).hint.startswith(outdated_text())
        assert harness.queue.index.outdated_count == 1


async def test_a_job_beyond_a_limit_says_so(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue._send_check = lambda _job: HoldReason.DAY_LIMIT
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.HELD)
        assert causes(harness, [job_id]) == [WaitCause.DAY_LIMIT]


# Reasons for all jobs


async def test_a_paused_queue_is_the_reason_even_before_the_job_is_held(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        job_id = await harness.submit()
        send_queue.pause_all()
        assert harness.queue.jobs[job_id].state is S.WAITING
        assert reason_of(harness, job_id) == wait_reasons.for_hold(HoldReason.PAUSED)
        await harness.wait_until_state(job_id, S.HELD)
        send_queue.send_now([job_id])
        await harness.wait_until_state(job_id, S.WAITING)
        assert causes(harness, [job_id]) == [WaitCause.NO_KEY]


async def test_without_a_key_all_wait_for_one(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        states: list[SendQueueState] = []
        harness.queue.send_queue.changed.subscribe(states.append)
        harness.queue.send_queue.set_has_key(False)
        jobs = await harness.submit_many(2)
        assert causes(harness, jobs) == [WaitCause.NO_KEY] * 2
        assert reason_of(harness, jobs[0]).text == "Waiting for a key"
        await wait_until(lambda: states and states[-1].waiting_count == 2)
        assert (states[-1].has_key, states[-1].is_key_refused) == (False, False)
        harness.queue.send_queue.set_has_key(False, is_refused=True)
        await wait_until(lambda: states[-1].is_key_refused)
        assert causes(harness, jobs) == [WaitCause.KEY_REFUSED] * 2
        harness.queue.send_queue.set_has_key(True)
        await harness.wait_until_state(jobs[1], S.DONE)
        assert (states[-1].has_key, states[-1].is_key_refused) == (True, False)


async def test_after_the_key_was_refused_the_others_wait_for_a_key_that_is_accepted(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("unauthorized@submit")
        await harness.submit_many(10)
        await wait_until(lambda: harness.queue.send_queue.state.is_key_refused)
        await wait_until(
            lambda: len(harness.in_state(S.FAILED) + harness.in_state(S.WAITING)) == 10
        )
        waiting = harness.in_state(S.WAITING)
        assert set(causes(harness, waiting)) == {WaitCause.KEY_REFUSED}
        assert reason_of(harness, waiting[0]).text == "Waiting for a valid key"


async def test_in_a_pause_that_the_service_asked_for_all_wait_for_its_end(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        harness.backend.faults.set("rate-limit@submit:1:1800")
        await harness.wait_until_state(await harness.submit(), S.FAILED)
        send_queue = harness.queue.send_queue
        await wait_until(lambda: send_queue.state.resumes_s)
        assert send_queue.state.resumes_s == pytest.approx(harness.clock() + 1800.0, abs=5.0)
        jobs = await harness.submit_many(2)
        until = datetime.fromtimestamp(send_queue.state.resumes_s).strftime("%H:%M")
        texts = {reason_of(harness, each).text for each in jobs}
        assert texts == {f"Waiting until {until}"}
        assert causes(harness, jobs) == [WaitCause.PAUSE_REQUESTED] * 2
        harness.queue.allow_probes()
        await wait_until(lambda: not send_queue.state.resumes_s)
        await harness.wait_until_state(jobs[0], S.QUEUED, S.RUNNING)


# Reasons of one job


async def test_in_a_full_deployment_the_first_waits_for_a_place_and_the_others_for_it(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        harness.preferences.set(in_flight=1)
        sent, *jobs = await harness.submit_many(4)
        await harness.wait_until_state(sent, S.QUEUED, S.RUNNING)
        texts = [reason_of(harness, each).text for each in jobs]
        assert texts == [
            "Waiting for a free place",
            "Waiting · 1 before it",
            "Waiting · 2 before it",
        ]
        assert "At most 1 job of its deployment" in reason_of(harness, jobs[0]).hint
        assert causes(harness, jobs) == [WaitCause.FULL, WaitCause.BEHIND, WaitCause.BEHIND]
        harness.clock.advance(100.0)
        await harness.wait_until_state(sent, S.DONE)
        await harness.wait_until_state(jobs[0], S.QUEUED, S.RUNNING)
        assert causes(harness, jobs[1:]) == [WaitCause.FULL, WaitCause.BEHIND]


async def test_while_others_are_sent_the_first_of_another_deployment_waits_for_them(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(in_flight=MAX_CONCURRENT_SENDS)
        release_event = harness.transport.hold("inference")
        await harness.submit_many(MAX_CONCURRENT_SENDS)
        await wait_until(lambda: harness.transport.waiting == MAX_CONCURRENT_SENDS)
        [elsewhere] = await _submit_elsewhere(harness)
        assert causes(harness, [elsewhere]) == [WaitCause.OTHERS_FIRST]
        assert reason_of(harness, elsewhere).text == "Waiting to be sent"
        release_event.set()
        await harness.wait_until_state(elsewhere, S.FAILED)


async def _submit_elsewhere(harness: QueueHarness) -> list[str]:
    """Runs a draft on a deployment that the service does not know."""
    known = set(harness.queue.jobs)
    other = replace(harness.deployment, deployment_id="another")
    assert await harness.queue.submit_many([RunRequest(harness.draft(), other)])
    return [each for each in harness.queue.jobs if each not in known]


async def test_the_next_job_says_that_it_is_the_next(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        connected = harness.transport.hold_connections()
        harness.queue.send_queue.set_has_key(False)
        job_id = await harness.submit()
        reasons: list[WaitCause] = []
        harness.queue.send_queue.changed.subscribe(
            lambda _state: reasons.extend(causes(harness, [job_id]))
        )
        harness.queue.send_queue.set_has_key(True)
        await wait_until(lambda: reasons)
        assert reasons[0] is WaitCause.NEXT
        connected.set()
        await harness.wait_until_state(job_id, S.DONE)


async def test_while_its_pictures_are_shrunk_a_job_says_so(tmp_path: Path) -> None:
    key, go_on = InputKey("6", "text"), asyncio.Event()

    async def shrink(large: MediaFile, _previous: MediaFile | None) -> MediaFile:
        await go_on.wait()
        return large

    harness = make_queue_harness(tmp_path)
    harness.shrink_picture = shrink
    async with running(harness):
        file = MediaFile("forest.png", "0.png", "0" * 64, "image/png", 9000, 400, 400)
        values = harness.draft().with_values({key: file})
        draft = replace(values, shrinkable_picture_inputs=frozenset({key}))
        await harness.queue.submit_many([RunRequest(draft, harness.deployment)], shrinks=True)
        [first] = harness.queue.jobs
        second = await harness.submit()
        assert causes(harness, [first, second]) == [WaitCause.SHRINKING, WaitCause.BEHIND]
        harness.queue.cancel(first)
        await harness.wait_until_state(second, S.DONE)
        go_on.set()


def test_a_time_is_given_in_hours_and_minutes() -> None:
    assert re.fullmatch(r"Waiting until \d\d:\d\d", wait_reasons.pause_requested(1000.0).text)
