"""One window for each data folder: a second start passes its file to the first and ends."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.data_folder import ProgramFolder
from tests.e2e.program import TITLE
from tests.support import hostile_environments
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

WORKFLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "my hills.json"
    written.write_text(json.dumps(WORKFLOW))
    return written


@pytest.mark.parametrize("name", ["my hills.json", "my hills\udcff.json"], ids=ascii)
def test_a_file_reaches_the_window_that_is_open(
    programs: ProgramProcesses, display: Display, data_dir: Path, file: Path, name: str
) -> None:
    programs.start("--demo", data_dir=data_dir)
    display.wait_for_window(TITLE)

    moved = file.rename(file.with_name(name))
    second = programs.start("--demo", "--open", moved, data_dir=data_dir)
    assert second.wait(20) == 0
    wait_until("the first window shows the file", lambda: display.windows("my hills"), 20)
    assert len(display.windows(TITLE)) == 1


def test_one_folder_by_two_names_is_one_window(
    programs: ProgramProcesses,
    display: Display,
    tmp_path: Path,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The usual folder is behind a symbolic link, as on a computer whose disk was once full."""
    real = tmp_path / "large-disk"
    (real / "runcomfy-desktop").mkdir(parents=True)
    (tmp_path / "share").symlink_to(real)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    first = programs.start("--demo")
    wait_until("it listens", lambda: display.windows("flux-kontext"))
    second = programs.start("--demo", "--open", file, data_dir=real / "runcomfy-desktop")
    assert second.wait(12) == 0, second.stderr
    wait_until("the first window shows the file", lambda: display.windows("my hills"), 20)
    assert first.terminate() == 0


def test_of_two_starts_at_once_one_becomes_the_window(
    programs: ProgramProcesses, display: Display, data_dir: Path, file: Path
) -> None:
    both = [programs.start("--demo", "--open", file, data_dir=data_dir) for _start in range(2)]
    wait_until("one of them has ended", lambda: sum(each.is_running for each in both) == 1)
    (ended,) = (each for each in both if not each.is_running)
    assert ended.wait() == 0
    assert ended.stderr == ""
    wait_until("the other shows the file", lambda: display.windows("my hills"))
    assert len(display.windows(TITLE)) == 1


def test_after_a_kill_the_next_start_is_the_window(
    programs: ProgramProcesses, display: Display, data_dir: Path, file: Path
) -> None:
    first = programs.start("--demo", data_dir=data_dir)
    display.wait_for_window(TITLE)
    wait_until("it listens", lambda: (data_dir / "demo" / "history.sqlite").exists())
    first.kill()
    assert (data_dir / "window.lock").exists()
    second = programs.start("--demo", "--open", file, data_dir=data_dir)
    wait_until("the second shows the file", lambda: display.windows("my hills"))
    assert second.terminate() == 0
    assert second.stderr == ""


def test_a_start_while_the_window_closes_waits_and_becomes_the_window(
    programs: ProgramProcesses, display: Display, data_dir: Path, file: Path
) -> None:
    program_folder = ProgramFolder(programs, display, data_dir)
    program_folder.start_service(
        "--cold-start", "0", "--run-time", "30", "--faults", "delay-answer:4"
    )
    first = program_folder.start()
    program_folder.press_run()
    wait_until("the service accepted", lambda: program_folder.accepted_count() == 1)
    os.kill(first.pid, signal.SIGTERM)
    wait_until("it says what it waits for", lambda: not display.windows("flux-kontext"))
    second = programs.start("--demo", "--open", file, data_dir=data_dir)
    assert first.wait() == 0
    wait_until("the second shows the file", lambda: display.windows("my hills"))
    assert second.is_running
    assert program_folder.accepted_count() == 1


def test_a_window_that_hangs_is_said(
    programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    first = programs.start("--demo", data_dir=data_dir)
    window = display.wait_for_window(TITLE)
    wait_until("it listens", lambda: (data_dir / "demo" / "history.sqlite").exists())
    os.kill(first.pid, signal.SIGSTOP)
    programs.timeouts = "window=2"
    second = programs.start("--demo", data_dir=data_dir)
    wait_until("a box says so", lambda: set(display.windows(TITLE)) - {window})
    (box,) = set(display.windows(TITLE)) - {window}
    assert second.stderr == hostile_environments.HANGING.expected_text + "\n"
    display.focus(box)
    display.press("Return")
    assert second.wait(20) == 1
    os.kill(first.pid, signal.SIGCONT)
    assert first.terminate() == 0


def test_a_lock_that_somebody_removed_opens_no_second_window(
    programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    programs.start("--demo", data_dir=data_dir)
    display.wait_for_window(TITLE)
    (data_dir / "window.lock").unlink()
    second = programs.start("--demo", data_dir=data_dir)
    assert second.wait(20) == 0
    assert len(display.windows(TITLE)) == 1
