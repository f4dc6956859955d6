"""The program on a disk that is full, write-protected or not a folder, or with damaged data files.

A message on the screen reports the problem, and there is no traceback.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.data_folder import FAST_POLLING, ProgramFolder
from tests.e2e.program import TITLE
from tests.support import hostile_environments
from tests.support.process_wait import wait_until
from tests.support.small_disk import SmallDisk, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcess, ProgramProcesses

QUICK = ("--cold-start", "0", "--run-time", "0.3")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


def refused(display: Display, program: ProgramProcess) -> str:
    """Returns the message of the program's only dialog, which is closed by keyboard."""
    display.focus(display.wait_for_window(TITLE))
    message = program.stderr
    display.press("Return")
    assert program.wait(20) == 1
    assert "Traceback" not in program.stderr
    return message


def test_a_data_folder_that_is_a_file_is_said(
    programs: ProgramProcesses, display: Display, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    said = refused(display, programs.start(data_dir=file))
    assert said == hostile_environments.FILE_START.text_with(folder=file) + "\n"
    assert file.read_text() == "mine"


def test_a_data_folder_that_leads_nowhere_is_said(
    programs: ProgramProcesses, display: Display, tmp_path: Path
) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    inside = circle / "data"
    said = refused(display, programs.start("--data-dir", inside))
    assert said == hostile_environments.CIRCLE_START.text_with(folder=inside) + "\n"
    said = refused(display, programs.start("--data-dir", "~nobody-of-this-name/data"))
    assert (
        said
        == hostile_environments.STRANGER_START.text_with(folder="~nobody-of-this-name/data") + "\n"
    )


@pytest.mark.root
def test_a_full_disk_is_said(programs: ProgramProcesses, display: Display, disk: SmallDisk) -> None:
    disk.fill()
    said = refused(display, programs.start(data_dir=disk.path))
    assert said == hostile_environments.FULL_START.text_with(folder=disk.path) + "\n"


@pytest.mark.root
def test_a_protected_disk_is_said(
    programs: ProgramProcesses, display: Display, disk: SmallDisk
) -> None:
    disk.protect()
    said = refused(display, programs.start(data_dir=disk.path))
    assert said == hostile_environments.PROTECTED_START.text_with(folder=disk.path) + "\n"


LAYOUT = b"[window]\ngeometry=@Variant(\\0\\0\\x7f\\xff\\xff\\xff\\xff\\xff)\nlayout=@Size(-1 -1)\n"


def test_damaged_files_of_its_own_are_said_and_begun_anew(
    programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    """Other damaged layouts are tested in tests/gui/main_window/test_window_layouts.py."""
    programs.timeouts = FAST_POLLING
    program_folder = ProgramFolder(programs, display, data_dir)
    (data_dir / "demo").mkdir(parents=True)
    (data_dir / "settings.json").write_text('{"theme": ')
    (data_dir / "window.ini").write_bytes(LAYOUT)
    (data_dir / "demo" / "history.sqlite").write_bytes(b"this is no database" * 1000)
    program_folder.start_service(*QUICK)
    program = program_folder.start("--log-level", "debug")
    program_folder.wait_for_log(
        "Told error: Your settings could not be read, so the usual ones are used."
    )
    program_folder.wait_for_log(
        "Told error: The history of jobs was damaged, and a new one was begun."
    )
    program_folder.press_run()
    program_folder.wait_for_state("done")
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr + program_folder.log()
    assert (data_dir / "settings.broken-1.json").read_text() == '{"theme": '


def test_a_note_of_the_demo_that_somebody_wrote_is_not_followed(
    programs: ProgramProcesses, display: Display, data_dir: Path
) -> None:
    """Further cases are tested in tests/unit/app/test_demo_service.py."""
    (data_dir / "demo").mkdir(parents=True)
    service = data_dir / "demo" / "service.json"
    service.write_text(
        '{"base_url": "http://127.0.0.1:1@evil.example/", "token": "t", "pid": 999999999}'
    )
    program = programs.start("--demo", data_dir=data_dir)
    wait_until("the demo is open", lambda: display.windows("flux-kontext"))
    known = json.loads(service.read_bytes())
    assert known["base_url"].startswith("http://127.0.0.1:")
    assert known["pid"] > 1
    assert program.terminate() == 0
    assert program.stderr == ""


def test_a_folder_far_down_with_every_kind_of_letter_is_a_good_one(
    programs: ProgramProcesses, display: Display, tmp_path: Path
) -> None:
    names = ["a folder with spaces", "Öffentlich — 工作", 'it\'s "quoted" & 100 % #1']
    deep = tmp_path.joinpath(*names, *["and quite far down as well"] * 9)
    assert len(str(deep)) > 300
    programs.timeouts = FAST_POLLING
    program_folder = ProgramFolder(programs, display, deep)
    program_folder.start_service(*QUICK)
    first = program_folder.start()
    program_folder.press_run()
    program_folder.wait_for_state("done")
    (output,) = json.loads(program_folder.history_rows()[0]["document"])["outputs"]
    assert output["path"].startswith(str(deep / "outputs"))
    second = programs.start("--demo", data_dir=deep)
    assert second.wait(20) == 0
    assert first.terminate() == 0
    assert first.stderr + second.stderr == ""


@pytest.mark.root
def test_a_disk_that_fills_up_loses_no_job_and_prints_no_traceback(
    programs: ProgramProcesses, display: Display, disk: SmallDisk
) -> None:
    programs.timeouts = FAST_POLLING
    program_folder = ProgramFolder(programs, display, disk.path / "data")
    program_folder.start_service(
        "--cold-start", "0", "--run-time", "3600", "--faults", "hold@submit"
    )
    program = program_folder.start()
    program_folder.press_run()
    wait_until("the service accepted", lambda: program_folder.accepted_count() == 1)
    disk.fill()
    program_folder.control("faults", "")
    program_folder.control("release", "")
    wait_until(
        "the request id is on the disk", lambda: program_folder.history_rows()[0]["request_id"]
    )
    program_folder.control("skip", "10000")
    # There is no space for the file, nor for the log; the job ends nevertheless.
    wait_until("the result was read", lambda: program_folder.calls().get("result", 0) > 0)
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr

    disk.empty()
    again = program_folder.start()
    program_folder.wait_for_state("done")
    assert program_folder.accepted_count() == 1
    assert again.terminate() == 0
    assert again.stderr == ""
