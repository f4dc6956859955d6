"""Untrusted pictures are read within bounded memory, or refused with a reason."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from runcomfy_desktop.ui.images.picture_loader import read_scaled
from runcomfy_desktop.ui.images.safe_image_reader import (
    ImageRefusal,
    SafeImageReader,
    mipmap_levels,
)
from tests.support.image_files import cut_off, noisy_image, png_claiming_size, write_png
from tests.support.soak import share

pytestmark = pytest.mark.usefixtures("qapp")

PROJECT = Path(__file__).resolve().parents[3]
BOX = QSize(64, 64)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
RED = QColor(200, 40, 90)


def refusal(source: bytes) -> ImageRefusal | None:
    with SafeImageReader(source) as raster:
        image = raster.read(BOX)
        assert image.isNull() == (raster.refusal is not None)
        return raster.refusal


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_the_usual_kinds_are_read(kind: str) -> None:
    with SafeImageReader(noisy_image(kind)) as raster:
        assert raster.size == QSize(300, 200)
        assert raster.read(QSize(30, 20)).size() == QSize(30, 20)
    with SafeImageReader(noisy_image(kind)) as raster:
        assert raster.read().size() == QSize(300, 200)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", ImageRefusal.EMPTY),
        (b"words", ImageRefusal.UNSUPPORTED),
        (SVG, ImageRefusal.UNSUPPORTED),
        (b"P6 1 1 255 abc", ImageRefusal.UNSUPPORTED),
        (cut_off(noisy_image("PNG")), ImageRefusal.DAMAGED),
        (cut_off(noisy_image("JPEG")), ImageRefusal.DAMAGED),
        (cut_off(noisy_image("WEBP")), ImageRefusal.DAMAGED),
        (png_claiming_size(300, 300), ImageRefusal.DAMAGED),
        (png_claiming_size(20_000, 20_000), ImageRefusal.DAMAGED),
        (png_claiming_size(60_000, 60_000), ImageRefusal.TOO_LARGE),
        (png_claiming_size(200_000, 5), ImageRefusal.TOO_LARGE),
        (png_claiming_size(20_000, 20_000, interlaced=True), ImageRefusal.TOO_LARGE),
    ],
)
def test_what_is_refused(data: bytes, why: ImageRefusal) -> None:
    assert refusal(data) is why


def test_a_drawing_that_names_other_files_is_not_opened(tmp_path: Path) -> None:
    write_png(tmp_path / "secret.png", 9, 9)
    href = (tmp_path / "secret.png").as_uri()
    names = f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{href}'/></svg>"
    assert refusal(names.encode()) is ImageRefusal.UNSUPPORTED
    (tmp_path / "a.png").write_text(names)
    with SafeImageReader(tmp_path / "a.png") as raster:
        assert raster.refusal is ImageRefusal.UNSUPPORTED


def test_a_large_picture_is_halved_until_it_is_small() -> None:
    image = QImage.fromData(noisy_image("PNG", (2400, 1801), compress_level=0))
    levels = mipmap_levels(image, 256)
    sizes = [(level.width(), level.height()) for level in levels]
    assert sizes == [(2400, 1801), (1200, 900), (600, 450), (300, 225)]
    assert {level.format() for level in levels} == {QImage.Format.Format_RGB32}


def test_levels_keep_what_is_clear_and_show_the_same() -> None:
    image = Image.new("RGBA", (2000, 1200), (255, 0, 0, 0))
    image.paste((10, 200, 30, 255), (1000, 0, 2000, 1200))
    file = io.BytesIO()
    image.save(file, "PNG")
    for level in mipmap_levels(QImage.fromData(file.getvalue()), 256):
        middle = level.height() // 2
        assert level.pixelColor(2, middle).alpha() == 0
        assert level.pixelColor(level.width() - 2, middle) == QColor(10, 200, 30)


# Runs in its own process, so that no other memory use is measured. The picture is read for the
# viewer and as a thumbnail.
_MEASURE = """
import resource, sys
from pathlib import Path
from PySide6.QtGui import QGuiApplication
from runcomfy_desktop.ui.images.picture_decoder import (
    ThumbnailShape, read_picture, read_thumbnail
)
app = QGuiApplication([])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
picture, thumb = read_picture(sys.argv[1]), read_thumbnail(sys.argv[1], ThumbnailShape(128))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
image = picture.levels[0]
colour = image.pixelColor(image.width() - 1, image.height() - 1).getRgb()
print(*picture.size.toTuple(), thumb.image.height(), (after - before) // 1024, *colour)
"""


_SIDE = share(12_000, 20_000)


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
@pytest.mark.parametrize(
    ("name", "size", "most_mb"),
    [("gigantic.png", (_SIDE, _SIDE), 320), ("large.jpg", (12_000, 10_000), 320)],
)
def test_gigantic_pictures_take_bounded_memory(
    tmp_path: Path, name: str, size: tuple[int, int], most_mb: int
) -> None:
    """Read as a whole, the PNG would take 576 MB (1600 MB in a soak test), the JPEG 480 MB."""
    path = tmp_path / name
    if name.endswith("png"):
        write_png(path, *size)
    else:
        Image.new("RGB", size, (200, 40, 90)).save(path)
    command = [sys.executable, "-c", _MEASURE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    width, height, thumb, grown_mb, *colour = map(int, done.stdout.split())
    assert (width, height, thumb) == (*size, 128)
    assert grown_mb < most_mb
    wanted = (RED.red(), RED.green(), RED.blue(), 255)
    assert max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) < 4


# Each format cut to half and by 40 bytes, with every 7th byte changed, and with only its beginning
# intact.
_BROKEN = """
from PySide6.QtGui import QGuiApplication
from runcomfy_desktop.ui.images.safe_image_reader import SafeImageReader
from tests.support.image_files import noisy_image
app = QGuiApplication([])
for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
    whole = noisy_image(kind)
    scratched = bytearray(whole)
    for at in range(12, len(scratched), 7):
        scratched[at] ^= 0xFF
    for data in (whole[: len(whole) // 2], whole[:-40], bytes(scratched), whole[:12] + b"x" * 999):
        with SafeImageReader(data) as raster:
            raster.read()
"""


def test_what_qt_says_of_broken_pictures_reaches_no_terminal() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BROKEN], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    # libpng prints some messages of its own, which do not pass through Qt.
    message = [line for line in done.stderr.splitlines() if not line.startswith("libpng error: ")]
    assert message == []


def test_a_data_address_with_a_drawing_shows_nothing() -> None:
    body = base64.b64encode(SVG).decode()
    assert read_scaled(f"data:image/svg+xml;base64,{body}", BOX).isNull()
