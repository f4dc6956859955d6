"""The line when things happen at once: wishes, flips of the network and limits cross each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.line import Where
from runcomfy_desktop.domain.job import Hold, JobState
from tests.support.job_bench import open_bench
from tests.support.until import settled, turns, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.api.body import SubmitBody
    from runcomfy_desktop.domain.job import Job

S = JobState
UNDER_WAY = (S.SENDING, S.UNCERTAIN, S.QUEUED, S.RUNNING, S.FETCHING, S.DONE)


async def test_a_queue_resumed_while_it_is_being_paused_goes_on(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        line.note_key(False)
        jobs = await bench.submit_many(20)
        line.pause_all()
        # The line has looked, and what it holds is not on disk yet.
        await asyncio.sleep(0)
        assert bench.in_state(S.HELD) == []
        line.resume_all()
        line.note_key(True)
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)


async def test_a_network_that_is_back_before_jobs_are_held_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        line.note_key(False)
        await bench.submit_many(20)
        line.note_online(False)
        await asyncio.sleep(0)
        assert bench.in_state(S.HELD) == []
        line.note_online(True)
        await until(lambda: bench.titles())
        assert bench.titles() == ["RunComfy can be reached again. 20 jobs are held."]


@pytest.mark.parametrize("sends", [False, True])
async def test_a_network_that_is_back_before_a_try_in_vain_is_written_down_is_told_or_used(
    tmp_path: Path, sends: bool
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(sends_when_online=sends)
        bench.network.is_down = True

        def come_back(_nothing: None) -> None:
            bench.network.is_down = False
            bench.queue.line.note_online(True)

        bench.queue.unreachable.subscribe(come_back)
        job_id = await bench.submit()
        await bench.reaches(job_id, S.DONE if sends else S.HELD)
        titles = ["RunComfy can be reached again. 1 job is held."]
        assert bench.titles() == ([] if sends else titles)


async def test_a_network_that_is_back_as_the_last_job_is_held_is_told_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        line.note_key(False)
        await bench.submit_many(20)

        def come_back(_job: Job) -> None:
            if len(bench.in_state(S.HELD)) == 20:
                line.note_online(True)

        bench.queue.changed.subscribe(come_back)
        line.note_online(False)
        await until(bench.titles)
        await turns()
        assert bench.titles() == ["RunComfy can be reached again. 20 jobs are held."]


async def test_a_network_that_is_back_before_jobs_are_held_lets_them_go_if_that_is_set(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(sends_when_online=True)
        line = bench.queue.line
        line.note_key(False)
        jobs = await bench.submit_many(20)
        line.note_online(False)
        await asyncio.sleep(0)
        line.note_online(True)
        line.note_key(True)
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)


async def test_jobs_do_not_go_by_themselves_when_the_setting_was_taken_back(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(sends_when_online=True)
        line = bench.queue.line
        line.note_sent(False)
        line.note_sent(False)
        job_id = await bench.submit()
        await bench.reaches(job_id, S.HELD)
        line.note_online(True)
        bench.preferences.set(sends_when_online=False)
        # Its pause after two tries in vain, as if it were over.
        asyncio.get_running_loop().call_soon(line._release_offline)
        assert await settled(lambda: bench.received("submit")) == 0
        assert bench.queue.jobs[job_id].state is S.HELD


async def test_two_moves_at_once_both_count(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        line.pause_all()
        jobs = await bench.submit_many(5)
        await until(lambda: line.state.held == {Hold.PAUSED: 5})
        line.move([jobs[4]], Where.UP)
        line.move([jobs[4]], Where.UP)
        line.move([jobs[4]], Where.UP)

        def order() -> list[str]:
            return sorted(jobs, key=lambda each: bench.queue.jobs[each].order)

        wanted = [jobs[0], jobs[4], jobs[1], jobs[2], jobs[3]]
        await until(lambda: order() == wanted, saying=order)


async def test_of_two_jobs_with_room_for_one_only_one_goes(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:

        def objection(_job: Job) -> Hold | None:
            is_any = any(job.state in UNDER_WAY for job in bench.queue.jobs.values())
            return Hold.DAY_LIMIT if is_any else None

        bench.queue.line._objection = objection
        jobs = await bench.submit_many(4)
        await bench.reaches(jobs[0], S.DONE)
        await until(lambda: bench.queue.line.state.held == {Hold.DAY_LIMIT: 3})
        assert bench.received("submit") == 1


async def test_a_limit_that_is_set_while_a_job_waits_for_its_turn_holds_it(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line._objection = lambda _job: (
            Hold.DAY_LIMIT if bench.preferences.settings.day_limit_usd else None
        )
        # The service asked for a pause: a job that was let go waits for its end.
        bench.submit_rest._begin(60.0)
        jobs = await bench.submit_many(2)
        await until(lambda: bench.queue.line._begun)
        bench.preferences.set(day_limit_usd=0.01)
        await until(lambda: bench.queue.line.state.held == {Hold.DAY_LIMIT: 2})
        assert bench.received("submit") == 0
        assert {bench.queue.jobs[each].hold for each in jobs} == {Hold.DAY_LIMIT}


async def test_a_limit_that_is_set_while_a_let_go_job_is_paused_holds_it_once_resumed(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        line._objection = lambda _job: (
            Hold.DAY_LIMIT if bench.preferences.settings.day_limit_usd else None
        )
        bench.submit_rest._begin(60.0)
        job_id = await bench.submit()
        await until(lambda: job_id in line._begun)
        line.pause([job_id])
        await until(lambda: line.state.held == {Hold.PAUSED: 1})
        bench.preferences.set(day_limit_usd=0.01)
        line.resume([job_id])
        await bench.reaches(job_id, S.WAITING)
        bench.submit_rest._end()
        await until(lambda: line.state.held == {Hold.DAY_LIMIT: 1}, saying=lambda: line.state)
        assert bench.received("submit") == 0
        line.send_now([job_id])
        await bench.reaches(job_id, S.DONE)


async def test_a_limit_that_is_reached_while_a_let_go_job_waits_for_its_turn_holds_it(
    tmp_path: Path,
) -> None:
    """No wish at all: what runs costs more than was thought while the service rests."""
    async with open_bench(tmp_path) as bench:
        line, spent = bench.queue.line, [0.0]
        line._objection = lambda _job: Hold.DAY_LIMIT if spent[0] > 1 else None
        bench.submit_rest._begin(60.0)
        job_id = await bench.submit()
        await until(lambda: job_id in line._begun)
        spent[0] = 2.0
        bench.submit_rest._end()
        await until(lambda: line.state.held == {Hold.DAY_LIMIT: 1}, saying=lambda: line.state)
        assert bench.received("submit") == 0
        line.send_now([job_id])
        await bench.reaches(job_id, S.DONE)


async def test_of_two_jobs_that_were_let_go_only_one_goes_where_there_is_room_for_one(
    tmp_path: Path,
) -> None:
    """One was let go while the other was held, and both have their turn in the same moment."""
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line

        def objection(job: Job) -> Hold | None:
            others = (each for each in bench.queue.jobs.values() if each.job_id != job.job_id)
            return Hold.DAY_LIMIT if any(each.state in UNDER_WAY for each in others) else None

        line._objection = objection
        bench.submit_rest._begin(60.0)
        first = await bench.submit(noise_seed=1)
        await until(lambda: first in line._begun)
        line.pause([first])
        await until(lambda: line.state.held == {Hold.PAUSED: 1})
        second = await bench.submit(noise_seed=2)
        await until(lambda: second in line._begun)
        line.resume([first])
        await bench.reaches(first, S.WAITING)
        bench.submit_rest._end()
        await until(lambda: line.state.held == {Hold.DAY_LIMIT: 1}, saying=lambda: line.state)
        await until(lambda: len(bench.in_state(S.DONE)) == 1)
        assert bench.received("submit") == 1


async def test_a_let_go_job_waits_for_a_key_when_that_is_removed_before_its_turn(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        bench.submit_rest._begin(60.0)
        job_id = await bench.submit()
        await until(lambda: job_id in line._begun)
        good, bench.token = bench.token, ""
        line.note_key(False)
        bench.submit_rest._end()
        await until(lambda: line.state.waiting == 1, saying=lambda: line.state)
        assert bench.queue.jobs[job_id].state is S.WAITING
        assert bench.told == []
        bench.token = good
        line.note_key(True)
        await bench.reaches(job_id, S.DONE)
        assert bench.received("submit") == 1


async def test_a_limit_that_is_reached_while_a_body_is_made_holds_the_job(tmp_path: Path) -> None:
    """The last look is when the job is written down as being sent."""
    async with open_bench(tmp_path) as bench:
        line, spent = bench.queue.line, [0.0]
        line._objection = lambda _job: Hold.DAY_LIMIT if spent[0] > 1 else None
        making, go_on, ready = asyncio.Event(), asyncio.Event(), bench.queue._sender._ready

        async def slowly(job: Job) -> SubmitBody | None:
            making.set()
            await go_on.wait()
            return await ready(job)

        bench.queue._sender._ready = slowly  # type: ignore[method-assign] # only to wait there
        job_id = await bench.submit()
        await making.wait()
        spent[0] = 2.0
        go_on.set()
        job = await bench.reaches(job_id, S.HELD)
        assert job.hold is Hold.DAY_LIMIT
        assert bench.received("submit") == 0


@pytest.mark.logs_errors
async def test_a_bug_at_the_last_look_ends_the_job_and_is_told_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        line, asked = bench.queue.line, []

        def objection(job: Job) -> Hold | None:
            asked.append(job.job_id)
            if len(asked) > 1:
                raise ZeroDivisionError
            return None

        line._objection = objection
        job_id = await bench.submit()
        await bench.reaches(job_id, S.FAILED)
        assert await settled(lambda: len(bench.told)) == 1
        assert bench.received("submit") == 0


async def test_a_job_that_is_resumed_while_it_was_let_go_is_not_counted_as_held(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        bench.submit_rest._begin(60.0)
        job_id = await bench.submit()
        await until(lambda: job_id in line._begun)
        line.pause([job_id])
        await until(lambda: line.state.held == {Hold.PAUSED: 1})
        line.resume([job_id])
        await bench.reaches(job_id, S.WAITING)
        await until(lambda: line.state.held == {}, saying=lambda: line.state)
        bench.submit_rest._end()
        await bench.reaches(job_id, S.DONE)
        assert bench.received("submit") == 1


async def test_wishes_from_before_the_end_do_nothing_after_it(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_online(False)
        await bench.reaches(await bench.submit(), S.HELD)
        bench.queue.line.note_online(True)
        [notice] = bench.told
        line = bench.queue.line
    assert notice.action is not None
    notice.action()
    line.send_now(list(bench.queue.jobs))
    line.resume_all()
    await asyncio.sleep(0.05)
    assert bench.titles() == [notice.title]
