"""One window for each data folder: a second start passes on its file.

The tests also cover other writers to the local socket.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.platform.single_window import SingleWindow
from tests.support.async_wait import wait_until
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CALLER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from runcomfy_desktop.platform.single_window import SingleWindow
app = QCoreApplication([])
single = SingleWindow(Path(sys.argv[1]), answer_timeout_ms=int(sys.argv[3]))
assert not single.acquire()
sys.exit(0 if single.send_to_first(sys.argv[2]) else 3)
"""
NOBODY = 65534
GARBAGE = (
    b"",
    b"\n",
    b"words\n",
    b"\xff\xfe\x00\n",
    b"[]\n",
    b"{}\n",
    b'{"open": 5}\n',
    b'{"open": null}\n',
    b'{"open": "a\\u0000b"}\n',
    b'{"open": "cut off',
    b"[" * 60_000 + b"\n",
    b"x" * 10_000_000,
)


PATIENCE_MS = 3000


async def start(lock: Path, file: str, **more: str) -> int:
    """Makes a second start as a process; returns its exit code."""
    arguments = ("-c", _CALLER, str(lock), file, str(PATIENCE_MS))
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **more}
    )
    return await child.wait()


@contextmanager
def first_window(
    lock: Path, *, line_within_ms: int = 2000
) -> Iterator[tuple[SingleWindow, list[str]]]:
    """Yields the first window, and the requests that it has received."""
    first = SingleWindow(lock, line_timeout_ms=line_within_ms)
    assert first.acquire()
    received: list[str] = []
    first.open_requested.connect(received.append)
    first.listen()
    try:
        yield first, received
    finally:
        first.release()


