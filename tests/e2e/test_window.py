"""The window of a real start: with an empty folder, a refused address, and a newer history."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from tests.e2e.program import PROJECT, TITLE
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

# A port without a listener, like a computer without a network.
NOBODY = "http://127.0.0.1:9"


def test_the_first_start_needs_neither_key_nor_network(
    programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    program = programs.start("--base-url", NOBODY, data_dir=data_dir)
    window = display.wait_for_window(TITLE)
    # The window has the class of the launcher's entry, so a desktop shows both under one icon.
    entry = next((PROJECT / "packaging" / "linux").glob("*.desktop")).read_text(encoding="utf-8")
    (named,) = re.findall(r"^StartupWMClass=(.+)$", entry, re.MULTILINE)
    found = display.xdotool("search", "--onlyvisible", "--class", f"^{named}$")
    assert str(window) in found.split()
    wait_until("the session is open", lambda: (data_dir / "account/history.sqlite").exists())
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr


def test_an_address_that_is_not_allowed_is_refused_in_words(
    programs: ProgramProcesses, data_dir: Path
) -> None:
    program = programs.start("--base-url", "http://api.example.com", data_dir=data_dir)
    assert program.wait() == 2
    assert "https" in program.stderr
    assert "Traceback" not in program.stderr


def test_a_history_of_a_newer_version_is_left_alone_and_the_window_stays(
    programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    history = data_dir / "account" / "history.sqlite"
    history.parent.mkdir(parents=True)
    with closing(sqlite3.connect(history)) as newer:
        newer.execute("CREATE TABLE jobs (job_id TEXT)")
        newer.execute("PRAGMA user_version = 1000")
    before = history.read_bytes()
    program = programs.start("--base-url", NOBODY, data_dir=data_dir)
    display.wait_for_window(TITLE)
    wait_until("it has started", lambda: "starts" in _log(data_dir))
    time.sleep(1)
    assert program.is_running
    assert program.terminate() == 0
    assert history.read_bytes() == before
    assert "Traceback" not in program.stderr


def _log(data_dir: Path) -> str:
    log = data_dir / "logs" / "runcomfy-desktop.log"
    return log.read_text() if log.exists() else ""
