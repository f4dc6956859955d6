from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.domain.job import CancelStage, JobState
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import QUICK, open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.job import Job
    from tests.support.job_bench import Bench

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)
NO_EFFECT = "RunComfy accepted a cancel, but did not report the job as cancelled."


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


async def test_a_wish_that_the_follower_sees_first_is_brought_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        seen: list[str] = []

        def see(job: Job) -> None:
            if job.cancel_asked and not seen:
                seen.append(job.job_id)
                bench.queue._canceller.begin(job.job_id)

        bench.queue.changed.subscribe(see)
        job_id = await bench.submit()
        await bench.reaches(job_id, S.QUEUED, S.RUNNING)
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel"))
        assert await settled(lambda: bench.received("cancel")) == 1
        assert seen


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


async def test_a_job_is_followed_while_its_cancel_has_no_answer(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        sending = bench.network.hold("inference")
        job_id = await bench.submit()
        await bench.reaches(job_id, S.SENDING)
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_asked)
        answer = bench.network.hold("cancel")
        # Its follower is the one who brings the wish.
        sending.set()
        await until(lambda: "cancel" in bench.network.arrived)
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)
        answer.set()


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


async def test_a_cancel_that_did_not_arrive_is_brought_again(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set("status-503@cancel:2")
        bench.queue.cancel(job_id)
        await until(lambda: bench.told)
        assert "may go on and cost money" in bench.told[0].detail
        assert "is tried again by itself" in bench.told[0].detail
        assert bench.row(job_id)["cancel_asked"] is True
        await until(lambda: bench.received("cancel") == 3)
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)
        assert len(bench.told) == 1


async def test_a_wish_to_cancel_is_kept_as_long_as_the_service_asks_for_pauses(
    tmp_path: Path,
) -> None:
    pace = replace(QUICK, cancel_tries=3)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set("rate-limit:100000:3000")
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 9)
        assert bench.row(job_id)["cancel_asked"] is True
        bench.world.faults.set("")
        await until(lambda: bench.received("cancel") == 10)
        assert len(bench.told) == 1


async def test_a_service_that_never_answers_a_cancel_leaves_it_to_the_person(
    tmp_path: Path,
) -> None:
    pace = replace(QUICK, cancel_tries=3)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set("status-503@cancel:1000")
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].can_cancel and len(bench.told) == 2)
        assert await settled(lambda: bench.received("cancel")) == 3
        assert bench.row(job_id)["cancel_asked"] is False
        bench.world.faults.set("")
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 4)
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)


async def test_what_was_brought_twice_may_be_refused_because_of_the_first_time(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        answers = iter([httpx.Response(502, text="")])
        refusal = {"status": "not_cancellable"}
        bench.network.bends["cancel"] = lambda _given: next(
            answers, httpx.Response(200, json=refusal)
        )
        bench.queue.cancel(job_id)
        bench.network.bend_json("status", status="in_progress")
        await until(lambda: bench.received("cancel") == 2)
        await until(lambda: bench.queue.jobs[job_id].can_cancel)
        assert len(bench.told) == 1


async def test_a_cancel_without_effect_is_repeated_twice_and_can_be_wished_anew(
    tmp_path: Path,
) -> None:
    pace = replace(QUICK, cancel_again_s=0.05)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.network.bend_json("status", status="in_progress")
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
        assert not bench.queue.jobs[job_id].can_cancel
        await until(lambda: bench.queue.jobs[job_id].can_cancel)
        await until(bench.titles)
        assert bench.titles() == [NO_EFFECT]
        assert "may cost money until it ends" in bench.told[0].detail
        assert bench.row(job_id)["cancel_asked"] is False
        assert bench.queue.jobs[job_id].cancel_stage is CancelStage.IN_VAIN
        # Still said after further answers.
        asked = bench.received("status")
        await until(lambda: bench.received("status") > asked + 2)
        assert bench.queue.jobs[job_id].cancel_stage is CancelStage.IN_VAIN
        assert await settled(lambda: bench.received("cancel")) == 3
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 4)
        assert bench.queue.jobs[job_id].cancel_stage is not CancelStage.IN_VAIN
        del bench.network.bends["status"]
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)


