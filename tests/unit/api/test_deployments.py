from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.api import constants, deployments
from runcomfy_desktop.api.deployments import change_deployment, delete_deployment
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import DeploymentChanges
from tests.support.clients import KEY, ShortTimeoutTransport, client_of
from tests.support.raw_server import (
    RawServer,
    ScriptedReply,
    drop_after_body,
    drop_before_body,
    json_reply,
    never_answer,
    reply,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.client import Client

D = "0c9a1f5e-0d7e-4f57-8d2f-6f1f5f6f7a01"
K = ProblemKind
PATH = f"/prod/v2/deployments/{D}"
RECORD: dict[str, Any] = {
    "id": D,
    "name": "bike",
    "workflow_id": "7a1c",
    "workflow_version": "v1",
    "hardware": ["AMPERE_48"],
    "min_instances": 0,
    "max_instances": 1,
    "queue_size": 1,
    "keep_warm_duration_in_seconds": 60,
    "is_enabled": True,
}
OFF = DeploymentChanges(is_enabled=False)
# Responses to a change that leave it unknown whether the change was carried out.
UNCERTAIN: list[tuple[ScriptedReply, ProblemKind]] = [
    (reply(500), K.SERVER),
    (reply(502, b"<html>bad gateway</html>"), K.SERVER),
    (json_reply({"error_code": 500001}), K.SERVER),
    (drop_before_body, K.OFFLINE),
    (drop_after_body, K.OFFLINE),
    (b"", K.OFFLINE),
    (reply(200, b"<html>welcome to the hotel</html>"), K.UNREADABLE),
    (reply(200, b'{"id": "0c9a'), K.UNREADABLE),
    (reply(200, b'{"id": "0c9a', length=500), K.UNREADABLE),
    (reply(200, b"[" * 100_000), K.UNREADABLE),
    (reply(200, b" " * 10, length=constants.LARGE_JSON_CAP_BYTES * 2), K.UNREADABLE),
    (reply(302, headers={"Location": "https://evil.example/"}), K.UNREADABLE),
    (reply(307, headers={"Location": "/prod/v2/elsewhere"}), K.UNREADABLE),
]
CERTAIN: list[tuple[ScriptedReply, ProblemKind]] = [
    (json_reply({"error_code": 401001}, 401), K.AUTH),
    (reply(401, b"Unauthorized"), K.AUTH),
    (json_reply({"error_code": 403003}), K.FOREIGN),
    (json_reply({"error_code": 10001}), K.FUNDS),
    (json_reply({"error_code": 422001, "error_message": "no"}, 422), K.REJECTED),
    (json_reply({"error_code": 422001, "error_message": "no"}), K.REJECTED),
    (reply(400, b"<html>no</html>"), K.REJECTED),
    (reply(429, headers={"Retry-After": "9"}), K.BUSY),
]


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


async def change(client: Client) -> object:
    return await change_deployment(client, D, OFF)


async def delete(client: Client) -> object:
    await delete_deployment(client, D)
    return None


CALLS: list[tuple[Callable[[Client], Awaitable[object]], list[ScriptedReply], str]] = [
    (change, [json_reply(RECORD)], "PATCH"),
    (delete, [], "DELETE"),
]


async def refused(
    call: Callable[[Client], Awaitable[object]], *script: ScriptedReply
) -> tuple[Problem, RawServer]:
    async with RawServer(*script) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await call(client)
    return caught.value, server


async def test_a_change_names_the_deployment_because_the_service_wants_it() -> None:
    after = {**RECORD, "is_enabled": False}
    async with (
        RawServer(json_reply(RECORD), json_reply(after)) as server,
        client_of(server.url) as client,
    ):
        assert (await change_deployment(client, D, OFF)).is_enabled is False
    asked, changed = server.received
    assert (asked.method, asked.target) == ("GET", PATH)
    assert (changed.method, changed.target) == ("PATCH", PATH)
    assert json.loads(changed.body) == {"name": "bike", "is_enabled": False}


@pytest.mark.parametrize("name", ["a\u202eb\n  c", "x" * 500, "ü · 青"])
@pytest.mark.parametrize("wrapped", [False, True])
async def test_the_name_goes_back_as_it_came(name: str, wrapped: bool) -> None:
    record = {**RECORD, "name": name}
    answer = json_reply({"deployment": record} if wrapped else record)
    async with RawServer(answer) as server, client_of(server.url) as client:
        await change_deployment(client, D, OFF)
    assert json.loads(server.received[1].body)["name"] == name


async def test_everything_can_be_changed_in_one_go() -> None:
    changes = DeploymentChanges(0, 5, 0, 0, is_enabled=True)
    async with RawServer(json_reply(RECORD)) as server, client_of(server.url) as client:
        await change_deployment(client, D, changes)
    assert json.loads(server.received[1].body) == {
        "name": "bike",
        "min_instances": 0,
        "max_instances": 5,
        "queue_size": 0,
        "keep_warm_duration_in_seconds": 0,
        "is_enabled": True,
    }


@pytest.mark.parametrize(
    "odd",
    [{"min_instances": 3, "max_instances": 1}, {"max_instances": 0}, {"queue_size": -1}],
)
async def test_what_the_service_has_odd_stops_no_change_of_something_else(
    odd: dict[str, int],
) -> None:
    """Invalid values that came from the service do not prevent another change.

    Disabling the deployment may be the only way to stop its costs.
    """
    record = {**RECORD, **odd}
    after = {**record, "is_enabled": False}
    async with (
        RawServer(json_reply(record), json_reply(after)) as server,
        client_of(server.url) as client,
    ):
        assert not (await change_deployment(client, D, OFF)).is_enabled
    assert json.loads(server.received[1].body) == {"name": "bike", "is_enabled": False}


async def test_no_change_changes_nothing() -> None:
    async with RawServer(json_reply(RECORD)) as server, client_of(server.url) as client:
        await change_deployment(client, D, DeploymentChanges())
    assert [each.method for each in server.received] == ["GET"]


@pytest.mark.parametrize("status", [200, 204])
async def test_a_change_that_is_accepted_without_a_word_is_read_again(status: int) -> None:
    after = {**RECORD, "is_enabled": False}
    async with (
        RawServer(json_reply(RECORD), reply(status), json_reply(after)) as server,
        client_of(server.url) as client,
    ):
        assert not (await change_deployment(client, D, OFF)).is_enabled
    assert [each.method for each in server.received] == ["GET", "PATCH", "GET"]


async def test_what_can_never_be_is_not_sent() -> None:
    too_many = DeploymentChanges(min_instances=2)
    async with RawServer(json_reply(RECORD)) as server, client_of(server.url) as client:
        with pytest.raises(Problem, match="always be on"):
            await change_deployment(client, D, too_many)
    assert [each.method for each in server.received] == ["GET"]


@pytest.mark.parametrize(
    "answer", [reply(200), reply(204), json_reply({"ok": True}), json_reply({"id": D}, 202)]
)
async def test_a_deployment_is_deleted(answer: bytes) -> None:
    async with RawServer(answer) as server, client_of(server.url) as client:
        await delete_deployment(client, D)
    (seen,) = server.received
    assert (seen.method, seen.target, seen.body) == ("DELETE", PATH, b"")
    assert seen.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "answer",
    [
        json_reply({"error_code": 404001}, 404),
        json_reply({"error_code": 10003}, 404),
        json_reply({"error_code": 10003}),
    ],
)
async def test_what_is_gone_already_need_not_be_deleted(answer: bytes) -> None:
    async with RawServer(answer) as server, client_of(server.url) as client:
        await delete_deployment(client, D)
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("listed", "is_gone"),
    [
        (json_reply([]), True),
        (json_reply([{"id": "another"}]), True),
        (json_reply([RECORD]), False),
        (json_reply({"detail": "Not Found"}, 404), False),
    ],
)
async def test_a_bare_not_found_is_looked_at_twice(listed: bytes, is_gone: bool) -> None:
    """After a "not found" without an error code, the deployment is looked up again.

    The error may be about the endpoint; a deployment wrongly believed to be gone may cost money
    forever.
    """
    bare = json_reply({"detail": "Not Found"}, 404)
    async with RawServer(bare, listed) as server, client_of(server.url) as client:
        if is_gone:
            await delete_deployment(client, D)
        else:
            with pytest.raises(Problem) as caught:
                await delete_deployment(client, D)
            assert "still there" in caught.value.detail
    assert server.received[1].target == f"/prod/v2/deployments?ids={D}"


