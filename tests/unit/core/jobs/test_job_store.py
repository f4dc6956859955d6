from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.jobs.job_store import JobStore
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import CancelStage, Job, JobState
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support.async_wait import wait_until
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

S = JobState


class JobStoreHarness:
    """A job store on a real file, with everything that it published."""

    def __init__(self, path: Path, database: Database) -> None:
        self.path = path
        self.database = database
        self.shown_notices: list[Notice] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.job_store = JobStore(JobHistory(database), notices, rewrite_interval_s=0.005)

    def on_disk(self, job_id: str = "job-1") -> str | None:
        other = sqlite3.connect(self.path)
        try:
            row = other.execute("SELECT state FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        finally:
            other.close()
        return None if row is None else str(row[0])

    async def refuse_writes(self, *, on: bool = True) -> None:
        word = "ON" if on else "OFF"
        await self.database.run(lambda each: each.execute(f"PRAGMA query_only = {word}").fetchall())


@asynccontextmanager
async def open_job_store_harness(folder: Path) -> AsyncIterator[JobStoreHarness]:
    database = await Database.open(folder / "history.sqlite")
    harness = JobStoreHarness(folder / "history.sqlite", database)
    yield harness
    await harness.job_store.close()
    await database.close()


def to(state: JobState, **facts: Any) -> Callable[[Job], Job | None]:
    return lambda job: job.with_state(state, **facts)


async def test_disk_comes_before_memory_and_memory_before_the_listeners(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        recorded: list[tuple[str, str | None, str]] = []
        job_store.changed.subscribe(
            lambda job: recorded.append(
                (job.state.value, harness.on_disk(), job_store.jobs["job-1"].state.value)
            )
        )
        await job_store.add_all([make_job(S.WAITING)])
        await job_store.commit("job-1", to(S.SENDING))
        await job_store.apply("job-1", to(S.UNCERTAIN))
        assert recorded == [(word, word, word) for word in ("waiting", "sending", "uncertain")]


@pytest.mark.parametrize(("state", "shown"), [(S.RUNNING, "pause"), (S.QUEUED, "")])
async def test_what_is_shown_while_the_disk_writes_stays_shown_of_a_job_that_stands_still(
    tmp_path: Path, state: JobState, shown: str
) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.RUNNING)])

        def step(job: Job) -> Job:
            facts = {"trouble": "pause", "cancel_stage": CancelStage.ACCEPTED}
            asyncio.get_running_loop().call_soon(lambda: job_store.set_transient("job-1", **facts))
            return replace(job, cancel_asked=True, state=state)

        await job_store.commit("job-1", step)
        job = job_store.jobs["job-1"]
        assert (job.cancel_asked, job.trouble) == (True, shown)
        # The stage of the cancel request is about the job, whatever its state.
        assert job.cancel_stage is CancelStage.ACCEPTED


async def test_what_cannot_be_written_is_not_entered_and_not_changed(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        await harness.job_store.add_all([make_job(S.WAITING)])
        await harness.refuse_writes()
        received: list[Job] = []
        harness.job_store.changed.subscribe(received.append)
        with pytest.raises(Problem):
            await harness.job_store.add_all([make_job(S.WAITING, job_id="job-2")])
        with pytest.raises(Problem):
            await harness.job_store.commit("job-1", to(S.SENDING))
        assert list(harness.job_store.jobs) == ["job-1"]
        assert harness.job_store.jobs["job-1"].state is S.WAITING
        assert received == []


async def test_what_happened_in_the_world_is_kept_and_written_later(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.SENDING, request_id="")])
        await harness.refuse_writes()
        await job_store.apply("job-1", to(S.QUEUED, request_id="r-9"))
        await job_store.apply("job-1", to(S.RUNNING))
        assert job_store.jobs["job-1"].state is S.RUNNING
        assert not job_store.is_written("job-1")
        assert harness.on_disk() == "sending"
        assert [notice.title for notice in harness.shown_notices] == [
            "The history of jobs cannot be written."
        ]
        await harness.refuse_writes(on=False)
        await wait_until(lambda: job_store.is_written("job-1"))
        assert harness.on_disk() == "running"


async def test_a_later_failure_is_reported_although_an_unwritten_job_was_removed(
    tmp_path: Path,
) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.HELD), make_job(S.SENDING, job_id="job-2")])
        await harness.refuse_writes()
        await job_store.apply("job-1", to(S.CANCELLED))
        await job_store.remove_all(["job-1"], lambda _job: True)
        assert len(harness.shown_notices) == 1
        await job_store.apply("job-2", to(S.QUEUED, request_id="r-9"))
        assert len(harness.shown_notices) == 2


async def test_closing_writes_what_is_left(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        slow = JobStore(JobHistory(harness.database), Notices(), rewrite_interval_s=3600.0)
        await slow.add_all([make_job(S.SENDING)])
        await harness.refuse_writes()
        await slow.apply("job-1", to(S.QUEUED))
        await harness.refuse_writes(on=False)
        await slow.close()
        assert harness.on_disk() == "queued"


async def test_what_another_program_changed_keeps_nothing_else_from_the_disk(
    tmp_path: Path,
) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        slow = JobStore(JobHistory(harness.database), Notices(), rewrite_interval_s=3600.0)
        sent, held = make_job(S.SENDING, request_id=""), make_job(S.HELD, job_id="job-2")
        await slow.add_all([sent, replace(held, request_id="")])
        await harness.refuse_writes()
        await slow.apply("job-2", to(S.CANCELLED))
        await slow.apply("job-1", to(S.QUEUED, request_id="r-9"))
        await harness.refuse_writes(on=False)
        other = JobHistory(harness.database)
        [theirs] = [job for job in await other.load_unfinished() if job.job_id == "job-2"]
        await other.save_all([theirs.with_state(S.WAITING)])
        await slow.close()
        assert (harness.on_disk("job-1"), harness.on_disk("job-2")) == ("queued", "waiting")


async def test_closing_with_a_dead_disk_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        await harness.job_store.add_all([make_job(S.SENDING, request_id="")])
        await harness.refuse_writes()
        await harness.job_store.apply("job-1", to(S.QUEUED, request_id="r-9"))
        await harness.job_store.close()
        assert "r-9" in caplog.text


async def test_changes_queue_up_and_each_sees_the_one_before(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.RUNNING)])

        def count(job: Job) -> Job:
            return replace(job, body_bytes=job.body_bytes + 1)

        await asyncio.gather(*(job_store.apply("job-1", count) for _each in range(20)))
        assert job_store.jobs["job-1"].body_bytes == 20


