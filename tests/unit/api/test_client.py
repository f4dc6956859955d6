from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
import traceback
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import account, constants
from runcomfy_desktop.api.client import Client, check_base_url
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import Balance
from tests.support.async_wait import wait_until
from tests.support.clients import KEY, RecordedSleeps, ShortTimeoutTransport, client_of
from tests.support.raw_server import (
    KeepAlive,
    RawServer,
    ScriptedReply,
    drop_after_body,
    json_reply,
    never_answer,
    reply,
)
from tests.support.self_signed import server_context

if TYPE_CHECKING:
    from tests.support.raw_server import RawConnection

BALANCE = {"balance_usd": 12.5, "currency": "USD", "later": None}
K = ProblemKind


async def ask(
    *script: ScriptedReply, sleeps: RecordedSleeps | None = None
) -> tuple[Balance | Problem, RawServer]:
    """Sends one request to a server that replies with `script`."""
    async with RawServer(*script) as server, client_of(server.url, sleeps=sleeps) as client:
        try:
            return await account.read_balance(client), server
        except Problem as problem:
            return problem, server


async def problem_of(*script: ScriptedReply) -> Problem:
    outcome, _server = await ask(*script)
    assert isinstance(outcome, Problem), outcome
    return outcome


async def test_a_question_carries_key_agent_and_nothing_odd() -> None:
    outcome, server = await ask(json_reply(BALANCE))
    assert outcome == Balance(12.5)
    (seen,) = server.received
    assert (seen.method, seen.target) == ("GET", "/prod/v2/balance")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["user-agent"] == "runcomfy-desktop/test"
    assert seen.headers["accept"] == "application/json"
    assert "cookie" not in seen.headers


async def test_the_key_is_asked_for_at_each_request() -> None:
    keys = iter(["first", "second"])
    async with (
        RawServer(json_reply(BALANCE)) as server,
        client_of(server.url, lambda: next(keys)) as client,
    ):
        await account.read_balance(client)
        await account.read_balance(client)
    assert [each.headers["authorization"] for each in server.received] == [
        "Bearer first",
        "Bearer second",
    ]


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX-Evil: 1", "ünicode"])
async def test_without_a_key_nothing_is_sent(token: str) -> None:
    async with RawServer(json_reply(BALANCE)) as server, client_of(server.url, token) as client:
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
    assert caught.value.kind is K.AUTH
    assert server.connections == 0


async def test_a_connection_is_used_again() -> None:
    async with (
        RawServer(KeepAlive(json_reply(BALANCE))) as server,
        client_of(server.url) as client,
    ):
        for _ in range(3):
            await account.read_balance(client)
    assert (len(server.received), server.connections) == (3, 1)


async def test_cookies_are_not_kept() -> None:
    async with (
        RawServer(json_reply(BALANCE, headers={"Set-Cookie": "a=b; Path=/"})) as server,
        client_of(server.url) as client,
    ):
        await account.read_balance(client)
        await account.read_balance(client)
    assert "cookie" not in server.received[1].headers


async def test_passing_faults_are_sat_out() -> None:
    sleeps = RecordedSleeps()
    outcome, server = await ask(
        reply(503),
        drop_after_body,
        reply(429, headers={"Retry-After": "7"}),
        json_reply(BALANCE),
        sleeps=sleeps,
    )
    assert outcome == Balance(12.5)
    assert len(server.received) == 4
    assert sleeps.durations_s == [0.5, 1.0, 7.0]


async def test_a_cut_answer_is_asked_again() -> None:
    cut = reply(200, b'{"balance_usd": 1', length=100)
    outcome, server = await ask(cut, json_reply(BALANCE))
    assert outcome == Balance(12.5)
    assert len(server.received) == 2


async def test_a_stale_connection_costs_a_question_nothing() -> None:
    async def close_later(connection: RawConnection) -> None:
        await connection.send(json_reply(BALANCE))

    outcome, server = await ask(close_later, json_reply(BALANCE))
    assert outcome == Balance(12.5)
    assert len(server.received) == 1


