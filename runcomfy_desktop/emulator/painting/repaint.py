"""Repaints pictures according to words and a seed.

Light and dark stay nearly unchanged, and colours change: a colour word gives all colourful parts
that colour, a theme adds its own light to the picture, and if no word matches, the seed chooses.
The effect of prompt and seed is thus visible, and the picture remains recognisable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from runcomfy_desktop.emulator.painting.image_tools import (
    Colour,
    Size,
    glow_mask,
    grain,
    screened,
    seeded_random,
)
from runcomfy_desktop.emulator.painting.palette import SceneTheme, hue_in, theme_in, words_of

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_INK = frozenset(["sketch", "ink", "pencil", "drawing", "line", "comic", "charcoal"])
_GREY = frozenset(("monochrome", "greyscale", "grayscale"))
_KEEP = frozenset(["keep", "only", "just", "else"])
_AWAY_FROM_GREY = [abs(value - 128) for value in range(256)]
# Tone curve per theme: (darkest, lightest, gamma) of the new brightness.
_TONES = {
    "night": (4, 158, 1.3),
    "dusk": (8, 226, 1.12),
    "storm": (14, 214, 1.08),
    "snow": (34, 255, 0.86),
    "dawn": (20, 252, 0.92),
}
_PLAIN_TONE = (6, 250, 1.0)
# A larger change of proportions would be visible as a stretch, so the picture is cropped instead.
_STRETCH = 0.08
# Spread of light and dark at which the glow reaches its full strength.
_FULL_CONTRAST = 48
_ZOOM = 0.12


@dataclass(frozen=True, slots=True)
class RepaintStyle:
    """Options that control how a repaint changes its input picture."""

    strength: float = 0.8
    keep_colours: bool = False
    film_look: str = "none"


@dataclass(frozen=True, slots=True)
class RepaintOptions:
    """Options of a repaint; `phase` is the position in a clip (0 to 1)."""

    words: str
    seed: int
    digest: str
    denoise: float
    style: RepaintStyle
    phase: float = 0.0


def repaint(sources: Sequence[Image.Image], size: Size, options: RepaintOptions) -> Image.Image:
    """Returns one picture of the given size, made from all `sources`."""
    base = _collage(sources, size)
    if options.phase:
        base = _zoomed(base, options.phase)
    rng = seeded_random("repaint", options.seed, options.words)
    painted = _smoothed(base)
    theme = theme_in(options.words)
    light = painted.convert("L").point(_light_curve(theme, options))
    painted = _recoloured(painted, theme, options, rng)
    painted = _relit(painted, light, theme, options, rng)
    if set(words_of(options.words)) & _INK:
        painted = _inked(painted)
    painted = _finished(painted, options)
    share = options.denoise * (0.25 + 0.75 * options.style.strength / 0.8)
    return Image.blend(base, painted, max(0.0, min(1.0, share)))


def _collage(sources: Sequence[Image.Image], size: Size) -> Image.Image:
    """Arranges the pictures in a row along the longer side."""
    count, (width, height) = len(sources), size
    if count == 1:
        return _fitted(sources[0], size)
    across = width >= height
    canvas = Image.new("RGB", size)
    for index, source in enumerate(sources):
        left = width * index // count if across else 0
        top = 0 if across else height * index // count
        right = width * (index + 1) // count if across else width
        bottom = height if across else height * (index + 1) // count
        canvas.paste(_fitted(source, (max(1, right - left), max(1, bottom - top))), (left, top))
    return canvas


def _fitted(image: Image.Image, size: Size) -> Image.Image:
    stretch = abs(math.log(image.width / image.height * size[1] / size[0]))
    if stretch < _STRETCH:
        return image.resize(size, Image.Resampling.LANCZOS)
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _zoomed(image: Image.Image, phase: float) -> Image.Image:
    """Zooms slowly into the middle and back with the phase, so that a clip can loop."""
    share = _ZOOM * (1 - math.cos(2 * math.pi * phase)) / 4
    width, height = image.size
    box = (width * share, height * share, width * (1 - share), height * (1 - share))
    return image.resize(image.size, Image.Resampling.BICUBIC, box=box)


def _smoothed(image: Image.Image) -> Image.Image:
    """Smooths small details as a brush would, and keeps edges."""
    soft = image.filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.SMOOTH_MORE)
    return soft.filter(ImageFilter.UnsharpMask(radius=3, percent=90, threshold=2))


def _recoloured(
    image: Image.Image, theme: SceneTheme | None, options: RepaintOptions, rng: random.Random
) -> Image.Image:
    light, blue, red = image.convert("YCbCr").split()
    if options.style.keep_colours:
        return image
    if set(words_of(options.words)) & _GREY:
        return light.convert("RGB")
    hue = hue_in(options.words)
    chroma = (blue, red)
    if hue is not None:
        is_careful = bool(set(words_of(options.words)) & _KEEP)
        chroma = _single_hue(chroma, hue + rng.uniform(-0.025, 0.025), careful=is_careful)
    elif theme is None:
        chroma = _rotated(chroma, rng.uniform(30, 330))
    chroma = _washed(chroma, light, _wash(theme, hue, rng), _wash_share(theme, options))
    return Image.merge("YCbCr", (light, *chroma)).convert("RGB")


def _wash_share(theme: SceneTheme | None, options: RepaintOptions) -> float:
    if theme is not None:
        return 0.72 if theme.is_night else 0.5
    return 0.1 if set(words_of(options.words)) & _KEEP else 0.2


def _light_curve(theme: SceneTheme | None, options: RepaintOptions) -> list[int]:
    low, high, gamma = _TONES.get(theme.name if theme else "", _PLAIN_TONE)
    gamma *= 1 + (options.seed % 7 - 3) * 0.02
    return [round(low + (high - low) * (value / 255) ** gamma) for value in range(256)]


_Chroma = tuple[Image.Image, Image.Image]


def _rotated(chroma: _Chroma, degrees: float) -> _Chroma:
    """Turns every hue by the same angle."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    blank = Image.new("L", chroma[0].size)
    matrix = (
        *(cosine, -sine, 0, 128 - 128 * (cosine - sine)),
        *(sine, cosine, 0, 128 - 128 * (sine + cosine)),
        *(0, 0, 1, 0),
    )
    turned = Image.merge("RGB", (*chroma, blank)).convert("RGB", matrix)
    return turned.getchannel(0), turned.getchannel(1)


