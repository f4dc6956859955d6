"""Malicious pictures and large numbers of files, dropped by a user on the window's tree.

The effect of each file is tested in `test_media_hostile.py`, on the inputs panel alone. This module
tests the files with texts or names that a notice or the title might display wrongly.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.ui.input_tree.rows.texts import media_name
from runcomfy_desktop.ui.media_fields.media_thumb import MediaThumbKind
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.hostile_inputs import (
    drop_on,
    file_urls,
    inputs_panel,
    many_pictures,
    names_in,
    notice_texts,
    open_watched_program,
    picture_input,
)
from tests.support.async_wait import wait_until
from tests.support.hostile_cases import as_other_user, cases_named
from tests.support.hostile_pictures import ACCEPTED, DROPPED_TEXTS, MANY_WITH_WORKFLOW_TEXT, REFUSED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

_REFUSED = (
    "an SVG that names other files",
    "a decompression bomb of 3.6 gigapixels",
    "a pipe",
    "a file of somebody else",
    "a name with markup, a line break and a mark that turns text around",
)


def media_of(program: GuiProgram) -> MediaFile | None:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    value = draft.value(picture_input(program))
    return value if isinstance(value, MediaFile) else None


def stored_files(program: GuiProgram) -> set[str]:
    folder = program.services.media_store.folder
    return names_in(folder) if folder.exists() else set()


async def test_what_is_no_picture_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_watched_program(tmp_path, caplog) as program:
        for case in cases_named(REFUSED, *_REFUSED):
            (tmp_path / "files" / case.name).mkdir()
            path = case.create(tmp_path / "files" / case.name)
            if case.is_unreadable:
                path.chmod(0)
            with as_other_user(is_active=case.is_unreadable):
                assert await drop_on(program, picture_input(program), file_urls(path)), case.name
                await wait_until(program.notices)
            await process_events_async()
            title, detail = notice_texts(program)
            assert title == case.expected_title, case.name
            assert case.expected_detail in detail, case.name
            assert media_of(program) is None, case.name
            assert stored_files(program) == set(), f"{case.name}: nothing of it stays"
            await program.press("notice_close")
            await wait_until(lambda: not program.notices())


async def test_a_strange_picture_is_taken_and_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (case,) = (each for each in ACCEPTED if each.expected_texts)
    async with open_watched_program(tmp_path, caplog) as program:
        path = case.create(tmp_path / "files")
        key = picture_input(program)
        assert await drop_on(program, key, file_urls(path))
        await wait_until(lambda: media_of(program) or program.notices())
        assert program.notices() == []
        media = media_of(program)
        assert media is not None
        assert (media_name(media),) == case.expected_texts
        assert "\u202e" not in program.window.windowTitle()
        assert stored_files(program) == {media.stored_name}
        well = inputs_panel(program).media_fields.media_field(key)
        assert well is not None
        await wait_until(lambda: well.thumb_kind is MediaThumbKind.PICTURE)
        program.window.grab()


async def test_words_that_are_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (words,) = (each for each in DROPPED_TEXTS if each[0] == "an address with a password")
    async with open_watched_program(tmp_path, caplog) as program:
        data = QMimeData()
        data.setText(words[2])
        assert await drop_on(program, picture_input(program), data)
        await wait_until(program.notices)
        assert program.notices() == [words[3]]
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {}


async def test_500_files_are_not_taken_and_a_workflow_among_them_is_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_watched_program(tmp_path, caplog) as program:
        paths = many_pictures(tmp_path / "files")
        with pytest.raises(AssertionError, match="it would not be taken"):
            await program.drop(file_urls(*paths))
        assert program.notices() == []
        mine = tmp_path / "files" / "mine.json"
        mine.write_text(json.dumps({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}}))
        assert await drop_on(program, picture_input(program), file_urls(*paths, mine))
        await wait_until(lambda: program.window.windowTitle().startswith("mine"))
        assert program.notices() == [MANY_WITH_WORKFLOW_TEXT]
        assert stored_files(program) == set()
