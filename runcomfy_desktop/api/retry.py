"""Rules for repeating requests. A submit is never repeated."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.connection_errors import NoCertificates, ProxyConnectError, find_cause

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.response import ApiResponse

_log = logging.getLogger(__name__)
_PERMANENT_ERRORS = (
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
    NoCertificates,
)


@dataclass(frozen=True, slots=True)
class Retry:
    """Number of tries, and the pauses between them.

    Sleep, random numbers and clocks can be replaced in tests. `random_value` returns a number from
    0 to 1, for the length of the pauses. `wall_clock_s` returns the time of day, for dates in
    Retry-After; `clock_s` is monotonic.
    """

    tries: int = constants.GET_TRIES
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    random_value: Callable[[], float] = random.random
    wall_clock_s: Callable[[], float] = time.time
    clock_s: Callable[[], float] = time.monotonic


async def call_with_retry(call: Callable[[], Awaitable[ApiResponse]], retry: Retry) -> ApiResponse:
    """Repeats `call` until there is a usable response, or the tries or the time are used up.

    In the latter case the last response is returned, or the last error raised. The server's
    Retry-After takes precedence over the computed pause. A Retry-After above the maximum ends the
    tries at once: the caller decides whether to try again that late.
    """
    tries_made, started_s = 0, retry.clock_s()
    while True:
        tries_made += 1
        delay_s = constants.RETRY_BACKOFF.delay_s(tries_made, retry.random_value)
        try:
            response = await call()
        except httpx.RequestError as error:
            if is_permanent(error) or _is_last(retry, tries_made, started_s):
                raise
            reason = type(error).__name__
        else:
            if not _is_retryable(response) or _is_last(retry, tries_made, started_s):
                return response
            requested_s = retry_after_s(response, retry.wall_clock_s())
            if requested_s is not None and requested_s > constants.MAX_RETRY_AFTER_WAIT_S:
                return response
            if requested_s is not None:
                delay_s = requested_s
            elif response.status == 429:
                delay_s = max(constants.MIN_BUSY_RETRY_DELAY_S, delay_s)
            reason = f"HTTP {response.status}"
        _log.info("Asking again in %.1f s: %s", delay_s, reason)
        await retry.sleep(delay_s)


def retry_after_s(response: ApiResponse, now_s: float) -> float | None:
    """Returns the server's Retry-After in seconds from `now_s`, or None if absent or invalid.

    A pause of more than an hour counts as a minute: it is a mistake, or a date from a wrong clock.
    """
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        wait_s = (
            float(text) if text.isascii() and text[0].isdigit() else _seconds_until(text, now_s)
        )
    except (ValueError, TypeError, OverflowError):
        return None
    is_implausible = wait_s > constants.MAX_RETRY_AFTER_S
    return constants.FALLBACK_RETRY_AFTER_S if is_implausible else max(wait_s, 0.0)


def is_permanent(error: httpx.RequestError) -> bool:
    """Returns True if repeating the request would fail in the same way."""
    if isinstance(error, ProxyConnectError):
        return not error.is_transient
    return isinstance(error, _PERMANENT_ERRORS) or certificate_error(error) is not None


def certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Returns the certificate error that caused `error`, or None."""
    found = find_cause(error, ssl.SSLCertVerificationError)
    return found if isinstance(found, ssl.SSLCertVerificationError) else None


def _is_last(retry: Retry, tries_made: int, started_s: float) -> bool:
    return tries_made >= retry.tries or retry.clock_s() - started_s > constants.RETRY_WINDOW_S


def _is_retryable(response: ApiResponse) -> bool:
    broken_success = response.body_error is not None and response.is_success
    return broken_success or response.status in constants.RETRYABLE_STATUS


def _seconds_until(date: str, now_s: float) -> float:
    return parsedate_to_datetime(date).timestamp() - now_s
