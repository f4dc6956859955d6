from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.store.atomic_write import clear_leftovers, disk_problem, write_atomic

if TYPE_CHECKING:
    from pathlib import Path


def _names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def test_writes_a_new_file_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "settings.json"
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    assert _names(path.parent) == ["settings.json"]


def test_replaces_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert _names(tmp_path) == ["settings.json"]


def test_a_reader_that_has_the_old_file_open_keeps_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write_atomic(path, b"one")
    with path.open("rb") as reader:
        write_atomic(path, b"two two two")
        assert reader.read() == b"one"


def test_a_failed_write_leaves_the_old_state_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "place"
    path.mkdir()
    (path / "inside").write_bytes(b"")
    with pytest.raises(OSError, match=r".+"):  # a folder with files in it cannot be replaced
        write_atomic(path, b"one")
    assert _names(tmp_path) == ["place"]
    assert path.is_dir()


def test_very_long_names_have_room_for_the_name_beside(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize(
    ("number", "title"),
    [
        (errno.ENOSPC, "The disk is full."),
        (errno.EROFS, "This folder cannot be written to."),
        (errno.EACCES, "This folder cannot be written to."),
        (errno.EIO, "A file could not be written."),
    ],
)
def test_disk_errors_have_words(number: int, title: str, tmp_path: Path) -> None:
    problem = disk_problem(OSError(number, os.strerror(number)), tmp_path)
    assert problem.title == title
    assert problem.advice
    assert os.strerror(number) in problem.technical


_KILLED = """
import os, sys
from pathlib import Path
from runcomfy_desktop.store import atomic_write
os.fsync = lambda handle: os.kill(os.getpid(), 9)
atomic_write.write_atomic(Path(sys.argv[1]), b"x")
"""


def test_what_a_killed_write_left_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write_atomic(path, b"one")
    for _round in range(2):
        killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
        assert killed.returncode < 0
    left = [name for name in _names(tmp_path) if name != "settings.json"]
    assert len(left) == 2
    for name in ("notes.tmp", ".hidden.tmp", ".settings.json.swp", ".a.12345678.tmp"):
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / ".folder.abcd1234.tmp").mkdir()
    mine = set(_names(tmp_path)) - set(left)

    clear_leftovers([tmp_path, tmp_path / "missing"])
    assert set(_names(tmp_path)) == mine | set(left), "a write may be going on"
    long_ago = time.time() - 2 * 24 * 3600
    for name in left:
        os.utime(tmp_path / name, (long_ago, long_ago))
    clear_leftovers([tmp_path, tmp_path / "missing"])
    assert set(_names(tmp_path)) == mine
    assert path.read_bytes() == b"one"
