"""Requests of the desktop to open paths, file URLs and links, all in a single window.

They arrive at a first and a second start, and as events of the system.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.app_link import deployment_link
from tests.e2e.data_folder import ProgramFolder
from tests.e2e.program import TITLE
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
QUESTION = "A link wants to open a deployment"
WORKFLOW = {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "my hills.json"
    written.write_text(json.dumps(WORKFLOW))
    return written


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    made = ProgramFolder(programs, display, data_dir)
    made.start_service()
    return made


def agree(display: Display) -> None:
    """Presses the button that opens the deployment; the focus is on the other button first."""
    display.focus(display.wait_for_window(QUESTION))
    display.press("shift+Tab", "space")
    wait_until("the question is gone", lambda: not display.windows(QUESTION))


def shows(display: Display, program_folder: ProgramFolder) -> None:
    """Checks that the linked deployment is in the window, and nothing was submitted."""
    wait_until("it shows the deployment", lambda: display.windows("flux"))
    wait_until("it was read", lambda: program_folder.calls().get("read", 0) > 0)
    assert program_folder.accepted_count() == 0
    assert program_folder.history_rows() == []
    assert len(display.windows(TITLE)) == 1


def test_a_link_at_a_second_start_is_asked_about_in_the_first_window(
    program_folder: ProgramFolder, programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    program_folder.start()
    second = programs.start("--demo", deployment_link(FLUX), data_dir=data_dir)
    assert second.wait(20) == 0
    assert second.stderr == ""
    display.wait_for_window(QUESTION)
    assert program_folder.calls().get("submit", 0) == 0
    agree(display)
    shows(display, program_folder)


def test_a_link_at_the_first_start_waits_for_the_window(
    program_folder: ProgramFolder, display: Display
) -> None:
    program_folder.open_window(deployment_link(FLUX))
    agree(display)
    shows(display, program_folder)


def test_the_address_of_a_file_at_a_second_start_arrives_in_the_first_window(
    program_folder: ProgramFolder,
    programs: ProgramProcesses,
    display: Display,
    data_dir: Path,
    file: Path,
) -> None:
    program_folder.start()
    second = programs.start("--demo", file.as_uri(), data_dir=data_dir)
    assert second.wait(20) == 0
    wait_until("the first window shows the file", lambda: display.windows("my hills"), 20)
    assert len(display.windows(TITLE)) == 1


def test_a_hostile_link_stops_nobody(
    program_folder: ProgramFolder,
    programs: ProgramProcesses,
    display: Display,
    data_dir: Path,
    file: Path,
) -> None:
    program_folder.start()
    endless = programs.start("--demo", f"runcomfy-desktop:{'x' * 100_000}", data_dir=data_dir)
    assert endless.wait(20) == 0
    smuggled = programs.start(
        "--demo", deployment_link(FLUX), "--base-url", "https://evil.example", data_dir=None
    )
    assert smuggled.wait(20) == 2
    assert "nothing may follow a link" in smuggled.stderr
    second = programs.start("--demo", file, data_dir=data_dir)
    assert second.wait(20) == 0
    wait_until("the first window shows the file", lambda: display.windows("my hills"), 20)
    assert not display.windows(QUESTION)


def test_the_system_hands_over_a_file_before_there_is_a_window(
    programs: ProgramProcesses, display: Display, data_dir: Path, file: Path
) -> None:
    words = [file.as_uri(), "--demo", "--data-dir", str(data_dir)]
    program = programs.run("tests.support.opened_by_system", words, data_dir)
    wait_until("it shows the file", lambda: display.windows("my hills"))
    assert program.terminate() == 0
    assert program.stderr == ""


def test_the_system_hands_over_a_link_before_there_is_a_window(
    program_folder: ProgramFolder, programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    many = ",".join(["runcomfy-desktop:x"] * 100 + [deployment_link(FLUX)] * 100)
    words = [deployment_link(FLUX) + "," + many, "--demo", "--data-dir", str(data_dir)]
    program = programs.run("tests.support.opened_by_system", words, data_dir)
    agree(display)
    shows(display, program_folder)
    assert program.terminate() == 0
    assert program.stderr == ""
