"""Readers for videos, sounds and meshes, written from the format rules, not from the writers."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image

_MASTERS = {0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x1F43B675, 0x1A45DFA3}
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf"}


# Matroska


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """Returns all elements with their content, in order; a container comes before its children."""
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


def webm_frames(data: bytes) -> tuple[list[int], list[Image.Image]]:
    """Returns the frame times in milliseconds and the frames of an intra-only VP8 video."""
    times, pictures, cluster = [], [], 0
    for name, content in elements(data):
        if name == 0xE7:
            cluster = int.from_bytes(content, "big")
        elif name == 0xA3:
            track, time, flags = struct.unpack_from(">BhB", content)
            assert (track, flags) == (0x81, 0x80)
            frame = content[4:]
            padded = frame + b"\x00" * (len(frame) % 2)
            riff = b"WEBPVP8 " + struct.pack("<I", len(frame)) + padded
            riff = b"RIFF" + struct.pack("<I", len(riff)) + riff
            times.append(cluster + time)
            pictures.append(Image.open(io.BytesIO(riff)).convert("RGB"))
    return times, pictures


# MP4


@dataclass
class Track:
    """One track: its kind, its sample entry, its samples and their durations in seconds."""

    kind: bytes
    entry: bytes
    samples: list[bytes]
    seconds: float
    key_frames: list[int]


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        assert 8 <= size <= len(data) - at, f"{name!r} reaches beyond its parent"
        found.append((name, data[at + 8 : at + size]))
        at += size
    return found


def mp4_tracks(data: bytes) -> list[Track]:
    top = boxes(data)
    assert [name for name, _content in top] == [b"ftyp", b"moov", b"mdat"]
    moov = dict(top)[b"moov"]
    return [_track(content, data) for name, content in boxes(moov) if name == b"trak"]


def _track(content: bytes, data: bytes) -> Track:
    parts = _boxes_by_path(content)
    count, length = struct.unpack_from(">4xI4xI", parts[b"stts"])[0:2]
    assert count == 1
    ticks, duration = struct.unpack_from(">12xII", parts[b"mdhd"])
    number = struct.unpack_from(">8xI", parts[b"stsz"])[0]
    sizes = struct.unpack_from(f">12x{number}I", parts[b"stsz"])
    assert duration == number * length
    (at,) = struct.unpack_from(">8xI", parts[b"stco"])
    samples = []
    for size in sizes:
        samples.append(data[at : at + size])
        at += size
    keys = parts.get(b"stss", bytes(8))
    marked = list(struct.unpack_from(f">8x{len(keys) // 4 - 2}I", keys))
    kind = parts[b"hdlr"][8:12]
    return Track(kind, parts[b"stsd"][8:], samples, duration / ticks, marked)


def _boxes_by_path(content: bytes) -> dict[bytes, bytes]:
    found = {}
    for name, inner in boxes(content):
        found[name] = inner
        if name in _CONTAINERS:
            found |= _boxes_by_path(inner)
    return found


# H.264 with plain and skipped blocks


class _Reader:
    """Reads bits after removing the escape bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data.replace(b"\x00\x00\x03", b"\x00\x00")
        self.at = 0

    def bits(self, width: int) -> int:
        value = 0
        for _bit in range(width):
            value = value << 1 | self.data[self.at // 8] >> 7 - self.at % 8 & 1
            self.at += 1
        return value

    def golomb(self) -> int:
        zeros = 0
        while not self.bits(1):
            zeros += 1
        return (1 << zeros) - 1 + self.bits(zeros)

    def raw_bytes(self, size: int) -> bytes:
        self.at = -(-self.at // 8) * 8
        start = self.at // 8
        self.at += 8 * size
        return self.data[start : start + size]

    def has_more(self) -> bool:
        """Returns True if bits are left before the stop bit."""
        last = self.data[-1]
        end = 8 * len(self.data) - (last & -last).bit_length()
        return self.at < end


def h264_pictures(track: Track) -> list[Image.Image]:
    """Returns the track's pictures as a player shows them."""
    width, height = struct.unpack_from(">32xHH", track.entry)
    columns, rows = -(-width // 16), -(-height // 16)
    planes = [bytearray(columns * rows * side * side) for side in (16, 8, 8)]
    pictures = []
    for number, sample in enumerate(track.samples):
        (size,) = struct.unpack_from(">I", sample)
        assert size == len(sample) - 4
        _read_slice(sample[4:], number, planes, columns)
        sizes = [(columns * side, rows * side) for side in (16, 8, 8)]
        luma, blue, red = (
            Image.frombytes("L", each, bytes(plane))
            for each, plane in zip(sizes, planes, strict=True)
        )
        luma = luma.point(_wide(16, 219, 0))
        chroma = _wide(128, 224, 128)
        bands = [luma, *(each.point(chroma).resize(luma.size) for each in (blue, red))]
        whole = Image.merge("YCbCr", bands).convert("RGB")
        pictures.append(whole.crop((0, 0, width, height)))
    return pictures


def _wide(middle: int, span: int, at: int) -> list[int]:
    """Returns a table that maps television's narrow range of samples to the full range."""
    return [max(0, min(255, round((value - middle) * 255 / span + at))) for value in range(256)]


def _read_slice(unit: bytes, number: int, planes: list[bytearray], columns: int) -> None:
    is_key = unit[0] & 31 == 5
    reader = _Reader(unit[1:])
    assert reader.golomb() == 0
    assert reader.golomb() == (7 if is_key else 5)
    assert reader.golomb() == 0
    assert reader.bits(8) == number
    if is_key:
        assert reader.golomb() == 0
        assert reader.bits(2) == 0
    else:
        assert reader.bits(3) == 0
    assert (reader.golomb(), reader.golomb()) == (0, 1)
    blocks = len(planes[0]) // 256
    block = 0
    while block < blocks:
        if not is_key:
            block += reader.golomb()
            if not reader.has_more():
                break
        assert reader.golomb() == (25 if is_key else 30)
        for plane, side in zip(planes, (16, 8, 8), strict=True):
            data, stride = reader.raw_bytes(side * side), columns * side
            corner = block // columns * side * stride + block % columns * side
            for row in range(side):
                at = corner + row * stride
                plane[at : at + side] = data[row * side : (row + 1) * side]
        block += 1
    assert block == blocks
    assert not reader.has_more()


# FLAC


def flac_samples(data: bytes) -> tuple[dict[str, int], dict[str, str], bytes]:
    """Returns stream data, tags and 16-bit little-endian samples; verifies all checksums."""
    assert data[:4] == b"fLaC"
    at, blocks, is_last = 4, {}, False
    while not is_last:
        is_last, kind = bool(data[at] & 0x80), data[at] & 0x7F
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        blocks[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size
    packed = int.from_bytes(blocks[0][10:18], "big")
    facts = {
        "rate": packed >> 44,
        "channels": (packed >> 41 & 7) + 1,
        "bits": (packed >> 36 & 31) + 1,
        "samples": packed & (1 << 36) - 1,
    }
    samples, number = bytearray(), 0
    while at < len(data):
        at = _flac_frame(data, at, number, samples)
        number += 1
    assert len(samples) == 2 * facts["samples"]
    assert hashlib.md5(samples).digest() == blocks[0][18:34]
    return facts, _flac_tags(blocks[4]), bytes(samples)


def _flac_frame(data: bytes, at: int, number: int, samples: bytearray) -> int:
    spelled = chr(number).encode()
    head = data[at : at + 6 + len(spelled)]
    assert head[:4] == b"\xff\xf8\x79\x08"
    assert head[4:-2] == spelled
    count = int.from_bytes(head[-2:], "big") + 1
    start = at + len(head) + 1
    assert data[start - 1] == remainder(head, 0x107, 8)
    assert data[start] == 2, "plain samples"
    end = start + 1 + 2 * count
    assert int.from_bytes(data[end : end + 2], "big") == remainder(data[at:end], 0x18005, 16)
    plain = data[start + 1 : end]
    turned = bytearray(plain)
    turned[0::2], turned[1::2] = plain[1::2], plain[0::2]
    samples += turned
    return end + 2


def remainder(data: bytes, polynomial: int, width: int) -> int:
    """Returns the remainder of `data` divided by the polynomial, by bitwise long division."""
    value = 0
    for byte in data + bytes(width // 8):
        for bit in range(7, -1, -1):
            value = value << 1 | byte >> bit & 1
            if value >> width:
                value ^= polynomial
    return value


def _flac_tags(block: bytes) -> dict[str, str]:
    def text(at: int) -> tuple[str, int]:
        (size,) = struct.unpack_from("<I", block, at)
        return block[at + 4 : at + 4 + size].decode(), at + 4 + size

    _vendor, at = text(0)
    (count,) = struct.unpack_from("<I", block, at)
    at += 4
    tags = {}
    for _number in range(count):
        entry, at = text(at)
        name, _sign, value = entry.partition("=")
        tags[name] = value
    assert at == len(block)
    return tags


# MP3

_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)


def mp3_lines(data: bytes) -> tuple[int, list[tuple[int, int, int]]]:
    """Returns kilobits per second, and (line, sign, gain) per granule; line -1 is silence."""
    at, granules, rates = 0, [], set()
    while at < len(data):
        head = int.from_bytes(data[at : at + 4], "big")
        assert head >> 17 == 0b111111111111101, "MPEG 1, layer III"
        assert head >> 10 & 3 == 0, "44.1 kHz"
        assert head >> 6 & 3 == 3, "one channel"
        kbps = _RATES[head >> 12 & 15]
        rates.add(kbps)
        size = 144000 * kbps // 44100 + (head >> 9 & 1)
        assert len(data) >= at + size, "the last frame is whole"
        granules += _mp3_granules(data[at + 4 : at + size])
        at += size
    (rate,) = rates
    return rate, granules


def _mp3_granules(content: bytes) -> list[tuple[int, int, int]]:
    side = int.from_bytes(content[:17], "big")
    assert side >> 118 == 0, "needs nothing of earlier frames"
    reader, found = _Reader(b""), []
    reader.data = content[17:]
    for shift in (59, 0):
        granule = side >> shift & (1 << 59) - 1
        length, pairs, gain = granule >> 47, granule >> 38 & 511, granule >> 30 & 255
        begin, line, sign = reader.at, -1, 0
        for pair in range(pairs):
            if reader.bits(1):
                continue
            which = 0 if reader.bits(1) else 1
            if which:
                assert reader.bits(1), "two lines at once"
            line, sign = 2 * pair + which, reader.bits(1)
        assert reader.at - begin == length
        found.append((line, sign, gain))
    return found


# GLB and latents


def glb_parts(data: bytes) -> tuple[dict[str, Any], dict[str, list[tuple[float, ...]]]]:
    """Returns the JSON description, and the values of each accessor by its use."""
    mark, version, size = struct.unpack_from("<4sII", data)
    assert (mark, version, size) == (b"glTF", 2, len(data))
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    assert length % 4 == 0
    facts = json.loads(data[20 : 20 + length])
    room, kind = struct.unpack_from("<I4s", data, 20 + length)
    assert kind == b"BIN\x00"
    content = data[28 + length :]
    assert len(content) == room
    (primitive,) = facts["meshes"][0]["primitives"]
    used = {**primitive["attributes"], "indices": primitive["indices"]}
    return facts, {name: _values(facts, number, content) for name, number in used.items()}


def _values(facts: dict[str, Any], number: int, content: bytes) -> list[tuple[float, ...]]:
    accessor = facts["accessors"][number]
    view = facts["bufferViews"][accessor["bufferView"]]
    letter = {5126: "f", 5123: "H"}[accessor["componentType"]]
    each = struct.Struct(f"<{ {'VEC3': 3, 'SCALAR': 1}[accessor['type']] }{letter}")
    assert view["byteLength"] == each.size * accessor["count"]
    start = view["byteOffset"]
    return list(each.iter_unpack(content[start : start + view["byteLength"]]))


def latent_parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    (size,) = struct.unpack_from("<Q", data)
    return json.loads(data[8 : 8 + size]), data[8 + size :]
