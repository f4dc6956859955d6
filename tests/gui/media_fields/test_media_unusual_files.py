"""Unusual files on a media field: rare picture formats, things that are not files, any names."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.ui.media_fields.media_thumb import MediaThumbKind
from tests.gui.support import media_fields as on
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import IMAGE, InputsHarness, open_inputs_harness
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RED = (220, 30, 30)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def cmyk() -> bytes:
    return saved(Image.new("CMYK", (60, 40), (0, 220, 220, 20)), "JPEG")


def deep() -> bytes:
    return saved(Image.new("I;16", (60, 40), 40_000), "PNG")


def deep_tiff() -> bytes:
    return saved(Image.new("I;16", (60, 40), 40_000), "TIFF")


def moving(form: str) -> bytes:
    frames = [Image.new("RGB", (60, 40), colour) for colour in (RED, (0, 0, 255))]
    return saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


def with_palette() -> bytes:
    return saved(Image.new("RGB", (60, 40), RED).convert("P"), "PNG")


def middle(harness: InputsHarness) -> QColor:
    """Returns the colour at the centre of the thumbnail."""
    well = on.media_field(harness, IMAGE)
    return QColor(well.grab().toImage().pixel(8 + 36, well.height() // 2))


@pytest.mark.parametrize(
    ("name", "make", "is_red"),
    [
        ("cmyk.jpg", cmyk, True),
        ("deep.png", deep, False),
        ("deep.tiff", deep_tiff, False),
        ("moving.gif", lambda: moving("GIF"), True),
        ("moving.webp", lambda: moving("WEBP"), True),
        ("moving.png", lambda: moving("PNG"), True),
        ("palette.png", with_palette, True),
    ],
)
async def test_pictures_of_rare_kinds_are_taken_as_they_are_and_shown_right(
    tmp_path: Path, name: str, make: Callable[[], bytes], is_red: bool
) -> None:
    data = make()
    path = on.write_file(tmp_path, name, data)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, path)
        file = await on.media_value(harness, IMAGE)
        assert (file.width, file.height) == (60, 40)
        assert (tmp_path / "media_store" / file.stored_name).read_bytes() == data
        await wait_until(
            lambda: on.media_field(harness, IMAGE).thumb_kind is MediaThumbKind.PICTURE
        )
        seen = middle(harness)
        if is_red:
            assert seen.red() > 150
            assert seen.green() < 110
            assert seen.blue() < 110
        else:
            assert abs(seen.red() - 156) < 12, "16 bits are shown by their upper eight"
            assert seen.red() == seen.green() == seen.blue()


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def circle(path: Path) -> None:
    path.symlink_to(path)


def empty(path: Path) -> None:
    path.touch()


def huge(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    os.truncate(path, 5 * 1024**3)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (folder, "is a folder."),
        (pipe, "is not a file."),
        (endless, "is not a file."),
        (circle, "could not be read."),
        (empty, "is empty."),
        (huge, "is too large."),
        (lambda _path: None, "is not there any more."),
    ],
)
async def test_what_is_no_fit_file_is_refused_in_words_and_at_once(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    path = tmp_path / "photo.png"
    make(path)
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, str(path))
        await wait_until(lambda: harness.shown_notices)
        assert harness.shown_notices[0].title == f"photo.png {words}"
        assert harness.changes == {}
        assert not list((tmp_path / "media_store").glob("*"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202egnp.exe.png", "gnp.exe.png"),
        ("ベンチ 🚲 سلام.png", "ベンチ 🚲 سلام.png"),
        ("<b>bold<img src=x>.png", "<b>bold<img src=x>.png"),
        ("two\nlines.png", "two lines.png"),
        ("a" * 240 + ".png", "a" * 240 + ".png"),
        ("no ending", "no ending"),
        ("..png", "..png"),
        ("bad \udcff.png", "bad .png"),
    ],
)
async def test_names_are_shown_as_one_harmless_line(tmp_path: Path, name: str, shown: str) -> None:
    data = saved(Image.new("RGB", (6, 4), RED), "PNG")
    (tmp_path / name).write_bytes(data)
    url = QUrl.fromEncoded(b"file://" + quoted(os.fsencode(tmp_path / name)))
    mime = QMimeData()
    mime.setUrls([url])
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), mime, harness.row_rect(IMAGE).center())
        file = await on.media_value(harness, IMAGE)
        assert file.name == name
        assert os.fsencode(file.path) == os.fsencode(tmp_path / name)
        assert on.label_text(harness, "name", IMAGE) == shown
        on.media_field(harness, IMAGE).grab()


def quoted(path: bytes) -> bytes:
    from urllib.parse import quote_from_bytes

    return quote_from_bytes(path).encode()


async def test_a_name_of_two_thousand_letters_is_no_file_and_says_so(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        on.drop_files(harness, IMAGE, str(tmp_path / ("x" * 2000 + ".png")))
        await wait_until(lambda: harness.shown_notices)
        assert harness.shown_notices[0].title.endswith("could not be read.")
        assert len(harness.shown_notices[0].title) < 400


async def test_a_file_that_vanishes_after_the_drop_says_so(tmp_path: Path) -> None:
    path = on.write_file(tmp_path, "photo.png", saved(Image.new("RGB", (6, 4)), "PNG"))
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        at = harness.row_rect(IMAGE).center()
        harness.panel.drag_handler.drop(on.file_urls([path]), at)
        os.remove(path)  # noqa: PTH107 - the dropped name is a string
        await wait_until(lambda: harness.shown_notices)
        assert harness.shown_notices[0].title == "photo.png is not there any more."
        assert harness.changes == {}


SOURCE = "https://example.com/cat.png"
BROKEN = ["<![foo[ x ]]>", f"<p title='&#{'9' * 5000};'>", f"&#{'9' * 5000};<p>"]


@pytest.mark.parametrize("broken", BROKEN)
async def test_of_a_page_that_cannot_be_read_on_what_came_before_is_taken(
    tmp_path: Path, broken: str
) -> None:
    data = QMimeData()
    data.setHtml(f'<img src="{SOURCE}">{broken}')
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert user_input.drop(harness.view.viewport(), data, harness.row_rect(IMAGE).center())
        assert harness.changes == {IMAGE: SOURCE}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_page_that_cannot_be_read_at_all_has_no_picture(
    tmp_path: Path, broken: str
) -> None:
    data = QMimeData()
    data.setHtml(broken)
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        QApplication.clipboard().setMimeData(data)
        harness.view.paste_requested.emit(IMAGE)
        assert harness.announcements == ["The clipboard holds no file and no web address."]
        assert harness.changes == {}
