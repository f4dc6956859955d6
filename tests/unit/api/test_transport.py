"""The program's own client behind real proxies, to servers with certificates of the test's own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.api import account, inference
from runcomfy_desktop.api.body import SubmitBody
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy
from runcomfy_desktop.api.proxies import Route, parse_proxy
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.domain.deployment import Balance
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from tests.support.authority import DAY, Authority
from tests.support.clients import KEY, Naps
from tests.support.proxy_servers import HttpProxy, Mute, SocksServer
from tests.support.raw_server import (
    KeepAlive,
    Line,
    RawServer,
    drop_after_body,
    json_reply,
    reply,
)
from tests.support.until import until

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from runcomfy_desktop.api.inference import Accepted

HOST = "api.runcomfy.invalid"
URL = f"https://{HOST}"
BALANCE = {"balance_usd": 12.5}
K = ProblemKind


def fixed(route: Route) -> Callable[[], Awaitable[Route]]:
    async def ask() -> Route:
        return route

    return ask


def by(address: str, ca_file: Path | str = "") -> Route:
    return Route({"https": parse_proxy(address)}, ca_file=str(ca_file))


def client_by(route: Route, *, naps: Naps | None = None, base_url: str = URL) -> Client:
    return Client(
        base_url,
        lambda: KEY,
        queue_version=lambda: "v1",
        user_agent="test",
        route=fixed(route),
        retry=(naps or Naps()).retry(),
    )


async def problem_of(client: Client) -> Problem:
    async with client:
        with pytest.raises(Problem) as caught:
            await account.balance(client)
        return caught.value


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server_tls(tmp_path: Path, authority: Authority) -> ssl.SSLContext:
    return authority.server(tmp_path, HOST)


# By proxies to the service


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_the_key_goes_through_the_proxy_unseen(
    kind: type[HttpProxy | SocksServer],
    tmp_path: Path,
    authority: Authority,
    server_tls: ssl.SSLContext,
) -> None:
    async with (
        RawServer(json_reply(BALANCE), tls=server_tls) as server,
        kind(server.port, user="anna", password="hush") as proxy,
    ):
        address = proxy.address.replace("//", "//anna:hush@")
        route = by(address, authority.file(tmp_path))
        async with client_by(route) as client:
            assert await account.balance(client) == Balance(12.5)
    assert proxy.wished == [f"{HOST}:443"]
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    # Beside it, the password of the proxy stays with the proxy.
    assert "proxy-authorization" not in server.received[0].headers
    assert len(proxy.seen) > 500
    assert KEY.encode() not in proxy.seen
    assert b"Bearer" not in proxy.seen


async def test_connections_are_kept_behind_a_proxy(
    tmp_path: Path, authority: Authority, server_tls: ssl.SSLContext
) -> None:
    kept = KeepAlive(json_reply(BALANCE))
    async with (
        RawServer(kept, tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
        client_by(by(proxy.address, authority.file(tmp_path))) as client,
    ):
        for _time in range(3):
            await account.balance(client)
        assert server.connections == 1


async def test_loopback_is_reached_directly() -> None:
    route = Route({"all": parse_proxy("http://127.0.0.1:1")})
    async with (
        RawServer(json_reply(BALANCE)) as server,
        client_by(route, base_url=server.url) as client,
    ):
        assert await account.balance(client) == Balance(12.5)


async def test_a_kind_that_is_not_known_is_not_passed_by() -> None:
    """Whoever sets a proxy does not want to be seen without it."""
    transport = RoutedTransport(httpx.Limits(), fixed(by("socks4://proxy.invalid:1080")))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(ProxyFault) as caught:
            await client.get(URL)
    assert caught.value.why is ProxyWhy.UNSUPPORTED


# What stands in the way


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ({"host": "other.invalid"}, "for another server"),
        ({"begins": -9 * DAY, "ends": -DAY}, "has expired"),
        ({"begins": DAY, "ends": 9 * DAY}, "clock is probably wrong"),
        ({"is_self_signed": True}, "vouches for its certificate itself"),
    ],
)
async def test_certificates_that_are_not_believed(
    certificate: dict[str, Any], words: str, tmp_path: Path, authority: Authority
) -> None:
    tls = authority.server(tmp_path, **{"host": HOST, **certificate})
    async with (
        RawServer(json_reply(BALANCE), tls=tls) as server,
        HttpProxy(server.port) as proxy,
    ):
        naps = Naps()
        route = by(proxy.address, authority.file(tmp_path))
        problem = await problem_of(client_by(route, naps=naps))
    assert words in problem.title
    assert HOST in problem.title
    assert "nothing was sent" in problem.title
    assert problem.advice
    assert problem.kind is K.OFFLINE
    assert (server.received, naps.taken) == ([], [])


async def test_an_authority_that_nobody_knows(
    tmp_path: Path, authority: Authority, server_tls: ssl.SSLContext
) -> None:
    async with RawServer(tls=server_tls) as server, HttpProxy(server.port) as proxy:
        problem = await problem_of(client_by(by(proxy.address)))
    assert "Nobody whom this computer trusts" in problem.title
    assert "company's certificate in Settings" in problem.advice


async def test_faults_of_certificates_do_not_use_the_connections_up(
    tmp_path: Path, server_tls: ssl.SSLContext
) -> None:
    async with (
        RawServer(tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
        client_by(by(proxy.address)) as client,
    ):
        for _time in range(20):
            with pytest.raises(Problem, match="identity"):
                await account.balance(client)
        await until(lambda: proxy.open_lines == 0)


async def test_the_proxy_s_own_certificate(tmp_path: Path, authority: Authority) -> None:
    tls = authority.server(tmp_path, "127.0.0.1")
    async with HttpProxy(0, tls=tls) as proxy:
        problem = await problem_of(client_by(by(proxy.address.replace("http:", "https:"))))
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
    async with HttpProxy(0, refuses=answer) as proxy:
        problem = await problem_of(client_by(by(proxy.address)))
    assert words in problem.title
    assert f"127.0.0.1:{proxy.port}" in problem.title
    assert problem.detail == "Nothing was changed, and it costs nothing."
    assert problem.advice
    assert problem.kind is K.OFFLINE
    # What may be different in a moment is asked for again.
    assert len(proxy.wished) == tries


async def test_a_wrong_password_is_said_and_not_shown() -> None:
    async with HttpProxy(0, user="anna", password="hush") as proxy:
        address = proxy.address.replace("//", "//anna:wrong-one@")
        problem = await problem_of(client_by(by(address)))
    assert "does not accept the user name or the password" in problem.title
    assert "wrong-one" not in f"{problem.sentence()} {problem.technical} {problem!r}"


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_wrong_password_is_not_sent_again_and_again(
    kind: type[HttpProxy | SocksServer],
) -> None:
    """Jobs are asked about for hours; after some wrong passwords a company locks the account."""
    async with kind(0, user="anna", password="hush") as proxy:
        switch = Switch(by(proxy.address.replace("//", "//anna:wrong@")))
        transport = RoutedTransport(httpx.Limits(), switch)
        async with httpx.AsyncClient(transport=transport) as client:
            for talks in (1, 1, 1, 2, 2):
                if talks == 2:
                    # Typed once more.
                    switch.route = replace(switch.route, attempt=1)
                with pytest.raises(ProxyFault) as caught:
                    await client.get(URL)
                assert caught.value.why is ProxyWhy.WRONG_PASSWORD
                assert proxy.talks == talks


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_wrong_password_is_not_sent_by_a_dozen_at_once(
    kind: type[HttpProxy | SocksServer],
) -> None:
    """As many jobs are asked about when the program starts, before the first is refused."""
    async with kind(0, user="anna", password="hush") as proxy:
        route = by(proxy.address.replace("//", "//anna:wrong@"))
        async with httpx.AsyncClient(
            transport=RoutedTransport(httpx.Limits(), fixed(route))
        ) as client:
            asked = (client.get(URL) for _time in range(12))
            faults = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(each, ProxyFault) and each.why for each in faults] == [
            ProxyWhy.WRONG_PASSWORD
        ] * 12
        assert proxy.talks == 1


async def test_proxies_that_are_not_there() -> None:
    async with Mute() as gone:
        address = gone.address
    assert "cannot be reached" in (await problem_of(client_by(by(address)))).title
    unknown = await problem_of(client_by(by("http://proxy.invalid:8080")))
    assert "no proxy named proxy.invalid:8080" in unknown.title


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (SocksServer(0, user="a", password="b"), "wants a user name"),
        (SocksServer(0, code=2), "does not allow the way"),
        (SocksServer(0, code=4), "cannot reach"),
        (SocksServer(0, code=7), "of a kind that this program cannot use"),
        (SocksServer(0, only_way=1), "way of signing in"),
    ],
)
async def test_what_a_socks_server_does_is_said(server: SocksServer, words: str) -> None:
    async with server:
        assert words in (await problem_of(client_by(by(server.address)))).title
        here = await problem_of(client_by(by(server.address.replace("5h:", "5:"))))
    if not server.password:
        assert "socks5h://" in here.advice or "signing in" in here.title


async def test_a_proxy_whose_address_is_misspelt_is_not_called_one_of_another_kind() -> None:
    """As in HTTPS_PROXY, where nobody checks it: a password with a sign that ends the address."""
    problem = await problem_of(client_by(by("http://anna:hush/hush@proxy.example:8080")))
    assert "address of the proxy http://… cannot be read" in problem.title
    assert "%2F" in problem.advice
    assert "hush" not in f"{problem.sentence()} {problem.technical}"
    problem = await problem_of(client_by(by("socks4://proxy.example:1080")))
    assert "socks4://… is of a kind that this program cannot use" in problem.title


# Changes while something is going on


class Switch:
    """A route that a test changes."""

    def __init__(self, route: Route) -> None:
        self.route = route

    async def __call__(self) -> Route:
        return self.route


async def test_a_new_route_counts_from_the_next_request_on(
    tmp_path: Path, authority: Authority, server_tls: ssl.SSLContext
) -> None:
    released = asyncio.Event()

    async def slowly(line: Line) -> None:
        await line.read_body()
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        await released.wait()
        await line.send(b"half")

    ca_file = authority.file(tmp_path)
    async with (
        RawServer(slowly, reply(200, b"new"), tls=server_tls) as server,
        HttpProxy(server.port) as old,
        SocksServer(server.port) as new,
    ):
        switch = Switch(by(old.address, ca_file))
        transport = RoutedTransport(httpx.Limits(), switch)
        async with httpx.AsyncClient(transport=transport) as client:
            request = client.build_request("GET", URL)
            running = await client.send(request, stream=True)
            switch.route = by(new.address, ca_file)
            assert (await client.get(URL)).text == "new"
            assert (len(old.wished), len(new.wished)) == (1, 1)
            # What is going on ends on its own connection; nothing is asked for twice.
            released.set()
            assert await running.aread() == b"halfhalf"
            await until(lambda: old.open_lines == 0)
    assert len(server.received) == 2


async def test_idle_connections_of_the_old_route_are_closed_at_once(
    tmp_path: Path, authority: Authority, server_tls: ssl.SSLContext
) -> None:
    ca_file = authority.file(tmp_path)
    async with (
        RawServer(KeepAlive(reply(200, b"x")), tls=server_tls) as server,
        HttpProxy(server.port) as old,
        HttpProxy(server.port) as new,
    ):
        switch = Switch(by(old.address, ca_file))
        async with httpx.AsyncClient(transport=RoutedTransport(httpx.Limits(), switch)) as client:
            await client.get(URL)
            assert old.open_lines == 1
            switch.route = by(new.address, ca_file)
            await client.get(URL)
            await until(lambda: old.open_lines == 0)
            assert new.open_lines == 1


async def test_connections_are_closed_though_who_closes_them_is_given_up() -> None:
    """The account gives a question up when the next one comes, which it does at a new route."""
    async with RawServer(KeepAlive(reply(200, b"x"))) as server:
        switch = Switch(Route())
        transport = RoutedTransport(httpx.Limits(), switch)
        async with httpx.AsyncClient(transport=transport) as client:
            await asyncio.gather(*(client.get(server.url) for _time in range(5)))
            assert server.open_lines == 5
            switch.route = Route(ca_file="another")
            for steps in range(4):
                asking = asyncio.create_task(client.get(server.url))
                for _step in range(steps):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.wait([asking])
            await until(lambda: server.open_lines <= 1)


@pytest.mark.parametrize("proxied", [False, True], ids=["directly", "by-proxy"])
@pytest.mark.parametrize("kept", [0, 1])
async def test_requests_that_are_given_up_at_any_moment_use_no_connections_up(
    kept: int, proxied: bool, tmp_path: Path, authority: Authority, server_tls: ssl.SSLContext
) -> None:
    """httpcore keeps the places of some: of one given up right after it was connected, and of one
    right at the end of its answer."""
    tls = server_tls if proxied else None
    async with (
        RawServer(KeepAlive(reply(200, b"x")), tls=tls) as server,
        HttpProxy(server.port) as proxy,
    ):
        route = by(proxy.address, authority.file(tmp_path)) if proxied else Route()
        url = URL if proxied else server.url
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=kept)
        transport = RoutedTransport(limits, fixed(route))
        patience = httpx.Timeout(10.0, pool=0.2)
        async with httpx.AsyncClient(transport=transport, timeout=patience) as client:
            for steps in range(60):
                asking = asyncio.create_task(client.get(url))
                for _step in range(steps):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.wait([asking])
                assert (await client.get(url)).text == "x"
        await until(lambda: server.open_lines == 0)


@pytest.mark.parametrize("proxied", [False, True], ids=["directly", "by-proxy"])
async def test_a_server_that_is_given_up_while_it_keeps_tls_waiting_is_left(proxied: bool) -> None:
    async with Mute() as server, HttpProxy(server.port) as proxy:
        route = by(proxy.address) if proxied else Route()
        url = URL if proxied else f"https://127.0.0.1:{server.port}"
        transport = RoutedTransport(httpx.Limits(), fixed(route))
        async with httpx.AsyncClient(transport=transport) as client:
            asking = asyncio.create_task(client.get(url))
            await until(lambda: server.open_lines == 1)
            asking.cancel()
            await asyncio.wait([asking])
            await until(lambda: server.open_lines == 0)


async def test_a_company_certificate_counts_from_the_next_request_on(
    tmp_path: Path, authority: Authority, server_tls: ssl.SSLContext
) -> None:
    async with (
        RawServer(reply(200, b"x"), tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
    ):
        switch = Switch(by(proxy.address))
        async with httpx.AsyncClient(transport=RoutedTransport(httpx.Limits(), switch)) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(URL)
            switch.route = by(proxy.address, authority.file(tmp_path))
            assert (await client.get(URL)).text == "x"


async def test_errors_are_httpx_s() -> None:
    transport = RoutedTransport(httpx.Limits(), fixed(Route()))
    async with httpx.AsyncClient(transport=transport) as client:
        async with RawServer(drop_after_body) as server:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(server.url)
        async with RawServer(reply(200, b"half", length=8)) as server:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(server.url)
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url)


# A job that is sent


async def send(client: Client, folder: Path) -> Accepted:
    return await inference.submit(client, "d-1", SubmitBody({}, folder))


@pytest.mark.parametrize(
    "proxy",
    [
        HttpProxy(0, refuses=reply(407)),
        HttpProxy(0, refuses=reply(502)),
        HttpProxy(0, refuses=b""),
        SocksServer(0, code=4),
        SocksServer(0, user="a", password="b"),
        Mute(b"220 mail\r\n"),
    ],
)
async def test_a_job_that_no_proxy_takes_was_not_sent(
    proxy: HttpProxy | SocksServer | Mute, tmp_path: Path
) -> None:
    async with proxy, client_by(by(proxy.address)) as client:
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert not caught.value.uncertain
    assert caught.value.detail == "The job was not accepted and costs nothing."
    # A submit is tried once, whatever stood in the way.
    assert len(proxy.wished) <= 1


async def test_a_job_behind_a_certificate_that_is_not_believed_was_not_sent(
    tmp_path: Path, server_tls: ssl.SSLContext
) -> None:
    async with (
        RawServer(json_reply({"request_id": "r"}), tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
        client_by(by(proxy.address)) as client,
    ):
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert not caught.value.uncertain
    assert (server.received, len(proxy.wished)) == ([], 1)


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_job_whose_answer_is_lost_behind_a_proxy_is_uncertain_and_sent_once(
    kind: type[HttpProxy | SocksServer],
    tmp_path: Path,
    authority: Authority,
    server_tls: ssl.SSLContext,
) -> None:
    async with (
        RawServer(drop_after_body, tls=server_tls) as server,
        kind(server.port) as proxy,
        client_by(by(proxy.address, authority.file(tmp_path))) as client,
    ):
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert caught.value.uncertain
    assert len(server.received) == 1


async def test_a_job_that_is_going_out_is_not_sent_again_when_the_route_changes(
    tmp_path: Path, authority: Authority, server_tls: ssl.SSLContext
) -> None:
    released = asyncio.Event()

    async def slowly(line: Line) -> None:
        await line.read_body()
        await released.wait()
        await line.send(json_reply({"request_id": "r-1"}))

    ca_file = authority.file(tmp_path)
    async with (
        RawServer(slowly, json_reply(BALANCE), tls=server_tls) as server,
        HttpProxy(server.port) as old,
        HttpProxy(server.port) as new,
    ):
        switch = Switch(by(old.address, ca_file))
        client = Client(
            URL, lambda: KEY, queue_version=lambda: "v1", user_agent="test", route=switch
        )
        async with client:
            sending = asyncio.create_task(send(client, tmp_path))
            await until(lambda: server.received)
            switch.route = by(new.address, ca_file)
            assert await account.balance(client) == Balance(12.5)
            released.set()
            assert (await sending).request_id == "r-1"
    assert [each.method for each in server.received] == ["POST", "GET"]
    assert (len(old.wished), len(new.wished)) == (1, 1)
