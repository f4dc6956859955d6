"""Paints a landscape from words and a seed: sky, mountains, and the objects named in the words.

It is the first thing that a new user of the demo sees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw

from runcomfy_desktop.emulator.painting import buildings, terrain
from runcomfy_desktop.emulator.painting.image_tools import (
    Colour,
    Point,
    Size,
    blurred,
    disc_mask,
    glow_mask,
    gradient,
    grain,
    mask,
    mixed,
    noise,
    polygon_mask,
    ramp,
    screened,
    seeded_random,
    waves,
)
from runcomfy_desktop.emulator.painting.palette import theme_for, words_of
from runcomfy_desktop.emulator.painting.scene_layout import (
    SceneLayout,
    ScenePrompt,
    box,
    fill,
    fill_all,
)
from runcomfy_desktop.emulator.painting.terrain import closed, height_at, paint_hill

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Shape = Callable[[ImageDraw.ImageDraw, float], object]

_SKYLINE_STEPS = 220
_TONGUES = 46


def paint_sky(layout: SceneLayout) -> Image.Image:
    """Paints the sky on the whole canvas; the ground is painted over it later."""
    size, theme = layout.size, layout.theme
    reach = round(size[1] * 0.66)
    image = Image.new("RGB", size, theme.sky[-1])
    image.paste(gradient((size[0], reach), theme.sky), (0, 0))
    if theme.is_night:
        image = _stars(image, layout)
    image = screened(image, theme.glow, glow_mask(size, layout.light, max(size) * 0.5, 0.75))
    image = _disc(image, layout)
    return _clouds(image, layout)


def _disc(image: Image.Image, layout: SceneLayout) -> Image.Image:
    theme, light = layout.theme, layout.light
    rng = layout.rng("disc")
    radius = min(image.size) * rng.uniform(0.055, 0.085)
    image = screened(image, theme.disc, glow_mask(image.size, light, radius * 3.2, 0.7))
    shape = disc_mask(image.size, light, radius)
    if theme.is_night and rng.random() < 0.6:
        shadow = (light[0] + radius * 0.5, light[1] - radius * 0.28)
        shape = ImageChops.subtract(shape, disc_mask(image.size, shadow, radius * 0.92))
    image.paste(Image.new("RGB", image.size, theme.disc), (0, 0), shape)
    return image


def _stars(image: Image.Image, layout: SceneLayout) -> Image.Image:
    rng = layout.rng("stars")
    width, height = image.size
    stars = [
        (
            rng.random() * width,
            rng.random() ** 1.4 * height * 0.62,
            rng.random() ** 4 * 1.5 + 0.35,
            (rng.random() + layout.prompt.phase) % 1,
        )
        for _ in range(260)
    ]
    unit = min(image.size) / 900

    def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        for x, y, radius, moment in stars:
            r = max(radius * unit, 0.4)
            twinkle = round(255 * (0.55 + 0.45 * abs(2 * moment - 1)))
            box = ((x - r) * scale, (y - r) * scale, (x + r) * scale, (y + r) * scale)
            canvas.ellipse(box, fill=twinkle)

    return screened(image, (235, 240, 255), mask(image.size, draw))


def _clouds(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """Paints long soft bands, weaker towards the top; they move with the phase of a clip."""
    theme = layout.theme
    rng = layout.rng("clouds")
    width, height = image.size
    cover = rng.uniform(0.35, 0.6)
    field = noise((width, round(height * 0.66)), (3, 7), rng, 5)
    field = ImageChops.offset(field, round(width * 0.05 * layout.prompt.swing), 0)
    edge = 255 * (1 - cover * 0.72)
    soft = field.point([max(0, min(235, round((value - edge) * 4.2))) for value in range(256)])
    soft = ImageChops.multiply(soft, ramp(soft.size, 120, 235))
    layer = Image.new("L", image.size)
    layer.paste(soft, (0, 0))
    tones = gradient(image.size, [mixed(theme.cloud, theme.sky[0], 0.35), theme.cloud])
    image.paste(tones, (0, 0), layer)
    return image


@dataclass(frozen=True, slots=True)
class Summit:
    """One mountain: its position, its height and the reach of its sides."""

    x: float
    height: float
    reach: float


@dataclass(frozen=True, slots=True)
class MountainColours:
    """Colours of a mountain range; `snow` is None if there is no snow."""

    shade: Colour
    light: Colour
    mist: Colour
    snow: Colour | None


def summits(size: Size, height: float, rng: random.Random) -> list[Summit]:
    """Returns the highest summit and smaller ones around it, from left to right."""
    count = rng.randint(4, 6)
    leader = rng.randrange(1, count - 1)
    found = []
    for index in range(count):
        x = size[0] * (index + rng.uniform(0.25, 0.75)) / count
        tall = height * (1.0 if index == leader else rng.uniform(0.45, 0.8))
        found.append(Summit(x, tall, tall * rng.uniform(1.25, 1.7)))
    return found


def _skyline(size: Size, base: float, tops: list[Summit], rng: random.Random) -> list[Point]:
    """Returns the upper edge of the whole mountain range."""
    rough = waves(rng, _SKYLINE_STEPS + 1, 7)
    line = []
    for index in range(_SKYLINE_STEPS + 1):
        x = size[0] * (-0.02 + 1.04 * index / _SKYLINE_STEPS)
        tall = max(each.height * max(0.0, 1 - abs(x - each.x) / each.reach) for each in tops)
        line.append((x, base - tall - rough[index] * size[1] * 0.012))
    return line


def _paint_range(
    image: Image.Image, base: float, height: float, rock: MountainColours, seed: int
) -> None:
    """Paints a mountain range whose highest summit is `height` above `base`."""
    rng = seeded_random("range", seed)
    tops = summits(image.size, height, rng)
    line = _skyline(image.size, base, tops, rng)
    paint_hill(image, line, rock.shade, rock.mist)
    shape = polygon_mask(image.size, closed(image.size, line))
    lit = polygon_mask(image.size, *(_lit_side(line, base, each, rng) for each in tops))
    foot = _fading(image.size, base - height, base)
    face = ImageChops.multiply(ImageChops.multiply(lit, shape), foot)
    _blend(image, mixed(rock.shade, rock.light, 0.42), face, 0.8)
    if rock.snow is not None:
        caps = polygon_mask(image.size, _snow(image.size, base, height, rng))
        caps = ImageChops.multiply(caps, shape)
        _blend(image, mixed(rock.snow, rock.shade, 0.3), caps, 0.92)
        _blend(image, rock.snow, ImageChops.multiply(caps, lit), 1.0)


def _blend(image: Image.Image, tone: Colour, where: Image.Image, strength: float) -> None:
    weak = where.point([round(value * strength) for value in range(256)])
    image.paste(Image.new("RGB", image.size, tone), (0, 0), weak)


def _fading(size: Size, top: float, foot: float) -> Image.Image:
    """Returns a mask that is full at the summits and nearly zero at the foot, where the mist is."""
    layer = Image.new("L", size, 255)
    depth = max(2, int(foot - top))
    layer.paste(ramp((size[0], depth), 255, 30), (0, int(top)))
    return layer


def _lit_side(line: list[Point], base: float, top: Summit, rng: random.Random) -> list[Point]:
    """Returns the outline of a summit's lit side: down a jagged edge, and back up on the right."""
    start = height_at(line, top.x)
    edge: list[Point] = [(top.x, start - 2)]
    x = top.x
    for step in range(1, 9):
        x += top.reach * rng.uniform(-0.07, 0.09) * (1 if step % 2 else -0.8)
        edge.append((x, start + (base - start) * step / 8))
    return [*edge, (top.x + top.reach * 1.05, base), (top.x + top.reach * 0.2, start - 2)]


