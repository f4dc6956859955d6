from __future__ import annotations

import pytest

from runcomfy_desktop.api import inference
from runcomfy_desktop.api.inference import (
    CancelReport,
    RequestPhase,
    RequestRef,
    ResultState,
    StatusReport,
)
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.output import OutputKind
from tests.support.clients import client_of
from tests.support.raw_server import (
    RawServer,
    ScriptedReply,
    drop_after_body,
    json_reply,
    reply,
)

K = ProblemKind
D = "0c9a1f5e-0d7e-4f57-8d2f-6f1f5f6f7a01"
R = "a3d0e7c2-51c1-4a8e-9d62-0c4be11f2b02"


async def ask_status(value: object, status: int = 200) -> StatusReport:
    async with RawServer(json_reply(value, status)) as server, client_of(server.url) as client:
        return await inference.read_status(client, RequestRef(D, R))


@pytest.mark.parametrize("call", ["status", "result"])
async def test_a_second_key_that_the_service_repeats_is_blotted_out(call: str) -> None:
    """The key for partner nodes is redacted from responses about the job.

    It was sent with the submit, and a run that fails because of it may return it much later.
    """
    key = "comfyui-of-somebody"
    message = {
        "status": "failed",
        "error": [{"error": f"wrong key {key}", "debugInfo": f"{key} !"}],
    }
    refused = {"error_code": 403003, "error_message": f"not with {key}"}
    answer = json_reply(message) if call == "result" else json_reply(refused, 403)
    async with (
        RawServer(answer) as server,
        client_of(server.url, secrets=(key,)) as client,
    ):
        ref = RequestRef("d", "r")
        if call == "result":
            report = await inference.read_result(client, ref)
            shown_text = report.reason + report.technical
        else:
            with pytest.raises(Problem) as caught:
                await inference.read_status(client, ref)
            shown_text = caught.value.sentence() + caught.value.technical
    assert key not in shown_text
    assert "[key]" in shown_text


@pytest.mark.parametrize(
    ("word", "phase"),
    [
        ("in_queue", RequestPhase.QUEUED),
        ("in_progress", RequestPhase.RUNNING),
        ("completed", RequestPhase.ENDED),
        ("succeeded", RequestPhase.ENDED),
        ("failed", RequestPhase.ENDED),
        ("canceled", RequestPhase.CANCELLED),
        ("cancelled", RequestPhase.CANCELLED),
        (" Cancelled ", RequestPhase.CANCELLED),
        ("IN_PROGRESS", RequestPhase.RUNNING),
        ("warming_up", RequestPhase.UNKNOWN),
    ],
)
async def test_every_status_word(word: str, phase: RequestPhase) -> None:
    report = await ask_status({"request_id": R, "status": word, "later": {}})
    assert report == StatusReport(phase, word.strip(), None, "")


async def test_position_and_instance_are_optional() -> None:
    queued = await ask_status({"status": "in_queue", "queue_position": 0, "instance_id": None})
    assert (queued.queue_position, queued.instance_id) == (0, "")
    assert (await ask_status({"status": "in_queue", "queue_position": None})).queue_position is None
    assert (await ask_status({"status": "in_queue", "queue_position": -1})).queue_position is None
    running = await ask_status({"status": "in_progress", "queue_position": 3, "instance_id": "i"})
    assert (running.queue_position, running.instance_id) == (None, "i")


async def test_a_failed_request_is_no_failing_call() -> None:
    report = await ask_status({"status": "failed", "error_code": 11011})
    assert report.phase is RequestPhase.ENDED


@pytest.mark.parametrize("value", [None, [], {}, {"status": None}, {"status": 5}, {"status": " "}])
async def test_a_status_without_its_word_is_unreadable(value: object) -> None:
    with pytest.raises(Problem) as caught:
        await ask_status(value)
    assert caught.value.kind is K.UNREADABLE


