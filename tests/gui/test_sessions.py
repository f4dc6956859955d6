"""Sessions follow each other under one window: first run, demo, account, and one that fails."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from runcomfy_desktop.core.account import KeyHolder
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.paths import Paths
from runcomfy_desktop.session import Surroundings
from runcomfy_desktop.sessions import Sessions, Wish
from runcomfy_desktop.store.credentials import Credentials, without_keyring
from runcomfy_desktop.ui.main_window import MainWindow
from runcomfy_desktop.ui.pictures import measure
from tests.gui.support.hands import find
from tests.gui.support.house import turn
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOBODY = "http://127.0.0.1:9"


class Run:
    """A window whose sessions run as in the program."""

    def __init__(self, window: MainWindow, sessions: Sessions, paths: Paths) -> None:
        self.window = window
        self.sessions = sessions
        self.paths = paths

    def there(self, name: str) -> bool:
        return any(each.isVisible() for each in self.window.findChildren(QWidget, name))

    def text(self, name: str) -> str:
        return find(self.window, QLabel, name).text()

    async def press(self, name: str) -> None:
        find(self.window, QPushButton, name).click()
        await turn()

    def action(self, name: str) -> QAction:
        return next(each for each in self.window.findChildren(QAction) if each.objectName() == name)

    def demo_pid(self) -> int:
        return int(json.loads(self.paths.emulator.read_bytes())["pid"])


@asynccontextmanager
async def running(folder: Path, wish: Wish) -> AsyncIterator[Run]:
    paths = Paths(folder, folder / "outputs")
    preferences = Preferences(Settings(), lambda _settings: None)
    window = MainWindow(preferences, folder / "window.ini", lambda _text: "")
    credentials = Credentials(find=without_keyring)
    around = Surroundings(paths, preferences, Notices(), credentials, KeyHolder(), measure)
    sessions = Sessions(window, around, NOBODY)
    window.show()
    tasks = Tasks()
    task = tasks.start("sessions", sessions.run(wish))
    try:
        yield Run(window, sessions, paths)
    finally:
        window.close()
        await asyncio.wait_for(task, 20)
        await credentials.close()
        await tasks.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


async def test_a_first_run_leads_into_the_demo_with_one_click_and_out_again(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, Wish.ACCOUNT) as run:
        await until(lambda: run.there("welcome_demo"))
        await run.press("welcome_demo")
        await until(lambda: run.there("inputs_tree"))
        pid = run.demo_pid()
        assert is_alive(pid)

        run.action("connect_key_action").trigger()
        await until(lambda: run.there("welcome_page") and not is_alive(pid))
        await until(lambda: any(each.isVisible() for each in _dialogs(run.window)))


def _dialogs(window: MainWindow) -> list[QWidget]:
    return window.findChildren(QWidget, "connect_dialog")


async def test_closing_the_window_ends_the_demo_service(tmp_path: Path) -> None:
    async with running(tmp_path, Wish.DEMO) as run:
        await until(lambda: run.there("inputs_tree"))
        pid = run.demo_pid()
        assert is_alive(pid)
    await until(lambda: not is_alive(pid))


async def test_a_session_that_cannot_begin_says_why_and_offers_the_demo(tmp_path: Path) -> None:
    history = tmp_path / "account" / "history.sqlite"
    history.parent.mkdir()
    with closing(sqlite3.connect(history)) as newer:
        newer.execute("PRAGMA user_version = 1000")
    async with running(tmp_path, Wish.ACCOUNT) as run:
        await until(lambda: "newer version" in run.text("empty_state_text"))
        assert run.action("demo_action").isEnabled()
        await run.press("empty_state_button")
        await until(lambda: run.there("inputs_tree"))
