"""Thumbnails: read on threads, kept in bounded memory, and on the disk by content."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtTest import QSignalSpy

from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.images.picture_decoder import ThumbnailShape
from runcomfy_desktop.ui.images.safe_image_reader import SafeImageReader
from runcomfy_desktop.ui.images.thumbnail_cache import OUTPUT_SHAPE, ThumbnailCache, paint_cover
from tests.gui.support.scripted_queue import picture
from tests.gui.support.user_input import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.ui.images.thumbnail_cache import Thumbnail

pytestmark = pytest.mark.usefixtures("qapp")


def loaded(thumbnails: ThumbnailCache, source: str) -> Thumbnail:
    """Returns a thumbnail once it is read."""
    wait_until(lambda: not thumbnails.get(source).is_loading)
    return thumbnails.get(source)


def pixmap_of(thumbnails: ThumbnailCache, source: str) -> QPixmap:
    pixmap = loaded(thumbnails, source).pixmap
    assert pixmap is not None
    return pixmap


def colour_of(pixmap: QPixmap) -> str:
    return pixmap.toImage().pixelColor(0, 0).name()


def large_picture(path: Path, colour: tuple[int, int, int] = (10, 20, 30)) -> str:
    """Writes a picture of 1 MB, whose thumbnails are kept on the disk."""
    noise = Image.frombytes("RGB", (600, 600), os.urandom(600 * 600 * 3))
    noise.paste(colour, (0, 0, 600, 40))
    noise.save(path)
    return str(path)


def test_thumbnails_come_from_the_threads_and_are_kept(tmp_path: Path) -> None:
    thumbnails = ThumbnailCache()
    path = picture(tmp_path, "a.png")
    changed = QSignalSpy(thumbnails.changed)
    assert thumbnails.get(path).is_loading
    wait_until(lambda: changed.count() == 1)
    known = thumbnails.get(path)
    assert not known.is_loading
    assert known.pixmap is not None
    assert thumbnails.get(path) is known


def test_a_thumbnail_that_fits_is_smaller_than_one_that_covers(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png", (300, 100))
    fits = ThumbnailCache(shape=ThumbnailShape(60, covers=False))
    covers = ThumbnailCache(shape=ThumbnailShape(60))
    assert pixmap_of(fits, path).size() == QSize(60, 20)
    assert pixmap_of(covers, path).size() == QSize(180, 60)


def test_an_address_with_data_is_a_source(tmp_path: Path) -> None:
    thumbnails = ThumbnailCache()
    body = base64.b64encode(Path(picture(tmp_path, "a.png", (40, 30))).read_bytes()).decode()
    assert pixmap_of(thumbnails, f"data:image/png;base64,{body}").size() == QSize(40, 30)
    for broken in (body[:-3], "é", ""):
        assert loaded(thumbnails, f"data:image/png;base64,{broken}").error


def test_a_changed_file_is_read_again_when_it_is_checked(tmp_path: Path) -> None:
    thumbnails = ThumbnailCache()
    path = picture(tmp_path, "a.png", colour="#ff0000")
    changed = QSignalSpy(thumbnails.changed)
    thumbnails.get(path)
    wait_until(lambda: changed.count() == 1)
    picture(tmp_path, "a.png", (50, 50), colour="#00ff00")
    thumbnails.check(path)
    wait_until(lambda: changed.count() == 2)
    assert colour_of(pixmap_of(thumbnails, path)) == "#00ff00"
    (tmp_path / "a.png").unlink()
    thumbnails.check(path)
    wait_until(lambda: changed.count() == 3)
    assert thumbnails.get(path).error == "The file is not there any more."
    assert thumbnails.get(path).pixmap is None


@pytest.mark.logs_errors
def test_a_decoder_that_fails_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_reader: SafeImageReader, _size: QSize) -> QImage:
        raise MemoryError

    # Creating the cache reads a picture.
    thumbnails = ThumbnailCache()
    monkeypatch.setattr(SafeImageReader, "read", fail)
    thumbnail = loaded(thumbnails, picture(tmp_path, "a.png"))
    assert thumbnail.error == "This program cannot show this kind of picture."


def test_the_most_recently_used_ones_stay_in_memory(tmp_path: Path) -> None:
    background = BackgroundTasks()
    one_bytes = OUTPUT_SHAPE.side**2 * 4
    thumbnails = ThumbnailCache(tasks=background, max_bytes=4 * one_bytes)
    paths = [picture(tmp_path, f"{number}.png", (128, 128)) for number in range(5)]
    for path in paths[:3]:
        pixmap_of(thumbnails, path)
    pixmap_of(thumbnails, paths[0])
    pixmap_of(thumbnails, paths[3])
    assert not thumbnails.get(paths[0]).is_loading
    assert thumbnails.get(paths[1]).is_loading, "the least recently used one is gone"
    wait_until(lambda: background.is_idle)


def test_names_without_pictures_are_bounded_too(tmp_path: Path) -> None:
    background = BackgroundTasks()
    thumbnails = ThumbnailCache(tasks=background, max_bytes=64 * 1024)
    first = str(tmp_path / "0.png")
    for number in range(100):
        thumbnails.get(str(tmp_path / f"{number}.png"))
    wait_until(lambda: background.is_idle)
    assert thumbnails.get(first).is_loading
    wait_until(lambda: background.is_idle)


def test_another_size_shows_the_earlier_one_until_it_is_there(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png", (400, 400))
    thumbnails = ThumbnailCache(shape=ThumbnailShape(128))
    assert pixmap_of(thumbnails, path).width() == 128
    thumbnails.set_side(256)
    earlier = thumbnails.get(path)
    assert not earlier.is_loading
    assert earlier.pixmap is not None
    assert earlier.pixmap.width() == 128
    wait_until(lambda: pixmap_of(thumbnails, path).width() == 256)


def test_a_picture_is_cut_to_its_middle(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), "#ff0000")
    wide.paste("#0000ff", (100, 0, 200, 100))
    wide.save(tmp_path / "wide.png")
    pixmap = pixmap_of(ThumbnailCache(), str(tmp_path / "wide.png"))
    shot = QImage(40, 40, QImage.Format.Format_RGB32)
    painter = QPainter(shot)
    paint_cover(painter, QRect(0, 0, 40, 40), pixmap, 0)
    painter.end()
    assert {shot.pixelColor(x, 20).name() for x in (2, 20, 37)} == {"#0000ff"}


# On the disk


def test_a_thumbnail_of_a_large_picture_is_read_from_the_disk(tmp_path: Path) -> None:
    path = large_picture(tmp_path / "a.png")
    files = ThumbnailFiles(tmp_path / "thumbnails")
    first = pixmap_of(ThumbnailCache(files=files), path)
    (stored,) = (tmp_path / "thumbnails").iterdir()
    # A copy elsewhere has the same content. Another picture in the file shows what is read.
    copy = tmp_path / "copy.png"
    copy.write_bytes(Path(path).read_bytes())
    Image.new("RGB", first.toImage().size().toTuple(), "#00ff00").save(stored)
    assert colour_of(pixmap_of(ThumbnailCache(files=files), str(copy))) == "#00ff00"
    assert len(list((tmp_path / "thumbnails").iterdir())) == 1


def test_a_changed_picture_has_another_thumbnail(tmp_path: Path) -> None:
    path = large_picture(tmp_path / "a.png", (255, 0, 0))
    files = ThumbnailFiles(tmp_path / "thumbnails")
    pixmap_of(ThumbnailCache(files=files), path)
    large_picture(tmp_path / "a.png", (0, 0, 255))
    assert colour_of(pixmap_of(ThumbnailCache(files=files), path)) == "#0000ff"
    assert len(list((tmp_path / "thumbnails").iterdir())) == 2


def damaged(stored: Path) -> None:
    stored.write_bytes(stored.read_bytes()[:200])


def empty(stored: Path) -> None:
    stored.write_bytes(b"")


def endless(stored: Path) -> None:
    with stored.open("r+b") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize("harm", [damaged, empty, endless])
def test_a_damaged_thumbnail_is_made_again(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    path = large_picture(tmp_path / "a.png", (255, 0, 0))
    files = ThumbnailFiles(tmp_path / "thumbnails")
    pixmap_of(ThumbnailCache(files=files), path)
    (stored,) = (tmp_path / "thumbnails").iterdir()
    whole = stored.read_bytes()
    harm(stored)
    assert colour_of(pixmap_of(ThumbnailCache(files=files), path)) == "#ff0000"
    assert stored.read_bytes() == whole


def test_small_pictures_need_no_file(tmp_path: Path) -> None:
    files = ThumbnailFiles(tmp_path / "thumbnails")
    pixmap_of(ThumbnailCache(files=files), picture(tmp_path, "a.png"))
    assert not (tmp_path / "thumbnails").exists()
