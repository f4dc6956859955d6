"""Jobs that are removed from the list, and their return by Undo."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.job_store import BATCH_SIZE
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.emulators import INSTANT
from tests.support.queue_harness import (
    FAST_POLLING,
    FLUX,
    SERVICE,
    QueueHarness,
    open_queue_harness,
)

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.base.notices import Notice

S = JobState
FOR_EVER = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


def undo(notice: Notice) -> None:
    assert notice.action_text == "Undo"
    assert notice.action is not None
    notice.action()


async def _done(harness: QueueHarness, count: int) -> list[str]:
    jobs = await harness.submit_many(count)
    for job_id in jobs:
        await harness.wait_until_state(job_id, S.DONE)
    return jobs


async def _remove(harness: QueueHarness, *job_ids: str) -> Notice:
    told = len(harness.shown_notices)
    harness.queue.remove_many(job_ids)
    await wait_until(lambda: len(harness.shown_notices) > told)
    return harness.shown_notices[-1]


async def test_one_undo_brings_all_back_that_was_removed_in_a_row(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        one, two, three, four = await _done(harness, 4)
        before, files = dict(harness.queue.jobs), harness.files()
        earlier = await _remove(harness, one, three)
        harness.notices.post_info("Something else", "which takes no Undo away")
        last = await _remove(harness, two)
        assert [earlier.title, last.title] == [
            "Removed 2 jobs from the list.",
            "Removed 3 jobs from the list.",
        ]
        assert earlier.subject == last.subject != ""
        assert list(harness.queue.jobs) == [four]
        assert harness.files() == files
        undo(last)
        await wait_until(lambda: len(harness.queue.jobs) == 4)
        # A second press does nothing.
        undo(last)
        undo(earlier)
        assert harness.queue.jobs == before
        assert list(harness.queue.jobs) == list(before)
        assert all(harness.queue.jobs[each].changes for each in before)
        assert (await _remove(harness, four)).title == "Removed 1 job from the list."
        undo(harness.shown_notices[-1])
        await wait_until(lambda: len(harness.queue.jobs) == 4)
    async with harness.program() as queue:
        assert list(queue.jobs) == list(before)


async def test_restored_jobs_are_new_in_the_list(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_has_key(False)
        job_ids = await harness.submit_many(3)
        notice, changes = await _remove(harness, *job_ids), list[tuple[str, JobState | None]]()
        harness.queue.state_changed.subscribe(
            lambda change: changes.append((change.job.job_id, change.before))
        )
        undo(notice)
        await wait_until(lambda: len(harness.queue.jobs) == 3)
        assert changes == [(job_id, None) for job_id in job_ids]


async def test_a_row_of_removals_has_only_what_is_still_removed(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        one, two, three = await _done(harness, 3)
        job = harness.queue.jobs[one]
        await _remove(harness, one, two)
        harness.queue.add_from_history(job)
        assert (await _remove(harness, three)).title == "Removed 2 jobs from the list."
        assert (await _remove(harness, one)).title == "Removed 3 jobs from the list."


async def test_a_notice_that_is_closed_ends_the_row(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        one, two, three = await _done(harness, 3)
        closed = await _remove(harness, one)
        harness.notices.dismissed.publish(closed)
        last = await _remove(harness, two)
        # Dismissed late: it had been replaced already.
        harness.notices.dismissed.publish(closed)
        assert last.title == "Removed 1 job from the list."
        undo(last)
        await wait_until(lambda: list(harness.queue.jobs) == [two, three])


async def test_the_words_say_of_files_and_money_what_is_so(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        one, two, three = await _done(harness, 3)
        harness.queue.send_queue.set_has_key(False)
        jobs = await harness.submit_many(6)
        unsent, other, *cancelled = jobs
        harness.queue.cancel_many(cancelled)
        await wait_until(lambda: len(harness.in_state(S.CANCELLED)) == 4)
        received = []
        for removed in (
            [one],
            [two, unsent],
            [other],
            cancelled[:1],
            [three, cancelled[1]],
            cancelled[2:],
        ):
            notice = await _remove(harness, *removed)
            harness.notices.dismissed.publish(notice)
            received.append((notice.title, notice.detail))
        single, two_jobs = "Removed 1 job from the list.", "Removed 2 jobs from the list."
        assert received == [
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
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_has_key(False)
        job_id, other = await harness.submit_many(2)
        before = harness.queue.jobs[job_id]
        harness.queue.remove_many([job_id])
        await wait_until(lambda: harness.shown_notices)
        harness.queue.send_queue.set_has_key(True)
        await harness.wait_until_state(other, S.DONE)
        assert await wait_until_stable(lambda: harness.accepted_count) == 1
        harness.queue.send_queue.set_has_key(False)
        undo(harness.shown_notices[0])
        await wait_until(lambda: job_id in harness.queue.jobs)
        assert harness.queue.jobs[job_id] == before
        harness.queue.send_queue.set_has_key(True)
        await harness.wait_until_state(job_id, S.DONE)
        assert await wait_until_stable(lambda: harness.accepted_count) == 2


async def test_many_that_wait_are_removed_while_the_queue_looks_at_them(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=FOR_EVER) as harness:
        harness.preferences.set(in_flight=1)
        # Enough jobs for other tasks to get a turn while their removal is published.
        jobs = await harness.submit_many(3 * BATCH_SIZE)
        await wait_until(lambda: harness.accepted_count == 1)
        harness.queue.remove_many(jobs)
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles() == [f"Removed {3 * BATCH_SIZE - 1} jobs from the list."]
        assert harness.queue.send_queue.state.waiting_count == 0
        undo(harness.shown_notices[0])
        await wait_until(lambda: harness.queue.send_queue.state.waiting_count == 3 * BATCH_SIZE - 1)
        assert list(harness.queue.jobs) == jobs
        assert harness.accepted_count == 1


async def test_the_request_of_a_removed_job_is_still_its_own(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        (done,) = await _done(harness, 1)
        request_id = harness.queue.jobs[done].request_id
        harness.backend.faults.set("drop-answer:1")
        lost = await harness.submit()
        await harness.wait_until_state(lost, S.UNCERTAIN)
        harness.backend.faults.set("")
        harness.shown_notices.clear()
        harness.queue.remove_many([done])
        await wait_until(lambda: harness.shown_notices)
        harness.queue.adopt(lost, request_id)
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert harness.titles()[1] == "This request ID belongs to another job."
        # Nor can a new job get the id of a removed job's request from the service.
        path = f"{SERVICE}/prod/v1/deployments/{FLUX}/requests/{request_id}"
        urls = {f"{each}_url": f"{path}/{each}" for each in ("status", "result", "cancel")}
        harness.transport.override_json("inference", request_id=request_id, **urls)
        await harness.wait_until_state(await harness.submit(), S.UNCERTAIN)
        undo(harness.shown_notices[0])
        await wait_until(lambda: done in harness.queue.jobs)
        assert [job.request_id for job in harness.queue.jobs.values()] == [request_id, "", ""]


async def test_a_program_that_crashes_before_undo_has_lost_nothing(tmp_path: Path) -> None:
    live, left = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    async with open_queue_harness(live) as harness:
        (job_id,) = await _done(harness, 1)
        job = harness.queue.jobs[job_id]
        harness.queue.remove_many([job_id])
        await wait_until(lambda: harness.shown_notices)
        # The files that a killed program leaves on the disk.
        shutil.copytree(live, left)
    assert harness.row(job_id) == {}
    after = QueueHarness(left, pace=FAST_POLLING, timing=INSTANT)
    async with after.program() as queue:
        assert queue.jobs[job_id].request_id == job.request_id
        assert queue.jobs[job_id].changes == job.changes
        assert [each.path for each in job.outputs if each.path]


async def test_undo_that_comes_after_the_end_says_that_it_is_too_late(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        (job_id,) = await _done(harness, 1)
        harness.queue.remove_many([job_id])
        await wait_until(lambda: harness.shown_notices)
    undo(harness.shown_notices[0])
    assert harness.shown_notices[1].title == "1 job cannot be put back any more."
    async with harness.program() as queue:
        assert not queue.jobs
