"""Data that pass along the links of a workflow: undrawn pictures, texts, sizes and seeds.

The emulator does not sample a model. Each node passes on the data that it has received. If a real
container would decode a latent, a picture is painted from exactly these data.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.emulator.painting.repaint import RepaintStyle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.emulator.http_messages import Json
    from runcomfy_desktop.emulator.painting.image_tools import Size
    from runcomfy_desktop.emulator.painting.lazy_image import LazyImage

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class DataFlow:
    """All data that reached one point of the graph.

    `digest` identifies every value upstream, so that each of them affects the output bytes.
    `sampled` is True if the data passed a sampler, so that a decode has something to paint.
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
    sound_count: int = 0
    fps: float = 0.0
    value: Json = None
    digest: str = ""

    def with_changes(self, **changes: object) -> DataFlow:
        return replace(self, **changes)  # type: ignore[arg-type]  # the fields' own types


def merged(flows: Iterable[DataFlow]) -> DataFlow:
    """Merges several flows; for most single values, the last one that is set is used."""
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
            sound_count=max(result.sound_count, flow.sound_count),
            fps=flow.fps or result.fps,
            value=flow.value if flow.value is not None else result.value,
        )
    return result


def digest_of(class_type: str, values: Json, sources: list[str]) -> str:
    """Returns a hash of one node's work: its class, its own values and its sources' digests."""
    text = json.dumps([class_type, values, list[object](sources)], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _joined(first: tuple[_T, ...], second: tuple[_T, ...]) -> tuple[_T, ...]:
    return first + tuple(each for each in second if each not in first)