async def test_a_lasting_fault_ends_as_a_problem_with_its_wait() -> None:
    problem = await problem_of(reply(429, headers={"Retry-After": "90"}))
    assert problem.kind is K.BUSY
    assert problem.retry_after_s == 90.0


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (json_reply({"error_code": 401001, "error_message": "expired"}, 401), K.AUTH),
        (reply(401, b"Unauthorized"), K.AUTH),
        (json_reply({"message": "Forbidden"}, 403), K.AUTH),
        (json_reply({"error_code": 403003, "error_message": "not yours"}), K.FOREIGN),
        (json_reply({"error_code": 10001, "error_message": "no funds"}), K.FUNDS),
        (reply(402), K.FUNDS),
        (reply(500, b"<html><title>Oh</title></html>"), K.SERVER),
        (reply(200, b"<html>sign in to the hotel</html>"), K.UNREADABLE),
        (reply(200, b""), K.UNREADABLE),
        (reply(204), K.UNREADABLE),
        (reply(200, b'{"balance_usd": '), K.UNREADABLE),
        (reply(200, b'{"balance_usd": 1', length=100), K.UNREADABLE),
        (reply(200, b"[" * 200_000), K.UNREADABLE),
        (reply(200, b"\xff\xfe\x00bytes"), K.UNREADABLE),
        (json_reply([]), K.UNREADABLE),
        (json_reply({"balance_usd": "much"}), K.UNREADABLE),
        (reply(200, b"no gzip", headers={"Content-Encoding": "gzip"}), K.UNREADABLE),
        (b"this is not HTTP at all\r\n\r\n", K.OFFLINE),
        (b"", K.OFFLINE),
        (drop_after_body, K.OFFLINE),
    ],
)
async def test_every_no_becomes_a_problem(part: ScriptedReply, kind: ProblemKind) -> None:
    problem = await problem_of(part)
    assert problem.kind is kind
    assert not problem.is_uncertain
    assert problem.title
    assert problem.detail


async def test_a_length_that_is_too_long_does_not_spoil_whole_json() -> None:
    outcome, _server = await ask(reply(200, b'{"balance_usd": 3}', length=100))
    assert outcome == Balance(3.0)


async def test_an_answer_without_end_is_not_read_to_it() -> None:
    bomb = gzip.compress(b" " * (constants.JSON_CAP_BYTES + 1))
    problem = await problem_of(reply(200, bomb, headers={"Content-Encoding": "gzip"}))
    assert problem.kind is K.UNREADABLE


async def test_the_key_that_comes_back_is_blotted_out() -> None:
    for part in (
        json_reply({"error_code": 401001, "error_message": f"token {KEY} is expired"}, 401),
        reply(422, f"<b>{KEY}</b>".encode()),
        reply(200, f"key={KEY}".encode()),
    ):
        problem = await problem_of(part)
        texts = (problem.sentence(), problem.technical, str(problem), repr(problem))
        assert not any(KEY in text for text in texts)
        assert "[key]" in problem.technical


async def test_a_redirect_is_not_followed() -> None:
    async with RawServer(json_reply(BALANCE)) as other:
        moved = reply(302, headers={"Location": f"{other.url}/prod/v2/balance"})
        problem = await problem_of(moved)
        assert problem.kind is K.UNREADABLE
        assert other.received == []


async def test_nobody_there() -> None:
    async with RawServer(b"") as server:
        url = server.url
    async with client_of(url) as client:
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
    assert caught.value.kind is K.OFFLINE
    assert "127.0.0.1" in caught.value.title


async def test_an_unknown_name() -> None:
    async with client_of("https://api.invalid") as client:
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
    assert caught.value.kind is K.OFFLINE
    assert "api.invalid" in caught.value.title


async def test_an_answer_that_never_comes() -> None:
    async with (
        RawServer(never_answer) as server,
        client_of(server.url, transport=ShortTimeoutTransport()) as client,
    ):
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
    assert caught.value.kind is K.TIMEOUT
    assert len(server.received) == constants.GET_TRIES


