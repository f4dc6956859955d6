"""Start of the demo service, mostly its failures: larger suites cover normal use."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from runcomfy_desktop.app import demo_service
from runcomfy_desktop.domain.base.problem import Problem
from tests.support.emulator_control import ask_control

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("script", ["import time; time.sleep(600)", "print('no JSON')", ""])
def test_a_service_that_does_not_say_where_it_is_is_ended(script: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    with pytest.raises(Problem, match="did not start"):
        demo_service._read_ready_line(child, timeout_s=0.5)
    assert child.poll() is not None


async def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file")
    with pytest.raises(Problem, match="did not start") as caught:
        await demo_service.find_or_start(tmp_path / "demo" / "service.json")
    assert caught.value.technical


@pytest.mark.parametrize("name", ["requests", "runs", "skip"])
async def test_the_demo_has_no_control_paths(tmp_path: Path, name: str) -> None:
    service = await demo_service.find_or_start(tmp_path / "demo" / "service.json")
    try:
        with pytest.raises(HTTPError, match="404"):
            await asyncio.to_thread(ask_control, service.base_url, service.token, name)
        with pytest.raises(HTTPError, match="404"):
            await asyncio.to_thread(ask_control, service.base_url, service.token, name, b"10")
    finally:
        await service.stop()


GOOD: dict[str, Any] = {"base_url": "http://127.0.0.1:8123", "token": "a-token", "pid": 4711}


def test_a_note_is_read() -> None:
    assert demo_service.service_from_json(dict(GOOD)) == demo_service.DemoService(
        "http://127.0.0.1:8123", "a-token", 4711
    )


@pytest.mark.parametrize(
    "other",
    [
        {"base_url": "http://127.0.0.1:1@evil.example/"},
        {"base_url": "http://127.0.0.1:8123/path"},
        {"base_url": "http://127.0.0.1:8123\n"},
        {"base_url": "http://127.0.0.1.evil.example:80"},
        {"base_url": "https://evil.example"},
        {"base_url": 5},
        {"token": ""},
        {"token": "t\r\nX-Header: y"},
        {"token": None},
        {"pid": "4711"},
        {"pid": 1},
        {"pid": True},
        {"pid": None},
    ],
)
def test_a_note_that_somebody_else_wrote_is_none(other: dict[str, Any]) -> None:
    assert demo_service.service_from_json({**GOOD, **other}) is None


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b'{"base_url": "http://127.0.0.1:1@evil.example/", "token": "t", "pid": 999999999}',
        b'{"base_url": "http://127.0.0.1:1/", "token": "t\\r\\nX: y", "pid": 999999999}',
        b'{"base_url": 5, "token": null, "pid": "x"}',
        b'{"base_url": "http://127.0.0.1:99999/", "token": "t", "pid": 999999999}',
    ],
)
def test_a_file_that_is_no_note_leads_nowhere(tmp_path: Path, note: bytes) -> None:
    file = tmp_path / "service.json"
    file.write_bytes(note)
    assert demo_service._find_running(file) is None
    # Nothing listens at these addresses, so the record itself must be checked, too.
    with suppress(ValueError):
        assert demo_service.service_from_json(json.loads(note)) is None


def test_a_port_that_there_cannot_be_leads_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "service.json"
    file.write_bytes(b'{"base_url": "http://127.0.0.1:99999", "token": "t", "pid": 999999999}')
    assert demo_service._find_running(file) is None


def test_no_note_is_none() -> None:
    assert demo_service.service_from_json(None) is None
    assert demo_service.service_from_json({}) is None


async def test_a_service_that_was_only_found_is_not_ended() -> None:
    stranger = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
    )
    await demo_service.DemoService("http://127.0.0.1:1", "t", stranger.pid).stop()
    assert stranger.returncode is None
    await stranger.communicate(b"\n")
    assert stranger.returncode == 0
