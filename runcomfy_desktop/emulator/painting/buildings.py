"""Buildings in a scene: a lighthouse on its rock, a city's skyline, a small house."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.painting.image_tools import (
    Colour,
    Point,
    blurred,
    glow_mask,
    mixed,
    polygon_mask,
    screened,
)
from runcomfy_desktop.emulator.painting.scene_layout import (
    LAMP,
    SceneLayout,
    box,
    faint,
    fill,
    fill_all,
)
from runcomfy_desktop.emulator.painting.terrain import height_at

if TYPE_CHECKING:
    import random

    from PIL import Image

_BLACK = (0, 0, 0)


def paint_lighthouse(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """Draws a striped tower with a lit lamp, on a rock at one side of the picture."""
    rng = layout.rng("lighthouse")
    (width, height), near = layout.size, layout.theme.near
    on_left = rng.random() < 0.5
    x = width * (rng.uniform(0.2, 0.3) if on_left else rng.uniform(0.7, 0.8))
    foot, top = (x, height * 0.86), (x, height * 0.44)
    dark = mixed(near, _BLACK, 0.25)
    fill_all(image, dark, _rock(layout, foot, rng, on_left=on_left))
    tower = mixed(near, (255, 250, 240), 0.34 if layout.is_dark else 0.86)
    stripe = mixed(near, (196, 44, 40), 0.42 if layout.is_dark else 0.8)
    _paint_tower(image, layout, (foot, top), (tower, stripe))
    fill_all(image, mixed(LAMP, dark, 0.1), layout.placed(top, box(-2.3, -6.6, 2.3, -1)))
    roof = layout.placed(top, [(-3.1, -6.4), (0, -10), (3.1, -6.4)])
    fill_all(image, dark, roof, layout.placed(top, box(-4.4, -1.3, 4.4, 0)))
    return _lamplight(image, layout, (x, top[1] - 4.2 * layout.unit), on_left=on_left)


def _rock(layout: SceneLayout, foot: Point, rng: random.Random, *, on_left: bool) -> list[Point]:
    """Returns a rock that extends out of the picture on the lighthouse's side."""
    (x, y), (width, height) = foot, layout.size
    direction = 1 if on_left else -1
    shore = layout.placed(foot, [(direction * 5, 0.5)])
    for step in range(1, 9):
        out = (6 + step * rng.uniform(2.2, 3.4)) * layout.unit
        down = (height - y) * (step / 8) ** 0.8 + rng.uniform(-0.6, 0.6) * layout.unit
        shore.append((x + direction * out, y + down))
    back = layout.placed(foot, [(-direction * 16, 2.2), (-direction * 7, -0.4)])
    edge = -2.0 if on_left else width + 2.0
    below = [(shore[-1][0], height + 2.0), (edge, height + 2.0)]
    return [(edge, y + 4 * layout.unit), *back, *shore, *below]


def _paint_tower(
    image: Image.Image, layout: SceneLayout, ends: tuple[Point, Point], tones: tuple[Colour, Colour]
) -> None:
    (x, foot), (_x, top) = ends
    near = layout.theme.near

    def row(share: float) -> tuple[float, float]:
        """Returns half the tower's width, and the canvas y, at a share of the tower's height."""
        return (5.0 - 2.0 * share) * layout.unit, foot + (top - foot) * share

    def band(low: float, high: float, left: float = -1.0) -> list[Point]:
        (half1, y1), (half2, y2) = row(low), row(high)
        return [(x + left * half1, y1), (x + left * half2, y2), (x + half2, y2), (x + half1, y1)]

    fill_all(image, tones[0], band(0, 1))
    fill_all(image, tones[1], *(band(at, at + 0.14) for at in (0.14, 0.42, 0.7)))
    fill(image, mixed(near, _BLACK, 0.4), polygon_mask(layout.size, band(0, 1, 0.2)), 0.28)
    panes = [layout.placed((x, row(at)[1]), box(-0.8, 0, 0.3, 1.7)) for at in (0.33, 0.63)]
    fill_all(image, LAMP if layout.is_dark else near, *panes)


