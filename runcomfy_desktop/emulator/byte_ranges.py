"""A part of a file instead of all of it: Range, If-Range and ETag, so that downloads can resume."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

# One range only; what asks for several gets the whole file, as the standard allows.
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """What tells one version of a file from the next."""

    etag: str
    modified: str

    @staticmethod
    def from_data(data: bytes, modified_s: float) -> EntityVersion:
        etag = f'"{len(data):x}-{zlib.crc32(data):08x}"'
        return EntityVersion(etag, formatdate(modified_s, usegmt=True))

    def headers(self) -> dict[str, str]:
        return {"ETag": self.etag, "Last-Modified": self.modified, "Accept-Ranges": "bytes"}


def range_reply(reply: Reply, request_headers: Mapping[str, str], version: EntityVersion) -> Reply:
    """The answer to a GET of the whole file `reply`, whose headers are in lower case."""
    whole = replace(reply, headers={**reply.headers, **version.headers()})
    range_match = _RANGE.fullmatch(request_headers.get("range", "").replace(" ", ""))
    if range_match is None or request_headers.get("if-range", version.etag) not in (
        version.etag,
        version.modified,
    ):
        return whole
    size = len(reply.body)
    byte_range = _byte_range(range_match[1], range_match[2], size)
    if byte_range is None:
        return whole
    first, last = byte_range
    if first > last:
        headers = {**version.headers(), "Content-Range": f"bytes */{size}"}
        return Reply(416, b"", reply.content_type, headers)
    headers = {**whole.headers, "Content-Range": f"bytes {first}-{last}/{size}"}
    return replace(whole, status=206, body=reply.body[first : last + 1], headers=headers)


def _byte_range(first: str, last: str, size: int) -> tuple[int, int] | None:
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
