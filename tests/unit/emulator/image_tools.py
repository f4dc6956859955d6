"""Makes small pictures, and measures how similar two pictures are."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIDE = 128


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def png(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.radial_gradient("L").resize((width, height)).save(stream, "PNG")
    return stream.getvalue()


def data_uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def likeness(first: Image.Image, second: Image.Image) -> float:
    """Returns the correlation of both pictures' brightness, from -1 to 1."""
    one, two = (
        list(each.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX).tobytes())
        for each in (first, second)
    )
    return _correlation(one, two)


def _correlation(one: Sequence[int], two: Sequence[int]) -> float:
    mean1, mean2 = sum(one) / len(one), sum(two) / len(two)
    shared = sum((a - mean1) * (b - mean2) for a, b in zip(one, two, strict=True))
    spread1 = sum((a - mean1) ** 2 for a in one) ** 0.5
    spread2 = sum((b - mean2) ** 2 for b in two) ** 0.5
    return float(shared / (spread1 * spread2))


def mean_colour(picture: Image.Image) -> tuple[int, ...]:
    return tuple(picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes())
