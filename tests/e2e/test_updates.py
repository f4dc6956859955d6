"""The whole program asks its release page: over TLS, through the proxy of the settings, once, and
says nothing of who asks. Who did not allow it, and the system's packages, ask nobody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.core.updates import FIRST_S
from runcomfy_desktop.domain.release import LATEST_URL
from runcomfy_desktop.domain.settings import NetworkChoice, ProxyMode
from tests.e2e.place import Place
from tests.e2e.program import PROJECT
from tests.e2e.test_company_network import running
from tests.support.authority import Authority
from tests.support.proxy_servers import HttpProxy, ProxyServer
from tests.support.raw_server import json_reply
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import Programs

HOST = urlsplit(LATEST_URL).hostname or ""


class ReleasePage(ProxyServer):
    """Publishes a version that is newer than every other."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += await reader.readuntil(b"\r\n\r\n")
        writer.write(json_reply({"tag_name": "v999.0.0", "body": "New."}))
        await writer.drain()


@pytest.fixture
def place(programs: Programs, display: Display, data_dir: Path) -> Place:
    made = Place(programs, display, data_dir)
    made.serve()
    return made


def write_settings(data_dir: Path, proxy: ProxyServer, ca_file: Path, *, allowed: bool) -> None:
    choice = NetworkChoice(ProxyMode.OWN, proxy.address, ca_file=str(ca_file))
    known = {**asdict(choice), "proxy_mode": "own", "checks_updates": allowed}
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.json").write_text(json.dumps(known))


def test_the_release_page_is_asked_once_and_hears_nothing_about_the_person(
    place: Place, tmp_path: Path, data_dir: Path
) -> None:
    authority = Authority()
    page = ReleasePage(0, tls=authority.server(tmp_path, HOST))
    proxy = HttpProxy(0)
    with running(page, proxy):
        write_settings(data_dir, proxy, authority.file(tmp_path), allowed=True)
        program = place.start("--log-level", "debug")
        told = "Told info: Version 999.0.0 of this program is available."
        place.wait_for_log(told)
        assert program.terminate() == 0
        kept = json.loads((data_dir / "settings.json").read_bytes())
        assert kept["told_version"] == "999.0.0"
        assert time.time() - kept["updates_asked_s"] < 120
        again = place.start("--log-level", "debug")
        time.sleep(FIRST_S + 5)
        assert again.terminate() == 0
    assert proxy.wished == [f"{HOST}:443"]
    assert place.log().count(told) == 1
    head = page.seen.decode().lower()
    for word in ("authorization", "cookie", __version__, place.service.token, "python", "linux"):
        assert word.lower() not in head


def test_who_did_not_allow_it_and_the_systems_packages_ask_nobody(
    place: Place, tmp_path: Path, data_dir: Path, display: Display
) -> None:
    proxy = HttpProxy(0, refuses=b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
    copy = tmp_path / "deb"
    for name in ("runcomfy_desktop", "resources"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "resources" / "channel").write_text("deb\n")
    with running(proxy):
        write_settings(data_dir, proxy, tmp_path / "none", allowed=False)
        program = place.start()
        debs_data = tmp_path / "deb-data"
        write_settings(debs_data, proxy, tmp_path / "none", allowed=True)
        place.service.lend_to(debs_data)
        words = ["-m", "runcomfy_desktop", "--demo", "--data-dir", str(debs_data)]
        with subprocess.Popen(
            [sys.executable, *words], cwd=copy, env={**os.environ, **display.environment}
        ) as deb:
            history = debs_data / "demo" / "history.sqlite"
            wait_until("its session has begun", history.exists)
            time.sleep(FIRST_S + 5)
            deb.terminate()
            assert deb.wait(60) == 0
        assert program.terminate() == 0
    assert proxy.wished == []
