"""Jobs whose polls are refused, temporarily or for good, among jobs that are not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import FAST_POLLING, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.queue_harness import QueueHarness

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)
RETRY_SOON = replace(FAST_POLLING, key_refused_backoff=Backoff(0.002, 0.01))


async def followed(harness: QueueHarness, count: int) -> list[str]:
    harness.preferences.set(in_flight=count)
    jobs = [await harness.submit(noise_seed=number) for number in range(count)]
    for job_id in jobs:
        await harness.wait_until_state(job_id, S.RUNNING, S.QUEUED)
    return jobs


@pytest.mark.parametrize("kind", ["json", "plain", "gateway", "foreign"])
async def test_what_was_refused_in_passing_is_asked_about_again(tmp_path: Path, kind: str) -> None:
    async with open_queue_harness(tmp_path, pace=RETRY_SOON, timing=SLOW_CLOUD) as harness:
        [job_id] = await followed(harness, 1)
        harness.backend.faults.set(f"unauthorized@status:{kind}")
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        harness.backend.faults.set("")
        harness.clock.advance(100.0)
        await harness.wait_until_state(job_id, S.DONE)
        assert not harness.queue.jobs[job_id].trouble


async def test_jobs_of_another_account_keep_nobody_busy(tmp_path: Path) -> None:
    """The account finds the key good each time; for these jobs it is refused without a reason."""
    async with open_queue_harness(tmp_path, pace=RETRY_SOON, timing=SLOW_CLOUD) as harness:
        jobs = await followed(harness, 4)
        foreign = [harness.queue.jobs[each].request_id for each in jobs[:3]]
        refused: list[str] = []

        def refuse(response: httpx.Response) -> httpx.Response:
            request_id = json.loads(response.content)["request_id"]
            if request_id not in foreign:
                return response
            refused.append(request_id)
            return httpx.Response(401, text="Unauthorized")

        looks: list[None] = []

        def look(nothing: None) -> None:
            looks.append(nothing)
            verdict = partial(harness.queue.set_key_validity, is_good=True)
            asyncio.get_running_loop().call_soon(verdict)

        harness.queue.key_refused.subscribe(look)
        harness.transport.overrides["status"] = refuse
        await wait_until(lambda: all(refused.count(each) > 8 for each in foreign))
        assert 1 <= len(harness.shown_notices) <= len(looks) <= len(foreign)
        harness.clock.advance(100.0)
        await harness.wait_until_state(jobs[3], S.DONE)


async def test_a_key_that_the_account_finds_bad_is_asked_with_once_more_at_most(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, pace=RETRY_SOON, timing=SLOW_CLOUD) as harness:
        [job_id] = await followed(harness, 1)
        good, harness.token = harness.token, "revoked"
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        harness.queue.set_key_validity(is_good=False)
        asked = harness.transport.received_calls.count("status")
        assert (
            await wait_until_stable(lambda: harness.transport.received_calls.count("status"))
            <= asked + 2
        )
        harness.token = good
        harness.queue.wake()
        harness.clock.advance(100.0)
        await harness.wait_until_state(job_id, S.DONE)
