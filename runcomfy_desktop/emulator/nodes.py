"""What each node class does to the flow; a class without an entry hands on what it was given."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from runcomfy_desktop.emulator import image_nodes, media_nodes, partner_nodes
from runcomfy_desktop.emulator.decode import DEFAULT_SIZE, painted
from runcomfy_desktop.emulator.flow import Flow, Picture, Style
from runcomfy_desktop.emulator.painting import files
from runcomfy_desktop.emulator.step import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.step import Step

_MAX_PIXELS = 4096 * 4096
_MAX_BATCH_PIXELS = 4 * _MAX_PIXELS
# More frames than this are not drawn: a demo's clip should not keep a laptop busy for a minute.
_MAX_FRAMES = 24
_CUDA_TEXT = (
    "Allocation on device 0 would exceed allowed memory. (out of memory) Currently allocated: "
    "43.6 GiB. Requested: 6.1 GiB. Device limit: 47.5 GiB."
)


def run_node(step: Step) -> tuple[Flow, ...]:
    """The flows at the node's output slots; the last one stands for all further slots."""
    handler = _HANDLERS.get(step.class_type)
    if handler is not None:
        return handler(step)
    if step.class_type in image_nodes.CLASSES:
        return (image_nodes.run(step),)
    if step.class_type in partner_nodes.CLASSES:
        return (partner_nodes.run(step),)
    if step.class_type in media_nodes.CLASSES:
        return media_nodes.run(step)
    return (step.merged(),)


def _load_image(step: Step) -> tuple[Flow, ...]:
    name = step.text("image")
    media = step.media.get(name)
    if media is None or media.data is None:
        address = "" if media is None else media.address
        picture = files.picture(name, address)
    else:
        picture = _uploaded(media.data, step)
    return (Flow(pictures=(picture,)),)


def _uploaded(data: bytes, step: Step) -> Picture:
    try:
        size = _decoded(data).size
    # Pillow's readers raise nearly anything for broken data; all of it means the same here.
    except (OSError, ValueError, SyntaxError, ArithmeticError, EOFError, Warning) as error:
        raise RunError(
            f"{step.class_type}: cannot identify image file", step.node_id, type(error).__name__
        ) from None
    return Picture(size, lambda: _decoded(data))


def _decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as opened:
        return ImageOps.exif_transpose(opened).convert("RGB")


def _text_encode(step: Step) -> tuple[Flow, ...]:
    text = step.text("text")
    return (step.merged().but(texts=(text,) if text else (), value=None),)


def _zero_out(step: Step) -> tuple[Flow, ...]:
    return (step.merged().but(texts=()),)


def _style_guide(step: Step) -> tuple[Flow, ...]:
    flow = step.merged()
    mood = step.text("mood")
    style = Style(
        strength=step.number("strength", 0.8),
        keep_colours=step.values.get("keep_colours") is True,
        film=step.text("film") or "none",
    )
    return (flow.but(texts=flow.texts + ((mood,) if mood else ()), style=style),)


def _empty_latent(step: Step) -> tuple[Flow, ...]:
    size = (step.whole("width", 512) // 8 * 8, step.whole("height", 512) // 8 * 8)
    return (Flow(size=size, batch=step.whole("batch_size", 1)),)


def _video_latent(step: Step) -> tuple[Flow, ...]:
    (latent,) = _empty_latent(step)
    length = (step.whole("length", 81) - 1) // 4 * 4 + 1
    latent = latent.but(frames=length, pictures=step.flow("start_image").pictures)
    return step.flow("positive"), step.flow("negative").but(texts=()), latent


def _repeat(step: Step) -> tuple[Flow, ...]:
    flow = step.flow("samples")
    return (flow.but(batch=flow.batch * step.whole("amount", 1)),)


def _sampler(step: Step) -> tuple[Flow, ...]:
    refused = step.flow("negative")
    flow = step.merged("negative", "model")
    _fail_on_demand(flow.texts + refused.texts, step)
    seed = step.whole("seed", flow.seed)
    denoise = step.number("denoise", flow.denoise)
    frames = min(flow.frames, _MAX_FRAMES)
    size = flow.size or (flow.pictures[0].size if flow.pictures else DEFAULT_SIZE)
    pixels = size[0] * size[1]
    if pixels > _MAX_PIXELS or pixels * flow.batch * frames > _MAX_BATCH_PIXELS:
        raise RunError(f"{step.class_type}: {_CUDA_TEXT}", step.node_id, "OutOfMemoryError")
    return (flow.but(seed=seed, denoise=denoise, size=size, frames=frames, sampled=True),)


def _fail_on_demand(texts: tuple[str, ...], step: Step) -> None:
    words = " ".join(texts).lower()
    if "[oom]" in words:
        raise RunError(f"{step.class_type}: {_CUDA_TEXT}", step.node_id, "OutOfMemoryError")
    if "[fail]" in words:
        raise RunError(
            f"{step.class_type}: The size of tensor a (4096) must match the size of tensor b "
            "(4032) at non-singleton dimension 1",
            step.node_id,
        )


def _noise(step: Step) -> tuple[Flow, ...]:
    return (Flow(seed=step.whole("noise_seed", 0)),)


def _sigmas(step: Step) -> tuple[Flow, ...]:
    return (Flow(denoise=step.number("denoise", 1.0)),)


def _decode(step: Step) -> tuple[Flow, ...]:
    return (painted(step.flow("samples")),)


def _primitive(step: Step) -> tuple[Flow, ...]:
    return (Flow(value=step.values.get("value")),)


def _concatenate(step: Step) -> tuple[Flow, ...]:
    parts = [step.text("string_a"), step.text("string_b")]
    return (Flow(value=step.text("delimiter").join(parts)),)


_HANDLERS: dict[str, Callable[[Step], tuple[Flow, ...]]] = {
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