@pytest.mark.parametrize(("call", "before", "method"), CALLS)
@pytest.mark.parametrize(("part", "kind"), UNCERTAIN)
async def test_a_lost_answer_is_said_to_be_uncertain_and_nothing_is_repeated(
    call: Callable[[Client], Awaitable[object]],
    before: list[ScriptedReply],
    method: str,
    part: ScriptedReply,
    kind: ProblemKind,
) -> None:
    problem, server = await refused(call, *before, part)
    assert (problem.is_uncertain, problem.kind) == (True, kind)
    assert "may have been" in problem.detail
    assert "Refresh the list of deployments" in problem.advice
    assert [each.method for each in server.received][len(before) :] == [method]


@pytest.mark.parametrize(("call", "before", "method"), CALLS)
async def test_an_answer_that_never_comes(
    call: Callable[[Client], Awaitable[object]], before: list[ScriptedReply], method: str
) -> None:
    async with (
        RawServer(*before, never_answer) as server,
        client_of(server.url, transport=ShortTimeoutTransport()) as client,
    ):
        with pytest.raises(Problem) as caught:
            await call(client)
    assert (caught.value.is_uncertain, caught.value.kind) == (True, K.TIMEOUT)
    assert [each.method for each in server.received][len(before) :] == [method]


@pytest.mark.parametrize(("call", "before", "method"), CALLS)
@pytest.mark.parametrize(("part", "kind"), CERTAIN)
async def test_a_clear_no_is_certain_and_final(
    call: Callable[[Client], Awaitable[object]],
    before: list[ScriptedReply],
    method: str,
    part: ScriptedReply,
    kind: ProblemKind,
) -> None:
    problem, server = await refused(call, *before, part)
    assert (problem.is_uncertain, problem.kind) == (False, kind)
    assert problem.title
    assert problem.advice
    assert "may have been" not in problem.detail
    assert [each.method for each in server.received][len(before) :] == [method]


