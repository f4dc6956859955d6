"""Ground of a scene: mountains, hills, trees on their ridges, and water."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from runcomfy_desktop.emulator.painting.image_tools import (
    Colour,
    Point,
    Size,
    blurred,
    gradient,
    mask,
    mixed,
    noise,
    polygon_mask,
    ramp,
    screened,
    waves,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from PIL import ImageDraw

    from runcomfy_desktop.emulator.painting.scene_layout import SceneLayout

_STEPS = 160


def ridge(
    size: tuple[int, int], base: float, height: float, rng: random.Random, octaves: int = 4
) -> list[Point]:
    """Returns the upper edge of a hill, from left to right; its heights vary around `base`."""
    width = size[0]
    line = waves(rng, _STEPS + 1, octaves)
    return [
        (-2 + (width + 4) * index / _STEPS, base - each * height) for index, each in enumerate(line)
    ]


def closed(size: tuple[int, int], line: Sequence[Point]) -> list[Point]:
    """Returns the outline of the area below a line."""
    bottom = size[1] + 2
    return [*line, (line[-1][0], bottom), (line[0][0], bottom)]


def height_at(line: Sequence[Point], x: float) -> float:
    """Returns the y position of a line at `x`."""
    for (x1, y1), (x2, y2) in itertools.pairwise(line):
        if x1 <= x <= x2:
            return y1 + (y2 - y1) * (x - x1) / max(x2 - x1, 1e-6)
    return line[-1][1]


def paint_hill(
    image: Image.Image,
    line: Sequence[Point],
    tone: Colour,
    mist: Colour,
    trees: Sequence[Sequence[Point]] = (),
) -> None:
    """Fills the area below `line`: `tone` at the ridge, changing towards `mist` at the foot."""
    top = max(0, int(min(y for _x, y in line)) - 2)
    if top >= image.height:
        return
    shape = polygon_mask(image.size, closed(image.size, line), *trees)
    depth = image.height - top
    fill = gradient((image.width, depth), [tone, mixed(tone, mist, 0.3), mixed(tone, mist, 0.62)])
    colours = Image.new("RGB", image.size, tone)
    colours.paste(fill, (0, top))
    image.paste(colours, (0, 0), shape)


def pines(
    line: Sequence[Point], count: int, height: float, rng: random.Random
) -> list[list[Point]]:
    """Returns pine trees along a ridge, as polygons to be filled together with the hill."""
    trees = []
    left, right = line[0][0], line[-1][0]
    density = waves(rng, count + 1, 3)
    for index in range(count):
        if density[index] < -0.25:
            continue
        x = left + (right - left) * (index + rng.random()) / count
        tall = height * rng.uniform(0.55, 1.15)
        trees.append(_pine(x, height_at(line, x) + tall * 0.08, tall, rng))
    return trees


def _pine(x: float, foot: float, tall: float, rng: random.Random) -> list[Point]:
    wide = tall * rng.uniform(0.17, 0.23)
    tiers = 6
    right: list[Point] = []
    left: list[Point] = []
    for tier in range(1, tiers + 1):
        y = foot - tall + tall * 0.95 * tier / tiers
        reach = wide * tier / tiers
        right += [(x + reach, y), (x + reach * 0.55, y - tall * 0.02)]
        left += [(x - reach * rng.uniform(0.9, 1.1), y), (x - reach * 0.55, y - tall * 0.02)]
    return [(x, foot - tall), *right, (x + wide * 0.1, foot), (x - wide * 0.1, foot), *left[::-1]]


def paint_water(image: Image.Image, horizon: int, tone: Colour, layout: SceneLayout) -> None:
    """Paints a lake from `horizon` down, with a rippled reflection and the sun's path."""
    width, height = image.size
    depth = height - horizon
    if depth < 4:
        return
    above = image.crop((0, max(0, horizon - depth), width, horizon))
    mirror = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, depth))
    mirror = blurred(mirror, max(1.0, width / 640))
    water = Image.new("RGB", (width, depth), tone)
    mirror = Image.composite(mirror, water, ramp((width, depth), 225, 105))
    rng = layout.rng("ripples")
    field = noise((width, depth), (6, max(8, depth // 16)), rng, 3)
    field = ImageChops.offset(field, round(width * 0.03 * layout.prompt.swing), 0)
    _ripple(mirror, field)
    lights = field.point([max(0, min(255, (value - 152) * 5)) for value in range(256)])
    lights = ImageChops.multiply(lights, ramp((width, depth), 90, 40))
    mirror.paste(
        Image.new("RGB", (width, depth), mixed(tone, (255, 255, 255), 0.7)), (0, 0), lights
    )
    path = _sun_path((width, depth), layout.light[0], rng, layout.prompt.phase)
    mirror = screened(mirror, layout.theme.glow, path)
    image.paste(mirror, (0, horizon))


def _ripple(mirror: Image.Image, field: Image.Image) -> None:
    """Shifts each row slightly to one side, more strongly towards the viewer."""
    width, depth = mirror.size
    column = field.resize((1, depth), Image.Resampling.BOX, box=(0, 0, width / 3, depth))
    for y, value in enumerate(column.tobytes()):
        shift = round((value - 128) / 128 * (1 + y / depth * width / 60))
        if shift:
            row = ImageChops.offset(mirror.crop((0, y, width, y + 1)), shift, 0)
            mirror.paste(row, (0, y))


def _sun_path(size: Size, x: float, rng: random.Random, phase: float) -> Image.Image:
    """Returns a mask of the sun's light on the water: strokes that widen towards the viewer."""
    strokes = []
    for _index in range(90):
        share = rng.random() ** 1.3
        wander = rng.gauss(0, 1) * size[0] * (0.012 + 0.035 * share)
        wide = size[0] * (0.006 + 0.03 * share) * rng.uniform(0.4, 1.3)
        bright = 0.5 + 0.5 * math.sin(2 * math.pi * (rng.random() + phase))
        strokes.append((x + wander, share * size[1], wide, bright * (1 - share * 0.6)))

    def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        for centre, y, wide, bright in strokes:
            tall = max(0.6, size[1] * 0.0028 * (1 + 2 * y / size[1]))
            box = (centre - wide, y - tall, centre + wide, y + tall)
            canvas.ellipse(tuple(each * scale for each in box), fill=round(210 * bright))

    return blurred(mask(size, draw), 0.6)
