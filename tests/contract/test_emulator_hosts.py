"""The emulator accepts this computer's host names, and no name that only resolves to this computer.

Otherwise a web page whose own host name now resolves to this computer (DNS rebinding) could read
all responses.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.emulator.server import EmulatorServer
from tests.support.emulators import INSTANT, TOKEN, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from collections.abc import Iterator

BALANCE = "/prod/v2/balance"
OBJECT_INFO = "/object_info/0b7e4c52.json"


@pytest.fixture
def emulator() -> Iterator[LoopbackEmulator]:
    with LoopbackEmulator(make_backend(timing=INSTANT)) as emulator:
        yield emulator


def answer_to(base_url: str, request_line: str, *hosts: str) -> bytes:
    """Returns the whole response to a request with these Host lines; `{port}` is replaced."""
    port = int(base_url.rpartition(":")[2])
    lines = [request_line, f"Authorization: Bearer {TOKEN}", "Connection: close"]
    lines += [each.format(port=port) for each in hosts]
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        return line.makefile("rb").read()


def code_of(answer: bytes) -> int:
    return int(answer.split(maxsplit=2)[1])


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_this_computer_is_served_by_each_of_its_names(
    emulator: LoopbackEmulator, name: str
) -> None:
    host = f"Host: {name}:{{port}}"
    assert code_of(answer_to(emulator.base_url, f"GET {BALANCE} HTTP/1.1", host)) == 200
    assert code_of(answer_to(emulator.storage_url, f"GET {OBJECT_INFO} HTTP/1.1", host)) == 200


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("Host:",),
        ("Host: evil.example",),
        ("Host: evil.example:{port}",),
        ("Host: 127.0.0.1.evil.example:{port}",),
        ("Host: evil.example:{port}@127.0.0.1:{port}",),
        ("Host: 127.0.0.1",),
        ("Host: 127.0.0.1:1",),
        ("Host: 127.0.0.1:{port}, evil.example",),
        ("Host : 127.0.0.1:{port}",),
        ("Host: evil.example", "Host: 127.0.0.1:{port}"),
        ("Host: 127.0.0.1:{port}", "Host: evil.example"),
        ("Host: 127.0.0.1:{port}", "host: 127.0.0.1:{port}"),
        ("Host: 127.0.0.1:{port}", " evil.example"),
    ],
)
def test_another_host_is_not_served_at_all(
    emulator: LoopbackEmulator, hosts: tuple[str, ...]
) -> None:
    places = [(emulator.base_url, path) for path in (BALANCE, "/", "/__emulator__/counts")]
    places += [(emulator.storage_url, path) for path in (OBJECT_INFO, "/deployment_requests/x/y")]
    for base_url, path in places:
        for version in ("HTTP/1.1", "HTTP/1.0"):
            assert code_of(answer_to(base_url, f"GET {path} {version}", *hosts)) == 421
    assert emulator.backend.journal.entries() == []


def test_the_host_is_looked_at_before_the_method(emulator: LoopbackEmulator) -> None:
    for method in ("TRACE", "POST", "OPTIONS"):
        answer = answer_to(emulator.base_url, f"{method} / HTTP/1.1", "Host: evil.example")
        assert code_of(answer) == 421
        assert b"evil" not in answer
        assert b"access-control" not in answer.lower()


def test_a_request_for_another_host_does_not_keep_the_emulator_alive() -> None:
    server = EmulatorServer(make_backend())
    server.start()
    try:
        before_s = server._api.last_request_s
        assert code_of(answer_to(server.base_url, "GET / HTTP/1.1", "Host: evil.example")) == 421
        assert server._api.last_request_s == before_s
    finally:
        server.close()
