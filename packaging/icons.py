"""Creates the program's icons for all three systems from one drawing, resources/icons/app.svg.

usage: icons.py write          writes the .ico, the .icns and the setup's picture
       icons.py check          exit code 1 if they do not match the drawing
       icons.py hicolor DIR    fills DIR like a share/icons/hicolor, for Linux
       icons.py show DIR       writes one PNG for each size, for inspection

Only Qt is needed to draw and compress. One machine always produces the same bytes. Different
machines may compress differently, so `check` compares the pixels.
"""

from __future__ import annotations

import os
import shutil
import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

PROJECT = Path(__file__).resolve().parent.parent
SVG = PROJECT / "resources" / "icons" / "app.svg"
ICO = PROJECT / "packaging" / "windows" / "runcomfy-desktop.ico"
SIDEBAR = PROJECT / "packaging" / "windows" / "sidebar.bmp"
ICNS = PROJECT / "packaging" / "macos" / "runcomfy-desktop.icns"
APP_ID = "io.github.runcomfy_desktop.RunComfyDesktop"

HICOLOR = (16, 22, 24, 32, 48, 64, 128, 256, 512)
# Sizes that Windows uses at 100 % to 400 %: in lists, on the taskbar, on the desktop.
_ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
# Below this size, older Windows readers support only uncompressed pixels.
_ICO_PNG_FROM = 64
_ICNS_TYPES = (
    (b"icp4", 16),
    (b"ic11", 32),
    (b"icp5", 32),
    (b"ic12", 64),
    (b"ic07", 128),
    (b"ic13", 256),
    (b"ic08", 256),
    (b"ic14", 512),
    (b"ic09", 512),
    (b"ic10", 1024),
)
# macOS icons have a margin around their tile; without it this one would be the largest.
_MAC_MARGIN = 100 / 1024
_ROUNDING = 2
# Picture size required by NSIS; its colour is that of the drawing's tile, so that only the mark
# stands out.
_SIDEBAR_SIZE = (164, 314)
_SIDEBAR_EDGE = 18
_SIDEBAR_COLOUR = 0xFF2A52B4
_ICO_ENTRY = struct.Struct("<BBBBHHII")
_ICO_HEAD = struct.Struct("<HHH")
_DIB_HEAD = struct.Struct("<IiiHHIIiiII")


def drawing() -> QSvgRenderer:
    renderer = QSvgRenderer(str(SVG))
    if not renderer.isValid():
        raise SystemExit(f"{SVG} cannot be drawn")
    return renderer


def picture(renderer: QSvgRenderer, size: int, margin: float = 0.0) -> QImage:
    """Returns the drawing at `size` by `size` pixels, with a transparent margin.

    `margin` is a fraction of the size.
    """
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    edge = round(size * margin)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(edge, edge, size - 2 * edge, size - 2 * edge))
    painter.end()
    return image


def png(image: QImage) -> bytes:
    return _saved(image, "PNG")


def _saved(image: QImage, kind: str) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, kind):  # type: ignore[call-overload] # stubs: no bytes
        raise SystemExit(f"Qt cannot write {kind} files here")
    return bytes(kept.data())


