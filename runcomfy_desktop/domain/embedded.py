"""Workflows that pictures carry: ComfyUI writes what made a picture into its file.

A picture is read by pieces, at the places that its format names: most of it is pixels. All that a
file says of itself may be a lie, so every length is checked and every text has a limit.
"""

from __future__ import annotations

import html
import re
import zlib
from typing import TYPE_CHECKING

from runcomfy_desktop.domain import exif
from runcomfy_desktop.domain.workflow import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # The bytes from a place on, as many as asked for, or fewer at the end.
    Read = Callable[[int, int], bytes]

# What a workflow may be called in there; the graph that was run is called "prompt".
NAMES = ("prompt", "workflow")
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_PIECES = 100_000
# Of one name there is one; what comes after so many was put there to keep somebody busy.
_MOST_TEXTS = 8
# Of the whole file: far more than two workflows, as some write them twice.
_MOST_READ = 8 * MAX_BYTES
_NAME_CHARS = 79
_EXIF_MARK = b"Exif\x00\x00"
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\x00"
# What stands behind the name of an attribute, or of an element.
_XMP_VALUE = re.compile(rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')|>([^<]*)<""")
_MOST_PLACES = 1_000
_NO_LENGTH = (0x01, *range(0xD0, 0xD9))
_START_OF_SCAN, _APP1, _COMMENT = 0xDA, 0xE1, 0xFE


def is_picture(head: bytes) -> bool:
    """Whether a file with this beginning is one of the pictures that may carry a workflow."""
    return _walker(head) is not None


def carried_texts(read: Read) -> dict[str, str]:
    """The texts called "prompt" and "workflow" in a picture, and "" for one without a name."""
    walk = _walker(read(0, 16))
    found: dict[str, str] = {}
    if walk is not None:
        for name, text in walk(_frugal(read)):
            lower = name.lower()
            if lower in (*NAMES, "") and text.strip():
                found.setdefault(lower, text)
    return found


def _frugal(read: Read) -> Read:
    """The same, as if the file ended once it has given more than anybody needs."""
    left = _MOST_READ

    def piece(at: int, length: int) -> bytes:
        nonlocal left
        data = read(at, length) if left > 0 else b""
        left -= len(data)
        return data

    return piece


def _walker(head: bytes) -> Callable[[Read], Iterator[tuple[str, str]]] | None:
    if head.startswith(_PNG):
        return _png
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg
    return None


def _png(read: Read) -> Iterator[tuple[str, str]]:
    at, texts = len(_PNG), 0
    for _piece in range(_MOST_PIECES):
        head = read(at, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if len(head) < 8 or kind == b"IEND":
            return
        if kind in (b"tEXt", b"zTXt", b"iTXt") and length <= MAX_BYTES:
            data = read(at + 8, length)
            if texts < _MOST_TEXTS and _is_wanted(data):
                texts += 1
                yield from _png_text(kind, data)
        elif kind == b"eXIf" and length <= MAX_BYTES:
            yield from _named(exif.texts(read(at + 8, length)))
        at += 12 + length


def _is_wanted(data: bytes) -> bool:
    name, found, _rest = data[: _NAME_CHARS + 1].partition(b"\0")
    return bool(found) and name.lower().decode("latin-1") in NAMES


def _png_text(kind: bytes, data: bytes) -> Iterator[tuple[str, str]]:
    name, _found, rest = data.partition(b"\0")
    if kind == b"tEXt":
        text: bytes | None = rest
    elif kind == b"zTXt":
        text = _unpacked(rest[1:])
    else:
        is_packed = rest[:1] == b"\1"
        _language, _found, translated = rest[2:].partition(b"\0")
        _translated, _found, body = translated.partition(b"\0")
        text = _unpacked(body) if is_packed else body
    if text is not None:
        yield name.decode("latin-1"), exif.decoded(text)


def _unpacked(data: bytes) -> bytes | None:
    """None for what is damaged, and for what grows beyond any workflow."""
    try:
        text = zlib.decompressobj().decompress(data, MAX_BYTES + 1)
    except zlib.error:
        return None
    return text if len(text) <= MAX_BYTES else None


def _webp(read: Read) -> Iterator[tuple[str, str]]:
    at = 12
    for _piece in range(_MOST_PIECES):
        head = read(at, 8)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[4:], "little"), head[:4]
        if kind == b"EXIF" and length <= MAX_BYTES:
            yield from _named(exif.texts(read(at + 8, length).removeprefix(_EXIF_MARK)))
        elif kind == b"XMP " and length <= MAX_BYTES:
            yield from _xmp(read(at + 8, length))
        at += 8 + length + length % 2


def _jpeg(read: Read) -> Iterator[tuple[str, str]]:
    at = 2
    for _piece in range(_MOST_PIECES):
        head = read(at, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] == _START_OF_SCAN:
            return
        if head[1] in _NO_LENGTH or head[1] == 0xFF:
            at += 1 if head[1] == 0xFF else 2
            continue
        length = int.from_bytes(head[2:], "big")
        if head[1] in (_APP1, _COMMENT):
            body = read(at + 4, max(length - 2, 0))
            yield from _segment(head[1], body)
        at += 2 + max(length, 2)


def _segment(kind: int, body: bytes) -> Iterator[tuple[str, str]]:
    if kind == _COMMENT:
        yield from _named([exif.decoded(body)])
    elif body.startswith(_EXIF_MARK):
        yield from _named(exif.texts(body.removeprefix(_EXIF_MARK)))
    elif body.startswith(_XMP_MARK):
        yield from _xmp(body)


def _named(texts: list[str]) -> Iterator[tuple[str, str]]:
    """`prompt:{…}` is the text {…} called prompt; a bare {…} has no name."""
    for text in texts:
        name, found, rest = text.partition(":")
        if found and name.strip().lower() in NAMES:
            yield name.strip(), rest
        elif text.lstrip().startswith("{"):
            yield "", text


def _xmp(data: bytes) -> Iterator[tuple[str, str]]:
    """Looks where a name stands: an expression that is tried at every letter takes as long as the
    writer of the file wishes, and stops the window meanwhile."""
    lower = data.lower()
    for name in NAMES:
        at = lower.find(name.encode())
        for _place in range(_MOST_PLACES):
            if at < 0:
                break
            at += len(name)
            match = _XMP_VALUE.match(data, at)
            if match is not None:
                value = match[1] or match[2] or match[3] or b""
                yield name, html.unescape(exif.decoded(value))
                at = match.end() - 1
            at = lower.find(name.encode(), at)
