"""How often a wish to cancel is brought to a service that does not answer it, and when it ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.notices import CANCEL_UNANSWERED
from runcomfy_desktop.domain.job import CancelStage, JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import QUICK, open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.job_bench import Bench

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)
# The waits of the real program.
TRIES = 4
PATIENT = replace(
    QUICK, quick_s=2.0, slow_s=10.0, cancel_s=5.0, cancel_most_s=120.0, cancel_tries=TRIES
)
GIVEN_UP_S = 5.0 + 10.0 + 20.0


async def running(bench: Bench) -> str:
    job_id = await bench.submit()
    await bench.reaches(job_id, S.RUNNING)
    return job_id


async def put_off(bench: Bench, job_id: str) -> None:
    bench.queue.cancel(job_id)
    await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.PUT_OFF)


@pytest.mark.parametrize("way", ["cancel", "wake", "try now"])
async def test_a_try_that_somebody_rang_for_brings_the_end_no_nearer(
    tmp_path: Path, way: str
) -> None:
    async with open_bench(tmp_path, pace=PATIENT, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.world.faults.set("status-503@cancel:1000")
        await put_off(bench, job_id)
        for _ring in range(3 * TRIES):
            before = bench.received("cancel")
            match way:
                case "cancel":
                    bench.queue.cancel(job_id)
                case "wake":
                    bench.queue.wake()
                case "try now":
                    bench.queue.try_now()
            await until(lambda: bench.received("cancel") > before)  # noqa: B023 - awaited here
            await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.PUT_OFF)
            assert bench.queue.jobs[job_id].cancel_asked
        bench.world.faults.set("")
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)


async def test_a_wish_that_nobody_rang_for_ends_after_its_tries(tmp_path: Path) -> None:
    async with open_bench(tmp_path, pace=PATIENT, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.world.faults.set("status-503@cancel:1000")
        await put_off(bench, job_id)
        begun_s = asyncio.get_running_loop().time()
        await until(lambda: not bench.queue.jobs[job_id].cancel_asked, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(GIVEN_UP_S, abs=1.0)
        assert await settled(lambda: bench.received("cancel")) == TRIES


async def test_a_press_during_the_last_try_is_a_new_wish(tmp_path: Path) -> None:
    pace = replace(PATIENT, cancel_tries=2)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.world.faults.set("status-503@cancel:2")
        await put_off(bench, job_id)
        answer = bench.network.hold("cancel")
        await until(lambda: bench.received("cancel") == 2)
        bench.queue.cancel(job_id)
        await settled(lambda: bench.received("cancel"))
        answer.set()
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
        assert bench.row(job_id)["cancel_asked"] is True


@pytest.mark.parametrize("end", ["taken", "the job ended"])
async def test_what_was_told_of_an_unanswered_cancel_is_taken_back(
    tmp_path: Path, end: str
) -> None:
    async with open_bench(tmp_path, pace=PATIENT, cloud=SLOW_CLOUD) as bench:
        outdated: list[str] = []
        bench.notices.outdated.subscribe(outdated.append)
        jobs = [await running(bench), await bench.submit()]
        await bench.reaches(jobs[1], S.QUEUED)
        bench.world.faults.set("status-503@cancel:1000")
        for job_id in jobs:
            await put_off(bench, job_id)
        [notice] = bench.told
        assert notice.about == CANCEL_UNANSWERED
        if end == "taken":
            bench.world.faults.set("")
            bench.queue.cancel(jobs[0])
            await until(lambda: bench.queue.jobs[jobs[0]].cancel_stage is CancelStage.TAKEN)
            assert outdated == [], "another one waits still"
            bench.queue.cancel(jobs[1])
        else:
            bench.clock.advance(300.0)
        await until(lambda: outdated)
        assert outdated == [CANCEL_UNANSWERED]


@pytest.mark.parametrize("order", ["before the answer", "after the answer"])
async def test_a_press_while_the_end_of_a_wish_is_written_is_a_new_wish(
    tmp_path: Path, order: str
) -> None:
    pace = replace(PATIENT, cancel_tries=2)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.world.faults.set("status-503@cancel:2")
        await put_off(bench, job_id)
        answer = bench.network.hold("cancel")
        await until(lambda: bench.received("cancel") == 2)
        # The disk is busy with something else.
        async with bench.queue._ledger._turn:
            if order == "before the answer":
                bench.queue.cancel(job_id)
                await settled(lambda: bench.received("cancel"))
            answer.set()
            await until(lambda: bench.network.waiting == 0)
            await settled(lambda: bench.received("cancel"))
            if order == "after the answer":
                bench.queue.cancel(job_id)
                await settled(lambda: bench.received("cancel"))
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
        assert bench.row(job_id)["cancel_asked"] is True


async def test_a_cancel_that_is_refused_for_the_key_is_brought_now_and_then(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, pace=PATIENT, cloud=SLOW_CLOUD) as bench:
        job_id = await running(bench)
        bench.world.faults.set("unauthorized@cancel")
        await put_off(bench, job_id)
        asked = bench.received("status")
        await asyncio.sleep(3600.0)
        assert bench.received("status") > asked + 100
        # Each after twice the time, up to two minutes.
        assert 30 < bench.received("cancel") < 40
        assert bench.queue.jobs[job_id].cancel_asked
        assert len(bench.told) == 1
        assert "is tried again by itself" in bench.told[0].detail
        before = bench.received("cancel")
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == before + 1)
        bench.world.faults.set("")
        bench.queue.wake()
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
