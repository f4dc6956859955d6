"""Host of a file with support for range requests; breaks the connection where a test wants."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.raw_server import RawConnection

_RANGE = re.compile(r"bytes=(\d+)-")


@dataclass
class RangeResponder:
    """Reply for the script of a RawServer: a file, complete or from an offset.

    Example: `RawServer(RangeResponder(data, cut_after_bytes=[1000]))`. `cut_after_bytes` gives for
    each request, in order, the number of bytes after which the connection breaks; later requests
    are complete. `wrong_headers` overwrites headers of a 206.
    """

    data: bytes
    validator: str = '"v1"'
    cut_after_bytes: list[int] = field(default_factory=list)
    wrong_headers: dict[str, str] = field(default_factory=dict)
    requested_starts: list[int] = field(default_factory=list)
    """Requested start offset of each request."""
    sent_bytes: int = 0

    async def __call__(self, connection: RawConnection) -> None:
        range_match = _RANGE.fullmatch(connection.head.headers.get("range", ""))
        start = int(range_match.group(1)) if range_match else 0
        self.requested_starts.append(start)
        same = connection.head.headers.get("if-range", self.validator) == self.validator
        is_part = range_match is not None and same
        body = self.data[start:] if is_part else self.data
        headers = {"Content-Length": str(len(body)), "ETag": self.validator}
        if is_part:
            last = len(self.data) - 1
            headers["Content-Range"] = f"bytes {start}-{last}/{len(self.data)}"
            headers |= self.wrong_headers
        first = "HTTP/1.1 206 Partial" if is_part else "HTTP/1.1 200 OK"
        header = "\r\n".join([first, *(f"{name}: {value}" for name, value in headers.items())])
        await connection.send(header.encode() + b"\r\n\r\n")
        limit = self.cut_after_bytes.pop(0) if self.cut_after_bytes else len(body)
        self.sent_bytes += len(body[:limit])
        await connection.send(body[:limit])
        if limit < len(body):
            # Ends the stream regularly in the middle of the file, so that the data sent before
            # arrives.
            connection.writer.write_eof()
            await connection.reader.read()
