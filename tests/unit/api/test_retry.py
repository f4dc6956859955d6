from __future__ import annotations

import ssl
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason
from runcomfy_desktop.api.response import ApiResponse
from runcomfy_desktop.api.retry import call_with_retry, certificate_error, retry_after_s
from tests.support.clients import NOW_S, RecordedSleeps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def answer(status: int, **headers: str) -> ApiResponse:
    return ApiResponse(status, httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()}))


def script(
    *parts: ApiResponse | Exception,
) -> tuple[Callable[[], Awaitable[ApiResponse]], list[int]]:
    """Returns a call that returns or raises the parts in sequence, and a list of the calls made."""
    left, uses = list(parts), []

    async def call() -> ApiResponse:
        uses.append(1)
        part = left.pop(0)
        if isinstance(part, Exception):
            raise part
        return part

    return call, uses


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_fault_is_asked_again(status: int) -> None:
    sleeps = RecordedSleeps()
    call, uses = script(answer(status), answer(status), answer(200))
    assert (await call_with_retry(call, sleeps.retry())).status == 200
    assert len(uses) == 3
    assert sleeps.durations_s == ([2.0, 2.0] if status == 429 else [0.5, 1.0])


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 402, 403, 404, 422, 501])
async def test_a_clear_answer_is_not_asked_again(status: int) -> None:
    call, uses = script(answer(status))
    assert (await call_with_retry(call, RecordedSleeps().retry())).status == status
    assert len(uses) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("gone"),
    ],
)
async def test_a_broken_connection_is_tried_again_to_the_end(error: httpx.RequestError) -> None:
    sleeps = RecordedSleeps()
    call, uses = script(error, error, error, error)
    with pytest.raises(type(error)):
        await call_with_retry(call, sleeps.retry())
    assert len(uses) == 4
    assert sleeps.durations_s == [0.5, 1.0, 2.0]


async def test_a_success_that_broke_off_is_asked_again() -> None:
    cut = ApiResponse(200, httpx.Headers(), b"{", httpx.RemoteProtocolError("cut"))
    call, uses = script(cut, answer(200))
    assert (await call_with_retry(call, RecordedSleeps().retry())).body_error is None
    assert len(uses) == 2


async def test_the_last_answer_is_handed_on() -> None:
    call, uses = script(*[answer(503)] * 4)
    assert (await call_with_retry(call, RecordedSleeps().retry())).status == 503
    assert len(uses) == 4


async def test_patience_ends_before_the_tries_when_each_takes_long() -> None:
    seconds = iter([0.0, 30.0, 60.0])
    retry = replace(RecordedSleeps().retry(), clock_s=lambda: next(seconds))
    slow = httpx.ReadTimeout("slow")
    call, uses = script(slow, slow)
    with pytest.raises(httpx.ReadTimeout):
        await call_with_retry(call, retry)
    assert len(uses) == 2


async def test_hopeless_errors_are_not_repeated() -> None:
    broken = httpx.ConnectError("tls")
    broken.__cause__ = ssl.SSLCertVerificationError("not known")
    call, uses = script(broken)
    with pytest.raises(httpx.ConnectError):
        await call_with_retry(call, RecordedSleeps().retry())
    assert len(uses) == 1
    assert certificate_error(httpx.ConnectError("refused")) is None


@pytest.mark.parametrize(
    ("why", "uses"),
    [
        (ProxyErrorReason.UNREACHABLE, 4),
        (ProxyErrorReason.HOST_UNREACHABLE, 4),
        (ProxyErrorReason.WRONG_PASSWORD, 1),
        (ProxyErrorReason.FORBIDDEN, 1),
        (ProxyErrorReason.UNSUPPORTED, 1),
    ],
)
async def test_a_proxy_is_asked_again_where_that_can_help(why: ProxyErrorReason, uses: int) -> None:
    call, used = script(*[ProxyConnectError(why, "proxy:1")] * uses)
    with pytest.raises(ProxyConnectError):
        await call_with_retry(call, RecordedSleeps().retry())
    assert len(used) == uses


async def test_retry_after_wins_over_our_own_pause() -> None:
    sleeps = RecordedSleeps()
    call, _uses = script(answer(429, retry_after="7"), answer(503, retry_after="0"), answer(200))
    await call_with_retry(call, sleeps.retry())
    assert sleeps.durations_s == [7.0, 0.0]


async def test_a_late_retry_after_ends_the_tries() -> None:
    sleeps = RecordedSleeps()
    call, uses = script(answer(429, retry_after="31"))
    assert (await call_with_retry(call, sleeps.retry())).status == 429
    assert len(uses) == 1
    assert sleeps.durations_s == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        ("1.5", 1.5),
        (formatdate(NOW_S + 90, usegmt=True), 90.0),
        (formatdate(NOW_S - 90, usegmt=True), 0.0),
        ("3600", 3600.0),
        ("3601", constants.FALLBACK_RETRY_AFTER_S),
        ("99999999999999999999", constants.FALLBACK_RETRY_AFTER_S),
        (formatdate(NOW_S + 86_400, usegmt=True), constants.FALLBACK_RETRY_AFTER_S),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1e999", constants.FALLBACK_RETRY_AFTER_S),
        ("٣", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str, expected: float | None) -> None:
    headers = httpx.Headers([(b"Retry-After", text.encode())])
    assert retry_after_s(ApiResponse(429, headers), NOW_S) == expected


def test_pauses_grow_have_chance_in_them_and_a_ceiling() -> None:
    delay_s = constants.RETRY_BACKOFF.delay_s
    assert [delay_s(tries, lambda: 1.0) for tries in (1, 2, 3, 50)] == [0.5, 1.0, 2.0, 20.0]
    assert [delay_s(tries, lambda: 0.0) for tries in (1, 2, 3, 50)] == [0.25, 0.5, 1.0, 10.0]
