"""The folder of thumbnails stays within its limit, and its disk may fail."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_key_is_the_content_and_the_shape(tmp_path: Path) -> None:
    files = ThumbnailFiles(tmp_path / "thumbnails")
    first, copy, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    first.write_bytes(b"one")
    copy.write_bytes(b"one")
    other.write_bytes(b"two")
    assert files.key_of(first, "fit-8") == files.key_of(copy, "fit-8")
    assert files.key_of(first, "fit-8") != files.key_of(other, "fit-8")
    assert files.key_of(first, "fit-8") != files.key_of(first, "fit-9")
    assert files.key_of(tmp_path / "gone", "fit-8") == ""


def test_what_is_saved_can_be_loaded_and_removed(tmp_path: Path) -> None:
    files = ThumbnailFiles(tmp_path / "thumbnails")
    assert files.load("a") is None
    files.save("a", b"picture")
    assert ThumbnailFiles(tmp_path / "thumbnails").load("a") == b"picture"
    files.remove("a")
    assert files.load("a") is None
    files.save("b", b"")
    assert files.load("b") is None


def test_the_least_recently_used_ones_make_room(tmp_path: Path) -> None:
    folder = tmp_path / "thumbnails"
    files = ThumbnailFiles(folder, max_bytes=100)
    for number in range(4):
        files.save(f"key-{number}", bytes(30))
        os.utime(folder / f"key-{number}.png", (number, number))
    # Used now: it stays.
    assert files.load("key-1") is not None
    files.save("key-4", bytes(30))
    files.save("key-5", bytes(30))
    kept = {each.stem for each in folder.iterdir()}
    assert len(kept) == 3
    assert {"key-1", "key-5"} <= kept


def test_a_folder_from_before_is_cleaned_at_the_first_save(tmp_path: Path) -> None:
    folder = tmp_path / "thumbnails"
    folder.mkdir()
    for number in range(5):
        (folder / f"old-{number}.png").write_bytes(bytes(40))
        os.utime(folder / f"old-{number}.png", (number, number))
    ThumbnailFiles(folder, max_bytes=100).save("new", bytes(40))
    assert {each.stem for each in folder.iterdir()} == {"new", "old-4"}


def test_a_disk_that_fails_costs_only_the_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "thumbnails").write_bytes(b"a file in the place of the folder")
    files = ThumbnailFiles(tmp_path / "thumbnails")
    files.save("a", b"picture")
    assert files.load("a") is None
    assert "A thumbnail could not be stored" in caplog.text
