"""The best version of a picture within a number of bytes; for threads beside the window only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.domain.shrinking import PictureForm, Shrink, largest_that_fits
from runcomfy_desktop.ui.media.encoding import Original, Trait, encode, read_original

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _Unwanted(Exception):  # noqa: N818 - nothing went wrong
    """Nobody waits for this any more."""


def small_version(path: Path, is_unwanted: Callable[[], bool]) -> bytes:
    """The picture within the recommended size, as JPEG, or as WebP where it is transparent; b""
    where there is none. Of a film all frames may be meant, so that it has none."""
    original = read_original(path)
    if original.fault or Trait.FILM in original.traits:
        return b""
    form = PictureForm.JPEG if original.alpha is None else PictureForm.WEBP
    found = best_within(original, form, INLINE_LIMIT_BYTES, is_unwanted)
    return b"" if found is None else found[1]


def best_within(
    original: Original,
    form: PictureForm,
    limit_bytes: int,
    is_unwanted: Callable[[], bool],
    *,
    exact_first: bool = False,
) -> tuple[Shrink, bytes] | None:
    """The version that `largest_that_fits` finds, with its bytes; `exact_first` takes the whole
    picture without any loss if that fits. `is_unwanted` is asked before each version is made."""
    kept: dict[Shrink, bytes] = {}

    def weigh(wish: Shrink) -> int:
        if is_unwanted():
            raise _Unwanted
        data = encode(original, wish)
        if not data or len(data) > limit_bytes:
            return max(len(data), limit_bytes + 1)
        kept[wish] = data
        return len(data)

    width, height = original.colours.width(), original.colours.height()
    exact = Shrink(width, height, PictureForm.PNG)
    try:
        if exact_first and weigh(exact) <= limit_bytes:
            return exact, kept[exact]
        found = largest_that_fits(Shrink(width, height, form), limit_bytes, weigh)
    except _Unwanted:
        return None
    return None if found is None else (found, kept[found])
