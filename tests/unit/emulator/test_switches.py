"""What each switch does, and how it is set."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.switches import Switches
from tests.support.receiver import Receiver
from tests.unit.emulator.asking import FLUX, KONTEXT, Line, error_of
from tests.unit.emulator.pictures import data_uri, png

SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"
CONTROL = "/__emulator__/switches"


def test_the_calm_service_is_the_default() -> None:
    assert Switches().changed({}) == Switches()
    assert Line().get(CONTROL) == Switches().as_json()


def test_a_running_service_can_be_switched() -> None:
    line = Line()
    reply = line.ask("POST", CONTROL, {"wrapped_list": True, "first_position": 0})
    assert json.loads(reply.body) == {
        **Switches().as_json(),
        "wrapped_list": True,
        "first_position": 0,
    }
    assert "deployments" in line.get("/prod/v2/deployments")
    line.ask("POST", CONTROL, {"wrapped_list": False})
    assert isinstance(line.get("/prod/v2/deployments"), list)
    assert line.world.switches == Switches(first_position=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"no_such": True},
        {"wrapped_list": 1},
        {"wrapped_list": None},
        {"gate_status": 500},
        {"gate_status": True},
        {"instance_ids": 1},
        {"first_position": True},
        {"first_position": 2},
        {"max_media_bytes": -1},
        {"max_media_bytes": 1.5},
        [],
        "wrapped_list",
    ],
)
def test_what_is_not_understood_is_refused_and_changes_nothing(changes: Any) -> None:
    line = Line()
    assert line.ask("POST", CONTROL, changes).status == 400
    assert line.world.switches == Switches()


def test_every_switch_can_be_set_to_its_own_value() -> None:
    switches = Switches(gate_status=403, submit_status=202, instance_ids=False)
    assert Switches().changed(switches.as_json()) == switches
    assert len(switches.as_json()) == len(fields(Switches))


@pytest.mark.parametrize("status", [200, 202])
def test_the_code_and_the_status_of_a_submit(status: int) -> None:
    line = Line(switches=Switches(submit_status=status, submit_says_status=True), dialect=NEWEST)
    reply = line.ask("POST", SUBMIT, {"overrides": {}})
    assert (reply.status, json.loads(reply.body)["status"]) == (status, "in_queue")


@pytest.mark.parametrize(
    ("switches", "positions"),
    [
        (Switches(), [1, 2]),
        (Switches(first_position=0), [0, 1]),
        (Switches(null_position=True), [None, None]),
    ],
)
def test_queue_positions(switches: Switches, positions: list[int | None]) -> None:
    line = Line(switches=switches)
    jobs = [line.submit() for _ in range(2)]
    assert [line.get(job["status_url"])["queue_position"] for job in jobs] == positions


@pytest.mark.parametrize("wanted", [True, False])
def test_instances_can_be_named_in_every_dialect(wanted: bool) -> None:
    for options in ({}, {"dialect": NEWEST}):
        line = Line(pace=Pace(0, 5, 0), switches=Switches(instance_ids=wanted), **options)
        accepted = line.submit()
        assert ("instance_id" in line.get(accepted["status_url"])) is wanted
        line.clock.advance(5)
        assert ("instance_id" in line.get(accepted["status_url"])) is wanted
        assert ("instance_id" in line.get(accepted["result_url"])) is wanted


@pytest.mark.parametrize(
    ("switches", "created_at", "told"),
    [
        (Switches(), "2026-01-10T09:00:00.123456+00:00", "2026-02-02T02:40:00.250000+00:00"),
        (Switches(zulu=True), "2026-01-10T09:00:00.123456Z", "2026-02-02T02:40:00.250000Z"),
        (
            Switches(whole_seconds=True),
            "2026-01-10T09:00:00+00:00",
            "2026-02-02T02:40:00+00:00",
        ),
        (
            Switches(zulu=True, whole_seconds=True),
            "2026-01-10T09:00:00Z",
            "2026-02-02T02:40:00Z",
        ),
    ],
)
def test_times_can_be_written_in_each_way(switches: Switches, created_at: str, told: str) -> None:
    line = Line(switches=switches)
    assert line.get(f"/prod/v2/deployments/{KONTEXT}")["created_at"] == created_at
    line.clock.advance(0.25)
    assert line.get(line.submit()["result_url"])["created_at"] == told


def test_a_running_request_may_win_over_its_cancel() -> None:
    line = Line(pace=Pace(0, 10, 2), switches=Switches(runs_to_the_end=True))
    accepted = line.submit()
    waiting = line.submit()
    answer = json.loads(line.ask("POST", accepted["cancel_url"]).body)
    assert answer["status"] == "cancellation_requested"
    line.ask("POST", waiting["cancel_url"])
    assert line.word(waiting) == "canceled"  # nothing runs that could win
    line.clock.advance(9)
    assert line.word(accepted) == "in_progress"
    line.clock.advance(1)
    assert line.get(accepted["result_url"])["status"] == "succeeded"


@pytest.mark.parametrize(
    ("overrides", "end"),
    [
        ({"999": {"inputs": {"seed": 1}}}, "succeeded"),
        ({"31": {"inputs": {"sede": 1}}}, "succeeded"),
        ({"31": {"inputs": {"sampler_name": "eulr"}}}, "failed"),  # ComfyUI itself refuses it
        ({"31": {"inputs": {"steps": 0}}}, "failed"),
        ({"31": {"inputs": {"model": ["999", 0]}}}, "failed"),
        ({"189": {"inputs": {"image": "data:image/png;base64,@@"}}}, "failed"),
    ],
)
def test_overrides_that_fit_nothing_may_be_passed_over(overrides: Any, end: str) -> None:
    line = Line(pace=Pace(0, 0, 0), switches=Switches(ignores_unknown=True))
    assert line.get(line.submit(overrides)["result_url"])["status"] == end
    assert Line().ask("POST", SUBMIT, {"overrides": overrides}).status == 422
    malformed = {"overrides": {"31": 5}}
    assert error_of(line.ask("POST", SUBMIT, malformed)) == (422, 422001)


def test_overrides_beside_a_workflow_go_on_top_of_it_or_are_refused() -> None:
    line = Line(pace=Pace(0, 0, 0))
    record = line.get(f"/prod/v2/deployments/{FLUX}?includes=payload")
    overrides = {"5": {"inputs": {"width": 128, "height": 64}}}
    body = {"workflow_api_json": record["payload"]["workflow_api_json"], "overrides": overrides}
    accepted = json.loads(line.ask("POST", SUBMIT, body).body)
    workflow: Any = line.world.runs[accepted["request_id"]].order.workflow
    assert workflow["5"]["inputs"]["width"] == 128
    assert "9" in line.get(accepted["result_url"])["outputs"]
    line.world.switches = Switches(refuses_both=True)
    assert error_of(line.ask("POST", SUBMIT, body)) == (422, 422001)
    assert line.ask("POST", SUBMIT, {**body, "overrides": {}}).status == 200


def test_inline_files_can_be_limited() -> None:
    line = Line(switches=Switches(max_media_bytes=40))
    picture = data_uri(png(8, 8))
    body = {"overrides": {"189": {"inputs": {"image": picture}}}}
    reply = line.ask("POST", SUBMIT, body)
    assert error_of(reply) == (422, 422001)
    assert json.loads(reply.body)["detail"][0]["loc"][-1] == "image"
    assert Line().ask("POST", SUBMIT, body).status == 200


def test_addresses_are_fetched_only_when_asked_for_and_only_here() -> None:
    elsewhere = "https://files.example.org/x.png"
    with Receiver(200, 404, content=b"no picture") as receiver:
        line = Line(pace=Pace(0, 0, 0))
        calm = line.submit({"189": {"inputs": {"image": f"{receiver.url}/x.png"}}})
        assert line.get(calm["result_url"])["status"] == "succeeded"
        assert receiver.posted == []
        line.world.switches = Switches(fetches_media=True)
        for address in (f"{receiver.url}/x.png", f"{receiver.url}/gone.png", elsewhere):
            accepted = line.submit({"189": {"inputs": {"image": address}}})
            result = line.get(accepted["result_url"])
            assert result["status"] == "failed"
            assert "cannot identify image file" in json.dumps(result["error"])
    assert [each.target for each in receiver.posted] == ["/x.png", "/gone.png"]


def test_a_picture_behind_an_address_of_this_computer_is_used() -> None:
    line = Line(pace=Pace(0, 0, 0), switches=Switches(fetches_media=True))
    with Receiver(content=png(96, 64)) as receiver:
        accepted = line.submit({"189": {"inputs": {"image": f"{receiver.url}/x.png"}}})
        assert line.get(accepted["result_url"])["status"] == "succeeded"
        assert [each.method for each in receiver.posted] == ["GET"]
