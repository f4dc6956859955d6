"""Hostile workflow files, opened by a user: a sentence on screen, or a workflow in the tree.

Nothing is written or asked outside its place, and nothing of a file's content is in the log. What
each file gets is for `tests/unit/core/test_files_hostile.py`; here are those of each kind whose
words or names a window might show otherwise than they are, and everything that opens.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.gui.support.hostile_house import files, quiet_house, said, shown
from tests.gui.support.house import turn
from tests.support.hostile import OPENS, Case, as_somebody_else, called
from tests.support.hostile_workflows import OPENED, REFUSED
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

_UNREAD = "Your earlier changes to this workflow could not be read."
# No two with one title behind each other: each is seen to take the place of the one before.
_SAID = (
    "words",
    "a picture called .json",
    "50 MB",
    "30 million brackets",
    "the editor's own format, with nothing to run",
    "a pipe",
    "a name of 300 letters",
    "a name with markup, a line break and a mark that turns text around",
    "a name that is no UTF-8",
)


def case_called(name: str) -> Case:
    (case,) = called(REFUSED, name)
    return case


def made(case: Case, folder: Path) -> Path:
    """The case's file in a folder of its own: several have the same name."""
    folder.mkdir()
    return case.make(folder)


async def opened(house: House, path: Path) -> None:
    """Drops a file on the window until it is in view, or something is said."""
    await house.drop(files(path))
    recent, before = house.preferences, house.notices()
    await until(
        lambda: recent.settings.recent_files[:1] == (str(path),) or house.notices() != before
    )
    await turn()
    house.window.grab()


async def refused(house: House, path: Path, gets: str) -> None:
    """Opens a file until the only notice on screen is this one."""
    house.window.open_arrival(str(path))
    await until(lambda: house.notices() == [gets], saying=house.notices)
    await turn()


async def test_a_file_that_cannot_be_opened_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        before = house.parts.workbench.state.draft
        for number, case in enumerate(map(case_called, _SAID)):
            path = made(case, tmp_path / "files" / str(number))
            await refused(house, path, case.gets)
            title, detail = said(house)
            assert title == case.gets, case.name
            assert case.detail in detail, case.name
            assert house.parts.workbench.state.draft is before, f"{case.name}: what was open stays"
        assert house.preferences.settings.recent_files == ()


async def test_a_file_of_somebody_else_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = case_called("a file of somebody else")
    async with quiet_house(tmp_path, caplog) as house:
        path = case.make(tmp_path / "files")
        path.chmod(0)
        with as_somebody_else(really=True):
            house.window.open_arrival(str(path))
            await until(lambda: case.gets in house.notices())
        await turn()
        # Who is somebody else may not read the program's own folder, either, and is told so first.
        assert house.notices() == [_UNREAD, case.gets]
        title, detail = said(house, before_it=1)
        assert title == case.gets
        assert case.detail in detail
        assert house.preferences.settings.recent_files == ()


async def test_strange_workflows_open(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        for number, case in enumerate(OPENED):
            path = made(case, tmp_path / "files" / str(number))
            await opened(house, path)
            if case.gets == OPENS:
                assert house.notices() == [], case.name
            else:
                assert said(house) == (case.gets, case.detail), case.name
            assert house.preferences.settings.recent_files[0] == str(path), case.name
            lines = shown(house)
            for text in case.shows:
                assert text in lines, case.name
            assert "\n" not in house.window.windowTitle(), case.name
            assert "\u202e" not in house.window.windowTitle() + lines, case.name
