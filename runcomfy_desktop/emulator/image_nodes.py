"""Handlers of node classes that only rearrange pictures: scale, stitch, blend, invert, batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageOps

from runcomfy_desktop.emulator.flow import DataFlow
from runcomfy_desktop.emulator.painting.lazy_image import LazyImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.painting.image_tools import Size

_MODEL_PIXELS = 1024 * 1024
_MAX_SIDE = 8192
_METHODS = {
    "nearest-exact": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "area": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_BLENDS: dict[str, Callable[[Image.Image, Image.Image], Image.Image]] = {
    "normal": lambda _below, above: above,
    "multiply": ImageChops.multiply,
    "screen": ImageChops.screen,
    "overlay": ImageChops.overlay,
    "soft_light": ImageChops.soft_light,
    "difference": ImageChops.difference,
}


def run(step: ExecutionStep) -> DataFlow:
    """Runs a node of one of the classes in HANDLERS."""
    return HANDLERS[step.class_type](step)


def _model_scale(step: ExecutionStep) -> DataFlow:
    """Scales the pictures to about one megapixel, proportionally; sides are multiples of 16."""
    return _resized(step, lambda size: _to_pixels(size, _MODEL_PIXELS, 16))


def _total_pixels(step: ExecutionStep) -> DataFlow:
    pixels = int(step.number("megapixels", 1.0) * 1024 * 1024)
    grid = max(1, step.integer("resolution_steps", 1))
    return _resized(step, lambda size: _to_pixels(size, pixels, grid))


def _scale_by(step: ExecutionStep) -> DataFlow:
    factor = step.number("scale_by", 1.0)
    return _resized(step, lambda size: (round(size[0] * factor), round(size[1] * factor)))


def _upscale(step: ExecutionStep) -> DataFlow:
    return _resized(step, lambda size: (size[0] * 2, size[1] * 2))


def _scale(step: ExecutionStep) -> DataFlow:
    width, height = step.integer("width", 512), step.integer("height", 512)
    crop = step.text("crop") == "center"

    def target(size: Size) -> Size:
        if not width and not height:
            return size
        return (
            width or round(size[0] * height / size[1]),
            height or round(size[1] * width / size[0]),
        )

    return _resized(step, target, crop=crop and bool(width and height))


def _resize_by_choice(step: ExecutionStep) -> DataFlow:
    """Resizes the pictures by the method selected in a dynamic input.

    The size comes from the inputs that the selected method adds.
    """
    choice = step.text("resize_type")

    def number(name: str, default: float) -> float:
        return step.number(f"resize_type.{name}", default)

    def target(size: Size) -> Size:
        width, height = int(number("width", 0)), int(number("height", 0))
        if choice == "scale by multiplier":
            factor = number("multiplier", 1.0)
            return round(size[0] * factor), round(size[1] * factor)
        if choice == "scale longer dimension":
            factor = number("longer_size", 512) / max(size)
            return round(size[0] * factor), round(size[1] * factor)
        if choice == "scale total pixels":
            return _to_pixels(size, int(number("megapixels", 1.0) * 1024 * 1024), 1)
        return (
            width or round(size[0] * height / size[1]) or size[0],
            height or round(size[1] * width / size[0]) or size[1],
        )

    crop = step.text("resize_type.crop") == "center"
    return _resized(step, target, crop=crop, source="input", method="scale_method")


def _to_pixels(size: Size, pixels: int, grid: int) -> Size:
    factor = (pixels / (size[0] * size[1])) ** 0.5
    width, height = (max(grid, round(side * factor / grid) * grid) for side in size)
    return width, height


def _resized(
    step: ExecutionStep,
    target: Callable[[Size], Size],
    *,
    crop: bool = False,
    source: str = "image",
    method: str = "upscale_method",
) -> DataFlow:
    flow = step.flow(source)
    filter_ = _METHODS.get(step.text(method), Image.Resampling.LANCZOS)
    pictures = []
    for each in flow.pictures:
        width, height = (min(max(1, side), _MAX_SIDE) for side in target(each.size))
        pictures.append(_scaled(each, (width, height), filter_, crop=crop))
    return flow.with_changes(pictures=tuple(pictures))


def _scaled(
    source: LazyImage, size: Size, method: Image.Resampling, *, crop: bool = False
) -> LazyImage:
    def draw() -> Image.Image:
        return (
            ImageOps.fit(source.image, size, method) if crop else source.image.resize(size, method)
        )

    return LazyImage(size, draw)


def _invert(step: ExecutionStep) -> DataFlow:
    flow = step.flow("image")
    pictures = tuple(
        LazyImage(each.size, lambda each=each: ImageOps.invert(each.image))  # type: ignore[misc]  # bound now
        for each in flow.pictures
    )
    return flow.with_changes(pictures=pictures)


def _batch(step: ExecutionStep) -> DataFlow:
    first, second = step.flow("image1").pictures, step.flow("image2").pictures
    if first:
        size = first[0].size
        second = tuple(
            each if each.size == size else _scaled(each, size, Image.Resampling.BILINEAR, crop=True)
            for each in second
        )
    return DataFlow(pictures=first + second)


def _stitch(step: ExecutionStep) -> DataFlow:
    first, second = step.flow("image1").pictures, step.flow("image2").pictures
    if not first or not second:
        return DataFlow(pictures=first or second)
    direction = step.text("direction") or "right"
    is_horizontal = direction in ("right", "left")
    one, two = first[0], second[0]
    if step.values.get("match_image_size", True):
        two = _matching_size(two, one.size, is_horizontal=is_horizontal)
    gap = step.integer("spacing_width", 0)
    pair = (two, one) if direction in ("left", "up") else (one, two)
    return DataFlow(
        pictures=(
            _side_by_side(pair, gap, step.text("spacing_color"), is_horizontal=is_horizontal),
        )
    )


def _matching_size(picture: LazyImage, size: Size, *, is_horizontal: bool) -> LazyImage:
    """Scales `picture` to the height (or width) of `size`."""
    side = 1 if is_horizontal else 0
    factor = size[side] / picture.size[side]
    width, height = (max(1, round(each * factor)) for each in picture.size)
    return _scaled(picture, (width, height), Image.Resampling.LANCZOS)


def _side_by_side(
    pair: tuple[LazyImage, LazyImage], gap: int, colour: str, *, is_horizontal: bool
) -> LazyImage:
    (width1, height1), (width2, height2) = pair[0].size, pair[1].size
    if is_horizontal:
        size, second_at = (width1 + gap + width2, max(height1, height2)), (width1 + gap, 0)
    else:
        size, second_at = (max(width1, width2), height1 + gap + height2), (0, height1 + gap)

    def draw() -> Image.Image:
        canvas = Image.new("RGB", size, colour or "white")
        canvas.paste(pair[0].image, (0, 0))
        canvas.paste(pair[1].image, second_at)
        return canvas

    return LazyImage(size, draw)


def _blend(step: ExecutionStep) -> DataFlow:
    first, second = step.flow("image1").pictures, step.flow("image2").pictures
    factor = step.number("blend_factor", 0.5)
    mode = _BLENDS.get(step.text("blend_mode"), _BLENDS["normal"])
    if not first or not second:
        return DataFlow(pictures=first or second)
    below, above = first[0], second[0]

    def draw() -> Image.Image:
        fitted = ImageOps.fit(above.image, below.size, Image.Resampling.LANCZOS)
        return Image.blend(below.image, mode(below.image, fitted), factor)

    return DataFlow(pictures=(LazyImage(below.size, draw),))


HANDLERS: dict[str, Callable[[ExecutionStep], DataFlow]] = {
    "FluxKontextImageScale": _model_scale,
    "ImageScaleToTotalPixels": _total_pixels,
    "ImageScaleBy": _scale_by,
    "ImageUpscaleWithModel": _upscale,
    "ImageScale": _scale,
    "ResizeImageMaskNode": _resize_by_choice,
    "ImageInvert": _invert,
    "ImageBatch": _batch,
    "ImageStitch": _stitch,
    "ImageBlend": _blend,
}
