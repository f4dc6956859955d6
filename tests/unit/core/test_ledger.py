from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.ledger import Ledger
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.domain.job import CancelStage, Job, JobState
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import History
from tests.support.jobs import make_job
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

S = JobState


class Bench:
    """A ledger on a real file, and what it told."""

    def __init__(self, path: Path, database: Database) -> None:
        self.path = path
        self.database = database
        self.told: list[Notice] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.ledger = Ledger(History(database), notices, rewrite_s=0.005)

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
async def open_bench(folder: Path) -> AsyncIterator[Bench]:
    database = await Database.open(folder / "history.sqlite")
    bench = Bench(folder / "history.sqlite", database)
    yield bench
    await bench.ledger.close()
    await database.close()


def to(state: JobState, **facts: Any) -> Callable[[Job], Job | None]:
    return lambda job: job.moved(state, **facts)


async def test_disk_comes_before_memory_and_memory_before_the_listeners(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        seen: list[tuple[str, str | None, str]] = []
        ledger.changed.subscribe(
            lambda job: seen.append(
                (job.state.value, bench.on_disk(), ledger.jobs["job-1"].state.value)
            )
        )
        await ledger.add_all([make_job(S.WAITING)])
        await ledger.commit("job-1", to(S.SENDING))
        await ledger.keep("job-1", to(S.UNCERTAIN))
        assert seen == [(word, word, word) for word in ("waiting", "sending", "uncertain")]


@pytest.mark.parametrize(("state", "shown"), [(S.RUNNING, "pause"), (S.QUEUED, "")])
async def test_what_is_shown_while_the_disk_writes_stays_shown_of_a_job_that_stands_still(
    tmp_path: Path, state: JobState, shown: str
) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        await ledger.add_all([make_job(S.RUNNING)])

        def step(job: Job) -> Job:
            facts = {"trouble": "pause", "cancel_stage": CancelStage.TAKEN}
            asyncio.get_running_loop().call_soon(lambda: ledger.show("job-1", **facts))
            return replace(job, cancel_asked=True, state=state)

        await ledger.commit("job-1", step)
        job = ledger.jobs["job-1"]
        assert (job.cancel_asked, job.trouble) == (True, shown)
        # The wish to cancel is about the job, in whatever state.
        assert job.cancel_stage is CancelStage.TAKEN


async def test_what_cannot_be_written_is_not_entered_and_not_changed(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        await bench.ledger.add_all([make_job(S.WAITING)])
        await bench.refuse_writes()
        heard: list[Job] = []
        bench.ledger.changed.subscribe(heard.append)
        with pytest.raises(Problem):
            await bench.ledger.add_all([make_job(S.WAITING, job_id="job-2")])
        with pytest.raises(Problem):
            await bench.ledger.commit("job-1", to(S.SENDING))
        assert list(bench.ledger.jobs) == ["job-1"]
        assert bench.ledger.jobs["job-1"].state is S.WAITING
        assert heard == []


async def test_what_happened_in_the_world_is_kept_and_written_later(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        await ledger.add_all([make_job(S.SENDING, request_id="")])
        await bench.refuse_writes()
        await ledger.keep("job-1", to(S.QUEUED, request_id="r-9"))
        await ledger.keep("job-1", to(S.RUNNING))
        assert ledger.jobs["job-1"].state is S.RUNNING
        assert not ledger.is_written("job-1")
        assert bench.on_disk() == "sending"
        assert [notice.title for notice in bench.told] == ["The history of jobs cannot be written."]
        await bench.refuse_writes(on=False)
        await until(lambda: ledger.is_written("job-1"))
        assert bench.on_disk() == "running"


async def test_closing_writes_what_is_left(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        slow = Ledger(History(bench.database), Notices(), rewrite_s=3600.0)
        await slow.add_all([make_job(S.SENDING)])
        await bench.refuse_writes()
        await slow.keep("job-1", to(S.QUEUED))
        await bench.refuse_writes(on=False)
        await slow.close()
        assert bench.on_disk() == "queued"


async def test_what_another_program_changed_keeps_nothing_else_from_the_disk(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        slow = Ledger(History(bench.database), Notices(), rewrite_s=3600.0)
        sent, held = make_job(S.SENDING, request_id=""), make_job(S.HELD, job_id="job-2")
        await slow.add_all([sent, replace(held, request_id="")])
        await bench.refuse_writes()
        await slow.keep("job-2", to(S.CANCELLED))
        await slow.keep("job-1", to(S.QUEUED, request_id="r-9"))
        await bench.refuse_writes(on=False)
        other = History(bench.database)
        [theirs] = [job for job in await other.load_unfinished() if job.job_id == "job-2"]
        await other.save_all([theirs.moved(S.WAITING)])
        await slow.close()
        assert (bench.on_disk("job-1"), bench.on_disk("job-2")) == ("queued", "waiting")


async def test_closing_with_a_dead_disk_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_bench(tmp_path) as bench:
        await bench.ledger.add_all([make_job(S.SENDING, request_id="")])
        await bench.refuse_writes()
        await bench.ledger.keep("job-1", to(S.QUEUED, request_id="r-9"))
        await bench.ledger.close()
        assert "r-9" in caplog.text


async def test_changes_queue_up_and_each_sees_the_one_before(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        await ledger.add_all([make_job(S.RUNNING)])

        def count(job: Job) -> Job:
            return replace(job, body_bytes=job.body_bytes + 1)

        await asyncio.gather(*(ledger.keep("job-1", count) for _each in range(20)))
        assert ledger.jobs["job-1"].body_bytes == 20


async def test_a_step_may_decline_and_no_change_is_no_write(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        await ledger.add_all([make_job(S.QUEUED)])
        heard: list[Job] = []
        ledger.changed.subscribe(heard.append)
        await bench.refuse_writes()
        assert await ledger.commit("job-1", lambda _job: None) is None
        assert await ledger.commit("nobody", to(S.RUNNING)) is None
        assert await ledger.commit("job-1", to(S.QUEUED)) == make_job(S.QUEUED)
        assert heard == []
        # Facts of the moment are told but not written, so a dead disk does not hinder them.
        await ledger.commit("job-1", to(S.QUEUED, trouble="no network", queue_position=2))
        assert [job.queue_position for job in heard] == [2]


async def test_facts_of_the_moment_are_shown_at_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        await ledger.add_all([make_job(S.SENDING)])
        heard: list[int] = []
        ledger.changed.subscribe(lambda job: heard.append(job.sent_bytes))
        ledger.show("job-1", sent_bytes=5)
        ledger.show("job-1", sent_bytes=5)
        ledger.show("nobody", sent_bytes=5)
        assert heard == [5]
        with pytest.raises(AssertionError):
            ledger.show("job-1", reason="has to be written")


@pytest.mark.real_clock
async def test_a_change_whose_caller_is_cancelled_happens_as_a_whole(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        await ledger.add_all([make_job(S.SENDING)])
        began, go_on = threading.Event(), threading.Event()

        def block(_connection: sqlite3.Connection) -> None:
            began.set()
            go_on.wait()

        blocker = asyncio.create_task(bench.database.run(block))
        await asyncio.to_thread(began.wait)
        caller = asyncio.create_task(ledger.keep("job-1", to(S.QUEUED)))
        await asyncio.sleep(0.01)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        assert caller.cancelled()
        go_on.set()
        await blocker
        await ledger.close()
        assert ledger.jobs["job-1"].state is S.QUEUED
        assert bench.on_disk() == "queued"


async def test_a_removed_job_is_gone_at_once_and_forgotten_at_the_end(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        removed: list[str] = []
        ledger.removed.subscribe(removed.append)
        await ledger.add_all([make_job(S.DONE)])
        await ledger.remove_all(["job-1"], lambda _job: True)
        await ledger.remove_all(["job-1"], lambda _job: True)
        assert (list(ledger.jobs), removed, bench.on_disk()) == ([], ["job-1"], "done")
        await ledger.close()
        assert bench.on_disk() is None


async def test_what_the_disk_does_not_forget_is_there_at_the_next_start(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        await bench.ledger.add_all([make_job(S.DONE)])
        await bench.ledger.remove_all(["job-1"], lambda _job: True)
        await bench.refuse_writes()
        await bench.ledger.close()
        assert bench.on_disk() == "done"
        await bench.refuse_writes(on=False)


async def test_removed_jobs_come_back_as_they_were_and_where_they_were(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        jobs = [make_job(S.DONE, job_id=each, title=each) for each in "abcde"]
        await ledger.add_all(jobs)
        await ledger.remove_all(["b", "d"], lambda _job: True)
        await ledger.remove_all(["c"], lambda _job: True)
        ledger.take_up(make_job(S.DONE, job_id="old", created_s=1.0))
        heard: list[str] = []
        ledger.changed.subscribe(lambda job: heard.append(job.job_id))
        await ledger.restore_all(["d", "b"])
        assert (list(ledger.jobs), heard) == (["old", "a", "b", "d", "e"], ["b", "d"])
        await ledger.restore_all(["c", "b", "nobody"])
        assert list(ledger.jobs.values())[1:] == jobs
        await ledger.close()
        assert bench.on_disk("c") == "done"


async def test_a_row_that_was_behind_when_it_was_removed_is_written_once_it_is_back(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        await ledger.add_all([make_job(S.RUNNING)])
        await bench.refuse_writes()
        await ledger.keep("job-1", to(S.FAILED))
        await ledger.remove_all(["job-1"], lambda job: job.state.is_finished)
        await bench.refuse_writes(on=False)
        await ledger.restore_all(["job-1"])
        await ledger.close()
        assert bench.on_disk() == "failed"


async def test_a_removed_job_that_is_taken_up_is_put_back_for_good(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        ledger = bench.ledger
        jobs = [make_job(S.DONE, job_id=each) for each in "ab"]
        await ledger.add_all(jobs)
        await ledger.remove_all(["a"], lambda _job: True)
        heard: list[Job] = []
        ledger.changed.subscribe(heard.append)
        ledger.take_up(jobs[0])
        assert (list(ledger.jobs.values()), heard) == (jobs, [jobs[0]])
        await ledger.restore_all(["a"])
        assert heard == [jobs[0]]
        await ledger.close()
        assert bench.on_disk("a") == "done"
