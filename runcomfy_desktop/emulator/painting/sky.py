"""The sky of a scene: its colours, stars, clouds, and the sun or the moon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw

from runcomfy_desktop.emulator.painting.image_tools import (
    disc_mask,
    glow_mask,
    gradient,
    mask,
    mixed,
    noise,
    ramp,
    screened,
)

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.painting.scene_layout import SceneLayout


def paint_sky(layout: SceneLayout) -> Image.Image:
    """The whole canvas as sky; the ground is painted over it."""
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
    """Long soft bands, thinner towards the top; they wander with the phase of a clip."""
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
