"""Paints a landscape from words and a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageDraw


@dataclass(frozen=True, slots=True)
class Wish:
    """What a scene is made of: `digest` stands for all values, `phase` is the moment of a clip."""

    words: str
    seed: int
    digest: str = ""
    phase: float = 0.0


def paint(size: tuple[int, int], wish: Wish) -> Image.Image:
    numbers = random.Random(f"{wish.seed} {wish.words}")
    image = Image.new("RGB", size, (numbers.randrange(256), 120, 180))
    draw = ImageDraw.Draw(image)
    x, y = int(numbers.random() * size[0]), int((numbers.random() + wish.phase) % 1 * size[1])
    draw.ellipse((x, y, x + size[0] // 4, y + size[0] // 4), fill=(250, 220, 120))
    return image
