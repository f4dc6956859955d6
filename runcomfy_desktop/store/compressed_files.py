"""Compresses and reads cache files named after the hash of their content.

Decompression is limited to a maximum size.
"""

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
    """Returns the SHA-256 of the content as hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def read_compressed(path: Path, content_hash: str, max_bytes: int) -> Generator[bytes, None, None]:
    """Yields the decompressed content of `path` in pieces.

    Raises FileNotFoundError or OSError. Raises ValueError or zlib.error if the content is damaged:
    larger than `max_bytes`, cut short, or, as found after the last piece, not matching
    `content_hash`.
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
    """Returns the time of last use in seconds since the epoch; 0.0 if the file is missing."""
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
    """Marks the file as used now."""
    with suppress(OSError):
        os.utime(path)
