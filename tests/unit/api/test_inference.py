from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.api import inference
from runcomfy_desktop.api.inference import (
    CancelReport,
    RequestPhase,
    RequestRef,
    ResultState,
    StatusReport,
    failure_texts,
    outputs,
)
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from tests.support.clients import client_of
from tests.support.raw_server import RawServer, ScriptedReply, drop_after_body, json_reply, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.base.json_value import Json

K = ProblemKind
D = "0c9a1f5e-0d7e-4f57-8d2f-6f1f5f6f7a01"
R = "a3d0e7c2-51c1-4a8e-9d62-0c4be11f2b02"
HOST = "https://serverless-api-storage.runcomfy.net/deployment_requests/r/output"


async def ask_status(value: object, status: int = 200) -> StatusReport:
    async with RawServer(json_reply(value, status)) as server, client_of(server.url) as client:
        return await inference.read_status(client, RequestRef(D, R))


@pytest.mark.parametrize("call", ["status", "result"])
async def test_a_second_key_that_the_service_repeats_is_blotted_out(call: str) -> None:
    """It went out with the submit; a run that fails for it may tell it long after."""
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


def file(name: str, kind: str = "output", **more: Json) -> dict[str, Json]:
    return {"url": f"{HOST}/{name}", "filename": name, "subfolder": "", "type": kind, **more}


def test_every_channel_gives_its_files_in_order() -> None:
    result: Json = {
        "outputs": {
            "136": {"images": [file("Blue_1_.png"), file("Blue_2_.png")]},
            "173": {"images": [file("t.png", "temp")]},
            "52": {"images": [file("clip.webm")], "animated": [True]},
            "60": {"gifs": [file("a.mp4", frame_rate=16.0, format="video/h264-mp4")]},
            "70": {"audio": [file("s.flac")]},
            "80": {"3d": [file("m.glb")], "result": ["m.glb", {"camera": [1, 2]}, None]},
            "90": {"latents": [file("l.latent")], "pano_input_images": [file("p.webp")]},
            "38:42": {"text": ["words"]},
        }
    }
    found = outputs(result)
    assert [(each.node_id, each.channel, each.kind, each.filename) for each in found] == [
        ("136", "images", OutputKind.IMAGE, "Blue_1_.png"),
        ("136", "images", OutputKind.IMAGE, "Blue_2_.png"),
        ("173", "images", OutputKind.IMAGE, "t.png"),
        ("52", "images", OutputKind.VIDEO, "clip.webm"),
        ("60", "gifs", OutputKind.VIDEO, "a.mp4"),
        ("70", "audio", OutputKind.AUDIO, "s.flac"),
        ("80", "3d", OutputKind.MODEL_3D, "m.glb"),
        ("90", "latents", OutputKind.OTHER, "l.latent"),
        ("90", "pano_input_images", OutputKind.ANIMATION, "p.webp"),
        ("38:42", "text", OutputKind.TEXT, ""),
    ]
    assert [each.filename for each in found if each.is_preview] == ["t.png"]
    assert found[-1].text == "words"


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("alone", ["alone"]),
        (["a", "b"], ["a", "b"]),
        ([["a"], [["b", None, 5]], ""], ["a", "b"]),
        ("[['looks like a list']]", ["[['looks like a list']]"]),
        ([None, True, 1.5], []),
        ({"deep": ["c"]}, ["c"]),
    ],
)
def test_texts_are_flattened(value: Json, texts: list[str]) -> None:
    found = outputs({"outputs": {"1": {"text": value}}})
    assert [each.text for each in found] == texts
    assert all(each.kind is OutputKind.TEXT for each in found)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        "text",
        5,
        {"1": None},
        {"1": [None, 1, "x"]},
        {"1": {"animated": [True, False], "count": 3, "note": "https://x/a.png", "none": None}},
        {"1": {"images": [{"url": None}, {"url": 5}, {"url": ""}, {"filename": "x.png"}, [[]]]}},
    ],
)
def test_what_is_no_output_is_passed_over(value: Json) -> None:
    assert outputs({"outputs": value}) == ()


@pytest.mark.parametrize(
    "value",
    [
        {"1": {"odd": {"deep": [[{"deeper": {"file": file("a.png")}}]]}}},
        {"1": [file("a.png")]},
        {"1": file("a.png")},
        [file("a.png")],
    ],
)
def test_a_file_is_found_at_any_depth(value: Json) -> None:
    assert [each.filename for each in outputs({"outputs": value})] == ["a.png"]


def test_the_singular_is_read_as_well() -> None:
    value: Json = {"1": {"images": [file("a.png")]}}
    assert outputs({"output": value}) == outputs({"outputs": value, "output": None})
    assert len(outputs({"outputs": {}, "output": value})) == 1


def test_an_address_comes_once_and_texts_as_often_as_they_stand_there() -> None:
    result: Json = {
        "outputs": {
            "1": {"images": [file("a.png")], "files": [file("a.png")]},
            "2": {"text": ["same", "same"]},
        }
    }
    assert [each.channel for each in outputs(result)] == ["images", "text", "text"]


def test_the_name_comes_from_the_address_when_nobody_gives_one() -> None:
    result: Json = {"outputs": {"1": {"images": [{"url": f"{HOST}/a%20b.png?sig=1"}]}}}
    assert outputs(result) == (
        Output("1", "images", OutputKind.IMAGE, "a b.png", f"{HOST}/a%20b.png?sig=1"),
    )
    named: Json = {"outputs": {"1": {"x": [{"url": f"{HOST}/a.mp4", "filename": "clip"}]}}}
    assert outputs(named)[0].kind is OutputKind.VIDEO