async def test_a_step_may_decline_and_no_change_is_no_write(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.QUEUED)])
        received: list[Job] = []
        job_store.changed.subscribe(received.append)
        await harness.refuse_writes()
        assert await job_store.commit("job-1", lambda _job: None) is None
        assert await job_store.commit("nobody", to(S.RUNNING)) is None
        assert await job_store.commit("job-1", to(S.QUEUED)) == make_job(S.QUEUED)
        assert received == []
        # Temporary facts are published but not written, so they work without a disk.
        await job_store.commit("job-1", to(S.QUEUED, trouble="no network", queue_position=2))
        assert [job.queue_position for job in received] == [2]


async def test_facts_of_the_moment_are_shown_at_once(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.SENDING)])
        received: list[int] = []
        job_store.changed.subscribe(lambda job: received.append(job.sent_bytes))
        job_store.set_transient("job-1", sent_bytes=5)
        job_store.set_transient("job-1", sent_bytes=5)
        job_store.set_transient("nobody", sent_bytes=5)
        assert received == [5]
        with pytest.raises(AssertionError):
            job_store.set_transient("job-1", reason="has to be written")


@pytest.mark.real_clock
async def test_a_change_whose_caller_is_cancelled_happens_as_a_whole(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.SENDING)])
        began, go_on = threading.Event(), threading.Event()

        def block(_connection: sqlite3.Connection) -> None:
            began.set()
            go_on.wait()

        blocker = asyncio.create_task(harness.database.run(block))
        await asyncio.to_thread(began.wait)
        caller = asyncio.create_task(job_store.apply("job-1", to(S.QUEUED)))
        await asyncio.sleep(0.01)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        assert caller.cancelled()
        go_on.set()
        await blocker
        await job_store.close()
        assert job_store.jobs["job-1"].state is S.QUEUED
        assert harness.on_disk() == "queued"


async def test_a_removed_job_is_gone_at_once_and_forgotten_at_the_end(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        removed: list[str] = []
        job_store.removed.subscribe(removed.append)
        await job_store.add_all([make_job(S.DONE)])
        await job_store.remove_all(["job-1"], lambda _job: True)
        await job_store.remove_all(["job-1"], lambda _job: True)
        assert (list(job_store.jobs), removed, harness.on_disk()) == ([], ["job-1"], "done")
        await job_store.close()
        assert harness.on_disk() is None


async def test_what_the_disk_does_not_forget_is_there_at_the_next_start(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        await harness.job_store.add_all([make_job(S.DONE)])
        await harness.job_store.remove_all(["job-1"], lambda _job: True)
        await harness.refuse_writes()
        await harness.job_store.close()
        assert harness.on_disk() == "done"
        await harness.refuse_writes(on=False)


async def test_removed_jobs_come_back_as_they_were_and_where_they_were(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        jobs = [make_job(S.DONE, job_id=each, title=each) for each in "abcde"]
        await job_store.add_all(jobs)
        await job_store.remove_all(["b", "d"], lambda _job: True)
        await job_store.remove_all(["c"], lambda _job: True)
        job_store.add_from_history(make_job(S.DONE, job_id="old", created_s=1.0))
        received: list[str] = []
        job_store.changed.subscribe(lambda job: received.append(job.job_id))
        await job_store.restore_all(["d", "b"])
        assert (list(job_store.jobs), received) == (["old", "a", "b", "d", "e"], ["b", "d"])
        await job_store.restore_all(["c", "b", "nobody"])
        assert list(job_store.jobs.values())[1:] == jobs
        await job_store.close()
        assert harness.on_disk("c") == "done"


async def test_a_row_that_was_behind_when_it_was_removed_is_written_once_it_is_back(
    tmp_path: Path,
) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        await job_store.add_all([make_job(S.RUNNING)])
        await harness.refuse_writes()
        await job_store.apply("job-1", to(S.FAILED))
        await job_store.remove_all(["job-1"], lambda job: job.state.is_finished)
        await harness.refuse_writes(on=False)
        await job_store.restore_all(["job-1"])
        await job_store.close()
        assert harness.on_disk() == "failed"


async def test_a_removed_job_that_is_taken_up_is_put_back_for_good(tmp_path: Path) -> None:
    async with open_job_store_harness(tmp_path) as harness:
        job_store = harness.job_store
        jobs = [make_job(S.DONE, job_id=each) for each in "ab"]
        await job_store.add_all(jobs)
        await job_store.remove_all(["a"], lambda _job: True)
        received: list[Job] = []
        job_store.changed.subscribe(received.append)
        job_store.add_from_history(jobs[0])
        assert (list(job_store.jobs.values()), received) == (jobs, [jobs[0]])
        await job_store.restore_all(["a"])
        assert received == [jobs[0]]
        await job_store.close()
        assert harness.on_disk("a") == "done"
