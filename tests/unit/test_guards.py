"""The guards of tests/conftest.py work."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import keyring
import keyring.errors
import pytest

from tests.support.async_tests import run_async_test
from tests.support.guards import SocketGuard, is_loopback

PROJECT = Path(__file__).resolve().parents[2]


def test_a_socket_beyond_loopback_is_refused_and_remembered(socket_guard: SocketGuard) -> None:
    with socket.socket() as outward, pytest.raises(PermissionError):
        outward.connect(("192.0.2.1", 443))
    with pytest.raises(PermissionError):
        socket.getaddrinfo("example.com", 443)
    assert len(socket_guard.attempts) == 2
    socket_guard.attempts.clear()


def test_a_server_for_everybody_is_refused(socket_guard: SocketGuard) -> None:
    with socket.socket() as server, pytest.raises(PermissionError):
        server.bind(("0.0.0.0", 0))
    socket_guard.attempts.clear()


def test_loopback_is_open_and_a_dead_name_is_only_dead(socket_guard: SocketGuard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 443)
    assert socket_guard.attempts == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.8.0.1", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_loopback_is_told_from_the_rest(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_home_and_keyring_are_not_the_persons() -> None:
    assert "runcomfy-desktop-tests-" in str(Path.home())
    assert "DBUS_SESSION_BUS_ADDRESS" not in os.environ
    with pytest.raises(keyring.errors.NoKeyringError):
        keyring.get_password("runcomfy-desktop", "anybody")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to ignore")
def test_programs_can_be_interrupted_where_a_script_ignores_that() -> None:
    """Child programs of a suite can be interrupted with SIGINT.

    A shell starts background programs with SIGINT ignored, which their children inherit.
    """
    child = "import signal; print(signal.getsignal(signal.SIGINT))"
    suite = (
        "import subprocess, sys\n"
        "from tests.support.guards import restore_sigint\n"
        "restore_sigint()\n"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)\n"
    )
    background = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", suite]
    ended = subprocess.run(
        background, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "default_int_handler" in ended.stdout


async def test_async_tests_run() -> None:
    await asyncio.sleep(0)
    assert asyncio.get_running_loop().is_running()


def test_a_left_task_fails_a_test() -> None:
    async def careless() -> None:
        task = asyncio.get_running_loop().create_task(asyncio.sleep(60))
        assert not task.done()

    with pytest.raises(AssertionError, match="leaves tasks"):
        run_async_test(careless())
