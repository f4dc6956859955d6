from __future__ import annotations

import httpx
import pytest

from runcomfy_desktop.api.address import (
    base_url_error,
    check_base_url,
    may_download,
    may_read,
    origin_of,
    parse_url,
    path_segment,
)
from runcomfy_desktop.domain.base.problem import Problem
from tests.support.hostile_environments import ADDRESSES, HostileAddress


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api.runcomfy.net", "https://api.runcomfy.net"),
        (" https://API.RunComfy.net:443/ ", "https://api.runcomfy.net"),
        ("https://api.runcomfy.net/prod/v1/", "https://api.runcomfy.net"),
        ("https://gate.example/runcomfy", "https://gate.example/runcomfy"),
        ("https://gate.example:8443", "https://gate.example:8443"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://gate.example.", "https://gate.example."),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        (f"https://{'a' * 63}.example", f"https://{'a' * 63}.example"),
    ],
)
def test_good_addresses_are_normalised(text: str, expected: str) -> None:
    assert check_base_url(text) == expected
    assert check_base_url(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.runcomfy.net",
        "ftp://api.runcomfy.net",
        "https://",
        "https://[::1",
        "https://x:99999",
        "https://x:0",
        "https://a b",
        # names that no server can have, and that libraries handle differently
        "https://api..runcomfy.net",
        "https://.runcomfy.net",
        "https://xn--a.example",
        f"https://{'a' * 64}.example",
        f"https://{'a.' * 150}example",
        # user info, visible and hidden
        "https://api.runcomfy.net@evil.example/",
        "https://api.runcomfy.net\\@evil.example/",
        "https://api.runcomfy.net:443@evil.example/",
        "https://user:secret@api.runcomfy.net",
        "https://@api.runcomfy.net",
        "https://api.runcomfy.net%2f@evil.example",
        "https://api.runcomfy.net%2fevil.example",
        # characters that would change the meaning of the paths appended to the address
        "https://x?",
        "https://x?a=b",
        "https://x#",
        "https://x/a/../b",
        "https://x/%2e%2e/",
        "https://x//y",
        "https://x/a\\b",
        # characters that look like others, or are converted to others
        "https://api.runc\u043emfy.net",
        "https://api.runcomfy\u3002net",
        "https://api.runcomfy.net\uff0f@evil.example",
        "https://api.runcomfy.net\u2100.evil.example",
        "https://\u202eten.yfmocnur.ipa",
        # other schemes, and no scheme
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "//api.runcomfy.net",
        "https:api.runcomfy.net",
        "https:///api.runcomfy.net",
        # ports
        "https://api.runcomfy.net:-1",
        "https://api.runcomfy.net:443.evil.example",
        "https://api.runcomfy.net:0x1bb",
        # line breaks and tabs
        "https://api.runcomfy.net\r\nHost: evil.example",
        "https://api.runcomfy.net\t.evil.example",
        # http to another computer
        "http://0.0.0.0",
        "http://[::]",
        "http://[fe80::1]",
        "http://localhost@evil.example",
        "http://2130706433",
        "http://api.runcomfy.net",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
    ],
)
def test_bad_addresses_are_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        check_base_url(text)
    assert caught.value.title
    assert caught.value.advice


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_what_is_no_service_of_ours_gets_its_sentence(address: HostileAddress) -> None:
    with pytest.raises(Problem) as caught:
        check_base_url(address.text)
    assert caught.value.sentence() == address.expected_text


def test_an_id_is_one_segment() -> None:
    assert path_segment("0b7e4c52-66aa") == "0b7e4c52-66aa"
    assert path_segment("38:42 ä") == "38%3A42%20%C3%A4"


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a\\b", "a?b", "a#b", "../balance"])
def test_an_id_cannot_leave_its_place(text: str) -> None:
    with pytest.raises(Problem):
        path_segment(text)


@pytest.mark.parametrize("text", ["%2e%2e", "a\x00", "a\n", "\ud800", "x" * 201])
def test_an_id_is_plain(text: str) -> None:
    with pytest.raises(Problem):
        path_segment(text)


API_URL = "https://api.runcomfy.net"
API = origin_of(httpx.URL(API_URL))
OWN = origin_of(httpx.URL("https://gate.example:8443"))
DEMO = origin_of(httpx.URL("http://127.0.0.1:8000"))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://serverless-api-storage.runcomfy.net/a.png", True),
        ("https://files.runcomfy.com/a.png", True),
        ("https://api.runcomfy.net/a.png", True),
        ("http://files.runcomfy.net/a.png", False),
        ("https://runcomfy.net.evil.example/a.png", False),
        ("https://evilruncomfy.net/a.png", False),
        ("https://evil.example/files.runcomfy.net", False),
        ("https://evil.example#.runcomfy.net", False),
        ("https://files.runcomfy.net@evil.example/", False),
        ("https://files.runcomfy.net\\@evil.example/", False),
        ("http://127.0.0.1:9000/a.png", False),
        ("file:///etc/passwd", False),
    ],
)
def test_results_come_from_known_hosts(url: str, allowed: bool) -> None:
    parsed = parse_url(url)
    assert (parsed is not None and may_download(parsed, API)) is allowed


def test_the_host_of_the_api_may_keep_results_itself() -> None:
    url = parse_url("https://gate.example/a.png")
    assert url is not None
    assert may_download(url, OWN)
    assert not may_download(url, API)


def test_loopback_is_for_a_service_on_loopback() -> None:
    url = parse_url("http://127.0.0.1:9000/a.png")
    assert url is not None
    assert may_download(url, DEMO)
    assert may_read(url, DEMO)
    assert not may_read(url, API)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cdn.somewhere.example/object_info.json", True),
        ("https://api.runcomfy.net/x", True),
        ("http://cdn.somewhere.example/x", False),
        ("https://10.0.0.1/x", False),
        ("https://192.168.1.1/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://0.0.0.0/x", False),
        ("https://127.0.0.1/x", False),
        ("https://127.1/x", False),
        ("https://2130706433/x", False),
        ("https://0x7f.0x1/x", False),
        ("https://[::1]/x", False),
        ("https://[::ffff:127.0.0.1]/x", False),
        ("https://[fd00::1]/x", False),
        ("https://localhost/x", False),
        ("https://localhost./x", False),
        ("https://a.localhost/x", False),
        ("https://router/x", False),
        ("https://nas.local/x", False),
        ("https://vault.internal./x", False),
    ],
)
def test_what_lies_about_in_the_local_network_is_not_read(url: str, allowed: bool) -> None:
    parsed = parse_url(url)
    assert (parsed is not None and may_read(parsed, API)) is allowed
    assert parsed is None or not may_download(parsed, API) or url.startswith(API_URL)


def test_a_service_of_the_local_network_may_point_at_itself() -> None:
    base = origin_of(httpx.URL("https://10.0.0.1:8443"))
    url = parse_url("https://10.0.0.1/object_info.json")
    other = parse_url("https://10.0.0.2/object_info.json")
    assert url is not None
    assert other is not None
    assert may_read(url, base)
    assert not may_read(other, base)


def test_a_fault_of_the_address_is_told_in_words() -> None:
    assert base_url_error("https://api.runcomfy.net") == ""
    assert "https" in base_url_error("http://api.example.com")
    assert base_url_error("https://api.runcomfy.net@evil.example/") != ""
