"""What faults do to the content of an answer that is otherwise in order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.unit.emulator.asking import FLUX, KONTEXT, Line, error_of

SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"
SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}


def at_once(faults: str = "", **options: Any) -> Line:
    return Line(pace=Pace(0, 0, 0), faults=faults, **options)


def test_a_submit_may_be_accepted_without_an_id() -> None:
    line = at_once("no-id")
    reply = line.ask("POST", SUBMIT, {"overrides": {}})
    assert (reply.status, json.loads(reply.body), len(line.world.runs)) == (200, {}, 1)


def test_a_request_id_may_be_a_path_of_its_own() -> None:
    accepted = at_once("hostile-id").submit()
    assert accepted["request_id"].startswith("../")


def test_the_addresses_of_a_request_may_be_elsewhere() -> None:
    line = at_once("foreign-urls")
    accepted = line.submit()
    assert accepted["status_url"].startswith("https://api.runcomfy.net@evil.example/prod/v1/")
    assert line.submit()["status_url"].startswith(line.world.base_url)


def test_an_error_may_stand_beside_the_request_id() -> None:
    line = at_once("error-with-id,error-with-id:10001")
    assert [line.submit()["error_code"] for _ in range(2)] == [500001, 10001]
    assert len(line.world.runs) == 2


def test_an_answer_may_speak_of_another_request() -> None:
    line = at_once("other-id@status,other-id@submit#2")
    first = line.submit()
    alone = line.get(first["status_url"])
    assert alone["request_id"] != first["request_id"]
    assert alone["request_id"] in alone["result_url"]
    second = line.submit()
    assert second == first
    assert len(line.world.runs) == 2
    assert line.get(first["status_url"])["request_id"] == first["request_id"]


def test_the_first_submit_has_no_other_request_to_name() -> None:
    line = at_once("other-id@submit")
    assert line.submit()["request_id"] in line.world.runs


def test_a_request_may_be_forgotten() -> None:
    line = at_once("gone")
    accepted = line.submit()
    for call, method in (("status", "GET"), ("result", "GET"), ("cancel", "POST")):
        assert error_of(line.ask(method, accepted[f"{call}_url"])) == (404, 404001)


def test_a_status_may_be_any_word() -> None:
    line = at_once("word:paused")
    assert line.word(line.submit()) == "paused"


def test_a_request_may_stay_in_progress_with_its_result_there() -> None:
    line = Line(pace=Pace(5, 5, 0), faults="stuck")
    accepted = line.submit()
    words = []
    for _step in range(3):
        words.append(line.word(accepted))
        line.clock.advance(5)
    assert words == ["in_queue", "in_progress", "in_progress"]
    assert line.get(accepted["result_url"])["status"] == "succeeded"


def test_a_request_may_never_leave_the_queue_but_by_a_cancel() -> None:
    line = at_once("in-queue")
    accepted = line.submit()
    status = line.get(accepted["status_url"])
    assert (status["status"], status["queue_position"]) == ("in_queue", 1)
    result = line.get(accepted["result_url"])
    assert result["status"] == "in_queue"
    assert set(result) == {"request_id", "status", "created_at"}
    queued = Line(faults="in-queue")
    accepted = queued.submit()
    queued.ask("POST", accepted["cancel_url"])
    assert queued.word(accepted) == "canceled"


def test_a_result_may_come_late() -> None:
    line = Line(pace=Pace(0, 5, 0), faults="late-result:2")
    accepted = line.submit(SMALL, FLUX)
    assert line.get(accepted["result_url"])["status"] == "in_progress"
    line.clock.advance(5)
    url = accepted["result_url"]
    assert [error_of(line.ask("GET", url)) for _ in range(2)] == [(404, 11012)] * 2
    assert line.get(url)["status"] == "succeeded"


@pytest.mark.parametrize(("fault", "words"), [("fails", "size of tensor"), ("oom", "memory")])
def test_a_run_may_fail_and_stays_so(fault: str, words: str) -> None:
    line = at_once(f"{fault}:1")
    accepted = line.submit(SMALL, FLUX)
    assert line.word(accepted) == "completed"
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
    line = Line(pace=Pace(0, 5, 0), faults="cancel-ignored:1,cancel-refused:1", **options)
    accepted = line.submit()
    words = []
    for _time in range(3):
        answer = json.loads(line.ask("POST", accepted["cancel_url"]).body)
        words.append(answer.get("outcome", answer["status"]))
        if len(words) < 3:
            assert line.word(accepted) == "in_progress"
    accepted_word = "cancelled" if options else "cancellation_requested"
    assert words == [accepted_word, "not_cancellable", accepted_word]


def test_the_balance_may_be_anything() -> None:
    line = Line(faults="balance:-1.5:1")
    first, second = (line.get("/prod/v2/balance") for _ in range(2))
    assert (first["balance_usd"], first["balance_microdollars"]) == (-1.5, -1_500_000)
    assert second["balance_usd"] == 12.34
