"""Races in the send queue: actions, network changes and limits at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs.send_queue import QueueMove
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from tests.support.async_wait import wait_until, wait_until_stable, yield_to_tasks
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.api.request_body import SubmitBody
    from runcomfy_desktop.domain.jobs.job import Job

S = JobState
IN_PROGRESS = (S.SENDING, S.UNCERTAIN, S.QUEUED, S.RUNNING, S.FETCHING, S.DONE)


async def test_a_queue_resumed_while_it_is_being_paused_goes_on(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        jobs = await harness.submit_many(20)
        send_queue.pause_all()
        # The queue was updated, and its holds are not on disk yet.
        await asyncio.sleep(0)
        assert harness.in_state(S.HELD) == []
        send_queue.resume_all()
        send_queue.set_has_key(True)
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)


async def test_a_network_that_is_back_before_jobs_are_held_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        await harness.submit_many(20)
        send_queue.set_online(False)
        await asyncio.sleep(0)
        assert harness.in_state(S.HELD) == []
        send_queue.set_online(True)
        await wait_until(lambda: harness.titles())
        assert harness.titles() == ["RunComfy can be reached again. 20 jobs are held."]


@pytest.mark.parametrize("sends", [False, True])
async def test_a_network_that_is_back_before_a_try_in_vain_is_written_down_is_told_or_used(
    tmp_path: Path, sends: bool
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(sends_when_online=sends)
        harness.transport.is_down = True

        def come_back(_nothing: None) -> None:
            harness.transport.is_down = False
            harness.queue.send_queue.set_online(True)

        harness.queue.unreachable.subscribe(come_back)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.DONE if sends else S.HELD)
        titles = ["RunComfy can be reached again. 1 job is held."]
        assert harness.titles() == ([] if sends else titles)


async def test_a_job_that_is_held_again_after_it_was_offered_is_offered_again(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue

        def come_back(_nothing: None) -> None:
            harness.transport.is_down = False
            send_queue.set_online(True)

        harness.queue.unreachable.subscribe(come_back)
        harness.transport.is_down = True
        job_id = await harness.submit()
        await wait_until(lambda: len(harness.titles()) == 1)
        harness.transport.is_down = True
        send_queue.send_now([job_id])
        await wait_until(lambda: len(harness.titles()) == 2)
        assert set(harness.titles()) == {"RunComfy can be reached again. 1 job is held."}
        assert harness.queue.jobs[job_id].state is S.HELD


async def test_a_network_that_is_back_as_the_last_job_is_held_is_told_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        await harness.submit_many(20)

        def come_back(_job: Job) -> None:
            if len(harness.in_state(S.HELD)) == 20:
                send_queue.set_online(True)

        harness.queue.changed.subscribe(come_back)
        send_queue.set_online(False)
        await wait_until(harness.titles)
        await yield_to_tasks()
        assert harness.titles() == ["RunComfy can be reached again. 20 jobs are held."]


async def test_a_network_that_is_back_before_jobs_are_held_lets_them_go_if_that_is_set(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(sends_when_online=True)
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        jobs = await harness.submit_many(20)
        send_queue.set_online(False)
        await asyncio.sleep(0)
        send_queue.set_online(True)
        send_queue.set_has_key(True)
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)


async def test_jobs_do_not_go_by_themselves_when_the_setting_was_taken_back(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(sends_when_online=True)
        send_queue = harness.queue.send_queue
        send_queue.on_reachability_changed(False)
        send_queue.on_reachability_changed(False)
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.HELD)
        send_queue.set_online(True)
        harness.preferences.set(sends_when_online=False)
        # Simulates the end of the delay after two failed tries.
        asyncio.get_running_loop().call_soon(send_queue._release_offline)
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 0
        assert harness.queue.jobs[job_id].state is S.HELD


async def test_two_moves_at_once_both_count(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue.pause_all()
        jobs = await harness.submit_many(5)
        await wait_until(lambda: send_queue.state.held_counts == {HoldReason.PAUSED: 5})
        send_queue.move([jobs[4]], QueueMove.UP)
        send_queue.move([jobs[4]], QueueMove.UP)
        send_queue.move([jobs[4]], QueueMove.UP)

        def order() -> list[str]:
            return sorted(jobs, key=lambda each: harness.queue.jobs[each].order)

        wanted = [jobs[0], jobs[4], jobs[1], jobs[2], jobs[3]]
        await wait_until(lambda: order() == wanted, describe=order)


async def test_of_two_jobs_with_room_for_one_only_one_goes(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:

        def objection(_job: Job) -> HoldReason | None:
            is_any = any(job.state in IN_PROGRESS for job in harness.queue.jobs.values())
            return HoldReason.DAY_LIMIT if is_any else None

        harness.queue.send_queue._send_check = objection
        jobs = await harness.submit_many(4)
        await harness.wait_until_state(jobs[0], S.DONE)
        await wait_until(
            lambda: harness.queue.send_queue.state.held_counts == {HoldReason.DAY_LIMIT: 3}
        )
        assert harness.received_count("submit") == 1


async def test_a_limit_that_is_set_while_a_job_waits_for_its_turn_holds_it(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue._send_check = lambda _job: (
            HoldReason.DAY_LIMIT if harness.preferences.settings.day_limit_usd else None
        )
        # The service requested a pause: a dispatched job waits for its end.
        harness.submit_pause._begin(60.0)
        jobs = await harness.submit_many(2)
        await wait_until(lambda: harness.queue.send_queue._dispatched)
        harness.preferences.set(day_limit_usd=0.01)
        await wait_until(
            lambda: harness.queue.send_queue.state.held_counts == {HoldReason.DAY_LIMIT: 2}
        )
        assert harness.received_count("submit") == 0
        assert {harness.queue.jobs[each].hold for each in jobs} == {HoldReason.DAY_LIMIT}


async def test_a_limit_that_is_set_while_a_let_go_job_is_paused_holds_it_once_resumed(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue._send_check = lambda _job: (
            HoldReason.DAY_LIMIT if harness.preferences.settings.day_limit_usd else None
        )
        harness.submit_pause._begin(60.0)
        job_id = await harness.submit()
        await wait_until(lambda: job_id in send_queue._dispatched)
        send_queue.pause([job_id])
        await wait_until(lambda: send_queue.state.held_counts == {HoldReason.PAUSED: 1})
        harness.preferences.set(day_limit_usd=0.01)
        send_queue.resume([job_id])
        await harness.wait_until_state(job_id, S.WAITING)
        harness.submit_pause._end()
        await wait_until(
            lambda: send_queue.state.held_counts == {HoldReason.DAY_LIMIT: 1},
            describe=lambda: send_queue.state,
        )
        assert harness.received_count("submit") == 0
        send_queue.send_now([job_id])
        await harness.wait_until_state(job_id, S.DONE)


async def test_a_limit_that_is_reached_while_a_let_go_job_waits_for_its_turn_holds_it(
    tmp_path: Path,
) -> None:
    """Nothing is changed by the user: active jobs cost more than expected during a pause."""
    async with open_queue_harness(tmp_path) as harness:
        send_queue, spent = harness.queue.send_queue, [0.0]
        send_queue._send_check = lambda _job: HoldReason.DAY_LIMIT if spent[0] > 1 else None
        harness.submit_pause._begin(60.0)
        job_id = await harness.submit()
        await wait_until(lambda: job_id in send_queue._dispatched)
        spent[0] = 2.0
        harness.submit_pause._end()
        await wait_until(
            lambda: send_queue.state.held_counts == {HoldReason.DAY_LIMIT: 1},
            describe=lambda: send_queue.state,
        )
        assert harness.received_count("submit") == 0
        send_queue.send_now([job_id])
        await harness.wait_until_state(job_id, S.DONE)


async def test_of_two_jobs_that_were_let_go_only_one_goes_where_there_is_room_for_one(
    tmp_path: Path,
) -> None:
    """The second job is dispatched while the first one is held, and both get their turn at the same
    moment."""
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue

        def objection(job: Job) -> HoldReason | None:
            others = (each for each in harness.queue.jobs.values() if each.job_id != job.job_id)
            return (
                HoldReason.DAY_LIMIT if any(each.state in IN_PROGRESS for each in others) else None
            )

        send_queue._send_check = objection
        harness.submit_pause._begin(60.0)
        first = await harness.submit(noise_seed=1)
        await wait_until(lambda: first in send_queue._dispatched)
        send_queue.pause([first])
        await wait_until(lambda: send_queue.state.held_counts == {HoldReason.PAUSED: 1})
        second = await harness.submit(noise_seed=2)
        await wait_until(lambda: second in send_queue._dispatched)
        send_queue.resume([first])
        await harness.wait_until_state(first, S.WAITING)
        harness.submit_pause._end()
        await wait_until(
            lambda: send_queue.state.held_counts == {HoldReason.DAY_LIMIT: 1},
            describe=lambda: send_queue.state,
        )
        await wait_until(lambda: len(harness.in_state(S.DONE)) == 1)
        assert harness.received_count("submit") == 1


async def test_a_let_go_job_waits_for_a_key_when_that_is_removed_before_its_turn(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        harness.submit_pause._begin(60.0)
        job_id = await harness.submit()
        await wait_until(lambda: job_id in send_queue._dispatched)
        good, harness.token = harness.token, ""
        send_queue.set_has_key(False)
        harness.submit_pause._end()
        await wait_until(
            lambda: send_queue.state.waiting_count == 1, describe=lambda: send_queue.state
        )
        assert harness.queue.jobs[job_id].state is S.WAITING
        assert harness.shown_notices == []
        harness.token = good
        send_queue.set_has_key(True)
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.received_count("submit") == 1


async def test_a_limit_that_is_reached_while_a_body_is_made_holds_the_job(tmp_path: Path) -> None:
    """The last check runs when the job is marked as being sent."""
    async with open_queue_harness(tmp_path) as harness:
        send_queue, spent = harness.queue.send_queue, [0.0]
        send_queue._send_check = lambda _job: HoldReason.DAY_LIMIT if spent[0] > 1 else None
        making, go_on, ready = asyncio.Event(), asyncio.Event(), harness.queue._sender._build_body

        async def slowly(job: Job) -> SubmitBody:
            making.set()
            await go_on.wait()
            return await ready(job)

        harness.queue._sender._build_body = slowly  # type: ignore[method-assign] # only to wait
        job_id = await harness.submit()
        await making.wait()
        spent[0] = 2.0
        go_on.set()
        job = await harness.wait_until_state(job_id, S.HELD)
        assert job.hold is HoldReason.DAY_LIMIT
        assert harness.received_count("submit") == 0


@pytest.mark.logs_errors
async def test_a_bug_at_the_last_look_ends_the_job_and_is_told_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue, asked = harness.queue.send_queue, []

        def objection(job: Job) -> HoldReason | None:
            asked.append(job.job_id)
            if len(asked) > 1:
                raise ZeroDivisionError
            return None

        send_queue._send_check = objection
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.FAILED)
        assert await wait_until_stable(lambda: len(harness.shown_notices)) == 1
        assert harness.received_count("submit") == 0


async def test_a_job_that_is_resumed_while_it_was_let_go_is_not_counted_as_held(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        harness.submit_pause._begin(60.0)
        job_id = await harness.submit()
        await wait_until(lambda: job_id in send_queue._dispatched)
        send_queue.pause([job_id])
        await wait_until(lambda: send_queue.state.held_counts == {HoldReason.PAUSED: 1})
        send_queue.resume([job_id])
        await harness.wait_until_state(job_id, S.WAITING)
        await wait_until(
            lambda: send_queue.state.held_counts == {}, describe=lambda: send_queue.state
        )
        harness.submit_pause._end()
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.received_count("submit") == 1


async def test_requests_from_before_the_end_do_nothing_after_it(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_online(False)
        await harness.wait_until_state(await harness.submit(), S.HELD)
        harness.queue.send_queue.set_online(True)
        [notice] = harness.shown_notices
        send_queue = harness.queue.send_queue
    assert notice.action is not None
    notice.action()
    send_queue.send_now(list(harness.queue.jobs))
    send_queue.resume_all()
    await asyncio.sleep(0.05)
    assert harness.titles() == [notice.title]