def _lamplight(
    image: Image.Image, layout: SceneLayout, lamp: Point, *, on_left: bool
) -> Image.Image:
    """Draws two beams that turn with the phase of a clip, and the glow around the lamp."""
    unit = layout.unit
    way = 1 if on_left else -1
    turn = max(0.08, abs(math.cos(2 * math.pi * layout.prompt.phase)))
    strength = 0.62 if layout.is_dark else 0.3
    away = faint(glow_mask(layout.size, lamp, 100 * unit, 1.0), 1.0)
    dark = away.point([255 - value for value in range(256)])
    for side, power in ((way, 1.0), (-way, 0.55)):
        far = 105 * turn * side
        beam = layout.placed(lamp, [(0, -0.7), (far, -13), (far, 5), (0, 0.7)])
        soft = blurred(polygon_mask(layout.size, beam), 0.5 * unit)
        soft.paste(0, (0, 0), dark)
        image = screened(image, LAMP, faint(soft, strength * power))
    image = screened(image, LAMP, glow_mask(layout.size, lamp, 17 * unit, 0.9))
    return screened(image, (255, 250, 230), glow_mask(layout.size, lamp, 4 * unit, 1.0))


def paint_city(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """Draws two rows of houses along the horizon; their windows are lit when it is dark."""
    rng = layout.rng("city")
    for layer, share in enumerate((0.35, 0.62)):
        base = layout.horizon + (2 + layer * 3) * layout.unit
        houses = _houses(layout, base, 24 - layer * 8, rng)
        tone = mixed(mixed(layout.theme.far, layout.theme.near, share), layout.theme.mist, 0.12)
        fill_all(image, tone, *(box(*each) for each in houses))
        panes = [pane for each in houses for pane in _panes(each, rng, layout.unit)]
        lights = polygon_mask(layout.size, *panes)
        if layout.is_dark:
            fill(image, LAMP, lights)
        else:
            fill(image, layout.theme.glow, lights, 0.35)
    return image


_HouseBox = tuple[float, float, float, float]


def _houses(
    layout: SceneLayout, base: float, tallest: float, rng: random.Random
) -> list[_HouseBox]:
    """Returns boxes from left to right; those in the middle are the tallest."""
    unit, width = layout.unit, layout.size[0]
    houses: list[_HouseBox] = []
    x = -2.0
    while x < width:
        wide = rng.uniform(3.5, 8.5) * unit
        middle = max(0.35, 1 - abs(x / width - 0.5) * 1.2)
        tall = rng.uniform(5, tallest) * unit * middle
        houses.append((x, base - tall, x + wide, base))
        x += wide + rng.uniform(-0.4, 0.8) * unit
    return houses


def _panes(house: _HouseBox, rng: random.Random, unit: float) -> list[list[Point]]:
    left, top, right, bottom = house
    found = []
    for column in range(int((right - left) / (1.3 * unit))):
        for row in range(int((bottom - top) / (1.7 * unit))):
            if rng.random() < 0.4:
                x, y = left + (column + 0.35) * 1.3 * unit, top + (row + 0.5) * 1.7 * unit
                found.append(box(x, y, x + 0.56 * unit, y + 0.7 * unit))
    return found


def paint_house(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """Draws a small house on the nearest hill; its windows are lit when it is dark."""
    near, theme = layout.theme.near, layout.theme
    x = layout.size[0] * layout.rng("house").uniform(0.3, 0.7)
    reach = [x + step * layout.unit for step in range(-6, 7, 3)]
    at = (x, max(height_at(layout.ground, each) for each in reach) + 0.3 * layout.unit)
    wall = mixed(near, (236, 214, 190), 0.34 if layout.is_dark else 0.78)
    roof = mixed(near, (160, 58, 44), 0.36 if layout.is_dark else 0.74)
    fill_all(image, mixed(near, roof, 0.5), layout.placed(at, box(2.3, -14.4, 4.1, -8)))
    fill_all(image, wall, layout.placed(at, box(-6, -7, 6, 0)))
    eaves = [(-7.4, -6.4), (-4.4, -12), (4.4, -12), (7.4, -6.4)]
    fill_all(image, roof, layout.placed(at, eaves))
    fill_all(image, mixed(roof, _BLACK, 0.35), layout.placed(at, box(-3.7, -4.6, -1.5, 0)))
    panes = [layout.placed(at, box(left, -5, left + 2.2, -3)) for left in (0.0, 3.0)]
    fill_all(image, LAMP if layout.is_dark else mixed(theme.sky[0], wall, 0.3), *panes)
    if layout.is_dark:
        window = (at[0] + 2.6 * layout.unit, at[1] - 4 * layout.unit)
        image = screened(image, LAMP, glow_mask(layout.size, window, 14 * layout.unit, 0.55))
    return image
