"""Deployments are created, edited and deleted: refusals, and effects of edits on the queue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_desktop.emulator import account_endpoints
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.unit.emulator.emulator_harness import FLUX, KONTEXT, OLD, EmulatorHarness, error_of

ROOT = "/prod/v2/deployments"
NEW = {
    "name": "mine",
    "workflow_id": "00000000-0000-0000-0000-000000001164",
    "workflow_version": "v3",
    "hardware": ["ADA_48_PLUS"],
    "min_instances": 0,
    "max_instances": 2,
    "queue_size": 1,
    "keep_warm_duration_in_seconds": 90,
}


def create(connection: EmulatorHarness, **changes: Any) -> Any:
    reply = connection.request("POST", ROOT, {**NEW, **changes})
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def change(
    connection: EmulatorHarness, deployment_id: str, name: str = "flux-kontext", **changes: Any
) -> Any:
    reply = connection.request("PATCH", f"{ROOT}/{deployment_id}", {"name": name, **changes})
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def places(reply: Any) -> list[list[str]]:
    return [each["loc"] for each in json.loads(reply.body)["detail"]]


def test_a_new_deployment_is_listed_and_runs() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    made = create(connection)
    for name, value in NEW.items():
        assert made[name] == value
    assert made["is_enabled"] is True
    assert made["status"] == "standby"
    assert made["created_at"] == made["updated_at"] == "2026-02-02T02:40:00.000000+00:00"
    listed = connection.get(ROOT)
    assert listed[-1] == {name: made[name] for name in made if name != "payload"}
    accepted = connection.submit(deployment_id=made["id"])
    assert connection.get(accepted["result_url"])["status"] == "succeeded"


def test_the_answers_to_changes_carry_the_payload_unasked() -> None:
    connection = EmulatorHarness()
    made = create(connection)
    assert "189" in made["payload"]["workflow_api_json"]
    assert connection.download(made["payload"]["object_info_url"]).status == 200
    assert "payload" in change(connection, made["id"])
    assert "readme" not in made


def test_a_new_deployment_without_anything_names_every_field() -> None:
    reply = EmulatorHarness().request("POST", ROOT, {})
    assert error_of(reply) == (422, 422001)
    assert sorted(places(reply)) == sorted(["body", name] for name in NEW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", 5),
        ("name", None),
        ("workflow_id", "not a uuid"),
        ("workflow_id", 5),
        ("workflow_version", ""),
        ("hardware", "AMPERE_48"),
        ("hardware", []),
        ("hardware", ["AMPERE_48", "AMPERE_80"]),
        ("hardware", ["A6000"]),
        ("hardware", [["AMPERE_48"]]),
        ("min_instances", -1),
        ("min_instances", 31),
        ("min_instances", 3),  # more than max_instances
        ("min_instances", True),
        ("min_instances", 0.0),
        ("max_instances", 0),
        ("max_instances", 61),
        ("max_instances", "2"),
        ("queue_size", -1),
        ("keep_warm_duration_in_seconds", -1),
        ("is_enabled", False),  # not a field of this call
        ("colour", "blue"),
    ],
)
def test_a_wrong_field_of_a_new_deployment_is_refused(name: str, value: Any) -> None:
    connection = EmulatorHarness()
    reply = connection.request("POST", ROOT, {**NEW, name: value})
    assert error_of(reply) == (422, 422001)
    assert places(reply) == [["body", name]]
    assert len(connection.get(ROOT)) == len(EmulatorHarness().get(ROOT))


@pytest.mark.parametrize("sku", account_endpoints.SKUS)
def test_every_hardware_of_the_price_list_can_be_had(sku: str) -> None:
    assert create(EmulatorHarness(), hardware=[sku])["hardware"] == [sku]


def test_a_workflow_or_a_version_that_is_not_saved_is_not_found() -> None:
    connection = EmulatorHarness()
    for unknown in ({"workflow_id": KONTEXT}, {"workflow_version": "v4"}):
        assert error_of(connection.request("POST", ROOT, {**NEW, **unknown})) == (404, 404001)


@pytest.mark.parametrize("name", [None, "", "absent"])
def test_a_change_without_the_name_is_refused(name: str | None) -> None:
    connection = EmulatorHarness()
    body = {"max_instances": 3} if name == "absent" else {"max_instances": 3, "name": name}
    reply = connection.request("PATCH", f"{ROOT}/{KONTEXT}", body)
    assert 400 <= reply.status < 500
    assert json.loads(reply.body)["error_message"] == "Deployment name is required"
    assert connection.get(f"{ROOT}/{KONTEXT}")["max_instances"] == 1


def test_a_change_sets_what_it_names_and_leaves_the_rest() -> None:
    connection = EmulatorHarness()
    before = connection.get(f"{ROOT}/{KONTEXT}")
    connection.clock.advance(60)
    after = change(
        connection,
        KONTEXT,
        "kontext two",
        hardware=["HOPPER_141"],
        keep_warm_duration_in_seconds=0,
        queue_size=None,  # null counts as missing
    )
    del after["payload"]
    assert after == {
        **before,
        "name": "kontext two",
        "hardware": ["HOPPER_141"],
        "keep_warm_duration_in_seconds": 0,
        "updated_at": "2026-02-02T02:41:00.000000+00:00",
    }
    assert connection.get(f"{ROOT}/{KONTEXT}") == after


def test_a_change_is_checked_together_with_what_stays() -> None:
    connection = EmulatorHarness()
    path = f"{ROOT}/{KONTEXT}"
    wrong = {"name": "x", "min_instances": 2}  # max_instances is 1
    assert error_of(connection.request("PATCH", path, wrong)) == (422, 422001)
    assert error_of(connection.request("PATCH", path, {"name": "x", "workflow_id": FLUX})) == (
        422,
        422001,
    )
    assert error_of(connection.request("PATCH", path, {"name": "x", "is_enabled": "no"})) == (
        422,
        422001,
    )
    assert connection.get(path)["name"] == "flux-kontext"
    assert change(connection, KONTEXT, min_instances=2, max_instances=2)["min_instances"] == 2


def test_another_version_is_another_workflow() -> None:
    connection = EmulatorHarness()
    newest = connection.get(f"{ROOT}/{KONTEXT}?includes=payload")["payload"]["workflow_api_json"]
    changed = change(connection, KONTEXT, workflow_version="v1")
    older = changed["payload"]["workflow_api_json"]
    assert older.keys() == newest.keys()
    assert older != newest
    assert connection.get(f"{ROOT}/{KONTEXT}?includes=payload")["payload"] == changed["payload"]
    wrong = {"name": "x", "workflow_version": "v9"}
    assert error_of(connection.request("PATCH", f"{ROOT}/{KONTEXT}", wrong)) == (404, 404001)
    back = change(connection, KONTEXT, workflow_version="v3")
    assert back["payload"]["workflow_api_json"] == newest


def test_a_request_in_flight_keeps_the_version_it_was_sent_to() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(5, 5, 0))
    accepted = connection.submit()
    before = connection.backend.runs[accepted["request_id"]].submit_request.workflow["31"]
    change(connection, KONTEXT, workflow_version="v1")
    assert connection.backend.runs[accepted["request_id"]].submit_request.workflow["31"] == before


def test_more_machines_take_what_waits_and_nothing_that_was_changes() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(10, 100, 0))
    jobs = [connection.submit() for _ in range(4)]
    connection.clock.advance(110)  # the first request has just ended
    assert [connection.status_text(job) for job in jobs] == [
        "completed",
        "in_progress",
        "in_queue",
        "in_queue",
    ]
    change(connection, KONTEXT, max_instances=3)
    assert [connection.status_text(job) for job in jobs] == [
        "completed",
        "in_progress",
        "in_queue",
        "in_queue",
    ]
    connection.clock.advance(10)  # two instances have started
    assert [connection.status_text(job) for job in jobs] == ["completed", *["in_progress"] * 3]


def test_fewer_machines_finish_what_they_had_begun() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 100, 0))
    change(connection, KONTEXT, max_instances=3)
    jobs = [connection.submit() for _ in range(4)]
    connection.clock.advance(50)
    change(connection, KONTEXT, max_instances=1)
    assert [connection.status_text(job) for job in jobs] == [*["in_progress"] * 3, "in_queue"]
    connection.clock.advance(50)
    assert [connection.status_text(job) for job in jobs] == [*["completed"] * 3, "in_progress"]


def test_a_longer_warmth_saves_the_next_start() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(10, 5, 0))
    connection.submit()
    connection.clock.advance(20)
    change(connection, KONTEXT, keep_warm_duration_in_seconds=1000)
    connection.clock.advance(500)
    assert connection.status_text(connection.submit()) == "in_progress"
    change(connection, KONTEXT, keep_warm_duration_in_seconds=0)
    connection.clock.advance(6)
    assert connection.status_text(connection.submit()) == "in_queue"


def test_a_machine_that_is_always_on_from_now_on_starts_first() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(10, 5, 0))
    change(connection, KONTEXT, min_instances=1)
    early = connection.submit()
    assert connection.status_text(early) == "in_queue"
    connection.clock.advance(10)
    assert connection.status_text(early) == "in_progress"
    connection.clock.advance(10_000)
    assert connection.status_text(connection.submit()) == "in_progress"
    made = create(connection, min_instances=1)
    assert connection.status_text(connection.submit(deployment_id=made["id"])) == "in_queue"
    connection.clock.advance(10)
    assert (
        connection.status_text(connection.submit(deployment_id=made["id"])) == "in_queue"
    )  # behind the first request


def test_a_disabled_deployment_can_be_enabled_again() -> None:
    connection = EmulatorHarness()
    running = connection.submit()
    change(connection, KONTEXT, is_enabled=False)
    path = f"/prod/v1/deployments/{KONTEXT}/inference"
    assert error_of(connection.request("POST", path, {"overrides": {}})) == (200, 10002)
    assert connection.status_text(running) == "in_queue"  # an accepted request continues
    change(connection, KONTEXT, is_enabled=True)
    assert connection.submit()
    assert change(connection, OLD, "old-upscaler", is_enabled=True)["is_enabled"] is True
    assert connection.submit(deployment_id=OLD)


def test_a_deleted_deployment_is_gone_with_its_requests() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0))
    accepted = connection.submit({"5": {"inputs": {"width": 64, "height": 64}}}, FLUX)
    url = connection.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"]
    reply = connection.request("DELETE", f"{ROOT}/{FLUX}")
    assert reply.status == 200
    assert json.loads(reply.body)["id"] == FLUX
    assert FLUX not in [each["id"] for each in connection.get(ROOT)]
    assert connection.get(f"{ROOT}?ids={FLUX}") == []
    for method, path in (
        ("GET", f"{ROOT}/{FLUX}"),
        ("PATCH", f"{ROOT}/{FLUX}"),
        ("DELETE", f"{ROOT}/{FLUX}"),
        ("GET", accepted["status_url"]),
        ("GET", accepted["result_url"]),
        ("POST", accepted["cancel_url"]),
    ):
        assert error_of(connection.request(method, path, {"name": "x"})) == (404, 404001)
    path = f"/prod/v1/deployments/{FLUX}/inference"
    assert error_of(connection.request("POST", path, {"overrides": {}})) == (200, 10003)
    assert connection.download(url).status == 200  # files outlive their deployment


def test_a_delete_may_be_answered_by_nothing() -> None:
    connection = EmulatorHarness(switches=BehaviourSwitches(empty_delete=True))
    reply = connection.request("DELETE", f"{ROOT}/{OLD}")
    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe{\x00}\x00", b'"name"'])
def test_a_change_that_is_no_json_object_is_refused(body: bytes) -> None:
    connection = EmulatorHarness()
    for method, path in (("POST", ROOT), ("PATCH", f"{ROOT}/{KONTEXT}")):
        assert error_of(connection.request(method, path, body)) == (422, 422001)


def test_no_change_reaches_another_world() -> None:
    one, other = EmulatorHarness(), EmulatorHarness()
    create(one)
    change(one, KONTEXT, "renamed", workflow_version="v1")
    one.request("DELETE", f"{ROOT}/{FLUX}")
    assert [each["name"] for each in other.get(ROOT)][:2] == ["flux-kontext", "flux-dev"]
    assert other.get(f"{ROOT}/{KONTEXT}?includes=payload") == EmulatorHarness().get(
        f"{ROOT}/{KONTEXT}?includes=payload"
    )


def test_deployments_are_changed_by_the_newest_path_version_only() -> None:
    connection = EmulatorHarness()
    assert error_of(connection.request("POST", "/prod/v1/deployments", NEW)) == (404, 404001)
    reply = connection.request("PUT", f"{ROOT}/{KONTEXT}", {"name": "x"})
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, PATCH, DELETE"


def test_the_log_names_the_calls_and_what_they_said() -> None:
    connection = EmulatorHarness()
    create(connection)
    change(connection, KONTEXT, queue_size=4)
    connection.request("DELETE", f"{ROOT}/{KONTEXT}")
    entries: Any = connection.backend.journal.entries()
    assert [each["call"] for each in entries] == ["create", "change", "delete"]
    assert entries[1]["body"] == {"name": "flux-kontext", "queue_size": 4}


def test_the_list_may_come_wrapped() -> None:
    connection = EmulatorHarness(switches=BehaviourSwitches(wrapped_list=True))
    listed = connection.get(f"{ROOT}?ids={KONTEXT}&ids={OLD}")
    assert [each["id"] for each in listed["deployments"]] == [KONTEXT, OLD]
