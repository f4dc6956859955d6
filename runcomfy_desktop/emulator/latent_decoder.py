"""Converts a latent into pictures, as a real container does with its VAE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.flow import DataFlow
from runcomfy_desktop.emulator.painting import repaint, scene
from runcomfy_desktop.emulator.painting.lazy_image import LazyImage
from runcomfy_desktop.emulator.painting.scene_layout import ScenePrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from runcomfy_desktop.emulator.painting.image_tools import Size

DEFAULT_SIZE = (1024, 1024)


def decode_latent(flow: DataFlow) -> DataFlow:
    """Returns the flow with its latent decoded: one picture per batch item and frame."""
    if not flow.sampled:
        return flow
    size = flow.size or DEFAULT_SIZE
    pictures = tuple(
        LazyImage(size, _painter(flow, size, item, frame / flow.frames))
        for item in range(flow.batch)
        for frame in range(flow.frames)
    )
    return DataFlow(pictures=pictures, frames=flow.frames)


def _painter(flow: DataFlow, size: Size, item: int, phase: float) -> Callable[[], Image.Image]:
    words = " ".join(flow.texts)
    seed = flow.seed + item

    def draw() -> Image.Image:
        if flow.pictures:
            sources = [each.image for each in flow.pictures]
            options = repaint.RepaintOptions(
                words, seed, flow.digest, flow.denoise, flow.style, phase
            )
            return repaint.repaint(sources, size, options)
        return scene.paint(size, ScenePrompt(words, seed, flow.digest, phase))

    return draw
