"""Failures on the way to the service and their messages, with real proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.api import account, inference
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.async_wait import wait_until
from tests.support.certificate_authority import DAY, CertificateAuthority
from tests.support.clients import RecordedSleeps
from tests.support.proxy_servers import HttpProxy, MuteServer, SocksServer
from tests.support.raw_server import (
    RawConnection,
    RawServer,
    json_reply,
    reply,
)
from tests.support.routed_clients import BALANCE, HOST, problem_of, proxy_route, routed_client

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


K = ProblemKind


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ({"host": "other.invalid"}, "for another server"),
        ({"not_before": -9 * DAY, "not_after": -DAY}, "has expired"),
        ({"not_before": DAY, "not_after": 9 * DAY}, "clock is probably wrong"),
        ({"is_self_signed": True}, "vouches for its certificate itself"),
    ],
)
async def test_certificates_that_are_not_believed(
    certificate: dict[str, Any], words: str, tmp_path: Path, authority: CertificateAuthority
) -> None:
    tls = authority.server(tmp_path, **{"host": HOST, **certificate})
    async with (
        RawServer(json_reply(BALANCE), tls=tls) as server,
        HttpProxy(server.port) as proxy,
    ):
        sleeps = RecordedSleeps()
        route = proxy_route(proxy.address, authority.write_pem(tmp_path))
        problem = await problem_of(routed_client(route, sleeps=sleeps))
    assert words in problem.title
    assert HOST in problem.title
    assert "nothing was sent" in problem.title
    assert problem.advice
    assert problem.kind is K.OFFLINE
    assert (server.received, sleeps.durations_s) == ([], [])


async def test_an_authority_that_nobody_knows(
    tmp_path: Path, authority: CertificateAuthority, server_tls: ssl.SSLContext
) -> None:
    async with RawServer(tls=server_tls) as server, HttpProxy(server.port) as proxy:
        problem = await problem_of(routed_client(proxy_route(proxy.address)))
    assert "Nobody whom this computer trusts" in problem.title
    assert "company's certificate in Settings" in problem.advice


async def test_faults_of_certificates_do_not_use_the_connections_up(
    tmp_path: Path, server_tls: ssl.SSLContext
) -> None:
    async with (
        RawServer(tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
        routed_client(proxy_route(proxy.address)) as client,
    ):
        for _time in range(20):
            with pytest.raises(Problem, match="identity"):
                await account.read_balance(client)
        await wait_until(lambda: proxy.open_connections == 0)


async def test_the_proxy_s_own_certificate(tmp_path: Path, authority: CertificateAuthority) -> None:
    tls = authority.server(tmp_path, "127.0.0.1")
    async with HttpProxy(0, tls=tls) as proxy:
        problem = await problem_of(
            routed_client(proxy_route(proxy.address.replace("http:", "https:")))
        )
    assert f"identity of 127.0.0.1:{proxy.port}" in problem.title
    assert HOST not in problem.title


@pytest.mark.parametrize(
    ("answer", "words", "tries"),
    [
        (reply(407, headers={"Proxy-Authenticate": "Basic"}), "wants a user name", 1),
        (reply(407, headers={"Proxy-Authenticate": "NTLM"}), "way of signing in", 1),
        (reply(403), "does not allow the way to api.runcomfy.invalid", 1),
        (reply(502), "cannot reach api.runcomfy.invalid", 4),
        (b"SSH-2.0-x\r\n", "not as a proxy", 1),
        (b"", "broke the connection off", 4),
    ],
)
async def test_what_a_proxy_does_is_said(answer: bytes, words: str, tries: int) -> None:
    async with HttpProxy(0, refusal=answer) as proxy:
        problem = await problem_of(routed_client(proxy_route(proxy.address)))
    assert words in problem.title
    assert f"127.0.0.1:{proxy.port}" in problem.title
    assert problem.detail == "Nothing was changed, and it costs nothing."
    assert problem.advice
    assert problem.kind is K.OFFLINE
    # Only failures that may be temporary are retried.
    assert len(proxy.requested_hosts) == tries


async def test_proxies_that_are_not_there() -> None:
    async with MuteServer() as gone:
        address = gone.address
    assert "cannot be reached" in (await problem_of(routed_client(proxy_route(address)))).title
    unknown = await problem_of(routed_client(proxy_route("http://proxy.invalid:8080")))
    assert "no proxy named proxy.invalid:8080" in unknown.title


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (SocksServer(0, user="a", password="b"), "wants a user name"),
        (SocksServer(0, code=2), "does not allow the way"),
        (SocksServer(0, code=4), "cannot reach"),
        (SocksServer(0, code=7), "of a kind that this program cannot use"),
        (SocksServer(0, only_method=1), "way of signing in"),
    ],
)
async def test_what_a_socks_server_does_is_said(server: SocksServer, words: str) -> None:
    async with server:
        assert words in (await problem_of(routed_client(proxy_route(server.address)))).title
        here = await problem_of(routed_client(proxy_route(server.address.replace("5h:", "5:"))))
    if not server.password:
        assert "socks5h://" in here.advice or "signing in" in here.title


async def test_a_proxy_whose_address_is_misspelt_is_not_called_one_of_another_kind() -> None:
    """A malformed address is reported as such, not as an unsupported kind of proxy.

    HTTPS_PROXY is not validated and may contain a password with a character that ends the address.
    """
    problem = await problem_of(
        routed_client(proxy_route("http://anna:hush/hush@proxy.example:8080"))
    )
    assert "address of the proxy http://… cannot be read" in problem.title
    assert "%2F" in problem.advice
    assert "hush" not in f"{problem.sentence()} {problem.technical}"
    problem = await problem_of(routed_client(proxy_route("socks4://proxy.example:1080")))
    assert "socks4://… is of a kind that this program cannot use" in problem.title


async def test_an_answer_that_was_changed_on_the_way_is_a_broken_connection(
    tmp_path: Path, authority: CertificateAuthority, server_tls: ssl.SSLContext
) -> None:
    """TLS raises a different kind of error for this, which once stopped the polling of a job."""
    sleeps = RecordedSleeps()
    async with HttpProxy(0) as proxy:

        async def spoilt(connection: RawConnection) -> None:
            proxy.corrupts_data = True
            await connection.send(json_reply(BALANCE))

        async with RawServer(spoilt, tls=server_tls) as server:
            proxy.target_port = server.port
            route = proxy_route(proxy.address, authority.write_pem(tmp_path))
            async with routed_client(route, sleeps=sleeps) as client:
                with pytest.raises(Problem) as caught:
                    await inference.submit(client, "d-1", SubmitBody({}, tmp_path))
                proxy.corrupts_data = False
                asked = await problem_of(routed_client(route, sleeps=sleeps))
    assert caught.value.is_uncertain
    assert asked.kind is K.OFFLINE
    assert sleeps.durations_s
