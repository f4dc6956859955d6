"""Sessions follow each other in one window: first run, demo, account, and a failing one."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.app.session_manager import SessionRequest
from runcomfy_desktop.paths import Paths, SessionPaths
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.session_runs import UNREACHABLE_URL, run_sessions
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

POOL_THREADS = 4
"""Maximum number of threads in the loop's pool; a fifth would be counted."""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


async def test_a_first_run_leads_into_the_demo_with_one_click_and_out_again(
    tmp_path: Path,
) -> None:
    async with run_sessions(tmp_path, SessionRequest.ACCOUNT) as run:
        await wait_until(lambda: run.is_visible("welcome_demo"))
        await run.press("welcome_demo")
        await wait_until(lambda: run.is_visible("pinned_tree"))
        pid = run.demo_pid()
        assert is_alive(pid)

        run.action("connect_key_action").trigger()
        await wait_until(lambda: run.is_visible("welcome_page") and not is_alive(pid))
        await wait_until(lambda: any(each.isVisible() for each in _dialogs(run.window)))


async def test_an_ended_session_is_freed_before_the_next_one(tmp_path: Path) -> None:
    async with run_sessions(tmp_path, SessionRequest.DEMO) as run:
        await wait_until(lambda: run.is_visible("pinned_tree"))
        assert run.sessions.services is not None
        queue = weakref.ref(run.sessions.services.queue)
        tree = weakref.ref(find(run.window, QWidget, "pinned_tree"))
        run.action("connect_key_action").trigger()
        await wait_until(lambda: run.is_visible("welcome_page"))
        assert queue() is None
        assert tree() is None


def open_files() -> int:
    """Returns the number of open files and sockets; 0 if the system does not list them."""
    return sum(1 for _each in Path("/proc/self/fd").glob("*"))


def threads() -> int:
    """Returns the number of threads, with the loop's pool counted as full.

    The pool starts one more of its few threads whenever all are busy.
    """
    names = [each.name for each in threading.enumerate()]
    begun = sum(name.startswith("files_") for name in names)
    return len(names) - begun + max(begun, POOL_THREADS)


def _dialogs(window: MainWindow) -> list[QWidget]:
    return window.findChildren(QWidget, "connect_dialog")


async def test_closing_the_window_ends_the_demo_service(tmp_path: Path) -> None:
    async with run_sessions(tmp_path, SessionRequest.DEMO) as run:
        await wait_until(lambda: run.is_visible("pinned_tree"))
        pid = run.demo_pid()
        assert is_alive(pid)
    await wait_until(lambda: not is_alive(pid))


async def test_a_session_that_cannot_begin_says_why_and_offers_the_demo(tmp_path: Path) -> None:
    history = tmp_path / "account" / "history.sqlite"
    history.parent.mkdir()
    with closing(sqlite3.connect(history)) as newer:
        newer.execute("PRAGMA user_version = 1000")
    async with run_sessions(tmp_path, SessionRequest.ACCOUNT) as run:
        await wait_until(lambda: "newer version" in run.text("empty_state_text"))
        assert run.action("demo_action").isEnabled()
        await run.press("empty_state_button")
        await wait_until(lambda: run.is_visible("pinned_tree"))


OTHER = "http://127.0.0.1:10"


async def test_another_address_begins_a_session_there_and_leaves_the_demo_alone(
    tmp_path: Path,
) -> None:
    async with run_sessions(tmp_path, SessionRequest.ACCOUNT, fixed_url="") as run:
        await wait_until(lambda: run.is_visible("welcome_page"))
        run.preferences.set(base_url=OTHER)
        await wait_until(lambda: run.service() == OTHER)
        await wait_until(lambda: run.is_visible("welcome_demo"))
        await run.press("welcome_demo")
        await wait_until(lambda: run.is_visible("pinned_tree"))
        demo = run.sessions.services

        run.preferences.set(base_url=UNREACHABLE_URL)
        for _round in range(50):
            await process_events_async()
        assert run.sessions.services is demo
        assert run.is_visible("pinned_tree")

        run.action("connect_key_action").trigger()
        await wait_until(lambda: run.service() == UNREACHABLE_URL)


@dataclass(frozen=True)
class UnavailablePaths(Paths):
    """Paths whose session raises an unexpected error."""

    there: list[bool] = field(default_factory=list)

    def session(self, *, demo: bool) -> SessionPaths:
        if not self.there:
            raise LookupError("nobody thought of this")
        return Paths.session(self, demo=demo)


@pytest.mark.logs_errors
async def test_a_fault_of_ours_at_the_begin_of_a_session_is_said_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    paths = UnavailablePaths(tmp_path, tmp_path / "outputs")
    async with run_sessions(tmp_path, SessionRequest.ACCOUNT, paths=paths) as run:
        await wait_until(lambda: "Something unexpected" in run.text("empty_state_text"))
        paths.there.append(True)
        await run.press("empty_state_button")
        await wait_until(lambda: run.is_visible("welcome_page"))


async def test_a_window_closed_while_a_session_begins_opens_nothing_more(tmp_path: Path) -> None:
    async with run_sessions(tmp_path, SessionRequest.DEMO) as run:
        await wait_until(lambda: run.is_visible("pinned_tree"))
        run.action("connect_key_action").trigger()
        await wait_until(lambda: not run.is_visible("pinned_tree"))
        # The old session is still closing, and the next one does not exist yet.
        run.window.close()
        await wait_until(lambda: run.is_over)
        assert not run.paths.session(demo=False).history.exists()
        assert not run.window.findChildren(QWidget, "connect_dialog")


async def test_many_changes_of_mind_leave_nothing_open(tmp_path: Path) -> None:
    async with run_sessions(tmp_path, SessionRequest.DEMO) as run:
        await wait_until(lambda: run.is_visible("pinned_tree"))
        counts = []
        for _round in range(3):
            run.action("connect_key_action").trigger()
            await wait_until(lambda: run.is_visible("welcome_page"))
            await run.press("welcome_demo")
            await wait_until(lambda: run.is_visible("pinned_tree"))
            counts.append((threads(), open_files()))
        # The last session may still be closing.
        await wait_until(lambda: threads() <= counts[0][0] and open_files() <= counts[0][1])
