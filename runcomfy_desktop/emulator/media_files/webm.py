"""WebM: the elements around a video in which every frame is a VP8 key frame.

Pillow writes lossy WebP files, and each of them contains such a key frame.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

_NAME = b"runcomfy-desktop stand-in"
_MILLISECOND_NS = 1_000_000
# Times inside a cluster are signed 16-bit milliseconds.
_CLUSTER_MS = 30_000
_KEY_FRAME = 0x80


def write(frames: Sequence[Image.Image], fps: float, quality: int = 80) -> bytes:
    """Returns a video of `frames`, which must all have the size of the first frame."""
    frame_ms = 1000 / fps
    info = _element(
        b"\x15\x49\xa9\x66",
        _number(b"\x2a\xd7\xb1", _MILLISECOND_NS),
        _element(b"\x44\x89", struct.pack(">d", len(frames) * frame_ms)),
        _element(b"\x4d\x80", _NAME),
        _element(b"\x57\x41", _NAME),
    )
    tracks = _element(b"\x16\x54\xae\x6b", _track(frames[0].size, fps))
    clusters = _clusters([(_vp8(frame, quality), frame_ms * n) for n, frame in enumerate(frames)])
    return _head() + _element(b"\x18\x53\x80\x67", info, tracks, *clusters)


def _head() -> bytes:
    return _element(
        b"\x1a\x45\xdf\xa3",
        _number(b"\x42\x86", 1),
        _number(b"\x42\xf7", 1),
        _number(b"\x42\xf2", 4),
        _number(b"\x42\xf3", 8),
        _element(b"\x42\x82", b"webm"),
        _number(b"\x42\x87", 4),
        _number(b"\x42\x85", 2),
    )


def _track(size: tuple[int, int], fps: float) -> bytes:
    return _element(
        b"\xae",
        _number(b"\xd7", 1),
        _number(b"\x73\xc5", 1),
        _number(b"\x83", 1),
        _number(b"\x9c", 0),
        _number(b"\x23\xe3\x83", round(1_000_000_000 / fps)),
        _element(b"\x86", b"V_VP8"),
        _element(b"\xe0", _number(b"\xb0", size[0]), _number(b"\xba", size[1])),
    )


def _clusters(frames: Sequence[tuple[bytes, float]]) -> list[bytes]:
    """Returns frames and their times in ms, grouped into clusters that 16-bit times can span."""
    clusters: list[tuple[int, list[bytes]]] = []
    for data, exact_ms in frames:
        at_ms = round(exact_ms)
        if not clusters or at_ms - clusters[-1][0] >= _CLUSTER_MS:
            clusters.append((at_ms, []))
        begin_ms, blocks = clusters[-1]
        header = struct.pack(">BhB", 0x81, at_ms - begin_ms, _KEY_FRAME)
        blocks.append(_element(b"\xa3", header, data))
    return [_element(b"\x1f\x43\xb6\x75", _number(b"\xe7", at), *blocks) for at, blocks in clusters]


def _vp8(frame: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    frame.convert("RGB").save(stream, "WEBP", quality=quality, method=2)
    webp = stream.getvalue()
    at = 12
    while at < len(webp):
        name, size = struct.unpack_from("<4sI", webp, at)
        if name == b"VP8 ":
            return webp[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise ValueError("the WebP holds no VP8 frame")


def _number(name: bytes, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _element(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    # Eight bytes of size: the leading bits give the length.
    return name + (1 << 56 | len(content)).to_bytes(8, "big") + content
