"""The program on a disk that is full, write-protected or no folder at all, and with what it once
wrote there damaged: said in words, on screen, and no traceback anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.place import Place
from tests.e2e.program import TITLE, wait_until
from tests.support.small_disk import SmallDisk, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Program, Programs

QUICK = ("--cold-start", "0", "--run-time", "0.3")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


def refused(display: Display, program: Program) -> str:
    """What the program said in its one box, which is closed by keyboard."""
    display.focus(display.wait_for_window(TITLE))
    said = program.stderr
    display.press("Return")
    assert program.wait(20) == 1
    assert "Traceback" not in program.stderr
    return said


def test_a_data_folder_that_is_a_file_is_said(
    programs: Programs, display: Display, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    assert refused(display, programs.start(data_dir=file)) == (
        f"The program cannot write to its data folder {file}: a file is in its place. "
        "Nothing was changed. Choose another folder with --data-dir.\n"
    )
    assert file.read_text() == "mine"


@pytest.mark.root
def test_a_full_disk_is_said(programs: Programs, display: Display, disk: SmallDisk) -> None:
    disk.fill()
    assert refused(display, programs.start(data_dir=disk.path)) == (
        f"The disk is full. Nothing more can be written to {disk.path}. Free some space, then try "
        "again. Nothing was changed. Choose another folder with --data-dir.\n"
    )


@pytest.mark.root
def test_a_protected_disk_is_said(programs: Programs, display: Display, disk: SmallDisk) -> None:
    disk.protect()
    assert refused(display, programs.start(data_dir=disk.path)) == (
        f"The program cannot write to its data folder {disk.path}: Read-only file system. "
        "Nothing was changed. Choose another folder with --data-dir.\n"
    )


@pytest.mark.root
def test_a_disk_that_fills_up_loses_no_job_and_prints_no_traceback(
    programs: Programs, display: Display, disk: SmallDisk
) -> None:
    place = Place(programs, display, disk.path / "data")
    place.serve("--cold-start", "0", "--run-time", "5", "--faults", "delay-answer:2")
    program = place.start()
    place.press_run()
    wait_until("the service accepted", lambda: place.accepted() == 1)
    disk.fill()
    wait_until("the request id is on the disk", lambda: place.jobs()[0]["request_id"])
    # The file finds no room, and neither does the log; the job is over all the same.
    wait_until("the result was read", lambda: place.calls().get("result", 0) > 0)
    assert program.terminate() == 0
    assert "Traceback" not in program.stderr

    disk.empty()
    again = place.start()
    place.wait_for_state("done")
    assert place.accepted() == 1
    assert again.terminate() == 0
    assert again.stderr == ""
