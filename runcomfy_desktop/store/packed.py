"""Packs what is kept between starts under its hash, and unpacks no more of it than was allowed."""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

_STEP_BYTES = 128 * 1024


def packed(pieces: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(6)
    return b"".join([*map(packer.compress, pieces), packer.flush()])


def hash_of(pieces: Iterable[bytes]) -> str:
    """The name that equal contents share."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def unpacked(path: Path, content: str, most_bytes: int) -> Generator[bytes, None, None]:
    """What lies packed at `path`, piece by piece.

    Raises FileNotFoundError, OSError, and ValueError or zlib.error for what is damaged: it grows
    beyond `most_bytes`, ends too early, or is at its end not what has the hash `content`.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in _unpacked(iter(lambda: file.read(_STEP_BYTES), b""), most_bytes):
            digest.update(piece)
            yield piece
    if digest.hexdigest() != content:
        raise ValueError("the hash is another one")


def _unpacked(pieces: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    unpacker, size = zlib.decompressobj(), 0
    for each in pieces:
        rest = each
        while rest:
            piece = unpacker.decompress(rest, _STEP_BYTES)
            rest = unpacker.unconsumed_tail
            size += len(piece)
            if size > most_bytes or unpacker.unused_data:
                raise ValueError(f"{size} bytes and more")
            yield piece
    if not unpacker.eof:
        raise ValueError("the end is missing")


def used_s(path: Path) -> float:
    """When it was used last; 0.0 for what is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def touch(path: Path) -> None:
    """It is used now."""
    with suppress(OSError):
        os.utime(path)
