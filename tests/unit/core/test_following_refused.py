"""Jobs that the service refuses to speak of, in passing or for good, beside all others."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import QUICK, open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.job_bench import Bench

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)
SOON_AGAIN = replace(QUICK, refused_s=0.002, refused_most_s=0.01)


async def followed(bench: Bench, count: int) -> list[str]:
    bench.preferences.set(in_flight=count)
    jobs = [await bench.submit(noise_seed=number) for number in range(count)]
    for job_id in jobs:
        await bench.reaches(job_id, S.RUNNING, S.QUEUED)
    return jobs


@pytest.mark.parametrize("kind", ["json", "plain", "gateway", "foreign"])
async def test_what_was_refused_in_passing_is_asked_about_again(tmp_path: Path, kind: str) -> None:
    async with open_bench(tmp_path, pace=SOON_AGAIN, cloud=SLOW_CLOUD) as bench:
        [job_id] = await followed(bench, 1)
        bench.world.faults.set(f"unauthorized@status:{kind}")
        await until(lambda: bench.queue.jobs[job_id].trouble)
        bench.world.faults.set("")
        bench.clock.advance(100.0)
        await bench.reaches(job_id, S.DONE)
        assert not bench.queue.jobs[job_id].trouble


async def test_jobs_of_another_account_keep_nobody_busy(tmp_path: Path) -> None:
    """The account finds the key good each time it looks; the service says of these jobs that it
    is not, and not why."""
    async with open_bench(tmp_path, pace=SOON_AGAIN, cloud=SLOW_CLOUD) as bench:
        jobs = await followed(bench, 4)
        foreign = [bench.queue.jobs[each].request_id for each in jobs[:3]]
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
            verdict = partial(bench.queue.judge_key, is_good=True)
            asyncio.get_running_loop().call_soon(verdict)

        bench.queue.key_refused.subscribe(look)
        bench.network.bends["status"] = refuse
        await until(lambda: all(refused.count(each) > 8 for each in foreign))
        assert 1 <= len(bench.told) <= len(looks) <= len(foreign)
        bench.clock.advance(100.0)
        await bench.reaches(jobs[3], S.DONE)


async def test_a_key_that_the_account_finds_bad_is_asked_with_once_more_at_most(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, pace=SOON_AGAIN, cloud=SLOW_CLOUD) as bench:
        [job_id] = await followed(bench, 1)
        good, bench.token = bench.token, "revoked"
        await until(lambda: bench.queue.jobs[job_id].trouble)
        bench.queue.judge_key(is_good=False)
        asked = bench.network.arrived.count("status")
        assert await settled(lambda: bench.network.arrived.count("status")) <= asked + 2
        bench.token = good
        bench.queue.wake()
        bench.clock.advance(100.0)
        await bench.reaches(job_id, S.DONE)
