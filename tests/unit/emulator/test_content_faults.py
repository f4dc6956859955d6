"""Faults that change the content of an otherwise correct response."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from runcomfy_desktop.emulator import content_faults
from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.http_messages import StreamedBody
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.unit.emulator.emulator_harness import FLUX, KONTEXT, EmulatorHarness, error_of

SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"
SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}


def at_once(faults: str = "", **options: Any) -> EmulatorHarness:
    return EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults=faults, **options)


def test_a_submit_may_be_accepted_without_an_id() -> None:
    line = at_once("no-id")
    reply = line.request("POST", SUBMIT, {"overrides": {}})
    assert (reply.status, json.loads(reply.body), len(line.backend.runs)) == (200, {}, 1)


def test_a_request_id_may_be_a_path_of_its_own() -> None:
    accepted = at_once("hostile-id").submit()
    assert accepted["request_id"].startswith("../")


def test_the_addresses_of_a_request_may_be_elsewhere() -> None:
    line = at_once("foreign-urls")
    accepted = line.submit()
    assert accepted["status_url"].startswith("https://api.runcomfy.net@evil.example/prod/v1/")
    assert line.submit()["status_url"].startswith(line.backend.base_url)


def test_an_error_may_stand_beside_the_request_id() -> None:
    line = at_once("error-with-id,error-with-id:10001")
    assert [line.submit()["error_code"] for _ in range(2)] == [500001, 10001]
    assert len(line.backend.runs) == 2


def test_an_answer_may_speak_of_another_request() -> None:
    line = at_once("other-id@status,other-id@submit#2")
    first = line.submit()
    alone = line.get(first["status_url"])
    assert alone["request_id"] != first["request_id"]
    assert alone["request_id"] in alone["result_url"]
    second = line.submit()
    assert second == first
    assert len(line.backend.runs) == 2
    assert line.get(first["status_url"])["request_id"] == first["request_id"]


def test_the_first_submit_has_no_other_request_to_name() -> None:
    line = at_once("other-id@submit")
    assert line.submit()["request_id"] in line.backend.runs


def test_a_request_may_be_forgotten() -> None:
    line = at_once("gone")
    accepted = line.submit()
    for call, method in (("status", "GET"), ("result", "GET"), ("cancel", "POST")):
        assert error_of(line.request(method, accepted[f"{call}_url"])) == (404, 404001)


def test_a_status_may_be_any_word() -> None:
    line = at_once("word:paused")
    assert line.status_text(line.submit()) == "paused"


def test_a_request_may_stay_in_progress_with_its_result_there() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(5, 5, 0), faults="stuck")
    accepted = connection.submit()
    words = []
    for _step in range(3):
        words.append(connection.status_text(accepted))
        connection.clock.advance(5)
    assert words == ["in_queue", "in_progress", "in_progress"]
    assert connection.get(accepted["result_url"])["status"] == "succeeded"


def test_a_request_may_never_leave_the_queue_but_by_a_cancel() -> None:
    line = at_once("in-queue")
    accepted = line.submit()
    status = line.get(accepted["status_url"])
    assert (status["status"], status["queue_position"]) == ("in_queue", 1)
    result = line.get(accepted["result_url"])
    assert result["status"] == "in_queue"
    assert set(result) == {"request_id", "status", "created_at"}
    queued = EmulatorHarness(faults="in-queue")
    accepted = queued.submit()
    queued.request("POST", accepted["cancel_url"])
    assert queued.status_text(accepted) == "canceled"


def test_a_result_may_come_late() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0), faults="late-result:2")
    accepted = connection.submit(SMALL, FLUX)
    assert connection.get(accepted["result_url"])["status"] == "in_progress"
    connection.clock.advance(5)
    url = accepted["result_url"]
    assert [error_of(connection.request("GET", url)) for _ in range(2)] == [(404, 11012)] * 2
    assert connection.get(url)["status"] == "succeeded"


@pytest.mark.parametrize(("fault", "words"), [("fails", "size of tensor"), ("oom", "memory")])
def test_a_run_may_fail_and_stays_so(fault: str, words: str) -> None:
    line = at_once(f"{fault}:1")
    accepted = line.submit(SMALL, FLUX)
    assert line.status_text(accepted) == "completed"
    for _time in range(2):
        result = line.get(accepted["result_url"])
        assert result["status"] == "failed"
        assert words in result["error"][0]["error"]
    other = line.submit(SMALL, FLUX)
    assert line.get(other["result_url"])["status"] == "succeeded"


@pytest.mark.parametrize("shape", ["list", "comfy", "object", "string"])
def test_a_failure_comes_in_each_shape(shape: str) -> None:
    line = at_once(f"oom,error-shape:{shape}")
    error = line.get(line.submit()["result_url"])["error"]
    kinds = {"list": "list", "comfy": "list", "object": "dict", "string": "str"}
    assert type(error).__name__ == kinds[shape]
    assert "memory" in json.dumps(error)


@pytest.mark.parametrize("options", [{}, {"dialect": NEWEST}])
def test_a_cancel_may_be_accepted_for_nothing_or_refused(options: Any) -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 5, 0), faults="cancel-ignored:1,cancel-refused:1", **options
    )
    accepted = connection.submit()
    words = []
    for _time in range(3):
        answer = json.loads(connection.request("POST", accepted["cancel_url"]).body)
        words.append(answer.get("outcome", answer["status"]))
        if len(words) < 3:
            assert connection.status_text(accepted) == "in_progress"
    accepted_word = "cancelled" if options else "cancellation_requested"
    assert words == [accepted_word, "not_cancellable", accepted_word]


def test_the_balance_may_be_anything() -> None:
    connection = EmulatorHarness(faults="balance:-1.5:1")
    first, second = (connection.get("/prod/v2/balance") for _ in range(2))
    assert (first["balance_usd"], first["balance_microdollars"]) == (-1.5, -1_500_000)
    assert second["balance_usd"] == 12.34


def result(connection: EmulatorHarness) -> Any:
    accepted = connection.submit(SMALL, FLUX)
    return connection.get(accepted["result_url"])


def images(connection: EmulatorHarness) -> Any:
    return result(connection)["outputs"]["9"]["images"]


def test_names_and_addresses_are_hostile_and_the_files_are_there() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults="names")
    entries = images(connection)
    named = entries[: len(content_faults.HOSTILE_NAMES)]
    assert [each["filename"] for each in named] == list(content_faults.HOSTILE_NAMES)
    assert [each["url"] for each in entries[len(content_faults.HOSTILE_NAMES) :]] == list(
        content_faults.HOSTILE_ADDRESSES
    )
    assert len({each["url"] for each in named}) == len(named)
    assert {connection.download(each["url"]).status for each in named} == {200}


def test_a_result_can_have_ten_thousand_files() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults="outputs:10000")
    entries = images(connection)
    assert len({each["filename"] for each in entries}) == 10_000
    assert (
        connection.download(entries[-1]["url"]).body == connection.download(entries[0]["url"]).body
    )


def test_a_failed_result_gets_no_files() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults="fails,names,outputs:3")
    assert "outputs" not in result(connection)


def test_a_long_text_is_made_while_it_goes_out() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 0, 0), faults="huge:3,huge:2000:1:unsized"
    )
    url = connection.submit(SMALL, FLUX)["result_url"]
    reply = connection.request("GET", url)
    assert reply.stream is not None
    body = b"".join(reply.stream.chunks())
    assert len(body) == reply.size_bytes
    assert len(json.loads(body)["outputs"]["9"]["text"][0]) == 3 * 1024 * 1024
    endless = connection.request("GET", url)
    assert endless.size_bytes is None
    assert endless.stream is not None
    assert endless.stream.size_bytes > 2000 * 1024 * 1024
    assert connection.request("GET", url).stream is None


def test_two_gigabytes_need_no_memory() -> None:
    stream = StreamedBody(b"{", 2048 * 1024 * 1024, b"}", is_sized=True)
    tracemalloc.start()
    chunks = stream.chunks()
    for _piece in range(100):
        next(chunks)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 1024 * 1024
