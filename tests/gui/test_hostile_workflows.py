"""Hostile workflow files, opened by a person: a sentence for each, or a workflow on screen.

Nothing is written or asked outside its place, and nothing of a file's content is in the log.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.gui.support.hostile_house import as_somebody_else, files, quiet_house, said, shown
from tests.gui.support.house import turn
from tests.support.hostile import UNREADABLE_DISK, Case
from tests.support.hostile_workflows import OPENED, REFUSED
from tests.support.until import until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

_UNREAD = "Your earlier changes to this workflow could not be read."
HERE = [each for each in REFUSED if each.name != "a bad disk" or Path(UNREADABLE_DISK).exists()]


@pytest.mark.parametrize("case", HERE, ids=lambda case: case.name)
async def test_a_file_that_cannot_be_opened_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        before = house.parts.workbench.state.draft
        path = case.make(tmp_path / "files")
        is_theirs = case.gets.startswith("You are not allowed")
        if is_theirs:
            path.chmod(0)
        with as_somebody_else(really=is_theirs):
            house.window.open_arrival(str(path))
            await until(lambda: case.gets in house.toasts() or (not is_theirs and house.toasts()))
        await turn()
        # Who is somebody else may not read the program's own folder, either, and is told so first.
        before_it = [_UNREAD] if is_theirs else []
        title, detail = said(house, before_it=len(before_it))
        assert house.toasts() == [*before_it, case.gets]
        assert title == case.gets
        assert case.detail in detail
        assert house.parts.workbench.state.draft is before, "what was open stays open"
        assert house.preferences.settings.recent_files == ()


@pytest.mark.parametrize("case", OPENED, ids=lambda case: case.name)
async def test_a_strange_workflow_opens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        path = case.make(tmp_path / "files")
        await house.drop(files(path))
        await until(lambda: house.preferences.settings.recent_files or house.toasts())
        await turn()
        house.window.grab()
        assert house.toasts() == []
        assert house.preferences.settings.recent_files == (str(path),)
        lines = shown(house)
        for text in case.shows:
            assert text in lines
        assert "\n" not in house.window.windowTitle()
        assert "\u202e" not in house.window.windowTitle() + lines
