"""A history that is damaged, newer or in use: the window reports it.

The handling of each damage is tested in `tests/unit/core/jobs/test_damaged_history.py`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from runcomfy_desktop.app.session_manager import SessionRequest
from runcomfy_desktop.store.migrations import SCHEMA
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.session_runs import run_sessions
from tests.support import hostile_environments
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_damaged_history_is_said(tmp_path: Path) -> None:
    history = tmp_path / "data" / "demo" / "history.sqlite"
    history.parent.mkdir(parents=True)
    history.write_bytes(b"this is no database" * 1000)
    async with open_program(tmp_path, demo=True) as program:
        await wait_until(program.notices)
        stored = history.with_name("history.broken-1.sqlite")
        received = [f"{each.title} {each.detail}" for each in program.window.notice_line.notices]
        assert received == [hostile_environments.DAMAGED_HISTORY.text_with(kept=stored)]
        assert await asyncio.to_thread(stored.exists)
        await program.wait_until_open()


async def test_a_history_in_use_is_said_and_tried_again_at_a_press(tmp_path: Path) -> None:
    history = tmp_path / "account" / "history.sqlite"
    history.parent.mkdir()
    # Another program, such as a backup or a database tool.
    other = sqlite3.connect(history, isolation_level=None)
    other.execute("CREATE TABLE jobs (job_id TEXT)")
    other.execute("DROP TABLE jobs")
    other.execute("BEGIN EXCLUSIVE")
    async with run_sessions(tmp_path, SessionRequest.ACCOUNT) as run:
        await wait_until(lambda: run.is_visible("empty_state_button"))
        assert run.text("empty_state_text") == hostile_environments.HISTORY_IN_USE.text_with(
            history=history
        )
        other.close()
        await run.press("empty_state_button")
        await wait_until(lambda: run.is_visible("welcome_page"))
        await process_events_async()
        assert not run.is_visible("connect_dialog")


async def test_a_newer_history_is_left_alone(tmp_path: Path) -> None:
    history = tmp_path / "account" / "history.sqlite"
    history.parent.mkdir()
    with closing(sqlite3.connect(history)) as newer:
        newer.execute("CREATE TABLE jobs (job_id TEXT)")
        newer.execute("PRAGMA user_version = 1000")
    before = await asyncio.to_thread(history.read_bytes)
    async with run_sessions(tmp_path, SessionRequest.ACCOUNT) as run:
        await wait_until(lambda: run.is_visible("empty_state_button"))
        label = next(
            each for each in run.window.findChildren(QLabel, "empty_state_text") if each.isVisible()
        )
        assert label.text() == hostile_environments.NEWER_HISTORY.text_with(
            history=history, version=SCHEMA.version
        )
    assert await asyncio.to_thread(history.read_bytes) == before
