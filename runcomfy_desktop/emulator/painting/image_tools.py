"""Painting tools: gradients, soft noise, glows and smooth-edged masks.

The result depends only on the parameters, so a picture can be painted again identically.
"""

from __future__ import annotations

import colorsys
import math
import random
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Colour = tuple[int, int, int]
Point = tuple[float, float]
Size = tuple[int, int]

# Masks are drawn larger by this factor and then reduced, which makes their edges smooth.
_SUPERSAMPLING = 2
_NOISE_TILE = 256


def seeded_random(*parts: str | float) -> random.Random:
    """Returns a random generator seeded by `parts`."""
    return random.Random(" ".join(str(part) for part in parts))


def colour(text: str) -> Colour:
    """Returns the colour written as `#rrggbb`."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (
        round(one + (two - one) * share) for one, two in zip(first, second, strict=True)
    )
    return red, green, blue


def hue_rotated(tone: Colour, degrees: float, saturation: float = 1.0) -> Colour:
    """Returns the colour with its hue rotated and its saturation scaled."""
    hue, light, saturated = colorsys.rgb_to_hls(*(part / 255 for part in tone))
    parts = colorsys.hls_to_rgb((hue + degrees / 360) % 1, light, min(1.0, saturated * saturation))
    red, green, blue = (round(part * 255) for part in parts)
    return red, green, blue


def towards_hue(tone: Colour, hue: float, share: float) -> Colour:
    """Returns the colour with the same lightness, moved towards a hue (0 to 1)."""
    _hue, light, strong = colorsys.rgb_to_hls(*(part / 255 for part in tone))
    parts = colorsys.hls_to_rgb(hue, light, max(strong, 0.45))
    red, green, blue = (round(part * 255) for part in parts)
    return mixed(tone, (red, green, blue), share)


def gradient(size: Size, stops: Sequence[Colour]) -> Image.Image:
    """Returns a gradient from the first colour at the top to the last colour at the bottom."""
    column = Image.new("RGB", (1, len(stops)))
    column.putdata(list(stops))
    if len(stops) == 1:
        return column.resize(size)
    # The outer half pixels are cut off, because they would have no gradient.
    box = (0, 0.5, 1, len(stops) - 0.5)
    return column.resize((1, size[1]), Image.Resampling.BILINEAR, box=box).resize(size)


def ramp(size: Size, top: int, bottom: int) -> Image.Image:
    """Returns a mask that changes evenly from the strength `top` to the strength `bottom`."""
    return gradient(size, [(top, top, top), (bottom, bottom, bottom)]).getchannel(0)


def mask(size: Size, draw: Callable[[ImageDraw.ImageDraw, float], object]) -> Image.Image:
    """Returns a mask with smooth edges.

    `draw` gets the canvas and its scale; it must draw with fill 255.
    """
    large = Image.new("L", (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING))
    draw(ImageDraw.Draw(large), _SUPERSAMPLING)
    return large.reduce(_SUPERSAMPLING)


def polygon_mask(size: Size, *polygons: Sequence[Point]) -> Image.Image:
    def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        for points in polygons:
            canvas.polygon([(x * scale, y * scale) for x, y in points], fill=255)

    return mask(size, draw)


def disc_mask(size: Size, centre: Point, radius: float) -> Image.Image:
    (x, y), r = centre, radius
    return mask(
        size,
        lambda canvas, s: canvas.ellipse(
            ((x - r) * s, (y - r) * s, (x + r) * s, (y + r) * s), fill=255
        ),
    )


def glow_mask(size: Size, centre: Point, radius: float, strength: float) -> Image.Image:
    """Returns a mask of light that fades from `centre` to zero at `radius`."""
    fade = Image.radial_gradient("L").point(
        [round(255 * strength * max(0.0, 1 - value / 181) ** 2.2) for value in range(256)]
    )
    side = max(2, round(radius * 2))
    # Pillow's gradient has the value 181 at the middle of an edge and 255 in the corners.
    spot = fade.resize((side, side), Image.Resampling.BILINEAR)
    layer = Image.new("L", size)
    layer.paste(spot, (round(centre[0] - radius), round(centre[1] - radius)))
    return layer


def noise(size: Size, cells: Size, rng: random.Random, octaves: int = 4) -> Image.Image:
    """Returns soft grey clouds; the left and right edges match."""
    layer = Image.new("L", size, 128)
    weight = 0.55
    for octave in range(octaves):
        columns, rows = cells[0] * 2**octave, cells[1] * 2**octave
        grid = Image.frombytes("L", (columns, rows), rng.randbytes(columns * rows))
        wide = Image.new("L", (columns + 4, rows))
        for left in (2 - columns, 2, 2 + columns):
            wide.paste(grid, (left, 0))
        box = (2, 0, columns + 2, rows)
        soft = wide.resize(size, Image.Resampling.BICUBIC, box=box)
        layer = soft if octave == 0 else Image.blend(layer, soft, weight * 0.6**octave)
    return layer


def grain(image: Image.Image, rng: random.Random, strength: float) -> Image.Image:
    """Returns the picture with very fine noise, which hides the steps in its gradients."""
    tile = Image.frombytes(
        "L", (_NOISE_TILE, _NOISE_TILE), rng.randbytes(_NOISE_TILE * _NOISE_TILE)
    ).point([round(128 + (value - 128) * strength) for value in range(256)])
    layer = Image.new("L", image.size)
    for left in range(0, image.width, _NOISE_TILE):
        for top in range(0, image.height, _NOISE_TILE):
            layer.paste(tile, (left, top))
    return ImageChops.overlay(image, Image.merge("RGB", (layer, layer, layer)))


def screened(image: Image.Image, tone: Colour, light: Image.Image) -> Image.Image:
    """Returns the picture with light of the colour `tone` added where `light` is strong."""
    bands = [light.point([round(value * part / 255) for value in range(256)]) for part in tone]
    return ImageChops.screen(image, Image.merge("RGB", bands))


def blurred(layer: Image.Image, radius: float) -> Image.Image:
    return layer.filter(ImageFilter.GaussianBlur(radius))


def waves(rng: random.Random, count: int, octaves: int = 4) -> list[float]:
    """Returns `count` heights of a smooth random line, between about -1 and 1."""
    line = [0.0] * count
    for octave in range(octaves):
        knots = [rng.uniform(-1, 1) for _ in range(3 * 2**octave + 2)]
        for index in range(count):
            at = index / max(1, count - 1) * (len(knots) - 2)
            knot, part = int(at), at - int(at)
            ease = (1 - math.cos(math.pi * part)) / 2
            line[index] += (knots[knot] * (1 - ease) + knots[knot + 1] * ease) / 2**octave
    return line
