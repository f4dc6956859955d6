"""The program's small files: complete, missing, damaged, or not plain files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.small_file import DamagedFile, read_object, set_aside

if TYPE_CHECKING:
    from pathlib import Path


def test_an_object_is_read_and_a_missing_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert read_object(path) is None
    path.write_text('{"a": 1}')
    assert read_object(path) == {"a": 1}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(DamagedFile):
        read_object(path)


def test_a_file_larger_than_any_of_ours_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(1024 * 1024 * 1024 * 1024)
    with pytest.raises(DamagedFile, match="bytes"):
        read_object(path)


def test_a_folder_and_a_pipe_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(OSError, match="plain file"):
            read_object(path)


def test_set_aside_never_over_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    names = []
    for text in ("1", "2"):
        path.write_text(text)
        names.append(set_aside(path).name)
    assert names == ["a.broken-1.json", "a.broken-2.json"]
    assert [(tmp_path / name).read_text() for name in names] == ["1", "2"]