@pytest.mark.parametrize("value", [[], "x", 5, {}, {"id": None}])
async def test_an_answer_without_a_record_is_uncertain(value: object) -> None:
    problem, _server = await refused(change, json_reply(RECORD), json_reply(value))
    assert (problem.is_uncertain, problem.kind) == (True, K.UNREADABLE)


async def test_the_record_that_a_change_needs_is_asked_for_patiently() -> None:
    script = [reply(503), json_reply(RECORD), json_reply(RECORD)]
    async with RawServer(*script) as server, client_of(server.url) as client:
        await change_deployment(client, D, OFF)
    assert [each.method for each in server.received] == ["GET", "GET", "PATCH"]


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (json_reply({"error_code": 404001}, 404), K.NOT_FOUND, "does not know this deployment"),
        (json_reply({"error_code": 10003}), K.NOT_FOUND, "has been deleted"),
        (reply(500), K.SERVER, "fault of its own"),
        (json_reply([]), K.UNREADABLE, "cannot be read"),
    ],
)
async def test_without_its_record_nothing_is_changed(
    answer: bytes, kind: ProblemKind, says: str
) -> None:
    problem, server = await refused(change, answer)
    assert (problem.is_uncertain, problem.kind) == (False, kind)
    assert says in problem.title
    assert {each.method for each in server.received} == {"GET"}


async def test_what_the_service_finds_wrong_is_named() -> None:
    wrong = {
        "error_code": 422001,
        "detail": [{"loc": ["body", "max_instances"], "msg": "at most 10"}],
    }
    problem, _server = await refused(change, json_reply(RECORD), json_reply(wrong, 422))
    assert "max_instances: at most 10" in problem.detail
    assert "The deployment was not changed" in problem.detail


async def test_the_key_stays_out_of_what_the_service_repeats() -> None:
    echo = {"error_message": f"bad token {KEY}"}
    problem, _server = await refused(delete, json_reply(echo, 400))
    assert KEY not in problem.sentence() + problem.technical


@pytest.mark.parametrize("deployment_id", ["", "..", "a/b", "a?b", "%2e%2e", "a\x00", "x" * 999])
async def test_an_odd_id_goes_nowhere(deployment_id: str) -> None:
    async with RawServer(json_reply(RECORD)) as server, client_of(server.url) as client:
        with pytest.raises(Problem, match="id"):
            await change_deployment(client, deployment_id, OFF)
        with pytest.raises(Problem, match="id"):
            await delete_deployment(client, deployment_id)
    assert server.connections == 0


async def test_each_change_has_a_connection_of_its_own() -> None:
    async with RawServer(reply(200)) as server, client_of(server.url) as client:
        for _ in range(2):
            await delete_deployment(client, D)
    assert server.connections == 2
    assert all(each.headers["connection"] == "close" for each in server.received)
