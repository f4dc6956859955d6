"""Hostile pictures and browser data on a media field: each is shown or gives an error message."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.media.media_store import MediaStore
from runcomfy_desktop.ui.images.picture_loader import measure_picture
from runcomfy_desktop.ui.input_tree.rows.texts import media_info, media_name
from runcomfy_desktop.ui.media_fields.media_thumb import MediaThumbKind
from tests.gui.support import media_fields as on
from tests.gui.support import user_input
from tests.gui.support.hostile_inputs import file_urls, many_pictures, names_in
from tests.gui.support.inputs_harness import IMAGE, open_inputs_harness
from tests.support.async_wait import wait_until
from tests.support.hostile_cases import (
    CANARY,
    HostileCase,
    as_other_user,
    cases_named,
    supported_cases,
)
from tests.support.hostile_pictures import ACCEPTED, DROPPED_TEXTS, MANY_FILES_TEXT, REFUSED

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.media.media import MediaFile

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

# Scaling down a picture of this size takes seconds. `test_safe_image_reader.py` uses a smaller one
# that is still too large to be read as a whole and, in a soak test, one of this size.
GIGANTIC = "20,000 × 20,000 pixels"


def made(case: HostileCase, folder: Path) -> Path:
    folder.mkdir()
    path = case.create(folder)
    if case.is_unreadable:
        path.chmod(0)
    return path


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Returns the log with all levels recorded."""
    caplog.set_level(logging.DEBUG)
    return caplog


def is_silent(log: pytest.LogCaptureFixture) -> bool:
    return CANARY not in log.text and "Traceback" not in log.text


@pytest.mark.parametrize("case", supported_cases(REFUSED), ids=lambda case: case.name)
async def test_what_is_no_picture_gets_its_sentence(
    tmp_path: Path, log: pytest.LogCaptureFixture, case: HostileCase
) -> None:
    path, media_folder = made(case, tmp_path / "files"), tmp_path / "media_store"
    async with open_inputs_harness(media_folder) as harness:
        harness.open()
        with as_other_user(is_active=case.is_unreadable):
            assert user_input.drop(
                harness.view.viewport(), file_urls(path), harness.row_rect(IMAGE).center()
            )
            await wait_until(lambda: harness.shown_notices)
        (notice,) = harness.shown_notices
        assert notice.title == case.expected_title
        assert case.expected_detail in notice.detail
        assert harness.changes == {}
        assert not media_folder.exists() or names_in(media_folder) == set(), "nothing of it stays"
    assert is_silent(log)


@pytest.mark.parametrize(
    "case", [each for each in ACCEPTED if each.name != GIGANTIC], ids=lambda case: case.name
)
async def test_a_strange_picture_is_taken_and_shown(
    tmp_path: Path, log: pytest.LogCaptureFixture, case: HostileCase
) -> None:
    path, media_folder = made(case, tmp_path / "files"), tmp_path / "media_store"
    async with open_inputs_harness(media_folder) as harness:
        harness.open()
        assert user_input.drop(
            harness.view.viewport(), file_urls(path), harness.row_rect(IMAGE).center()
        )
        file = await on.media_value(harness, IMAGE)
        check(case, file)
        assert harness.shown_notices == []
        assert names_in(media_folder) == {file.stored_name}
        await wait_until(
            lambda: on.media_field(harness, IMAGE).thumb_kind is MediaThumbKind.PICTURE
        )
    assert is_silent(log)


def check(case: HostileCase, file: MediaFile) -> None:
    assert media_info(file).startswith(case.expected_detail)
    for text in case.expected_texts:
        assert media_name(file) == text
    assert "\u202e" not in media_name(file)


async def test_a_gigantic_picture_is_taken(tmp_path: Path) -> None:
    (case,) = cases_named(ACCEPTED, GIGANTIC)
    path, shown_notices, stored = (
        made(case, tmp_path / "files"),
        list[Notice](),
        list["MediaFile"](),
    )
    notices = Notices()
    notices.listen(shown_notices.append)
    media_store = MediaStore(tmp_path / "media_store", measure_picture, notices)
    media_store.add_file(str(path), stored.append)
    await wait_until(lambda: stored or shown_notices)
    await media_store.close()
    check(case, stored[0])


@pytest.mark.parametrize(
    ("name", "kind", "text", "told"), DROPPED_TEXTS, ids=[each[0] for each in DROPPED_TEXTS]
)
async def test_words_that_are_dropped(
    tmp_path: Path, log: pytest.LogCaptureFixture, name: str, kind: str, text: str, told: str
) -> None:
    data = QMimeData()
    if kind == "html":
        data.setHtml(text)
    else:
        data.setText(text)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        at = harness.row_rect(IMAGE).center()
        assert user_input.drop(harness.view.viewport(), data, at) == bool(told), name
        if told:
            await wait_until(lambda: harness.announcements)
        assert harness.announcements == ([told] if told else [])
        assert harness.changes == {}
    assert is_silent(log)


async def test_500_files_are_asked_about(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    paths, media_folder = many_pictures(tmp_path / "files"), tmp_path / "media_store"
    async with open_inputs_harness(media_folder) as harness:
        harness.open()
        on.drop_files(harness, IMAGE, *map(str, paths))
        await wait_until(lambda: "each" in on.visible_buttons(harness, IMAGE))
        title, text = (on.label_text(harness, part, IMAGE) for part in ("name", "facts"))
        buttons = on.visible_buttons(harness, IMAGE)
        assert f"{title}: {text} ({buttons['each']} / {buttons['first']})" == MANY_FILES_TEXT
        assert not media_folder.exists() or names_in(media_folder) == set()
        on.press_button(harness, "first", IMAGE)
        file = await on.media_value(harness, IMAGE)
        assert file.name == "photo-000.png"
        assert harness.shown_notices == []
        assert names_in(media_folder) == {file.stored_name}