async def test_a_server_without_tls() -> None:
    async with (
        RawServer(json_reply(BALANCE)) as server,
        client_of(server.url.replace("http:", "https:")) as client,
    ):
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
    assert caught.value.kind is K.OFFLINE
    assert server.received == []


async def test_a_certificate_nobody_vouches_for() -> None:
    async with (
        RawServer(json_reply(BALANCE), tls=server_context()) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(Problem, match="identity") as caught:
            await account.read_balance(client)
    assert caught.value.kind is K.OFFLINE
    assert server.received == []


async def test_over_tls_it_is_the_same() -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    transport = httpx.AsyncHTTPTransport(verify=trusting)
    async with (
        RawServer(json_reply(BALANCE), tls=server_context()) as server,
        client_of(server.url, transport=transport) as client,
    ):
        assert await account.read_balance(client) == Balance(12.5)


async def test_a_proxy_of_the_environment_is_not_asked_about_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    outcome, _server = await ask(json_reply(BALANCE))
    assert outcome == Balance(12.5)


async def test_a_socks_proxy_does_not_keep_the_client_from_being_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    outcome, _server = await ask(json_reply(BALANCE))
    assert outcome == Balance(12.5)


async def test_being_cancelled_goes_through_untouched() -> None:
    async with RawServer(never_answer) as server, client_of(server.url) as client:
        asking = asyncio.create_task(account.read_balance(client))
        await wait_until(lambda: server.received)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_the_key_is_in_no_log_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lines = ""
    for part in (json_reply(BALANCE), reply(401, KEY.encode()), drop_after_body):
        async with RawServer(part) as server, client_of(server.url) as client:
            try:
                await account.read_balance(client)
            except Problem as problem:
                lines += "".join(traceback.format_exception(problem))
            lines += repr(client)
    assert KEY not in caplog.text + lines
    assert "127.0.0.1" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("http")
    )


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.runcomfy.net/prod/v1/x", True),
        ("https://API.runcomfy.net:443/x?y=z", True),
        ("https://api.runcomfy.net:8443/x", False),
        ("http://api.runcomfy.net/x", False),
        ("https://api.runcomfy.net.evil.example/x", False),
        ("https://api.runcomfy.net@evil.example/x", False),
        ("https://evil.example\\@api.runcomfy.net/x", False),
        ("https://evil.example/https://api.runcomfy.net", False),
        ("/prod/v1/x", False),
        ("", False),
        ("\thttps://api.runcomfy.net/x", False),
    ],
)
async def test_same_origin(url: str, same: bool) -> None:
    async with client_of("https://api.runcomfy.net") as client:
        assert client.same_origin(url) is same


async def test_addresses_are_made_of_checked_segments() -> None:
    async with client_of("https://gate.example/runcomfy/") as client:
        assert client.url("v1", "deployments", "a:b c") == (
            "https://gate.example/runcomfy/prod/v1/deployments/a%3Ab%20c"
        )
        with pytest.raises(Problem):
            client.url("v1", "deployments", "../balance")


async def test_no_request_with_the_key_leaves_for_another_origin() -> None:
    """Even for a wrong URL, the key is added only to requests to the API's origin."""
    async with (
        RawServer(json_reply({})) as other,
        RawServer(json_reply({})) as server,
        client_of(server.url) as client,
    ):
        await client.get(f"{other.url}/x", operation=ApiOperation.POLL)
    assert "authorization" not in other.received[0].headers


@pytest.mark.parametrize("word", ["v1", "v2", "", "v9", "../x"])
async def test_the_version_is_one_of_two(word: str) -> None:
    async with client_of("https://api.runcomfy.net", version=word) as client:
        assert client.queue_version == ("v2" if word == "v2" else "v1")


def test_a_client_of_a_bad_address_is_not_made() -> None:
    with pytest.raises(Problem):
        Client("http://api.runcomfy.net", lambda: KEY, queue_version=lambda: "v1", user_agent="x")
    assert check_base_url("https://api.runcomfy.net/") == "https://api.runcomfy.net"
