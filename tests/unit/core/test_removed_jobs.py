"""Jobs that are taken out of the list, and what Undo brings back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from runcomfy_desktop.core.ledger import PIECE
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.emulated import AT_ONCE
from tests.support.job_bench import FLUX, QUICK, SERVICE, Bench, open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.notices import Notice

S = JobState
FOR_EVER = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


def undo(notice: Notice) -> None:
    assert notice.action_text == "Undo"
    assert notice.action is not None
    notice.action()


async def _done(bench: Bench, count: int) -> list[str]:
    jobs = await bench.submit_many(count)
    for job_id in jobs:
        await bench.reaches(job_id, S.DONE)
    return jobs


async def _remove(bench: Bench, *job_ids: str) -> Notice:
    told = len(bench.told)
    bench.queue.remove_many(job_ids)
    await until(lambda: len(bench.told) > told)
    return bench.told[-1]


async def test_one_undo_brings_all_back_that_was_removed_in_a_row(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        one, two, three, four = await _done(bench, 4)
        before, files = dict(bench.queue.jobs), bench.files()
        earlier = await _remove(bench, one, three)
        bench.notices.info("Something else", "which takes no Undo away")
        last = await _remove(bench, two)
        assert [earlier.title, last.title] == [
            "Removed 2 jobs from the list.",
            "Removed 3 jobs from the list.",
        ]
        assert earlier.about == last.about != ""
        assert list(bench.queue.jobs) == [four]
        assert bench.files() == files
        undo(last)
        await until(lambda: len(bench.queue.jobs) == 4)
        # Pressed again, it does nothing more.
        undo(last)
        undo(earlier)
        assert bench.queue.jobs == before
        assert list(bench.queue.jobs) == list(before)
        assert all(bench.queue.jobs[each].changes for each in before)
        assert (await _remove(bench, four)).title == "Removed 1 job from the list."
        undo(bench.told[-1])
        await until(lambda: len(bench.queue.jobs) == 4)
    async with bench.program() as queue:
        assert list(queue.jobs) == list(before)


async def test_a_row_of_removals_has_only_what_is_still_removed(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        one, two, three = await _done(bench, 3)
        job = bench.queue.jobs[one]
        await _remove(bench, one, two)
        bench.queue.take_up(job)
        assert (await _remove(bench, three)).title == "Removed 2 jobs from the list."
        assert (await _remove(bench, one)).title == "Removed 3 jobs from the list."


async def test_a_notice_that_is_closed_ends_the_row(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        one, two, three = await _done(bench, 3)
        closed = await _remove(bench, one)
        bench.notices.left.publish(closed)
        last = await _remove(bench, two)
        # It says so late that it was replaced.
        bench.notices.left.publish(closed)
        assert last.title == "Removed 1 job from the list."
        undo(last)
        await until(lambda: list(bench.queue.jobs) == [two, three])


async def test_the_words_say_of_files_and_money_what_is_so(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        one, two, three = await _done(bench, 3)
        bench.queue.line.note_key(False)
        jobs = await bench.submit_many(6)
        unsent, other, *cancelled = jobs
        bench.queue.cancel_many(cancelled)
        await until(lambda: len(bench.in_state(S.CANCELLED)) == 4)
        told = []
        for removed in (
            [one],
            [two, unsent],
            [other],
            cancelled[:1],
            [three, cancelled[1]],
            cancelled[2:],
        ):
            notice = await _remove(bench, *removed)
            bench.notices.left.publish(notice)
            told.append((notice.title, notice.detail))
        single, two_jobs = "Removed 1 job from the list.", "Removed 2 jobs from the list."
        assert told == [
            (single, "Its files stay in the output folder."),
            (
                two_jobs,
                "Their files stay in the output folder. 1 of them was not sent, and costs nothing.",
            ),
            (single, "It was not sent, and costs nothing."),
            (single, ""),
            (two_jobs, "Their files stay in the output folder."),
            (two_jobs, ""),
        ]


async def test_what_was_not_sent_is_sent_once_after_undo_and_not_before(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_key(False)
        job_id, other = await bench.submit_many(2)
        before = bench.queue.jobs[job_id]
        bench.queue.remove_many([job_id])
        await until(lambda: bench.told)
        bench.queue.line.note_key(True)
        await bench.reaches(other, S.DONE)
        assert await settled(lambda: bench.accepted) == 1
        bench.queue.line.note_key(False)
        undo(bench.told[0])
        await until(lambda: job_id in bench.queue.jobs)
        assert bench.queue.jobs[job_id] == before
        bench.queue.line.note_key(True)
        await bench.reaches(job_id, S.DONE)
        assert await settled(lambda: bench.accepted) == 2


async def test_many_that_wait_are_removed_while_the_line_looks_at_them(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=FOR_EVER) as bench:
        bench.preferences.set(in_flight=1)
        # So many that others get a turn while their removal is told.
        jobs = await bench.submit_many(3 * PIECE)
        await until(lambda: bench.accepted == 1)
        bench.queue.remove_many(jobs)
        await until(lambda: bench.told)
        assert bench.titles() == [f"Removed {3 * PIECE - 1} jobs from the list."]
        assert bench.queue.line.state.waiting == 0
        undo(bench.told[0])
        await until(lambda: bench.queue.line.state.waiting == 3 * PIECE - 1)
        assert list(bench.queue.jobs) == jobs
        assert bench.accepted == 1


async def test_the_request_of_a_removed_job_is_still_its_own(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        (done,) = await _done(bench, 1)
        request_id = bench.queue.jobs[done].request_id
        bench.world.faults.set("drop-answer:1")
        lost = await bench.submit()
        await bench.reaches(lost, S.UNCERTAIN)
        bench.world.faults.set("")
        bench.told.clear()
        bench.queue.remove_many([done])
        await until(lambda: bench.told)
        bench.queue.adopt(lost, request_id)
        await until(lambda: len(bench.told) == 2)
        assert bench.titles()[1] == "This request ID belongs to another job."
        # The service may not give it away a second time, either.
        path = f"{SERVICE}/prod/v1/deployments/{FLUX}/requests/{request_id}"
        urls = {f"{each}_url": f"{path}/{each}" for each in ("status", "result", "cancel")}
        bench.network.bend_json("inference", request_id=request_id, **urls)
        await bench.reaches(await bench.submit(), S.UNCERTAIN)
        undo(bench.told[0])
        await until(lambda: done in bench.queue.jobs)
        assert [job.request_id for job in bench.queue.jobs.values()] == [request_id, "", ""]


async def test_a_program_that_crashes_before_undo_has_lost_nothing(tmp_path: Path) -> None:
    live, left = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    async with open_bench(live) as bench:
        (job_id,) = await _done(bench, 1)
        job = bench.queue.jobs[job_id]
        bench.queue.remove_many([job_id])
        await until(lambda: bench.told)
        # What a killed program leaves on the disk.
        shutil.copytree(live, left)
    assert bench.row(job_id) == {}
    after = Bench(left, pace=QUICK, cloud=AT_ONCE)
    async with after.program() as queue:
        assert queue.jobs[job_id].request_id == job.request_id
        assert queue.jobs[job_id].changes == job.changes
        assert [each.path for each in job.outputs if each.path]


async def test_undo_that_comes_after_the_end_says_that_it_is_too_late(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        (job_id,) = await _done(bench, 1)
        bench.queue.remove_many([job_id])
        await until(lambda: bench.told)
    undo(bench.told[0])
    assert bench.told[1].title == "1 job cannot be put back any more."
    async with bench.program() as queue:
        assert not queue.jobs
