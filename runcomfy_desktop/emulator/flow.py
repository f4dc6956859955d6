"""What flows along the wires of a workflow: pictures not yet drawn, words, sizes and seeds.

The stand-in does not sample a model. Each node hands on what has come together at it, and where a
real container would decode a latent, a picture is painted from exactly that.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PIL import Image

    from runcomfy_desktop.emulator.http_messages import Json
    from runcomfy_desktop.emulator.media_files.tune import Tune

Size = tuple[int, int]
_T = TypeVar("_T")


class LazyImage:
    """A picture whose size is known at once and which is drawn when it is looked at.

    It is kept only as long as somebody holds it: a demo that runs for days has thousands.
    """

    def __init__(self, size: Size, draw: Callable[[], Image.Image]) -> None:
        self.size = size
        self._draw = draw
        self._cached: weakref.ref[Image.Image] | None = None

    @property
    def image(self) -> Image.Image:
        image = None if self._cached is None else self._cached()
        if image is None:
            image = self._draw()
            self._cached = weakref.ref(image)
        return image


@dataclass(frozen=True, slots=True)
class RepaintStyle:
    """How far a repaint may go from its input picture."""

    strength: float = 0.8
    keep_colours: bool = False
    film_look: str = "none"


@dataclass(frozen=True, slots=True)
class DataFlow:
    """All that reached one point of the graph.

    `digest` stands for every value upstream, so that each of them matters to the bytes.
    `sampled` says that a sampler was passed and a decode has something to paint.
    `seconds` is how long a sound will be that is not decoded yet.
    """

    pictures: tuple[LazyImage, ...] = ()
    texts: tuple[str, ...] = ()
    size: Size | None = None
    batch: int = 1
    frames: int = 1
    seed: int = 0
    denoise: float = 1.0
    style: RepaintStyle = RepaintStyle()
    sampled: bool = False
    sounds: tuple[Tune, ...] = ()
    seconds: float = 0.0
    fps: float = 0.0
    value: Json = None
    digest: str = ""

    def with_changes(self, **changes: object) -> DataFlow:
        return replace(self, **changes)  # type: ignore[arg-type]  # the fields' own types


def merged(flows: Iterable[DataFlow]) -> DataFlow:
    """Everything of several flows; of single things the later one that says something."""
    result = DataFlow()
    for flow in flows:
        result = DataFlow(
            pictures=_joined(result.pictures, flow.pictures),
            texts=_joined(result.texts, flow.texts),
            size=flow.size or result.size,
            batch=max(result.batch, flow.batch),
            frames=max(result.frames, flow.frames),
            seed=flow.seed or result.seed,
            denoise=min(result.denoise, flow.denoise),
            style=flow.style if flow.style != RepaintStyle() else result.style,
            sampled=result.sampled or flow.sampled,
            sounds=_joined(result.sounds, flow.sounds),
            seconds=flow.seconds or result.seconds,
            fps=flow.fps or result.fps,
            value=flow.value if flow.value is not None else result.value,
        )
    return result


def digest_of(class_type: str, values: Json, sources: list[str]) -> str:
    """A name for one node's work: its class, its own values and what it was fed with."""
    text = json.dumps([class_type, values, list[object](sources)], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _joined(first: tuple[_T, ...], second: tuple[_T, ...]) -> tuple[_T, ...]:
    return first + tuple(each for each in second if each not in first)
