"""Makes pictures small enough for inline sending: formats, sizes, and the search for the best one.

Pure arithmetic; the caller provides the function that encodes a picture and returns its size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_QUALITY, DEFAULT_QUALITY, MAX_QUALITY = 30, 85, 95
SIDE_PRESETS = (2048, 1536, 1024)
"""Lengths offered for the long side, in pixels."""
MIN_SIDE = 16
_PROBE_SIDE = 1024
# Bytes grow a little more slowly than the area.
_GROWTH = 1.8
# A guess aims slightly below the limit: a fitting size is better than one that is too large.
_TARGET_SHARE = 0.97
_SIDE_STEP = 8
# The result is within this factor of the largest size that fits.
_TOLERANCE = 1.02
_MIN_STEP = 1.03
_MAX_TRIES = 10


class ImageFormat(Enum):
    """Format in which a picture can be saved, by file extension."""

    JPEG = "jpg"
    WEBP = "webp"
    PNG = "png"

    @property
    def has_alpha(self) -> bool:
        return self is not ImageFormat.JPEG

    @property
    def has_quality(self) -> bool:
        return self is not ImageFormat.PNG

    @property
    def label(self) -> str:
        return {"jpg": "JPEG", "webp": "WebP", "png": "PNG"}[self.value]


@dataclass(frozen=True, slots=True)
class ShrinkTarget:
    """Target size and format of a picture. PNG is lossless, so its quality is ignored."""

    width: int
    height: int
    image_format: ImageFormat
    quality: int = DEFAULT_QUALITY


def scaled_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """Returns the picture's size for the given longer side, at most the original size."""
    longest = max(width, height)
    side = max(1, min(long_side, longest))
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def shrunk_name(name: str, image_format: ImageFormat) -> str:
    """Returns the file name with the extension of another format."""
    stem, dot, _extension = name.rpartition(".")
    return f"{stem if dot and stem else name}.{image_format.value}"


def largest_that_fits(
    full: ShrinkTarget, limit_bytes: int, encoded_size: Callable[[ShrinkTarget], int]
) -> ShrinkTarget | None:
    """Returns the largest version of `full` within the limit, then the best quality at that size.

    `encoded_size` encodes a version and returns its size in bytes. Returns None if not even the
    smallest version fits.
    """
    found = _largest_size(replace(full, quality=DEFAULT_QUALITY), limit_bytes, encoded_size)
    if found is None or not found.image_format.has_quality:
        return found
    low, high = DEFAULT_QUALITY, MAX_QUALITY + 1
    while high - low > 1:
        quality = (low + high) // 2
        if encoded_size(replace(found, quality=quality)) <= limit_bytes:
            low = quality
        else:
            high = quality
    return replace(found, quality=low)


def _largest_size(
    full: ShrinkTarget, limit_bytes: int, encoded_size: Callable[[ShrinkTarget], int]
) -> ShrinkTarget | None:
    longest = max(full.width, full.height)
    fitting: ShrinkTarget | None = None
    low, high = 0, longest + 1
    side = min(longest, _PROBE_SIDE)
    for _try in range(_MAX_TRIES):
        tried = _with_long_side(full, side)
        size_bytes = max(1, encoded_size(tried))
        if size_bytes <= limit_bytes:
            low, fitting = side, tried
        else:
            high = side
        if high - low <= 1 or (low and high <= low * _TOLERANCE) or high <= MIN_SIDE:
            break
        side = _next_side(
            side, (limit_bytes * _TARGET_SHARE / size_bytes) ** (1 / _GROWTH), low, high, longest
        )
    if fitting is None:
        smallest = _with_long_side(full, min(MIN_SIDE, longest))
        return smallest if encoded_size(smallest) <= limit_bytes else None
    return fitting


def _next_side(side: int, factor: float, low: int, high: int, longest: int) -> int:
    """Returns the next long side to try, strictly between one that fits and one that does not."""
    guess = round(side * factor)
    if guess >= longest and high > longest:
        return longest
    # A guess beyond a known bound means that the result is near that bound.
    guess = max(guess, round(low * _MIN_STEP)) if low else guess
    guess = min(guess, round(high / _MIN_STEP))
    snapped = guess // _SIDE_STEP * _SIDE_STEP
    guess = snapped if low < snapped < high else guess
    return guess if low < guess < high else (low + high) // 2


def _with_long_side(full: ShrinkTarget, side: int) -> ShrinkTarget:
    width, height = scaled_size(full.width, full.height, side)
    return replace(full, width=width, height=height)