def test_a_broken_address_breaks_nothing() -> None:
    found = outputs({"outputs": {"1": {"images": [{"url": "https://[bad"}]}}})
    assert found[0].url == "https://[bad"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            [{"errorCode": 11011, "error": "KSampler: sizes differ", "debugInfo": "node 31"}],
            "KSampler: sizes differ",
        ),
        ([{"message": "Out of memory", "details": "GPU 0"}], "Out of memory"),
        ([{"details": "Value not in list"}], "Value not in list"),
        ([{"message": "", "error": "second"}], "second"),
        ([{"x": 1}], '{"x": 1}'),
        ([None, {}, {"error": "third"}], "third"),
        ({"type": "ExecutionError", "message": "tensors do not match"}, "tensors do not match"),
        ({"error": {"type": "prompt_no_outputs", "message": "No outputs"}}, "No outputs"),
        ({"exception_message": "bad image\n", "node_type": "LoadImage"}, "bad image"),
        ("plain words\nand more", "plain words"),
        (["plain words"], "plain words"),
        ([["nested"]], "nested"),
        (None, "The service gave no reason."),
        ([], "The service gave no reason."),
        (5, "The service gave no reason."),
    ],
)
def test_the_reason_of_a_failure_in_every_shape(error: Json, reason: str) -> None:
    assert failure_texts({"status": "failed", "error": error})[0] == reason


def test_the_details_keep_code_and_debug_words() -> None:
    error: Json = [
        {"errorCode": 11011, "error": "broken", "debugInfo": "node 31\x00"},
        {"errorCode": 11004, "error": "also"},
    ]
    _reason, technical = failure_texts({"error": error})
    assert "11011" in technical
    assert "node 31" in technical
    assert "11004" in technical
    assert "\x00" not in technical


def test_a_failure_without_an_error_tells_its_code() -> None:
    reason, technical = failure_texts(
        {"status": "failed", "error_code": 11011, "error_message": "oom"}
    )
    assert reason == "oom"
    assert "11011" in technical


def test_of_many_texts_the_last_ones_are_put_together() -> None:
    """Each output is a tile in the window; nothing of them is lost all the same."""
    lines: list[Json] = [f"line {number}" for number in range(2000)]
    found = outputs({"outputs": {"9": {"text": lines}, "10": {"text": ["end"]}}})
    assert len(found) == 501
    assert [each.text for each in found[:500]] == lines[:500]
    assert (found[500].node_id, found[500].kind) == ("9", OutputKind.TEXT)
    assert found[500].text.split("\n") == [*lines[500:], "end"]


@pytest.mark.parametrize(
    "error",
    [
        lambda: "first\n" + "x\n" * 2_000_000,
        lambda: [{"error": "first", "errorCode": 11011}] * 200_000,
        lambda: [{"error": "first", "current_outputs": {str(n): ["y"] for n in range(200_000)}}],
        lambda: {"message": "first", "traceback": ["line " * 1_000] * 2_000},
    ],
    ids=["lines", "entries", "members", "traceback"],
)
def test_of_a_long_failure_only_what_is_shown_is_looked_at(error: Callable[[], Json]) -> None:
    # Made when the test runs, not at each collection.
    reason, technical = failure_texts({"status": "failed", "error": error()})
    assert reason == "first"
    assert "first" in technical
    assert len(technical) <= 6000


def test_the_key_is_blotted_out_where_words_are_cut_off() -> None:
    for blanks in range(5_900, 6_010):
        error: Json = {"error": " " * blanks + "hush-hush " + "x" * 9_000}
        assert "hus" not in "".join(failure_texts({"error": error}, ("hush-hush",)))


def test_long_words_and_the_key_are_cut() -> None:
    reason, technical = failure_texts({"error": json.dumps(["hush"] * 10_000)}, ("hush",))
    assert len(reason) <= 300
    assert len(technical) <= 6000
    assert "hush" not in reason + technical


def test_ten_thousand_files_are_all_taken_in_and_far_more_are_counted() -> None:
    many: Json = {"1": {"images": [file(f"{number}.png") for number in range(10_000)]}}
    assert len(outputs({"outputs": many})) == 10_000
    far: Json = {"1": {"images": [file(f"{number}.png") for number in range(20_007)]}}
    *files, last = outputs({"outputs": far})
    assert len(files) == 20_000
    assert (last.url, last.path) == ("", "")
    assert last.fault.startswith("7 more files are in this result")


def test_names_and_addresses_of_megabytes_are_not_kept() -> None:
    long = "x" * 5_000_000
    result: Json = {
        "outputs": {
            long: {
                long: [
                    {"url": f"{HOST}/a.png", "filename": f"{long}.png"},
                    {"url": f"{HOST}/{long}.png"},
                ]
            }
        }
    }
    short, unreachable = outputs(result)
    for each in (short, unreachable):
        assert len(each.node_id) + len(each.channel) + len(each.filename) + len(each.url) < 2000
        assert each.kind is OutputKind.IMAGE
        assert each.filename.endswith("x.png")
    assert short.url == f"{HOST}/a.png"
    assert (unreachable.url, "too long" in unreachable.fault) == ("", True)


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(
            st.sampled_from(["url", "filename", "type", "text", "images", "1", "outputs"]),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=40,
)


@given(_JSON)
def test_a_result_of_whatever_types_breaks_nothing(value: Json) -> None:
    for found in (outputs(value), outputs({"outputs": value}), outputs({"output": value})):
        assert all(each.url or each.text for each in found)
        assert len({each.url for each in found if each.url}) == sum(bool(e.url) for e in found)
