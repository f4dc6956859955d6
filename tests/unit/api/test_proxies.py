from __future__ import annotations

import re
import urllib.request
from dataclasses import replace

import httpx
import pytest

from runcomfy_desktop.api.proxies import (
    Proxy,
    ProxyAuthCache,
    Route,
    UnusableProxy,
    exceptions_error,
    is_exception,
    is_system_exception,
    parse_proxy,
    proxy_error,
    route_of,
    system_route,
)
from runcomfy_desktop.domain.settings import NetworkSettings, ProxyMode

PROXY = Proxy("http", "proxy.example", 3128)
API = httpx.URL("https://api.runcomfy.net/x")
ANNA = Proxy("http", "proxy.example", 8080, "anna", "hush")


@pytest.fixture(autouse=True)
def _no_proxies_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        for spelling in (f"{name}_proxy", f"{name}_proxy".upper()):
            monkeypatch.delenv(spelling, raising=False)


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
        ("http://127.0.0.1/x", False),
        ("http://api.runcomfy.net/x", False),
    ],
)
def test_who_goes_through_the_proxy(url: str, proxied: bool) -> None:
    route = Route({"https": PROXY}, "intra.example, .corp.example,*.wild.example")
    assert route.proxy_for(httpx.URL(url)) == (PROXY if proxied else None)


@pytest.mark.parametrize(
    ("host", "port", "exceptions", "is_one"),
    [
        ("a.example", 443, "*", True),
        ("a.example", 443, "", False),
        ("a.example", 443, "b.example;a.example", True),
        ("a.example", 443, "a.example:8443", False),
        ("a.example", 8443, "a.example:8443", True),
        ("a.example", None, "a.example:443", True),
        ("10.1.2.3", 443, "10.0.0.0/8", True),
        ("11.1.2.3", 443, "10.0.0.0/8", False),
        ("fd00::1", 443, "[fd00::1]", True),
        ("fd00::1", 443, "fd00::/8", True),
        ("a.example", 443, "10.0.0.0/8 example", True),
        ("a.example", 443, ",, ;", False),
        ("a.example", 443, "https://a.example", True),
        ("a.example", 443, "http://A.example/", True),
        ("a.example", 443, "https://a.example:8443", False),
        ("a.example", 443, "a.example.", True),
        ("a.example.", 443, "a.example", True),
        ("a.example.", 443, ".example", True),
        ("10.1.2.3", 443, "10.*", True),
        ("10.1.2.3", 443, "10.1.*.*", True),
        ("10.2.2.3", 443, "10.1.*", False),
        ("xn--mnchen-3ya.example", 443, "münchen.example", True),
        ("a.xn--mnchen-3ya.example", 443, "*.MÜNCHEN.example", True),
        ("fd00::1", 443, "[fd00::]/8", True),
        ("fd00::1", 443, "[fd00::/8]", True),
        ("fe00::1", 443, "[fd00::]/8", False),
        ("fd00::1", 8443, "[fd00::1]:8443", True),
        ("fd00::1", 443, "[fd00::1]:8443", False),
        ("a.example", 443, "*.a.example", True),
        ("a_b.example", 443, "a_b.example", True),
    ],
)
def test_the_exceptions(host: str, port: int | None, exceptions: str, is_one: bool) -> None:
    assert is_exception(host, port, exceptions) is is_one


@pytest.mark.parametrize(
    "exceptions",
    [
        "",
        " , ;",
        "*",
        "localhost, intra.example,.corp.example;*.wild.example 10.0.0.0/8",
        "a.example:8443, 10.1.2.3:80, [fd00::1]:443, fd00::/8, 10.1.2.3/8",
        "https://a.example/, 10.*, münchen.example, a.example., [fd00::]/8, *example",
    ],
)
def test_exceptions_that_are_understood(exceptions: str) -> None:
    assert exceptions_error(exceptions) == ""


