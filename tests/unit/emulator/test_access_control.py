"""Access control, and the checks that a deployment accepts requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_desktop.emulator import access_control
from runcomfy_desktop.emulator.deployments import FOREIGN_ID
from runcomfy_desktop.emulator.dialect import NEWEST, SEED
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.unit.emulator.emulator_harness import FLUX, KONTEXT, OLD, EmulatorHarness, error_of

SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"
RECORD = f"/prod/v2/deployments/{KONTEXT}"
OTHER = "Bearer 11111111-2222-4333-8444-555555555555"


def submit(connection: EmulatorHarness, deployment_id: str = KONTEXT) -> tuple[int, Any]:
    path = f"/prod/v1/deployments/{deployment_id}/inference"
    return error_of(connection.request("POST", path, {"overrides": {}}))


@pytest.mark.parametrize(
    ("form", "status", "body"),
    [
        ("", 401, {"error_code": 401001}),
        (":json", 401, {"error_code": 401001}),
        (":gateway", 403, {"message": "Forbidden"}),
        (":foreign", 403, {"error_code": 403003}),
    ],
)
def test_a_token_can_be_refused_in_each_form(form: str, status: int, body: Any) -> None:
    connection = EmulatorHarness(faults=f"unauthorized{form}")
    reply = connection.request("GET", "/prod/v2/balance")
    content = json.loads(reply.body)
    content.pop("error_message", None)
    assert (reply.status, content) == (status, body)
    assert submit(connection)[0] == status
    assert connection.backend.runs == {}


def test_a_token_can_be_refused_in_plain_text_and_for_a_while() -> None:
    connection = EmulatorHarness(faults="unauthorized:plain:2")
    replies = [connection.request("GET", "/prod/v2/balance") for _ in range(3)]
    assert [each.status for each in replies] == [401, 401, 200]
    assert replies[0].content_type.startswith("text/plain")
    assert access_control.invalid_token_reply("plain").body == b"Unauthorized"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/prod/v2/deployments/{FOREIGN_ID}"),
        ("PATCH", f"/prod/v2/deployments/{FOREIGN_ID}"),
        ("DELETE", f"/prod/v2/deployments/{FOREIGN_ID}"),
        ("POST", f"/prod/v1/deployments/{FOREIGN_ID}/inference"),
        ("GET", f"/prod/v1/deployments/{FOREIGN_ID}/requests/{KONTEXT}/status"),
        ("POST", f"/prod/v1/deployments/{FOREIGN_ID}/requests/{KONTEXT}/cancel"),
        ("POST", f"/prod/v2/deployments/{FOREIGN_ID}/instances/{KONTEXT}/proxy/api/free"),
    ],
)
@pytest.mark.parametrize("in_200", [False, True])
def test_somebody_elses_deployment_is_forbidden(method: str, path: str, in_200: bool) -> None:
    connection = EmulatorHarness(switches=BehaviourSwitches(errors_in_200=in_200))
    status = 200 if in_200 else 403
    assert error_of(connection.request(method, path, {"name": "x", "overrides": {}})) == (
        status,
        403003,
    )
    assert connection.get(f"/prod/v2/deployments?ids={FOREIGN_ID}") == []


def test_another_account_has_nothing_of_this_one() -> None:
    connection = EmulatorHarness()
    connection.backend.other_account_tokens.add(OTHER.removeprefix("Bearer "))
    accepted = connection.submit()

    def ask(method: str, path: str) -> Any:
        return connection.request(method, path, {"overrides": {}, "name": "x"}, token=OTHER)

    assert json.loads(ask("GET", "/prod/v2/deployments").body) == []
    assert json.loads(ask("GET", "/prod/v2/balance").body)["balance_usd"] == 0
    for method, path in (
        ("GET", RECORD),
        ("PATCH", RECORD),
        ("DELETE", RECORD),
        ("POST", SUBMIT),
        ("GET", accepted["status_url"]),
        ("POST", accepted["cancel_url"]),
    ):
        assert error_of(ask(method, path)) == (403, 403003)
    assert error_of(ask("GET", "/prod/v2/deployments/nobody")) == (404, 404001)
    assert KONTEXT in connection.backend.deployments
    connection.backend.switches = BehaviourSwitches(wrapped_list=True)
    assert json.loads(ask("GET", "/prod/v2/deployments").body) == {"deployments": []}


def test_every_refusal_may_come_in_200() -> None:
    connection = EmulatorHarness(switches=BehaviourSwitches(errors_in_200=True))
    for reply, code in (
        (connection.request("GET", "/prod/v2/balance", token="Bearer wrong"), 401001),
        (connection.request("GET", "/prod/v2/deployments/nobody"), 404001),
        (connection.request("POST", SUBMIT, b"no json"), 422001),
    ):
        assert error_of(reply) == (200, code)
    assert connection.request("PUT", SUBMIT).status == 405


@pytest.mark.parametrize("microdollars", [0, -250_000])
@pytest.mark.parametrize(("dialect", "status"), [(SEED, 200), (NEWEST, 403)])
def test_without_funds_nothing_is_accepted(microdollars: int, dialect: Any, status: int) -> None:
    connection = EmulatorHarness(dialect=dialect)
    connection.backend.balance_microdollars = microdollars
    assert connection.get("/prod/v2/balance")["balance_usd"] == microdollars / 1_000_000
    assert connection.get(RECORD)["is_enabled"] is True
    assert submit(connection) == submit(connection) == (status, 10001)
    assert connection.get(RECORD)["is_enabled"] is False
    assert connection.backend.runs == {}


def test_after_paying_in_a_deployment_has_to_be_enabled_again() -> None:
    connection = EmulatorHarness()
    connection.backend.balance_microdollars = 0
    assert submit(connection)[1] == 10001
    connection.backend.balance_microdollars = 5_000_000
    assert submit(connection)[1] == 10001
    change = {"name": "flux-kontext", "is_enabled": True}
    assert connection.request("PATCH", RECORD, change).status == 200
    assert submit(connection) == (200, None)
    assert submit(connection, FLUX) == (200, None)  # FLUX was not called without funds


def test_enabling_without_funds_lasts_until_the_next_request() -> None:
    connection = EmulatorHarness()
    connection.backend.balance_microdollars = 0
    submit(connection)
    connection.request("PATCH", RECORD, {"name": "x", "is_enabled": True})
    assert connection.get(RECORD)["is_enabled"] is True
    assert submit(connection)[1] == 10001


def test_what_its_owner_switched_off_is_off_for_that_reason() -> None:
    connection = EmulatorHarness()
    connection.backend.balance_microdollars = 0
    assert submit(connection, OLD)[1] == 10002


def test_what_was_accepted_goes_on_without_funds() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 5, 0))
    accepted = connection.submit()
    connection.backend.balance_microdollars = -1
    connection.clock.advance(5)
    assert connection.get(accepted["result_url"])["status"] == "succeeded"


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("dialect", [SEED, NEWEST])
def test_the_code_of_the_gate_can_be_set(status: int, dialect: Any) -> None:
    connection = EmulatorHarness(dialect=dialect, switches=BehaviourSwitches(gate_status=status))
    assert submit(connection, OLD) == (status, 10002)
    connection.request("DELETE", f"/prod/v2/deployments/{OLD}")
    assert submit(connection, OLD) == (status, 10003)
    connection.backend.balance_microdollars = 0
    assert submit(connection) == (status, 10001)
