"""Effects of faults on any call: before it is handled, and on its response."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime

import pytest

from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.unit.emulator.emulator_harness import KONTEXT, EmulatorHarness, error_of

SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"
BALANCE = "/prod/v2/balance"


def accepted(connection: EmulatorHarness) -> int:
    return len(connection.backend.runs)


def test_a_dropped_request_was_never_looked_at_and_a_dropped_answer_was() -> None:
    connection = EmulatorHarness(faults="drop-request@submit")
    assert connection.request("POST", SUBMIT, {"overrides": {}}).is_dropped
    assert accepted(connection) == 0
    connection.backend.faults.set("drop-answer")
    assert connection.request("POST", SUBMIT, {"overrides": {}}).is_dropped
    assert accepted(connection) == 1
    connection.backend.faults.set("drop-answer@status")
    assert connection.request("POST", SUBMIT, {"overrides": {}}).status == 200


def test_an_answer_is_held_after_the_call_has_worked() -> None:
    connection = EmulatorHarness(faults="hold@submit#1")
    reply = connection.request("POST", SUBMIT, {"overrides": {}})
    assert reply.held_call is not None
    assert (reply.status, accepted(connection)) == (200, 1)
    assert connection.get("/__emulator__/held") == [
        {"call": "submit", "path": SUBMIT, "stage": "answer"}
    ]
    assert connection.get("/__emulator__/counts")["accepted"] == 1
    assert json.loads(connection.request("POST", "/__emulator__/release").body) == []
    assert reply.held_call.released.done()
    assert connection.request("POST", SUBMIT, {"overrides": {}}).held_call is None


def test_a_held_request_is_looked_at_when_it_is_let_go() -> None:
    connection = EmulatorHarness(faults="hold-request@submit#1,status-503@submit:1")
    reply = connection.request("POST", SUBMIT, {"overrides": {}})
    assert reply.continuation is not None
    assert (accepted(connection), connection.get("/__emulator__/requests")) == (0, [])
    assert connection.get("/__emulator__/held")[0]["stage"] == "request"
    connection.request("POST", "/__emulator__/release", b"status")
    assert reply.held_call is not None
    assert not reply.held_call.released.done()
    connection.request("POST", "/__emulator__/release", b"submit")
    assert reply.held_call.released.done()
    assert error_of(reply.continuation()) == (503, 500001)


@pytest.mark.parametrize("fault", ["hold", "hold-half"])
def test_a_call_is_not_held_by_a_fault_that_was_taken_back_since_it_came(fault: str) -> None:
    """A call that arrived before its fault was removed is not held afterwards.

    The test released all held calls when it removed the fault. If this call were held now, it would
    never be released.
    """
    connection = EmulatorHarness(faults=f"hold-request@balance,{fault}@balance")
    reply = connection.request("GET", BALANCE)
    assert reply.continuation is not None
    connection.backend.faults.set("")
    connection.request("POST", "/__emulator__/release")
    assert reply.continuation().held_call is None
    assert connection.get("/__emulator__/held") == []


def test_half_of_an_answer_may_be_held() -> None:
    connection = EmulatorHarness(faults="hold-half@balance:1")
    reply = connection.request("GET", BALANCE)
    assert reply.held_at_byte == len(reply.body) // 2
    assert connection.get("/__emulator__/held")[0]["stage"] == "half"
    assert connection.request("GET", BALANCE).held_call is None


def test_an_answer_that_says_no_can_be_held_and_late_too() -> None:
    connection = EmulatorHarness(faults="status-404@balance:1,hold@balance:1,delay@balance:2:1")
    reply = connection.request("GET", BALANCE)
    assert (reply.status, reply.delay_s) == (404, 2)
    assert reply.held_call is not None


@pytest.mark.parametrize(
    ("code", "error_code"),
    [(401, 401001), (404, 404001), (422, 422001), (418, None), (500, 500001), (507, 500001)],
)
def test_a_call_can_fail_with_any_code(code: int, error_code: int | None) -> None:
    connection = EmulatorHarness(faults=f"status-{code}@balance")
    assert error_of(connection.request("GET", BALANCE)) == (code, error_code)
    assert connection.request("GET", BALANCE).status == 200


def test_too_many_requests_may_say_for_how_long() -> None:
    connection = EmulatorHarness(faults="rate-limit,rate-limit:1:7,rate-limit:1:7:date")
    replies = [connection.request("GET", BALANCE) for _ in range(4)]
    assert [each.status for each in replies] == [429, 429, 429, 200]
    assert [each.headers.get("Retry-After") for each in replies[:2]] == [None, "7"]
    date = parsedate_to_datetime(replies[2].headers["Retry-After"])
    assert date.timestamp() == connection.clock() + 7


def test_a_service_that_takes_no_requests_may_say_for_how_long() -> None:
    connection = EmulatorHarness(faults="unavailable,unavailable:1:7")
    replies = [connection.request("GET", BALANCE) for _ in range(3)]
    assert [each.status for each in replies] == [503, 503, 200]
    assert [each.headers.get("Retry-After") for each in replies[:2]] == [None, "7"]


def test_the_log_names_the_faults_that_struck() -> None:
    connection = EmulatorHarness(faults="status-503@balance")
    connection.request("GET", BALANCE)
    connection.request("GET", BALANCE)
    assert [entry.get("faults") for entry in connection.get("/__emulator__/requests")] == [
        ["status"],
        None,
    ]
    assert connection.get("/__emulator__/faults")["struck"] == {"status@balance": 1}


def test_the_storage_has_bad_days_by_name() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0))
    accepted = connection.submit({"6": {"inputs": {"text": "x"}}})
    connection.clock.advance(5)
    url = str(connection.get(accepted["result_url"])["outputs"]["136"]["images"][0]["url"])
    connection.backend.faults.set("html:9,rate-limit@download:1:9,unauthorized@download:foreign:1")
    assert [connection.download(url).status for _ in range(3)] == [403, 429, 200]


def test_a_call_may_be_refused_with_any_code_of_the_api() -> None:
    connection = EmulatorHarness(
        faults="error:10001,error:11012,error:11007,error:404001,error:500001:200,error:99:418"
    )
    assert [error_of(connection.request("GET", BALANCE)) for _ in range(7)] == [
        (200, 10001),
        (404, 11012),
        (500, 11007),
        (404, 404001),
        (200, 500001),
        (418, 99),
        (200, None),
    ]


def test_an_answer_may_call_itself_something_else_or_come_slowly() -> None:
    connection = EmulatorHarness(faults="wrong-type@balance,drip@balance:1:1")
    first, second = connection.request("GET", BALANCE), connection.request("GET", BALANCE)
    assert (first.content_type, first.byte_interval_s) == ("text/html; charset=utf-8", 1)
    assert first.body == second.body
    assert (second.content_type, second.byte_interval_s) == ("application/json", 0)
