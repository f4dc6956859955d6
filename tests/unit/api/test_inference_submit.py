from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import constants, inference
from runcomfy_desktop.api.inference import (
    AcceptedRequest,
    RequestRef,
)
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from tests.support.async_wait import wait_until
from tests.support.clients import KEY, ShortTimeoutTransport, client_of
from tests.support.raw_server import (
    KeepAlive,
    RawServer,
    ScriptedReply,
    drop_after_body,
    drop_before_body,
    json_reply,
    never_answer,
    reply,
)

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from tests.support.raw_server import RawConnection

K = ProblemKind
D = "0c9a1f5e-0d7e-4f57-8d2f-6f1f5f6f7a01"
COMFY_KEY = "comfyui-0123456789abcdef"
R = "a3d0e7c2-51c1-4a8e-9d62-0c4be11f2b02"


def accepted_by(url: str) -> dict[str, str]:
    root = f"{url}/prod/v1/deployments/{D}/requests/{R}"
    return {
        "request_id": R,
        "status_url": f"{root}/status",
        "result_url": f"{root}/result",
        "cancel_url": f"{root}/cancel",
    }


def a_picture(folder: Path, size: int) -> dict[InputKey, MediaFile]:
    (folder / "p.png").write_bytes(bytes(size))
    return {InputKey("189", "image"): MediaFile("p.png", "p.png", "h", "image/png", size, 1, 1)}


async def send(client: Client, folder: Path, size: int = 0) -> AcceptedRequest:
    body = SubmitBody(a_picture(folder, size) if size else {}, folder)
    return await inference.submit(client, D, body)


async def refused(folder: Path, part: ScriptedReply, size: int = 0) -> tuple[Problem, RawServer]:
    async with RawServer(part) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await send(client, folder, size)
    return caught.value, server


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_submit_is_accepted(tmp_path: Path, status: int, version: str) -> None:
    answer = accepted_by("http://later.example")
    async with (
        RawServer(json_reply({**answer, "status": "in_queue", "new": 1}, status)) as server,
        client_of(server.url, version=version) as client,
    ):
        accepted = await send(client, tmp_path)
    assert accepted == AcceptedRequest(
        R, answer["status_url"], answer["result_url"], answer["cancel_url"], version
    )
    (seen,) = server.received
    assert (seen.method, seen.target) == ("POST", f"/prod/{version}/deployments/{D}/inference")
    assert seen.body == b'{"overrides": {}}'
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["content-length"] == "17"
    assert "transfer-encoding" not in seen.headers
    assert seen.headers["authorization"] == f"Bearer {KEY}"


async def test_a_large_body_goes_out_whole_and_tells_how_far_it_is(tmp_path: Path) -> None:
    values = a_picture(tmp_path, 3 * constants.CHUNK_BYTES + 1)
    body = SubmitBody(values, tmp_path)
    received: list[tuple[int, int]] = []
    async with RawServer(json_reply(accepted_by("x"))) as server, client_of(server.url) as client:
        await inference.submit(client, D, body, lambda sent, total: received.append((sent, total)))
    sent = json.loads(server.received[0].body)["overrides"]["189"]["inputs"]["image"]
    assert base64.b64decode(sent.partition(",")[2]) == bytes(3 * constants.CHUNK_BYTES + 1)
    assert received == sorted(received)
    assert len(received) > 4
    assert received[-1] == (body.size_bytes, body.size_bytes)


@pytest.mark.parametrize(
    "answer",
    [
        {"request_id": R},
        {"request_id": R, "status_url": None, "result_url": 5, "cancel_url": []},
        {"request_id": R, "error_code": None, "status_url": "x" * 100_000},
        {"request_id": R, "error_code": 0},
    ],
)
async def test_the_id_alone_is_enough(tmp_path: Path, answer: dict[str, object]) -> None:
    async with RawServer(json_reply(answer)) as server, client_of(server.url) as client:
        assert await send(client, tmp_path) == AcceptedRequest(R, "", "", "", "v1")


@pytest.mark.parametrize("rest", [b"", b",", b', "status_url": "https://api', b"}}"])
@pytest.mark.parametrize("missing", [0, 500])
async def test_an_id_is_not_lost_with_the_end_of_its_answer(
    tmp_path: Path, rest: bytes, missing: int
) -> None:
    body = f'{{"request_id": "{R}"'.encode() + rest
    answer = reply(200, body, length=len(body) + missing)
    async with RawServer(answer) as server, client_of(server.url) as client:
        assert await send(client, tmp_path) == AcceptedRequest(R, "", "", "", "v1")


