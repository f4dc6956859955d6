"""Probing the service through a real proxy, without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.probe import probe
from runcomfy_desktop.api.proxies import Route, parse_proxy
from runcomfy_desktop.domain.base.problem import Problem
from tests.support.certificate_authority import CertificateAuthority
from tests.support.proxy_servers import HttpProxy, MuteServer
from tests.support.raw_server import (
    KeepAlive,
    RawServer,
    ScriptedReply,
    json_reply,
    never_answer,
    reply,
)

if TYPE_CHECKING:
    from pathlib import Path

HOST = "api.runcomfy.invalid"


@pytest.mark.parametrize(
    "answer", [json_reply({"error": "no key"}, 401), json_reply({"balance": 1}), reply(429)]
)
async def test_every_answer_of_the_service_will_do(answer: bytes, tmp_path: Path) -> None:
    authority = CertificateAuthority()
    async with (
        RawServer(answer, tls=authority.server(tmp_path, HOST)) as server,
        HttpProxy(server.port) as proxy,
    ):
        route = Route(
            {"all": parse_proxy(proxy.address)}, ca_file=str(authority.write_pem(tmp_path))
        )
        await probe(f"https://{HOST}", route)
    assert proxy.requested_hosts == [f"{HOST}:443"]
    assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (reply(200, b"<html>Log in</html>"), "web page"),
        (reply(503), "fault of its own"),
        (reply(404), "does not know"),
        (never_answer, "did not answer in time"),
    ],
)
async def test_what_is_no_answer_of_the_service(part: ScriptedReply, words: str) -> None:
    async with RawServer(part) as server:
        with pytest.raises(Problem, match=words):
            await probe(server.url, Route(), timeout_s=1.0)
    assert len(server.received) == 1


async def test_a_proxy_in_the_way_is_named() -> None:
    async with MuteServer(b"220 mail\r\n") as proxy:
        route = Route({"all": parse_proxy(proxy.address)})
        with pytest.raises(Problem, match="not as a proxy"):
            await probe(f"https://{HOST}", route)


@pytest.mark.parametrize(
    "location", ["https://router.local/login", "http://192.168.1.1/", "http://127.0.0.1:9/", "/x"]
)
async def test_an_address_that_leads_elsewhere_is_one_to_be_checked(
    location: str, tmp_path: Path
) -> None:
    """The advice is to check the address.

    No deployment was requested, so the owner of a deployment is not mentioned.
    """
    authority = CertificateAuthority()
    leads_on = KeepAlive(reply(302, headers={"Location": location}))
    async with (
        RawServer(leads_on, tls=authority.server(tmp_path, HOST)) as server,
        HttpProxy(server.port) as proxy,
    ):
        route = Route(
            {"all": parse_proxy(proxy.address)}, ca_file=str(authority.write_pem(tmp_path))
        )
        with pytest.raises(Problem, match=r"leads|points") as caught:
            await probe(f"https://{HOST}", route)
    assert "Check the API address" in caught.value.advice
    assert "owner" not in caught.value.sentence()
    assert "file" not in caught.value.sentence()
