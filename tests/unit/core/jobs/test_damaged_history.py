"""A damaged or foreign history is moved aside or refused with a reason.

No job is lost without a notice.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support import hostile_environments
from tests.support.async_wait import wait_until
from tests.support.job_factory import make_job
from tests.support.queue_harness import SERVICE, QueueHarness, open_queue_harness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_JOBS = 20


async def written_by_program(folder: Path) -> Path:
    """Returns the history of a program that ended properly; it is longer than a page."""
    path = folder / "history.sqlite"
    database = await Database.open(path)
    jobs = [
        make_job(JobState.DONE, job_id=f"job-{number}", service=SERVICE, reason="x" * 500)
        for number in range(_JOBS)
    ]
    await JobHistory(database).save_all(jobs)
    await database.close()
    return path


def notice_texts(harness: QueueHarness) -> list[str]:
    return [f"{notice.title} {notice.detail}" for notice in harness.shown_notices]


async def runs(harness: QueueHarness) -> None:
    """Submits a run, which is written and then ends."""
    await harness.wait_until_state(await harness.submit(), JobState.DONE)


def _sql(*statements: str) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return change


def _scratch(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 97):
        data[at] ^= 0xFF
    path.write_bytes(data)


@dataclass(frozen=True)
class HistoryDamage:
    """Damage done to the history file."""

    name: str
    do: Callable[[Path], object]


DAMAGES = (
    HistoryDamage("garbage", lambda path: path.write_bytes(b"this is no database" * 1000)),
    HistoryDamage("cut", lambda path: path.write_bytes(path.read_bytes()[:5000])),
    HistoryDamage("cut in its head", lambda path: path.write_bytes(path.read_bytes()[:60])),
    HistoryDamage("emptied", lambda path: path.write_bytes(b"")),
    HistoryDamage("scratched", _scratch),
    HistoryDamage("without its table", _sql("DROP TABLE jobs")),
    HistoryDamage("another table", _sql("DROP TABLE jobs", "CREATE TABLE jobs (x)")),
    HistoryDamage("a version below zero", _sql("PRAGMA user_version = -5")),
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
async def test_a_damaged_history_is_set_aside_and_said(
    tmp_path: Path, damage: HistoryDamage
) -> None:
    history = await written_by_program(tmp_path)
    damage.do(history)
    async with open_queue_harness(tmp_path) as harness:
        stored = history.with_name("history.broken-1.sqlite")
        await wait_until(lambda: harness.shown_notices)
        assert notice_texts(harness) == [
            hostile_environments.DAMAGED_HISTORY.text_with(kept=stored)
        ]
        assert await asyncio.to_thread(stored.exists)
        await runs(harness)


def _become(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Returns a function that deletes the history file and calls `make` with its path."""

    def change(path: Path) -> None:
        path.unlink()
        make(path)

    return change


PLACES = (
    HistoryDamage("a folder", _become(lambda path: path.mkdir())),
    HistoryDamage("a link in circles", _become(lambda path: path.symlink_to(path.name))),
    HistoryDamage("a link to nowhere", _become(lambda path: path.symlink_to("/nowhere/history"))),
    HistoryDamage(
        "a folder in place of its log", lambda path: path.with_name(path.name + "-wal").mkdir()
    ),
)


@pytest.mark.parametrize("damage", PLACES, ids=lambda damage: damage.name)
async def test_what_is_no_file_is_refused_and_left_alone(
    tmp_path: Path, damage: HistoryDamage
) -> None:
    history = await written_by_program(tmp_path)
    damage.do(history)
    before = await asyncio.to_thread(_names, tmp_path)
    with pytest.raises(Problem) as caught:
        await Database.open(history)
    assert caught.value.sentence() == hostile_environments.PROTECTED_HISTORY.text_with(
        history=history
    )
    assert await asyncio.to_thread(_names, tmp_path) == before


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    history = tmp_path / "history.sqlite"
    os.mkfifo(history)
    with pytest.raises(Problem) as caught:
        await Database.open(history)
    assert caught.value.title == "The history of jobs could not be read or written."


HOSTILE = (
    "",
    "nonsense",
    "[]",
    "{}",
    "[" * 100_000,
    json.dumps({"service": 5, "deployment_id": None, "created_s": "now"}),
)
ODD: tuple[dict[str, object], ...] = (
    {"created_s": 1e300, "queued_s": -1e300, "sent_s": float("nan"), "running_s": float("inf")},
    {"created_s": float("nan"), "title": "\u202eevil<b>x</b>\x00", "deployment_id": "../../.."},
    {"created_s": -5, "request_id": "../../balance", "status_url": "https://evil.example/"},
    {"created_s": 1, "outputs": [{"path": "\x00", "filename": "../../x", "url": "file:///etc"}]},
)


async def test_damaged_rows_are_counted_and_hide_no_others(tmp_path: Path) -> None:
    history = await written_by_program(tmp_path)
    insert = f"INSERT INTO jobs VALUES (?, '{SERVICE}', ?, 1.0, 'd', 'r', ?)"
    with closing(sqlite3.connect(history)) as connection:
        for number, document in enumerate(HOSTILE):
            connection.execute(insert, (f"bad-{number}", "queued", document))
        connection.execute(insert, ("bad-state", "no such state", json.dumps(_document(ODD[0]))))
        connection.execute(insert, ("bad-bytes", "queued", b"\xff\xfe"))
        for number, odd in enumerate(ODD):
            connection.execute(insert, (f"odd-{number}", "failed", json.dumps(_document(odd))))
        connection.commit()
    async with open_queue_harness(tmp_path) as harness:
        await wait_until(lambda: harness.loaded)
        assert notice_texts(harness) == [
            hostile_environments.DAMAGED_ROWS.text_with(count=len(HOSTILE) + 2)
        ]
        jobs = harness.queue.jobs
        assert {f"odd-{number}" for number in range(len(ODD))} < set(jobs)
        assert {f"job-{number}" for number in range(_JOBS)} < set(jobs)
        assert all(0 <= job.created_s < 1e11 for job in jobs.values())
        await runs(harness)
    with closing(sqlite3.connect(history)) as connection:
        (left,) = connection.execute("SELECT count(*) FROM jobs WHERE job_id LIKE 'bad-%'")
    assert left == (len(HOSTILE) + 2,)


def _document(odd: dict[str, object]) -> dict[str, object]:
    return {"service": SERVICE, "deployment_id": "x", **odd}
