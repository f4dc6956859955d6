"""Size and length of a video or sound, read from the few bytes that contain them.

The files are untrusted: all reading is bounded, numbers are checked, and implausible values count
as unknown.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from runcomfy_desktop.core.media import matroska
from runcomfy_desktop.domain.media.media import MAX_LENGTH_S
from runcomfy_desktop.domain.media.media_types import (
    AVI,
    FLAC,
    M4A,
    MKV,
    MOV,
    MP3,
    MP4,
    WAV,
    WEBM,
    FileType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_SIDE = 65_535
_MAX_STEPS = 400
"""Maximum number of boxes or chunks visited."""
_CONTAINERS = (b"moov", b"trak", b"mdia")
_MP3_RATES = (44100, 48000, 32000)
_MP3_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Size in pixels and length in seconds; 0 means unknown."""

    width: int = 0
    height: int = 0
    length_s: float = 0.0


def read_media_info(file: IO[bytes], file_type: FileType) -> MediaInfo:
    """Reads the information from an open file of this type; may move the file position.

    Raises OSError only.
    """
    read = _READERS.get(file_type)
    if read is None:
        return MediaInfo()
    try:
        file.seek(0)
        found = read(file)
    except (struct.error, ValueError, ZeroDivisionError, OverflowError, IndexError):
        return MediaInfo()
    is_size = 0 < found.width <= MAX_SIDE and 0 < found.height <= MAX_SIDE
    is_length = 0 < found.length_s < MAX_LENGTH_S
    return MediaInfo(
        found.width if is_size else 0,
        found.height if is_size else 0,
        found.length_s if is_length else 0.0,
    )


# MP4, QuickTime, M4A


def _read_mp4(file: IO[bytes]) -> MediaInfo:
    info = MediaInfo()
    for name, content in _mp4_boxes(file, 0, _size_of(file), [_MAX_STEPS]):
        if name == b"mvhd":
            is_64_bit = content[0] == 1
            scale, ticks = struct.unpack_from(
                ">IQ" if is_64_bit else ">II", content, 20 if is_64_bit else 12
            )
            info = MediaInfo(info.width, info.height, ticks / scale)
        elif name == b"tkhd" and not info.width:
            # Width and height are at the end as 16.16 fixed point; a sound track has neither.
            width, height = (side >> 16 for side in struct.unpack(">II", content[-8:]))
            if _is_rotated(content[-44:-8]):
                width, height = height, width
            info = MediaInfo(width, height, info.length_s)
    return info


def _is_rotated(matrix: bytes) -> bool:
    """Returns True if the video is shown rotated by 90 degrees, as from a phone held upright."""
    along, across = struct.unpack(">ii", matrix[:8])
    return not along and bool(across)


def _mp4_boxes(
    file: IO[bytes], begin: int, end: int, remaining: list[int]
) -> Iterator[tuple[bytes, bytes]]:
    """Yields boxes with information at all levels; `remaining` limits how many are visited."""
    offset = begin
    while offset + 8 <= end and remaining[0] > 0:
        remaining[0] -= 1
        file.seek(offset)
        size, name = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            head = 16
        size = end - offset if size == 0 else size
        if size < head:
            return
        if name in _CONTAINERS:
            yield from _mp4_boxes(file, offset + head, min(offset + size, end), remaining)
        elif name in (b"mvhd", b"tkhd"):
            yield name, file.read(min(size - head, 200))
        offset += size


# AVI and WAV


def _read_avi(file: IO[bytes]) -> MediaInfo:
    head = file.read(4096)
    offset = head.index(b"avih") + 8
    frame_us, _rate, _pad, _flags, frames = struct.unpack_from("<5I", head, offset)
    width, height = struct.unpack_from("<II", head, offset + 32)
    return MediaInfo(width, height, frame_us * frames / 1_000_000)


def _read_wav(file: IO[bytes]) -> MediaInfo:
    size, offset, bytes_per_s = _size_of(file), 12, 0
    for _step in range(_MAX_STEPS):
        file.seek(offset)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"fmt ":
            (bytes_per_s,) = struct.unpack_from("<I", file.read(16), 8)
        elif name == b"data":
            # The stated length is wrong for a stream that was cut off, or a file above 4 GB.
            return MediaInfo(length_s=min(length, size - offset - 8) / bytes_per_s)
        offset += 8 + length + length % 2
    return MediaInfo()


# FLAC and MP3


def _read_flac(file: IO[bytes]) -> MediaInfo:
    head = file.read(42)
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return MediaInfo(length_s=samples / rate)


def _read_mp3(file: IO[bytes]) -> MediaInfo:
    size, begin = _size_of(file), _id3_end(file)
    file.seek(begin)
    head = file.read(4096)
    offset = next((index for index in range(len(head) - 4) if _is_mp3_frame(head[index:])), None)
    if offset is None:
        return MediaInfo()
    version, rate_at = head[offset + 1] >> 3 & 3, head[offset + 2] >> 2 & 3
    rate = _MP3_RATES[rate_at] // {3: 1, 2: 2, 0: 4}[version]
    per_frame = 1152 if version == 3 else 576
    frames = _stated_frame_count(head[offset : offset + 60])
    if frames:
        return MediaInfo(length_s=frames * per_frame / rate)
    kbits = (_MP3_KBITS_1 if version == 3 else _MP3_KBITS_2)[head[offset + 2] >> 4]
    return MediaInfo(length_s=(size - begin - offset) * 8 / (kbits * 1000))


def _id3_end(file: IO[bytes]) -> int:
    """Returns where the sound begins: after an ID3 tag, which may contain a picture of any size."""
    header = file.read(10)
    if header[:3] != b"ID3":
        return 0
    length = 0
    for byte in header[6:10]:
        length = length << 7 | byte & 0x7F
    return 10 + length


def _is_mp3_frame(head: bytes) -> bool:
    is_sync = head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return is_sync and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def _stated_frame_count(frame: bytes) -> int:
    """Returns the frame count stated in a file of variable bit rate; 0 if none is stated."""
    for tag in (b"Xing", b"Info"):
        offset = frame.find(tag)
        if offset >= 0 and frame[offset + 7] & 1:
            return int.from_bytes(frame[offset + 8 : offset + 12], "big")
    return 0


def _read_matroska(file: IO[bytes]) -> MediaInfo:
    return MediaInfo(*matroska.read(file, _size_of(file)))


def _size_of(file: IO[bytes]) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


_READERS: dict[FileType, Callable[[IO[bytes]], MediaInfo]] = {
    MP4: _read_mp4,
    MOV: _read_mp4,
    M4A: _read_mp4,
    AVI: _read_avi,
    MKV: _read_matroska,
    WEBM: _read_matroska,
    WAV: _read_wav,
    FLAC: _read_flac,
    MP3: _read_mp3,
}