async def test_an_id_in_a_refusal_is_no_acceptance(tmp_path: Path) -> None:
    for answer in (
        json_reply({"error_code": 10001, "request_id": R}),
        reply(502, f'{{"request_id": "{R}"'.encode()),
        reply(200, f'{{"request_id": "{R}", "error_code": 100'.encode()),
        reply(200, f'<html><script>{{"request_id": "{R}"}}</script></html>'.encode()),
    ):
        await refused(tmp_path, answer)


@pytest.mark.parametrize("code", [500001, 10001])
async def test_a_request_that_the_service_knows_is_accepted_whatever_else_it_said(
    tmp_path: Path, code: int
) -> None:
    no = json_reply({"error_code": code, "request_id": R})
    known = json_reply({"request_id": R, "status": "in_queue"})
    async with RawServer(no, known) as server, client_of(server.url) as client:
        assert await send(client, tmp_path) == AcceptedRequest(R, "", "", "", "v1")
    assert [each.method for each in server.received] == ["POST", "GET"]


@pytest.mark.parametrize("odd", ["../../x", "a/b", "a b", "", ".", "a?b=1", "x" * 129, "-"])
async def test_an_id_that_can_be_none_leaves_it_uncertain(tmp_path: Path, odd: str) -> None:
    problem, server = await refused(tmp_path, json_reply({"request_id": odd}))
    assert problem.is_uncertain
    assert problem.kind is K.UNREADABLE
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (reply(500), K.SERVER),
        (reply(502, b"<html>bad gateway</html>"), K.SERVER),
        (reply(503), K.SERVER),
        (json_reply({"error_code": 500001}, 503, headers={"Retry-After": "1"}), K.SERVER),
        (reply(503, b"{", length=90, headers={"Retry-After": "1"}), K.SERVER),
        (json_reply({"request_id": 7}, 503, headers={"Retry-After": "1"}), K.SERVER),
        (reply(504), K.SERVER),
        (json_reply({"error_code": 500001}, 500), K.SERVER),
        (json_reply({"error_code": 500001}), K.SERVER),
        (drop_before_body, K.OFFLINE),
        (drop_after_body, K.OFFLINE),
        (b"", K.OFFLINE),
        (b"HTTP/1.1 20", K.OFFLINE),
        (b"not HTTP\r\n\r\n", K.OFFLINE),
        (reply(200), K.UNREADABLE),
        (reply(204), K.UNREADABLE),
        (reply(200, b"<html>welcome to the hotel</html>"), K.UNREADABLE),
        (reply(200, b'{"request_id": "a3d0'), K.UNREADABLE),
        (reply(200, b'{"request_id": "a3d0', length=500), K.UNREADABLE),
        (reply(200, b"[" * 100_000), K.UNREADABLE),
        (reply(200, b"packed?", headers={"Content-Encoding": "gzip"}), K.UNREADABLE),
        (json_reply({"status": "in_queue"}), K.UNREADABLE),
        (json_reply({"request_id": None}), K.UNREADABLE),
        (json_reply([]), K.UNREADABLE),
        (reply(302, headers={"Location": "https://evil.example/"}), K.UNREADABLE),
        (reply(303, headers={"Location": "/prod/v1/elsewhere"}), K.UNREADABLE),
    ],
)
async def test_when_nobody_knows_whether_it_was_accepted(
    tmp_path: Path, part: ScriptedReply, kind: ProblemKind
) -> None:
    problem, server = await refused(tmp_path, part)
    assert problem.is_uncertain
    assert problem.kind is kind
    assert "may have been accepted" in problem.detail
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (json_reply({"error_code": 401001}, 401), K.AUTH),
        (reply(401, b"Unauthorized"), K.AUTH),
        (json_reply({"message": "Forbidden"}, 403), K.AUTH),
        (json_reply({"error_code": 403003}), K.FOREIGN),
        (reply(402), K.FUNDS),
        (json_reply({"error_code": 10001}), K.FUNDS),
        (json_reply({"error_code": 10001, "error_message": "x"}, 500), K.FUNDS),
        (json_reply({"error_code": 10002}, 403), K.DISABLED),
        (json_reply({"error_code": 10003}), K.NOT_FOUND),
        (json_reply({"error_code": 404001}, 404), K.NOT_FOUND),
        (json_reply({"error_code": 422001}, 422), K.REJECTED),
        (reply(400, b"<html>no</html>"), K.REJECTED),
        (reply(413), K.REJECTED),
        (reply(429, headers={"Retry-After": "9"}), K.BUSY),
        (reply(503, headers={"Retry-After": "9"}), K.SERVER),
        (reply(503, b"<html>back soon</html>", headers={"Retry-After": "9"}), K.SERVER),
        (json_reply({"message": "no"}, 503, headers={"Retry-After": "9"}), K.SERVER),
        (reply(422, b'{"error_code": 4220', length=400), K.REJECTED),
    ],
)
async def test_when_it_surely_was_not_accepted(
    tmp_path: Path, part: ScriptedReply, kind: ProblemKind
) -> None:
    problem, server = await refused(tmp_path, part)
    assert not problem.is_uncertain
    assert problem.kind is kind
    assert "not accepted and costs nothing" in problem.detail
    assert len(server.received) == 1


