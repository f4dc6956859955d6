"""The paths for tests: whom they answer, that they are not logged, and what they refuse."""

from __future__ import annotations

import json

import pytest

from runcomfy_desktop.emulator import control
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.routes import Api
from runcomfy_desktop.emulator.wire import Request
from tests.support.emulated import TOKEN
from tests.unit.emulator.asking import CONTROL_TOKEN, Line, error_of

SETTINGS: dict[str, object] = {
    "balance": -1,
    "skip": 10,
    "faults": b"html",
    "switches": {"wrapped_list": True},
    "release": b"",
}
READINGS = ("requests", "counts", "runs", "faults", "held", "switches", "balance", "webhooks")
ORIGINS = ("https://evil.example", "null", "http://127.0.0.1:8188", "")


def everything_of(line: Line) -> tuple[object, ...]:
    """What the control paths set."""
    world = line.world
    faults = world.faults.spec
    return world.balance_microdollars, world.skipped_s, faults, world.switches, world.holds.held()


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
    line = Line(faults="hold")
    line.ask("GET", "/prod/v2/balance")
    before = everything_of(line)
    for name, body in SETTINGS.items():
        assert line.ask("POST", f"{control.PREFIX}{name}", body, token=token).status == 401
    for name in (*READINGS, "nothing", ""):
        reply = line.ask("GET", f"{control.PREFIX}{name}", token=token)
        assert (reply.status, list(json.loads(reply.body))) == (401, ["error_message"])
    assert everything_of(line) == before


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_in_a_browser_controls_nothing_even_with_the_token(origin: str) -> None:
    line = Line()
    before = everything_of(line)
    headers = {"Authorization": f"Bearer {CONTROL_TOKEN}", "Origin": origin}
    for method in ("GET", "POST", "OPTIONS"):
        reply = line.api.handle(Request.of(method, f"{control.PREFIX}skip", headers, b"10"))
        assert reply.status == 403
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    assert everything_of(line) == before


def test_without_a_token_for_them_they_are_paths_like_any_unknown_one() -> None:
    line = Line()
    line.api = Api(line.world)
    before = everything_of(line)
    unknown = line.ask("GET", "/nothing")
    assert error_of(unknown) == (404, 404001)
    for token in (f"Bearer {TOKEN}", f"Bearer {CONTROL_TOKEN}", "Bearer ", ""):
        is_known = token.endswith(TOKEN)
        for name, body in SETTINGS.items():
            for method in ("GET", "POST"):
                reply = line.ask(method, f"{control.PREFIX}{name}", body, token=token)
                assert error_of(reply) == ((404, 404001) if is_known else (401, 401001))
                assert not is_known or reply == unknown
    assert everything_of(line) == before
    assert line.world.journal.counts()["received"] == {"unknown": 1 + 4 * 2 * len(SETTINGS)}


def test_each_token_is_a_new_one() -> None:
    assert len({control.new_token() for _time in range(20)}) == 20
    assert all(len(control.new_token()) >= 43 for _time in range(20))


def test_the_balance_can_be_set() -> None:
    line = Line()
    assert line.get("/__emulator__/balance") == 12.34
    for dollars in (0, -0.25, 99.5):
        reply = line.ask("POST", "/__emulator__/balance", dollars)
        assert json.loads(reply.body) == dollars
        assert line.get("/prod/v2/balance")["balance_usd"] == dollars
        assert line.get("/prod/v2/balance")["balance_microdollars"] == dollars * 1_000_000


def test_runs_are_what_was_accepted_and_can_be_told_apart_by_their_overrides() -> None:
    line = Line()
    accepted = line.submit()
    (run,) = line.get("/__emulator__/runs")
    assert run["request_id"] == accepted["request_id"]
    assert run["deployment_id"] in line.world.deployments
    assert run["overrides"] == next(iter(line.world.runs.values())).order.overrides


def test_time_can_be_skipped() -> None:
    line = Line(pace=Pace(10, 5, 0))
    accepted = line.submit()
    assert json.loads(line.ask("POST", "/__emulator__/skip", 10).body) == 10
    assert line.word(accepted) == "in_progress"
    assert json.loads(line.ask("POST", "/__emulator__/skip", 5.0).body) == 15
    assert line.word(accepted) == "completed"


@pytest.mark.parametrize("name", ["balance", "skip"])
@pytest.mark.parametrize("body", [b"", b"much", b"NaN", b"true", b"[]", b"1e999", b"\xff"])
def test_what_is_no_number_is_refused(name: str, body: bytes) -> None:
    line = Line()
    assert line.ask("POST", f"{control.PREFIX}{name}", body).status == 400
    assert (line.world.balance_microdollars, line.world.skipped_s) == (12_340_000, 0)


def test_time_does_not_run_backwards() -> None:
    assert Line().ask("POST", "/__emulator__/skip", -1).status == 400


@pytest.mark.parametrize(
    ("method", "name"),
    [("GET", "nothing"), ("POST", "requests"), ("DELETE", "faults"), ("POST", "")],
)
def test_other_paths_and_methods_are_not_there(method: str, name: str) -> None:
    assert Line().ask(method, f"{control.PREFIX}{name}", {}).status == 404


def test_the_log_has_no_control_calls() -> None:
    line = Line()
    for name in ("requests", "counts", "runs", "faults", "switches", "balance", "skip", "webhooks"):
        assert line.ask("GET", f"{control.PREFIX}{name}").status == 200
    assert line.get("/__emulator__/requests") == []
