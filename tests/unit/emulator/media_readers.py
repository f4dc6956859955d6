"""Readers of the prompt in each kind of file, written from the formats' rules."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_MASTERS = {0x18538067, 0x114D9B74, 0x1254C367, 0x7373, 0x67C8}
_CONTAINERS = {b"moov", b"udta"}


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """Returns all elements of a WebM in order; a container comes before its children."""
    found, at = [], 0
    while at < len(data):
        name_size = 8 - data[at].bit_length() + 1
        name = int.from_bytes(data[at : at + name_size], "big")
        at += name_size
        size_size = 8 - data[at].bit_length() + 1
        size = int.from_bytes(data[at : at + size_size], "big") & ((1 << 7 * size_size) - 1)
        at += size_size
        content = data[at : at + size]
        assert len(content) == size, "an element reaches beyond its parent"
        found.append((name, content))
        if name in _MASTERS:
            found += elements(content)
        at += size
    return found


def boxes(data: bytes) -> dict[bytes, bytes]:
    """Returns the content of each box of an MP4 by its name, with those inside of some of them."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        assert 8 <= size <= len(data) - at, f"{name!r} reaches beyond its parent"
        content = data[at + 8 : at + size]
        found[name] = content
        if name in _CONTAINERS:
            found |= boxes(content)
        elif name == b"meta":
            found |= boxes(content[4:])
        at += size
    return found


def mp4_prompt(data: bytes) -> str:
    found = boxes(data)
    assert found[b"hdlr"][8:12] == b"mdta"
    version, count, key_size, namespace = struct.unpack_from(">III4s", found[b"keys"])
    assert (version, count, namespace) == (0, 1, b"mdta")
    assert found[b"keys"][16:] == b"prompt"
    assert len(found[b"keys"]) == 8 + key_size
    size, key = struct.unpack_from(">II", found[b"ilst"])
    assert (size, key) == (len(found[b"ilst"]), 1)
    value = boxes(found[b"ilst"][8:])[b"data"]
    assert value[:8] == b"\0\0\0\1\0\0\0\0"
    return value[8:].decode()


def webm_prompt(data: bytes) -> str:
    """Returns the prompt; players find the tags by the position in the index of the segment."""
    found = elements(data)
    segment = dict(found)[0x18538067]
    positions = {
        parts[0][1]: int.from_bytes(parts[1][1], "big")
        for name, content in found
        if name == 0x4DBB and (parts := elements(content))
    }
    assert segment[positions[b"\x12\x54\xc3\x67"] :].startswith(b"\x12\x54\xc3\x67")
    names = [content for name, content in found if name == 0x45A3]
    texts = [content for name, content in found if name == 0x4487]
    return dict(zip(names, texts, strict=True))[b"PROMPT"].decode()


def mp3_prompt(data: bytes) -> str:
    assert data[:5] == b"ID3\4\0"
    assert max(data[6:10]) < 0x80
    assert data[10:14] == b"TXXX"
    end = 10 + _seven_bits(data[6:10])
    assert end == 20 + _seven_bits(data[14:18])
    assert data[end : end + 2] == b"\xff\xfb", "the first frame follows"
    name, _zero, text = data[21:end].partition(b"\0")
    assert (data[20], name) == (3, b"prompt")
    return text.decode()


def _seven_bits(data: bytes) -> int:
    value = 0
    for byte in data:
        value = value << 7 | byte
    return value


def flac_prompt(data: bytes) -> str:
    assert data[:4] == b"fLaC"
    at, blocks, is_last = 4, {}, False
    while not is_last:
        is_last, kind = bool(data[at] & 0x80), data[at] & 0x7F
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        blocks[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size
    assert data[at : at + 2] == b"\xff\xf8", "the first frame follows"
    assert list(blocks) == [0, 4]
    return _vorbis_comments(blocks[4])["prompt"]


def _vorbis_comments(block: bytes) -> dict[str, str]:
    def text(at: int) -> tuple[str, int]:
        (size,) = struct.unpack_from("<I", block, at)
        return block[at + 4 : at + 4 + size].decode(), at + 4 + size

    _vendor, at = text(0)
    (count,) = struct.unpack_from("<I", block, at)
    at += 4
    comments = {}
    for _number in range(count):
        entry, at = text(at)
        name, _sign, value = entry.partition("=")
        comments[name] = value
    assert at == len(block)
    return comments


def glb_prompt(data: bytes) -> str:
    mark, version, size = struct.unpack_from("<4sII", data)
    assert (mark, version, size) == (b"glTF", 2, len(data))
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    assert length % 4 == 0
    scene = json.loads(data[20 : 20 + length])
    room, kind = struct.unpack_from("<I4s", data, 20 + length)
    assert kind == b"BIN\x00"
    assert len(data) == 28 + length + room
    assert sum(each["byteLength"] for each in scene["buffers"]) == room
    prompt = scene["asset"]["extras"]["prompt"]
    assert isinstance(prompt, str)
    return prompt


def latent_parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    (size,) = struct.unpack_from("<Q", data)
    return json.loads(data[8 : 8 + size]), data[8 + size :]


PROMPT_READERS: dict[str, Callable[[bytes], str]] = {
    "mp4": mp4_prompt,
    "webm": webm_prompt,
    "mp3": mp3_prompt,
    "flac": flac_prompt,
    "glb": glb_prompt,
}
