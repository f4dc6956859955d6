from __future__ import annotations

import json

import pytest

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.instances import free_memory
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.clients import KEY, client_of
from tests.support.raw_server import RawServer, ScriptedReply, drop_after_body, json_reply, reply

K = ProblemKind
D = "0c9a1f5e-0d7e-4f57-8d2f-6f1f5f6f7a01"
I = "c3a1f4d2-17b6-4d0e-8b55-6e2f9a7d0c41"  # noqa: E741 - as D, an id
PROXY = f"/prod/v2/deployments/{D}/instances/{I}/proxy"


@pytest.mark.parametrize(
    ("clear_cache", "body"),
    [(False, {"unload_models": True}), (True, {"unload_models": True, "free_memory": True})],
)
@pytest.mark.parametrize(
    "answer", [reply(200), reply(200, b"ok"), reply(204), json_reply({"done": True})]
)
async def test_memory_is_freed(clear_cache: bool, body: object, answer: bytes) -> None:
    async with RawServer(answer) as server, client_of(server.url, version="v1") as client:
        await free_memory(client, D, I, clear_cache=clear_cache)
    (seen,) = server.received
    assert (seen.method, seen.target) == ("POST", f"{PROXY}/api/free")
    assert json.loads(seen.body) == body
    assert seen.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("part", "kind", "uncertain"),
    [
        (reply(404), K.NOT_FOUND, False),
        (reply(404, b"instance not found"), K.NOT_FOUND, False),
        (json_reply({"error_code": 404001}, 404), K.NOT_FOUND, False),
        (json_reply({"error_code": 404001}), K.NOT_FOUND, False),
        (reply(410), K.NOT_FOUND, False),
        (reply(502, b"<html>bad gateway</html>"), K.SERVER, True),
        (reply(503), K.SERVER, True),
        (json_reply({"error_code": 11007}), K.SERVER, True),
        (reply(401, b"Unauthorized"), K.AUTH, False),
        (json_reply({"error": "no"}, 400), K.REJECTED, False),
        (drop_after_body, K.OFFLINE, True),
        (reply(200, b"<html>hotel</html>"), K.UNREADABLE, True),
        (reply(200, b"x", length=500), K.UNREADABLE, True),
        (reply(200, b"x" * (constants.JSON_CAP_BYTES + 1)), K.UNREADABLE, True),
        (reply(308, headers={"Location": "https://evil.example/"}), K.UNREADABLE, True),
    ],
)
async def test_an_instance_that_does_not_do_it(
    part: ScriptedReply, kind: ProblemKind, uncertain: bool
) -> None:
    async with RawServer(part) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await free_memory(client, D, I, clear_cache=True)
    assert (caught.value.kind, caught.value.is_uncertain) == (kind, uncertain)
    assert caught.value.detail
    assert caught.value.advice
    assert len(server.received) == 1


async def test_an_instance_that_is_gone_is_called_so() -> None:
    async with RawServer(reply(404)) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await free_memory(client, D, I, clear_cache=False)
    assert caught.value.title == "This instance is not running any more."
    assert "no job is touched" in caught.value.detail


@pytest.mark.parametrize("instance_id", ["", "..", "a/b", "a?b", "%2f"])
async def test_an_odd_instance_goes_nowhere(instance_id: str) -> None:
    async with RawServer(reply(200)) as server, client_of(server.url) as client:
        with pytest.raises(Problem, match="id"):
            await free_memory(client, D, instance_id, clear_cache=False)
    assert server.connections == 0
