"""Emulator with modified responses, for content that a correct service would never send.

    def tamper(request: Request, reply: Reply) -> Reply: ...

    with TamperedEmulator(backend, tamper) as emulator: ...

`tamper` gets each call to the API with its original response and returns the response to send.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from runcomfy_desktop.emulator.http_messages import Reply, Request
from runcomfy_desktop.emulator.routes import ApiServer
from tests.support.emulators import LoopbackEmulator

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedBackend

Tamper: TypeAlias = Callable[[Request, Reply], Reply]


class TamperedEmulator(LoopbackEmulator):
    """Emulator behind a port that modifies its responses; use as a context manager."""

    def __init__(self, backend: EmulatedBackend, tamper: Tamper) -> None:
        super().__init__(backend)
        self._tampering_server = _TamperingServer(backend, tamper, self.control_token)
        self._thread = threading.Thread(target=self._tampering_server.serve_forever, daemon=True)
        # Addresses in responses lead to this port as well.
        self.base_url = backend.base_url = self._tampering_server.url

    def __enter__(self) -> Self:
        self._thread.start()
        return super().__enter__()

    def __exit__(self, *exception: Any) -> None:
        self._tampering_server.shutdown()
        self._tampering_server.server_close()
        self._thread.join()
        super().__exit__(*exception)


class _TamperingServer(ThreadingHTTPServer):
    """Server that replaces the emulator's own port for the API."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, backend: EmulatedBackend, tamper: Tamper, control_token: str) -> None:
        super().__init__(("127.0.0.1", 0), _TamperingHandler)
        self._api = ApiServer(backend, control_token)
        self._tamper = tamper

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        return self._tamper(request, self._api.handle(request))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that disconnect."""


class _TamperingHandler(BaseHTTPRequestHandler):
    """Handler of one connection."""

    protocol_version = "HTTP/1.1"
    server: _TamperingServer

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = dict(self.headers.items())
        reply = self.server.answer(Request.from_target(self.command, self.path, headers, body))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PATCH = do_DELETE = _do  # noqa: N815

    def log_message(self, *_parts: Any) -> None:
        """Does nothing: the emulator's journal has the call."""
