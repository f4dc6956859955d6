"""Query for the newest release: the request, and the result of each possible response."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.proxies import Proxy, Route
from runcomfy_desktop.api.releases import CAP_BYTES, read_latest
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.release import LATEST_URL, RELEASES_PAGE, Release
from tests.support.raw_server import RawServer, json_reply, never_answer, reply

if TYPE_CHECKING:
    from tests.support.raw_server import ScriptedReply

ANSWER = {"tag_name": "v0.3.0", "body": "## New\r\n- a", "html_url": "https://evil.example/"}
_TITLE = "The release page could not be asked for a newer version."
_ADVICE = f"Try again later, or look at {RELEASES_PAGE} yourself."


async def direct() -> Route:
    return Route()


async def asked(part: ScriptedReply, *, limit_s: float = 10.0) -> Release:
    async with RawServer(part) as server:
        return await read_latest(direct, f"{server.url}/latest", timeout_s=limit_s)


async def refused(part: ScriptedReply, *, limit_s: float = 10.0) -> Problem:
    with pytest.raises(Problem) as caught:
        await asked(part, limit_s=limit_s)
    assert caught.value.title == _TITLE
    assert caught.value.advice == _ADVICE
    return caught.value


async def test_the_answer_is_a_release_in_plain_text() -> None:
    assert await asked(json_reply(ANSWER)) == Release("0.3.0", "## New\n- a")


async def test_nothing_about_the_person_or_the_computer_goes_out() -> None:
    async with RawServer(json_reply(ANSWER, headers={"Set-Cookie": "who=you"})) as server:
        for _time in range(2):
            await read_latest(direct, f"{server.url}/latest")
    for received in server.received:
        assert (received.method, received.target, received.body) == ("GET", "/latest", b"")
        assert received.headers.keys() <= {
            "host",
            "accept",
            "accept-encoding",
            "connection",
            "user-agent",
        }
        assert received.headers["user-agent"] == "runcomfy-desktop"


async def test_it_follows_the_page_to_a_new_name_and_to_no_other_host() -> None:
    moved = reply(301, headers={"Location": "/repositories/1/latest"})
    async with RawServer(moved, json_reply(ANSWER)) as server:
        assert (await read_latest(direct, f"{server.url}/latest")).version == "0.3.0"
        assert [each.target for each in server.received] == ["/latest", "/repositories/1/latest"]
    async with RawServer(json_reply(ANSWER)) as other:
        for address in (f"{other.url}/x", "https://evil.example/", "file:///etc/passwd", "//x.y"):
            problem = await refused(reply(302, headers={"Location": address}))
            assert problem.detail == "It leads to another server."
        assert other.received == []


async def test_circles_end() -> None:
    async with RawServer(reply(302, headers={"Location": "/latest"})) as server:
        with pytest.raises(Problem):
            await read_latest(direct, f"{server.url}/latest")
        assert len(server.received) < 10


@pytest.mark.parametrize(
    ("part", "detail"),
    [
        (reply(404, b"{}"), "It has no release to show (404)."),
        (reply(500), "It has no release to show (500)."),
        (reply(403, b"{}"), "It was asked too often from this network."),
        (reply(429), "It was asked too often from this network."),
        (reply(200), "What it said is not understood."),
        (reply(200, b"<html>"), "What it said is not understood."),
        (json_reply([]), "What it said is not understood."),
        (json_reply({"tag_name": 5}), "What it said is not understood."),
        (json_reply({"tag_name": "nightly"}), "What it said is not understood."),
        (reply(200, b"[" * 100_000), "What it said is not understood."),
        (reply(200, b"x" * (CAP_BYTES + 1)), "What it said is not understood."),
        (reply(200, json.dumps(ANSWER).encode(), length=9999), "What it said is not understood."),
    ],
)
async def test_what_is_no_answer_is_said(part: bytes, detail: str) -> None:
    assert (await refused(part)).detail == detail


async def test_odd_notes_are_left_out() -> None:
    assert await asked(json_reply({"tag_name": "0.3.0", "body": 5})) == Release("0.3.0", "")


async def test_a_page_that_never_answers_is_given_up() -> None:
    problem = await refused(never_answer, limit_s=0.2)
    assert "127.0.0.1" in problem.detail


async def test_nobody_there_is_said() -> None:
    with pytest.raises(Problem) as caught:
        await read_latest(direct, "http://127.0.0.1:9/latest")
    assert caught.value.title == _TITLE


async def test_it_goes_through_the_proxy_of_the_settings() -> None:
    async with RawServer(reply(502)) as proxy:

        async def by_proxy() -> Route:
            return Route({"all": Proxy("http", "127.0.0.1", proxy.port)})

        with pytest.raises(Problem) as caught:
            await read_latest(by_proxy, LATEST_URL)
    assert caught.value.title == _TITLE
    (received,) = proxy.received
    assert (received.method, received.target) == ("CONNECT", "api.github.com:443")
    assert "proxy-authorization" not in received.headers
