from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.queue_harness import QueueHarness

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


async def _followed(harness: QueueHarness, count: int) -> list[str]:
    harness.preferences.set(in_flight=count)
    jobs = [await harness.submit(noise_seed=number) for number in range(count)]
    for job_id in jobs:
        await harness.wait_until_state(job_id, S.RUNNING, S.QUEUED)
    return jobs


async def test_all_rows_say_that_the_service_asks_for_a_pause(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 20)
        harness.backend.faults.set("rate-limit@status:1:1800")
        pattern = r"RunComfy asks for a pause; asking goes on at \d\d:\d\d\."
        await wait_until(
            lambda: all(re.fullmatch(pattern, harness.queue.jobs[each].trouble) for each in jobs)
        )
        assert harness.poll_pause.is_active
        asked = await wait_until_stable(lambda: harness.received_count("status"))
        harness.queue.wake()
        await wait_until(lambda: not any(harness.queue.jobs[each].trouble for each in jobs))
        assert harness.received_count("status") > asked
        assert harness.shown_notices == []


async def test_the_person_can_ask_about_one_job_in_a_pause(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 3)
        harness.backend.faults.set("rate-limit@status:2:1800")
        await wait_until(lambda: all(harness.queue.jobs[each].trouble for each in jobs))
        asked = await wait_until_stable(lambda: harness.received_count("status"))
        # Still too early: the pause begins again.
        harness.queue.poll_now(jobs[1])
        await wait_until(lambda: harness.received_count("status") > asked)
        assert await wait_until_stable(lambda: harness.received_count("status")) == asked + 1
        assert all(harness.queue.jobs[each].trouble for each in jobs)
        harness.queue.poll_now(jobs[1])
        await wait_until(lambda: not any(harness.queue.jobs[each].trouble for each in jobs))


async def test_a_short_pause_is_not_worth_a_word(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 3)
        shown: list[str] = []
        harness.queue.changed.subscribe(lambda job: shown.append(job.trouble))
        harness.backend.faults.set("rate-limit@status:1")
        asked = harness.received_count("status")
        await wait_until(lambda: harness.received_count("status") > asked + 10)
        assert not any(shown)
        assert all(harness.queue.jobs[each].state.is_active for each in jobs)


async def test_a_long_pause_is_told_with_its_end_until_it_is_over(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        [job_id] = await _followed(harness, 1)
        ends: list[float] = []
        harness.queue.pause_status.long_pause_changed.subscribe(ends.append)
        harness.backend.faults.set("rate-limit@status:1:100")
        await wait_until(lambda: harness.poll_pause.is_active)
        assert ends == []
        harness.queue.allow_probes()
        await wait_until(lambda: not harness.poll_pause.is_active)
        harness.backend.faults.set("rate-limit@status:1:1800")
        await wait_until(lambda: ends)
        assert ends == [pytest.approx(harness.clock() + 1800.0, abs=5.0)]
        assert harness.queue.pause_status.long_pause_until_s == ends[0]
        harness.queue.allow_probes()
        await wait_until(lambda: not harness.queue.jobs[job_id].trouble)
        assert ends[1:] == [0.0]


async def test_runs_and_cancels_go_out_in_a_pause_of_questions(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        [job_id] = await _followed(harness, 1)
        harness.backend.faults.set("rate-limit@status:1:3000, rate-limit@cancel:1:3000")
        await wait_until(lambda: harness.poll_pause.is_active)
        asked = harness.received_count("status")
        harness.preferences.set(in_flight=5)
        others = [await harness.submit(noise_seed=number) for number in range(10, 13)]
        for other in others:
            await harness.wait_until_state(other, S.QUEUED, S.RUNNING)
        # The first try is refused, and the next one does not wait for a poll.
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == 2)
        assert harness.received_count("status") == asked
        assert harness.poll_pause.is_active


async def test_new_runs_wait_for_the_end_of_a_pause(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.backend.faults.set("rate-limit@submit:1:1800")
        refused = await harness.submit()
        await harness.wait_until_state(refused, S.FAILED)
        await wait_until(lambda: harness.poll_pause.is_active)
        waiting = [await harness.submit(noise_seed=number) for number in range(2)]
        assert (
            await wait_until_stable(lambda: harness.transport.received_calls.count("inference"))
            == 1
        )
        assert all(harness.queue.jobs[each].state is S.WAITING for each in waiting)
        # One job is sent, and its acceptance ends the pause.
        harness.queue.wake()
        for job_id in waiting:
            await harness.wait_until_state(job_id, S.QUEUED, S.RUNNING)
        assert not harness.poll_pause.is_active
        assert harness.accepted_count == 2


async def test_trying_now_is_not_spent_on_a_job_that_was_cancelled_in_the_pause(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.backend.faults.set("rate-limit@submit:1:1800")
        await harness.wait_until_state(await harness.submit(), S.FAILED)
        await wait_until(lambda: harness.submit_pause.is_active)
        harness.preferences.set(in_flight=5)
        first, second = [await harness.submit(noise_seed=number) for number in range(2)]
        await wait_until_stable(lambda: harness.transport.received_calls.count("inference"))
        harness.queue.cancel(first)
        await harness.wait_until_state(first, S.CANCELLED)
        harness.queue.allow_probes()
        await harness.wait_until_state(second, S.QUEUED, S.RUNNING)
        assert not harness.submit_pause.is_active
        assert harness.accepted_count == 1


async def test_a_pause_that_begins_anew_in_the_same_minute_stays_on_the_rows(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        jobs = await _followed(harness, 20)
        harness.poll_pause._begin(1830.0)
        await wait_until(lambda: all(harness.queue.jobs[each].trouble for each in jobs))
        # No response clears the text.
        harness.transport.hold("status")
        shown: list[str] = []
        harness.queue.changed.subscribe(lambda job: shown.append(job.trouble))
        harness.poll_pause._end()
        harness.poll_pause._begin(1830.0)
        await wait_until_stable(lambda: len(shown))
        assert all(harness.queue.jobs[each].trouble for each in jobs)
        assert "" not in shown
