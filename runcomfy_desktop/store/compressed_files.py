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

_CHUNK_BYTES = 128 * 1024


def compress(chunks: Iterable[bytes]) -> bytes:
    compressor = zlib.compressobj(6)
    return b"".join([*map(compressor.compress, chunks), compressor.flush()])


def hash_of(chunks: Iterable[bytes]) -> str:
    """The name that equal contents share."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def read_compressed(path: Path, content_hash: str, max_bytes: int) -> Generator[bytes, None, None]:
    """What lies packed at `path`, piece by piece.

    Raises FileNotFoundError, OSError, and ValueError or zlib.error for what is damaged: it grows
    beyond `max_bytes`, ends too early, or is at its end not what has the hash `content_hash`.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in _decompress(iter(lambda: file.read(_CHUNK_BYTES), b""), max_bytes):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != content_hash:
        raise ValueError("the hash is another one")


def _decompress(chunks: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    decompressor, size = zlib.decompressobj(), 0
    for each in chunks:
        rest = each
        while rest:
            chunk = decompressor.decompress(rest, _CHUNK_BYTES)
            rest = decompressor.unconsumed_tail
            size += len(chunk)
            if size > max_bytes or decompressor.unused_data:
                raise ValueError(f"{size} bytes and more")
            yield chunk
    if not decompressor.eof:
        raise ValueError("the end is missing")


def last_used_s(path: Path) -> float:
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
