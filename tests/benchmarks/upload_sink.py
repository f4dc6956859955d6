"""Server that discards request bodies as fast as they arrive: the target of the uploads."""

from __future__ import annotations

import json
import re
import socket
import sys

_ANSWER = json.dumps({"request_id": "benchmark"}).encode()
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


def main() -> None:
    """Serves one connection after another until the process is killed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(json.dumps({"base_url": f"http://127.0.0.1:{listening.getsockname()[1]}"}))
        sys.stdout.flush()
        while True:
            connection, _address = listening.accept()
            with connection:
                _serve(connection)


def _serve(connection: socket.socket) -> None:
    buffer = memoryview(bytearray(1024 * 1024))
    header = b""
    while b"\r\n\r\n" not in header:
        got = connection.recv(65536)
        if not got:
            return
        header += got
    text, _, body = header.partition(b"\r\n\r\n")
    found = _LENGTH.search(text)
    remaining = (int(found[1]) if found else 0) - len(body)
    while remaining > 0:
        count = connection.recv_into(buffer)
        if not count:
            return
        remaining -= count
    header = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    connection.sendall(header + b"Content-Length: %d\r\n\r\n" % len(_ANSWER) + _ANSWER)


if __name__ == "__main__":
    main()