def write_raw(address: str, data: bytes) -> socket.socket:
    """Writes data to the window's socket like any program; write errors are ignored."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(20)
    line.connect(address)
    with suppress(OSError):
        line.sendall(data)
    return line


async def test_a_second_start_hands_over_its_file(tmp_path: Path) -> None:
    with first_window(tmp_path / "window.lock") as (_first, received):
        assert await start(tmp_path / "window.lock", "/tmp/ä workflow.json") == 0
        await wait_until(lambda: received)
    assert received == ["/tmp/ä workflow.json"]


async def test_the_right_to_come_forward_is_handed_over_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "of-the-first-start")
    with first_window(tmp_path / "window.lock") as (_first, received):
        await start(tmp_path / "window.lock", "", XDG_ACTIVATION_TOKEN="of-the-second-start")
        await wait_until(lambda: received)
        assert os.environ["XDG_ACTIVATION_TOKEN"] == "of-the-second-start"


async def test_a_window_that_hangs_is_reported(tmp_path: Path) -> None:
    first = SingleWindow(tmp_path / "window.lock")
    assert first.acquire()
    try:
        assert await start(tmp_path / "window.lock", "") == 3
    finally:
        first.release()


def test_a_window_that_takes_calls_and_never_answers_is_reported(tmp_path: Path) -> None:
    with first_window(tmp_path / "window.lock") as (first, received):
        # No event loop runs here, so the first window never responds.
        command = [sys.executable, "-c", _CALLER, str(tmp_path / "window.lock"), "", "50"]
        assert subprocess.run(command, check=False).returncode == 3
        assert first.address
        assert received == []


async def test_a_window_that_closes_is_not_called_any_more(tmp_path: Path) -> None:
    with first_window(tmp_path / "window.lock") as (first, received):
        first.stop_listening()
        assert await start(tmp_path / "window.lock", "") == 3
        assert received == []


async def test_what_is_no_call_is_not_heard_and_hinders_nobody(tmp_path: Path) -> None:
    with first_window(tmp_path / "window.lock") as (first, received):
        for data in GARBAGE:
            line = await asyncio.to_thread(write_raw, first.address, data)
            line.close()
        assert await start(tmp_path / "window.lock", "/tmp/real.json") == 0
        await wait_until(lambda: received)
        assert received == ["/tmp/real.json"]


async def test_callers_who_say_nothing_are_sent_away(tmp_path: Path) -> None:
    with first_window(tmp_path / "window.lock", line_within_ms=20) as (first, received):
        silent = [await asyncio.to_thread(write_raw, first.address, b"{") for _line in range(20)]
        for line in silent:
            with suppress(ConnectionResetError):
                assert await asyncio.to_thread(line.recv, 100) == b""
            line.close()
        # A connection that has sent data is not closed, however late it is.
        first.line_timeout_ms = 60_000
        assert await start(tmp_path / "window.lock", "/tmp/real.json") == 0
        await wait_until(lambda: received)


async def test_the_socket_of_a_killed_window_is_no_hindrance(tmp_path: Path) -> None:
    with first_window(tmp_path / "window.lock") as (first, _heard):
        address = first.address
    left_over = socket.socket(socket.AF_UNIX)
    left_over.bind(address)
    left_over.close()
    with first_window(tmp_path / "window.lock") as (again, received):
        assert again.address == address
        assert await start(tmp_path / "window.lock", "") == 0
        await wait_until(lambda: received)


async def test_a_temporary_folder_far_down_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    monkeypatch.setenv("TMPDIR", str(deep))
    with first_window(tmp_path / "window.lock") as (_first, received):
        assert await start(tmp_path / "window.lock", "") == 0
        await wait_until(lambda: received)


async def test_a_data_folder_far_down_is_no_hindrance(tmp_path: Path) -> None:
    lock = tmp_path.joinpath(*(["a folder with ünïcode and 40 characters!"] * 8)) / "window.lock"
    assert len(str(lock)) > 300
    with first_window(lock) as (_first, received):
        assert await start(lock, "") == 0
        await wait_until(lambda: received)


@pytest.mark.root
async def test_a_socket_that_somebody_else_put_there_is_not_talked_to(tmp_path: Path) -> None:
    with first_window(tmp_path / "window.lock") as (first, received):
        os.chown(first.address, NOBODY, NOBODY)
        assert await start(tmp_path / "window.lock", "/tmp/secret.json") == 3
        assert received == []


def test_the_lock_of_a_killed_window_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "window.lock"
    script = _CALLER.replace("assert not single.acquire()", "assert single.acquire(); import os")
    script = script.replace("sys.exit(", "os.kill(os.getpid(), 9); sys.exit(")
    killed = subprocess.run([sys.executable, "-c", script, str(lock), "", "0"], check=False)
    assert killed.returncode == -9
    assert lock.exists()
    again = SingleWindow(lock)
    assert again.acquire()
    again.release()


@pytest.mark.skipif(sys.platform == "win32", reason="there a lock that is in use cannot be removed")
def test_a_lock_that_names_another_process_or_computer_is_free_when_nobody_holds_it(
    tmp_path: Path,
) -> None:
    """The killed window's number belongs to another program, or the computer was renamed."""
    lock = tmp_path / "window.lock"
    for host in (socket.gethostname(), "the-name-of-last-week"):
        lock.write_text(f"{os.getppid()}\npython3.11\n{host}\n\n\n")
        window = SingleWindow(lock)
        assert window.acquire()
        window.release()


@pytest.mark.root
def test_a_lock_that_cannot_be_written_is_no_other_window(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        window = SingleWindow(disk.path / "window.lock")
        disk.protect()
        with pytest.raises(OSError, match=r"window\.lock"):
            window.acquire()


@pytest.mark.root
def test_on_a_full_disk_there_is_one_window_as_well(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        first, second = (SingleWindow(disk.path / "window.lock") for _each in range(2))
        disk.fill()
        assert first.acquire()
        assert not second.acquire()
        disk.empty()
        assert not second.acquire(), "there is room for its lock, and the first is there still"
        first.release()
        assert second.acquire()
        second.release()


def test_another_data_folder_is_another_window(tmp_path: Path) -> None:
    first, second = SingleWindow(tmp_path / "a" / "lock"), SingleWindow(tmp_path / "b" / "lock")
    assert first.acquire()
    assert second.acquire()
    first.release()
    second.release()
