"""Hostile pictures and heaps of files, dropped by a user on the window's tree.

What each one gets is for `test_media_hostile.py`, on the inputs' panel alone; here are those whose
words or names a notice or the title might show otherwise than they are.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.ui.inputs.texts import media_name
from runcomfy_desktop.ui.inputs.thumb import Thumb
from tests.gui.support.hostile_house import (
    drop_on,
    files,
    heap,
    inputs_of,
    names_in,
    picture_input,
    quiet_house,
    said,
)
from tests.gui.support.house import turn
from tests.support.hostile import as_somebody_else, called
from tests.support.hostile_pictures import ACCEPTED, MANY_WITH_WORKFLOW_TOLD, REFUSED, WORDS
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

_REFUSED = (
    "an SVG that names other files",
    "a decompression bomb of 3.6 gigapixels",
    "a pipe",
    "a file of somebody else",
    "a name with markup, a line break and a mark that turns text around",
)


def media_of(house: House) -> MediaFile | None:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    value = draft.value(picture_input(house))
    return value if isinstance(value, MediaFile) else None


def kept(house: House) -> set[str]:
    folder = house.parts.shelf.folder
    return names_in(folder) if folder.exists() else set()


async def test_what_is_no_picture_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        for case in called(REFUSED, *_REFUSED):
            (tmp_path / "files" / case.name).mkdir()
            path = case.make(tmp_path / "files" / case.name)
            if case.is_theirs:
                path.chmod(0)
            with as_somebody_else(really=case.is_theirs):
                assert await drop_on(house, picture_input(house), files(path)), case.name
                await until(house.notices)
            await turn()
            title, detail = said(house)
            assert title == case.gets, case.name
            assert case.detail in detail, case.name
            assert media_of(house) is None, case.name
            assert kept(house) == set(), f"{case.name}: nothing of it stays"
            await house.press("notice_close")
            await until(lambda: not house.notices())


async def test_a_strange_picture_is_taken_and_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (case,) = (each for each in ACCEPTED if each.shows)
    async with quiet_house(tmp_path, caplog) as house:
        path = case.make(tmp_path / "files")
        key = picture_input(house)
        assert await drop_on(house, key, files(path))
        await until(lambda: media_of(house) or house.notices())
        assert house.notices() == []
        media = media_of(house)
        assert media is not None
        assert (media_name(media),) == case.shows
        assert "\u202e" not in house.window.windowTitle()
        assert kept(house) == {media.stored_name}
        well = inputs_of(house).wells.well(key)
        assert well is not None
        await until(lambda: well.thumb is Thumb.PICTURE)
        house.window.grab()


async def test_words_that_are_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (words,) = (each for each in WORDS if each[0] == "an address with a password")
    async with quiet_house(tmp_path, caplog) as house:
        data = QMimeData()
        data.setText(words[2])
        assert await drop_on(house, picture_input(house), data)
        await until(house.notices)
        assert house.notices() == [words[3]]
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.changes == {}


async def test_500_files_are_not_taken_and_a_workflow_among_them_is_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        paths = heap(tmp_path / "files")
        with pytest.raises(AssertionError, match="it would not be taken"):
            await house.drop(files(*paths))
        assert house.notices() == []
        mine = tmp_path / "files" / "mine.json"
        mine.write_text(json.dumps({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}}))
        assert await drop_on(house, picture_input(house), files(*paths, mine))
        await until(lambda: house.window.windowTitle().startswith("mine"))
        assert house.notices() == [MANY_WITH_WORKFLOW_TOLD]
        assert kept(house) == set()
