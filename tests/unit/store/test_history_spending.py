"""Cost of jobs by day, batch and service, stored separately from the jobs and kept."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory, job_to_json
from runcomfy_desktop.store.migrations import SCHEMA, DatabaseSchema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SERVICE = "https://api.example.org"
_PROJECT = Path(__file__).resolve().parents[3]


def _job(job_id: str = "job-1", state: JobState = JobState.QUEUED, **facts: object) -> Job:
    job = Job(job_id, _SERVICE, "d-1", "flux", "Blue bicycle", state, 1000.0)
    return replace(job, **facts)  # type: ignore[arg-type] # the names are checked by replace


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[tuple[Database, JobHistory]]:
    database = await Database.open(folder / "history.sqlite")
    try:
        yield database, JobHistory(database)
    finally:
        await database.close()


_NOON_S = datetime(2026, 8, 3, 12).astimezone().timestamp()


def _ended(job_id: str, usd: float, **facts: object) -> Job:
    return _job(job_id, JobState.DONE, **{"finished_s": _NOON_S, "cost_usd": usd, **facts})


async def test_sums_are_kept_per_day_and_batch_and_service(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (_database, history):
        next_day_s = _NOON_S + 86_400.0
        await history.save_all([_ended("a", 0.25, batch_id="b")])
        await history.save_all([_ended("b", 0.50, batch_id="b", finished_s=next_day_s)])
        await history.save_all([_ended("c", 1.00)])
        await history.save_all([_ended("d", 9.00, service="https://other.example")])
        days = await history.spent_by_day(_SERVICE)
        assert days == {"2026-08-03": 1.25, "2026-08-04": 0.50}
        assert await history.spent_by_batch(_SERVICE) == {"b": 0.75, "": 1.00}


async def test_a_job_is_charged_once_and_only_when_it_ended(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (_database, history):
        await history.save_all([_job("a", JobState.RUNNING, cost_usd=0.25)])
        assert await history.spent_by_day(_SERVICE) == {}
        await history.save_all([_ended("a", 0.25)])
        await history.save_all([_ended("a", 0.25, outputs=(), reason="told of again")])
        assert await history.spent_by_day(_SERVICE) == {"2026-08-03": 0.25}


async def test_a_removed_job_stays_in_the_sums(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (_database, history):
        await history.save_all([_ended("a", 0.25)])
        await history.delete_all(["a"])
        assert await history.load_recent(10) == []
        assert await history.spent_by_day(_SERVICE) == {"2026-08-03": 0.25}


async def test_a_batch_name_of_half_a_character_is_no_obstacle(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (_database, history):
        await history.save_all([_ended("a", 0.25, batch_id="\ud83d")])
        assert sum((await history.spent_by_batch(_SERVICE)).values()) == 0.25


@pytest.mark.parametrize("usd", [-1.0, float("nan"), float("inf"), 1e9])
async def test_a_damaged_cost_is_no_cost(tmp_path: Path, usd: float) -> None:
    async with _opened(tmp_path) as (_database, history):
        await history.save_all([_ended("a", usd)])
        (job,) = await history.load_recent(1)
        assert job.cost_usd == 0.0


async def test_row_and_sum_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (database, history):
        await history.save_all([_job("a", JobState.RUNNING)])
        # Simulates a disk that is full or fails between the two writes.
        trigger = (
            "CREATE TRIGGER fails BEFORE INSERT ON spent BEGIN SELECT RAISE(ABORT, 'no disk'); END"
        )
        await database.run(lambda each: each.execute(trigger).fetchall())
        with pytest.raises(Problem):
            await history.save_all([_ended("a", 0.25)])
        (job,) = await history.load_recent(1)
        assert job.state is JobState.RUNNING
        await database.run(lambda each: each.execute("DROP TRIGGER fails").fetchall())
        await history.save_all([_ended("a", 0.25)])
        assert await history.spent_by_day(_SERVICE) == {"2026-08-03": 0.25}


def _spent(path: Path) -> list[tuple[str, float]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT job_id, usd FROM spent ORDER BY job_id").fetchall()


async def test_a_history_of_the_first_version_is_taken_over_with_its_jobs(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    first = DatabaseSchema(SCHEMA.migrations[:1], SCHEMA.columns)
    older = await Database.open(path, first)
    ended = _job("a", JobState.DONE, finished_s=_NOON_S, outputs=())
    # A document as the older program wrote it, without costs.
    document = {name: what for name, what in job_to_json(ended).items() if name != "cost_usd"}
    row = ("a", _SERVICE, "done", 1000.0, "d-1", "", json.dumps(document))
    insert = "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)"
    await older.run(lambda connection: connection.execute(insert, row).fetchall())
    await older.close()
    newer = await Database.open(path)
    history = JobHistory(newer)
    assert await history.load_recent(10) == [ended]
    assert await history.spent_by_day(_SERVICE) == {}
    await history.save_all([_ended("b", 0.25)])
    await newer.close()
    assert _spent(path) == [("b", 0.25)]
    assert (tmp_path / "history.version-1.sqlite").exists()


_KILLED = """
import asyncio, os, pathlib, signal, sys
from tests.unit.store.test_history_spending import Database, JobHistory, _ended

async def main():
    history = JobHistory(await Database.open(pathlib.Path(sys.argv[1])))
    for number in range(int(sys.argv[2])):
        await history.save_all([_ended(f"{number}", 0.25)])
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_a_kill_right_after_an_end_loses_no_sum(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    words = [sys.executable, "-c", _KILLED, str(path), "3"]
    assert subprocess.run(words, cwd=_PROJECT, check=False).returncode == -9
    assert _spent(path) == [("0", 0.25), ("1", 0.25), ("2", 0.25)]
