"""A history that is damaged, newer, in use or of somebody else's making: set aside or refused,
said in the window, and no job is lost without a word."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.sessions import Wish
from runcomfy_desktop.store.migrations import SCHEMA
from tests.gui.support.house import open_house, turn
from tests.gui.support.runs import running
from tests.support import hostile_places
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.gui.support.house import House


def told(house: House) -> list[str]:
    return [f"{each.notice.title} {each.notice.detail}" for each in house.window.toasts.toasts]


async def with_a_job(folder: Path) -> Path:
    """The history that a window leaves behind in which one run was made."""
    async with open_house(folder, demo=True) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
    return folder / "data" / "demo" / "history.sqlite"


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
class Damage:
    """What happened to the file."""

    name: str
    do: Callable[[Path], object]


DAMAGES = (
    Damage("garbage", lambda path: path.write_bytes(b"this is no database" * 1000)),
    Damage("cut", lambda path: path.write_bytes(path.read_bytes()[:5000])),
    Damage("cut in its head", lambda path: path.write_bytes(path.read_bytes()[:60])),
    Damage("emptied", lambda path: path.write_bytes(b"")),
    Damage("scratched", _scratch),
    Damage("without its table", _sql("DROP TABLE jobs")),
    Damage("another table", _sql("DROP TABLE jobs", "CREATE TABLE jobs (x)")),
    Damage("a version below zero", _sql("PRAGMA user_version = -5")),
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
async def test_a_damaged_history_is_set_aside_and_said(tmp_path: Path, damage: Damage) -> None:
    history = await with_a_job(tmp_path)
    damage.do(history)
    async with open_house(tmp_path, demo=True) as house:
        await until(lambda: told(house))
        kept = history.with_name("history.broken-1.sqlite")
        assert told(house) == [hostile_places.DAMAGED_HISTORY.at(kept=kept)]
        assert await asyncio.to_thread(kept.exists)
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])


def _become(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """In place of the file there is something else."""

    def change(path: Path) -> None:
        path.unlink()
        make(path)

    return change


PLACES = (
    Damage("a folder", _become(lambda path: path.mkdir())),
    Damage("a link in circles", _become(lambda path: path.symlink_to(path.name))),
    Damage("a link to nowhere", _become(lambda path: path.symlink_to("/nowhere/history"))),
    Damage("a folder in place of its log", lambda path: path.with_name(path.name + "-wal").mkdir()),
)


@pytest.mark.parametrize("damage", PLACES, ids=lambda damage: damage.name)
async def test_what_is_no_file_is_refused_and_left_alone(tmp_path: Path, damage: Damage) -> None:
    history = await with_a_job(tmp_path)
    damage.do(history)
    before = await asyncio.to_thread(_names, history.parent)
    with pytest.raises(Problem) as caught:
        async with open_house(tmp_path, demo=True):
            raise AssertionError("Nothing can be written down")
    assert caught.value.sentence() == hostile_places.PROTECTED_HISTORY.at(history=history)
    assert await asyncio.to_thread(_names, history.parent) == before


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    history = await with_a_job(tmp_path)
    history.unlink()
    os.mkfifo(history)
    with pytest.raises(Problem) as caught:
        async with open_house(tmp_path, demo=True):
            raise AssertionError("Nothing can be written down")
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
    history = await with_a_job(tmp_path)
    insert = "INSERT INTO jobs VALUES (?, 'demo', ?, 1.0, 'd', 'r', ?)"
    with closing(sqlite3.connect(history)) as connection:
        for number, document in enumerate(HOSTILE):
            connection.execute(insert, (f"bad-{number}", "queued", document))
        connection.execute(insert, ("bad-state", "no such state", json.dumps(_document(ODD[0]))))
        connection.execute(insert, ("bad-bytes", "queued", b"\xff\xfe"))
        for number, odd in enumerate(ODD):
            connection.execute(insert, (f"odd-{number}", "failed", json.dumps(_document(odd))))
        connection.commit()
    async with open_house(tmp_path, demo=True) as house:
        await until(lambda: told(house))
        assert told(house) == [hostile_places.DAMAGED_ROWS.at(count=len(HOSTILE) + 2)]
        jobs = house.parts.queue.jobs
        assert {f"odd-{number}" for number in range(len(ODD))} < set(jobs)
        assert all(0 <= job.created_s < 1e11 for job in jobs.values())
        await house.until_open()
        await house.press("run")
        await until(lambda: JobState.DONE in house.states()[-1:])
    with closing(sqlite3.connect(history)) as connection:
        (left,) = connection.execute("SELECT count(*) FROM jobs WHERE job_id LIKE 'bad-%'")
    assert left == (len(HOSTILE) + 2,)


def _document(odd: dict[str, object]) -> dict[str, object]:
    return {"service": "demo", "deployment_id": "x", **odd}


async def test_a_history_in_use_is_said_and_tried_again_at_a_press(tmp_path: Path) -> None:
    history = tmp_path / "account" / "history.sqlite"
    history.parent.mkdir()
    # Another program: a backup, or somebody who looks into it with a tool.
    other = sqlite3.connect(history, isolation_level=None)
    other.execute("CREATE TABLE jobs (job_id TEXT)")
    other.execute("DROP TABLE jobs")
    other.execute("BEGIN EXCLUSIVE")
    async with running(tmp_path, Wish.ACCOUNT) as run:
        await until(lambda: run.there("empty_state_button"))
        assert run.text("empty_state_text") == hostile_places.HISTORY_IN_USE.at(history=history)
        other.close()
        await run.press("empty_state_button")
        await until(lambda: run.there("welcome_page"))
        await turn()
        assert not run.there("connect_dialog")


async def test_a_newer_history_is_left_alone(tmp_path: Path) -> None:
    history = tmp_path / "account" / "history.sqlite"
    history.parent.mkdir()
    with closing(sqlite3.connect(history)) as newer:
        newer.execute("CREATE TABLE jobs (job_id TEXT)")
        newer.execute("PRAGMA user_version = 1000")
    before = await asyncio.to_thread(history.read_bytes)
    async with running(tmp_path, Wish.ACCOUNT) as run:
        await until(lambda: run.there("empty_state_button"))
        label = next(
            each for each in run.window.findChildren(QLabel, "empty_state_text") if each.isVisible()
        )
        assert label.text() == hostile_places.NEWER_HISTORY.at(
            history=history, version=SCHEMA.version
        )
    assert await asyncio.to_thread(history.read_bytes) == before
