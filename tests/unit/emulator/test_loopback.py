"""The emulator connects only to this computer."""

from __future__ import annotations

import pytest

from runcomfy_desktop.emulator.loopback import hosts_of, is_loopback, send_request
from tests.support.webhook_receiver import WebhookReceiver


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:5/x", "https://localhost/", "http://127.9.9.9", "http://[::1]:80/"],
)
def test_addresses_of_this_computer(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://192.168.0.1/",
        "http://localhost.example.org/",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org/",
        "http://example.org/127.0.0.1",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://[::]/",
        "http://[",
        "//",
        "",
    ],
)
def test_addresses_elsewhere_are_not_asked(address: str) -> None:
    assert not is_loopback(address)
    assert send_request("GET", address) == (0, b"")


def test_an_answer_comes_back_and_a_redirect_is_not_followed() -> None:
    with WebhookReceiver(302, 200, content=b"hello") as receiver:
        name = receiver.url.replace("127.0.0.1", "localhost")
        assert send_request("POST", f"{name}/a?b=c", b"{}") == (302, b"hello")
        assert send_request("GET", receiver.url) == (200, b"hello")
    assert [each.target for each in receiver.requests] == ["/a?b=c", "/"]


def test_where_nobody_listens_there_is_no_answer() -> None:
    with WebhookReceiver() as receiver:
        address = receiver.url
    assert send_request("POST", address, b"") == (0, b"")
    for odd in ("http://127.0.0.1:99999/", f"{address}/a b", f"{address}/\n"):
        assert send_request("GET", odd) == (0, b"")


def test_the_usual_port_may_be_left_out_of_a_host() -> None:
    assert hosts_of(8188) == {"127.0.0.1:8188", "localhost:8188"}
    assert {"127.0.0.1", "localhost:80"} <= hosts_of(80)
