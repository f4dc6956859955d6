from __future__ import annotations

import asyncio

from runcomfy_desktop.core.jobs.live_job import LiveJobs, WakeEvent
from tests.support.virtual_time import run_virtually


def test_a_wake_event_ends_the_wait_of_its_own_job_only() -> None:
    async def test() -> None:
        first, second = WakeEvent(), WakeEvent()
        waits = [asyncio.create_task(each.wait(3600.0)) for each in (first, second)]
        await asyncio.sleep(0)
        first.set()
        assert await waits[0]
        assert not waits[1].done()
        assert not await waits[1]
        assert asyncio.get_running_loop().time() >= 3600.0

    run_virtually(test)


def test_a_wake_up_between_two_waits_is_not_lost_and_counts_once() -> None:
    async def test() -> None:
        event = WakeEvent()
        event.set()
        event.set()
        assert await event.wait(3600.0)
        assert not await event.wait(1.0)

    run_virtually(test)


def test_a_job_keeps_its_record_until_it_leaves_and_its_position_is_its_own() -> None:
    jobs = LiveJobs()
    first = jobs.enter("a")
    assert jobs.enter("a") is first is jobs["a"]
    assert [jobs.enter(job_id).position for job_id in "bc"] == [1, 2]
    del jobs["b"]
    assert jobs.enter("d").position == 3


def test_what_is_noted_about_a_job_that_never_was_in_the_list_is_forgotten() -> None:
    jobs = LiveJobs()
    jobs["unknown"].is_offered = True
    assert not jobs["unknown"].is_offered
    assert "unknown" not in jobs
