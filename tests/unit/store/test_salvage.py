from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from runcomfy_desktop.store.migrations import SCHEMA, create_tables
from runcomfy_desktop.store.salvage import salvage
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from pathlib import Path

PAGE_BYTES = 4096


async def a_history(path: Path, count: int) -> None:
    database = await Database.open(path)
    jobs = [
        make_job(
            JobState.RUNNING,
            job_id=f"job-{number:03}",
            request_id=f"r-{number:03}",
            reason="x" * 500,
            created_s=float(number),
        )
        for number in range(count)
    ]
    await JobHistory(database).save_all(jobs)
    await database.close()


def pages_with(path: Path, text: bytes) -> list[int]:
    data = path.read_bytes()
    return [at for at in range(0, len(data), PAGE_BYTES) if text in data[at : at + PAGE_BYTES]]


def scratch(path: Path, at: int) -> None:
    with path.open("rb+") as file:
        file.seek(at)
        file.write(b"\xff" * PAGE_BYTES)


async def test_rows_on_both_sides_of_the_damage_are_followed_again(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    await a_history(path, 200)
    for at in pages_with(path, b'"request_id":"r-100"'):
        scratch(path, at)
    database = await Database.open(path)
    assert database.damaged_copy is not None
    jobs = {job.job_id: job for job in await JobHistory(database).load_unfinished()}
    await database.close()
    assert 150 < len(jobs) < 200
    assert "job-100" not in jobs
    assert {"job-000", "job-199"} <= set(jobs)
    assert all(job.request_id == f"r-{name[4:]}" for name, job in jobs.items())


async def test_nothing_of_it_changes_the_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    await a_history(path, 3)
    before = path.read_bytes()
    with closing(sqlite3.connect(":memory:")) as fresh:
        create_tables(fresh, SCHEMA)
        assert salvage(path, fresh) == 3
        assert salvage(path, fresh) == 0
    assert path.read_bytes() == before


def test_what_is_no_history_has_nothing_to_give(tmp_path: Path) -> None:
    garbage, other = tmp_path / "garbage", tmp_path / "other.sqlite"
    garbage.write_bytes(b"this is no database" * 1000)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE jobs (x)")
        connection.execute("INSERT INTO jobs VALUES (1)")
        connection.commit()
    with closing(sqlite3.connect(":memory:")) as fresh:
        create_tables(fresh, SCHEMA)
        for path in (garbage, other, tmp_path / "not there"):
            assert salvage(path, fresh) == 0
