"""Paints a landscape from words and a seed: what a newcomer to the demo sees first."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from runcomfy_desktop.emulator.painting import features, mountains, sky, terrain
from runcomfy_desktop.emulator.painting.image_tools import (
    Point,
    Size,
    glow_mask,
    grain,
    mixed,
    screened,
    seeded_random,
)
from runcomfy_desktop.emulator.painting.palette import theme_for, words_of
from runcomfy_desktop.emulator.painting.scene_layout import SceneLayout, ScenePrompt

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


def paint(size: Size, prompt: ScenePrompt) -> Image.Image:
    """The scene; the same wish gives the same pixels."""
    rng = seeded_random("scene", prompt.seed, prompt.words)
    theme = theme_for(prompt.words, rng)
    horizon = size[1] * rng.uniform(0.55, 0.64)
    light = (size[0] * rng.uniform(0.24, 0.76), horizon * rng.uniform(0.32, 0.66))
    # In a clip, sun and moon climb a little and come back.
    light = (light[0], light[1] - size[1] * 0.06 * math.sin(math.pi * prompt.phase) ** 2)
    layout = SceneLayout(size, prompt, frozenset(words_of(prompt.words)), theme, horizon, light)
    image = sky.paint_sky(layout)
    ground = _paint_ground(image, layout)
    image = _bloom(image, layout)
    image = features.paint_features(image, replace(layout, ground=tuple(ground)))
    return grain(image, seeded_random("grain", prompt.digest, prompt.phase), 0.045)


def _paint_ground(image: Image.Image, layout: SceneLayout) -> list[Point]:
    """Paints mountains, then hills or water; returns the edge of the nearest ground."""
    rng = layout.rng("ground")
    horizon, height = layout.horizon, layout.size[1]
    is_shore = bool(layout.words & _WATER)
    if layout.words & _PEAKS or (not is_shore and rng.random() < 0.3):
        tall = height * rng.uniform(0.27, 0.36)
        mountains.paint_range(image, horizon * 1.04, tall, _rock(layout), layout.prompt.seed)
    if is_shore:
        return _paint_shore(image, layout)
    layers = rng.randint(4, 5)
    line: list[Point] = []
    for layer in range(layers):
        share = layer / (layers - 1)
        base = horizon + (height - horizon) * (0.02 + 0.78 * share**1.1)
        line = terrain.ridge(layout.size, base, height * (0.035 + 0.03 * share), rng, 3)
        _paint_layer(image, layout, line, share, rng)
    return line


def _rock(layout: SceneLayout) -> mountains.MountainColours:
    theme = layout.theme
    shade = mixed(theme.far, theme.near, 0.34)
    is_warm = theme.name in _WITHOUT_SNOW and not layout.words & _COLD
    snow = None if is_warm else mixed(theme.glow, (255, 255, 255), 0.65)
    return mountains.MountainColours(shade, theme.glow, theme.mist, snow)


def _paint_shore(image: Image.Image, layout: SceneLayout) -> list[Point]:
    """A far shore, the water, and a near bank that rises to one side."""
    (width, height), theme = layout.size, layout.theme
    rng = layout.rng("shore")
    far = terrain.ridge(layout.size, layout.horizon, height * 0.03, rng, 4)
    _paint_layer(image, layout, far, 0.25, rng)
    surface = int(layout.horizon + height * 0.035)
    terrain.paint_water(image, surface, mixed(theme.near, theme.sky[0], 0.55), layout)
    bank = terrain.ridge(layout.size, height * 0.95, height * 0.035, rng, 4)
    side = rng.choice((-1, 1))
    slope = [(x, y + height * (0.04 - side * (x / width - 0.5) * 0.1)) for x, y in bank]
    _paint_layer(image, layout, slope, 1.0, rng)
    return slope


def _paint_layer(
    image: Image.Image, layout: SceneLayout, line: list[Point], share: float, rng: random.Random
) -> None:
    """One hill; `share` is 0 for the farthest and 1 for the nearest."""
    tone = mixed(layout.theme.far, layout.theme.near, share**0.85)
    mist = mixed(layout.theme.mist, tone, share * 0.75)
    trees: list[list[Point]] = []
    if layout.words & _PINES:
        height = image.height * (0.035 + 0.13 * share**1.3)
        trees = terrain.pines(line, round(90 - 62 * share), height, rng)
    terrain.paint_hill(image, line, tone, mist, trees)


def _bloom(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """The light of sun or moon as it spills over everything, and darker corners."""
    strength = 0.22 if layout.theme.is_night else 0.34
    spill = glow_mask(layout.size, layout.light, max(layout.size) * 0.62, strength)
    image = screened(image, layout.theme.glow, spill)
    shade = Image.radial_gradient("L").resize(
        layout.size, Image.Resampling.BILINEAR, box=(43, 43, 213, 213)
    )
    dark = shade.point([round(255 - 60 * max(0.0, (v - 70) / 185) ** 2) for v in range(256)])
    return ImageChops.multiply(image, Image.merge("RGB", (dark, dark, dark)))
