"""Layout of a scene: its size, colours and positions, and functions to paint in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from runcomfy_desktop.emulator.painting.image_tools import (
    Colour,
    Point,
    Size,
    polygon_mask,
    seeded_random,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence

    from runcomfy_desktop.emulator.painting.palette import SceneTheme

LAMP: Colour = (255, 226, 150)


@dataclass(frozen=True, slots=True)
class ScenePrompt:
    """Input of a scene: `digest` identifies all values, `phase` (0 to 1) a moment of a clip."""

    words: str
    seed: int
    digest: str = ""
    phase: float = 0.0

    @property
    def swing(self) -> float:
        """Value between -1 and 1 that oscillates with the phase, so that a clip can loop."""
        return math.sin(2 * math.pi * self.phase)


@dataclass(frozen=True, slots=True)
class SceneLayout:
    """Canvas and content of a scene.

    `light` is the position of the sun or moon, `ground` the edge of the nearest hill.
    """

    size: Size
    prompt: ScenePrompt
    words: frozenset[str]
    theme: SceneTheme
    horizon: float
    light: Point
    ground: tuple[Point, ...] = ()

    @property
    def unit(self) -> float:
        """Hundredth of the canvas height: the unit in which objects are drawn."""
        return self.size[1] / 100

    @property
    def is_dark(self) -> bool:
        return self.theme.is_night or self.theme.name in ("dusk", "storm")

    def rng(self, name: str) -> random.Random:
        return seeded_random(name, self.prompt.seed, self.prompt.words)

    def placed(self, at: Point, outline: Iterable[Point]) -> list[Point]:
        """Returns the canvas positions of an outline given in units relative to `at`."""
        return [(at[0] + x * self.unit, at[1] + y * self.unit) for x, y in outline]


def fill(image: Image.Image, tone: Colour, shape: Image.Image, strength: float = 1.0) -> None:
    """Colours the area of the mask `shape`."""
    image.paste(Image.new("RGB", image.size, tone), (0, 0), faint(shape, strength))


def fill_all(image: Image.Image, tone: Colour, *outlines: Sequence[Point]) -> None:
    fill(image, tone, polygon_mask(image.size, *outlines))


def faint(shape: Image.Image, strength: float) -> Image.Image:
    """Returns the mask with its values multiplied by `strength`."""
    if strength == 1.0:
        return shape
    return shape.point([min(255, round(value * strength)) for value in range(256)])


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