@pytest.mark.parametrize("why", ["pause", "refused", "unknown word", "other account"])
async def test_a_wish_that_was_taken_ends_by_the_clock_whatever_the_questions_do(
    tmp_path: Path, why: str
) -> None:
    faults = {
        "pause": "rate-limit@status:100000:3000",
        "refused": "unauthorized@status",
        "unknown word": "word:pondering",
        "other account": "unauthorized@status:foreign",
    }
    pace = replace(QUICK, refused_s=3600.0, odd_most_s=3600.0, odd_patience=0, slow_s=3600.0)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set(f"cancel-ignored,{faults[why]}")
        asked = await settled(lambda: bench.received("status"))
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
        taken_s = asyncio.get_running_loop().time()
        await until(lambda: bench.queue.jobs[job_id].can_cancel, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - taken_s == pytest.approx(300.0, abs=1.0)
        await until(lambda: NO_EFFECT in bench.titles())
        assert bench.received("status") == asked
        # Nobody said that the job goes on.
        assert bench.received("cancel") == 1
        bench.queue.cancel(job_id)
        await until(lambda: bench.received("cancel") == 2)


async def test_a_repeated_cancel_without_an_answer_keeps_nobody_waiting(tmp_path: Path) -> None:
    pace = replace(QUICK, quick_s=1.0, slow_s=1.0)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set("cancel-ignored")
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
        answer = bench.network.hold("cancel")
        taken_s = asyncio.get_running_loop().time()
        await until(lambda: bench.queue.jobs[job_id].can_cancel, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - taken_s == pytest.approx(300.0, abs=1.0)
        answer.set()


async def test_a_wish_that_was_taken_ends_by_the_clock_after_a_restart_too(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        bench.world.faults.set("cancel-ignored")
        bench.queue.cancel(job_id)
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
    bench.told.clear()
    bench.world.faults.set("cancel-ignored,rate-limit@status:100000:3000")
    async with bench.program() as queue:
        assert queue.jobs[job_id].cancel_stage is CancelStage.NEW
        await until(lambda: queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
        taken_s = asyncio.get_running_loop().time()
        await until(lambda: queue.jobs[job_id].can_cancel, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - taken_s == pytest.approx(300.0, abs=1.0)
        assert queue.jobs[job_id].cancel_stage is CancelStage.IN_VAIN
        await until(lambda: NO_EFFECT in bench.titles())


async def wish_put_off(bench: Bench) -> str:
    """A running job whose wish to cancel could not be brought, and waits for long."""
    job_id = await bench.submit()
    await bench.reaches(job_id, S.RUNNING)
    bench.network.is_down = True
    bench.queue.cancel(job_id)
    await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.PUT_OFF)
    job = bench.queue.jobs[job_id]
    assert (job.cancel_asked, job.can_cancel) == (True, True)
    assert bench.received("cancel") == 0
    bench.network.is_down = False
    return job_id


@pytest.mark.parametrize("way", ["cancel", "wake", "try now", "sleep"])
async def test_a_wish_that_was_put_off_is_brought_at_once_when_there_is_reason_to(
    tmp_path: Path, way: str
) -> None:
    pace = replace(QUICK, cancel_s=1e6, cancel_most_s=1e6, slept_s=20.0, watch_s=1.0)
    async with open_bench(tmp_path, pace=pace, cloud=SLOW_CLOUD) as bench:
        job_id = await wish_put_off(bench)
        assert await settled(lambda: bench.received("cancel")) == 0
        match way:
            case "cancel":
                bench.queue.cancel(job_id)
            case "wake":
                bench.queue.wake()
            case "try now":
                bench.queue.try_now()
            case "sleep":
                bench.steady.advance(100.0)
        await until(lambda: bench.queue.jobs[job_id].cancel_stage is CancelStage.TAKEN)
        assert bench.received("cancel") == 1
        bench.clock.advance(1.0)
        await bench.reaches(job_id, S.CANCELLED)


@pytest.mark.parametrize("why", ["pause", "refused"])
async def test_a_wish_that_is_held_back_says_so_and_goes_out_when_pressed_again(
    tmp_path: Path, why: str
) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = [await bench.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await bench.reaches(job_id, S.RUNNING, S.QUEUED)
        if why == "pause":
            bench.world.faults.set("rate-limit@cancel:1:100")
            bench.queue.cancel(jobs[1])
            await until(lambda: bench.received("cancel") == 1)
        else:
            bench.world.faults.set("unauthorized@status")
            await until(lambda: not bench.queue._questions.gate.is_open)
            bench.world.faults.set("")
        before = bench.received("cancel")
        bench.queue.cancel(jobs[0])
        await until(lambda: bench.queue.jobs[jobs[0]].cancel_stage is CancelStage.PUT_OFF)
        assert bench.queue.jobs[jobs[0]].can_cancel
        assert await settled(lambda: bench.received("cancel")) == before
        bench.queue.cancel(jobs[0])
        await until(lambda: bench.queue.jobs[jobs[0]].cancel_stage is CancelStage.TAKEN)


async def test_a_wish_of_an_earlier_program_waits_for_the_key(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        jobs = [await bench.submit(noise_seed=number) for number in range(3)]
        for job_id in jobs:
            await bench.reaches(job_id, S.RUNNING, S.QUEUED)
        bench.world.faults.set("status-503@cancel:1000")
        for job_id in jobs:
            bench.queue.cancel(job_id)
        await until(lambda: all(bench.row(job_id)["cancel_asked"] for job_id in jobs))
    bench.world.faults.set("unauthorized@status,unauthorized@cancel")
    bench.told.clear()
    async with bench.program() as queue:
        await until(lambda: all(queue.jobs[job_id].trouble for job_id in jobs))
        assert all(queue.jobs[job_id].cancel_asked for job_id in jobs)
        before = bench.received("cancel")
        bench.world.faults.set("")
        queue.wake()
        await until(lambda: bench.received("cancel") >= before + 3)
        bench.clock.advance(1.0)
        for job_id in jobs:
            await bench.reaches(job_id, S.CANCELLED)
    assert bench.told == []


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