async def test_a_no_in_the_middle_of_a_large_body_is_heard(tmp_path: Path) -> None:
    async def too_large(connection: RawConnection) -> None:
        await connection.send(reply(413))
        await connection.read_body()

    problem, _server = await refused(tmp_path, too_large, 32 * constants.CHUNK_BYTES)
    assert (problem.kind, problem.is_uncertain) == (K.REJECTED, False)


async def test_a_connection_that_breaks_in_the_middle_of_a_large_body(tmp_path: Path) -> None:
    async def break_off(connection: RawConnection) -> None:
        await connection.reader.readexactly(1000)
        connection.drop()

    problem, server = await refused(tmp_path, break_off, 64 * constants.CHUNK_BYTES)
    assert problem.is_uncertain
    assert len(server.received) == 1


async def test_when_nobody_is_there_nothing_went_out(tmp_path: Path) -> None:
    async with RawServer(b"") as server:
        url = server.url
    for address in (url, "https://api.invalid", url.replace("http:", "https:")):
        async with client_of(address) as client:
            with pytest.raises(Problem) as caught:
                await send(client, tmp_path)
        assert not caught.value.is_uncertain
        assert caught.value.kind is K.OFFLINE
        assert "not accepted and costs nothing" in caught.value.detail


async def test_no_tls_means_nothing_went_out(tmp_path: Path) -> None:
    async with (
        RawServer(json_reply({})) as server,
        client_of(server.url.replace("http:", "https:")) as client,
    ):
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert not caught.value.is_uncertain
    assert server.received == []


class _Failing(httpx.AsyncBaseTransport):
    """Transport on which every request fails before it starts."""

    def __init__(self, error: httpx.RequestError) -> None:
        self._error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self._error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectTimeout("slow"), K.TIMEOUT),
        (httpx.PoolTimeout("full"), K.TIMEOUT),
        (httpx.ProxyError("407"), K.OFFLINE),
        (httpx.ConnectError("refused"), K.OFFLINE),
        # the proxy disconnected before the actual request began
        (httpx.RemoteProtocolError("gone"), K.OFFLINE),
    ],
)
async def test_what_fails_before_the_request_is_certain(
    tmp_path: Path, error: httpx.RequestError, kind: ProblemKind
) -> None:
    async with client_of("https://api.runcomfy.net", transport=_Failing(error)) as client:
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert (caught.value.is_uncertain, caught.value.kind) == (False, kind)


async def test_an_answer_that_never_comes_is_uncertain(tmp_path: Path) -> None:
    async with (
        RawServer(never_answer) as server,
        client_of(server.url, transport=ShortTimeoutTransport()) as client,
    ):
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert caught.value.is_uncertain
    assert caught.value.kind is K.TIMEOUT
    assert len(server.received) == 1


@pytest.mark.parametrize("end", [b'","status_url":"x"}', b'","status_'])
async def test_the_id_in_an_answer_that_never_ends_is_kept(tmp_path: Path, end: bytes) -> None:
    """The id is kept even if a proxy or gateway keeps the connection open.

    The job is already running then, and costs money.
    """

    async def hold_open(connection: RawConnection) -> None:
        await connection.read_body()
        body = b'{"request_id":"' + R.encode() + end
        await connection.send(reply(200, body, length=len(body) + 1))
        await connection.reader.read()

    async with (
        RawServer(hold_open) as server,
        client_of(server.url, transport=ShortTimeoutTransport(0.2)) as client,
    ):
        assert (await send(client, tmp_path)).request_id == R
    assert len(server.received) == 1


async def test_each_submit_has_a_connection_of_its_own(tmp_path: Path) -> None:
    """The server may close a kept-alive connection just when the next body is sent."""
    async with (
        RawServer(KeepAlive(json_reply(accepted_by("x")))) as server,
        client_of(server.url) as client,
    ):
        for _ in range(3):
            await send(client, tmp_path)
    assert (len(server.received), server.connections) == (3, 3)
    assert all(each.headers["connection"] == "close" for each in server.received)


