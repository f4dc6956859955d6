"""How a picture is made small enough to be sent inline: forms, sizes, and the search for the best.

Pure arithmetic around a function that makes a picture and tells its bytes; that one is lent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_QUALITY, GOOD_QUALITY, BEST_QUALITY = 30, 85, 95
PRESETS = (2048, 1536, 1024)
"""Long sides that are offered, in pixels."""
LEAST_SIDE = 16
_PROBE_SIDE = 1024
# Bytes grow a little slower than the area does.
_GROWTH = 1.8
# A guess aims a little below the limit: it is better to meet it from there.
_AIM = 0.97
_SNAP = 8
# The last size tried is within this share of the largest that would do.
_CLOSE = 1.02
_STRIDE = 1.03
_MOST_TRIES = 10


class PictureForm(Enum):
    """What a picture can be saved as, by the ending of its file."""

    JPEG = "jpg"
    WEBP = "webp"
    PNG = "png"

    @property
    def has_alpha(self) -> bool:
        return self is not PictureForm.JPEG

    @property
    def has_quality(self) -> bool:
        return self is not PictureForm.PNG

    @property
    def label(self) -> str:
        return {"jpg": "JPEG", "webp": "WebP", "png": "PNG"}[self.value]


@dataclass(frozen=True, slots=True)
class Shrink:
    """What a picture is to become. PNG loses nothing, so that its quality says nothing."""

    width: int
    height: int
    form: PictureForm
    quality: int = GOOD_QUALITY


def sized(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The picture's size when its longer side is `long_side`; never larger than it is."""
    longest = max(width, height)
    side = max(1, min(long_side, longest))
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def small_name(name: str, form: PictureForm) -> str:
    """The name of a file whose bytes are of another kind now."""
    stem, dot, _ending = name.rpartition(".")
    return f"{stem if dot and stem else name}.{form.value}"


def largest_that_fits(
    whole: Shrink, limit_bytes: int, weigh: Callable[[Shrink], int]
) -> Shrink | None:
    """The largest version of `whole` within the limit, then the best quality at that size.

    `weigh` makes one and tells its bytes. None when not even the smallest one fits.
    """
    found = _largest_size(replace(whole, quality=GOOD_QUALITY), limit_bytes, weigh)
    if found is None or not found.form.has_quality:
        return found
    least, most = GOOD_QUALITY, BEST_QUALITY + 1
    while most - least > 1:
        quality = (least + most) // 2
        if weigh(replace(found, quality=quality)) <= limit_bytes:
            least = quality
        else:
            most = quality
    return replace(found, quality=least)


def _largest_size(whole: Shrink, limit_bytes: int, weigh: Callable[[Shrink], int]) -> Shrink | None:
    longest = max(whole.width, whole.height)
    fitting: Shrink | None = None
    low, high = 0, longest + 1
    side = min(longest, _PROBE_SIDE)
    for _try in range(_MOST_TRIES):
        tried = _at(whole, side)
        weight = max(1, weigh(tried))
        if weight <= limit_bytes:
            low, fitting = side, tried
        else:
            high = side
        if high - low <= 1 or (low and high <= low * _CLOSE) or high <= LEAST_SIDE:
            break
        side = _next_side(side, (limit_bytes * _AIM / weight) ** (1 / _GROWTH), low, high, longest)
    if fitting is None:
        least = _at(whole, min(LEAST_SIDE, longest))
        return least if weigh(least) <= limit_bytes else None
    return fitting


def _next_side(side: int, factor: float, low: int, high: int, longest: int) -> int:
    """The next to be tried, strictly between what fits and what does not."""
    guess = round(side * factor)
    if guess >= longest and high > longest:
        return longest
    # A guess beyond what is known already says that it is near there.
    guess = max(guess, round(low * _STRIDE)) if low else guess
    guess = min(guess, round(high / _STRIDE))
    snapped = guess // _SNAP * _SNAP
    guess = snapped if low < snapped < high else guess
    return guess if low < guess < high else (low + high) // 2


def _at(whole: Shrink, side: int) -> Shrink:
    width, height = sized(whole.width, whole.height, side)
    return replace(whole, width=width, height=height)
