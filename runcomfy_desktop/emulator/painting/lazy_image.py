"""Picture that is drawn on first access."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from runcomfy_desktop.emulator.painting.image_tools import Size


class LazyImage:
    """Picture whose size is known at once and which is drawn on first access.

    The image is cached only while it is referenced, because a demo that runs for days has thousands
    of them.
    """

    def __init__(self, size: Size, draw: Callable[[], Image.Image]) -> None:
        self.size = size
        self._draw = draw
        self._cached: weakref.ref[Image.Image] | None = None

    @property
    def image(self) -> Image.Image:
        image = None if self._cached is None else self._cached()
        if image is None:
            image = self._draw()
            self._cached = weakref.ref(image)
        return image
