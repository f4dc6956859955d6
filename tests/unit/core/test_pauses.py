from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.job_bench import Bench

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


async def _followed(bench: Bench, count: int) -> list[str]:
    bench.preferences.set(in_flight=count)
    jobs = [await bench.submit(noise_seed=number) for number in range(count)]
    for job_id in jobs:
        await bench.reaches(job_id, S.RUNNING, S.QUEUED)
    return jobs


async def test_all_rows_say_that_the_service_asks_for_a_pause(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 20)
        bench.world.faults.set("rate-limit@status:1:1800")
        pattern = r"RunComfy asks for a pause; asking goes on at \d\d:\d\d\."
        await until(
            lambda: all(re.fullmatch(pattern, bench.queue.jobs[each].trouble) for each in jobs)
        )
        assert bench.rest.is_resting
        asked = await settled(lambda: bench.received("status"))
        bench.queue.wake()
        await until(lambda: not any(bench.queue.jobs[each].trouble for each in jobs))
        assert bench.received("status") > asked
        assert bench.told == []


async def test_the_person_can_ask_about_one_job_in_a_pause(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 3)
        bench.world.faults.set("rate-limit@status:2:1800")
        await until(lambda: all(bench.queue.jobs[each].trouble for each in jobs))
        asked = await settled(lambda: bench.received("status"))
        # Still too early: the pause begins anew.
        bench.queue.ask_again(jobs[1])
        await until(lambda: bench.received("status") > asked)
        assert await settled(lambda: bench.received("status")) == asked + 1
        assert all(bench.queue.jobs[each].trouble for each in jobs)
        bench.queue.ask_again(jobs[1])
        await until(lambda: not any(bench.queue.jobs[each].trouble for each in jobs))


async def test_a_short_pause_is_not_worth_a_word(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 3)
        shown: list[str] = []
        bench.queue.changed.subscribe(lambda job: shown.append(job.trouble))
        bench.world.faults.set("rate-limit@status:1")
        asked = bench.received("status")
        await until(lambda: bench.received("status") > asked + 10)
        assert not any(shown)
        assert all(bench.queue.jobs[each].state.is_active for each in jobs)


async def test_a_long_pause_is_told_with_its_end_until_it_is_over(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        [job_id] = await _followed(bench, 1)
        ends: list[float] = []
        bench.queue.pauses.long_changed.subscribe(ends.append)
        bench.world.faults.set("rate-limit@status:1:100")
        await until(lambda: bench.rest.is_resting)
        assert ends == []
        bench.queue.try_now()
        await until(lambda: not bench.rest.is_resting)
        bench.world.faults.set("rate-limit@status:1:1800")
        await until(lambda: ends)
        assert ends == [pytest.approx(bench.clock() + 1800.0, abs=5.0)]
        assert bench.queue.pauses.long_until_s == ends[0]
        bench.queue.try_now()
        await until(lambda: not bench.queue.jobs[job_id].trouble)
        assert ends[1:] == [0.0]


async def test_runs_and_cancels_go_out_in_a_pause_of_questions(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        [job_id] = await _followed(bench, 1)
        bench.world.faults.set("rate-limit@status:1:3000, rate-limit@cancel:1:3000")
        await until(lambda: bench.rest.is_resting)
        asked = bench.received("status")
        bench.preferences.set(in_flight=5)
        others = [await bench.submit(noise_seed=number) for number in range(10, 13)]
        for other in others:
            await bench.reaches(other, S.QUEUED, S.RUNNING)
        # The first try is refused, and the next one does not wait for a question.
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 2)
        assert bench.received("status") == asked
        assert bench.rest.is_resting


async def test_new_runs_wait_for_the_end_of_a_pause(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.world.faults.set("rate-limit@submit:1:1800")
        refused = await bench.submit()
        await bench.reaches(refused, S.FAILED)
        await until(lambda: bench.rest.is_resting)
        waiting = [await bench.submit(noise_seed=number) for number in range(2)]
        assert await settled(lambda: bench.network.arrived.count("inference")) == 1
        assert all(bench.queue.jobs[each].state is S.WAITING for each in waiting)
        # One goes out, and as it is taken, the pause is over.
        bench.queue.wake()
        for job_id in waiting:
            await bench.reaches(job_id, S.QUEUED, S.RUNNING)
        assert not bench.rest.is_resting
        assert bench.accepted == 2


async def test_trying_now_is_not_spent_on_a_job_that_was_cancelled_in_the_pause(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.world.faults.set("rate-limit@submit:1:1800")
        await bench.reaches(await bench.submit(), S.FAILED)
        await until(lambda: bench.submit_rest.is_resting)
        bench.preferences.set(in_flight=5)
        first, second = [await bench.submit(noise_seed=number) for number in range(2)]
        await settled(lambda: bench.network.arrived.count("inference"))
        bench.queue.cancel(first)
        await bench.reaches(first, S.CANCELLED)
        bench.queue.try_now()
        await bench.reaches(second, S.QUEUED, S.RUNNING)
        assert not bench.submit_rest.is_resting
        assert bench.accepted == 1


async def test_a_pause_that_begins_anew_in_the_same_minute_stays_on_the_rows(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = await _followed(bench, 20)
        bench.rest._begin(1830.0)
        await until(lambda: all(bench.queue.jobs[each].trouble for each in jobs))
        # No answer takes it off.
        bench.network.hold("status")
        shown: list[str] = []
        bench.queue.changed.subscribe(lambda job: shown.append(job.trouble))
        bench.rest._end()
        bench.rest._begin(1830.0)
        await settled(lambda: len(shown))
        assert all(bench.queue.jobs[each].trouble for each in jobs)
        assert "" not in shown
