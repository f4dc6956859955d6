"""ComfyUI's `.latent` format: a safetensors file with the latent and the workflow that made it."""

from __future__ import annotations

import json
import struct
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

_CELL = 8
_CHANNELS = 4
_FORMAT_KEY = "latent_format_version_0"


def write(pictures: Sequence[Image.Image], comments: Mapping[str, str]) -> bytes:
    """Returns one latent per picture: four channels at an eighth of its width and height."""
    width, height = (max(1, side // _CELL) for side in pictures[0].size)
    numbers = array("f")
    for picture in pictures:
        numbers.extend(_values(picture, (width, height)))
    content = struct.pack(f"<{len(numbers)}f", *numbers)
    shape = [len(pictures), _CHANNELS, height, width]
    header = {
        "__metadata__": dict(comments),
        _FORMAT_KEY: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]},
        "latent_tensor": {"dtype": "F32", "shape": shape, "data_offsets": [0, len(content)]},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content


def _values(picture: Image.Image, size: tuple[int, int]) -> array[float]:
    """Returns colours and luma centred on zero; a latent viewer would show them as a picture."""
    small = picture.convert("RGB").resize(size)
    values = array("f")
    for channel in (*small.split(), small.convert("L")):
        values.extend((value - 127.5) / 64 for value in channel.tobytes())
    return values
