"""Two programs on one history, as when the lock that forbids it was removed: nothing is sent twice,
and no request is lost."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.job import Hold, JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import Bench, open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)
TAKEN = "Another window of this program has taken over "


@asynccontextmanager
async def another(bench: Bench) -> AsyncIterator[Bench]:
    """A second program on the same folder, and with the same service."""
    other = Bench(bench.folder, pace=bench.pace, cloud=SLOW_CLOUD)
    other.clock, other.world, other.network = bench.clock, bench.world, bench.network
    other.token = bench.token
    async with other.program():
        yield other


@pytest.mark.parametrize("first", [0, 1])
async def test_held_jobs_that_both_resume_are_sent_once(tmp_path: Path, first: int) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.queue.line.pause_all()
        jobs = await bench.submit_many(3)
        await until(lambda: len(bench.in_state(S.HELD)) == 3)
        async with another(bench) as other:
            assert sorted(other.queue.jobs) == sorted(jobs)
            both = [bench, other] if first == 0 else [other, bench]
            for each in both:
                each.preferences.set(in_flight=9)
                each.queue.line.resume_all()
            await until(lambda: bench.accepted == 3)
            assert await settled(lambda: bench.network.arrived.count("inference")) == 3
            rows = [bench.row(each) for each in jobs]
            assert all(row["state"] in ("queued", "running") for row in rows)
            assert {row["request_id"] for row in rows} == set(bench.world.runs)
            # Each job is in the list of the one that sent it.
            there = [each.in_state(S.QUEUED) + each.in_state(S.RUNNING) for each in both]
            assert sorted(there[0] + there[1]) == sorted(jobs)
            assert any(each.startswith(TAKEN) for each in bench.titles() + other.titles())


async def test_a_job_that_the_other_has_sent_is_neither_changed_nor_removed(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.queue.line.pause_all()
        one, two = await bench.submit_many(2)
        await until(lambda: len(bench.in_state(S.HELD)) == 2)
        async with another(bench) as other:
            bench.preferences.set(in_flight=9)
            bench.queue.line.resume_all()
            await until(lambda: bench.accepted == 2)
            for job_id in (one, two):
                await bench.reaches(job_id, S.QUEUED, S.RUNNING)
            other.queue.cancel(one)
            await until(lambda: one not in other.queue.jobs)
            other.queue.remove_many([two])
            await until(lambda: two not in other.queue.jobs)
            assert all(bench.row(each)["request_id"] for each in (one, two))
            assert other.titles() == [f"{TAKEN}1 job.", "Removed 1 job from the list."]
            assert bench.received("cancel") == 0
        assert all(bench.row(each)["request_id"] for each in (one, two))


async def test_a_job_that_the_other_has_sent_and_removed_is_not_sent_again(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.pause_all()
        (job_id,) = await bench.submit_many(1)
        await until(lambda: len(bench.in_state(S.HELD)) == 1)
        async with another(bench) as other:
            other.queue.line.send_now([job_id])
            await other.reaches(job_id, S.DONE)
            other.queue.remove_many([job_id])
            await until(lambda: not other.queue.jobs)
            bench.queue.line.resume_all()
            await until(lambda: not bench.queue.jobs)
            assert await settled(lambda: bench.network.arrived.count("inference")) == 1
        assert bench.row(job_id) == {}


async def test_what_one_sends_while_the_other_begins_keeps_its_request(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        gate = bench.network.hold("inference")
        job_id = await bench.submit()
        await until(lambda: bench.network.arrived.count("inference") == 1)
        async with another(bench) as other:
            # For all it can know, the program that sent it is gone.
            assert other.queue.jobs[job_id].state is S.UNCERTAIN
            bench.queue.cancel(job_id)
            await until(lambda: bench.queue.jobs[job_id].cancel_asked)
            gate.set()
            await bench.reaches(job_id, S.QUEUED, S.RUNNING)
            (request_id,) = bench.world.runs
            assert bench.row(job_id)["request_id"] == request_id
            other.queue.send_again(job_id)
            await until(lambda: job_id not in other.queue.jobs)
            assert await settled(lambda: bench.network.arrived.count("inference")) == 1
            assert bench.row(job_id)["request_id"] == request_id


async def test_a_waiting_job_that_the_other_holds_at_its_start_is_not_sent(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.preferences.set(in_flight=1)
        one, two = await bench.submit_many(2)
        await bench.reaches(one, S.QUEUED, S.RUNNING)
        assert bench.queue.jobs[two].state is S.WAITING
        async with another(bench) as other:
            assert other.queue.jobs[two].hold is Hold.RESTART
            bench.preferences.set(in_flight=9)
            await until(lambda: two not in bench.queue.jobs)
            assert bench.accepted == 1
            assert bench.row(two)["state"] == "held"