async def test_questions_do_not_lend_their_connection_to_a_submit(tmp_path: Path) -> None:
    async with (
        RawServer(
            KeepAlive(json_reply({"status": "in_queue"})), json_reply(accepted_by("x"))
        ) as server,
        client_of(server.url) as client,
    ):
        await inference.read_status(client, RequestRef(D, R))
        await send(client, tmp_path)
    assert server.connections == 2


async def test_being_cancelled_while_sending_goes_through_untouched(tmp_path: Path) -> None:
    async with RawServer(never_answer) as server, client_of(server.url) as client:
        sending = asyncio.create_task(send(client, tmp_path))
        await wait_until(lambda: server.received)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert len(server.received) == 1


async def test_a_missing_picture_is_noticed_before_anything_goes_out(tmp_path: Path) -> None:
    values = a_picture(tmp_path, 10)
    (tmp_path / "p.png").unlink()
    async with RawServer(json_reply({})) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await inference.submit(client, D, SubmitBody(values, tmp_path))
    assert (caught.value.kind, caught.value.is_uncertain) == (K.LOCAL, False)
    assert server.connections == 0


async def test_a_picture_that_changes_on_the_way_is_certain(tmp_path: Path) -> None:
    """The end of the body is never sent, so the service cannot have accepted it."""
    values = a_picture(tmp_path, 32 * constants.CHUNK_BYTES)

    def shrink(_sent: int, _total: int) -> None:
        (tmp_path / "p.png").write_bytes(b"x")

    async with RawServer(drop_after_body) as server, client_of(server.url) as client:
        with pytest.raises(Problem, match="changed") as caught:
            await inference.submit(client, D, SubmitBody(values, tmp_path), shrink)
    assert not caught.value.is_uncertain


@pytest.mark.parametrize(
    "part",
    [
        reply(404),
        reply(404, b"404 page not found"),
        json_reply({"detail": "Not Found"}, 404),
        json_reply({"error_code": None, "error_message": "gone"}, 410),
        reply(405, b"Method Not Allowed"),
    ],
)
@pytest.mark.parametrize(("version", "other"), [("v1", "v2"), ("v2", "v1")])
async def test_a_queue_that_is_not_served_any_more_is_told_with_the_way_out(
    tmp_path: Path, part: ScriptedReply, version: str, other: str
) -> None:
    async with RawServer(part) as server, client_of(server.url, version=version) as client:
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert f"stopped answering {version}" in caught.value.title
    assert "not accepted and costs nothing" in caught.value.detail
    assert f"Choose {other} under “Queue API version” in Settings" in caught.value.advice
    assert (caught.value.is_uncertain, caught.value.is_endpoint_missing) == (False, True)
    assert len(server.received) == 1


async def test_a_web_page_in_place_of_the_queue_may_be_the_networks_own(tmp_path: Path) -> None:
    problem, _server = await refused(tmp_path, reply(404, b"<html>Not here</html>"))
    assert "web page" in problem.title
    assert "log-in" in problem.advice
    assert "choose v2" in problem.advice
    assert not problem.is_uncertain


async def test_a_deployment_that_is_gone_is_no_question_of_the_version(tmp_path: Path) -> None:
    problem, _server = await refused(tmp_path, json_reply({"error_code": 404001}, 404))
    assert "does not know this deployment" in problem.title
    assert not problem.is_endpoint_missing
    # The error code may also mean an unknown path: if the deployment is still listed, the version
    # of the queue API is the cause.
    assert "still listed" in problem.advice


async def test_what_is_secret_in_a_submit_stays_out_of_the_services_echo(tmp_path: Path) -> None:
    echo = {
        "error_code": 422001,
        "detail": [{"msg": f"bad {COMFY_KEY}", "input": {"k": COMFY_KEY}}],
    }
    body = SubmitBody({}, tmp_path, partner_key=COMFY_KEY)
    async with RawServer(json_reply(echo, 422)) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await inference.submit(client, D, body)
    message = caught.value.sentence() + caught.value.technical
    assert "bad [key]" in message
    assert COMFY_KEY not in message


@pytest.mark.parametrize("deployment_id", ["", "..", "a/b", "a?b"])
async def test_an_odd_id_goes_nowhere(tmp_path: Path, deployment_id: str) -> None:
    async with RawServer(json_reply({})) as server, client_of(server.url) as client:
        with pytest.raises(Problem):
            await inference.submit(client, deployment_id, SubmitBody({}, tmp_path))
    assert server.connections == 0


async def test_without_a_key_nothing_is_submitted(tmp_path: Path) -> None:
    async with RawServer(json_reply({})) as server, client_of(server.url, "") as client:
        with pytest.raises(Problem) as caught:
            await send(client, tmp_path)
    assert (caught.value.kind, caught.value.is_uncertain) == (K.AUTH, False)
    assert server.connections == 0
