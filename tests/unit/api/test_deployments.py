from __future__ import annotations

import json

import pytest

from runcomfy_desktop.api import constants, deployments
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from tests.support.clients import KEY, client_of
from tests.support.raw_server import RawServer, json_reply, reply

D = "0c9a1f5e-0d7e-4f57-8d2f-6f1f5f6f7a01"
INFO = {"KSampler": {"input": {"required": ["steps"]}}}


async def test_the_list_with_its_parameters() -> None:
    async with (
        RawServer(json_reply([{"id": D, "name": "a"}, {"id": "e"}])) as server,
        client_of(server.url, version="v1") as client,
    ):
        found = await deployments.list_deployments(
            client, ids=[D, "e"], includes=("payload", "readme")
        )
        await deployments.list_deployments(client)
    assert [each.deployment_id for each in found] == [D, "e"]
    assert [each.target for each in server.received] == [
        f"/prod/v2/deployments?ids={D}&ids=e&includes=payload&includes=readme",
        "/prod/v2/deployments",
    ]


async def test_one_record() -> None:
    answer = json_reply({"id": D, "readme": "#"})
    async with RawServer(answer) as server, client_of(server.url) as client:
        found = await deployments.read_deployment(client, D)
        await deployments.read_deployment(client, D, includes=())
    assert found.readme == "#"
    assert [each.target for each in server.received] == [
        f"/prod/v2/deployments/{D}?includes=payload&includes=readme",
        f"/prod/v2/deployments/{D}",
    ]


async def test_a_record_may_be_larger_than_other_answers() -> None:
    text = "x" * (constants.JSON_CAP_BYTES + 1)
    record = {"id": D, "payload": {"workflow_api_json": {"1": {"inputs": {"text": text}}}}}
    async with RawServer(json_reply(record)) as server, client_of(server.url) as client:
        found = await deployments.read_deployment(client, D)
    assert found.payload is not None
    assert found.payload.workflow is not None


@pytest.mark.parametrize("value", [None, {}, [], {"id": None}, "x"])
async def test_no_record_in_it(value: object) -> None:
    async with RawServer(json_reply(value)) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await deployments.read_deployment(client, D)
    assert caught.value.kind is ProblemKind.UNREADABLE


async def test_no_list_in_it() -> None:
    async with RawServer(json_reply({"a": 1})) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await deployments.list_deployments(client)
    assert caught.value.kind is ProblemKind.UNREADABLE


async def test_a_record_of_somebody_else() -> None:
    answer = json_reply({"error_code": 403003, "error_message": "not yours"})
    async with RawServer(answer) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await deployments.read_deployment(client, D)
    assert caught.value.kind is ProblemKind.FOREIGN


async def test_object_info_is_read_without_the_key() -> None:
    async with (
        RawServer(json_reply(INFO)) as storage,
        RawServer(json_reply({})) as server,
        client_of(server.url) as client,
    ):
        found = await deployments.read_object_info(client, f"{storage.url}/object_info/1.json")
    assert found == INFO
    assert "authorization" not in storage.received[0].headers
    assert server.received == []


async def test_with_the_key_only_when_the_api_itself_wants_it() -> None:
    async with RawServer(reply(401), json_reply(INFO)) as server, client_of(server.url) as client:
        assert await deployments.read_object_info(client, f"{server.url}/info.json") == INFO
    assert ["authorization" in each.headers for each in server.received] == [False, True]


async def test_another_host_never_gets_the_key() -> None:
    async with (
        RawServer(reply(403)) as storage,
        RawServer(json_reply({})) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(Problem):
            await deployments.read_object_info(client, f"{storage.url}/1.json")
    assert [KEY in str(each.headers) for each in storage.received] == [False]


async def test_object_info_behind_a_redirect_and_a_passing_fault() -> None:
    async with RawServer(reply(503), json_reply(INFO)) as far:
        moved = reply(307, headers={"Location": f"{far.url}/there.json"})
        async with RawServer(moved) as server, client_of(server.url) as client:
            assert await deployments.read_object_info(client, f"{server.url}/1.json") == INFO
    assert all("authorization" not in each.headers for each in far.received)


async def test_a_large_object_info_is_read_whole() -> None:
    large = {f"Class{n}": {"description": "x" * 1000} for n in range(9000)}
    assert len(json.dumps(large)) > constants.JSON_CAP_BYTES
    async with RawServer(json_reply(large)) as server, client_of(server.url) as client:
        assert await deployments.read_object_info(client, f"{server.url}/1.json") == large


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "http://far.example/1.json", "https://a@b.example/1.json"]
)
async def test_an_odd_address_is_not_asked(url: str) -> None:
    async with client_of("https://api.runcomfy.net") as client:
        with pytest.raises(Problem) as caught:
            await deployments.read_object_info(client, url)
    assert caught.value.kind is ProblemKind.REJECTED


@pytest.mark.parametrize("part", [json_reply([]), reply(200, b"<html>"), reply(200)])
async def test_no_object_in_it(part: bytes) -> None:
    async with RawServer(part) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await deployments.read_object_info(client, f"{server.url}/1.json")
    assert caught.value.kind is ProblemKind.UNREADABLE
