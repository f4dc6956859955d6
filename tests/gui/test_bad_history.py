"""A history that is damaged, newer or in use: the window says so. What becomes of each damaged one
is for `tests/unit/core/test_bad_history.py`."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from runcomfy_desktop.sessions import Wish
from runcomfy_desktop.store.migrations import SCHEMA
from tests.gui.support.house import open_house, turn
from tests.gui.support.runs import running
from tests.support import hostile_places
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_damaged_history_is_said(tmp_path: Path) -> None:
    history = tmp_path / "data" / "demo" / "history.sqlite"
    history.parent.mkdir(parents=True)
    history.write_bytes(b"this is no database" * 1000)
    async with open_house(tmp_path, demo=True) as house:
        await until(house.notices)
        kept = history.with_name("history.broken-1.sqlite")
        told = [f"{each.title} {each.detail}" for each in house.window.notice_line.notices]
        assert told == [hostile_places.DAMAGED_HISTORY.at(kept=kept)]
        assert await asyncio.to_thread(kept.exists)
        await house.until_open()


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
