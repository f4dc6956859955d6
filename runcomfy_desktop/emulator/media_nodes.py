"""The node classes of films and sounds: loaded, put together, taken apart, decoded.

A film that only a codec could read, and every sound, is stood in for by one that its bytes
decide: the same upload gives the same result.
"""

from __future__ import annotations

import io
import itertools
import re
from typing import TYPE_CHECKING

from PIL import Image, ImageSequence

from runcomfy_desktop.emulator.decode import painted
from runcomfy_desktop.emulator.flow import Flow, Picture
from runcomfy_desktop.emulator.media_files.tune import Tune
from runcomfy_desktop.emulator.painting import scene
from runcomfy_desktop.emulator.painting.brush import numbers_of
from runcomfy_desktop.emulator.painting.stage import Wish
from runcomfy_desktop.emulator.step import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.step import Step

_FRAMES = 24
_FPS = 12.0
_SIZE = (576, 320)
_SOUND_S = 6.0
_LATENT_S = 10.0
_FILM_HEADS = re.compile(rb"....ftyp|\x1a\x45\xdf\xa3|RIFF....AVI |\x00\x00\x01\xba", re.DOTALL)
_SOUND_HEADS = re.compile(
    rb"RIFF....WAVE|fLaC|OggS|ID3|\xff[\xe2-\xff]|....ftyp|\x1a\x45\xdf\xa3", re.DOTALL
)


def run(step: Step) -> tuple[Flow, ...]:
    """The flows behind one of CLASSES."""
    return CLASSES[step.class_type](step)


def _load_video(step: Step) -> tuple[Flow, ...]:
    return (_film(step, "file"),)


def _load_frames(step: Step) -> tuple[Flow, ...]:
    """VideoHelperSuite's loader: pictures, their number, the sound, and facts."""
    film = _film(step, "video")
    facts = {"source_fps": film.fps, "source_frame_count": len(film.pictures)}
    return (
        film,
        Flow(value=len(film.pictures)),
        Flow(sounds=film.sounds),
        Flow(value={**facts}),
    )


def _film(step: Step, name: str) -> Flow:
    media = step.media.get(step.text(name))
    if media is not None and media.data is not None and not _FILM_HEADS.match(media.data):
        pictures = _moving_picture(media.data, step)
        return Flow(pictures=pictures, frames=len(pictures), fps=_FPS)
    pictures = _stand_in(step.text(name) if media is None else media.address or media.name)
    sounds = (Tune(step.digest, _FRAMES / _FPS),)
    return Flow(pictures=pictures, frames=len(pictures), fps=_FPS, sounds=sounds)


def _moving_picture(data: bytes, step: Step) -> tuple[Picture, ...]:
    """The frames of a GIF, WebP or PNG."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            turns = itertools.islice(ImageSequence.Iterator(opened), _FRAMES)
            frames = [frame.convert("RGB") for frame in turns]
    # Pillow's readers raise nearly anything for broken data; all of it means the same here.
    except (OSError, ValueError, SyntaxError, ArithmeticError, EOFError, Warning) as error:
        raise RunError(
            f"{step.class_type}: cannot open the video", step.node_id, type(error).__name__
        ) from None
    return tuple(Picture(frame.size, lambda frame=frame: frame) for frame in frames)  # type: ignore[misc]  # bound now


def _stand_in(name: str) -> tuple[Picture, ...]:
    words = " ".join(re.findall(r"[a-zA-Z]+", name))
    seed = numbers_of(name).randrange(2**32)

    def drawing(phase: float) -> Callable[[], Image.Image]:
        return lambda: scene.paint(_SIZE, Wish(words, seed, name, phase))

    return tuple(Picture(_SIZE, drawing(number / _FRAMES)) for number in range(_FRAMES))


def _load_audio(step: Step) -> tuple[Flow, ...]:
    media = step.media.get(step.text("audio"))
    if media is not None and media.data is not None and not _SOUND_HEADS.match(media.data):
        message = f"{step.class_type}: cannot open the sound"
        raise RunError(message, step.node_id, "InvalidDataError")
    return (Flow(sounds=(Tune(step.digest, _SOUND_S),)),)


def _create_video(step: Step) -> tuple[Flow, ...]:
    pictures = painted(step.flow("images")).pictures
    sounds = step.flow("audio").sounds
    fps = step.number("fps", 30.0)
    return (Flow(pictures=pictures, frames=len(pictures), fps=fps, sounds=sounds),)


def _components(step: Step) -> tuple[Flow, ...]:
    film = step.flow("video")
    return (
        Flow(pictures=film.pictures, frames=film.frames),
        Flow(sounds=film.sounds),
        Flow(value=film.fps),
    )


def _empty_sound(step: Step) -> tuple[Flow, ...]:
    seconds = step.number("seconds", _LATENT_S)
    return (Flow(batch=step.whole("batch_size", 1), seconds=seconds),)


def _decode_sound(step: Step) -> tuple[Flow, ...]:
    flow = step.flow("samples")
    words = [f"{flow.digest} {item}" for item in range(flow.batch)]
    return (Flow(sounds=tuple(Tune(each, flow.seconds or _LATENT_S) for each in words)),)


CLASSES: dict[str, Callable[[Step], tuple[Flow, ...]]] = {
    "LoadVideo": _load_video,
    "VHS_LoadVideo": _load_frames,
    "LoadAudio": _load_audio,
    "CreateVideo": _create_video,
    "GetVideoComponents": _components,
    "EmptyLatentAudio": _empty_sound,
    "VAEDecodeAudio": _decode_sound,
}
