"""FLAC with one channel: frames of uncompressed samples, with the checksums required."""

from __future__ import annotations

import functools
import hashlib
import struct
import sys
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.media_files.tune import RATE

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping

_BLOCK = 4096
_VENDOR = b"runcomfy-desktop stand-in"
_STREAM_INFO, _COMMENTS, _LAST = 0, 4, 0x80


def write(samples: array[int], comments: Mapping[str, str]) -> bytes:
    """Returns a file of 16-bit samples at 44,100 Hz; `comments` are written as its tags."""
    pcm = _bytes_of(samples, "little")
    info = struct.pack(">HH3x3x", _BLOCK, _BLOCK)
    # 20 bits: sample rate; 3: channels minus one; 5: bits per sample minus one; 36: sample count.
    info += (RATE << 44 | 15 << 36 | len(samples)).to_bytes(8, "big")
    info += hashlib.md5(pcm, usedforsecurity=False).digest()
    frames = (
        _frame(number, samples[at : at + _BLOCK])
        for number, at in enumerate(range(0, len(samples), _BLOCK))
    )
    header = b"fLaC" + _block(_STREAM_INFO, info) + _block(_COMMENTS | _LAST, _tags(comments))
    return header + b"".join(frames)


def _block(kind: int, content: bytes) -> bytes:
    return bytes((kind,)) + len(content).to_bytes(3, "big") + content


def _tags(comments: Mapping[str, str]) -> bytes:
    entries = [f"{name}={text}".encode() for name, text in comments.items()]
    parts = [struct.pack("<I", len(_VENDOR)), _VENDOR, struct.pack("<I", len(entries))]
    for entry in entries:
        parts += [struct.pack("<I", len(entry)), entry]
    return b"".join(parts)


def _frame(number: int, samples: array[int]) -> bytes:
    # Sync code; the block size follows in 16 bits; 44.1 kHz; one channel of 16 bits.
    header = b"\xff\xf8\x79\x08" + _encode_number(number) + struct.pack(">H", len(samples) - 1)
    header += bytes((_checksum(header, 0x07, 8),))
    body = header + b"\x02" + _bytes_of(samples, "big")
    return body + struct.pack(">H", _checksum(body, 0x8005, 16))


def _encode_number(number: int) -> bytes:
    """Returns a frame number, encoded as UTF-8 encodes the character with that code point."""
    return chr(number).encode("utf-8")


def _bytes_of(samples: array[int], order: str) -> bytes:
    if order == sys.byteorder:
        return samples.tobytes()
    swapped = samples[:]
    swapped.byteswap()
    return swapped.tobytes()


def _checksum(data: bytes, polynomial: int, width: int) -> int:
    table, bit_mask, shift = _table(polynomial, width), (1 << width) - 1, width - 8
    value = 0
    for byte in data:
        value = (value << 8 & bit_mask) ^ table[(value >> shift) ^ byte]
    return value


@functools.cache
def _table(polynomial: int, width: int) -> list[int]:
    top, bit_mask = 1 << width - 1, (1 << width) - 1
    table = []
    for byte in range(256):
        value = byte << width - 8
        for _bit in range(8):
            value = (value << 1 ^ polynomial) & bit_mask if value & top else value << 1
        table.append(value)
    return table
