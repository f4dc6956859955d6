from __future__ import annotations

import pytest

from runcomfy_desktop.api import constants, deployments
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.clients import client_of
from tests.support.raw_server import RawServer, json_reply

D = "0c9a1f5e-0d7e-4f57-8d2f-6f1f5f6f7a01"


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
