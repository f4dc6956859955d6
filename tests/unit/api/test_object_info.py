"""Node classes of a container: read completely, without the key, and only if they have changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.object_info import CacheValidators, read_object_info
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.clients import KEY, client_of
from tests.support.raw_server import RawServer, json_reply, reply

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client

INFO = {"KSampler": {"input": {"required": ["steps"]}}}
MARK = CacheValidators('"a state"', "Sat, 28 Nov 2026 10:00:00 GMT")


async def classes_at(client: Client, url: str) -> object:
    found = await read_object_info(client, url)
    assert found is not None
    return dict(found.classes)


async def test_the_host_is_asked_for_what_is_newer_than_its_mark() -> None:
    marked = reply(
        200,
        json.dumps(INFO).encode(),
        headers={"ETag": MARK.etag, "Last-Modified": MARK.last_modified},
    )
    async with RawServer(marked, reply(304)) as server, client_of(server.url) as client:
        url = f"{server.url}/1.json"
        found = await read_object_info(client, url)
        assert found is not None
        assert found.validators == MARK
        assert await read_object_info(client, url, found.validators) is None
    plain, asked = server.received
    assert not {"if-none-match", "if-modified-since"} & {*plain.headers}
    assert asked.headers["if-none-match"] == MARK.etag
    assert asked.headers["if-modified-since"] == MARK.last_modified


async def test_a_mark_that_fits_no_header_is_not_sent() -> None:
    odd = CacheValidators("a\r\nX-Other: b", "\u00e4")
    async with RawServer(json_reply(INFO)) as server, client_of(server.url) as client:
        assert await read_object_info(client, f"{server.url}/1.json", odd) is not None
    assert not {"if-none-match", "if-modified-since"} & {*server.received[0].headers}


async def test_nothing_newer_although_nothing_was_known() -> None:
    async with RawServer(reply(304)) as server, client_of(server.url) as client:
        with pytest.raises(Problem):
            await read_object_info(client, f"{server.url}/1.json")


async def test_object_info_is_read_without_the_key() -> None:
    async with (
        RawServer(json_reply(INFO)) as storage,
        RawServer(json_reply({})) as server,
        client_of(server.url) as client,
    ):
        found = await classes_at(client, f"{storage.url}/object_info/1.json")
    assert found == INFO
    assert "authorization" not in storage.received[0].headers
    assert server.received == []


async def test_with_the_key_only_when_the_api_itself_wants_it() -> None:
    async with RawServer(reply(401), json_reply(INFO)) as server, client_of(server.url) as client:
        assert await classes_at(client, f"{server.url}/info.json") == INFO
    assert ["authorization" in each.headers for each in server.received] == [False, True]


async def test_another_host_never_gets_the_key() -> None:
    async with (
        RawServer(reply(403)) as storage,
        RawServer(json_reply({})) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(Problem):
            await read_object_info(client, f"{storage.url}/1.json")
    assert [KEY in str(each.headers) for each in storage.received] == [False]


async def test_object_info_behind_a_redirect_and_a_passing_fault() -> None:
    async with RawServer(reply(503), json_reply(INFO)) as far:
        moved = reply(307, headers={"Location": f"{far.url}/there.json"})
        async with RawServer(moved) as server, client_of(server.url) as client:
            assert await classes_at(client, f"{server.url}/1.json") == INFO
    assert all("authorization" not in each.headers for each in far.received)


async def test_a_large_object_info_is_read_whole() -> None:
    large = {f"Class{n}": {"description": "x" * 1000} for n in range(9000)}
    assert len(json.dumps(large)) > constants.JSON_CAP_BYTES
    async with RawServer(json_reply(large)) as server, client_of(server.url) as client:
        assert await classes_at(client, f"{server.url}/1.json") == large


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "http://far.example/1.json", "https://a@b.example/1.json"]
)
async def test_an_odd_address_is_not_asked(url: str) -> None:
    async with client_of("https://api.runcomfy.net") as client:
        with pytest.raises(Problem) as caught:
            await read_object_info(client, url)
    assert caught.value.kind is ProblemKind.REJECTED


@pytest.mark.parametrize("part", [json_reply([]), reply(200, b"<html>"), reply(200)])
async def test_no_object_in_it(part: bytes) -> None:
    async with RawServer(part) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await read_object_info(client, f"{server.url}/1.json")
    assert caught.value.kind is ProblemKind.UNREADABLE
