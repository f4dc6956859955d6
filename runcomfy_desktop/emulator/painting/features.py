"""Things that are in a scene when its words name them: birds, a boat, a balloon, buildings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.painting import buildings
from runcomfy_desktop.emulator.painting.image_tools import blurred, mask, mixed, polygon_mask
from runcomfy_desktop.emulator.painting.scene_layout import SceneLayout, box, fill, fill_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image, ImageDraw

    Shape = Callable[[ImageDraw.ImageDraw, float], object]


def paint_features(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """The scene with everything that its words name."""
    for names, paint in _FEATURES:
        if layout.words & names:
            image = paint(image, layout)
    return image


def _birds(image: Image.Image, layout: SceneLayout) -> Image.Image:
    rng = layout.rng("birds")
    unit, width = layout.unit, layout.size[0]
    x, y = width * rng.uniform(0.2, 0.6), layout.horizon * rng.uniform(0.3, 0.55)
    birds = [
        (
            x + (rng.uniform(-16, 22) + layout.prompt.phase * 20) * unit,
            y + rng.uniform(-7, 7) * unit,
            rng.uniform(1.1, 2.3) * unit,
            rng.random() + 2 * layout.prompt.phase,
        )
        for _ in range(9)
    ]

    def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        thick = max(2, round(0.22 * unit * scale))
        for at, height, span, beat in birds:
            lift = 0.42 + 0.22 * math.sin(2 * math.pi * beat)
            half = [(1.0, -lift), (0.55, -lift * 1.15)]
            wings = [(-dx, dy) for dx, dy in half] + [(0.0, 0.0)] + half[::-1]
            line = [((at + dx * span) * scale, (height + dy * span) * scale) for dx, dy in wings]
            canvas.line(line, fill=235, width=thick, joint="curve")

    fill(image, mixed(layout.theme.near, layout.theme.sky[0], 0.25), mask(layout.size, draw))
    return image


def _boat(image: Image.Image, layout: SceneLayout) -> Image.Image:
    rng = layout.rng("boat")
    x = layout.size[0] * rng.uniform(0.3, 0.7)
    y = layout.horizon + (layout.size[1] - layout.horizon) * rng.uniform(0.28, 0.42)
    at = (x, y + layout.prompt.swing * 0.4 * layout.unit)
    hull = layout.placed(at, [(-6.3, -1.5), (6.9, -1.8), (4.5, 0.9), (-4.2, 0.9)])
    mast = layout.placed(at, box(-0.18, -15.3, 0.18, -1))
    main = layout.placed(at, [(0.45, -14.7), (6, -2.7), (0.45, -2.7)])
    jib = layout.placed(at, [(-0.45, -13.5), (-5.4, -2.7), (-0.45, -3)])
    mirrored = [(px, 2 * at[1] + 1.5 * layout.unit - py) for px, py in main + jib]
    shade = blurred(polygon_mask(layout.size, mirrored), layout.unit * 0.6)
    fill(image, layout.theme.near, shade, 0.25)
    fill_all(image, mixed(layout.theme.near, (30, 20, 20), 0.3), hull, mast)
    sail = mixed(layout.theme.glow, (255, 255, 255), 0.55)
    fill_all(image, sail, main)
    fill_all(image, mixed(sail, layout.theme.near, 0.25), jib)
    return image


def _balloon(image: Image.Image, layout: SceneLayout) -> Image.Image:
    rng = layout.rng("balloon")
    near = layout.theme.near
    x = layout.size[0] * rng.uniform(0.25, 0.75)
    y = layout.horizon * 0.45 + layout.prompt.swing * layout.unit
    tones = (mixed((226, 72, 58), near, 0.15), mixed((250, 214, 130), near, 0.1))
    for index, share in enumerate((1.0, 0.72, 0.42, 0.14)):
        shape = mask(layout.size, _envelope(x, y, 11 * layout.unit, share))
        fill(image, tones[index % 2], shape)
    ropes = layout.placed((x, y), [(-1.7, 14.3), (-1.4, 16.7), (1.4, 16.7), (1.7, 14.3)])
    fill(image, near, polygon_mask(layout.size, ropes), 0.35)
    fill_all(
        image, mixed((96, 60, 36), near, 0.3), layout.placed((x, y), box(-1.5, 16.5, 1.5, 18.7))
    )
    return image


def _envelope(x: float, y: float, big: float, share: float) -> Shape:
    """One of the balloon's stripes: ever narrower drops, one over the other."""

    def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        points = []
        for step in range(61):
            angle = 2 * math.pi * step / 60
            low = max(0.0, math.sin(angle))
            across = big * share * (1 - 0.42 * low**1.5) * math.cos(angle)
            down = big * (1 + 0.32 * low**2) * math.sin(angle)
            points.append(((x + across) * scale, (y + down) * scale))
        canvas.polygon(points, fill=255)

    return draw


_FEATURES: tuple[tuple[frozenset[str], Callable[[Image.Image, SceneLayout], Image.Image]], ...] = (
    (frozenset(("city", "skyline", "town", "street", "buildings")), buildings.paint_city),
    (frozenset(("balloon", "balloons")), _balloon),
    (frozenset(("bird", "birds", "gulls", "seagulls", "geese")), _birds),
    (frozenset(("boat", "boats", "ship", "sail", "sailboat", "yacht")), _boat),
    (frozenset(("house", "cabin", "cottage", "hut", "home", "farm")), buildings.paint_house),
    (frozenset(("lighthouse", "beacon")), buildings.paint_lighthouse),
)
