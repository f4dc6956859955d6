"""An installation with a broken part: a message names it as soon as the part is needed."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import TITLE
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses


# Imported before, with, and long after the first frame, in the order of the start.
@pytest.mark.parametrize("part", ["platformdirs", "qasync", "httpx", "sqlite3"])
def test_a_broken_part_is_told_in_a_sentence(
    programs: ProgramProcesses,
    display: Display,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / f"{part}.py").write_text("raise ImportError('this part is broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    program = programs.start()
    wait_until("it has said something", lambda: program.stderr)
    display.focus(display.wait_for_window(TITLE))
    message = program.stderr
    display.press("Return")
    assert program.wait() == 1
    assert message.splitlines() == [message.strip()], "one line"
    assert "this part is broken" in message
    assert "Install it again" in message
    if part != "platformdirs":
        log = tmp_path / "share/runcomfy-desktop/logs/runcomfy-desktop.log"
        assert str(log) in message
        assert "Traceback" in log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_behind_the_first_frame_ends_it_without_a_word(
    programs: ProgramProcesses, display: Display, data_dir: Path, number: signal.Signals
) -> None:
    program = programs.start(data_dir=data_dir)
    display.wait_for_window(TITLE)
    program.send(number)
    assert program.wait(20) in (0, -number)
    assert program.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_first_frame_ends_it_without_a_word(
    programs: ProgramProcesses, data_dir: Path, number: signal.Signals
) -> None:
    program = programs.start(data_dir=data_dir)
    lock = data_dir / "window.lock"
    wait_until("it has got its folder", lock.exists, pause_s=0.001)
    program.send(number)
    assert program.wait(20) in (0, -number)
    assert program.stderr == ""
    again = programs.start(data_dir=data_dir)
    wait_until("the lock is free", lambda: (data_dir / "account/history.sqlite").exists())
    assert again.terminate() == 0
