"""Deployments made, edited and deleted: what is refused, and what an edit does to the queue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_desktop.emulator import fields
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.switches import Switches
from tests.unit.emulator.asking import FLUX, KONTEXT, OLD, Line, error_of

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


def create(line: Line, **changes: Any) -> Any:
    reply = line.ask("POST", ROOT, {**NEW, **changes})
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def change(line: Line, deployment_id: str, name: str = "flux-kontext", **changes: Any) -> Any:
    reply = line.ask("PATCH", f"{ROOT}/{deployment_id}", {"name": name, **changes})
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def places(reply: Any) -> list[list[str]]:
    return [each["loc"] for each in json.loads(reply.body)["detail"]]


def test_a_new_deployment_is_listed_and_runs() -> None:
    line = Line(pace=Pace(0, 0, 0))
    made = create(line)
    for name, value in NEW.items():
        assert made[name] == value
    assert made["is_enabled"] is True
    assert made["status"] == "standby"
    assert made["created_at"] == made["updated_at"] == "2026-02-02T02:40:00.000000+00:00"
    listed = line.get(ROOT)
    assert listed[-1] == {name: made[name] for name in made if name != "payload"}
    accepted = line.submit(deployment_id=made["id"])
    assert line.get(accepted["result_url"])["status"] == "succeeded"


def test_the_answers_to_changes_carry_the_payload_unasked() -> None:
    line = Line()
    made = create(line)
    assert "189" in made["payload"]["workflow_api_json"]
    assert line.download(made["payload"]["object_info_url"]).status == 200
    assert "payload" in change(line, made["id"])
    assert "readme" not in made


def test_a_new_deployment_without_anything_names_every_field() -> None:
    reply = Line().ask("POST", ROOT, {})
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
    line = Line()
    reply = line.ask("POST", ROOT, {**NEW, name: value})
    assert error_of(reply) == (422, 422001)
    assert places(reply) == [["body", name]]
    assert len(line.get(ROOT)) == len(Line().get(ROOT))


@pytest.mark.parametrize("sku", fields.SKUS)
def test_every_hardware_of_the_price_list_can_be_had(sku: str) -> None:
    assert create(Line(), hardware=[sku])["hardware"] == [sku]


def test_a_workflow_or_a_version_that_is_not_saved_is_not_found() -> None:
    line = Line()
    for unknown in ({"workflow_id": KONTEXT}, {"workflow_version": "v4"}):
        assert error_of(line.ask("POST", ROOT, {**NEW, **unknown})) == (404, 404001)


@pytest.mark.parametrize("name", [None, "", "absent"])
def test_a_change_without_the_name_is_refused(name: str | None) -> None:
    line = Line()
    body = {"max_instances": 3} if name == "absent" else {"max_instances": 3, "name": name}
    reply = line.ask("PATCH", f"{ROOT}/{KONTEXT}", body)
    assert 400 <= reply.status < 500
    assert json.loads(reply.body)["error_message"] == "Deployment name is required"
    assert line.get(f"{ROOT}/{KONTEXT}")["max_instances"] == 1


def test_a_change_sets_what_it_names_and_leaves_the_rest() -> None:
    line = Line()
    before = line.get(f"{ROOT}/{KONTEXT}")
    line.clock.advance(60)
    after = change(
        line,
        KONTEXT,
        "kontext two",
        hardware=["HOPPER_141"],
        keep_warm_duration_in_seconds=0,
        queue_size=None,  # as good as absent
    )
    del after["payload"]
    assert after == {
        **before,
        "name": "kontext two",
        "hardware": ["HOPPER_141"],
        "keep_warm_duration_in_seconds": 0,
        "updated_at": "2026-02-02T02:41:00.000000+00:00",
    }
    assert line.get(f"{ROOT}/{KONTEXT}") == after


def test_a_change_is_checked_together_with_what_stays() -> None:
    line = Line()
    path = f"{ROOT}/{KONTEXT}"
    wrong = {"name": "x", "min_instances": 2}  # max_instances is 1
    assert error_of(line.ask("PATCH", path, wrong)) == (422, 422001)
    assert error_of(line.ask("PATCH", path, {"name": "x", "workflow_id": FLUX})) == (422, 422001)
    assert error_of(line.ask("PATCH", path, {"name": "x", "is_enabled": "no"})) == (422, 422001)
    assert line.get(path)["name"] == "flux-kontext"
    assert change(line, KONTEXT, min_instances=2, max_instances=2)["min_instances"] == 2


def test_another_version_is_another_workflow() -> None:
    line = Line()
    newest = line.get(f"{ROOT}/{KONTEXT}?includes=payload")["payload"]["workflow_api_json"]
    changed = change(line, KONTEXT, workflow_version="v1")
    older = changed["payload"]["workflow_api_json"]
    assert older.keys() == newest.keys()
    assert older != newest
    assert line.get(f"{ROOT}/{KONTEXT}?includes=payload")["payload"] == changed["payload"]
    wrong = {"name": "x", "workflow_version": "v9"}
    assert error_of(line.ask("PATCH", f"{ROOT}/{KONTEXT}", wrong)) == (404, 404001)
    back = change(line, KONTEXT, workflow_version="v3")
    assert back["payload"]["workflow_api_json"] == newest


def test_a_request_in_flight_keeps_the_version_it_was_sent_to() -> None:
    line = Line(pace=Pace(5, 5, 0))
    accepted = line.submit()
    before = line.world.runs[accepted["request_id"]].order.workflow["31"]
    change(line, KONTEXT, workflow_version="v1")
    assert line.world.runs[accepted["request_id"]].order.workflow["31"] == before


def test_more_machines_take_what_waits_and_nothing_that_was_changes() -> None:
    line = Line(pace=Pace(10, 100, 0))
    jobs = [line.submit() for _ in range(4)]
    line.clock.advance(110)  # the first one is just over
    assert [line.word(job) for job in jobs] == [
        "completed",
        "in_progress",
        "in_queue",
        "in_queue",
    ]
    change(line, KONTEXT, max_instances=3)
    assert [line.word(job) for job in jobs] == [
        "completed",
        "in_progress",
        "in_queue",
        "in_queue",
    ]
    line.clock.advance(10)  # two machines have started
    assert [line.word(job) for job in jobs] == ["completed", *["in_progress"] * 3]


def test_fewer_machines_finish_what_they_had_begun() -> None:
    line = Line(pace=Pace(0, 100, 0))
    change(line, KONTEXT, max_instances=3)
    jobs = [line.submit() for _ in range(4)]
    line.clock.advance(50)
    change(line, KONTEXT, max_instances=1)
    assert [line.word(job) for job in jobs] == [*["in_progress"] * 3, "in_queue"]
    line.clock.advance(50)
    assert [line.word(job) for job in jobs] == [*["completed"] * 3, "in_progress"]


def test_a_longer_warmth_saves_the_next_start() -> None:
    line = Line(pace=Pace(10, 5, 0))
    line.submit()
    line.clock.advance(20)
    change(line, KONTEXT, keep_warm_duration_in_seconds=1000)
    line.clock.advance(500)
    assert line.word(line.submit()) == "in_progress"
    change(line, KONTEXT, keep_warm_duration_in_seconds=0)
    line.clock.advance(6)
    assert line.word(line.submit()) == "in_queue"


def test_a_machine_that_is_always_on_from_now_on_starts_first() -> None:
    line = Line(pace=Pace(10, 5, 0))
    change(line, KONTEXT, min_instances=1)
    early = line.submit()
    assert line.word(early) == "in_queue"
    line.clock.advance(10)
    assert line.word(early) == "in_progress"
    line.clock.advance(10_000)
    assert line.word(line.submit()) == "in_progress"
    made = create(line, min_instances=1)
    assert line.word(line.submit(deployment_id=made["id"])) == "in_queue"
    line.clock.advance(10)
    assert line.word(line.submit(deployment_id=made["id"])) == "in_queue"  # behind the first


def test_a_disabled_deployment_can_be_enabled_again() -> None:
    line = Line()
    running = line.submit()
    change(line, KONTEXT, is_enabled=False)
    path = f"/prod/v1/deployments/{KONTEXT}/inference"
    assert error_of(line.ask("POST", path, {"overrides": {}})) == (200, 10002)
    assert line.word(running) == "in_queue"  # what was accepted goes on
    change(line, KONTEXT, is_enabled=True)
    assert line.submit()
    assert change(line, OLD, "old-upscaler", is_enabled=True)["is_enabled"] is True
    assert line.submit(deployment_id=OLD)


def test_a_deleted_deployment_is_gone_with_its_requests() -> None:
    line = Line(pace=Pace(0, 0, 0))
    accepted = line.submit({"5": {"inputs": {"width": 64, "height": 64}}}, FLUX)
    url = line.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"]
    reply = line.ask("DELETE", f"{ROOT}/{FLUX}")
    assert reply.status == 200
    assert json.loads(reply.body)["id"] == FLUX
    assert FLUX not in [each["id"] for each in line.get(ROOT)]
    assert line.get(f"{ROOT}?ids={FLUX}") == []
    for method, path in (
        ("GET", f"{ROOT}/{FLUX}"),
        ("PATCH", f"{ROOT}/{FLUX}"),
        ("DELETE", f"{ROOT}/{FLUX}"),
        ("GET", accepted["status_url"]),
        ("GET", accepted["result_url"]),
        ("POST", accepted["cancel_url"]),
    ):
        assert error_of(line.ask(method, path, {"name": "x"})) == (404, 404001)
    path = f"/prod/v1/deployments/{FLUX}/inference"
    assert error_of(line.ask("POST", path, {"overrides": {}})) == (200, 10003)
    assert line.download(url).status == 200  # the files have a life of their own


def test_a_delete_may_be_answered_by_nothing() -> None:
    line = Line(switches=Switches(empty_delete=True))
    reply = line.ask("DELETE", f"{ROOT}/{OLD}")
    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe{\x00}\x00", b'"name"'])
def test_a_change_that_is_no_json_object_is_refused(body: bytes) -> None:
    line = Line()
    for method, path in (("POST", ROOT), ("PATCH", f"{ROOT}/{KONTEXT}")):
        assert error_of(line.ask(method, path, body)) == (422, 422001)


def test_no_change_reaches_another_world() -> None:
    one, other = Line(), Line()
    create(one)
    change(one, KONTEXT, "renamed", workflow_version="v1")
    one.ask("DELETE", f"{ROOT}/{FLUX}")
    assert [each["name"] for each in other.get(ROOT)][:2] == ["flux-kontext", "flux-dev"]
    assert other.get(f"{ROOT}/{KONTEXT}?includes=payload") == Line().get(
        f"{ROOT}/{KONTEXT}?includes=payload"
    )


def test_deployments_are_changed_by_the_newest_path_version_only() -> None:
    line = Line()
    assert error_of(line.ask("POST", "/prod/v1/deployments", NEW)) == (404, 404001)
    reply = line.ask("PUT", f"{ROOT}/{KONTEXT}", {"name": "x"})
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, PATCH, DELETE"


def test_the_log_names_the_calls_and_what_they_said() -> None:
    line = Line()
    create(line)
    change(line, KONTEXT, queue_size=4)
    line.ask("DELETE", f"{ROOT}/{KONTEXT}")
    entries: Any = line.world.journal.entries()
    assert [each["call"] for each in entries] == ["create", "change", "delete"]
    assert entries[1]["body"] == {"name": "flux-kontext", "queue_size": 4}


def test_the_list_may_come_wrapped() -> None:
    line = Line(switches=Switches(wrapped_list=True))
    listed = line.get(f"{ROOT}?ids={KONTEXT}&ids={OLD}")
    assert [each["id"] for each in listed["deployments"]] == [KONTEXT, OLD]
