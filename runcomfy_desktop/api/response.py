"""A response as received: status, headers and a body of limited size, complete or truncated."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import httpx

from runcomfy_desktop.api import constants
from runcomfy_desktop.domain.base.chunked_json import (
    MAX_DIGITS,
    TooDeep,
    TooLong,
    TooMany,
    read_json,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from runcomfy_desktop.domain.base.json_value import Json


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """Response of the service.

    `body_error`: the reason why the body ended too early. `is_too_large`: the body was not read to
    the end. `secret` is the token that was sent, `extra_secrets` are other sent values that must
    not be shown; both are redacted from the service's messages.
    """

    status: int
    headers: httpx.Headers
    body: bytes | bytearray = b""
    body_error: httpx.RequestError | None = None
    is_too_large: bool = False
    secret: str = field(default="", repr=False)
    extra_secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All values in this response that must not be shown."""
        return (*self.extra_secrets, self.secret)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class UnreadableBody(ValueError):  # noqa: N818 - named after the body
    """Raised if a body is not JSON, or if its structure exceeds the limits."""


class BodyTooComplex(UnreadableBody):
    """Raised if a body has more values or levels than are accepted.

    A new attempt would not help.
    """


async def read_response(
    response: httpx.Response, cap_bytes: int, secret: str = "", *, timeout_s: float | None = None
) -> ApiResponse:
    """Reads the body, at most `cap_bytes` of it and for at most `timeout_s`.

    A broken connection or a time-out is stored in the response and not raised: the part already
    received may contain everything that matters.
    """
    body = bytearray()
    body_error: httpx.RequestError | None = None
    too_large = False
    try:
        async with asyncio.timeout(timeout_s), aclosing(iter_chunks(response)) as chunks:
            async for chunk in chunks:
                if len(body) + len(chunk) > cap_bytes:
                    too_large = True
                    break
                body += chunk
    except httpx.RequestError as error:
        body_error = error
    except TimeoutError:
        body_error = httpx.ReadTimeout(f"no end after {timeout_s} s")
    # A large body is not copied: copying 30 MB would take as long as painting a frame.
    data = body if len(body) > constants.MIN_THREAD_PARSE_BYTES else bytes(body)
    return ApiResponse(response.status_code, response.headers, data, body_error, too_large, secret)


def iter_chunks(response: httpx.Response, size: int | None = None) -> AsyncGenerator[bytes, None]:
    """Iterates over the decoded body in pieces; must be closed if not read to the end.

    Without a content encoding, the raw bytes are the body and httpx need not process them.
    """
    is_encoded = "content-encoding" in response.headers
    chunks = response.aiter_bytes(size) if is_encoded else response.aiter_raw(size)
    # They are generators; httpx declares a more general type.
    return cast("AsyncGenerator[bytes, None]", chunks)


async def parse_json(body: bytes | bytearray) -> Json:
    """Parses the body as JSON; None if it is empty. Raises UnreadableBody.

    Large bodies are parsed on a worker thread, so that the window stays responsive.
    """
    if len(body) > constants.MIN_THREAD_PARSE_BYTES:
        return await asyncio.to_thread(_parse, body)
    return _parse(body)


def _parse(body: bytes | bytearray) -> Json:
    if not body.strip():
        return None
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        return read_json(
            text, max_depth=constants.MAX_JSON_DEPTH, max_values=constants.MAX_JSON_VALUES
        )
    except TooDeep:
        raise BodyTooComplex("nested too deeply") from None
    except TooMany:
        raise BodyTooComplex(f"more than {constants.MAX_JSON_VALUES} values") from None
    except TooLong:
        raise BodyTooComplex(f"a number of more than {MAX_DIGITS} digits") from None
    except ValueError as error:
        raise UnreadableBody(str(error)) from None
