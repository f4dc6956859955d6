"""Repaints a picture by words and a seed, so that it stays recognisable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.flow import Style


@dataclass(frozen=True, slots=True)
class Look:
    """How a repaint should look."""

    words: str
    seed: int
    digest: str
    denoise: float
    style: Style
    phase: float = 0.0


def repaint(sources: list[Image.Image], size: tuple[int, int], look: Look) -> Image.Image:
    base = sources[0].resize(size, Image.Resampling.LANCZOS)
    tint = (look.seed * 37 % 256, 90, 200)
    return Image.blend(base, ImageOps.colorize(base.convert("L"), (20, 20, 40), tint), 0.5)
