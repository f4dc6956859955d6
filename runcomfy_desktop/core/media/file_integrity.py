"""Detects truncated files, which begin like complete files and may be decoded as if complete.

A file counts as truncated only if this is certain. Files are read in pieces, because they can be
half a gigabyte in size, and nothing is decoded.
"""

from __future__ import annotations

import os
import re
import struct
from typing import IO, TYPE_CHECKING

from runcomfy_desktop.core.media import matroska

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_HEAD_BYTES = 12
_CHUNK_BYTES = 1024 * 1024
_NEAR_END_BYTES = 4096
_JPEG_END = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
# Markers without content; all others are followed by a length.
_STANDALONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
# Half a gigabyte in chunks of the usual size has 65,000; a file of empty chunks has millions.
_MAX_CHUNKS = 200_000
_MAX_MARKERS = 10_000
_MAX_BOXES = 100_000
_MAX_GIF_BLOCKS = 500_000
_GIF_EXTENSION, _GIF_PICTURE = b"\x21", b"\x2c"
# Boxes at the top level of a video, or of a picture in the same container format.
_TOP_LEVEL_BOXES = frozenset(
    b"ftyp moov mdat moof mfra meta free skip wide udta uuid sidx ssix styp emsg prft pdin "
    b"meco idat pnot".split()
)
# Without one of these, the content cannot be located.
_INDEX_BOXES = (b"moov", b"meta")
# Length in the header of a sound or video that was written as a stream.
_RIFF_UNKNOWN_SIZE = 0x7FFF_0000
# Some programs include the eight bytes of the header in the length.
_RIFF_SLACK = 8
_OGG_PAGE_BYTES = 65_307
_FLAC_INFO_BYTES = 42
_FLAC_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_FLAC_HEAD_BYTES = 13
_ZIP_END = b"PK\x05\x06"
# Longest possible end of an archive: with a comment of 64 kilobytes.
_ZIP_END_BYTES = 22 + 0xFFFF


def is_complete(file: IO[bytes]) -> bool:
    """Returns False if the file is certainly truncated, else True."""
    head = _head(file)
    has_end = next((check for matches, check in _CHECKS if matches(head)), None)
    return has_end is None or has_end(file)


def is_progressive(file: IO[bytes]) -> bool:
    """Returns True for a JPEG that has to be decoded as a whole, at whatever size it is shown."""
    is_jpeg = _head(file).startswith(b"\xff\xd8\xff")
    return is_jpeg and any(marker in _PROGRESSIVE for marker in _jpeg_markers(file))