def dib(image: QImage) -> bytes:
    """Returns the pixels in the uncompressed .ico format: bottom up, followed by an empty mask."""
    size = image.width()
    raw = bytes(image.constBits())
    rows = [raw[y * size * 4 : (y + 1) * size * 4] for y in reversed(range(size))]
    mask = bytes((size + 31) // 32 * 4) * size
    head = _DIB_HEAD.pack(_DIB_HEAD.size, size, size * 2, 1, 32, 0, 0, 0, 0, 0, 0)
    return head + b"".join(rows) + mask


def ico(renderer: QSvgRenderer) -> bytes:
    """Returns the icon file for Windows."""
    images = [picture(renderer, size) for size in _ICO_SIZES]
    bodies = [png(each) if each.width() >= _ICO_PNG_FROM else dib(each) for each in images]
    start = _ICO_HEAD.size + len(images) * _ICO_ENTRY.size
    entries = []
    for size, body in zip(_ICO_SIZES, bodies, strict=True):
        # Each dimension has one byte: 256 is written as 0.
        entries.append(_ICO_ENTRY.pack(size % 256, size % 256, 0, 0, 1, 32, len(body), start))
        start += len(body)
    return b"".join((_ICO_HEAD.pack(0, 1, len(images)), *entries, *bodies))


def icns(renderer: QSvgRenderer) -> bytes:
    """Returns the icon file for macOS."""
    parts = []
    for kind, size in _ICNS_TYPES:
        body = png(picture(renderer, size, _MAC_MARGIN))
        parts.append(kind + struct.pack(">I", len(body) + 8) + body)
    body = b"".join(parts)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def bmp(renderer: QSvgRenderer) -> bytes:
    """Returns the picture for the first and last page of the Windows setup."""
    image = QImage(*_SIDEBAR_SIZE, QImage.Format.Format_RGB32)
    image.fill(_SIDEBAR_COLOUR)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = _SIDEBAR_EDGE
    side = image.width() - 2 * edge
    renderer.render(painter, QRectF(edge, edge, side, side))
    painter.end()
    # Few colours: a third of the size.
    few = image.convertToFormat(
        QImage.Format.Format_Indexed8, Qt.ImageConversionFlag.ThresholdDither
    )
    return _saved(few, "BMP")


def pictures_in_bmp(file: bytes) -> list[tuple[str, QImage]]:
    return [("picture", _read(file))]


def pictures_in_ico(file: bytes) -> list[tuple[str, QImage]]:
    """Returns the pictures in an .ico, each named by its index and size."""
    count = _ICO_HEAD.unpack_from(file)[2]
    found = []
    for index in range(count):
        entry = _ICO_ENTRY.unpack_from(file, _ICO_HEAD.size + index * _ICO_ENTRY.size)
        size, length, start = entry[0] or 256, entry[6], entry[7]
        body = file[start : start + length]
        # An uncompressed picture is read as an .ico that contains only this picture.
        alone = _ICO_ENTRY.pack(*entry[:7], _ICO_HEAD.size + _ICO_ENTRY.size)
        whole = body if body.startswith(b"\x89PNG") else _ICO_HEAD.pack(0, 1, 1) + alone + body
        found.append((f"{index}: {size}", _read(whole)))
    return found


def pictures_in_icns(file: bytes) -> list[tuple[str, QImage]]:
    """Returns the pictures in an .icns, each named by its type."""
    found = []
    at = 8
    while at < len(file):
        kind, length = file[at : at + 4], struct.unpack_from(">I", file, at + 4)[0]
        found.append((kind.decode("ascii"), _read(file[at + 8 : at + length])))
        at += max(length, 8)
    return found


def _read(file: bytes) -> QImage:
    image = QImage.fromData(file)
    if image.isNull():
        raise ValueError("one of its pictures cannot be read")
    return image.convertToFormat(QImage.Format.Format_ARGB32)


def alike(one: QImage, other: QImage) -> bool:
    """Returns True if the images look alike; processors may round colours slightly differently."""
    if one == other or one.size() != other.size():
        return one == other
    pairs = zip(bytes(one.constBits()), bytes(other.constBits()), strict=True)
    return all(abs(left - right) <= _ROUNDING for left, right in pairs)


def write_hicolor(renderer: QSvgRenderer, folder: Path) -> None:
    """Writes the files that a Linux desktop looks for: a PNG for each size, and the drawing."""
    for size in HICOLOR:
        file = folder / f"{size}x{size}" / "apps" / f"{APP_ID}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(picture(renderer, size)))
    scalable = folder / "scalable" / "apps" / f"{APP_ID}.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SVG, scalable)


def write_all(renderer: QSvgRenderer, folder: Path) -> None:
    """Writes one PNG for every size in use, for inspection."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in sorted({*HICOLOR, *_ICO_SIZES}):
        (folder / f"{size}.png").write_bytes(png(picture(renderer, size)))
    for size in sorted({size for _, size in _ICNS_TYPES}):
        (folder / f"mac-{size}.png").write_bytes(png(picture(renderer, size, _MAC_MARGIN)))


def faults(renderer: QSvgRenderer) -> list[str]:
    """Returns the checked-in icon files that do not match the drawing."""
    found = []
    for file, made, read in _KEPT:
        if not file.is_file():
            found.append(f"{file.name} is missing")
            continue
        have, want = dict(read(file.read_bytes())), dict(read(made(renderer)))
        if list(have) != list(want):
            found.append(f"{file.name} has other sizes than it should")
        elif not all(alike(have[name], want[name]) for name in want):
            found.append(f"{file.name} does not show {SVG.name}")
    return found


_KEPT = (
    (ICO, ico, pictures_in_ico),
    (ICNS, icns, pictures_in_icns),
    (SIDEBAR, bmp, pictures_in_bmp),
)


def main(arguments: list[str]) -> int:
    renderer = drawing()
    match arguments:
        case ["write"]:
            for file, made, _read_it in _KEPT:
                file.write_bytes(made(renderer))
        case ["check"]:
            found = faults(renderer)
            for fault in found:
                print(f"{fault}; make it anew: python packaging/icons.py write")
            return 1 if found else 0
        case ["hicolor", folder]:
            write_hicolor(renderer, Path(folder))
        case ["show", folder]:
            write_all(renderer, Path(folder))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main(sys.argv[1:]))
