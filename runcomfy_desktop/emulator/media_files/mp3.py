"""MP3 with one channel, written directly from notes: each note is a single spectral line.

A line needs a few bits; the rest of a frame stays empty. Arbitrary sound cannot be encoded this
way, but the result is an ordinary MP3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.emulator.media_files.bit_writer import BitWriter
from runcomfy_desktop.emulator.media_files.tune import GRANULE, RATE, decay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.emulator.media_files.tune import Tune

SAMPLES_PER_FRAME = 2 * GRANULE
# Kilobits per second, and their index in a frame header.
BITRATES = {64: 5, 128: 9, 320: 14}
_SIDE_BYTES = 17
# Huffman table 1, for pairs of values up to one; a sign follows each value that is not 0.
_NO_PAIR, _FIRST_OF_PAIR, _SECOND_OF_PAIR = (0b1, 1), (0b01, 2), (0b001, 3)
# Gain at which a line of value 1 is about as loud as the tune in the other formats.
_MAX_GAIN = 202
# A steady tone's line changes its sign in this sequence from granule to granule.
_SIGNS = (0, 0, 1, 1)


class _Granule(NamedTuple):
    """Half a frame: its gain, the number of pairs of lines, and the lines."""

    gain: int
    pairs: int
    lines: BitWriter


def write(tune: Tune, kbps: int) -> bytes:
    return b"".join(frames(tune, kbps))


def frames(tune: Tune, kbps: int) -> Iterator[bytes]:
    """Yields frames of 1152 samples each; every frame is complete in itself."""
    granules = _granules(tune)
    if len(granules) % 2:
        granules.append(_Granule(0, 0, BitWriter()))
    exact, debt = SAMPLES_PER_FRAME // 8 * 1000 * kbps, 0
    for first in range(0, len(granules), 2):
        # Some frames are one byte longer, so that the bit rate is met.
        debt += exact % RATE
        padded = debt >= RATE
        debt -= RATE if padded else 0
        header = BitWriter().write(0b11111111111, 11).write(0b11011, 5).write(BITRATES[kbps], 4)
        header.write(0, 2).write(int(padded), 1).write(0, 1).write(0b11, 2).write(0b000100, 6)
        size = exact // RATE + padded - 4
        yield header.to_bytes() + _content(granules[first], granules[first + 1], size)


def _content(first: _Granule, second: _Granule, size: int) -> bytes:
    side, main = BitWriter().write(0, 18), BitWriter()
    for granule in (first, second):
        side.write(len(granule.lines), 12).write(granule.pairs, 9).write(granule.gain, 8).write(
            0, 5
        )
        # One Huffman table for all three regions; no scaling of bands.
        side.write(1, 5).write(1, 5).write(1, 5).write(7, 4).write(7, 3).write(0, 3)
        main.extend(granule.lines)
    return side.to_bytes(_SIDE_BYTES) + main.to_bytes(size - _SIDE_BYTES)


def _granules(tune: Tune) -> list[_Granule]:
    granules = []
    for note in tune.notes():
        for number in range(note.granules):
            loudness = note.loudness * decay(number)
            gain = _MAX_GAIN + round(4 * math.log2(loudness))
            lines = BitWriter()
            for _pair in range(note.line // 2):
                lines.write(*_NO_PAIR)
            lines.write(*(_SECOND_OF_PAIR if note.line % 2 else _FIRST_OF_PAIR))
            lines.write(_SIGNS[number % len(_SIGNS)], 1)
            granules.append(_Granule(gain, note.line // 2 + 1, lines))
    return granules