@pytest.mark.parametrize(
    ("value", "status", "kind"),
    [
        ({"error_code": 11012}, 200, K.NOT_FOUND),
        ({"error_code": 404001}, 404, K.NOT_FOUND),
        ({"error_code": 401001}, 401, K.AUTH),
        ({"message": "no"}, 403, K.AUTH),
        ({"error_code": 500001}, 500, K.SERVER),
        ({}, 429, K.BUSY),
    ],
)
async def test_a_failing_poll_says_so(value: object, status: int, kind: ProblemKind) -> None:
    with pytest.raises(Problem) as caught:
        await ask_status(value, status)
    assert caught.value.kind is kind
    assert caught.value.detail


async def test_the_given_addresses_are_used_at_home_only() -> None:
    async with (
        RawServer(json_reply({"status": "in_queue"})) as other,
        RawServer(json_reply({"status": "in_queue"})) as server,
        client_of(server.url) as client,
    ):
        here = f"{server.url}/special/place?x=1"
        for url in (here, f"{other.url}/special", "", "https://api.runcomfy.net@evil.example/"):
            await inference.read_status(client, RequestRef(D, R, status_url=url))
        await inference.read_result(client, RequestRef(D, R, queue_version="v2"))
    assert other.received == []
    own = f"/prod/v1/deployments/{D}/requests/{R}/status"
    assert [each.target for each in server.received] == [
        "/special/place?x=1",
        own,
        own,
        own,
        f"/prod/v2/deployments/{D}/requests/{R}/result",
    ]


async def ask_result(value: object) -> inference.ResultReport:
    async with RawServer(json_reply(value)) as server, client_of(server.url) as client:
        return await inference.read_result(client, RequestRef(D, R))


async def test_a_result_with_outputs() -> None:
    report = await ask_result(
        {
            "status": "succeeded",
            "created_at": "2026-02-03T04:05:06.500000+00:00",
            "finished_at": "2026-02-03T04:07:06Z",
            "instance_id": "i",
            "outputs": {
                "136": {"images": [{"url": "https://files.runcomfy.net/a.png", "type": "output"}]}
            },
        }
    )
    assert report.state is ResultState.SUCCEEDED
    assert report.finished_s - report.created_s == 119.5
    assert [each.kind for each in report.outputs] == [OutputKind.IMAGE]
    assert (report.instance_id, report.reason) == ("i", "")


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("completed", ResultState.SUCCEEDED),
        ("canceled", ResultState.CANCELLED),
        ("cancelled", ResultState.CANCELLED),
        ("in_queue", ResultState.QUEUED),
        ("in_progress", ResultState.RUNNING),
        ("Failed", ResultState.FAILED),
        ("paused", ResultState.UNKNOWN),
    ],
)
async def test_every_result_status(word: str, verdict: ResultState) -> None:
    report = await ask_result({"status": word})
    assert (report.state, report.raw_status) == (verdict, word)
    assert (report.created_s, report.finished_s, report.outputs) == (0.0, 0.0, ())


@pytest.mark.parametrize(
    "more",
    [
        {"error": [{"errorCode": 11011, "error": "boom", "debugInfo": "node 31"}]},
        {"error": [{"message": "boom", "details": "node 31"}]},
        {"error": {"type": "ExecutionError", "message": "boom"}},
        {"error": "boom"},
        {"error_code": 11011, "error_message": "boom"},
    ],
)
async def test_a_failed_result_in_every_shape(more: dict[str, object]) -> None:
    report = await ask_result({"status": "failed", **more})
    assert (report.state, report.reason) == (ResultState.FAILED, "boom")
    assert "boom" in report.technical


RUN_ERROR = {"error_code": 11011, "error_message": "KSampler: out of memory"}


@pytest.mark.parametrize("code", [11008, 11011, "11011"])
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_the_error_of_a_run_is_the_end_of_it_whatever_the_status(
    code: object, status: int
) -> None:
    error = {**RUN_ERROR, "error_code": code}
    assert (await ask_status(error, status)).phase is RequestPhase.ENDED
    async with RawServer(json_reply(error, status)) as server, client_of(server.url) as client:
        report = await inference.read_result(client, RequestRef(D, R))
    assert (report.state, report.reason) == (ResultState.FAILED, "KSampler: out of memory")


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"status": "failed", "message": "upstream"}, 502),
        ({"status": "error", **RUN_ERROR}, 200),
        ({"error_code": 11004}, 200),
        ({"error_code": 11007}, 200),
        ({"error_code": 500001}, 500),
    ],
)
async def test_a_failing_call_is_no_failed_run(value: object, status: int) -> None:
    with pytest.raises(Problem):
        await ask_status(value, status)