def _snow(size: Size, base: float, height: float, rng: random.Random) -> list[Point]:
    """Returns the outline of the area above the snow line, with tongues of different lengths."""
    line = base - height * rng.uniform(0.56, 0.66)
    drift = waves(rng, _TONGUES + 1, 4)
    lower: list[Point] = []
    for index in range(_TONGUES + 1):
        long = rng.uniform(0.03, 0.13) if index % 2 else rng.uniform(-0.07, 0.0)
        x = size[0] * (index + rng.uniform(-0.3, 0.3)) / _TONGUES
        lower.append((x, line + height * (long + drift[index] * 0.05)))
    return [(-2, -2), (size[0] + 2, -2), (size[0] + 2, line), *reversed(lower), (-2, line)]


def paint_features(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """Paints all objects named in the words of the scene."""
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
    """Returns the shape of one of the balloon's stripes: a drop whose width is scaled by `share`.

    Each narrower drop is drawn over the wider ones.
    """

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
    """Paints the scene; equal prompts give equal pixels."""
    rng = seeded_random("scene", prompt.seed, prompt.words)
    theme = theme_for(prompt.words, rng)
    horizon = size[1] * rng.uniform(0.55, 0.64)
    light = (size[0] * rng.uniform(0.24, 0.76), horizon * rng.uniform(0.32, 0.66))
    # In a clip, the sun or moon climbs slightly and comes back.
    light = (light[0], light[1] - size[1] * 0.06 * math.sin(math.pi * prompt.phase) ** 2)
    layout = SceneLayout(size, prompt, frozenset(words_of(prompt.words)), theme, horizon, light)
    image = paint_sky(layout)
    ground = _paint_ground(image, layout)
    image = _bloom(image, layout)
    image = paint_features(image, replace(layout, ground=tuple(ground)))
    return grain(image, seeded_random("grain", prompt.digest, prompt.phase), 0.045)


def _paint_ground(image: Image.Image, layout: SceneLayout) -> list[Point]:
    """Paints mountains, then hills or water; returns the edge of the nearest ground."""
    rng = layout.rng("ground")
    horizon, height = layout.horizon, layout.size[1]
    is_shore = bool(layout.words & _WATER)
    if layout.words & _PEAKS or (not is_shore and rng.random() < 0.3):
        tall = height * rng.uniform(0.27, 0.36)
        _paint_range(image, horizon * 1.04, tall, _rock(layout), layout.prompt.seed)
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


def _rock(layout: SceneLayout) -> MountainColours:
    theme = layout.theme
    shade = mixed(theme.far, theme.near, 0.34)
    is_warm = theme.name in _WITHOUT_SNOW and not layout.words & _COLD
    snow = None if is_warm else mixed(theme.glow, (255, 255, 255), 0.65)
    return MountainColours(shade, theme.glow, theme.mist, snow)


def _paint_shore(image: Image.Image, layout: SceneLayout) -> list[Point]:
    """Paints a far shore, the water, and a near bank that rises to one side."""
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
    """Paints one hill; `share` is 0 for the farthest and 1 for the nearest."""
    tone = mixed(layout.theme.far, layout.theme.near, share**0.85)
    mist = mixed(layout.theme.mist, tone, share * 0.75)
    trees: list[list[Point]] = []
    if layout.words & _PINES:
        height = image.height * (0.035 + 0.13 * share**1.3)
        trees = terrain.pines(line, round(90 - 62 * share), height, rng)
    terrain.paint_hill(image, line, tone, mist, trees)


def _bloom(image: Image.Image, layout: SceneLayout) -> Image.Image:
    """Adds the glare of the sun or moon, and darkens the corners."""
    strength = 0.22 if layout.theme.is_night else 0.34
    spill = glow_mask(layout.size, layout.light, max(layout.size) * 0.62, strength)
    image = screened(image, layout.theme.glow, spill)
    shade = Image.radial_gradient("L").resize(
        layout.size, Image.Resampling.BILINEAR, box=(43, 43, 213, 213)
    )
    dark = shade.point([round(255 - 60 * max(0.0, (v - 70) / 185) ** 2) for v in range(256)])
    return ImageChops.multiply(image, Image.merge("RGB", (dark, dark, dark)))
