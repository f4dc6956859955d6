"""Hostile pictures, and words from a browser, dropped on a well: a sentence, or a picture."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData

from runcomfy_desktop.core.media_shelf import MediaShelf
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.ui.inputs.texts import media_facts, media_name
from runcomfy_desktop.ui.inputs.thumb import Thumb
from runcomfy_desktop.ui.pictures import measure
from tests.gui.support import hands
from tests.gui.support import wells as on
from tests.gui.support.bench import IMAGE, shown_bench
from tests.gui.support.hostile_house import files, heap, names_in
from tests.support.hostile import CANARY, Case, as_somebody_else, called, here
from tests.support.hostile_pictures import ACCEPTED, MANY_TOLD, REFUSED, WORDS
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.media import MediaFile

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

# Shown small it takes seconds; `test_raster.py` shows one that is still too large as a whole, and
# in a soak one of this size.
GIGANTIC = "20,000 × 20,000 pixels"


def made(case: Case, folder: Path) -> Path:
    folder.mkdir()
    path = case.make(folder)
    if case.is_theirs:
        path.chmod(0)
    return path


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged."""
    caplog.set_level(logging.DEBUG)
    return caplog


def is_silent(log: pytest.LogCaptureFixture) -> bool:
    return CANARY not in log.text and "Traceback" not in log.text


@pytest.mark.parametrize("case", here(REFUSED), ids=lambda case: case.name)
async def test_what_is_no_picture_gets_its_sentence(
    tmp_path: Path, log: pytest.LogCaptureFixture, case: Case
) -> None:
    path, shelf = made(case, tmp_path / "files"), tmp_path / "shelf"
    async with shown_bench(shelf) as bench:
        bench.open()
        with as_somebody_else(really=case.is_theirs):
            assert hands.drop(bench.view.viewport(), files(path), bench.row_rect(IMAGE).center())
            await until(lambda: bench.told)
        (notice,) = bench.told
        assert notice.title == case.gets
        assert case.detail in notice.detail
        assert bench.changes == {}
        assert not shelf.exists() or names_in(shelf) == set(), "nothing of it stays"
    assert is_silent(log)


@pytest.mark.parametrize(
    "case", [each for each in ACCEPTED if each.name != GIGANTIC], ids=lambda case: case.name
)
async def test_a_strange_picture_is_taken_and_shown(
    tmp_path: Path, log: pytest.LogCaptureFixture, case: Case
) -> None:
    path, shelf = made(case, tmp_path / "files"), tmp_path / "shelf"
    async with shown_bench(shelf) as bench:
        bench.open()
        assert hands.drop(bench.view.viewport(), files(path), bench.row_rect(IMAGE).center())
        file = await on.media(bench, IMAGE)
        check(case, file)
        assert bench.told == []
        assert names_in(shelf) == {file.stored_name}
        await until(lambda: on.well(bench, IMAGE).thumb is Thumb.PICTURE)
    assert is_silent(log)


def check(case: Case, file: MediaFile) -> None:
    assert media_facts(file).startswith(case.detail)
    for text in case.shows:
        assert media_name(file) == text
    assert "\u202e" not in media_name(file)


async def test_a_gigantic_picture_is_taken(tmp_path: Path) -> None:
    (case,) = called(ACCEPTED, GIGANTIC)
    path, told, kept = made(case, tmp_path / "files"), list[Notice](), list["MediaFile"]()
    notices = Notices()
    notices.listen(told.append)
    shelf = MediaShelf(tmp_path / "shelf", measure, notices)
    shelf.add_file(str(path), kept.append)
    await until(lambda: kept or told)
    await shelf.close()
    check(case, kept[0])


@pytest.mark.parametrize(("name", "kind", "text", "told"), WORDS, ids=[each[0] for each in WORDS])
async def test_words_that_are_dropped(
    tmp_path: Path, log: pytest.LogCaptureFixture, name: str, kind: str, text: str, told: str
) -> None:
    data = QMimeData()
    if kind == "html":
        data.setHtml(text)
    else:
        data.setText(text)
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        at = bench.row_rect(IMAGE).center()
        assert hands.drop(bench.view.viewport(), data, at) == bool(told), name
        if told:
            await until(lambda: bench.said)
        assert bench.said == ([told] if told else [])
        assert bench.changes == {}
    assert is_silent(log)


async def test_500_files_are_asked_about(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    paths, shelf = heap(tmp_path / "files"), tmp_path / "shelf"
    async with shown_bench(shelf) as bench:
        bench.open()
        on.drop(bench, IMAGE, *map(str, paths))
        await until(lambda: "each" in on.buttons(bench, IMAGE))
        title, text = (on.text(bench, part, IMAGE) for part in ("name", "facts"))
        buttons = on.buttons(bench, IMAGE)
        assert f"{title}: {text} ({buttons['each']} / {buttons['first']})" == MANY_TOLD
        assert not shelf.exists() or names_in(shelf) == set()
        on.press(bench, "first", IMAGE)
        file = await on.media(bench, IMAGE)
        assert file.name == "photo-000.png"
        assert bench.told == []
        assert names_in(shelf) == {file.stored_name}