TOO_LATE = CancelReport(is_accepted=False, raw_status="not_cancellable")


async def ask_cancel(*script: ScriptedReply) -> tuple[CancelReport, RawServer]:
    async with RawServer(*script) as server, client_of(server.url) as client:
        return await inference.cancel(client, RequestRef(D, R)), server


@pytest.mark.parametrize(
    ("value", "status", "expected"),
    [
        ({"status": "cancellation_requested"}, 200, CancelReport(True, "cancellation_requested")),
        ({"status": "not_cancellable"}, 200, TOO_LATE),
        ({"status": "in_progress", "outcome": "cancelled"}, 202, CancelReport(True, "cancelled")),
        ({"status": "in_queue", "outcome": "canceled"}, 202, CancelReport(True, "canceled")),
        (
            {"status": "completed", "outcome": "not_cancellable"},
            200,
            TOO_LATE,
        ),
        ({"status": "canceled"}, 200, CancelReport(True, "canceled")),
        ({"status": "completed"}, 200, CancelReport(False, "completed")),
        ({"status": "not_cancellable"}, 409, TOO_LATE),
        (
            {"outcome": "not_cancellable", "error_code": 400005},
            400,
            TOO_LATE,
        ),
        (None, 200, CancelReport(True, "")),
        ({"outcome": None, "status": None}, 202, CancelReport(True, "")),
    ],
)
async def test_cancel_in_both_dialects(value: object, status: int, expected: CancelReport) -> None:
    report, server = await ask_cancel(json_reply(value, status))
    assert report == expected
    (seen,) = server.received
    assert (seen.method, seen.body) == ("POST", b"")
    assert seen.target == f"/prod/v1/deployments/{D}/requests/{R}/cancel"


async def test_an_empty_answer_to_cancel_is_a_yes() -> None:
    assert (await ask_cancel(reply(202)))[0] == CancelReport(True, "")


async def test_cancel_goes_out_once() -> None:
    with pytest.raises(Problem):
        await ask_cancel(drop_after_body, json_reply({"status": "canceled"}))
    async with RawServer(reply(503)) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await inference.cancel(client, RequestRef(D, R))
    assert len(server.received) == 1
    assert caught.value.kind is K.SERVER
    assert "may go on" in caught.value.detail


async def test_a_result_that_names_another_request_is_not_believed() -> None:
    other = "ffffffff-51c1-4a8e-9d62-0c4be11f2b02"
    with pytest.raises(Problem) as caught:
        await ask_result({"request_id": other, "status": "succeeded", "outputs": {}})
    assert caught.value.kind is K.UNREADABLE
    assert other in caught.value.technical


@pytest.mark.parametrize("named", [R, R.upper(), None, "", 7, {}])
async def test_a_result_may_name_its_request_or_none(named: object) -> None:
    report = await ask_result({"request_id": named, "status": "succeeded"})
    assert report.state is ResultState.SUCCEEDED


async def test_a_status_that_names_another_request_is_not_believed() -> None:
    other = "ffffffff-51c1-4a8e-9d62-0c4be11f2b02"
    with pytest.raises(Problem) as caught:
        await ask_status({"request_id": other, "status": "completed"})
    assert caught.value.kind is K.UNREADABLE
    assert other in caught.value.technical
    assert (
        await ask_status({"request_id": None, "status": "completed"})
    ).phase is RequestPhase.ENDED


async def test_a_cancel_of_another_request_is_not_believed() -> None:
    other = "ffffffff-51c1-4a8e-9d62-0c4be11f2b02"
    answer = json_reply({"request_id": other, "status": "cancellation_requested"})
    async with RawServer(answer) as server, client_of(server.url) as client:
        with pytest.raises(Problem) as caught:
            await inference.cancel(client, RequestRef(D, R))
    assert caught.value.kind is K.UNREADABLE
    assert "may go on" in caught.value.detail
