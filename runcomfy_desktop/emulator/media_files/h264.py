"""H.264 without transforms: changed blocks are sent as plain samples, all others are skipped.

This is baseline H.264, which every player supports. Samples stay within television's narrow range,
so a block never contains bytes that need escaping.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from runcomfy_desktop.emulator.media_files.bit_writer import BitWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BLOCK = 16
# A block is not sent again if no sample differs from the displayed one by more than this.
_TOLERANCE = 8
_PCM_IN_KEY_SLICE, _PCM_IN_OTHER_SLICE = 25, 30
_LUMA = [round(16 + 219 * value / 255) for value in range(256)]
_CHROMA = [round(128 + 224 * (value - 128) / 255) for value in range(256)]
_CHANGED = [255 if value > _TOLERANCE else 0 for value in range(256)]
_LEVELS = ((1620, 30), (8192, 40), (36864, 51))
_MAX_LEVEL = 60
_ESCAPED = re.compile(rb"\x00\x00(?=[\x00-\x03])")
_FRAME_NUMBER_BITS = 8


@dataclass(frozen=True, slots=True)
class NalUnit:
    """NAL unit of one frame; `is_key` is True if a player can begin at it."""

    data: bytes
    is_key: bool


@dataclass(frozen=True, slots=True)
class _Planes:
    """One frame as the decoder will show it: luma at full size, chroma at half the size."""

    luma: Image.Image
    blue: Image.Image
    red: Image.Image

    def each(self) -> tuple[tuple[Image.Image, int], ...]:
        return (self.luma, _BLOCK), (self.blue, _BLOCK // 2), (self.red, _BLOCK // 2)


class H264Encoder:
    """Converts pictures of one size into H.264; an odd last column or row is cut off."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = (max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2))
        self._columns, self._rows = (-(-side // _BLOCK) for side in self.size)

    def parameters(self) -> tuple[bytes, bytes]:
        """Returns the sequence and picture parameter sets."""
        return b"\x67" + _escaped(self._sequence()), b"\x68" + _escaped(_picture_set())

    def units(self, frames: Iterable[Image.Image]) -> Iterator[NalUnit]:
        previous: _Planes | None = None
        for number, frame in enumerate(frames):
            planes = self._planes(frame)
            if previous is None:
                yield NalUnit(b"\x65" + self._key_slice(planes), is_key=True)
                previous = planes
            else:
                changed = _changed_blocks(planes, previous)
                count = number % (1 << _FRAME_NUMBER_BITS)
                yield NalUnit(b"\x41" + self._other_slice(planes, changed, count), is_key=False)
                previous = _updated_planes(previous, planes, changed)

    def _sequence(self) -> bytes:
        blocks = self._columns * self._rows
        level = next((level for max_blocks, level in _LEVELS if blocks <= max_blocks), _MAX_LEVEL)
        bits = BitWriter().write(66, 8).write(0b11000000, 8).write(level, 8)
        # Id, width of frame numbers, output order equal to decoding order, one reference.
        bits.write_golomb(0).write_golomb(_FRAME_NUMBER_BITS - 4).write_golomb(2).write_golomb(
            1
        ).write(0, 1)
        bits.write_golomb(self._columns - 1).write_golomb(self._rows - 1).write(0b11, 2)
        right, bottom = (
            (count * _BLOCK - side) // 2
            for count, side in zip((self._columns, self._rows), self.size, strict=True)
        )
        bits.write(1, 1).write_golomb(0).write_golomb(right).write_golomb(0).write_golomb(bottom)
        # Colour description: narrow range, as in standard television.
        bits.write(1, 1).write(0, 2).write(1, 1).write(5, 3).write(0, 1).write(1, 1)
        bits.write(6, 8).write(6, 8).write(6, 8)
        # The other optional parts are absent: chroma location, timing, decoder models,
        # restrictions.
        bits.write(0, 6)
        return bits.write(1, 1).to_bytes()

    def _planes(self, frame: Image.Image) -> _Planes:
        luma, blue, red = frame.convert("RGB").crop((0, 0, *self.size)).convert("YCbCr").split()
        width, height = self._columns * _BLOCK, self._rows * _BLOCK
        half = (width // 2, height // 2)
        return _Planes(
            _padded(luma.point(_LUMA), (width, height), 16),
            _padded(blue.reduce(2).point(_CHROMA), half, 128),
            _padded(red.reduce(2).point(_CHROMA), half, 128),
        )

    def _key_slice(self, planes: _Planes) -> bytes:
        # First block, type, parameter set, frame number, id, no marking, no deblocking filter.
        bits = (
            BitWriter()
            .write_golomb(0)
            .write_golomb(7)
            .write_golomb(0)
            .write(0, _FRAME_NUMBER_BITS)
            .write_golomb(0)
        )
        bits.write(0, 2).write_golomb(0).write_golomb(1).write_golomb(_PCM_IN_KEY_SLICE)
        parts = [bits.to_bytes()]
        separator = BitWriter().write_golomb(_PCM_IN_KEY_SLICE).to_bytes()
        for block in self._blocks(planes):
            parts += block
            parts.append(separator)
        parts[-1] = b"\x80"
        return _escaped(b"".join(parts))

    def _other_slice(self, planes: _Planes, changed: bytes, number: int) -> bytes:
        bits = (
            BitWriter()
            .write_golomb(0)
            .write_golomb(5)
            .write_golomb(0)
            .write(number, _FRAME_NUMBER_BITS)
        )
        # Number of references, their order and marking are the defaults; no deblocking filter.
        bits.write(0, 3).write_golomb(0).write_golomb(1)
        parts: list[bytes] = []
        skipped = 0
        is_first = True
        for index, block in enumerate(self._blocks(planes, changed)):
            if not changed[index]:
                skipped += 1
                continue
            if is_first:
                parts.append(
                    bits.write_golomb(skipped).write_golomb(_PCM_IN_OTHER_SLICE).to_bytes()
                )
            else:
                parts.append(_pcm_header(skipped))
            parts += block
            skipped, is_first = 0, False
        end = bits if is_first else BitWriter()
        if skipped:
            end.write_golomb(skipped)
        parts.append(end.write(1, 1).to_bytes())
        return _escaped(b"".join(parts))

    def _blocks(self, planes: _Planes, wanted: bytes = b"") -> Iterator[list[bytes]]:
        """Yields the samples of each block, row by row; an empty list if it is not `wanted`."""
        whole = [(plane.tobytes(), plane.width, side) for plane, side in planes.each()]
        for row in range(self._rows):
            for column in range(self._columns):
                if wanted and not wanted[row * self._columns + column]:
                    yield []
                    continue
                block: list[bytes] = []
                for data, width, side in whole:
                    start = row * side * width + column * side
                    block += [
                        data[at : at + side] for at in range(start, start + side * width, width)
                    ]
                yield block


def _picture_set() -> bytes:
    bits = (
        BitWriter()
        .write_golomb(0)
        .write_golomb(0)
        .write(0, 2)
        .write_golomb(0)
        .write_golomb(0)
        .write_golomb(0)
        .write(0, 3)
    )
    # Three medium quality values (unused for plain samples); then a flag: slices control the
    # filter.
    return (
        bits.write_golomb(0).write_golomb(0).write_golomb(0).write(0b100, 3).write(1, 1).to_bytes()
    )


@functools.cache
def _pcm_header(skipped: int) -> bytes:
    return BitWriter().write_golomb(skipped).write_golomb(_PCM_IN_OTHER_SLICE).to_bytes()


def _padded(plane: Image.Image, size: tuple[int, int], level: int) -> Image.Image:
    canvas = Image.new("L", size, level)
    canvas.paste(plane, (0, 0))
    return canvas


def _changed_blocks(new: _Planes, previous: _Planes) -> bytes:
    """Returns one byte per block; it is not 0 if the block must be sent."""
    masks = [
        ImageChops.difference(plane, before).point(_CHANGED).reduce(side)
        for (plane, side), (before, _side) in zip(new.each(), previous.each(), strict=True)
    ]
    return ImageChops.lighter(ImageChops.lighter(masks[0], masks[1]), masks[2]).tobytes()


def _updated_planes(previous: _Planes, new: _Planes, changed: bytes) -> _Planes:
    columns = new.luma.width // _BLOCK
    grid = Image.frombytes("L", (columns, len(changed) // columns), changed)
    mask = grid.point([0] + [255] * 255)
    luma, blue, red = (
        Image.composite(plane, before, mask.resize(plane.size, Image.Resampling.NEAREST))
        for (plane, _), (before, _) in zip(new.each(), previous.each(), strict=True)
    )
    return _Planes(luma, blue, red)


def _escaped(payload: bytes) -> bytes:
    return _ESCAPED.sub(b"\x00\x00\x03", payload)
