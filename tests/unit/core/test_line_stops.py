"""What keeps one job from being sent keeps the others, too: they are held, not failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.line import BODIES_AT_ONCE
from runcomfy_desktop.domain.job import Hold, JobState
from tests.support.job_bench import open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.job_bench import Bench

S = JobState
MANY = 12


async def _stopped(bench: Bench) -> list[str]:
    """The jobs that are held after the first of the batch have failed."""
    await until(lambda: len(bench.in_state(S.FAILED) + bench.in_state(S.HELD)) == MANY)
    failed, held = bench.in_state(S.FAILED), bench.in_state(S.HELD)
    # So many may have been on their way together.
    assert 1 <= len(failed) <= BODIES_AT_ONCE
    assert {bench.queue.jobs[each].hold for each in held} == {Hold.PAUSED}
    assert bench.accepted == 0
    return held


async def _go_on(bench: Bench, held: list[str]) -> None:
    bench.queue.line.resume(held)
    for job_id in held:
        await bench.reaches(job_id, S.DONE)
    assert bench.accepted == len(held)


async def test_an_empty_wallet_fails_the_first_and_holds_the_others(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.balance_microdollars = 0
        await bench.submit_many(MANY)
        held = await _stopped(bench)
        # Both is needed there: funds, and the deployment enabled again.
        bench.world.balance_microdollars = 10_000_000
        deployment = bench.world.deployments[bench.deployment.deployment_id]
        deployment.is_enabled, deployment.stopped = True, False
        await _go_on(bench, held)


async def test_a_disabled_deployment_fails_the_first_and_holds_the_others(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        deployment = bench.world.deployments[bench.deployment.deployment_id]
        deployment.is_enabled = False
        await bench.submit_many(MANY)
        held = await _stopped(bench)
        deployment.is_enabled = True
        await _go_on(bench, held)


async def test_a_disk_that_takes_no_rows_fails_the_first_and_holds_the_others(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_key(False)
        await bench.submit_many(MANY)
        await bench.refuse_writes()
        # What the disk refuses is kept in memory until it takes it.
        bench.queue.line.note_key(True)
        held = await _stopped(bench)
        await bench.refuse_writes(on=False)
        await until(lambda: all(bench.row(each)["state"] == "held" for each in held))
        await _go_on(bench, held)
        bench.shown_before_written.clear()


async def test_what_was_let_go_is_held_with_the_others(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.balance_microdollars = 0
        gate = bench.network.hold("inference")
        first = await bench.submit()
        await until(lambda: bench.network.waiting == 1)
        # The next one is let go, and waits for the end of a pause that the service asked for.
        bench.submit_rest._begin(60.0)
        second = await bench.submit(noise_seed=2)
        await until(lambda: second in bench.queue.line._begun)
        gate.set()
        await bench.reaches(first, S.FAILED)
        job = await bench.reaches(second, S.HELD)
        assert job.hold is Hold.PAUSED
        bench.submit_rest._end()
        assert await settled(lambda: bench.received("submit")) == 1


async def test_what_was_let_go_for_another_deployment_goes_on(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.submit_rest._begin(60.0)
        job_id = await bench.submit()
        await until(lambda: job_id in bench.queue.line._begun)
        bench.queue.line.stop("another")
        bench.submit_rest._end()
        await bench.reaches(job_id, S.DONE)
        assert "held" not in bench.states(job_id)
