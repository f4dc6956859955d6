"""The picture `bike.jpg` in the demo's container: a red bicycle against a sunny wall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from runcomfy_desktop.emulator.painting.image_tools import (
    Colour,
    Point,
    Size,
    blurred,
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
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import ImageDraw

SIZE: Size = (1248, 832)
_FLOOR = 668
_WALL = ((243, 217, 170), (238, 200, 146), (222, 176, 122))
_RED = (202, 38, 42)
_TYRE = (40, 36, 38)
_REAR, _FRONT = (438.0, 588.0), (812.0, 588.0)
_WHEEL = 118.0
_CRANK = (592.0, 596.0)
_SEAT, _HEAD = (540.0, 398.0), (746.0, 402.0)
_BAR = (730.0, 352.0)


def paint_bicycle() -> Image.Image:
    rng = seeded_random("bike.jpg")
    image = _wall()
    _window(image)
    _pot(image)
    shadow = ImageChops.offset(_outline(10), -42, 30)
    shadow.paste(0, (0, 0, 40, SIZE[1]))
    soft = blurred(shadow, 7).point([round(value * 0.42) for value in range(256)])
    _fill(image, (92, 58, 48), soft)
    _ground_shadow(image)
    _wheels(image)
    _frame(image)
    image = screened(image, (255, 228, 170), glow_mask(SIZE, (1120, 40), 900, 0.32))
    return grain(image, rng, 0.05)


def _fill(image: Image.Image, tone: Colour, shape: Image.Image) -> None:
    image.paste(Image.new("RGB", image.size, tone), (0, 0), shape)


def _wall() -> Image.Image:
    image = gradient(SIZE, _WALL)
    texture = noise(SIZE, (5, 4), seeded_random("wall"), 6)
    stains = texture.point([max(0, min(70, (value - 120) * 2)) for value in range(256)])
    _fill(image, (205, 158, 104), stains)
    floor = gradient((SIZE[0], SIZE[1] - _FLOOR), [(150, 138, 132), (98, 90, 92)])
    image.paste(floor, (0, _FLOOR))
    stones: list[Sequence[Point]] = []
    for row in range(5):
        y = _FLOOR + 14 + row * (18 + 8 * row)
        stones.append([(0, y), (SIZE[0], y), (SIZE[0], y + 2 + row * 0.5), (0, y + 2 + row * 0.5)])
        for column in range(-2, 12):
            x = SIZE[0] / 2 + (column - 5 + (row % 2) / 2) * (112 + 26 * row)
            end = x + (x - SIZE[0] / 2) * 0.09
            deep = 18 + 8 * row + 8
            stones.append([(x, y), (x + 3, y), (end + 3, y + deep), (end, y + deep)])
    joints = polygon_mask(SIZE, *stones).point([round(value * 0.5) for value in range(256)])
    _fill(image, (74, 66, 70), joints)
    base = [(0, _FLOOR - 34), (SIZE[0], _FLOOR - 34), (SIZE[0], _FLOOR), (0, _FLOOR)]
    _fill(image, (176, 136, 106), polygon_mask(SIZE, base))
    edge = Image.new("L", SIZE)
    edge.paste(ramp((SIZE[0], 40), 120, 0), (0, _FLOOR))
    _fill(image, (50, 42, 46), edge)
    return image


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _window(image: Image.Image) -> None:
    """Draws a window with green shutters, above and to the left of the bicycle."""
    _fill(image, (250, 240, 222), polygon_mask(SIZE, _box(150, 92, 392, 366)))
    glass = gradient(SIZE, [(70, 106, 132), (132, 172, 188), (92, 124, 138)])
    panes = [_box(x, y, x + 98, y + 118) for x in (168, 276) for y in (110, 236)]
    image.paste(glass, (0, 0), polygon_mask(SIZE, *panes))
    shine = [
        [(182, 228), (244, 110), (262, 110), (200, 228)],
        [(290, 354), (352, 236), (366, 236), (304, 354)],
    ]
    weak = polygon_mask(SIZE, *shine).point([round(value * 0.28) for value in range(256)])
    _fill(image, (255, 255, 255), weak)
    shutters = [_box(66, 86, 144, 372), _box(398, 86, 476, 372)]
    _fill(image, (58, 106, 84), polygon_mask(SIZE, *shutters))
    slats = [_box(x, y, x + 60, y + 6) for x in (75, 407) for y in range(104, 360, 17)]
    _fill(image, (40, 78, 64), polygon_mask(SIZE, *slats))
    _fill(image, (196, 150, 118), polygon_mask(SIZE, _box(134, 366, 408, 386)))


def _pot(image: Image.Image) -> None:
    """Draws a plant in a clay pot on the right."""
    rng = seeded_random("leaves")
    leaves = []
    for _index in range(46):
        angle = rng.uniform(-2.7, -0.44)
        long, wide = rng.uniform(70, 190), rng.uniform(9, 17)
        x, y = 1076 + rng.uniform(-26, 26), 560.0
        tip = (x + math.cos(angle) * long, y + math.sin(angle) * long)
        side = (math.cos(angle + 1.57) * wide, math.sin(angle + 1.57) * wide)
        middle = ((x + tip[0]) / 2, (y + tip[1]) / 2)
        leaves.append(
            [
                (x, y),
                (middle[0] + side[0], middle[1] + side[1]),
                tip,
                (middle[0] - side[0], middle[1] - side[1]),
            ]
        )
    shadow = blurred(ImageChops.offset(polygon_mask(SIZE, *leaves), -34, 24), 8)
    _fill(image, (92, 58, 48), shadow.point([round(value * 0.35) for value in range(256)]))
    for index, tone in enumerate(((44, 92, 62), (64, 122, 74), (96, 152, 86))):
        _fill(image, tone, polygon_mask(SIZE, *leaves[index::3]))
    pot = [(1010, 556), (1142, 556), (1122, 694), (1030, 694)]
    _fill(image, (182, 92, 58), polygon_mask(SIZE, pot))
    _fill(image, (204, 112, 72), polygon_mask(SIZE, _box(1000, 546, 1152, 578)))
    dark = [(1010, 578), (1052, 578), (1060, 694), (1030, 694)]
    _fill(image, (146, 70, 46), polygon_mask(SIZE, dark))


def _line(canvas: ImageDraw.ImageDraw, scale: float, points: Sequence[Point], width: float) -> None:
    """Draws a stroke with round ends."""
    scaled = [(x * scale, y * scale) for x, y in points]
    canvas.line(scaled, fill=255, width=round(width * scale), joint="curve")
    r = width * scale / 2
    for x, y in scaled:
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=255)


def _ring(
    canvas: ImageDraw.ImageDraw, scale: float, centre: Point, radius: float, width: float
) -> None:
    (x, y), r = centre, radius
    box = ((x - r) * scale, (y - r) * scale, (x + r) * scale, (y + r) * scale)
    canvas.ellipse(box, outline=255, width=round(width * scale))


def _tubes(canvas: ImageDraw.ImageDraw, scale: float, width: float) -> None:
    """Draws the frame and the fork."""
    for points in (
        [_CRANK, _SEAT],
        [(546, 420), (748, 416)],
        [(752, 446), _CRANK],
        [_REAR, _CRANK],
        [_REAR, (543, 412)],
        [_BAR, _HEAD, (764, 470), _FRONT],
    ):
        _line(canvas, scale, points, width)


def _outline(width: float) -> Image.Image:
    """Returns a mask of the whole bicycle, for its shadow."""

    def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        _tubes(canvas, scale, width)
        for centre in (_REAR, _FRONT):
            _ring(canvas, scale, centre, _WHEEL, 12)
        _line(canvas, scale, [(500, 376), (580, 376)], 16)
        canvas.rectangle((748 * scale, 360 * scale, 846 * scale, 428 * scale), fill=255)

    return mask(SIZE, draw)


def _ground_shadow(image: Image.Image) -> None:
    def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        for x in (_REAR[0], _FRONT[0]):
            box = ((x - 110) * scale, 694 * scale, (x + 70) * scale, 716 * scale)
            canvas.ellipse(box, fill=170)

    _fill(image, (44, 36, 40), blurred(mask(SIZE, draw), 8))


def _wheels(image: Image.Image) -> None:
    def spokes(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        for x, y in (_REAR, _FRONT):
            for index in range(18):
                angle = math.pi * 2 * index / 18 + 0.1
                end = (x + math.cos(angle) * (_WHEEL - 8), y + math.sin(angle) * (_WHEEL - 8))
                _line(canvas, scale, [(x, y), end], 1.6)

    def both(radius: float, width: float) -> Image.Image:
        def draw(canvas: ImageDraw.ImageDraw, scale: float) -> None:
            for centre in (_REAR, _FRONT):
                _ring(canvas, scale, centre, radius, width)

        return mask(SIZE, draw)

    _fill(image, (206, 206, 204), mask(SIZE, spokes))
    _fill(image, _TYRE, both(_WHEEL, 13))
    _fill(image, (214, 206, 196), both(_WHEEL - 12, 5))
    _fill(image, (120, 118, 120), both(11, 8))


def _frame(image: Image.Image) -> None:
    _fill(image, mixed(_RED, (30, 0, 10), 0.4), mask(SIZE, lambda c, s: _tubes(c, s, 15)))
    shape = mask(SIZE, lambda canvas, scale: _tubes(canvas, scale, 12))
    _fill(image, _RED, shape)
    light = ImageChops.subtract(shape, ImageChops.offset(shape, 2, 4))
    _fill(image, (255, 150, 130), light.point([round(value * 0.75) for value in range(256)]))

    def guards(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        for (x, y), start, end in ((_REAR, 170, 320), (_FRONT, 215, 350)):
            r = _WHEEL + 10
            box = ((x - r) * scale, (y - r) * scale, (x + r) * scale, (y + r) * scale)
            canvas.arc(box, start, end, fill=255, width=round(8 * scale))

    _fill(image, _RED, mask(SIZE, guards))
    _fill(image, (150, 148, 150), mask(SIZE, _drive))
    _fill(image, (96, 58, 38), mask(SIZE, _saddle_and_grips))
    _basket(image)


def _drive(canvas: ImageDraw.ImageDraw, scale: float) -> None:
    """Draws chain wheel, crank, pedals, handlebar and seat post."""
    _ring(canvas, scale, _CRANK, 30, 6)
    _line(canvas, scale, [(568, 632), _CRANK, (616, 560)], 7)
    _line(canvas, scale, [(552, 636), (584, 632)], 9)
    _line(canvas, scale, [(602, 556), (634, 556)], 9)
    _line(canvas, scale, [(440, 578), (590, 566)], 3)
    _line(canvas, scale, [(440, 598), (590, 626)], 3)
    _line(canvas, scale, [(543, 404), (538, 380)], 9)
    _line(canvas, scale, [_BAR, (722, 330), (672, 326)], 9)


def _saddle_and_grips(canvas: ImageDraw.ImageDraw, scale: float) -> None:
    saddle = [
        (488, 366),
        (520, 360),
        (566, 366),
        (592, 378),
        (580, 386),
        (536, 384),
        (506, 394),
        (486, 386),
    ]
    canvas.polygon([(x * scale, y * scale) for x, y in saddle], fill=255)
    _line(canvas, scale, [(676, 326), (642, 330)], 14)


def _basket(image: Image.Image) -> None:
    body = [(748, 352), (856, 352), (840, 432), (764, 432)]
    _fill(image, (160, 112, 64), polygon_mask(SIZE, body))

    def weave(canvas: ImageDraw.ImageDraw, scale: float) -> None:
        for x in range(756, 856, 14):
            _line(canvas, scale, [(x, 356), (802 + (x - 802) * 0.72, 430)], 3)
        for y in range(370, 432, 15):
            _line(canvas, scale, [(752 + (y - 352) * 0.2, y), (852 - (y - 352) * 0.2, y)], 3)

    _fill(image, (112, 72, 38), mask(SIZE, weave))
    _fill(image, (190, 142, 88), polygon_mask(SIZE, _box(743, 344, 861, 360)))
