"""Hostile pictures, folders and heaps of files, dropped by a person on a picture input."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QAbstractButton, QLabel

from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.ui.inputs.texts import media_facts, media_name
from runcomfy_desktop.ui.inputs.thumb import Thumb
from tests.gui.support.hostile_house import (
    as_somebody_else,
    drop_on,
    files,
    inputs_of,
    names_in,
    picture_input,
    quiet_house,
    said,
)
from tests.gui.support.house import turn
from tests.support.hostile import UNREADABLE_DISK, Case
from tests.support.hostile_pictures import (
    ACCEPTED,
    MANY,
    MANY_TOLD,
    MANY_WITH_WORKFLOW_TOLD,
    REFUSED,
    WORDS,
)
from tests.support.pictures import encoded
from tests.support.until import until

if TYPE_CHECKING:
    from tests.gui.support.house import House

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

HERE = [each for each in REFUSED if each.name != "a bad disk" or Path(UNREADABLE_DISK).exists()]


def media_of(house: House) -> MediaFile | None:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    value = draft.value(picture_input(house))
    return value if isinstance(value, MediaFile) else None


def heap(folder: Path) -> list[Path]:
    picture = encoded("PNG", (20, 20))
    paths = [folder / f"photo-{number:03}.png" for number in range(MANY)]
    for path in paths:
        path.write_bytes(picture)
    return paths


def kept(house: House) -> set[str]:
    folder = house.parts.shelf.folder
    return names_in(folder) if folder.exists() else set()


@pytest.mark.parametrize("case", HERE, ids=lambda case: case.name)
async def test_what_is_no_picture_gets_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        path = case.make(tmp_path / "files")
        is_theirs = case.gets.startswith("You are not allowed")
        if is_theirs:
            path.chmod(0)
        with as_somebody_else(really=is_theirs):
            assert await drop_on(house, picture_input(house), files(path))
            await until(house.toasts)
        await turn()
        title, detail = said(house)
        assert title == case.gets
        assert case.detail in detail
        assert media_of(house) is None
        assert kept(house) == set(), "nothing of it stays"


@pytest.mark.lasts(100)
@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
async def test_a_strange_picture_is_taken_and_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        path = case.make(tmp_path / "files")
        key = picture_input(house)
        assert await drop_on(house, key, files(path))
        await until(lambda: media_of(house) or house.toasts())
        assert house.toasts() == []
        media = media_of(house)
        assert media is not None
        assert media_facts(media).startswith(case.detail)
        for text in case.shows:
            assert media_name(media) == text
        assert "\u202e" not in house.window.windowTitle() + media_name(media)
        assert kept(house) == {media.stored_name}
        well = inputs_of(house).wells.well(key)
        assert well is not None
        await until(lambda: well.thumb is Thumb.PICTURE)


@pytest.mark.parametrize(("name", "kind", "text", "told"), WORDS, ids=[each[0] for each in WORDS])
async def test_words_that_are_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, kind: str, text: str, told: str
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        assert name
        data = QMimeData()
        if kind == "html":
            data.setHtml(text)
        else:
            data.setText(text)
        taken = await drop_on(house, picture_input(house), data)
        assert taken == bool(told)
        if told:
            await until(house.toasts)
            assert house.toasts() == [told]
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.changes == {}


async def test_500_files_are_asked_about_in_the_well(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        assert await drop_on(house, picture_input(house), files(*heap(tmp_path / "files")))
        await until(lambda: house.there(QAbstractButton, "media_each"))
        title, text = (house.find(QLabel, f"media_{part}").text() for part in ("name", "facts"))
        each, first = (
            house.find(QAbstractButton, f"media_{deed}").text() for deed in ("each", "first")
        )
        assert f"{title}: {text} ({each} / {first})" == MANY_TOLD
        assert kept(house) == set()
        await house.press("media_first")
        await until(lambda: media_of(house))
        media = media_of(house)
        assert media is not None
        assert media.name == "photo-000.png"
        assert house.toasts() == []
        assert len(kept(house)) == 1


async def test_a_workflow_among_500_files_is_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        paths = heap(tmp_path / "files")
        mine = tmp_path / "files" / "mine.json"
        mine.write_text(json.dumps({"1": {"class_type": "KSampler", "inputs": {"steps": 3}}}))
        assert await drop_on(house, picture_input(house), files(*paths, mine))
        await until(lambda: house.window.windowTitle().startswith("mine"))
        assert house.toasts() == [MANY_WITH_WORKFLOW_TOLD]
        assert kept(house) == set()


async def test_500_files_on_the_window_are_not_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with quiet_house(tmp_path, caplog) as house:
        with pytest.raises(AssertionError, match="it would not be taken"):
            await house.drop(files(*heap(tmp_path / "files")))
        assert house.toasts() == []
