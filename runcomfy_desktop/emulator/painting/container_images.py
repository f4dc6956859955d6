"""Pictures in the demo's container, drawn when they are needed.

A picture given by its address is not fetched here: it is replaced by a scene made from the words in
the address, always the same scene for the same address.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from runcomfy_desktop.emulator.painting import bicycle, scene
from runcomfy_desktop.emulator.painting.image_tools import Size, seeded_random
from runcomfy_desktop.emulator.painting.lazy_image import LazyImage
from runcomfy_desktop.emulator.painting.scene_layout import ScenePrompt

if TYPE_CHECKING:
    from PIL import Image

_SCENES: dict[str, tuple[str, int, Size]] = {
    "harbour.jpg": ("harbour with a boat in the morning, birds", 3, (1200, 900)),
    "meadow.png": ("house in a spring meadow, balloon", 12, (900, 900)),
    "lighthouse.png": ("a tall lighthouse on a summer day", 5, (832, 1216)),
}
_STAND_IN: Size = (1216, 832)


@functools.cache
def _painted(name: str) -> Image.Image:
    if name == "bike.jpg":
        return bicycle.paint_bicycle()
    words, seed, size = _SCENES[name]
    return scene.paint(size, ScenePrompt(words, seed, name))


def picture(name: str, address: str = "") -> LazyImage:
    """Returns the container's file `name`, or a replacement for the picture at `address`."""
    if not address and (name in _SCENES or name == "bike.jpg"):
        return LazyImage(_painted(name).size, lambda: _painted(name))
    words = " ".join(re.findall(r"[a-zA-Z]+", unquote(address or name)))
    seed = seeded_random(address or name).randrange(2**32)
    return LazyImage(_STAND_IN, lambda: scene.paint(_STAND_IN, ScenePrompt(words, seed, name)))
