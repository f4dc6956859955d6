"""Handlers of node classes for videos and sounds: load, combine, split, decode.

A video that needs a codec is replaced by a painted one, and only the number of sounds is kept: the
demo decodes no codec.
"""

from __future__ import annotations

import io
import itertools
import re
from typing import TYPE_CHECKING

from PIL import Image, ImageSequence

from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.flow import DataFlow
from runcomfy_desktop.emulator.latent_decoder import decode_latent
from runcomfy_desktop.emulator.painting import scene
from runcomfy_desktop.emulator.painting.image_tools import seeded_random
from runcomfy_desktop.emulator.painting.lazy_image import LazyImage
from runcomfy_desktop.emulator.painting.scene_layout import ScenePrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep

_FRAMES = 24
_FPS = 12.0
_SIZE = (576, 320)
_VIDEO_SIGNATURES = re.compile(
    rb"....ftyp|\x1a\x45\xdf\xa3|RIFF....AVI |\x00\x00\x01\xba", re.DOTALL
)
_SOUND_SIGNATURES = re.compile(
    rb"RIFF....WAVE|fLaC|OggS|ID3|\xff[\xe2-\xff]|....ftyp|\x1a\x45\xdf\xa3", re.DOTALL
)


def run(step: ExecutionStep) -> tuple[DataFlow, ...]:
    """Runs a node of one of the classes in HANDLERS."""
    return HANDLERS[step.class_type](step)


def _load_video(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (_video_flow(step, "file"),)


def _load_frames(step: ExecutionStep) -> tuple[DataFlow, ...]:
    """Emulates VideoHelperSuite's loader: outputs pictures, their number, sound and video data."""
    video = _video_flow(step, "video")
    video_info = {"source_fps": video.fps, "source_frame_count": len(video.pictures)}
    return (
        video,
        DataFlow(value=len(video.pictures)),
        DataFlow(sound_count=video.sound_count),
        DataFlow(value={**video_info}),
    )


def _video_flow(step: ExecutionStep, name: str) -> DataFlow:
    media = step.media.get(step.text(name))
    if media is not None and media.data is not None and not _VIDEO_SIGNATURES.match(media.data):
        pictures = _animation_frames(media.data, step)
        return DataFlow(pictures=pictures, frames=len(pictures), fps=_FPS)
    pictures = _generated_frames(step.text(name) if media is None else media.address or media.name)
    return DataFlow(pictures=pictures, frames=len(pictures), fps=_FPS, sound_count=1)


def _animation_frames(data: bytes, step: ExecutionStep) -> tuple[LazyImage, ...]:
    """Returns the first frames of a GIF, WebP or PNG. Raises RunError for broken data."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            first_frames = itertools.islice(ImageSequence.Iterator(opened), _FRAMES)
            frames = [frame.convert("RGB") for frame in first_frames]
    # Pillow raises nearly any exception for broken data, so all these exceptions mean broken data.
    except (OSError, ValueError, SyntaxError, ArithmeticError, EOFError, Warning) as error:
        raise RunError(
            f"{step.class_type}: cannot open the video", step.node_id, type(error).__name__
        ) from None
    return tuple(LazyImage(frame.size, lambda frame=frame: frame) for frame in frames)  # type: ignore[misc]  # bound now


def _generated_frames(name: str) -> tuple[LazyImage, ...]:
    words = " ".join(re.findall(r"[a-zA-Z]+", name))
    seed = seeded_random(name).randrange(2**32)

    def drawing(phase: float) -> Callable[[], Image.Image]:
        return lambda: scene.paint(_SIZE, ScenePrompt(words, seed, name, phase))

    return tuple(LazyImage(_SIZE, drawing(number / _FRAMES)) for number in range(_FRAMES))


def _load_audio(step: ExecutionStep) -> tuple[DataFlow, ...]:
    media = step.media.get(step.text("audio"))
    if media is not None and media.data is not None and not _SOUND_SIGNATURES.match(media.data):
        message = f"{step.class_type}: cannot open the sound"
        raise RunError(message, step.node_id, "InvalidDataError")
    return (DataFlow(sound_count=1),)


def _create_video(step: ExecutionStep) -> tuple[DataFlow, ...]:
    pictures = decode_latent(step.flow("images")).pictures
    count, fps = step.flow("audio").sound_count, step.number("fps", 30.0)
    return (DataFlow(pictures=pictures, frames=len(pictures), fps=fps, sound_count=count),)


def _get_video_components(step: ExecutionStep) -> tuple[DataFlow, ...]:
    video = step.flow("video")
    return (
        DataFlow(pictures=video.pictures, frames=video.frames),
        DataFlow(sound_count=video.sound_count),
        DataFlow(value=video.fps),
    )


def _empty_sound(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (DataFlow(batch=step.integer("batch_size", 1)),)


def _decode_sound(step: ExecutionStep) -> tuple[DataFlow, ...]:
    return (DataFlow(sound_count=step.flow("samples").batch),)


HANDLERS: dict[str, Callable[[ExecutionStep], tuple[DataFlow, ...]]] = {
    "LoadVideo": _load_video,
    "VHS_LoadVideo": _load_frames,
    "LoadAudio": _load_audio,
    "CreateVideo": _create_video,
    "GetVideoComponents": _get_video_components,
    "EmptyLatentAudio": _empty_sound,
    "VAEDecodeAudio": _decode_sound,
}
