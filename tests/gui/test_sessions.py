"""Sessions follow each other under one window: first run, demo, account, and one that fails."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from runcomfy_desktop.sessions import Wish
from tests.gui.support.runs import running
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.main_window import MainWindow


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
