"""The send queue: limits, order, pausing, network, key and budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.jobs.send_queue import QueueMove
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job
    from tests.support.queue_harness import QueueHarness

S = JobState
FOR_EVER = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


def seeds(harness: QueueHarness) -> list[int]:
    """Returns the seeds of the received submits, in order."""
    return [_seed(overrides) for overrides in harness.sent_overrides()]


def _seed(overrides: dict[str, Any]) -> int:
    return int(overrides["25"]["inputs"]["noise_seed"]) if "25" in overrides else -1


async def test_only_so_many_of_a_deployment_are_there_at_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        harness.preferences.set(in_flight=3)
        jobs = await harness.submit_many(5)
        await wait_until(lambda: harness.accepted_count == 3)
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 3
        assert harness.in_state(S.WAITING) == jobs[3:]
        harness.clock.advance(100.0)
        for job_id in jobs[:3]:
            await harness.wait_until_state(job_id, S.DONE)
        await wait_until(lambda: harness.accepted_count == 5)
        # Both were sent at the same time, so either may arrive first.
        assert sorted(seeds(harness)[3:]) == [3, 4]


async def test_a_higher_limit_counts_at_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        harness.preferences.set(in_flight=1)
        await harness.submit_many(4)
        await wait_until(lambda: harness.accepted_count == 1)
        harness.preferences.set(in_flight=4)
        await wait_until(lambda: harness.accepted_count == 4)


async def test_the_deployment_says_how_many_it_takes(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        places = harness.queue.jobs[await harness.submit()].places
        assert places == harness.deployment.max_instances * (harness.deployment.queue_size + 1)
        await harness.submit_many(places + 2)
        await wait_until(lambda: harness.accepted_count == places)
        assert await wait_until_stable(lambda: harness.received_count("submit")) == places
        assert len(harness.in_state(S.WAITING)) == 3


async def test_a_job_whose_answer_is_unknown_keeps_its_place_for_an_hour(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        harness.preferences.set(in_flight=1)
        harness.backend.faults.set("drop-answer:1")
        await harness.wait_until_state(await harness.submit(), S.UNCERTAIN)
        harness.backend.faults.set("")
        job_id = await harness.submit()
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 1
        harness.clock.advance(3600.0)
        harness.queue.send_queue.set_has_key(True)
        await harness.wait_until_state(job_id, S.QUEUED, S.RUNNING)


@pytest.mark.parametrize(
    ("chosen", "where", "order"),
    [
        ([3], QueueMove.FIRST, [0, 4, 1, 2, 3]),
        ([3], QueueMove.UP, [0, 1, 2, 4, 3]),
        ([0], QueueMove.DOWN, [0, 2, 1, 3, 4]),
        ([0], QueueMove.LAST, [0, 2, 3, 4, 1]),
        ([1, 2], QueueMove.FIRST, [0, 2, 3, 1, 4]),
        ([0, 1], QueueMove.UP, [0, 1, 2, 3, 4]),
    ],
)
async def test_moved_jobs_go_in_their_new_order(
    tmp_path: Path, chosen: list[int], where: QueueMove, order: list[int]
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(in_flight=1)
        release_event = harness.transport.hold("inference")
        jobs = await harness.submit_many(5)
        await wait_until(lambda: harness.transport.received_calls.count("inference") == 1)
        waiting = jobs[1:]
        harness.queue.send_queue.move([waiting[each] for each in chosen], where)
        harness.queue.send_queue.pause([])
        wanted = [jobs[each] for each in order[1:]]
        await wait_until(
            lambda: sorted(waiting, key=lambda each: harness.row(each)["order"]) == wanted
        )
        await wait_until_stable(lambda: sum(harness.row(each)["order"] for each in waiting))
        release_event.set()
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)
        assert seeds(harness) == order


async def test_paused_jobs_stay_and_go_when_they_are_resumed(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        first, second, third = await harness.submit_many(3)
        send_queue.pause([second, third])
        await harness.wait_until_state(third, S.HELD)
        assert harness.row(second)["hold"] == "paused"
        send_queue.set_has_key(True)
        await harness.wait_until_state(first, S.DONE)
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 1
        send_queue.resume([second])
        await harness.wait_until_state(second, S.DONE)
        assert harness.queue.jobs[third].state is S.HELD
        send_queue.send_now([third])
        await harness.wait_until_state(third, S.DONE)


async def test_a_paused_queue_holds_what_is_there_and_what_comes(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(in_flight=1)
        send_queue = harness.queue.send_queue
        send_queue.set_has_key(False)
        early = await harness.submit_many(2)
        send_queue.pause_all()
        late = await harness.submit()
        await wait_until(lambda: send_queue.state.held_counts == {HoldReason.PAUSED: 3})
        send_queue.set_has_key(True)
        assert send_queue.state.is_paused
        assert harness.preferences.settings.is_paused
        send_queue.send_now([late])
        await harness.wait_until_state(late, S.DONE)
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 1
        send_queue.resume_all()
        for job_id in early:
            await harness.wait_until_state(job_id, S.DONE)
        assert send_queue.state.held_counts == {}
        assert seeds(harness)[1:] == [0, 1]


async def test_without_network_hundreds_are_held_after_one_try(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        send_queue = harness.queue.send_queue
        harness.transport.is_down = True
        unreachable: list[None] = []
        harness.queue.unreachable.subscribe(unreachable.append)
        await harness.submit_many(300)
        await wait_until(lambda: send_queue.state.held_counts == {HoldReason.OFFLINE: 300})
        assert unreachable
        assert len(unreachable) <= 2
        tried = [job for job in harness.queue.jobs.values() if job.reason]
        assert "cannot be reached" in tried[0].reason
        assert harness.shown_notices == []
        harness.transport.is_down = False
        send_queue.set_online(True)
        assert harness.titles() == ["RunComfy can be reached again. 300 jobs are held."]
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 0
        [notice] = harness.shown_notices
        assert notice.action is not None
        harness.preferences.set(in_flight=10)
        notice.action()
        await wait_until(lambda: harness.accepted_count == 10)
        # Two bodies are sent at the same time, so neighbours may change places.
        assert all(abs(seed - place) < 2 for place, seed in enumerate(seeds(harness)[:10]))


async def test_held_jobs_go_by_themselves_when_the_settings_say_so(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.preferences.set(sends_when_online=True, in_flight=1)
        harness.queue.send_queue.set_online(False)
        jobs = await harness.submit_many(3)
        await wait_until(
            lambda: harness.queue.send_queue.state.held_counts == {HoldReason.OFFLINE: 3}
        )
        harness.queue.send_queue.set_online(True)
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)
        assert seeds(harness) == [0, 1, 2]
        assert harness.shown_notices == []


async def test_a_person_may_try_although_the_network_seems_gone(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_online(False)
        [job_id] = await harness.submit_many(1)
        await harness.wait_until_state(job_id, S.HELD)
        harness.queue.send_queue.send_now([job_id])
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.queue.send_queue.state.is_online


async def test_a_refused_key_fails_few_jobs_and_the_others_wait(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("unauthorized@submit")
        jobs = await harness.submit_many(50)
        await wait_until(lambda: not harness.queue.send_queue.state.has_key)
        await wait_until_stable(lambda: harness.received_count("submit"))
        await wait_until(
            lambda: len(harness.in_state(S.FAILED) + harness.in_state(S.WAITING)) == 50
        )
        failed = harness.in_state(S.FAILED)
        assert 1 <= len(failed) <= 2
        assert len(harness.in_state(S.WAITING)) == 50 - len(failed)
        harness.backend.faults.set("")
        harness.queue.send_queue.set_has_key(True)
        for job_id in jobs[len(failed) :]:
            await harness.wait_until_state(job_id, S.DONE)


async def test_what_a_limit_forbids_is_held_and_goes_when_the_person_says_so(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        requests: list[str] = []

        def objection(job: Job) -> HoldReason | None:
            requests.append(job.job_id)
            return HoldReason.DAY_LIMIT if job.seed and job.seed >= 2 else None

        harness.queue.send_queue._send_check = objection
        jobs = await harness.submit_many(5, "five seeds")
        await wait_until(
            lambda: harness.queue.send_queue.state.held_counts == {HoldReason.DAY_LIMIT: 3}
        )
        for job_id in jobs[:2]:
            await harness.wait_until_state(job_id, S.DONE)
        assert set(requests) == set(jobs)
        # A held job is not checked again and again.
        assert sorted(each for each in requests if each in jobs[2:]) == sorted(jobs[2:])
        harness.queue.send_queue.send_now(jobs[2:4])
        for job_id in jobs[2:4]:
            await harness.wait_until_state(job_id, S.DONE)
        assert harness.queue.jobs[jobs[4]].hold is HoldReason.DAY_LIMIT
        assert {harness.queue.jobs[each].batch_name for each in jobs} == {"five seeds"}


async def test_a_job_held_again_and_again_is_sent_once(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        send_queue = harness.queue.send_queue
        [job_id] = await harness.submit_many(1)
        for _each in range(5):
            send_queue.pause([job_id])
            send_queue.resume([job_id])
            send_queue.send_now([job_id])
        await harness.wait_until_state(job_id, S.DONE)
        assert harness.received_count("submit") == 1


def _orders(harness: QueueHarness, job_ids: Iterable[str]) -> list[float]:
    return [harness.queue.jobs[each].order for each in job_ids]


async def test_jobs_of_one_moment_have_distinct_turns(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.pause_all()
        jobs = [*await harness.submit_many(20), *await harness.submit_many(20)]
        orders = _orders(harness, jobs)
        assert orders == sorted(set(orders))
