from __future__ import annotations

import httpx
import pytest

from runcomfy_desktop.api.transport import RoutedTransport, tls_context, usable_proxies
from tests.support.raw_server import RawServer, reply

LIMITS = httpx.Limits(max_connections=2)
PROXIES = {
    "https": "http://proxy.example:3128",
    "all": "socks5://proxy.example:1080",
    "no": "intra.example, .corp.example,*.wild.example",
}


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("https://api.runcomfy.net/x", True),
        ("https://intra.example/x", False),
        ("https://a.intra.example/x", False),
        ("https://a.corp.example/x", False),
        ("https://a.wild.example/x", False),
        ("https://notintra.example/x", True),
        ("https://127.0.0.1:8000/x", False),
        ("https://localhost/x", False),
        ("https://[::1]/x", False),
        ("http://api.runcomfy.net/x", False),
    ],
)
def test_who_goes_through_the_proxy(url: str, proxied: bool) -> None:
    way = RoutedTransport(LIMITS, usable_proxies(PROXIES)).proxy_for(httpx.URL(url))
    assert way == ("http://proxy.example:3128" if proxied else "")


def test_a_star_means_no_proxy_at_all() -> None:
    transport = RoutedTransport(LIMITS, {"all": "http://proxy.example", "no": "*"})
    assert transport.proxy_for(httpx.URL("https://api.runcomfy.net")) == ""


def test_only_http_proxies_are_used() -> None:
    given = {"http": "proxy:3128", "https": "socks5://x", "all": "nonsense://", "ftp": "http://["}
    assert usable_proxies(given) == {"http": "http://proxy:3128"}


def test_a_refused_proxy_is_told_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    usable_proxies({"all": "socks5://anna:hush@proxy.example"})
    assert "all" in caplog.text
    assert "hush" not in caplog.text


def test_the_certificates_are_there_once() -> None:
    assert tls_context() is tls_context()
    assert tls_context().get_ca_certs()


async def test_loopback_is_reached_directly() -> None:
    async with RawServer(reply(200, b"here")) as server:
        transport = RoutedTransport(LIMITS, {"all": "http://127.0.0.1:1"})
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get(server.url)).text == "here"


async def test_other_hosts_go_through_the_proxy() -> None:
    async with RawServer(reply(200, b"through")) as proxy:
        transport = RoutedTransport(LIMITS, {"all": proxy.url})
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get("http://far.example/x")).text == "through"
    assert proxy.received[0].target == "http://far.example/x"


async def test_a_proxy_that_refuses_the_way_is_told_apart() -> None:
    async with RawServer(reply(407)) as proxy:
        transport = RoutedTransport(LIMITS, {"all": proxy.url})
        async with httpx.AsyncClient(transport=transport) as client:
            with pytest.raises(httpx.ProxyError):
                await client.get("https://far.example/x")
    assert proxy.received[0].method == "CONNECT"
