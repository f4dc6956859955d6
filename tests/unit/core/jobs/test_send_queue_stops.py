"""A failure that would affect all jobs: the others are held, not failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.send_queue import MAX_CONCURRENT_SENDS
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.queue_harness import QueueHarness

S = JobState
MANY = 12


async def _stopped(harness: QueueHarness) -> list[str]:
    """Returns the jobs that are held after the first of the batch have failed."""
    await wait_until(lambda: len(harness.in_state(S.FAILED) + harness.in_state(S.HELD)) == MANY)
    failed, held = harness.in_state(S.FAILED), harness.in_state(S.HELD)
    # Up to this number of jobs may have been in flight together.
    assert 1 <= len(failed) <= MAX_CONCURRENT_SENDS
    assert {harness.queue.jobs[each].hold for each in held} == {HoldReason.PAUSED}
    assert harness.accepted_count == 0
    return held


async def _go_on(harness: QueueHarness, held: list[str]) -> None:
    harness.queue.send_queue.resume(held)
    for job_id in held:
        await harness.wait_until_state(job_id, S.DONE)
    assert harness.accepted_count == len(held)


async def test_an_empty_wallet_fails_the_first_and_holds_the_others(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.balance_microdollars = 0
        await harness.submit_many(MANY)
        held = await _stopped(harness)
        # The emulator needs both: funds, and the deployment enabled again.
        harness.backend.balance_microdollars = 10_000_000
        deployment = harness.backend.deployments[harness.deployment.deployment_id]
        deployment.is_enabled, deployment.is_out_of_funds = True, False
        await _go_on(harness, held)


async def test_a_disabled_deployment_fails_the_first_and_holds_the_others(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        deployment = harness.backend.deployments[harness.deployment.deployment_id]
        deployment.is_enabled = False
        await harness.submit_many(MANY)
        held = await _stopped(harness)
        deployment.is_enabled = True
        await _go_on(harness, held)


async def test_a_disk_that_takes_no_rows_fails_the_first_and_holds_the_others(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_has_key(False)
        await harness.submit_many(MANY)
        await harness.refuse_writes()
        # Changes that the disk refuses are kept in memory until they can be written.
        harness.queue.send_queue.set_has_key(True)
        held = await _stopped(harness)
        await harness.refuse_writes(on=False)
        await wait_until(lambda: all(harness.row(each)["state"] == "held" for each in held))
        await _go_on(harness, held)
        harness.unwritten_jobs.clear()


async def test_what_was_let_go_is_held_with_the_others(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.balance_microdollars = 0
        release_event = harness.transport.hold("inference")
        first = await harness.submit()
        await wait_until(lambda: harness.transport.waiting == 1)
        # The next job is dispatched, and waits for the end of a pause that the service requested.
        harness.submit_pause._begin(60.0)
        second = await harness.submit(noise_seed=2)
        await wait_until(lambda: second in harness.queue.send_queue._dispatched)
        release_event.set()
        await harness.wait_until_state(first, S.FAILED)
        job = await harness.wait_until_state(second, S.HELD)
        assert job.hold is HoldReason.PAUSED
        harness.submit_pause._end()
        assert await wait_until_stable(lambda: harness.received_count("submit")) == 1


async def test_what_was_let_go_for_another_deployment_goes_on(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.submit_pause._begin(60.0)
        job_id = await harness.submit()
        await wait_until(lambda: job_id in harness.queue.send_queue._dispatched)
        harness.queue.send_queue.hold_deployment("another")
        harness.submit_pause._end()
        await harness.wait_until_state(job_id, S.DONE)
        assert "held" not in harness.shown_states(job_id)
