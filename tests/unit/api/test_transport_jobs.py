"""Jobs through real proxies: each is sent once, or reported as not sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import account, inference
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import Balance
from tests.support.async_wait import wait_until
from tests.support.clients import KEY
from tests.support.proxy_servers import HttpProxy, MuteServer, SocksServer
from tests.support.raw_server import (
    RawConnection,
    RawServer,
    drop_after_body,
    json_reply,
    reply,
)
from tests.support.routed_clients import BALANCE, URL, SwitchableRoute, proxy_route, routed_client

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from runcomfy_desktop.api.inference import AcceptedRequest
    from tests.support.certificate_authority import CertificateAuthority


async def send(client: Client, folder: Path) -> AcceptedRequest:
    return await inference.submit(client, "d-1", SubmitBody({}, folder))


@pytest.mark.parametrize(
    "proxy",
    [
        HttpProxy(0, refusal=reply(407)),
        HttpProxy(0, refusal=reply(502)),
        HttpProxy(0, refusal=b""),
        SocksServer(0, code=4),
        SocksServer(0, user="a", password="b"),
        MuteServer(b"220 mail\r\n"),
    ],
)
async def test_a_job_that_no_proxy_takes_was_not_sent(
    proxy: HttpProxy | SocksServer | MuteServer, tmp_path: Path
) -> None:
    async with proxy, routed_client(proxy_route(proxy.address)) as client:
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert not caught.value.is_uncertain
    assert caught.value.detail == "The job was not accepted and costs nothing."
    # A submit is tried only once, whatever the error.
    assert len(proxy.requested_hosts) <= 1


async def test_a_job_behind_a_certificate_that_is_not_believed_was_not_sent(
    tmp_path: Path, server_tls: ssl.SSLContext
) -> None:
    async with (
        RawServer(json_reply({"request_id": "r"}), tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
        routed_client(proxy_route(proxy.address)) as client,
    ):
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert not caught.value.is_uncertain
    assert (server.received, len(proxy.requested_hosts)) == ([], 1)


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_job_whose_answer_is_lost_behind_a_proxy_is_uncertain_and_sent_once(
    kind: type[HttpProxy | SocksServer],
    tmp_path: Path,
    authority: CertificateAuthority,
    server_tls: ssl.SSLContext,
) -> None:
    async with (
        RawServer(drop_after_body, tls=server_tls) as server,
        kind(server.port) as proxy,
        routed_client(proxy_route(proxy.address, authority.write_pem(tmp_path))) as client,
    ):
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert caught.value.is_uncertain
    assert len(server.received) == 1


async def test_a_job_that_is_going_out_is_not_sent_again_when_the_route_changes(
    tmp_path: Path, authority: CertificateAuthority, server_tls: ssl.SSLContext
) -> None:
    released = asyncio.Event()

    async def slowly(connection: RawConnection) -> None:
        await connection.read_body()
        await released.wait()
        await connection.send(json_reply({"request_id": "r-1"}))

    ca_file = authority.write_pem(tmp_path)
    async with (
        RawServer(slowly, json_reply(BALANCE), tls=server_tls) as server,
        HttpProxy(server.port) as old,
        HttpProxy(server.port) as new,
    ):
        switch = SwitchableRoute(proxy_route(old.address, ca_file))
        client = Client(
            URL, lambda: KEY, queue_version=lambda: "v1", user_agent="test", route=switch
        )
        async with client:
            sending = asyncio.create_task(send(client, tmp_path))
            await wait_until(lambda: server.received)
            switch.route = proxy_route(new.address, ca_file)
            assert await account.read_balance(client) == Balance(12.5)
            released.set()
            assert (await sending).request_id == "r-1"
    assert [each.method for each in server.received] == ["POST", "GET"]
    assert (len(old.requested_hosts), len(new.requested_hosts)) == (1, 1)