def png_chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yields the name of each complete chunk of a PNG, and the offset and length of its data."""
    end = file.seek(0, 2)
    offset = len(PNG_SIGNATURE)
    for _step in range(_MAX_CHUNKS):
        file.seek(offset)
        head = file.read(8)
        if len(head) < 8:
            return
        length, name = struct.unpack(">I4s", head)
        # The chunk ends with a checksum of four bytes.
        if offset + 12 + length > end:
            return
        yield name, offset + 8, length
        offset += 12 + length


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(_HEAD_BYTES)


def _size_of(file: IO[bytes]) -> int:
    return file.seek(0, os.SEEK_END)


def _tail(file: IO[bytes], max_bytes: int) -> bytes:
    file.seek(max(0, _size_of(file) - max_bytes))
    return file.read(max_bytes)


# Pictures


def _png_has_end(file: IO[bytes]) -> bool:
    count = 0
    for name, _at, _length in png_chunks(file):
        count += 1
        if name == b"IEND":
            return True
    return count == _MAX_CHUNKS


def _jpeg_markers(file: IO[bytes]) -> Iterator[int]:
    """Yields the markers up to the picture data, and leaves the file positioned there."""
    offset = 2
    for _step in range(_MAX_MARKERS):
        file.seek(offset)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == 0xFF:
            offset += 1
            continue
        yield marker
        if marker == _START_OF_SCAN:
            return
        offset += 2 if marker in _STANDALONE_MARKERS else 2 + int.from_bytes(head[2:4], "big")


def _jpeg_has_end(file: IO[bytes]) -> bool:
    """Searches for the end marker after the header, which may contain another small JPEG."""
    has_scan = _START_OF_SCAN in _jpeg_markers(file)
    begin = file.tell()
    end = _size_of(file)
    if not has_scan:
        # If something other than a marker follows, the file counts as complete.
        return begin < end
    file.seek(max(begin, end - _NEAR_END_BYTES))
    if _JPEG_END in file.read(_NEAR_END_BYTES):
        return True
    file.seek(begin)
    last = b""
    while chunk := file.read(_CHUNK_BYTES):
        # This pair of bytes cannot occur inside the picture data.
        if _JPEG_END in last + chunk:
            return True
        last = chunk[-1:]
    return False


def _gif_has_end(file: IO[bytes]) -> bool:
    file.seek(6)
    screen = file.read(7)
    if len(screen) < 7:
        return False
    _skip_colours(file, screen[4])
    for _step in range(_MAX_GIF_BLOCKS):
        block_type = file.read(1)
        if block_type == _GIF_EXTENSION:
            file.seek(1, os.SEEK_CUR)
        elif block_type == _GIF_PICTURE:
            descriptor = file.read(9)
            if len(descriptor) < 9:
                return False
            _skip_colours(file, descriptor[8])
            file.seek(1, os.SEEK_CUR)
        else:
            # The end, or data after it. Some programs write no end: then nothing is missing.
            return bool(block_type) or file.tell() <= _size_of(file)
        if not _skip_gif_data(file):
            return False
    return True


def _skip_colours(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, os.SEEK_CUR)


def _skip_gif_data(file: IO[bytes]) -> bool:
    """Skips data in blocks of at most 255 bytes; returns False if the file ends first."""
    for _step in range(_MAX_GIF_BLOCKS):
        length = file.read(1)
        if not length:
            return False
        if length == b"\0":
            return True
        file.seek(length[0], os.SEEK_CUR)
    return True


# Videos, sounds, models, archives


def _riff_has_end(file: IO[bytes]) -> bool:
    head = _head(file)
    stated_size = int.from_bytes(head[4:8], "little")
    if head[8:12] == b"WEBP":
        return _size_of(file) >= stated_size + 8
    return stated_size >= _RIFF_UNKNOWN_SIZE or _size_of(file) >= stated_size + 8 - _RIFF_SLACK


def _boxes_have_end(file: IO[bytes]) -> bool:
    end, offset, has_index = _size_of(file), 0, False
    for _step in range(_MAX_BOXES):
        file.seek(offset)
        head = file.read(16)
        if len(head) < 8:
            return has_index
        size, name = struct.unpack_from(">I4s", head)
        if name not in _TOP_LEVEL_BOXES:
            return True
        has_index = has_index or name in _INDEX_BOXES
        if size == 1:
            size = int.from_bytes(head[8:], "big")
        elif size == 0:
            size = end - offset
        if offset + size > end:
            return False
        offset += max(size, 8)
    return True


def _matroska_has_end(file: IO[bytes]) -> bool:
    size = _size_of(file)
    try:
        end = matroska.segment_end(file, size)
    except ValueError:
        return True
    return end is None or end <= size


def _ogg_has_end(file: IO[bytes]) -> bool:
    """Searches for the last page, which states its own length."""
    tail = _tail(file, _OGG_PAGE_BYTES)
    offset = tail.rfind(b"OggS\0")
    if offset < 0:
        return True
    head = tail[offset : offset + 27]
    if len(head) < 27:
        return False
    lengths = tail[offset + 27 : offset + 27 + head[26]]
    return len(lengths) == head[26] and offset + 27 + head[26] + sum(lengths) <= len(tail)


def _flac_has_end(file: IO[bytes]) -> bool:
    """Searches for the frame with the last sample; the header states the number of samples."""
    file.seek(0)
    head = file.read(_FLAC_INFO_BYTES)
    if len(head) < _FLAC_INFO_BYTES:
        return False
    block = int.from_bytes(head[10:12], "big")
    longest = int.from_bytes(head[15:18], "big")
    samples = int.from_bytes(head[18:26], "big") & (1 << 36) - 1
    if head[4] & 0x7F or not samples or not block:
        return True
    tail = _tail(file, _CHUNK_BYTES + longest)
    return any(
        _flac_frame_end(tail[offset.start() : offset.start() + _FLAC_HEAD_BYTES], block) == samples
        for offset in _FLAC_SYNC.finditer(tail)
    )


def _flac_frame_end(head: bytes, block: int) -> int:
    """Returns the number of the sample after a frame; 0 if no frame begins here.

    `block` is the usual length of a frame in samples.
    """
    head = head.ljust(_FLAC_HEAD_BYTES, b"\0")
    # The frame number is encoded like a character in UTF-8, extended to 36 bits.
    ones = 8 - (head[4] ^ 0xFF).bit_length()
    number, offset = head[4] & 0x7F >> ones, 4 + max(1, ones)
    for byte in head[5:offset]:
        number = number << 6 | byte & 0x3F
    code = head[2] >> 4
    if code in (6, 7):
        length = int.from_bytes(head[offset : offset + code - 5], "big") + 1
    elif code == 1:
        length = 192
    else:
        length = 576 << code - 2 if 2 <= code <= 5 else 256 << code - 8 if code >= 8 else 0
    begin = number if head[1] & 1 else number * block
    return begin + length if length else 0


def _glb_has_end(file: IO[bytes]) -> bool:
    return _size_of(file) >= int.from_bytes(_head(file)[8:12], "little")


def _zip_has_end(file: IO[bytes]) -> bool:
    return _ZIP_END in _tail(file, _ZIP_END_BYTES)


def _starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


_CHECKS: tuple[tuple[Callable[[bytes], bool], Callable[[IO[bytes]], bool]], ...] = (
    (_starts_with(PNG_SIGNATURE), _png_has_end),
    (_starts_with(b"\xff\xd8\xff"), _jpeg_has_end),
    (_starts_with(b"GIF87a", b"GIF89a"), _gif_has_end),
    (lambda head: head[:4] == b"RIFF" and head[8:] in (b"WEBP", b"WAVE", b"AVI "), _riff_has_end),
    (lambda head: head[4:8] == b"ftyp", _boxes_have_end),
    (_starts_with(b"\x1aE\xdf\xa3"), _matroska_has_end),
    (_starts_with(b"OggS\0"), _ogg_has_end),
    (_starts_with(b"fLaC"), _flac_has_end),
    (_starts_with(b"glTF\1\0\0\0", b"glTF\2\0\0\0"), _glb_has_end),
    (_starts_with(b"PK\3\4"), _zip_has_end),
)