@pytest.mark.parametrize(
    "entry",
    [
        "https://a.example/wpad.dat",
        "ftp://a.example",
        "a.example/8",
        "a.example:port",
        "a.example:0",
        "a.example:70000",
        "[fd00::1]x",
        "[fd00::1",
        "fd00::1]:80",
        "[a.example]",
        "10.0.0.0/33",
        "10.0.0",
        "10.",
        "10.*.3",
        "10.300.*",
        "1.2.3.4.*",
        "a.*.example",
        "a*.example",
        "*:8080",
        "*.*",
        ".",
        "..",
        "a..example",
        "<local>",
        "anna@a.example",
        "fe80::1%eth0",
        "xn--.example",
        "a" * 64 + ".example",
    ],
)
def test_an_exception_that_would_be_ignored_is_named(entry: str) -> None:
    assert f"“{entry}”" in exceptions_error(f"b.example, {entry}, c.example")
    assert not is_exception("a.example", 443, entry)
    assert not is_exception("10.0.0.1", 443, entry)


def test_of_an_exception_without_an_end_only_the_beginning_is_shown() -> None:
    assert len(exceptions_error("x/" * 2000)) < 250


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_the_environment_is_heard_in_both_spellings(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://anna:h%40sh@proxy.example:3128/")
    monkeypatch.setenv("NO_PROXY", "intra.example")
    route = system_route("/ca.pem")
    assert route.proxy_for(API) == Proxy("http", "proxy.example", 3128, "anna", "h@sh")
    assert route.proxy_for(httpx.URL("https://intra.example")) is None
    assert route.ca_file == "/ca.pem"


def test_exceptions_alone_are_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "intra.example")
    assert system_route().proxy_for(API) is None


