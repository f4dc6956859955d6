"""Turns a latent into pictures, where a real container would ask its VAE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.flow import Flow, Picture
from runcomfy_desktop.emulator.painting import repaint, scene
from runcomfy_desktop.emulator.painting.stage import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from runcomfy_desktop.emulator.flow import Size

DEFAULT_SIZE = (1024, 1024)


def painted(flow: Flow) -> Flow:
    """The flow with its latent decoded: one picture per batch item and frame."""
    if not flow.sampled:
        return flow
    size = flow.size or DEFAULT_SIZE
    pictures = tuple(
        Picture(size, _drawing(flow, size, item, frame / flow.frames))
        for item in range(flow.batch)
        for frame in range(flow.frames)
    )
    return Flow(pictures=pictures, frames=flow.frames)


def _drawing(flow: Flow, size: Size, item: int, phase: float) -> Callable[[], Image.Image]:
    words = " ".join(flow.texts)
    seed = flow.seed + item

    def draw() -> Image.Image:
        if flow.pictures:
            sources = [each.image for each in flow.pictures]
            look = repaint.Look(words, seed, flow.digest, flow.denoise, flow.style, phase)
            return repaint.repaint(sources, size, look)
        return scene.paint(size, Wish(words, seed, flow.digest, phase))

    return draw
