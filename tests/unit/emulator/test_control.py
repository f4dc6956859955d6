"""Control paths for tests: access and refusals; their calls are not logged."""

from __future__ import annotations

import json

import pytest

from runcomfy_desktop.emulator import control
from runcomfy_desktop.emulator.http_messages import Request
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.routes import ApiServer
from tests.support.emulators import TOKEN
from tests.unit.emulator.emulator_harness import CONTROL_TOKEN, EmulatorHarness, error_of

SETTINGS: dict[str, object] = {
    "balance": -1,
    "skip": 10,
    "faults": b"html",
    "switches": {"wrapped_list": True},
    "release": b"",
}
READINGS = ("requests", "counts", "runs", "faults", "held", "switches", "balance", "webhooks")
ORIGINS = ("https://evil.example", "null", "http://127.0.0.1:8188", "")


def everything_of(connection: EmulatorHarness) -> tuple[object, ...]:
    """Returns all state that the control paths can set."""
    backend = connection.backend
    faults = backend.faults.spec
    return (
        backend.balance_microdollars,
        backend.skipped_s,
        faults,
        backend.switches,
        backend.held_calls.held(),
    )


@pytest.mark.parametrize(
    "token",
    [
        "",
        "Bearer ",
        "Bearer wrong",
        "Bearer \xe9",
        f"Bearer {TOKEN}",
        f"Basic {CONTROL_TOKEN}",
        CONTROL_TOKEN,
        f"Bearer {CONTROL_TOKEN} ",
        f"Bearer {CONTROL_TOKEN[:-1]}",
    ],
)
def test_without_the_control_token_nothing_is_told_and_nothing_happens(token: str) -> None:
    connection = EmulatorHarness(faults="hold")
    connection.request("GET", "/prod/v2/balance")
    before = everything_of(connection)
    for name, body in SETTINGS.items():
        assert (
            connection.request("POST", f"{control.PREFIX}{name}", body, token=token).status == 401
        )
    for name in (*READINGS, "nothing", ""):
        reply = connection.request("GET", f"{control.PREFIX}{name}", token=token)
        assert (reply.status, list(json.loads(reply.body))) == (401, ["error_message"])
    assert everything_of(connection) == before


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_in_a_browser_controls_nothing_even_with_the_token(origin: str) -> None:
    connection = EmulatorHarness()
    before = everything_of(connection)
    headers = {"Authorization": f"Bearer {CONTROL_TOKEN}", "Origin": origin}
    for method in ("GET", "POST", "OPTIONS"):
        reply = connection.api.handle(
            Request.from_target(method, f"{control.PREFIX}skip", headers, b"10")
        )
        assert reply.status == 403
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    assert everything_of(connection) == before


def test_without_a_token_for_them_they_are_paths_like_any_unknown_one() -> None:
    connection = EmulatorHarness()
    connection.api = ApiServer(connection.backend)
    before = everything_of(connection)
    unknown = connection.request("GET", "/nothing")
    assert error_of(unknown) == (404, 404001)
    for token in (f"Bearer {TOKEN}", f"Bearer {CONTROL_TOKEN}", "Bearer ", ""):
        is_known = token.endswith(TOKEN)
        for name, body in SETTINGS.items():
            for method in ("GET", "POST"):
                reply = connection.request(method, f"{control.PREFIX}{name}", body, token=token)
                assert error_of(reply) == ((404, 404001) if is_known else (401, 401001))
                assert not is_known or reply == unknown
    assert everything_of(connection) == before
    assert connection.backend.journal.counts()["received"] == {"unknown": 1 + 4 * 2 * len(SETTINGS)}


def test_each_token_is_a_new_one() -> None:
    assert len({control.new_token() for _time in range(20)}) == 20
    assert all(len(control.new_token()) >= 43 for _time in range(20))


def test_the_balance_can_be_set() -> None:
    connection = EmulatorHarness()
    assert connection.get("/__emulator__/balance") == 12.34
    for dollars in (0, -0.25, 99.5):
        reply = connection.request("POST", "/__emulator__/balance", dollars)
        assert json.loads(reply.body) == dollars
        assert connection.get("/prod/v2/balance")["balance_usd"] == dollars
        assert connection.get("/prod/v2/balance")["balance_microdollars"] == dollars * 1_000_000


def test_runs_are_what_was_accepted_and_can_be_told_apart_by_their_overrides() -> None:
    connection = EmulatorHarness()
    accepted = connection.submit()
    (run,) = connection.get("/__emulator__/runs")
    assert run["request_id"] == accepted["request_id"]
    assert run["deployment_id"] in connection.backend.deployments
    assert run["overrides"] == next(iter(connection.backend.runs.values())).submit_request.overrides


def test_time_can_be_skipped() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(10, 5, 0))
    accepted = connection.submit()
    assert json.loads(connection.request("POST", "/__emulator__/skip", 10).body) == 10
    assert connection.status_text(accepted) == "in_progress"
    assert json.loads(connection.request("POST", "/__emulator__/skip", 5.0).body) == 15
    assert connection.status_text(accepted) == "completed"


@pytest.mark.parametrize("name", ["balance", "skip"])
@pytest.mark.parametrize("body", [b"", b"much", b"NaN", b"true", b"[]", b"1e999", b"\xff"])
def test_what_is_no_number_is_refused(name: str, body: bytes) -> None:
    connection = EmulatorHarness()
    assert connection.request("POST", f"{control.PREFIX}{name}", body).status == 400
    assert (connection.backend.balance_microdollars, connection.backend.skipped_s) == (
        12_340_000,
        0,
    )


def test_time_does_not_run_backwards() -> None:
    assert EmulatorHarness().request("POST", "/__emulator__/skip", -1).status == 400


@pytest.mark.parametrize(
    ("method", "name"),
    [("GET", "nothing"), ("POST", "requests"), ("DELETE", "faults"), ("POST", "")],
)
def test_other_paths_and_methods_are_not_there(method: str, name: str) -> None:
    assert EmulatorHarness().request(method, f"{control.PREFIX}{name}", {}).status == 404


def test_the_log_has_no_control_calls() -> None:
    connection = EmulatorHarness()
    for name in ("requests", "counts", "runs", "faults", "switches", "balance", "skip", "webhooks"):
        assert connection.request("GET", f"{control.PREFIX}{name}").status == 200
    assert connection.get("/__emulator__/requests") == []
