"""The paths for tests: they ask no token, are not logged, and check what they are told."""

from __future__ import annotations

import json

import pytest

from runcomfy_desktop.emulator import control
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.unit.emulator.asking import Line


def test_the_balance_can_be_set() -> None:
    line = Line()
    assert line.get("/__emulator__/balance") == 12.34
    for dollars in (0, -0.25, 99.5):
        reply = line.ask("POST", "/__emulator__/balance", dollars, token="")
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
        assert line.ask("GET", f"{control.PREFIX}{name}", token="").status == 200
    assert line.get("/__emulator__/requests") == []
