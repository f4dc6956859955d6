"""Data folders of other versions: a newer one is refused in a sentence and not changed by a byte,
one of the first program is gone on with."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.store.versions import DATA_VERSION
from tests.e2e.place import OFTEN, Place
from tests.e2e.program import TITLE, Programs
from tests.support import hostile_places
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file, with its bytes and when it was written."""
    return {
        each.relative_to(folder).as_posix(): (each.read_bytes(), each.stat().st_mtime_ns)
        for each in folder.rglob("*")
        if each.is_file()
    }


@pytest.fixture(scope="session")
def once_lived_in(display: Display, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a run was made, with a draft, settings and a layout."""
    folder = tmp_path_factory.mktemp("lived-in")
    programs, data_dir = Programs(folder / "programs", display.environment), folder / "data"
    programs.patience = OFTEN
    place = Place(programs, display, data_dir)
    try:
        place.serve("--cold-start", "0", "--run-time", "0")
        program = place.start()
        place.press_run()
        place.wait_for_state("done")
        assert program.terminate() == 0
    finally:
        programs.close()
    (data_dir / "settings.json").write_text('{"theme": "light"}')
    return data_dir


@pytest.fixture
def lived_in(once_lived_in: Path, data_dir: Path) -> Path:
    """A copy of it."""
    shutil.copytree(once_lived_in, data_dir)
    return data_dir


@pytest.mark.parametrize("what", ["folder", "settings"])
def test_data_of_a_newer_version_are_left_alone(
    programs: Programs, display: Display, lived_in: Path, what: str
) -> None:
    if what == "folder":
        note = lived_in / "data-version.json"
        note.write_text(json.dumps({"data_version": DATA_VERSION + 1, "program": "9.1.0"}))
        sentence = hostile_places.NEWER_FOLDER.at(folder=lived_in, version="9.1.0")
    else:
        settings = lived_in / "settings.json"
        settings.write_text(json.dumps({"version": 1000}))
        sentence = hostile_places.NEWER_SETTINGS.at(settings=settings)
    before = contents(lived_in)
    program = programs.start("--demo", data_dir=lived_in)
    box = display.wait_for_window(TITLE)
    assert program.stderr == sentence + "\n"
    # Who clicks again, because the box is behind another window, hears the same, and at once.
    again = programs.start("--demo", data_dir=lived_in)
    wait_until("it is told again", lambda: again.stderr, 12)
    assert again.stderr == sentence + "\n"
    again.kill()
    display.focus(box)
    display.press("Return")
    assert program.wait(20) == 1
    assert contents(lived_in) == before


def test_a_folder_of_the_first_program_is_gone_on_with_and_marked(
    programs: Programs, display: Display, lived_in: Path
) -> None:
    (lived_in / "data-version.json").unlink()
    jobs = lived_in / "demo" / "history.sqlite"
    place = Place(programs, display, lived_in)
    place.serve()
    program = place.start()
    note = lived_in / "data-version.json"
    wait_until("it is marked", note.exists)
    assert json.loads(note.read_bytes()) == {
        "data_version": DATA_VERSION,
        "program": __version__,
    }
    assert program.terminate() == 0
    with closing(sqlite3.connect(jobs)) as connection:
        assert connection.execute("SELECT state FROM jobs").fetchall() == [("done",)]
