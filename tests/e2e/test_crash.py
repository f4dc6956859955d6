"""A crash of the real program: it is recorded, reported at the next start, and sent nowhere."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.program import ProgramProcess, ProgramProcesses

CRASH_NOTICE = "The program crashed the last time."


def log_of(data_dir: Path) -> str:
    file = data_dir / "logs" / "runcomfy-desktop.log"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def started(programs: ProgramProcesses, data_dir: Path) -> ProgramProcess:
    """Starts the program and waits for its session, which begins after all messages have been
    shown."""
    before = log_of(data_dir).count("Demo service at") if (data_dir / "logs").is_dir() else 0
    program = programs.start("--demo", "--log-level", "debug", data_dir=data_dir)
    note = data_dir / "demo" / "service.json"
    wait_until(
        "a session begins",
        lambda: note.is_file() and log_of(data_dir).count("Account is") > before,
    )
    return program


def test_a_crash_is_told_once_and_kept(programs: ProgramProcesses, data_dir: Path) -> None:
    program = started(programs, data_dir)
    assert (data_dir / "logs" / "crash.log").read_bytes() == b""
    program.send(signal.SIGSEGV)
    assert program.wait() == -signal.SIGSEGV
    (data_dir / "logs" / "runcomfy-desktop.log").unlink()

    program = started(programs, data_dir)
    wait_until("the crash is told", lambda: CRASH_NOTICE in log_of(data_dir))
    stored = (data_dir / "logs" / "last-crash.log").read_text()
    assert stored.startswith("Fatal Python error: Segmentation fault")
    assert "lifecycle.py" in stored
    assert program.terminate() == 0
    assert not (data_dir / "logs" / "crash.log").exists()
    (data_dir / "logs" / "runcomfy-desktop.log").unlink()

    program = started(programs, data_dir)
    assert program.terminate() == 0
    assert CRASH_NOTICE not in log_of(data_dir)
