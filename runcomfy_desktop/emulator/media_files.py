"""Files that Pillow does not write: sample videos, sounds and the model, and latents.

The demo has no encoders for videos, sounds and models: what is in a bundled sample does not depend
on the run. The run's prompt is added to it where ComfyUI puts it, so that two runs differ.
"""

from __future__ import annotations

import functools
import json
import struct
from array import array
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.resource_files import resource_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

_PROMPT = b"prompt"
_VENDOR = b"runcomfy-desktop demo"
_MOOV_HEADER = struct.Struct(">I4s")
_GLB_HEADER = struct.Struct("<4sII")
_GLB_CHUNK = struct.Struct("<I4s")
# STREAMINFO, the only block of the FLAC sample before its frames.
_FLAC_INFO = slice(5, 42)
_LATENT_CELL = 8
_LATENT_CHANNELS = 4
_LATENT_FORMAT_KEY = "latent_format_version_0"
_SEGMENT = b"\x18\x53\x80\x67"


def mp4(prompt: str, *, has_sound: bool) -> bytes:
    """Returns a video (H.264, with AAC sound if asked for) of three seconds.

    The prompt is a QuickTime metadata item (`mdta`) at the end of the box `moov`.
    """
    sample = _read("clip-with-sound.mp4" if has_sound else "clip.mp4")
    keys = struct.pack(">III4s", 0, 1, 8 + len(_PROMPT), b"mdta") + _PROMPT
    # 1 is the type for UTF-8.
    value = _box(b"data", struct.pack(">II", 1, 0) + prompt.encode())
    items = _box(b"ilst", struct.pack(">II", 8 + len(value), 1) + value)
    handler = _box(b"hdlr", struct.pack(">8x4s13x", b"mdta"))
    meta = _box(b"meta", bytes(4) + handler + _box(b"keys", keys) + items)
    user_data = _box(b"udta", meta)
    # The samples end with `moov`, so that the addresses of the frames stay right.
    at = sample.rindex(b"moov") - 4
    (length,) = struct.unpack_from(">I", sample, at)
    header = _MOOV_HEADER.pack(length + len(user_data), b"moov")
    return sample[:at] + header + sample[at + len(header) :] + user_data


def webm(prompt: str) -> bytes:
    """Returns a video (VP9) of three seconds; the prompt is a tag at the end of its segment.

    The index in the sample already points to that place.
    """
    sample = _read("clip.webm")
    names = _element(b"\x45\xa3", _PROMPT.upper()) + _element(b"\x44\x87", prompt.encode())
    tag = _element(b"\x63\xc0", b"") + _element(b"\x67\xc8", names)
    tags = _element(b"\x12\x54\xc3\x67", _element(b"\x73\x73", tag))
    start = sample.index(_SEGMENT)
    begin = start + len(_SEGMENT) + 8
    return sample[:start] + _element(_SEGMENT, sample[begin:] + tags)


def mp3(prompt: str) -> bytes:
    """Returns a tune of six seconds; the prompt is a text frame of its ID3 tag."""
    # 3 is the encoding UTF-8.
    text = b"\x03" + _PROMPT + b"\x00" + prompt.encode()
    frame = b"TXXX" + _synchsafe(len(text)) + bytes(2) + text
    return b"ID3\x04\x00\x00" + _synchsafe(len(frame)) + frame + _read("song.mp3")


def flac(prompt: str) -> bytes:
    """Returns a tune of six seconds; the prompt is a Vorbis comment."""
    sample = _read("song.flac")
    entry = _PROMPT + b"=" + prompt.encode()
    comments = b"".join(
        (struct.pack("<I", len(_VENDOR)), _VENDOR, struct.pack("<II", 1, len(entry)), entry)
    )
    # 4 is the type of comments, and the top bit marks the last block.
    block = b"\x84" + len(comments).to_bytes(3, "big") + comments
    return b"fLaC\x00" + sample[_FLAC_INFO] + block + sample[_FLAC_INFO.stop :]


def glb(prompt: str) -> bytes:
    """Returns a model of a vessel; the prompt is among the extras of its asset."""
    sample = _read("vessel.glb")
    length, kind = _GLB_CHUNK.unpack_from(sample, _GLB_HEADER.size)
    begin = _GLB_HEADER.size + _GLB_CHUNK.size
    scene = json.loads(sample[begin : begin + length])
    scene["asset"]["extras"] = {_PROMPT.decode(): prompt}
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = _GLB_CHUNK.pack(len(text), kind) + text + sample[begin + length :]
    return _GLB_HEADER.pack(b"glTF", 2, _GLB_HEADER.size + len(chunks)) + chunks


def latent(pictures: Sequence[Image.Image], prompt: str) -> bytes:
    """Returns a safetensors file with a latent of an eighth of the size for each picture."""
    width, height = (max(1, side // _LATENT_CELL) for side in pictures[0].size)
    numbers = array("f")
    for picture in pictures:
        numbers.extend(_latent_values(picture, (width, height)))
    content = struct.pack(f"<{len(numbers)}f", *numbers)
    shape = [len(pictures), _LATENT_CHANNELS, height, width]
    header = {
        "__metadata__": {_PROMPT.decode(): prompt},
        _LATENT_FORMAT_KEY: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]},
        "latent_tensor": {"dtype": "F32", "shape": shape, "data_offsets": [0, len(content)]},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content


@functools.cache
def _read(name: str) -> bytes:
    return (resource_folder("samples") / name).read_bytes()


def _box(name: bytes, content: bytes) -> bytes:
    """Returns a box of an MP4."""
    return struct.pack(">I4s", 8 + len(content), name) + content


def _element(name: bytes, content: bytes) -> bytes:
    """Returns an element of a WebM; the leading bit of its size says that the size has 8 bytes."""
    return name + (1 << 56 | len(content)).to_bytes(8, "big") + content


def _synchsafe(number: int) -> bytes:
    """Returns a number as ID3 writes it: four bytes of seven bits each."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _latent_values(picture: Image.Image, size: tuple[int, int]) -> array[float]:
    """Returns colours and luma centred on zero; a latent viewer would show them as a picture."""
    small = picture.convert("RGB").resize(size)
    values = array("f")
    for channel in (*small.split(), small.convert("L")):
        values.extend((value - 127.5) / 64 for value in channel.tobytes())
    return values
