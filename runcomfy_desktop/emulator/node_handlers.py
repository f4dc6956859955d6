"""Handlers of node classes; a class without a handler passes on its inputs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from runcomfy_desktop.emulator import image_nodes, media_nodes
from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.flow import DataFlow
from runcomfy_desktop.emulator.latent_decoder import DEFAULT_SIZE, decode_latent
from runcomfy_desktop.emulator.painting import container_images
from runcomfy_desktop.emulator.painting.lazy_image import LazyImage
from runcomfy_desktop.emulator.painting.repaint import RepaintStyle

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep

_MAX_PIXELS = 4096 * 4096
_MAX_BATCH_PIXELS = 4 * _MAX_PIXELS
# Maximum number of frames drawn: a demo's clip should not keep a laptop busy for a minute.
_MAX_FRAMES = 24
_OUT_OF_MEMORY_TEXT = (
    "Allocation on device 0 would exceed allowed memory. (out of memory) Currently allocated: "
    "43.6 GiB. Requested: 6.1 GiB. Device limit: 47.5 GiB."
)
_CARD_SIZE = (256, 256)
_NO_PARTNER_KEY_TEXT = "Unauthorized: Please login first to use this node."


def run_partner_node(step: ExecutionStep) -> DataFlow:
    """Runs a node that calls a paid external service, one of `PARTNER_HANDLERS`.

    Raises RunError if no key was sent with the request.
    """
    if not step.partner_key:
        raise RunError(_NO_PARTNER_KEY_TEXT, step.node_id, "Exception")
    return PARTNER_HANDLERS[step.class_type](step)


def _postcard(step: ExecutionStep) -> DataFlow:
    """Returns a plain card in place of the service's picture; its colour depends on the seed."""
    seed = step.integer("seed", 0)
    colour = (seed * 37 % 200 + 40, seed * 91 % 200 + 40, seed * 53 % 200 + 40)
    return DataFlow(pictures=(LazyImage(_CARD_SIZE, lambda: Image.new("RGB", _CARD_SIZE, colour)),))


PARTNER_HANDLERS: dict[str, Callable[[ExecutionStep], DataFlow]] = {
    "PostcardImageApiNode": _postcard
}


def run_node(step: ExecutionStep) -> tuple[DataFlow, ...]:
    """Returns the flows at the node's output slots; further slots use the last flow."""
    handler = _HANDLERS.get(step.class_type)
    if handler is not None:
        return handler(step)
    if step.class_type in image_nodes.HANDLERS:
        return (image_nodes.run(step),)
    if step.class_type in PARTNER_HANDLERS:
        return (run_partner_node(step),)
    if step.class_type in media_nodes.HANDLERS:
        return media_nodes.run(step)
    return (step.merged(),)


def _load_image(step: ExecutionStep) -> tuple[DataFlow, ...]:
    name = step.text("image")
    media = step.media.get(name)
    if media is None or media.data is None:
        address = "" if media is None else media.address
        picture = container_images.picture(name, address)
    else:
        picture = _uploaded_image(media.data, step)
    return (DataFlow(pictures=(picture,)),)


def _uploaded_image(data: bytes, step: ExecutionStep) -> LazyImage:
    try:
        size = _decode_image(data).size
    # Pillow raises nearly any exception for broken data, so all these exceptions mean broken data.
    except (OSError, ValueError, SyntaxError, ArithmeticError, EOFError, Warning) as error:
        raise RunError(
            f"{step.class_type}: cannot identify image file", step.node_id, type(error).__name__
        ) from None
    return LazyImage(size, lambda: _decode_image(data))


