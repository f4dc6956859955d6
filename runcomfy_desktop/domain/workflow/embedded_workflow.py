"""Extracts workflows from pictures: ComfyUI writes the workflow of a picture into its file.

A picture is read in pieces, at the places that its format gives: most of it is pixels. Nothing in
the file can be trusted, so every length is checked and every text has a limit.
"""

from __future__ import annotations

import html
import re
import zlib
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # Returns the given number of bytes from an offset, or fewer at the end.
    ReadAt = Callable[[int, int], bytes]
# Names of the texts with a workflow; the graph that was run is called "prompt".
NAMES = ("prompt", "workflow")
_PNG = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 100_000
# Real files have one text per name; a larger number is meant to keep the program busy.
_MAX_TEXTS = 8
# Limit for the whole file: far more than two workflows, which some programs write twice.
_MAX_READ_BYTES = 8 * MAX_BYTES
_NAME_CHARS = 79
_EXIF_PREFIX = b"Exif\x00\x00"
_XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\x00"
# The value after the name of an attribute or of an element.
_XMP_VALUE = re.compile(rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')|>([^<]*)<""")
_MAX_XMP_MATCHES = 1_000
_NO_LENGTH = (0x01, *range(0xD0, 0xD9))
_START_OF_SCAN, _APP1, _COMMENT = 0xDA, 0xE1, 0xFE
_ASCII, _BYTES, _UNDEFINED, _UTF8 = 2, 1, 7, 129
_EXIF_SIZES = {_BYTES: 1, _ASCII: 1, _UNDEFINED: 1, _UTF8: 1}
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_MAX_EXIF_ENTRIES = 1_000
_MAX_IFDS = 4
_EXIF_CHARSETS = {b"UNICODE\0": "utf-16", b"ASCII\0\0\0": "", b"JIS\0\0\0\0\0": "", b"\0" * 8: ""}


def exif_texts(data: bytes) -> list[str]:
    """Returns the texts in EXIF data, in their order; none for wrong offsets and lengths.

    EXIF data are a small TIFF file, of which nothing else is read.
    """
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None:
        return []
    return _TiffReader(data, order == "little").texts()


def decode_text(data: bytes) -> str:
    """Decodes text of unknown encoding: UTF-8, else Latin-1."""
    data = data.strip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class _TiffReader:
    """Reader for the texts of one TIFF file."""

    def __init__(self, data: bytes, is_little: bool) -> None:
        self._data = data
        self._is_little = is_little
        # Entries may all point to the same offset, which turns one text into a thousand.
        self._remaining = 2 * MAX_BYTES

    def texts(self) -> list[str]:
        found: list[str] = []
        ifds = [self._number(4, 4)]
        for _ifd in range(_MAX_IFDS):
            if not ifds:
                break
            offset = ifds.pop(0)
            for index in range(min(self._number(offset, 2), _MAX_EXIF_ENTRIES)):
                self._read_entry(offset + 2 + 12 * index, found, ifds)
        return found

    def _read_entry(self, offset: int, found: list[str], ifds: list[int]) -> None:
        tag, kind = self._number(offset, 2), self._number(offset + 2, 2)
        count = self._number(offset + 4, 4)
        if tag == _EXIF_IFD:
            ifds.append(self._number(offset + 8, 4))
        elif kind in _EXIF_SIZES and 0 < count <= min(MAX_BYTES, self._remaining):
            value_offset = offset + 8 if count <= 4 else self._number(offset + 8, 4)
            raw = self._data[value_offset : value_offset + count]
            if len(raw) == count:
                self._remaining -= count
                decode = self._decode_comment if tag == _USER_COMMENT else decode_text
                found.append(decode(raw))

    def _decode_comment(self, raw: bytes) -> str:
        """Decodes a comment; its first eight characters name the encoding, if known."""
        charset = _EXIF_CHARSETS.get(raw[:8])
        if charset is None:
            return decode_text(raw)
        if not charset:
            return decode_text(raw[8:])
        body = raw[8:]
        # Some programs write UTF-16 in the byte order of the TIFF, some always big-endian.
        is_little = body[1:2] == b"\0" or (self._is_little and body[:1] != b"\0")
        return body.decode("utf-16-le" if is_little else "utf-16-be", "replace").strip("\0\ufeff")

    def _number(self, offset: int, length: int) -> int:
        chunk = self._data[offset : offset + length]
        return int.from_bytes(chunk, "little" if self._is_little else "big")


def is_picture(head: bytes) -> bool:
    """Returns True if a file with this start is a picture that may contain a workflow."""
    return _parser_for(head) is not None


def embedded_texts(read: ReadAt) -> dict[str, str]:
    """Returns the texts named "prompt" and "workflow" in a picture; "" names an unnamed text."""
    parse = _parser_for(read(0, 16))
    found: dict[str, str] = {}
    if parse is not None:
        for name, text in parse(_with_read_limit(read)):
            lower = name.lower()
            if lower in (*NAMES, "") and text.strip():
                found.setdefault(lower, text)
    return found


def _with_read_limit(read: ReadAt) -> ReadAt:
    """Returns a reader that behaves as if the file ended after _MAX_READ_BYTES."""
    remaining = _MAX_READ_BYTES

    def limited_read(at: int, length: int) -> bytes:
        nonlocal remaining
        data = read(at, length) if remaining > 0 else b""
        remaining -= len(data)
        return data

    return limited_read


def _parser_for(head: bytes) -> Callable[[ReadAt], Iterator[tuple[str, str]]] | None:
    if head.startswith(_PNG):
        return _png
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg
    return None


def _png(read: ReadAt) -> Iterator[tuple[str, str]]:
    at, texts = len(_PNG), 0
    for _chunk in range(_MAX_CHUNKS):
        head = read(at, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if len(head) < 8 or kind == b"IEND":
            return
        if kind in (b"tEXt", b"zTXt", b"iTXt") and length <= MAX_BYTES:
            data = read(at + 8, length)
            if texts < _MAX_TEXTS and _is_workflow_text(data):
                texts += 1
                yield from _png_text(kind, data)
        elif kind == b"eXIf" and length <= MAX_BYTES:
            yield from _split_names(exif_texts(read(at + 8, length)))
        at += 12 + length


def _is_workflow_text(data: bytes) -> bool:
    name, found, _rest = data[: _NAME_CHARS + 1].partition(b"\0")
    return bool(found) and name.lower().decode("latin-1") in NAMES


def _png_text(kind: bytes, data: bytes) -> Iterator[tuple[str, str]]:
    name, _found, rest = data.partition(b"\0")
    if kind == b"tEXt":
        text: bytes | None = rest
    elif kind == b"zTXt":
        text = _decompressed(rest[1:])
    else:
        is_compressed = rest[:1] == b"\1"
        _language, _found, translated = rest[2:].partition(b"\0")
        _translated, _found, body = translated.partition(b"\0")
        text = _decompressed(body) if is_compressed else body
    if text is not None:
        yield name.decode("latin-1"), decode_text(text)


def _decompressed(data: bytes) -> bytes | None:
    """Returns the decompressed data; None if it is damaged or larger than any workflow."""
    try:
        text = zlib.decompressobj().decompress(data, MAX_BYTES + 1)
    except zlib.error:
        return None
    return text if len(text) <= MAX_BYTES else None


def _webp(read: ReadAt) -> Iterator[tuple[str, str]]:
    at = 12
    for _chunk in range(_MAX_CHUNKS):
        head = read(at, 8)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[4:], "little"), head[:4]
        if kind == b"EXIF" and length <= MAX_BYTES:
            yield from _split_names(exif_texts(read(at + 8, length).removeprefix(_EXIF_PREFIX)))
        elif kind == b"XMP " and length <= MAX_BYTES:
            yield from _xmp(read(at + 8, length))
        at += 8 + length + length % 2


def _jpeg(read: ReadAt) -> Iterator[tuple[str, str]]:
    at = 2
    for _chunk in range(_MAX_CHUNKS):
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
        yield from _split_names([decode_text(body)])
    elif body.startswith(_EXIF_PREFIX):
        yield from _split_names(exif_texts(body.removeprefix(_EXIF_PREFIX)))
    elif body.startswith(_XMP_PREFIX):
        yield from _xmp(body)


def _split_names(texts: list[str]) -> Iterator[tuple[str, str]]:
    """Yields names and texts: `prompt:{…}` is named prompt; a bare {…} has no name."""
    for text in texts:
        name, found, rest = text.partition(":")
        if found and name.strip().lower() in NAMES:
            yield name.strip(), rest
        elif text.lstrip().startswith("{"):
            yield "", text


def _xmp(data: bytes) -> Iterator[tuple[str, str]]:
    """Yields the named texts in XMP data.

    The names are searched for first: a pattern tried at every character could take as long as the
    author of the file likes, and block the window.
    """
    lower = data.lower()
    for name in NAMES:
        at = lower.find(name.encode())
        for _match in range(_MAX_XMP_MATCHES):
            if at < 0:
                break
            at += len(name)
            match = _XMP_VALUE.match(data, at)
            if match is not None:
                value = match[1] or match[2] or match[3] or b""
                yield name, html.unescape(decode_text(value))
                at = match.end() - 1
            at = lower.find(name.encode(), at)
