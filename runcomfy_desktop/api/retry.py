"""What may be repeated, and when. A submit never comes here."""

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
from runcomfy_desktop.api.line_faults import NoCertificates, ProxyFault, cause_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.answer import Answer

_log = logging.getLogger(__name__)
_HOPELESS = (
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
    NoCertificates,
)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how slowly; sleeping, chance and clocks are lent, so tests need not wait.

    `now_s` is the time of day, for dates in Retry-After; `clock_s` only ever goes forward.
    """

    tries: int = constants.GET_TRIES
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    now_s: Callable[[], float] = time.time
    clock_s: Callable[[], float] = time.monotonic

    def pause_s(self, tries_made: int) -> float:
        """Doubles with every try; half of it is chance, so that many clients do not march."""
        longest = min(
            constants.PAUSE_CEILING_S, constants.FIRST_PAUSE_S * float(2 ** (tries_made - 1))
        )
        return longest * (0.5 + 0.5 * self.jitter())


async def repeat(call: Callable[[], Awaitable[Answer]], retry: Retry) -> Answer:
    """Calls until an answer is worth having, or the tries or the patience are used up.

    The server's Retry-After wins over our own pause. One above the ceiling ends the tries at
    once: whoever asked decides whether to come back that late.
    """
    tries_made, begun_s = 0, retry.clock_s()
    while True:
        tries_made += 1
        pause_s: float | None
        try:
            answer = await call()
        except httpx.RequestError as error:
            if is_hopeless(error) or _is_last(retry, tries_made, begun_s):
                raise
            reason, pause_s = type(error).__name__, None
        else:
            if not _worth_repeating(answer) or _is_last(retry, tries_made, begun_s):
                return answer
            pause_s = retry_after_s(answer, retry.now_s())
            if pause_s is not None and pause_s > constants.RETRY_AFTER_CEILING_S:
                return answer
            reason = f"HTTP {answer.status}"
            if pause_s is None and answer.status == 429:
                pause_s = max(constants.BUSY_PAUSE_S, retry.pause_s(tries_made))
        if pause_s is None:
            pause_s = retry.pause_s(tries_made)
        _log.info("Asking again in %.1f s: %s", pause_s, reason)
        await retry.sleep(pause_s)


def retry_after_s(answer: Answer, now_s: float) -> float | None:
    """The server's Retry-After in seconds from `now_s`; None when there is none that can be read.

    More than an hour counts as a minute: it is a mistake, or a date by a clock that goes wrong.
    """
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        wait_s = float(text) if text.isascii() and text[0].isdigit() else _until(text, now_s)
    except (ValueError, TypeError, OverflowError):
        return None
    is_odd = wait_s > constants.RETRY_AFTER_MOST_S
    return constants.ODD_RETRY_AFTER_S if is_odd else max(wait_s, 0.0)


def is_hopeless(error: httpx.RequestError) -> bool:
    """Whether the same request can only fail the same way."""
    if isinstance(error, ProxyFault):
        return not error.is_passing
    return isinstance(error, _HOPELESS) or certificate_fault(error) is not None


def certificate_fault(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """The certificate error behind `error`, if that is what it is."""
    found = cause_of(error, ssl.SSLCertVerificationError)
    return found if isinstance(found, ssl.SSLCertVerificationError) else None


def _is_last(retry: Retry, tries_made: int, begun_s: float) -> bool:
    return tries_made >= retry.tries or retry.clock_s() - begun_s > constants.PATIENCE_S


def _worth_repeating(answer: Answer) -> bool:
    broken_success = answer.broken is not None and answer.is_success
    return broken_success or answer.status in constants.REPEATABLE_STATUS


def _until(date: str, now_s: float) -> float:
    return parsedate_to_datetime(date).timestamp() - now_s
