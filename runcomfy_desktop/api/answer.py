"""An answer as it came: status, headers and a bounded body, whole or broken off."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import httpx

from runcomfy_desktop.api import constants

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from runcomfy_desktop.domain.json_value import Json

_BLANKS = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `broken` says why the body ended too early, `too_large` that it was not
    read to its end. `secret` is the token that was sent, `more_secrets` what else went out and
    must not be shown: both are blotted out of the service's words."""

    status: int
    headers: httpx.Headers
    body: bytes = b""
    broken: httpx.RequestError | None = None
    too_large: bool = False
    secret: str = field(default="", repr=False)
    more_secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Unreadable(ValueError):  # noqa: N818 - it says what the body is
    """A body that is not JSON, or not JSON of a sane shape."""


async def read_answer(response: httpx.Response, cap_bytes: int, secret: str = "") -> Answer:
    """Reads the body, at most `cap_bytes` of it; a line that breaks is part of the answer."""
    body = bytearray()
    broken: httpx.RequestError | None = None
    too_large = False
    try:
        async with aclosing(pieces_of(response)) as pieces:
            async for piece in pieces:
                if len(body) + len(piece) > cap_bytes:
                    too_large = True
                    break
                body += piece
    except httpx.RequestError as error:
        broken = error
    return Answer(response.status_code, response.headers, bytes(body), broken, too_large, secret)


def pieces_of(response: httpx.Response, size: int | None = None) -> AsyncGenerator[bytes, None]:
    """The body unpacked, in pieces; to be closed by whoever stops reading in the middle.

    Where nothing is packed, the raw bytes are the body, and httpx need not look at them.
    """
    packed = "content-encoding" in response.headers
    pieces = response.aiter_bytes(size) if packed else response.aiter_raw(size)
    # They are generators; httpx's types say less.
    return cast("AsyncGenerator[bytes, None]", pieces)


async def parse_json(body: bytes) -> Json:
    """The body as JSON, None when it is empty. Raises Unreadable.

    Large bodies are parsed on a thread, so that the window goes on moving meanwhile.
    """
    if len(body) > constants.THREAD_PARSE_BYTES:
        return await asyncio.to_thread(_parse, body)
    return _parse(body)


def _parse(body: bytes) -> Json:
    if not body.strip():
        return None
    try:
        value = _loads(body)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError as error:
        raise Unreadable(str(error)) from None
    if not _is_shallow(value):
        raise Unreadable("nested too deeply")
    return value


def _loads(body: bytes) -> Json:
    """`json.loads`; a large object one member at a time.

    json holds the interpreter for as long as it parses, on whatever thread: an object_info of
    some megabytes in one go would stop the window for a tenth of a second.
    """
    if len(body) <= constants.THREAD_PARSE_BYTES:
        small: Json = json.loads(body)
        return small
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    at = _skip(text, 0)
    if text.startswith("{", at) and not text.startswith("}", _skip(text, at + 1)):
        return _loads_members(text, at + 1)
    other: Json = json.loads(text)
    return other


def _loads_members(text: str, at: int) -> Json:
    decode = json.JSONDecoder().raw_decode
    members: dict[str, Json] = {}
    sign = ","
    while sign == ",":
        name, at = decode(text, _skip(text, at))
        at = _skip(text, at)
        if not isinstance(name, str) or text[at : at + 1] != ":":
            raise Unreadable(f"a name and a colon were expected at {at}")
        members[name], at = decode(text, _skip(text, at + 1))
        at = _skip(text, at)
        sign, at = text[at : at + 1], at + 1
    if sign != "}" or _skip(text, at) != len(text):
        raise Unreadable(f"the object does not end well at {at}")
    return members


def _skip(text: str, at: int) -> int:
    """The next place that is no blank."""
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks is not None else at


def _is_shallow(value: Json) -> bool:
    """Whether every walk over the value, here or elsewhere, may recurse without fear."""
    level: list[Json] = [value]
    for _depth in range(constants.MAX_JSON_DEPTH):
        level = [
            inner
            for outer in level
            for inner in _items(outer)
            if isinstance(inner, dict | list) and inner
        ]
        if not level:
            return True
    return False


def _items(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
