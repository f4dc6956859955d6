"""HTTP messages: JSON values, a request, a reply, and an error that is sent as a response.

They are independent of sockets, so that the same routes work in process and over HTTP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qs

from runcomfy_desktop.emulator.faults import NO_FAULTS, CallFaults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runcomfy_desktop.emulator.held_calls import HeldCall

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

_FILLER_BYTES = 1024 * 1024

UNAUTHORIZED = 401001
FORBIDDEN = 403003
NOT_FOUND = 404001
VALIDATION = 422001
INTERNAL = 500001
INSUFFICIENT_FUNDS = 10001
DISABLED = 10002
DELETED = 10003
BACKEND_NOT_FOUND = 11007
REQUEST_NOT_FOUND = 11012


@dataclass(frozen=True, slots=True)
class Request:
    """Received call; header names are in lower case, `query` keeps repeated keys.

    `faults` are the faults that may strike the call.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    faults: CallFaults = NO_FAULTS

    @staticmethod
    def from_target(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """Returns the request for a request target, such as `/prod/v2/deployments?ids=a&ids=b`."""
        path, _mark, query = target.partition("?")
        lowered = {name.lower(): value for name, value in headers.items()}
        return Request(method.upper(), path, parse_qs(query, True), lowered, body)


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """Body that is never completely in memory; `is_sized` is True if its size is declared."""

    head: bytes
    filler_bytes: int
    tail: bytes
    is_sized: bool

    @property
    def size_bytes(self) -> int:
        return len(self.head) + self.filler_bytes + len(self.tail)

    def chunks(self) -> Iterator[bytes]:
        yield self.head
        filler = b"x" * _FILLER_BYTES
        for start in range(0, self.filler_bytes, _FILLER_BYTES):
            yield filler[: self.filler_bytes - start]
        yield self.tail


@dataclass(frozen=True, slots=True)
class Reply:
    """Response to a call.

    If `is_dropped`, the connection is closed without the response. `delay_s` delays the response,
    `max_sent_bytes` cuts it. `trickle_s` is the time over which it is sent in small pieces; with
    `byte_interval_s` it is sent byte by byte at that interval.

    `stream` replaces a `body` that is too large for memory. `extra_length_bytes` is added to the
    real length in Content-Length.

    Before byte number `held_at_byte` is sent, the server waits for the release of `held_call`; 0
    means before the header. `continuation` returns the real response to a call that was held before
    it was handled.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_dropped: bool = False
    max_sent_bytes: int | None = None
    trickle_s: float = 0.0
    byte_interval_s: float = 0.0
    stream: StreamedBody | None = None
    extra_length_bytes: int = 0
    held_call: HeldCall | None = None
    held_at_byte: int = 0
    continuation: Callable[[], Reply] | None = None

    @property
    def size_bytes(self) -> int | None:
        """Declared size; None if none is declared."""
        if self.stream is None:
            return max(0, len(self.body) + self.extra_length_bytes)
        return self.stream.size_bytes if self.stream.is_sized else None


class ApiError(Exception):
    """Raised to end a route with an error response in the API's format."""

    def __init__(
        self, status: int, code: int, message: str, detail: list[JsonObject] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail

    def reply(self) -> Reply:
        content: JsonObject = {"error_code": self.code, "error_message": self.message}
        if self.detail is not None:
            content["detail"] = list(self.detail)
        return json_reply(content, self.status)


def json_reply(content: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate, which JSON may contain, cannot be encoded in UTF-8: it stays an escape
    # sequence.
    return Reply(status, text.encode("utf-8", "backslashreplace"), headers=headers or {})


def not_found_error(what: str) -> ApiError:
    return ApiError(404, NOT_FOUND, f"{what} not found")


def validation_error(*detail: JsonObject) -> ApiError:
    return ApiError(422, VALIDATION, "Validation error", list(detail))


def error_detail(loc: list[str], message: str, kind: str) -> JsonObject:
    """Returns one entry of `detail`: location, message and kind of mistake."""
    return {"loc": list[Json](loc), "msg": message, "type": kind}
