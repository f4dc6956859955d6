"""MP4: boxes around an H.264 video and, if there is one, its MP3 sound.

The index comes before the samples, so that a player can begin before it has read the whole file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.media_files.h264 import H264Encoder
from runcomfy_desktop.emulator.media_files.mp3 import SAMPLES_PER_FRAME
from runcomfy_desktop.emulator.media_files.tune import RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_MOVIE_TICKS_PER_SECOND = 1000
_TICKS_PER_FRAME = 1000
_MP3 = 0x6B


@dataclass(frozen=True, slots=True)
class _Mp4Track:
    """One track: its samples, the duration of each, and the boxes that describe it."""

    samples: tuple[bytes, ...]
    ticks_per_second: int
    ticks_per_sample: int
    entry: bytes
    handler: bytes
    media_header: bytes
    size: tuple[int, int] = (0, 0)
    key_frames: tuple[int, ...] = ()

    @property
    def duration_s(self) -> float:
        return len(self.samples) * self.ticks_per_sample / self.ticks_per_second

    @property
    def data(self) -> bytes:
        return b"".join(self.samples)


def write(frames: Sequence[Image.Image], fps: float, sound: Sequence[bytes] = ()) -> bytes:
    """Returns a video of `frames`; `sound` are the MP3 frames of its sound."""
    tracks = [_video_track(frames, fps)]
    if sound:
        tracks.append(_audio_track(sound))
    header = _box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    room = len(header) + len(_movie_box(tracks, 0)) + 8
    samples = b"".join(track.data for track in tracks)
    return header + _movie_box(tracks, room) + _box(b"mdat", samples)


def _video_track(frames: Sequence[Image.Image], fps: float) -> _Mp4Track:
    encoder = H264Encoder(frames[0].size)
    units = list(encoder.units(frames))
    sequence, picture = encoder.parameters()
    width, height = encoder.size
    settings = _box(
        b"avcC",
        bytes((1, *sequence[1:4], 0xFF, 0xE1)),
        struct.pack(">H", len(sequence)) + sequence,
        bytes((1,)) + struct.pack(">H", len(picture)) + picture,
    )
    entry = _box(
        b"avc1",
        struct.pack(">6xH16xHHIIIH32sHh", 1, width, height, 72 << 16, 72 << 16, 0, 1, b"", 24, -1),
        settings,
    )
    return _Mp4Track(
        samples=tuple(struct.pack(">I", len(unit.data)) + unit.data for unit in units),
        ticks_per_second=max(1, round(fps * _TICKS_PER_FRAME)),
        ticks_per_sample=_TICKS_PER_FRAME,
        entry=entry,
        handler=b"vide",
        media_header=_box(b"vmhd", struct.pack(">I8x", 1)),
        size=(width, height),
        key_frames=tuple(number for number, unit in enumerate(units, 1) if unit.is_key),
    )


def _audio_track(frames: Sequence[bytes]) -> _Mp4Track:
    decoder = bytes((_MP3, 0x15, 0, 0, 0)) + struct.pack(">II", 0, 0)
    stream = struct.pack(">HB", 0, 0) + _descriptor(4, decoder) + _descriptor(6, b"\x02")
    entry = _box(
        b"mp4a",
        struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, RATE << 16),
        _box(b"esds", bytes(4), _descriptor(3, stream)),
    )
    return _Mp4Track(
        samples=tuple(frames),
        ticks_per_second=RATE,
        ticks_per_sample=SAMPLES_PER_FRAME,
        entry=entry,
        handler=b"soun",
        media_header=_box(b"smhd", bytes(8)),
    )


def _movie_box(tracks: Sequence[_Mp4Track], first_at: int) -> bytes:
    """Returns the `moov` box; `first_at` is the file position of the first track's samples."""
    longest = max(track.duration_s for track in tracks)
    header = struct.pack(
        ">4x8xIIIH10x36s24xI",
        _MOVIE_TICKS_PER_SECOND,
        round(longest * _MOVIE_TICKS_PER_SECOND),
        0x10000,
        0x100,
        _MATRIX,
        len(tracks) + 1,
    )
    boxes = [_box(b"mvhd", header)]
    at = first_at
    for number, track in enumerate(tracks, 1):
        boxes.append(_track_box(track, number, at))
        at += len(track.data)
    return _box(b"moov", *boxes)


def _track_box(track: _Mp4Track, number: int, at: int) -> bytes:
    ticks = round(track.duration_s * _MOVIE_TICKS_PER_SECOND)
    volume = 0 if track.handler == b"vide" else 0x100
    width, height = track.size
    header = struct.pack(
        ">I8xI4xI8xHHH2x36sII", 3, number, ticks, 0, 0, volume, _MATRIX, width << 16, height << 16
    )
    length = len(track.samples) * track.ticks_per_sample
    media = _box(
        b"mdia",
        _box(b"mdhd", struct.pack(">4x8xIIHH", track.ticks_per_second, length, 0x55C4, 0)),
        _box(b"hdlr", struct.pack(">4x4x4s12x", track.handler), b"\x00"),
        _box(b"minf", track.media_header, _data_reference(), _sample_table(track, at)),
    )
    return _box(b"trak", _box(b"tkhd", header), media)


def _data_reference() -> bytes:
    """Returns the box which states that the samples are in the file itself."""
    reference = _box(b"url ", struct.pack(">I", 1))
    return _box(b"dinf", _box(b"dref", struct.pack(">4xI", 1), reference))


def _sample_table(track: _Mp4Track, at: int) -> bytes:
    count = len(track.samples)
    sizes = struct.pack(f">4xII{count}I", 0, count, *map(len, track.samples))
    boxes = [
        _box(b"stsd", struct.pack(">4xI", 1), track.entry),
        _box(b"stts", struct.pack(">4xIII", 1, count, track.ticks_per_sample)),
    ]
    if track.key_frames:
        keys = len(track.key_frames)
        boxes.append(_box(b"stss", struct.pack(f">4xI{keys}I", keys, *track.key_frames)))
    # All samples are in one chunk.
    boxes += [
        _box(b"stsc", struct.pack(">4xIIII", 1, 1, count, 1)),
        _box(b"stsz", sizes),
        _box(b"stco", struct.pack(">4xII", 1, at)),
    ]
    return _box(b"stbl", *boxes)


def _box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, name) + content


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content
