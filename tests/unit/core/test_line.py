"""The line: limits, order, pausing, the network, the key and the purse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.line import Where
from runcomfy_desktop.domain.job import Hold, JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from runcomfy_desktop.domain.job import Job
    from tests.support.job_bench import Bench

S = JobState
FOR_EVER = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


def seeds(bench: Bench) -> list[int]:
    """Of the submits that came in, in order."""
    return [_seed(overrides) for overrides in bench.sent()]


def _seed(overrides: dict[str, Any]) -> int:
    return int(overrides["25"]["inputs"]["noise_seed"]) if "25" in overrides else -1


async def test_only_so_many_of_a_deployment_are_there_at_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=FOR_EVER) as bench:
        bench.preferences.set(in_flight=3)
        jobs = await bench.submit_many(5)
        await until(lambda: bench.accepted == 3)
        assert await settled(lambda: bench.received("submit")) == 3
        assert bench.in_state(S.WAITING) == jobs[3:]
        bench.clock.advance(100.0)
        for job_id in jobs[:3]:
            await bench.reaches(job_id, S.DONE)
        await until(lambda: bench.accepted == 5)
        # Both went out side by side, so which of them came in first is open.
        assert sorted(seeds(bench)[3:]) == [3, 4]


async def test_a_higher_limit_counts_at_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=FOR_EVER) as bench:
        bench.preferences.set(in_flight=1)
        await bench.submit_many(4)
        await until(lambda: bench.accepted == 1)
        bench.preferences.set(in_flight=4)
        await until(lambda: bench.accepted == 4)


async def test_the_deployment_says_how_many_it_takes(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=FOR_EVER) as bench:
        places = bench.queue.jobs[await bench.submit()].places
        assert places == bench.deployment.max_instances * (bench.deployment.queue_size + 1)
        await bench.submit_many(places + 2)
        await until(lambda: bench.accepted == places)
        assert await settled(lambda: bench.received("submit")) == places
        assert len(bench.in_state(S.WAITING)) == 3


async def test_a_job_whose_answer_is_unknown_keeps_its_place_for_an_hour(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=FOR_EVER) as bench:
        bench.preferences.set(in_flight=1)
        bench.world.faults.set("drop-answer:1")
        await bench.reaches(await bench.submit(), S.UNCERTAIN)
        bench.world.faults.set("")
        job_id = await bench.submit()
        assert await settled(lambda: bench.received("submit")) == 1
        bench.clock.advance(3600.0)
        bench.queue.line.note_key(True)
        await bench.reaches(job_id, S.QUEUED, S.RUNNING)


@pytest.mark.parametrize(
    ("chosen", "where", "order"),
    [
        ([3], Where.FIRST, [0, 4, 1, 2, 3]),
        ([3], Where.UP, [0, 1, 2, 4, 3]),
        ([0], Where.DOWN, [0, 2, 1, 3, 4]),
        ([0], Where.LAST, [0, 2, 3, 4, 1]),
        ([1, 2], Where.FIRST, [0, 2, 3, 1, 4]),
        ([0, 1], Where.UP, [0, 1, 2, 3, 4]),
    ],
)
async def test_moved_jobs_go_in_their_new_order(
    tmp_path: Path, chosen: list[int], where: Where, order: list[int]
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(in_flight=1)
        gate = bench.network.hold("inference")
        jobs = await bench.submit_many(5)
        await until(lambda: bench.network.arrived.count("inference") == 1)
        waiting = jobs[1:]
        bench.queue.line.move([waiting[each] for each in chosen], where)
        bench.queue.line.pause([])
        wanted = [jobs[each] for each in order[1:]]
        await until(lambda: sorted(waiting, key=lambda each: bench.row(each)["order"]) == wanted)
        await settled(lambda: sum(bench.row(each)["order"] for each in waiting))
        gate.set()
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)
        assert seeds(bench) == order


async def test_paused_jobs_stay_and_go_when_they_are_resumed(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        line.note_key(False)
        first, second, third = await bench.submit_many(3)
        line.pause([second, third])
        await bench.reaches(third, S.HELD)
        assert bench.row(second)["hold"] == "paused"
        line.note_key(True)
        await bench.reaches(first, S.DONE)
        assert await settled(lambda: bench.received("submit")) == 1
        line.resume([second])
        await bench.reaches(second, S.DONE)
        assert bench.queue.jobs[third].state is S.HELD
        line.send_now([third])
        await bench.reaches(third, S.DONE)


async def test_a_paused_queue_holds_what_is_there_and_what_comes(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(in_flight=1)
        line = bench.queue.line
        line.note_key(False)
        early = await bench.submit_many(2)
        line.pause_all()
        late = await bench.submit()
        await until(lambda: line.state.held == {Hold.PAUSED: 3})
        line.note_key(True)
        assert line.state.is_paused
        assert bench.preferences.settings.is_paused
        line.send_now([late])
        await bench.reaches(late, S.DONE)
        assert await settled(lambda: bench.received("submit")) == 1
        line.resume_all()
        for job_id in early:
            await bench.reaches(job_id, S.DONE)
        assert line.state.held == {}
        assert seeds(bench)[1:] == [0, 1]


async def test_without_network_hundreds_are_held_after_one_try(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=FOR_EVER) as bench:
        line = bench.queue.line
        bench.network.is_down = True
        unreachable: list[None] = []
        bench.queue.unreachable.subscribe(unreachable.append)
        await bench.submit_many(300)
        await until(lambda: line.state.held == {Hold.OFFLINE: 300})
        assert unreachable
        assert len(unreachable) <= 2
        tried = [job for job in bench.queue.jobs.values() if job.reason]
        assert "cannot be reached" in tried[0].reason
        assert bench.told == []
        bench.network.is_down = False
        line.note_online(True)
        assert bench.titles() == ["RunComfy can be reached again. 300 jobs are held."]
        assert await settled(lambda: bench.received("submit")) == 0
        [notice] = bench.told
        assert notice.action is not None
        bench.preferences.set(in_flight=10)
        notice.action()
        await until(lambda: bench.accepted == 10)
        # Two bodies go out side by side, so neighbours may change places on the line.
        assert all(abs(seed - place) < 2 for place, seed in enumerate(seeds(bench)[:10]))


async def test_held_jobs_go_by_themselves_when_the_settings_say_so(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.preferences.set(sends_when_online=True, in_flight=1)
        bench.queue.line.note_online(False)
        jobs = await bench.submit_many(3)
        await until(lambda: bench.queue.line.state.held == {Hold.OFFLINE: 3})
        bench.queue.line.note_online(True)
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)
        assert seeds(bench) == [0, 1, 2]
        assert bench.told == []


async def test_a_person_may_try_although_the_network_seems_gone(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_online(False)
        [job_id] = await bench.submit_many(1)
        await bench.reaches(job_id, S.HELD)
        bench.queue.line.send_now([job_id])
        await bench.reaches(job_id, S.DONE)
        assert bench.queue.line.state.is_online


async def test_a_refused_key_fails_few_jobs_and_the_others_wait(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("unauthorized@submit")
        jobs = await bench.submit_many(50)
        await until(lambda: not bench.queue.line.state.has_key)
        await settled(lambda: bench.received("submit"))
        await until(lambda: len(bench.in_state(S.FAILED) + bench.in_state(S.WAITING)) == 50)
        failed = bench.in_state(S.FAILED)
        assert 1 <= len(failed) <= 2
        assert len(bench.in_state(S.WAITING)) == 50 - len(failed)
        bench.world.faults.set("")
        bench.queue.line.note_key(True)
        for job_id in jobs[len(failed) :]:
            await bench.reaches(job_id, S.DONE)


async def test_what_a_limit_forbids_is_held_and_goes_when_the_person_says_so(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        asked: list[str] = []

        def objection(job: Job) -> Hold | None:
            asked.append(job.job_id)
            return Hold.DAY_LIMIT if job.seed and job.seed >= 2 else None

        bench.queue.line._objection = objection
        jobs = await bench.submit_many(5, "five seeds")
        await until(lambda: bench.queue.line.state.held == {Hold.DAY_LIMIT: 3})
        for job_id in jobs[:2]:
            await bench.reaches(job_id, S.DONE)
        assert set(asked) == set(jobs)
        # What is held is not asked about again and again.
        assert sorted(each for each in asked if each in jobs[2:]) == sorted(jobs[2:])
        bench.queue.line.send_now(jobs[2:4])
        for job_id in jobs[2:4]:
            await bench.reaches(job_id, S.DONE)
        assert bench.queue.jobs[jobs[4]].hold is Hold.DAY_LIMIT
        assert {bench.queue.jobs[each].batch_name for each in jobs} == {"five seeds"}


async def test_a_job_held_again_and_again_is_sent_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        line = bench.queue.line
        [job_id] = await bench.submit_many(1)
        for _each in range(5):
            line.pause([job_id])
            line.resume([job_id])
            line.send_now([job_id])
        await bench.reaches(job_id, S.DONE)
        assert bench.received("submit") == 1


def _orders(bench: Bench, job_ids: Iterable[str]) -> list[float]:
    return [bench.queue.jobs[each].order for each in job_ids]


async def test_jobs_of_one_moment_have_distinct_turns(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.pause_all()
        jobs = [*await bench.submit_many(20), *await bench.submit_many(20)]
        orders = _orders(bench, jobs)
        assert orders == sorted(set(orders))