def _decode_image(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as opened:
        return ImageOps.exif_transpose(opened).convert("RGB")


def _text_encode(step: ExecutionStep) -> tuple[DataFlow, ...]:
    text = step.text("text")
    return (step.merged().with_changes(texts=(text,) if text else (), value=None),)


def _zero_out(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (step.merged().with_changes(texts=()),)


def _style_guide(step: ExecutionStep) -> tuple[DataFlow, ...]:
    flow = step.merged()
    mood = step.text("mood")
    style = RepaintStyle(
        strength=step.number("strength", 0.8),
        keep_colours=step.values.get("keep_colours") is True,
        film_look=step.text("film") or "none",
    )
    return (flow.with_changes(texts=flow.texts + ((mood,) if mood else ()), style=style),)


def _empty_latent(step: ExecutionStep) -> tuple[DataFlow, ...]:
    size = (step.integer("width", 512) // 8 * 8, step.integer("height", 512) // 8 * 8)
    return (DataFlow(size=size, batch=step.integer("batch_size", 1)),)


def _video_latent(step: ExecutionStep) -> tuple[DataFlow, ...]:
    (latent,) = _empty_latent(step)
    length = (step.integer("length", 81) - 1) // 4 * 4 + 1
    latent = latent.with_changes(frames=length, pictures=step.flow("start_image").pictures)
    return step.flow("positive"), step.flow("negative").with_changes(texts=()), latent


def _repeat(step: ExecutionStep) -> tuple[DataFlow, ...]:
    flow = step.flow("samples")
    return (flow.with_changes(batch=flow.batch * step.integer("amount", 1)),)


def _sampler(step: ExecutionStep) -> tuple[DataFlow, ...]:
    memory_error = step.flow("negative")
    flow = step.merged("negative", "model")
    _fail_on_demand(flow.texts + memory_error.texts, step)
    seed = step.integer("seed", flow.seed)
    denoise = step.number("denoise", flow.denoise)
    frames = min(flow.frames, _MAX_FRAMES)
    size = flow.size or (flow.pictures[0].size if flow.pictures else DEFAULT_SIZE)
    pixels = size[0] * size[1]
    if pixels > _MAX_PIXELS or pixels * flow.batch * frames > _MAX_BATCH_PIXELS:
        raise RunError(
            f"{step.class_type}: {_OUT_OF_MEMORY_TEXT}", step.node_id, "OutOfMemoryError"
        )
    return (flow.with_changes(seed=seed, denoise=denoise, size=size, frames=frames, sampled=True),)


def _fail_on_demand(texts: tuple[str, ...], step: ExecutionStep) -> None:
    words = " ".join(texts).lower()
    if "[oom]" in words:
        raise RunError(
            f"{step.class_type}: {_OUT_OF_MEMORY_TEXT}", step.node_id, "OutOfMemoryError"
        )
    if "[fail]" in words:
        raise RunError(
            f"{step.class_type}: The size of tensor a (4096) must match the size of tensor b "
            "(4032) at non-singleton dimension 1",
            step.node_id,
        )


def _noise(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (DataFlow(seed=step.integer("noise_seed", 0)),)


def _sigmas(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (DataFlow(denoise=step.number("denoise", 1.0)),)


def _decode(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (decode_latent(step.flow("samples")),)


def _primitive(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (DataFlow(value=step.values.get("value")),)


def _concatenate(step: ExecutionStep) -> tuple[DataFlow, ...]:
    parts = [step.text("string_a"), step.text("string_b")]
    return (DataFlow(value=step.text("delimiter").join(parts)),)


_HANDLERS: dict[str, Callable[[ExecutionStep], tuple[DataFlow, ...]]] = {
    "LoadImage": _load_image,
    "LoadImageMask": _load_image,
    "CLIPTextEncode": _text_encode,
    "ConditioningZeroOut": _zero_out,
    "StyleGuide": _style_guide,
    "EmptyLatentImage": _empty_latent,
    "EmptySD3LatentImage": _empty_latent,
    "WanImageToVideo": _video_latent,
    "RepeatLatentBatch": _repeat,
    "KSampler": _sampler,
    "SamplerCustomAdvanced": _sampler,
    "RandomNoise": _noise,
    "BasicScheduler": _sigmas,
    "VAEDecode": _decode,
    "PrimitiveStringMultiline": _primitive,
    "PrimitiveInt": _primitive,
    "StringConcatenate": _concatenate,
}
