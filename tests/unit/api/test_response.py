from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.response import UnreadableBody, parse_json, read_response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def test_an_empty_body_is_null() -> None:
    assert await parse_json(b"") is None
    assert await parse_json(b" \r\n") is None


async def test_json_with_a_mark_in_front_is_read() -> None:
    assert await parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


async def test_a_large_body_is_read_as_a_small_one() -> None:
    value = {"text": "x" * constants.MIN_THREAD_PARSE_BYTES}
    assert await parse_json(json.dumps(value).encode()) == value


LONG = "x" * constants.MIN_THREAD_PARSE_BYTES


@pytest.mark.parametrize(
    "value",
    [
        {"a": LONG, "b": [1, {"c": None}], "ü": {"\U0001f600": True}},
        {"": {}, "a": LONG},
        [LONG, 1],
        LONG,
        {LONG: 1},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_large_bodies_are_read_in_steps(value: object, indent: int, encoding: str) -> None:
    body = f" {json.dumps(value, ensure_ascii=False, indent=indent)}\r\n".encode(encoding)
    assert await parse_json(body) == value


@pytest.mark.parametrize(
    "text",
    [
        f'{{"a": "{LONG}"',
        f'{{"a": "{LONG}",',
        f'{{"a": "{LONG}",}}',
        f'{{"a": "{LONG}" "b": 1}}',
        f'{{"a": "{LONG}"}} more',
        f'{{"a": "{LONG}", b: 1}}',
        f'{{"a": "{LONG}", 5: 1}}',
        f'{{"a" "{LONG}"}}',
        f'{{"{LONG}"}}',
        f'{{"a": }}{LONG}',
        "{" + " " * constants.MIN_THREAD_PARSE_BYTES,
        " " * constants.MIN_THREAD_PARSE_BYTES + "{",
        "[" + LONG,
        f"{LONG}",
    ],
)
async def test_large_bodies_that_are_no_json(text: str) -> None:
    with pytest.raises(UnreadableBody):
        await parse_json(text.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"<html></html>",
        b'{"a": ',
        b"\xff\xfe\xfd",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        # parsed by json, but too deep for all later traversals
        b"[" * 500 + b"]" * 500,
        b"1" * 10_000,
    ],
)
async def test_what_is_no_sane_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        await parse_json(body)


async def test_a_deep_body_on_the_thread_is_refused_as_well() -> None:
    body = b"[" * 300_000 + b"]" * 300_000
    assert len(body) > constants.MIN_THREAD_PARSE_BYTES
    with pytest.raises(UnreadableBody):
        await parse_json(body)


async def test_sane_depth_is_let_through() -> None:
    value: object = 1
    for _ in range(constants.MAX_JSON_DEPTH - 1):
        value = [value]
    assert await parse_json(json.dumps(value).encode()) == value


async def test_no_more_than_the_cap_is_read() -> None:
    small = gzip.compress(b"0" * 1_000_000)
    response = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(small)
    )
    answer = await read_response(response, 1000)
    assert answer.is_too_large
    assert len(answer.body) <= 1000


class _StallingStream(httpx.AsyncByteStream):
    """Sends some data and then keeps the connection open."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"a": 1}'
        await asyncio.Event().wait()


async def test_what_came_before_the_time_was_up_is_kept() -> None:
    answer = await read_response(
        httpx.Response(200, stream=_StallingStream()), 1000, timeout_s=0.02
    )
    assert answer.body == b'{"a": 1}'
    assert isinstance(answer.body_error, httpx.ReadTimeout)


async def test_what_cannot_be_unpacked_is_a_broken_answer() -> None:
    response = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip at all")
    )
    answer = await read_response(response, 1000)
    assert isinstance(answer.body_error, httpx.DecodingError)


def test_the_secret_is_not_shown() -> None:
    from runcomfy_desktop.api.response import ApiResponse

    assert "hush" not in repr(ApiResponse(200, httpx.Headers(), secret="hush"))
