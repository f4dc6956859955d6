"""A web server on loopback that receives posted requests, like the owner of a webhook.

    with WebhookReceiver(500, 200) as receiver:
        ...
    assert [each["status"] for each in receiver.bodies()] == [...]

Each call gets the next status code of the script, and all further calls get the last one.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class PostedRequest:
    """A received call; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class WebhookReceiver:
    """Receives webhooks; use as a context manager.

    While `release_event` is not set, responses wait, for at most 30 s.
    """

    def __init__(self, *statuses: int, content: bytes = b"") -> None:
        self.requests: list[PostedRequest] = []
        self.release_event = threading.Event()
        self.release_event.set()
        script = [*statuses] or [200]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append(PostedRequest(self.command, self.path, headers, body))
                outer.release_event.wait(30)
                self.send_response(script.pop(0) if len(script) > 1 else script[0])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_parts: Any) -> None:
                """Does nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def bodies(self) -> list[Any]:
        """Returns the bodies received so far, parsed as JSON, oldest first."""
        return [json.loads(each.body) for each in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release_event.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
