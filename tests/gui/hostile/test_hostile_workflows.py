"""Malicious workflow files, opened by a user: a message on screen, or a workflow in the tree.

Nothing is written or requested elsewhere, and no content of a file is in the log. The result for
each file is tested in `tests/unit/core/drafts/test_workflow_files_hostile.py`. This module tests
the files of each kind with texts or names that a window might display wrongly, and all files that
open.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.gui.support.gui_program import process_events_async
from tests.gui.support.hostile_inputs import (
    file_urls,
    notice_texts,
    open_watched_program,
    tree_text,
)
from tests.support.async_wait import wait_until
from tests.support.hostile_cases import OPENS_TEXT, HostileCase, as_other_user, cases_named
from tests.support.hostile_workflows import OPENED, REFUSED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

_UNREAD = "Your earlier changes to this workflow could not be read."
# Neighbours have different titles, so that each notice visibly replaces the previous one.
_NOTICE_TEXTS = (
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


def case_called(name: str) -> HostileCase:
    (case,) = cases_named(REFUSED, name)
    return case


def made(case: HostileCase, folder: Path) -> Path:
    """Writes the case's file to its own folder, because several cases share a file name."""
    folder.mkdir()
    return case.create(folder)


async def opened(program: GuiProgram, path: Path) -> None:
    """Drops a file on the window and waits until it is open or there is a notice."""
    await program.drop(file_urls(path))
    recent, before = program.preferences, program.notices()
    await wait_until(
        lambda: recent.settings.recent_files[:1] == (str(path),) or program.notices() != before
    )
    await process_events_async()
    program.window.grab()


async def refused(program: GuiProgram, path: Path, gets: str) -> None:
    """Opens a file and waits until this is the only notice."""
    program.window.handle_open_request(str(path))
    await wait_until(lambda: program.notices() == [gets], describe=program.notices)
    await process_events_async()


async def test_a_file_that_cannot_be_opened_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_watched_program(tmp_path, caplog) as program:
        before = program.services.draft_editor.state.draft
        for number, case in enumerate(map(case_called, _NOTICE_TEXTS)):
            path = made(case, tmp_path / "files" / str(number))
            await refused(program, path, case.expected_title)
            title, detail = notice_texts(program)
            assert title == case.expected_title, case.name
            assert case.expected_detail in detail, case.name
            assert program.services.draft_editor.state.draft is before, (
                f"{case.name}: what was open stays"
            )
        assert program.preferences.settings.recent_files == ()


async def test_a_file_of_somebody_else_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = case_called("a file of somebody else")
    async with open_watched_program(tmp_path, caplog) as program:
        path = case.create(tmp_path / "files")
        path.chmod(0)
        with as_other_user(is_active=True):
            program.window.handle_open_request(str(path))
            await wait_until(lambda: case.expected_title in program.notices())
        await process_events_async()
        # The other user may not read the program's own folder either, and that is reported first.
        assert program.notices() == [_UNREAD, case.expected_title]
        title, detail = notice_texts(program, notices_before=1)
        assert title == case.expected_title
        assert case.expected_detail in detail
        assert program.preferences.settings.recent_files == ()


async def test_strange_workflows_open(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_watched_program(tmp_path, caplog) as program:
        for number, case in enumerate(OPENED):
            path = made(case, tmp_path / "files" / str(number))
            await opened(program, path)
            if case.expected_title == OPENS_TEXT:
                assert program.notices() == [], case.name
            else:
                assert notice_texts(program) == (case.expected_title, case.expected_detail), (
                    case.name
                )
            assert program.preferences.settings.recent_files[0] == str(path), case.name
            lines = tree_text(program)
            for text in case.expected_texts:
                assert text in lines, case.name
            assert "\n" not in program.window.windowTitle(), case.name
            assert "\u202e" not in program.window.windowTitle() + lines, case.name
