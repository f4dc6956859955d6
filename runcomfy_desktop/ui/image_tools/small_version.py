"""Finds the best version of a picture within a size limit; for worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.image_shrink import ImageFormat, ShrinkTarget, largest_that_fits
from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.ui.image_tools.image_codec import (
    ImageTrait,
    OriginalImage,
    encode_shrunk,
    read_original,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _ShrinkCancelled(Exception):  # noqa: N818 - not an error
    """Raised when the result is no longer needed."""


def shrunk_bytes(path: Path, is_cancelled: Callable[[], bool]) -> bytes:
    """Returns a picture shrunk to the recommended size, as JPEG, or as WebP if it is transparent.

    Returns b"" if that is impossible. Animations are not shrunk, since all their frames may be
    needed.
    """
    original = read_original(path)
    if original.error or ImageTrait.ANIMATED in original.traits:
        return b""
    image_format = ImageFormat.JPEG if original.alpha is None else ImageFormat.WEBP
    found = best_fitting(original, image_format, INLINE_LIMIT_BYTES, is_cancelled)
    return b"" if found is None else found[1]


def best_fitting(
    original: OriginalImage,
    image_format: ImageFormat,
    limit_bytes: int,
    is_cancelled: Callable[[], bool],
    *,
    lossless_first: bool = False,
) -> tuple[ShrinkTarget, bytes] | None:
    """Returns the version that `largest_that_fits` finds, with its bytes; None if there is none.

    With `lossless_first`, the lossless full-size picture is preferred if it fits. `is_cancelled` is
    called before each version is encoded; None is returned once it returns True.
    """
    encoded: dict[ShrinkTarget, bytes] = {}

    def encoded_size(target: ShrinkTarget) -> int:
        if is_cancelled():
            raise _ShrinkCancelled
        data = encode_shrunk(original, target)
        if not data or len(data) > limit_bytes:
            return max(len(data), limit_bytes + 1)
        encoded[target] = data
        return len(data)

    width, height = original.colours.width(), original.colours.height()
    lossless = ShrinkTarget(width, height, ImageFormat.PNG)
    try:
        if lossless_first and encoded_size(lossless) <= limit_bytes:
            return lossless, encoded[lossless]
        found = largest_that_fits(
            ShrinkTarget(width, height, image_format), limit_bytes, encoded_size
        )
    except _ShrinkCancelled:
        return None
    return None if found is None else (found, encoded[found])
