"""A part of a file instead of all of it: Range, If-Range and ETag, so that downloads can resume."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

# One range only; what asks for several gets the whole file, as the standard allows.
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells one version of a file from the next."""

    etag: str
    modified: str

    @staticmethod
    def of(data: bytes, modified_s: float) -> Mark:
        etag = f'"{len(data):x}-{zlib.crc32(data):08x}"'
        return Mark(etag, formatdate(modified_s, usegmt=True))

    def headers(self) -> dict[str, str]:
        return {"ETag": self.etag, "Last-Modified": self.modified, "Accept-Ranges": "bytes"}


def ranged(reply: Reply, asked: Mapping[str, str], mark: Mark) -> Reply:
    """The answer to a GET of the whole file `reply`, whose headers are in lower case."""
    whole = replace(reply, headers={**reply.headers, **mark.headers()})
    found = _RANGE.fullmatch(asked.get("range", "").replace(" ", ""))
    if found is None or asked.get("if-range", mark.etag) not in (mark.etag, mark.modified):
        return whole
    size = len(reply.body)
    span = _span(found[1], found[2], size)
    if span is None:
        return whole
    first, last = span
    if first > last:
        headers = {**mark.headers(), "Content-Range": f"bytes */{size}"}
        return Reply(416, b"", reply.content_type, headers)
    headers = {**whole.headers, "Content-Range": f"bytes {first}-{last}/{size}"}
    return replace(whole, status=206, body=reply.body[first : last + 1], headers=headers)


def _span(first: str, last: str, size: int) -> tuple[int, int] | None:
    """First and last byte; the first beyond the last where there are none, None where it makes no
    sense at all."""
    if not first:
        if not last:
            return None
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    if last and int(last) < int(first):
        return None
    end = min(int(last), size - 1) if last else size - 1
    return int(first), end