@pytest.fixture(params=["registry", "macosx_sysconf"])
def _proxy_of_the_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds the functions that Python has only on Windows or macOS."""
    address = f"http://{PROXY.name}"
    found = {"http": address, "https": address, "ftp": address}
    for name, answer in (
        (f"getproxies_{request.param}", lambda: found),
        (f"proxy_bypass_{request.param}", lambda host: host == "intra.example"),
    ):
        monkeypatch.setattr(urllib.request, name, answer, raising=False)


@pytest.mark.usefixtures("_proxy_of_the_system")
@pytest.mark.parametrize("name", ["NO_PROXY", "FTP_PROXY", "npm_config_proxy", "nothing"])
def test_what_does_not_lead_there_does_not_hide_the_proxy_of_the_system(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "other.example")
    route = system_route()
    assert route.proxy_for(API) == PROXY
    assert route.has_system_exceptions
    assert is_system_exception("intra.example")
    assert not is_system_exception("api.runcomfy.net")
    is_named = name == "NO_PROXY"
    assert (route.proxy_for(httpx.URL("https://other.example")) is None) is is_named


def test_exceptions_of_the_system_that_cannot_be_read_are_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ask(host: str) -> bool:
        return bool(re.match("[intra", host))

    monkeypatch.setattr(urllib.request, "proxy_bypass_registry", ask, raising=False)
    assert not is_system_exception("intra.example")


@pytest.mark.usefixtures("_proxy_of_the_system")
def test_the_environment_s_proxy_hides_that_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://other.example:1")
    route = system_route()
    assert route.proxy_for(API) == Proxy("http", "other.example", 1)
    assert not route.has_system_exceptions


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("proxy:3128", Proxy("http", "proxy", 3128)),
        ("http://proxy", Proxy("http", "proxy", 80)),
        ("http://proxy:80", Proxy("http", "proxy", 80)),
        ("https://proxy", Proxy("https", "proxy", 443)),
        ("socks5://proxy", Proxy("socks5", "proxy", 1080)),
        ("SOCKS5H://u:p@proxy:9050", Proxy("socks5h", "proxy", 9050, "u", "p")),
        ("socks://proxy:1080", Proxy("socks5h", "proxy", 1080)),
        ("http://[fd00::1]:8080", Proxy("http", "fd00::1", 8080)),
        ("socks4://proxy:1080", UnusableProxy("socks4")),
        ("nonsense://", UnusableProxy("nonsense")),
        ("http://[", UnusableProxy("http")),
        ("http://", UnusableProxy("http")),
        ("http://pro xy:1", UnusableProxy("http")),
        # Passwords in which `#`, `/` and `?` were not percent-encoded.
        ("http://anna:2024#hush@proxy:8080", UnusableProxy("http")),
        ("http://anna:2024/hush@proxy:8080", UnusableProxy("http")),
        ("socks5h://anna:2024?hush@proxy:1080", UnusableProxy("socks5h")),
    ],
)
def test_addresses_of_proxies(text: str, proxy: Proxy | UnusableProxy) -> None:
    assert parse_proxy(text) == proxy


def test_a_password_is_in_no_text_of_a_route() -> None:
    choice = NetworkSettings(ProxyMode.OWN, "proxy.example:3128", "anna")
    route = route_of(choice, "hush")
    proxy = route.proxy_for(API)
    assert isinstance(proxy, Proxy)
    assert proxy.password == "hush"
    assert "hush" not in f"{route} {route!r} {proxy} {proxy.name}"


def test_what_the_settings_choose_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://other.example:1")
    own = NetworkSettings(ProxyMode.OWN, "socks5h://proxy.example:9050", "", "intra.example")
    assert route_of(own).proxy_for(API) == Proxy("socks5h", "proxy.example", 9050)
    assert route_of(own).proxy_for(httpx.URL("https://intra.example")) is None
    assert route_of(NetworkSettings(ProxyMode.NONE)).proxy_for(API) is None
    assert route_of(NetworkSettings()).proxy_for(API) == Proxy("http", "other.example", 1)


def test_a_password_without_a_user_goes_nowhere_nor_a_user_without_a_password() -> None:
    """User name and password are sent only together.

    A user without a password means that the keyring is locked; the proxy would count it as a wrong
    password.
    """
    route = route_of(NetworkSettings(ProxyMode.OWN, "proxy.example:3128"), "hush")
    assert route.proxy_for(API) == PROXY
    route = route_of(NetworkSettings(ProxyMode.OWN, "proxy.example:3128", "anna"))
    assert route.proxy_for(API) == PROXY


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Give the address"),
        ("http://anna:hush@proxy.example:8080", "fields of their own"),
        ("ftp://proxy.example:8080", "begins with"),
        ("proxy.example", "port is missing"),
        ("http://[::1", "not the address"),
        ("proxy.example:99999999", "not the address"),
        ("http://proxy.example:8080/wpad.dat", "ends with its port"),
        ("proxy example:80", "not the address"),
        ("proxy..example:8080", "not the address"),
        ("xn--a.example:8080", "not the address"),
        ("xn--:8080", "not the address"),
    ],
)
def test_what_is_wrong_with_a_typed_proxy(address: str, words: str) -> None:
    fault = proxy_error(address)
    assert words in fault
    assert "hush" not in fault


@pytest.mark.parametrize(
    "address", ["proxy:80", "http://proxy:80", "https://[fd00::1]:443/", " socks5h://proxy:1080 "]
)
def test_good_proxies(address: str) -> None:
    assert proxy_error(address) == ""


def test_user_names_that_cannot_be_sent() -> None:
    assert "colon" in proxy_error("proxy:80", "a:b")
    # A password without a user name would be silently dropped.
    assert "user name is missing" in proxy_error("proxy:80", "", "hush")
    assert "too long" in proxy_error("socks5h://proxy:80", "anna", "x" * 256)
    for proxy in ("proxy:80", "socks5://proxy:80"):
        assert "half a letter" in proxy_error(proxy, "anna", "hus\ud83d")


async def test_each_password_at_each_proxy_is_remembered_apart() -> None:
    known = ProxyAuthCache()
    known.for_proxy(ANNA).refuse()
    assert known.for_proxy(replace(ANNA)).is_refused
    assert known.for_proxy(replace(ANNA, scheme="https")).is_refused
    for other in ({"password": "other"}, {"user": "bob"}, {"port": 81}, {"host": "b.example"}):
        assert not known.for_proxy(replace(ANNA, **other)).is_refused
    known.for_proxy(ANNA).forget_refusal()
    assert not known.for_proxy(ANNA).is_refused
    assert not known.for_proxy(ANNA).is_accepted


async def test_one_that_was_taken_can_be_refused_later() -> None:
    sign_in = ProxyAuthCache().for_proxy(ANNA)
    sign_in.is_accepted = True
    sign_in.refuse()
    assert not sign_in.is_accepted


async def test_a_route_tries_its_own_passwords_again_and_no_others() -> None:
    known, bob = ProxyAuthCache(), replace(ANNA, user="bob")
    for proxy in (ANNA, bob):
        known.for_proxy(proxy).refuse()
    route = Route({"https": ANNA}, auth_cache=known)
    route.forget_refusals()
    assert not known.for_proxy(ANNA).is_refused
    assert known.for_proxy(bob).is_refused
    assert "hush" not in f"{route!r} {known!r}"
