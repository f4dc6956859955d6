"""Paints a landscape from words and a seed: what a newcomer to the demo sees first."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from runcomfy_desktop.emulator.painting import features, mountains, sky, terrain
from runcomfy_desktop.emulator.painting.brush import (
    Point,
    Size,
    glow_mask,
    grain,
    mixed,
    numbers_of,
    screened,
)
from runcomfy_desktop.emulator.painting.palette import theme_for, words_of
from runcomfy_desktop.emulator.painting.stage import Stage, Wish

if TYPE_CHECKING:
    import random


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split(" "))


_WATER = _words(
    "water sea ocean lake river harbour harbor bay coast shore beach pond boat boats ship "
    "sail sailboat yacht lighthouse"
)
_PEAKS = _words("mountain mountains peak peaks alps rocky summit volcano")
_COLD = _words("snow snowy winter ice frozen")
_PINES = _words("forest wood woods pine pines tree trees fir firs taiga")
_WITHOUT_SNOW = _words("desert spring forest")


def paint(size: Size, wish: Wish) -> Image.Image:
    """The scene; the same wish gives the same pixels."""
    numbers = numbers_of("scene", wish.seed, wish.words)
    theme = theme_for(wish.words, numbers)
    horizon = size[1] * numbers.uniform(0.55, 0.64)
    light = (size[0] * numbers.uniform(0.24, 0.76), horizon * numbers.uniform(0.32, 0.66))
    # In a clip, sun and moon climb a little and come back.
    light = (light[0], light[1] - size[1] * 0.06 * math.sin(math.pi * wish.phase) ** 2)
    stage = Stage(size, wish, frozenset(words_of(wish.words)), theme, horizon, light)
    image = sky.paint_sky(stage)
    ground = _paint_ground(image, stage)
    image = _bloom(image, stage)
    image = features.paint_features(image, replace(stage, ground=tuple(ground)))
    return grain(image, numbers_of("grain", wish.digest, wish.phase), 0.045)


def _paint_ground(image: Image.Image, stage: Stage) -> list[Point]:
    """Paints mountains, then hills or water; returns the edge of the nearest ground."""
    numbers = stage.numbers("ground")
    horizon, height = stage.horizon, stage.size[1]
    is_shore = bool(stage.words & _WATER)
    if stage.words & _PEAKS or (not is_shore and numbers.random() < 0.3):
        tall = height * numbers.uniform(0.27, 0.36)
        mountains.paint_range(image, horizon * 1.04, tall, _rock(stage), stage.wish.seed)
    if is_shore:
        return _paint_shore(image, stage)
    layers = numbers.randint(4, 5)
    line: list[Point] = []
    for layer in range(layers):
        share = layer / (layers - 1)
        base = horizon + (height - horizon) * (0.02 + 0.78 * share**1.1)
        line = terrain.ridge(stage.size, base, height * (0.035 + 0.03 * share), numbers, 3)
        _paint_layer(image, stage, line, share, numbers)
    return line


def _rock(stage: Stage) -> mountains.Rock:
    theme = stage.theme
    shade = mixed(theme.far, theme.near, 0.34)
    is_warm = theme.name in _WITHOUT_SNOW and not stage.words & _COLD
    snow = None if is_warm else mixed(theme.glow, (255, 255, 255), 0.65)
    return mountains.Rock(shade, theme.glow, theme.mist, snow)


def _paint_shore(image: Image.Image, stage: Stage) -> list[Point]:
    """A far shore, the water, and a near bank that rises to one side."""
    (width, height), theme = stage.size, stage.theme
    numbers = stage.numbers("shore")
    far = terrain.ridge(stage.size, stage.horizon, height * 0.03, numbers, 4)
    _paint_layer(image, stage, far, 0.25, numbers)
    surface = int(stage.horizon + height * 0.035)
    terrain.paint_water(image, surface, mixed(theme.near, theme.sky[0], 0.55), stage)
    bank = terrain.ridge(stage.size, height * 0.95, height * 0.035, numbers, 4)
    side = numbers.choice((-1, 1))
    slope = [(x, y + height * (0.04 - side * (x / width - 0.5) * 0.1)) for x, y in bank]
    _paint_layer(image, stage, slope, 1.0, numbers)
    return slope


def _paint_layer(
    image: Image.Image, stage: Stage, line: list[Point], share: float, numbers: random.Random
) -> None:
    """One hill; `share` is 0 for the farthest and 1 for the nearest."""
    tone = mixed(stage.theme.far, stage.theme.near, share**0.85)
    mist = mixed(stage.theme.mist, tone, share * 0.75)
    trees: list[list[Point]] = []
    if stage.words & _PINES:
        height = image.height * (0.035 + 0.13 * share**1.3)
        trees = terrain.pines(line, round(90 - 62 * share), height, numbers)
    terrain.paint_hill(image, line, tone, mist, trees)


def _bloom(image: Image.Image, stage: Stage) -> Image.Image:
    """The light of sun or moon as it spills over everything, and darker corners."""
    strength = 0.22 if stage.theme.is_night else 0.34
    spill = glow_mask(stage.size, stage.light, max(stage.size) * 0.62, strength)
    image = screened(image, stage.theme.glow, spill)
    shade = Image.radial_gradient("L").resize(
        stage.size, Image.Resampling.BILINEAR, box=(43, 43, 213, 213)
    )
    dark = shade.point([round(255 - 60 * max(0.0, (v - 70) / 185) ** 2) for v in range(256)])
    return ImageChops.multiply(image, Image.merge("RGB", (dark, dark, dark)))
