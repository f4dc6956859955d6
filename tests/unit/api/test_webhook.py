from __future__ import annotations

from urllib.parse import parse_qs

import httpx
import pytest

from runcomfy_desktop.api.address import origin_of
from runcomfy_desktop.api.webhook import Webhook
from runcomfy_desktop.domain.problem import Problem

API = origin_of(httpx.URL("https://api.runcomfy.net"))
DEMO = origin_of(httpx.URL("http://127.0.0.1:8000"))
HOOK = "https://me.example:8443/hook/s3cret?a=1&b=%C3%BC&c=/+~#x"


def test_the_address_goes_into_the_query_whole() -> None:
    assert parse_qs(Webhook(HOOK).query(API)) == {"webhook": [HOOK]}
    assert parse_qs(Webhook(HOOK, intermediate=True).query(API)) == {
        "webhook": [HOOK],
        "webhook_intermediate_status": ["true"],
    }


@pytest.mark.parametrize(
    "url",
    [
        "",
        "me.example/hook",
        "http://me.example/hook",
        "ftp://me.example/hook",
        "https://user:pass@me.example/hook",
        "https://me.example/ho ok",
        "https://me.example\\@evil.example/",
        "https://127.0.0.1/hook",
        "https://me.example/" + "x" * 5000,
    ],
)
def test_other_addresses_are_not_sent(url: str) -> None:
    with pytest.raises(Problem, match="https"):
        Webhook(url).query(API)


def test_other_letters_are_spelled_as_they_go_over_the_line() -> None:
    sent = parse_qs(Webhook("https://mé.example/hö?b=ü").query(API))["webhook"]
    assert sent == ["https://xn--m-bga.example/h%C3%B6?b=%C3%BC"]


def test_a_stand_in_on_this_computer_may_call_this_computer() -> None:
    assert Webhook("http://127.0.0.1:9/hook").query(DEMO)
    with pytest.raises(Problem):
        Webhook("http://10.0.0.1/hook").query(DEMO)


def test_the_address_is_a_secret() -> None:
    assert "s3cret" not in repr(Webhook(HOOK))