def _single_hue(chroma: _Chroma, hue: float, *, careful: bool) -> _Chroma:
    """Gives colourful parts a single hue; pale parts keep more, or all, of their own colour."""
    strength = ImageChops.lighter(*(band.point(_AWAY_FROM_GREY) for band in chroma))
    first, full, least = (40, 66, 0) if careful else (8, 48, 90)
    where = strength.point(
        [
            max(least, min(255, round(255 * (value - first) / (full - first))))
            for value in range(256)
        ]
    )
    blue, red = (
        Image.composite(
            # A factor slightly above 1, so that parts with weak colours change visibly.
            strength.point([_byte(128 + 1.15 * part * value) for value in range(256)]),
            band,
            where,
        )
        for part, band in zip(_direction(hue), chroma, strict=True)
    )
    return blue, red


def _byte(value: float) -> int:
    return max(0, min(255, round(value)))


def _direction(hue: float) -> tuple[float, float]:
    """Returns the direction of a pure hue in (blue, red) chroma, as a vector of length about 1."""
    pure = Image.new("HSV", (1, 1), (round(hue % 1 * 255), 255, 220)).convert("RGB")
    _light, blue, red = (band.tobytes()[0] for band in pure.convert("YCbCr").split())
    length = math.hypot(blue - 128, red - 128)
    return (blue - 128) / length, (red - 128) / length


