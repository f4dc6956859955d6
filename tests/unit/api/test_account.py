from __future__ import annotations

import pytest

from runcomfy_desktop.api import account
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import Balance
from tests.support.clients import client_of
from tests.support.raw_server import RawServer, json_reply


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_balance_is_always_asked_of_v2(version: str) -> None:
    async with (
        RawServer(json_reply({"balance_usd": -0.25, "balance_microdollars": -250000})) as server,
        client_of(server.url, version=version) as client,
    ):
        assert await account.read_balance(client) == Balance(-0.25)
    assert server.received[0].target == "/prod/v2/balance"


async def test_no_balance_in_it() -> None:
    async with (
        RawServer(json_reply({"currency": "USD"})) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
    assert caught.value.kind is ProblemKind.UNREADABLE
