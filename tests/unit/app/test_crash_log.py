"""Crash log, tested with processes that really crash."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.app import crash_log

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import os, signal, sys
from pathlib import Path
from runcomfy_desktop.app.crash_log import record_crashes
def innermost_part():
    {deed}
with record_crashes(Path(sys.argv[1])) as crashed:
    print(crashed, flush=True)
    innermost_part()
"""
CLEAN_EXIT = "pass"


def run(folder: Path, deed: str) -> tuple[str, int]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(deed=deed), folder],
        env={name: value for name, value in os.environ.items() if name != "PYTHONFAULTHANDLER"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return ended.stdout.strip(), ended.returncode


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL])
def test_a_crash_is_kept_and_told_once_at_the_next_start(
    tmp_path: Path, number: signal.Signals
) -> None:
    assert run(tmp_path, f"os.kill(os.getpid(), {number.value})") == ("False", -number)
    assert run(tmp_path, CLEAN_EXIT) == ("True", 0)
    assert run(tmp_path, CLEAN_EXIT) == ("False", 0)
    # The log can still be viewed.
    lines = crash_log.last_crash(tmp_path, 50)
    assert lines[0].startswith("Fatal Python error")
    assert any("innermost_part" in line for line in lines)
    assert len(crash_log.last_crash(tmp_path, 2)) == 2


def test_an_end_that_is_no_crash_leaves_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, CLEAN_EXIT) == ("False", 0)
    assert list(tmp_path.iterdir()) == []
    assert run(tmp_path, "sys.exit(3)") == ("False", 3)
    assert list(tmp_path.iterdir()) == []
    # This is the same as a power failure, or a kill by the user.
    assert run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)") == ("False", -signal.SIGKILL)
    assert run(tmp_path, CLEAN_EXIT) == ("False", 0)
    assert crash_log.last_crash(tmp_path, 50) == []


def test_only_the_person_can_read_it_and_it_has_a_bound(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    with crash_log.record_crashes(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "crash.log").stat().st_mode) == 0o600
    (folder / "crash.log").write_bytes(b"Windows fatal exception\n" * 100_000)
    with crash_log.record_crashes(folder) as crashed:
        assert crashed
        assert (folder / "last-crash.log").stat().st_size <= 100_000


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    with crash_log.record_crashes(tmp_path / "logs") as crashed:
        assert not crashed


def test_whatever_else_is_in_its_place_holds_up_no_start(tmp_path: Path) -> None:
    """A pipe or a folder in place of the crash log does not block the start.

    Opening a pipe without a reader would wait forever, before there is a window.
    """
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "crash.log")
    assert run(tmp_path / "pipe", CLEAN_EXIT) == ("False", 0)
    (tmp_path / "folder" / "crash.log" / "something").mkdir(parents=True)
    assert run(tmp_path / "folder", CLEAN_EXIT) == ("False", 0)
    assert (tmp_path / "folder" / "crash.log" / "something").is_dir()
    os.mkfifo(tmp_path / "last-crash.log")
    assert crash_log.last_crash(tmp_path, 50) == []
