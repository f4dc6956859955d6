"""The lock on a shared folder: one holder at a time, and no endless wait for a stuck program."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from runcomfy_desktop.store.folder_lock import locked

if TYPE_CHECKING:
    from pathlib import Path

_HOLD = (
    "import sys; from pathlib import Path; from runcomfy_desktop.store.folder_lock import locked\n"
    "with locked(Path(sys.argv[1])) as held: print(held, flush=True); sys.stdin.read()"
)


def test_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path) as first, locked(tmp_path, 0.0) as second:
        assert (first, second) == (True, False)
    with locked(tmp_path, 0.0) as again:
        assert again


def test_folders_do_not_wait_for_each_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with locked(tmp_path / "a") as first, locked(tmp_path / "b", 0.0) as second:
        assert first
        assert second
    assert list((tmp_path / "a").iterdir()) == []


def test_where_there_is_no_folder_there_is_no_lock(tmp_path: Path) -> None:
    with locked(tmp_path / "none", 0.0) as held:
        assert not held


def test_one_folder_has_one_lock_by_whichever_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with locked(tmp_path / "a") as first, locked(tmp_path / "b", 0.0) as second:
        assert (first, second) == (True, False)


def test_a_killed_program_holds_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _HOLD, str(tmp_path)]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"True"
    with locked(tmp_path, 0.0) as meanwhile:
        assert not meanwhile
    child.kill()
    child.communicate()
    with locked(tmp_path) as held:
        assert held
