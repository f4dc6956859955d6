"""One window for each data folder, and a second start that hands over its file."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

from runcomfy_desktop.single import SingleWindow
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

_CALLER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from runcomfy_desktop.single import SingleWindow
app = QCoreApplication([])
single = SingleWindow(Path(sys.argv[1]))
assert not single.acquire()
sys.exit(0 if single.call_first(sys.argv[2]) else 3)
"""


async def call(lock: Path, file: str) -> int:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", _CALLER, str(lock), file)
    return await child.wait()


async def test_a_second_start_hands_over_its_file(tmp_path: Path) -> None:
    first = SingleWindow(tmp_path / "window.lock")
    assert first.acquire()
    heard: list[str] = []
    first.called.connect(heard.append)
    first.listen()
    try:
        assert await call(tmp_path / "window.lock", "/tmp/ä workflow.json") == 0
        await until(lambda: heard)
    finally:
        first.release()
    assert heard == ["/tmp/ä workflow.json"]


async def test_a_window_that_hangs_is_reported(tmp_path: Path) -> None:
    first = SingleWindow(tmp_path / "window.lock")
    assert first.acquire()
    try:
        assert await call(tmp_path / "window.lock", "") == 3
    finally:
        first.release()


def test_the_lock_of_a_killed_window_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "window.lock"
    script = _CALLER.replace("assert not single.acquire()", "assert single.acquire(); import os")
    script = script.replace("sys.exit(", "os.kill(os.getpid(), 9); sys.exit(")
    killed = subprocess.run([sys.executable, "-c", script, str(lock), ""], check=False)
    assert killed.returncode == -9
    assert lock.exists()
    again = SingleWindow(lock)
    assert again.acquire()
    again.release()


def test_another_data_folder_is_another_window(tmp_path: Path) -> None:
    first, second = SingleWindow(tmp_path / "a" / "lock"), SingleWindow(tmp_path / "b" / "lock")
    assert first.acquire()
    assert second.acquire()
    first.release()
    second.release()
