from __future__ import annotations

import httpx
import pytest

from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.public_requests import open_checked
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.raw_server import RawServer, reply


def anywhere(_url: httpx.URL) -> bool:
    return True


async def test_each_hop_is_asked_about_before_it_is_gone() -> None:
    requests: list[str] = []

    def only_the_first(url: httpx.URL) -> bool:
        requests.append(url.path)
        return len(requests) < 2

    async with (
        RawServer(reply(302, headers={"Location": "/second"})) as server,
        httpx.AsyncClient(trust_env=False) as pool,
    ):
        with pytest.raises(Problem) as caught:
            async with open_checked(pool, f"{server.url}/first", only_the_first, ApiOperation.FILE):
                pass
    assert requests == ["/first", "/second"]
    assert len(server.received) == 1
    assert caught.value.kind is ProblemKind.REJECTED
    assert "127.0.0.1" in caught.value.title


async def test_a_redirect_that_leads_nowhere_is_the_answer() -> None:
    async with (
        RawServer(reply(302)) as server,
        httpx.AsyncClient(trust_env=False) as pool,
        open_checked(pool, server.url, anywhere, ApiOperation.FILE) as response,
    ):
        assert response.status_code == 302


@pytest.mark.parametrize("location", ["https://a@b.example/", "gopher://x/", "https://x:0/"])
async def test_an_odd_hop_is_not_gone(location: str) -> None:
    async with (
        RawServer(reply(302, headers={"Location": location})) as server,
        httpx.AsyncClient(trust_env=False) as pool,
    ):
        with pytest.raises(Problem, match="proper address"):
            async with open_checked(pool, server.url, anywhere, ApiOperation.READ):
                pass
