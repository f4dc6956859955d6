"""Update checks of the whole program: over TLS, through the configured proxy, once.

The request does not identify the user. Without permission, and in the system's packages, nothing is
requested.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.domain.release import LATEST_URL
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode
from tests.e2e.data_folder import ProgramFolder
from tests.e2e.program import PROJECT
from tests.e2e.test_company_network import running
from tests.support import short_timeouts
from tests.support.certificate_authority import CertificateAuthority
from tests.support.process_wait import wait_until
from tests.support.proxy_servers import HttpProxy, ProxyServer
from tests.support.raw_server import json_reply

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses

SOON = "updates=0.5"
HOST = urlsplit(LATEST_URL).hostname or ""


class ReleasePage(ProxyServer):
    """Publishes a version that is newer than every other."""

    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.received_bytes += await reader.readuntil(b"\r\n\r\n")
        writer.write(json_reply({"tag_name": "v999.0.0", "body": "New."}))
        await writer.drain()


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    made = ProgramFolder(programs, display, data_dir)
    made.start_service()
    return made


def write_settings(data_dir: Path, proxy: ProxyServer, ca_file: Path, *, allowed: bool) -> None:
    choice = NetworkSettings(ProxyMode.OWN, proxy.address, ca_file=str(ca_file))
    known = {**asdict(choice), "proxy_mode": "own", "checks_updates": allowed}
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.json").write_text(json.dumps(known))


@contextmanager
def by_the_system(
    folder: Path, display: Display, program_folder: ProgramFolder, proxy: ProxyServer
) -> Iterator[None]:
    """Runs a copy of the program as the system's package installs it; waits for its session."""
    copy, data_dir = folder / "deb", folder / "deb-data"
    for name in ("runcomfy_desktop", "resources"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "resources" / "channel").write_text("deb\n")
    shutil.copy(short_timeouts.__file__, copy)
    write_settings(data_dir, proxy, folder / "none", allowed=True)
    program_folder.service.lend_to(data_dir)
    words = ["short_timeouts.py", SOON, "--demo", "--data-dir", str(data_dir)]
    with subprocess.Popen(
        [sys.executable, *words], cwd=copy, env={**os.environ, **display.environment}
    ) as deb:
        try:
            wait_until("its session has begun", (data_dir / "demo" / "history.sqlite").exists)
            yield
        finally:
            deb.terminate()
        assert deb.wait(60) == 0


@contextmanager
def without_leave(
    folder: Path, programs: ProgramProcesses, program_folder: ProgramFolder, proxy: ProxyServer
) -> Iterator[None]:
    """Runs a program without permission to check, and waits for its session."""
    data_dir = folder / "quiet-data"
    write_settings(data_dir, proxy, folder / "none", allowed=False)
    program_folder.service.lend_to(data_dir)
    program = programs.start("--demo", data_dir=data_dir)
    wait_until("its session has begun", (data_dir / "demo" / "history.sqlite").exists)
    yield
    assert program.terminate() == 0


def test_the_release_page_is_asked_once_by_who_allowed_it_and_hears_nothing_about_the_person(
    program_folder: ProgramFolder,
    programs: ProgramProcesses,
    tmp_path: Path,
    data_dir: Path,
    display: Display,
) -> None:
    authority = CertificateAuthority()
    page = ReleasePage(0, tls=authority.server(tmp_path, HOST))
    proxy = HttpProxy(0)
    unused = HttpProxy(0, refusal=b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
    write = "--log-level", "debug"
    with running(page, proxy, unused):
        write_settings(data_dir, proxy, authority.write_pem(tmp_path), allowed=True)
        programs.timeouts = SOON
        message = "Told info: Version 999.0.0 of this program is available."
        # This program checks as soon after its start as the other two would. They started earlier,
        # so they would have checked already.
        with (
            by_the_system(tmp_path, display, program_folder, unused),
            without_leave(tmp_path, programs, program_folder, unused),
        ):
            program = program_folder.start(*write)
            program_folder.wait_for_log(message)
            assert unused.requested_hosts == []
        assert program.terminate() == 0
        stored = json.loads((data_dir / "settings.json").read_bytes())
        assert stored["told_version"] == "999.0.0"
        assert time.time() - stored["updates_asked_s"] < 120
        again = program_folder.start(*write)
        program_folder.wait_for_log("Updates are asked for: not yet")
        assert again.terminate() == 0
    assert proxy.requested_hosts == [f"{HOST}:443"]
    assert unused.requested_hosts == []
    assert program_folder.log().count(message) == 1
    head = page.received_bytes.decode().lower()
    for word in (
        "authorization",
        "cookie",
        __version__,
        program_folder.service.token,
        "python",
        "linux",
    ):
        assert word.lower() not in head
