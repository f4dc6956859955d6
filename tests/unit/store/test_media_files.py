"""Files in the media folder are recognised, and each is either used or removed, never both."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.media_files import hash_in_name, list_files, mark_used, remove_unused

if TYPE_CHECKING:
    from pathlib import Path

HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize("name", [f"{HASH}.png", f"{HASH}.workflow.json", f"{HASH}.json"])
def test_a_file_of_ours_says_its_hash(name: str) -> None:
    assert hash_in_name(name) == HASH


@pytest.mark.parametrize(
    "name", ["", "a.png", HASH, f"{HASH}.", f"0{HASH}.png", f"{HASH}.PNG", f"{HASH}.png.tmp"]
)
def test_a_foreign_file_says_none(name: str) -> None:
    assert hash_in_name(name) == ""


def test_a_file_that_was_used_since_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / f"{HASH}.png"
    path.write_bytes(b"1234")
    os.utime(path, ns=(1, 1))
    assert list_files(tmp_path) == {path.name: 1}
    assert mark_used(path)
    assert remove_unused(path, 1) is None
    assert path.exists()
    assert remove_unused(path, list_files(tmp_path)[path.name]) == 4
    assert not mark_used(path)
    assert list_files(tmp_path) == {}
    with pytest.raises(FileNotFoundError):
        remove_unused(path, 1)


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert list_files(tmp_path / "media") == {}


def test_nobody_uses_a_file_that_is_being_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test delays the removal between its last check and the unlink."""
    path = tmp_path / f"{HASH}.png"
    path.write_bytes(b"1234")
    [mtime_ns] = list_files(tmp_path).values()
    really, touched, answers = os.utime, threading.Event(), list[bool]()
    user = threading.Thread(target=lambda: answers.append(mark_used(path)))

    def utime(where: Path) -> None:
        really(where)
        touched.set()

    unlink = os.unlink

    def slowly(where: Path) -> None:
        user.start()
        # Without the lock, the user thread would now find the file.
        touched.wait(0.3)
        unlink(where)

    monkeypatch.setattr(os, "utime", utime)
    monkeypatch.setattr(os, "unlink", slowly)
    assert remove_unused(path, mtime_ns) == 4
    user.join()
    assert answers == [False]
