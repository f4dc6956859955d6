"""HTTP servers of the emulator: the API and its storage, on two loopback ports.

The storage needs no token.
"""

from __future__ import annotations

import re
import socket
import socketserver
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.emulator.http_messages import INTERNAL, ApiError, Reply, Request, json_reply
from runcomfy_desktop.emulator.loopback import hosts_of
from runcomfy_desktop.emulator.routes import ApiServer
from runcomfy_desktop.emulator.storage import StorageServer
from runcomfy_desktop.emulator.webhooks import WebhookSender

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.backend import EmulatedBackend

_HOST = "127.0.0.1"
_MAX_BODY_BYTES = 64 * 1024 * 1024
_MAX_DISCARDED_BYTES = 4 * _MAX_BODY_BYTES
_CHUNK_BYTES = 256 * 1024
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}")
_IDLE_TIMEOUT_S = 75
_TRICKLE_CHUNKS = 20


class _LoopbackServer(socketserver.ThreadingTCPServer):
    """Server for one port. Its threads never keep the process alive."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"
    # With the default of 5, twenty parallel calls would wait a second.
    request_queue_size = 128

    def __init__(
        self, port: int, answer: Callable[[Request], Reply], stopping: threading.Event
    ) -> None:
        super().__init__((_HOST, port), _Handler)
        self.answer = answer
        self.stopping = stopping
        self.hosts = hosts_of(self.server_address[1])
        self.last_request_s = time.monotonic()

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.server_address[1]}"

    def stop(self) -> None:
        """Ends `serve_forever` at once, by waking it up with a last connection."""
        shutdown_thread = threading.Thread(target=self.shutdown)
        shutdown_thread.start()
        with socket.create_connection((_HOST, self.server_address[1])):
            shutdown_thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client may close its connection at any time; that is not an error of the server.
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _MalformedRequestError(Exception):
    """Raised if a body cannot be read: bad Content-Length, bad chunk, or too large.

    The connection is closed after the response.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    """Reads requests from a connection in sequence and writes the responses."""

    protocol_version = "HTTP/1.1"
    server_version = "RunComfyEmulator"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = _IDLE_TIMEOUT_S
    server: _LoopbackServer

    def parse_request(self) -> bool:
        """Reads a request's header, and refuses a request addressed to another host."""
        if not super().parse_request():
            return False
        hosts = self.headers.get_all("Host", [])
        if len(hosts) == 1 and hosts[0].lower() in self.server.hosts:
            return True
        self.close_connection = True
        message = "The stand-in is served as 127.0.0.1 or localhost, with its port"
        self._send(json_reply({"error_message": message}, 421))
        return False

    def _do(self) -> None:
        self.server.last_request_s = time.monotonic()
        try:
            body = self._read_body()
        except _MalformedRequestError as error:
            self.close_connection = True
            self._send(json_reply({"error_message": str(error)}, error.status))
            return
        headers = dict(self.headers.items())
        request = Request.from_target(self.command, self.path, headers, body)
        reply = self._call_safely(lambda: self.server.answer(request))
        if reply.continuation is not None:
            _wait_until_released(reply)
            reply = self._call_safely(reply.continuation)
        if not reply.held_at_byte:
            _wait_until_released(reply)
        if reply.delay_s:
            self.server.stopping.wait(reply.delay_s)
        if reply.is_dropped:
            self.close_connection = True
            return
        self._send(reply)

    def _call_safely(self, answer: Callable[[], Reply]) -> Reply:
        try:
            return answer()
        except Exception:  # error of the emulator: logged in full here, sent as the API would
            traceback.print_exc()
            return ApiError(500, INTERNAL, "Internal error").reply()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _do  # noqa: N815

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        size_bytes = reply.size_bytes
        if size_bytes is not None:
            self.send_header("Content-Length", str(size_bytes))
        elif self.command != "HEAD":
            self.close_connection = True
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.max_sent_bytes is not None or reply.extra_length_bytes:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(reply)

    def _send_body(self, reply: Reply) -> None:
        if reply.stream is not None:
            for chunk in reply.stream.chunks():
                self.wfile.write(chunk)
            return
        body = reply.body[: reply.max_sent_bytes]
        if reply.held_at_byte:
            self._write(body[: reply.held_at_byte], reply)
            self.wfile.flush()
            _wait_until_released(reply)
        self._write(body[reply.held_at_byte :], reply)

    def _write(self, body: bytes, reply: Reply) -> None:
        if not reply.trickle_s and not reply.byte_interval_s:
            self.wfile.write(body)
            return
        size = 1 if reply.byte_interval_s else max(1, -(-len(body) // _TRICKLE_CHUNKS))
        pause_s = reply.byte_interval_s or reply.trickle_s / _TRICKLE_CHUNKS
        for start in range(0, len(body), size):
            if self.server.stopping.wait(pause_s):
                return
            self.wfile.write(body[start : start + size])

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        text = self.headers.get("Content-Length", "0")
        if not text.isdecimal():
            raise _MalformedRequestError(400, "Bad Content-Length")
        return self._read_exactly(int(text))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            size_text = self.rfile.readline(100).split(b";")[0].strip()
            if not _CHUNK_SIZE.fullmatch(size_text):
                raise _MalformedRequestError(400, "Bad chunk")
            size = int(size_text, 16)
            if size == 0:
                while self.rfile.readline(1000).strip():
                    pass
                return bytes(body)
            if len(body) + size > _MAX_BODY_BYTES:
                raise _MalformedRequestError(413, "Request body too large")
            body += self._read_exactly(size)
            self.rfile.readline(10)

    def _read_exactly(self, size: int) -> bytes:
        if size > _MAX_BODY_BYTES:
            self._discard(min(size, _MAX_DISCARDED_BYTES))
            raise _MalformedRequestError(413, "Request body too large")
        body = bytearray()
        while len(body) < size:
            chunk = self.rfile.read(min(_CHUNK_BYTES, size - len(body)))
            if not chunk:
                raise ConnectionResetError("the client went away in the middle of its body")
            body += chunk
        return bytes(body)

    def _discard(self, size: int) -> None:
        """Discards data, because a client that is still sending would miss the response."""
        while size > 0 and (chunk := self.rfile.read(min(_CHUNK_BYTES, size))):
            size -= len(chunk)

    def log_message(self, *_parts: Any) -> None:
        """Logs nothing: the journal records every call, and stderr is for errors."""


def _wait_until_released(reply: Reply) -> None:
    if reply.held_call is not None:
        reply.held_call.wait()


class EmulatorServer:
    """Serves the API and its storage on two ports, with threads, until `close`.

    Control paths exist only with a control token.
    """

    def __init__(self, backend: EmulatedBackend, port: int = 0, *, control_token: str = "") -> None:
        self.stopping = threading.Event()
        self._api = _LoopbackServer(port, ApiServer(backend, control_token).handle, self.stopping)
        self._storage = _LoopbackServer(0, StorageServer(backend).handle, self.stopping)
        backend.base_url, backend.storage_url = self._api.url, self._storage.url
        self.backend = backend
        self._webhook_sender = WebhookSender(backend.outbox, self.stopping)
        self._threads = [
            threading.Thread(target=each.serve_forever, daemon=True)
            for each in (self._api, self._storage)
        ]

    @property
    def base_url(self) -> str:
        return self._api.url

    @property
    def storage_url(self) -> str:
        return self._storage.url

    def idle_s(self) -> float:
        """Returns the seconds since the last request on either port."""
        latest = max(self._api.last_request_s, self._storage.last_request_s)
        return time.monotonic() - latest

    def start(self) -> None:
        for thread in self._threads:
            thread.start()
        self._webhook_sender.start()

    def close(self) -> None:
        self.stopping.set()
        self.backend.held_calls.close()
        self._webhook_sender.close()
        for server, thread in zip((self._api, self._storage), self._threads, strict=True):
            server.stop()
            thread.join()