def _wash(
    theme: SceneTheme | None, hue: float | None, rng: random.Random
) -> list[tuple[int, int, int]]:
    """Returns the colours laid over the picture, from its dark to its light parts."""
    if theme is not None:
        theme = theme.hue_rotated(rng.uniform(-12, 12))
        if hue is not None:
            theme = theme.coloured(hue, 0.4)
        return [theme.near, theme.far, theme.sky[-2], theme.glow]
    centre = rng.random() if hue is None else hue
    tones = []
    for index, value in enumerate((60, 120, 190, 250)):
        shift = (index - 1.5) * rng.uniform(0.02, 0.07)
        pixel = Image.new(
            "HSV", (1, 1), (round((centre + shift) % 1 * 255), 150 - 30 * index, value)
        )
        red, green, blue = pixel.convert("RGB").tobytes()
        tones.append((red, green, blue))
    return tones


def _washed(chroma: _Chroma, light: Image.Image, tones: list[Colour], share: float) -> _Chroma:
    strip = Image.new("RGB", (len(tones), 1))
    strip.putdata(tones)
    box = (0.5, 0, len(tones) - 0.5, 1)
    ramp = strip.resize((256, 1), Image.Resampling.BILINEAR, box=box).convert("YCbCr")
    blue, red = (
        Image.blend(band, light.point(list(ramp.getchannel(index).tobytes())), share)
        for band, index in zip(chroma, (1, 2), strict=True)
    )
    return blue, red


def _relit(
    image: Image.Image,
    light: Image.Image,
    theme: SceneTheme | None,
    options: RepaintOptions,
    rng: random.Random,
) -> Image.Image:
    """Gives `image` the brightness of `light`, and a soft glow at a position that the seed sets."""
    angle = rng.uniform(0, 2 * math.pi) + 2 * math.pi * options.phase
    width, height = image.size
    centre = (width * (0.5 + 0.45 * math.cos(angle)), height * (0.5 + 0.45 * math.sin(angle)))
    # A picture with little contrast gets less glow, because it would drown in it.
    contrast = min(1.0, ImageStat.Stat(light).stddev[0] / _FULL_CONTRAST)
    glow = glow_mask(image.size, centre, max(image.size) * 0.7, 0.24 * contrast)
    tone = theme.glow if theme is not None else (255, 240, 214)
    return _as_bright_as(screened(image, tone, glow), ImageChops.screen(light, glow))


def _as_bright_as(image: Image.Image, light: Image.Image) -> Image.Image:
    """Restores the brightness given by `light`, which strong colours alone would shift."""
    for _turn in range(2):
        now = image.convert("L")
        more, less = ImageChops.subtract(light, now), ImageChops.subtract(now, light)
        image = ImageChops.add(image, Image.merge("RGB", (more, more, more)))
        image = ImageChops.subtract(image, Image.merge("RGB", (less, less, less)))
    return image


def _inked(image: Image.Image) -> Image.Image:
    """Draws dark lines along the edges, with paler colours between them."""
    edges = image.convert("L").filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)
    # If a picture is full of edges, strong lines would hide its light and dark areas.
    power = 5 * min(1.0, 5 / max(1.0, ImageStat.Stat(edges).mean[0]))
    lines = edges.point([max(60, 255 - round(max(0, value - 6) * power)) for value in range(256)])
    pale = Image.blend(image, Image.new("RGB", image.size, (250, 246, 236)), 0.3)
    return ImageChops.multiply(pale, Image.merge("RGB", (lines, lines, lines)))


def _finished(image: Image.Image, options: RepaintOptions) -> Image.Image:
    rng = seeded_random("finish", options.digest)
    if options.style.film_look == "faded":
        image = Image.blend(image, Image.new("RGB", image.size, (214, 196, 168)), 0.22)
    return grain(image, rng, 0.2 if options.style.film_look == "grain" else 0.05)
