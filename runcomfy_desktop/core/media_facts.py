"""How large and how long a film or a sound is, read from the few bytes that say so.

Everything here is told by a file from outside: nothing is read without a bound, no number is
believed without a look at it, and a file that says nothing sensible has no facts.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from runcomfy_desktop.core import matroska
from runcomfy_desktop.domain.media import MAX_LENGTH_S
from runcomfy_desktop.domain.media_types import (
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
_STEPS = 400
"""At most so many boxes or chunks are walked over."""
_CONTAINERS = (b"moov", b"trak", b"mdia")
_MP3_RATES = (44100, 48000, 32000)
_MP3_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(frozen=True, slots=True)
class Facts:
    """0 is what is not known."""

    width: int = 0
    height: int = 0
    length_s: float = 0.0


def read_facts(file: IO[bytes], kind: FileType) -> Facts:
    """The facts of an opened file of this kind; leaves it anywhere. Raises OSError only."""
    read = _READERS.get(kind)
    if read is None:
        return Facts()
    try:
        file.seek(0)
        found = read(file)
    except (struct.error, ValueError, ZeroDivisionError, OverflowError, IndexError):
        return Facts()
    is_size = 0 < found.width <= MAX_SIDE and 0 < found.height <= MAX_SIDE
    is_length = 0 < found.length_s < MAX_LENGTH_S
    return Facts(
        found.width if is_size else 0,
        found.height if is_size else 0,
        found.length_s if is_length else 0.0,
    )


# MP4, QuickTime, M4A


def _film_box(file: IO[bytes]) -> Facts:
    facts = Facts()
    for name, content in _boxes(file, 0, _size_of(file), [_STEPS]):
        if name == b"mvhd":
            wide = content[0] == 1
            scale, ticks = struct.unpack_from(">IQ" if wide else ">II", content, 20 if wide else 12)
            facts = Facts(facts.width, facts.height, ticks / scale)
        elif name == b"tkhd" and not facts.width:
            # Sides stand at the end as 16.16 fixed point; a track of sound has none.
            width, height = (side >> 16 for side in struct.unpack(">II", content[-8:]))
            if _is_turned(content[-44:-8]):
                width, height = height, width
            facts = Facts(width, height, facts.length_s)
    return facts


def _is_turned(matrix: bytes) -> bool:
    """Whether a telephone was held upright: the picture is shown turned by a quarter."""
    along, across = struct.unpack(">ii", matrix[:8])
    return not along and bool(across)


def _boxes(file: IO[bytes], begin: int, end: int, left: list[int]) -> Iterator[tuple[bytes, bytes]]:
    """The boxes that say something, in all depths; `left` is how many more are looked at."""
    at = begin
    while at + 8 <= end and left[0] > 0:
        left[0] -= 1
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            head = 16
        size = end - at if size == 0 else size
        if size < head:
            return
        if name in _CONTAINERS:
            yield from _boxes(file, at + head, min(at + size, end), left)
        elif name in (b"mvhd", b"tkhd"):
            yield name, file.read(min(size - head, 200))
        at += size


# AVI and WAV


def _avi(file: IO[bytes]) -> Facts:
    head = file.read(4096)
    at = head.index(b"avih") + 8
    frame_us, _rate, _pad, _flags, frames = struct.unpack_from("<5I", head, at)
    width, height = struct.unpack_from("<II", head, at + 32)
    return Facts(width, height, frame_us * frames / 1_000_000)


def _wav(file: IO[bytes]) -> Facts:
    size, at, bytes_per_s = _size_of(file), 12, 0
    for _step in range(_STEPS):
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"fmt ":
            (bytes_per_s,) = struct.unpack_from("<I", file.read(16), 8)
        elif name == b"data":
            # A stream that was cut off, or one of more than 4 GB, does not know its own length.
            return Facts(length_s=min(length, size - at - 8) / bytes_per_s)
        at += 8 + length + length % 2
    return Facts()


# FLAC and MP3


def _flac(file: IO[bytes]) -> Facts:
    head = file.read(42)
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return Facts(length_s=samples / rate)


def _mp3(file: IO[bytes]) -> Facts:
    size, begin = _size_of(file), _behind_label(file)
    file.seek(begin)
    head = file.read(4096)
    at = next((place for place in range(len(head) - 4) if _is_frame(head[place:])), None)
    if at is None:
        return Facts()
    version, rate_at = head[at + 1] >> 3 & 3, head[at + 2] >> 2 & 3
    rate = _MP3_RATES[rate_at] // {3: 1, 2: 2, 0: 4}[version]
    per_frame = 1152 if version == 3 else 576
    frames = _counted_frames(head[at : at + 60])
    if frames:
        return Facts(length_s=frames * per_frame / rate)
    kbits = (_MP3_KBITS_1 if version == 3 else _MP3_KBITS_2)[head[at + 2] >> 4]
    return Facts(length_s=(size - begin - at) * 8 / (kbits * 1000))


def _behind_label(file: IO[bytes]) -> int:
    """Where the sound begins: an ID3 label stands before it, with a picture of any size in it."""
    label = file.read(10)
    if label[:3] != b"ID3":
        return 0
    length = 0
    for part in label[6:10]:
        length = length << 7 | part & 0x7F
    return 10 + length


def _is_frame(head: bytes) -> bool:
    is_sync = head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return is_sync and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def _counted_frames(frame: bytes) -> int:
    """How many frames a file of varying quality says it has; 0 when it says nothing."""
    for mark in (b"Xing", b"Info"):
        at = frame.find(mark)
        if at >= 0 and frame[at + 7] & 1:
            return int.from_bytes(frame[at + 8 : at + 12], "big")
    return 0


def _matroska(file: IO[bytes]) -> Facts:
    return Facts(*matroska.read(file, _size_of(file)))


def _size_of(file: IO[bytes]) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


_READERS: dict[FileType, Callable[[IO[bytes]], Facts]] = {
    MP4: _film_box,
    MOV: _film_box,
    M4A: _film_box,
    AVI: _avi,
    MKV: _matroska,
    WEBM: _matroska,
    WAV: _wav,
    FLAC: _flac,
    MP3: _mp3,
}
