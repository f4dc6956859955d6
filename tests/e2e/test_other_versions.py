"""Data folders of other versions: a newer one is refused and left unchanged.

A folder of the first version can be used.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.store.data_versions import DATA_VERSION
from tests.e2e.data_folder import FAST_POLLING, ProgramFolder
from tests.e2e.program import TITLE, ProgramProcesses
from tests.support import hostile_environments
from tests.support.process_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Returns every file with its content and its modification time."""
    return {
        each.relative_to(folder).as_posix(): (each.read_bytes(), each.stat().st_mtime_ns)
        for each in folder.rglob("*")
        if each.is_file()
    }


@pytest.fixture(scope="session")
def used_data_dir_template(display: Display, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a run was made, with a draft, settings and a layout."""
    folder = tmp_path_factory.mktemp("lived-in")
    programs, data_dir = ProgramProcesses(folder / "programs", display.environment), folder / "data"
    programs.timeouts = FAST_POLLING
    program_folder = ProgramFolder(programs, display, data_dir)
    try:
        program_folder.start_service("--cold-start", "0", "--run-time", "0")
        program = program_folder.start()
        program_folder.press_run()
        program_folder.wait_for_state("done")
        assert program.terminate() == 0
    finally:
        programs.close()
    (data_dir / "settings.json").write_text('{"theme": "light"}')
    return data_dir


@pytest.fixture
def used_data_dir(used_data_dir_template: Path, data_dir: Path) -> Path:
    """A copy of the used data folder."""
    shutil.copytree(used_data_dir_template, data_dir)
    return data_dir


@pytest.mark.parametrize("what", ["folder", "settings"])
def test_data_of_a_newer_version_are_left_alone(
    programs: ProgramProcesses, display: Display, used_data_dir: Path, what: str
) -> None:
    if what == "folder":
        note = used_data_dir / "data-version.json"
        note.write_text(json.dumps({"data_version": DATA_VERSION + 1, "program": "9.1.0"}))
        sentence = hostile_environments.NEWER_FOLDER.text_with(
            folder=used_data_dir, version="9.1.0"
        )
    else:
        settings = used_data_dir / "settings.json"
        settings.write_text(json.dumps({"version": 1000}))
        sentence = hostile_environments.NEWER_SETTINGS.text_with(settings=settings)
    before = contents(used_data_dir)
    program = programs.start("--demo", data_dir=used_data_dir)
    box = display.wait_for_window(TITLE)
    assert program.stderr == sentence + "\n"
    # A second start while the dialog is open gets the same message, at once.
    again = programs.start("--demo", data_dir=used_data_dir)
    wait_until("it is told again", lambda: again.stderr.endswith("\n"), 12)
    assert again.stderr == sentence + "\n"
    again.kill()
    display.focus(box)
    display.press("Return")
    assert program.wait(20) == 1
    assert contents(used_data_dir) == before


def test_a_folder_of_the_first_program_is_gone_on_with_and_marked(
    programs: ProgramProcesses, display: Display, used_data_dir: Path
) -> None:
    (used_data_dir / "data-version.json").unlink()
    jobs = used_data_dir / "demo" / "history.sqlite"
    program_folder = ProgramFolder(programs, display, used_data_dir)
    program_folder.start_service()
    program = program_folder.start()
    note = used_data_dir / "data-version.json"
    wait_until("it is marked", note.exists)
    assert json.loads(note.read_bytes()) == {
        "data_version": DATA_VERSION,
        "program": __version__,
    }
    assert program.terminate() == 0
    with closing(sqlite3.connect(jobs)) as connection:
        assert connection.execute("SELECT state FROM jobs").fetchall() == [("done",)]
