"""Content stored under its hash is returned either completely or not at all."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.compressed_files import (
    compress,
    hash_of,
    last_used_s,
    read_compressed,
    size_of,
    touch,
)

if TYPE_CHECKING:
    from pathlib import Path

CHUNKS = [b"one", b" and ", b"another" * 50_000]
WHOLE = b"".join(CHUNKS)


def test_what_is_packed_comes_back_however_it_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(compress(CHUNKS))
    assert hash_of(CHUNKS) == hash_of([WHOLE])
    assert b"".join(read_compressed(path, hash_of(CHUNKS), len(WHOLE))) == WHOLE


def test_what_is_damaged_is_no_content(tmp_path: Path) -> None:
    path, content = tmp_path / "some", hash_of(CHUNKS)
    for damaged in (compress(CHUNKS)[:-20], compress(CHUNKS) + b"more", b"no such thing", b""):
        path.write_bytes(damaged)
        with pytest.raises((ValueError, zlib.error)):
            list(read_compressed(path, content, len(WHOLE)))
    path.write_bytes(compress([b"other"]))
    with pytest.raises(ValueError, match="hash"):
        list(read_compressed(path, content, len(WHOLE)))


def test_no_more_is_unpacked_than_was_allowed(tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(compress(CHUNKS))
    with pytest.raises(ValueError, match="and more"):
        list(read_compressed(path, hash_of(CHUNKS), len(WHOLE) - 1))


def test_what_is_not_there_has_no_size_and_was_never_used(tmp_path: Path) -> None:
    path = tmp_path / "some"
    touch(path)
    assert (size_of(path), last_used_s(path)) == (0, 0.0)
    path.write_bytes(b"12")
    assert size_of(path) == 2
    assert last_used_s(path) > 0
