"""Behaviour switches: the effect of each, and the ways to set it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.support.webhook_receiver import WebhookReceiver
from tests.unit.emulator.emulator_harness import FLUX, KONTEXT, EmulatorHarness, error_of
from tests.unit.emulator.image_tools import data_uri, png

SUBMIT = f"/prod/v1/deployments/{KONTEXT}/inference"
CONTROL = "/__emulator__/switches"


def test_the_calm_service_is_the_default() -> None:
    assert BehaviourSwitches().changed({}) == BehaviourSwitches()
    assert EmulatorHarness().get(CONTROL) == BehaviourSwitches().as_json()


def test_a_running_service_can_be_switched() -> None:
    connection = EmulatorHarness()
    reply = connection.request("POST", CONTROL, {"wrapped_list": True, "first_position": 0})
    assert json.loads(reply.body) == {
        **BehaviourSwitches().as_json(),
        "wrapped_list": True,
        "first_position": 0,
    }
    assert "deployments" in connection.get("/prod/v2/deployments")
    connection.request("POST", CONTROL, {"wrapped_list": False})
    assert isinstance(connection.get("/prod/v2/deployments"), list)
    assert connection.backend.switches == BehaviourSwitches(first_position=0)


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
    connection = EmulatorHarness()
    assert connection.request("POST", CONTROL, changes).status == 400
    assert connection.backend.switches == BehaviourSwitches()


def test_every_switch_can_be_set_to_its_own_value() -> None:
    switches = BehaviourSwitches(gate_status=403, submit_status=202, instance_ids=False)
    assert BehaviourSwitches().changed(switches.as_json()) == switches
    assert len(switches.as_json()) == len(fields(BehaviourSwitches))


@pytest.mark.parametrize("status", [200, 202])
def test_the_code_and_the_status_of_a_submit(status: int) -> None:
    connection = EmulatorHarness(
        switches=BehaviourSwitches(submit_status=status, submit_says_status=True), dialect=NEWEST
    )
    reply = connection.request("POST", SUBMIT, {"overrides": {}})
    assert (reply.status, json.loads(reply.body)["status"]) == (status, "in_queue")


@pytest.mark.parametrize(
    ("switches", "positions"),
    [
        (BehaviourSwitches(), [1, 2]),
        (BehaviourSwitches(first_position=0), [0, 1]),
        (BehaviourSwitches(null_position=True), [None, None]),
    ],
)
def test_queue_positions(switches: BehaviourSwitches, positions: list[int | None]) -> None:
    connection = EmulatorHarness(switches=switches)
    jobs = [connection.submit() for _ in range(2)]
    assert [connection.get(job["status_url"])["queue_position"] for job in jobs] == positions


@pytest.mark.parametrize("wanted", [True, False])
def test_instances_can_be_named_in_every_dialect(wanted: bool) -> None:
    for options in ({}, {"dialect": NEWEST}):
        connection = EmulatorHarness(
            timing=EmulatorTiming(0, 5, 0),
            switches=BehaviourSwitches(instance_ids=wanted),
            **options,
        )
        accepted = connection.submit()
        assert ("instance_id" in connection.get(accepted["status_url"])) is wanted
        connection.clock.advance(5)
        assert ("instance_id" in connection.get(accepted["status_url"])) is wanted
        assert ("instance_id" in connection.get(accepted["result_url"])) is wanted


@pytest.mark.parametrize(
    ("switches", "created_at", "told"),
    [
        (
            BehaviourSwitches(),
            "2026-01-10T09:00:00.123456+00:00",
            "2026-02-02T02:40:00.250000+00:00",
        ),
        (
            BehaviourSwitches(zulu=True),
            "2026-01-10T09:00:00.123456Z",
            "2026-02-02T02:40:00.250000Z",
        ),
        (
            BehaviourSwitches(whole_seconds=True),
            "2026-01-10T09:00:00+00:00",
            "2026-02-02T02:40:00+00:00",
        ),
        (
            BehaviourSwitches(zulu=True, whole_seconds=True),
            "2026-01-10T09:00:00Z",
            "2026-02-02T02:40:00Z",
        ),
    ],
)
def test_times_can_be_written_in_each_way(
    switches: BehaviourSwitches, created_at: str, told: str
) -> None:
    connection = EmulatorHarness(switches=switches)
    assert connection.get(f"/prod/v2/deployments/{KONTEXT}")["created_at"] == created_at
    connection.clock.advance(0.25)
    assert connection.get(connection.submit()["result_url"])["created_at"] == told


def test_a_running_request_may_win_over_its_cancel() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 10, 2), switches=BehaviourSwitches(runs_to_the_end=True)
    )
    accepted = connection.submit()
    waiting = connection.submit()
    answer = json.loads(connection.request("POST", accepted["cancel_url"]).body)
    assert answer["status"] == "cancellation_requested"
    connection.request("POST", waiting["cancel_url"])
    assert connection.status_text(waiting) == "canceled"  # it is not running, so it cannot succeed
    connection.clock.advance(9)
    assert connection.status_text(accepted) == "in_progress"
    connection.clock.advance(1)
    assert connection.get(accepted["result_url"])["status"] == "succeeded"


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
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 0, 0), switches=BehaviourSwitches(ignores_unknown=True)
    )
    assert connection.get(connection.submit(overrides)["result_url"])["status"] == end
    assert EmulatorHarness().request("POST", SUBMIT, {"overrides": overrides}).status == 422
    malformed = {"overrides": {"31": 5}}
    assert error_of(connection.request("POST", SUBMIT, malformed)) == (422, 422001)


def test_overrides_beside_a_workflow_go_on_top_of_it_or_are_refused() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    record = connection.get(f"/prod/v2/deployments/{FLUX}?includes=payload")
    overrides = {"5": {"inputs": {"width": 128, "height": 64}}}
    body = {"workflow_api_json": record["payload"]["workflow_api_json"], "overrides": overrides}
    accepted = json.loads(connection.request("POST", SUBMIT, body).body)
    workflow: Any = connection.backend.runs[accepted["request_id"]].submit_request.workflow
    assert workflow["5"]["inputs"]["width"] == 128
    assert "9" in connection.get(accepted["result_url"])["outputs"]
    connection.backend.switches = BehaviourSwitches(refuses_both=True)
    assert error_of(connection.request("POST", SUBMIT, body)) == (422, 422001)
    assert connection.request("POST", SUBMIT, {**body, "overrides": {}}).status == 200


def test_inline_files_can_be_limited() -> None:
    connection = EmulatorHarness(switches=BehaviourSwitches(max_media_bytes=40))
    picture = data_uri(png(8, 8))
    body = {"overrides": {"189": {"inputs": {"image": picture}}}}
    reply = connection.request("POST", SUBMIT, body)
    assert error_of(reply) == (422, 422001)
    assert json.loads(reply.body)["detail"][0]["loc"][-1] == "image"
    assert EmulatorHarness().request("POST", SUBMIT, body).status == 200


def test_addresses_are_fetched_only_when_asked_for_and_only_here() -> None:
    elsewhere = "https://files.example.org/x.png"
    with WebhookReceiver(200, 404, content=b"no picture") as receiver:
        connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
        calm = connection.submit({"189": {"inputs": {"image": f"{receiver.url}/x.png"}}})
        assert connection.get(calm["result_url"])["status"] == "succeeded"
        assert receiver.requests == []
        connection.backend.switches = BehaviourSwitches(fetches_media=True)
        for address in (f"{receiver.url}/x.png", f"{receiver.url}/gone.png", elsewhere):
            accepted = connection.submit({"189": {"inputs": {"image": address}}})
            result = connection.get(accepted["result_url"])
            assert result["status"] == "failed"
            assert "cannot identify image file" in json.dumps(result["error"])
    assert [each.target for each in receiver.requests] == ["/x.png", "/gone.png"]


def test_a_picture_behind_an_address_of_this_computer_is_used() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 0, 0), switches=BehaviourSwitches(fetches_media=True)
    )
    with WebhookReceiver(content=png(96, 64)) as receiver:
        accepted = connection.submit({"189": {"inputs": {"image": f"{receiver.url}/x.png"}}})
        assert connection.get(accepted["result_url"])["status"] == "succeeded"
        assert [each.method for each in receiver.requests] == ["GET"]
