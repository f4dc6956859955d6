"""A company's network: a proxy with a password and with the company's own certificate.

The servers, the keyring and the program are real. The service is behind the proxy, under a name
that only the proxy knows.
"""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from runcomfy_desktop.core.network.network import proxy_keyring_name
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode
from tests.e2e.data_folder import ProgramFolder
from tests.e2e.test_api_key import arguments_and_environment, family, files_with
from tests.support.certificate_authority import CertificateAuthority
from tests.support.process_wait import wait_until
from tests.support.proxy_servers import HttpProxy, ProxyServer, SocksServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.program import ProgramProcesses
    from tests.support.secret_service import DesktopSession

HOST = "api.runcomfy.invalid"
KEY = "8c1e4f07-52d9-4ab3-9e60-d47b21f5a39c"
PASSWORD = "the-word-for-the-proxy"
DEBUG = ("--log-level", "debug")


class TlsFront(ProxyServer):
    """Terminates TLS in front of the service, like a company's gateway.

    It replaces the host name in the requests by the service's own.
    """

    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            await asyncio.gather(
                self._forward_heads(reader, far_writer), self._pump(far_reader, writer)
            )
        finally:
            far_writer.close()

    async def _forward_heads(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Forwards only heads: the program only reads here, so its requests have no bodies."""
        outside, inside = f"Host: {HOST}\r\n", f"Host: 127.0.0.1:{self.target_port}\r\n"
        with suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(head.replace(outside.encode(), inside.encode()))
        writer.close()


@contextmanager
def running(*servers: ProxyServer) -> Iterator[None]:
    """Runs servers on a separate thread, because these tests block while they wait for processes.

    Each server forwards to the server before it.
    """
    ready, loop = threading.Event(), asyncio.new_event_loop()
    end = asyncio.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            for before, server in zip((None, *servers), servers, strict=False):
                if before is not None:
                    server.target_port = before.port
                await stack.enter_async_context(server)
            ready.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(20)
        loop.close()


@pytest.fixture
def program_folder(programs: ProgramProcesses, display: Display, data_dir: Path) -> ProgramFolder:
    return ProgramFolder(programs, display, data_dir, is_demo=False)


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
def test_the_program_works_behind_a_proxy_and_gives_nothing_away(
    kind: type[HttpProxy | SocksServer],
    program_folder: ProgramFolder,
    programs: ProgramProcesses,
    desktop: DesktopSession,
    tmp_path: Path,
    data_dir: Path,
) -> None:
    authority = CertificateAuthority()
    program_folder.start_service("--token", KEY)
    front = TlsFront(
        urlsplit(program_folder.base_url).port or 0, tls=authority.server(tmp_path, HOST)
    )
    proxy = kind(0, user="anna", password=PASSWORD)
    with running(front, proxy):
        choice = NetworkSettings(ProxyMode.OWN, proxy.address, "anna")
        desktop.ask_credentials(f"https://{HOST}", f"set={KEY}")
        desktop.ask_credentials(proxy_keyring_name(choice), f"set={PASSWORD}")
        write_settings(data_dir, choice, authority.write_pem(tmp_path))
        program = programs.start(*DEBUG, data_dir=data_dir)
        program_folder.wait_for_log("Account is signed_in")
        wait_until("the deployments are listed", lambda: "list" in program_folder.calls())
        assert files_with(PASSWORD, [tmp_path, desktop.home]) == []
        assert PASSWORD not in "".join(map(arguments_and_environment, family(program.pid)))
        assert program.terminate() == 0
    assert set(proxy.requested_hosts) == {f"{HOST}:443"}
    assert KEY.encode() not in proxy.received_bytes
    assert program.stderr == ""


def write_settings(data_dir: Path, choice: NetworkSettings, ca_file: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.json").write_text(
        json.dumps(
            {
                "base_url": f"https://{HOST}",
                "proxy_mode": choice.proxy_mode.value,
                "proxy_address": choice.proxy_address,
                "proxy_user": choice.proxy_user,
                "ca_file": str(ca_file),
            }
        )
    )
