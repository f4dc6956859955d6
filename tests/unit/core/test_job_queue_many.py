"""What is wished of many jobs at once, and what is wished while the program ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


async def test_a_batch_is_cancelled_as_a_whole_and_others_go_on(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.preferences.set(in_flight=2)
        batch = await bench.submit_many(4, "four")
        await until(lambda: len(bench.in_state(S.QUEUED) + bench.in_state(S.RUNNING)) == 2)
        other = await bench.submit()
        bench.queue.cancel_batch(bench.queue.jobs[batch[0]].batch_id)
        for job_id in batch[2:]:
            await bench.reaches(job_id, S.CANCELLED)
        await until(lambda: bench.received("cancel") == 2)
        bench.clock.advance(2.0)
        for job_id in batch[:2]:
            await bench.reaches(job_id, S.CANCELLED)
        await bench.reaches(other, S.QUEUED, S.RUNNING)
        assert bench.accepted == 3


async def test_failed_jobs_are_run_again_as_one_batch_in_their_order(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("status-422@submit:3")
        failed = await bench.submit_many(3)
        for job_id in failed:
            await bench.reaches(job_id, S.FAILED)
        bench.world.faults.set("")
        bench.queue.run_again_many([*failed, "nobody"], "again")
        await until(lambda: len(bench.queue.jobs) == 6)
        again = list(bench.queue.jobs.values())[3:]
        assert [job.seed for job in again] == [0, 1, 2]
        assert len({job.batch_id for job in again} - {""}) == 1
        assert {job.batch_name for job in again} == {"again"}
        for job in again:
            await bench.reaches(job.job_id, S.DONE)
        assert [bench.queue.jobs[each].state for each in failed] == [S.FAILED] * 3


@pytest.mark.parametrize("first", ["run again", "retry"])
async def test_two_wishes_at_once_fill_a_cell_once(tmp_path: Path, first: str) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("status-422@submit:1")
        assert await bench.queue.submit_many([Run(bench.draft(), bench.deployment, "", 3)], "", "g")
        [failed] = bench.queue.jobs
        await bench.reaches(failed, S.FAILED)
        bench.world.faults.set("")
        if first == "retry":
            bench.queue.run_in_place([bench.queue.jobs[failed]])
        else:
            bench.queue.run_again(failed)
        bench.queue.run_again(failed)
        await until(lambda: len(bench.queue.jobs) == 3)
        places = [(job.batch_id, job.cell) for job in bench.queue.jobs.values()]
        assert sorted(places) == [("", -1), ("g", 3), ("g", 3)]
        for job_id in list(bench.queue.jobs)[1:]:
            await bench.reaches(job_id, S.DONE)


async def test_an_uncertain_job_is_sent_again_once_in_its_place(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("drop-answer:1")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.UNCERTAIN)
        bench.world.faults.set("")
        for _each in range(3):
            bench.queue.send_again(job_id)
        old = await bench.reaches(job_id, S.CANCELLED)
        assert old.reason.startswith("Sent again as a new job")
        [again] = [each for each in bench.queue.jobs if each != job_id]
        await bench.reaches(again, S.DONE)
        assert await settled(lambda: len(bench.queue.jobs)) == 2
        assert bench.received("submit") == 2


async def test_a_job_that_cannot_be_written_is_not_sent_again(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("drop-answer:1")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.UNCERTAIN)
        told = len(bench.told)
        await bench.refuse_writes()
        bench.queue.send_again(job_id)
        await until(lambda: len(bench.told) > told)
        assert list(bench.queue.jobs) == [job_id]
        assert bench.queue.jobs[job_id].state is S.UNCERTAIN
        assert bench.received("submit") == 1
        await bench.refuse_writes(on=False)


async def test_unsent_jobs_can_be_removed_and_are_never_sent(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_key(False)
        first, second, third = await bench.submit_many(3)
        bench.queue.line.pause([second])
        await bench.reaches(second, S.HELD)
        bench.queue.remove_many([first, second])
        await until(lambda: list(bench.queue.jobs) == [third])
        bench.queue.line.note_key(True)
        await bench.reaches(third, S.DONE)
        assert bench.accepted == 1
    assert bench.row(first) == {}


async def test_what_was_wished_in_the_last_moment_is_written_down(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_key(False)
        first, second = await bench.submit_many(2)
        bench.queue.cancel(first)
        bench.queue.line.pause([second])
        drafts = [bench.draft(noise_seed=number) for number in range(200)]
        bench.queue.submit_many([Run(each, bench.deployment) for each in drafts], "late")
    assert bench.row(first)["state"] == "cancelled"
    assert bench.row(second)["hold"] == "paused"
    async with bench.program() as queue:
        late = [job for job in queue.jobs.values() if job.batch_name == "late"]
        assert [job.seed for job in late] == list(range(200))


async def test_a_wish_to_cancel_while_there_is_no_way_takes_the_job_back(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        gate = bench.network.hold_connections()
        job_id = await bench.submit()
        await bench.reaches(job_id, S.SENDING)
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_asked)
        bench.network.is_down = True
        gate.set()
        await bench.reaches(job_id, S.CANCELLED)
        assert bench.states(job_id) == ["waiting", "sending", "held", "cancelled"]
        assert bench.accepted == 0


async def test_an_id_that_was_typed_before_closing_is_written_down(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.world.faults.set("drop-answer:1")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.UNCERTAIN)
        [request_id] = bench.world.runs
        gate = bench.network.hold("status")
        bench.queue.adopt(job_id, request_id)
        await until(lambda: bench.network.waiting)
        asyncio.get_running_loop().call_later(0.05, gate.set)
    assert bench.row(job_id)["request_id"] == request_id
