from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

import pytest

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


@pytest.mark.parametrize("dialect", list(DIALECTS))
async def test_a_queued_job_is_cancelled_when_the_status_says_so(
    tmp_path: Path, dialect: str
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.world.dialect = DIALECTS[dialect]
        bench.world.deployments[bench.deployment.deployment_id].min_instances = 0
        job_id = await bench.submit()
        await bench.reaches(job_id, S.QUEUED)
        bench.queue.cancel(job_id)
        job = await bench.reaches(job_id, S.CANCELLED)
        assert bench.row(job_id)["state"] == "cancelled"
        assert job.finished_s == bench.clock()
        assert bench.received("cancel") == 1
        assert bench.told == []


@pytest.mark.parametrize("dialect", list(DIALECTS))
async def test_a_running_job_shows_cancelling_until_it_is_over(
    tmp_path: Path, dialect: str
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.world.dialect = DIALECTS[dialect]
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 1)
        asked = bench.received("status")
        await until(lambda: bench.received("status") > asked + 2)
        job = bench.queue.jobs[job_id]
        assert (job.state, job.cancel_asked, job.can_cancel) == (S.RUNNING, True, False)
        assert bench.row(job_id)["cancel_asked"] is True
        bench.queue.cancel(job_id)
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)
        assert bench.received("cancel") == 1


async def test_a_job_that_waits_here_is_taken_back_and_never_sent(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        gate = bench.network.hold("inference")
        sent = [await bench.submit() for _each in range(2)]
        await until(lambda: bench.network.arrived.count("inference") == 2)
        waiting = await bench.submit()
        bench.queue.cancel(waiting)
        await bench.reaches(waiting, S.CANCELLED)
        gate.set()
        for job_id in sent:
            await bench.reaches(job_id, S.DONE)
        assert bench.states(waiting) == ["waiting", "cancelled"]
        assert bench.accepted == 2
        assert bench.received("cancel") == 0


async def test_a_job_that_is_being_sent_is_cancelled_once_its_id_is_known(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        gate = bench.network.hold("inference")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.SENDING)
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_asked)
        assert bench.row(job_id)["cancel_asked"] is True
        assert bench.received("cancel") == 0
        gate.set()
        await until(lambda: bench.received("cancel") == 1)
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)
        assert bench.received("cancel") == 1
        assert bench.accepted == 1


async def test_a_job_that_wins_against_its_cancel_is_done(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.network.bend_json("cancel", status="cancellation_requested")
        bench.network.bend_json("status", status="in_progress")
        bench.clock.advance(30.0)
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 1)
        del bench.network.bends["status"]
        job = await bench.reaches(job_id, S.DONE)
        assert len(bench.files()) == 1
        assert job.outputs[0].path
        assert bench.told == []


async def test_a_cancelled_status_with_a_result_behind_it_is_done(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.network.bend_json("status", status="canceled")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)


async def test_what_cannot_be_cancelled_goes_on_and_says_so(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.network.bend_json("cancel", status="not_cancellable")
        bench.queue.cancel(job_id)
        await until(lambda: bench.told)
        assert bench.titles() == ["“flux-dev · seed 20260203” cannot be cancelled any more."]
        job = bench.queue.jobs[job_id]
        assert (job.state, job.can_cancel) == (S.RUNNING, True)
        asked = bench.received("status")
        await until(lambda: bench.received("status") > asked)


async def test_a_cancel_that_did_not_arrive_can_be_asked_again(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set("status-503@cancel:1")
        bench.queue.cancel(job_id)
        await until(lambda: bench.told)
        assert "may go on and cost money" in bench.told[0].detail
        assert bench.queue.jobs[job_id].can_cancel
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 2)
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)


async def test_a_wish_is_asked_again_after_a_restart(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.network.hold("cancel")
        bench.world.faults.set("status-503@cancel:1")
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_asked)
    bench.network.held.clear()
    bench.world.faults.set("")
    async with bench.program() as queue:
        await until(lambda: bench.received("cancel") == 2)
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)
        assert queue.jobs[job_id].state is S.CANCELLED
        assert bench.told == []


async def test_cancelling_what_is_over_does_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE)
        bench.queue.cancel(job_id)
        bench.queue.cancel("nobody")
        assert await settled(lambda: bench.received("cancel")) == 0
        assert bench.queue.jobs[job_id].state is S.DONE
