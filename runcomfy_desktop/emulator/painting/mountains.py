"""Mountains: summits with a lit and a shaded side, and snow where it is cold enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from runcomfy_desktop.emulator.painting.image_tools import (
    Colour,
    Point,
    Size,
    mixed,
    polygon_mask,
    ramp,
    seeded_random,
    waves,
)
from runcomfy_desktop.emulator.painting.terrain import closed, height_at, paint_hill

if TYPE_CHECKING:
    import random

_STEPS = 220
_TONGUES = 46


@dataclass(frozen=True, slots=True)
class Summit:
    """One mountain: where its top is and how far its sides reach."""

    x: float
    height: float
    reach: float


@dataclass(frozen=True, slots=True)
class MountainColours:
    """The colours of a range; `snow` is None where there is none."""

    shade: Colour
    light: Colour
    mist: Colour
    snow: Colour | None


def summits(size: Size, height: float, rng: random.Random) -> list[Summit]:
    """One leading summit and smaller ones around it."""
    count = rng.randint(4, 6)
    leader = rng.randrange(1, count - 1)
    found = []
    for index in range(count):
        x = size[0] * (index + rng.uniform(0.25, 0.75)) / count
        tall = height * (1.0 if index == leader else rng.uniform(0.45, 0.8))
        found.append(Summit(x, tall, tall * rng.uniform(1.25, 1.7)))
    return found


def skyline(size: Size, base: float, tops: list[Summit], rng: random.Random) -> list[Point]:
    """The upper edge of the whole range."""
    rough = waves(rng, _STEPS + 1, 7)
    line = []
    for index in range(_STEPS + 1):
        x = size[0] * (-0.02 + 1.04 * index / _STEPS)
        tall = max(each.height * max(0.0, 1 - abs(x - each.x) / each.reach) for each in tops)
        line.append((x, base - tall - rough[index] * size[1] * 0.012))
    return line


def paint_range(
    image: Image.Image, base: float, height: float, rock: MountainColours, seed: int
) -> None:
    """Paints a range whose highest summit is `height` above `base`."""
    rng = seeded_random("range", seed)
    tops = summits(image.size, height, rng)
    line = skyline(image.size, base, tops, rng)
    paint_hill(image, line, rock.shade, rock.mist)
    shape = polygon_mask(image.size, closed(image.size, line))
    lit = polygon_mask(image.size, *(_lit_side(line, base, each, rng) for each in tops))
    foot = _fading(image.size, base - height, base)
    face = ImageChops.multiply(ImageChops.multiply(lit, shape), foot)
    _fill(image, mixed(rock.shade, rock.light, 0.42), face, 0.8)
    if rock.snow is not None:
        caps = polygon_mask(image.size, _snow(image.size, base, height, rng))
        caps = ImageChops.multiply(caps, shape)
        _fill(image, mixed(rock.snow, rock.shade, 0.3), caps, 0.92)
        _fill(image, rock.snow, ImageChops.multiply(caps, lit), 1.0)


def _fill(image: Image.Image, tone: Colour, where: Image.Image, strength: float) -> None:
    weak = where.point([round(value * strength) for value in range(256)])
    image.paste(Image.new("RGB", image.size, tone), (0, 0), weak)


def _fading(size: Size, top: float, foot: float) -> Image.Image:
    """Full at the summits, gone at the foot, where the mist is."""
    layer = Image.new("L", size, 255)
    depth = max(2, int(foot - top))
    layer.paste(ramp((size[0], depth), 255, 30), (0, int(top)))
    return layer


def _lit_side(line: list[Point], base: float, top: Summit, rng: random.Random) -> list[Point]:
    """From the summit down a broken edge, and back along the right side."""
    start = height_at(line, top.x)
    edge: list[Point] = [(top.x, start - 2)]
    x = top.x
    for step in range(1, 9):
        x += top.reach * rng.uniform(-0.07, 0.09) * (1 if step % 2 else -0.8)
        edge.append((x, start + (base - start) * step / 8))
    return [*edge, (top.x + top.reach * 1.05, base), (top.x + top.reach * 0.2, start - 2)]


def _snow(size: Size, base: float, height: float, rng: random.Random) -> list[Point]:
    """The area above the snow line, which hangs down in tongues of different length."""
    line = base - height * rng.uniform(0.56, 0.66)
    drift = waves(rng, _TONGUES + 1, 4)
    lower: list[Point] = []
    for index in range(_TONGUES + 1):
        long = rng.uniform(0.03, 0.13) if index % 2 else rng.uniform(-0.07, 0.0)
        x = size[0] * (index + rng.uniform(-0.3, 0.3)) / _TONGUES
        lower.append((x, line + height * (long + drift[index] * 0.05)))
    return [(-2, -2), (size[0] + 2, -2), (size[0] + 2, line), *reversed(lower), (-2, line)]
