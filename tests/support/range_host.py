"""A file at a host that gives parts of it, and breaks off where a test wants."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.raw_server import Line

_RANGE = re.compile(r"bytes=(\d+)-")


@dataclass
class RangeFile:
    """A part of a RawServer's script: `RawServer(RangeFile(data, breaks=[1000]))`.

    `breaks` says for each request, in turn, after how many bytes the line breaks; the requests
    after that get all they ask for. `lies` overwrites headers of a 206.
    """

    data: bytes
    validator: str = '"v1"'
    breaks: list[int] = field(default_factory=list)
    lies: dict[str, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    """Where each request wanted to begin."""
    sent_bytes: int = 0

    async def __call__(self, line: Line) -> None:
        wanted = _RANGE.fullmatch(line.head.headers.get("range", ""))
        start = int(wanted.group(1)) if wanted else 0
        self.asked.append(start)
        same = line.head.headers.get("if-range", self.validator) == self.validator
        is_part = wanted is not None and same
        body = self.data[start:] if is_part else self.data
        headers = {"Content-Length": str(len(body)), "ETag": self.validator}
        if is_part:
            last = len(self.data) - 1
            headers["Content-Range"] = f"bytes {start}-{last}/{len(self.data)}"
            headers |= self.lies
        first = "HTTP/1.1 206 Partial" if is_part else "HTTP/1.1 200 OK"
        head = "\r\n".join([first, *(f"{name}: {value}" for name, value in headers.items())])
        await line.send(head.encode() + b"\r\n\r\n")
        limit = self.breaks.pop(0) if self.breaks else len(body)
        self.sent_bytes += len(body[:limit])
        await line.send(body[:limit])
        if limit < len(body):
            # A good-bye in the middle, so that what was sent arrives.
            line.writer.write_eof()
            await line.reader.read()
