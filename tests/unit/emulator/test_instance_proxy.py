"""Calls to an instance are possible while it exists, neither before nor after."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.unit.emulator.emulator_harness import FLUX, KONTEXT, EmulatorHarness, error_of

NOBODY = "00000000-0000-4000-8000-000000000000"


def path(instance_id: str, target: str = "api/free", deployment_id: str = KONTEXT) -> str:
    return f"/prod/v2/deployments/{deployment_id}/instances/{instance_id}/proxy/{target}"


def running(line: EmulatorHarness, deployment_id: str = KONTEXT) -> str:
    """Returns the id of the instance on which a run has just begun."""
    accepted = line.submit(deployment_id=deployment_id)
    line.clock.advance(10)
    return str(line.get(accepted["status_url"])["instance_id"])


@pytest.fixture
def connection() -> EmulatorHarness:
    return EmulatorHarness(timing=EmulatorTiming(10, 5, 0), dialect=NEWEST)


@pytest.mark.parametrize(
    "body", [None, {}, {"unload_models": True}, {"unload_models": True, "free_memory": True}]
)
def test_memory_is_freed_without_a_word(connection: EmulatorHarness, body: Any) -> None:
    reply = connection.request("POST", path(running(connection)), body)
    assert (reply.status, reply.body) == (200, b"")


def test_an_instance_is_there_until_it_has_cooled_down(connection: EmulatorHarness) -> None:
    instance_id = running(connection)
    for pause, status in ((0, 200), (64.9, 200), (0.1, 404), (10_000, 404)):
        connection.clock.advance(pause)  # five seconds of run, sixty of keep-warm time
        assert connection.request("POST", path(instance_id), {}).status == status
    assert error_of(connection.request("POST", path(instance_id), {})) == (404, 404001)
    again = running(connection)
    assert again != instance_id
    assert connection.request("POST", path(again), {}).status == 200


def test_an_instance_that_still_starts_is_not_there(connection: EmulatorHarness) -> None:
    accepted = connection.submit()
    connection.clock.advance(9)
    assert "instance_id" not in connection.get(accepted["status_url"])
    connection.clock.advance(1)
    instance_id = connection.get(accepted["status_url"])["instance_id"]
    connection.clock.advance(-1)
    assert connection.request("POST", path(instance_id), {}).status == 404


def test_an_instance_that_is_always_on_stays(connection: EmulatorHarness) -> None:
    accepted = connection.submit(deployment_id=FLUX)
    instance_id = connection.get(accepted["status_url"])["instance_id"]
    connection.clock.advance(1e6)
    assert connection.request("POST", path(instance_id, deployment_id=FLUX), {}).status == 200
    change = {"name": "flux-dev", "min_instances": 0}
    assert connection.request("PATCH", f"/prod/v2/deployments/{FLUX}", change).status == 200
    connection.clock.advance(119)
    assert connection.request("POST", path(instance_id, deployment_id=FLUX), {}).status == 200
    connection.clock.advance(1)
    assert connection.request("POST", path(instance_id, deployment_id=FLUX), {}).status == 404


def test_an_instance_belongs_to_its_deployment(connection: EmulatorHarness) -> None:
    instance_id = running(connection)
    assert connection.request("POST", path(instance_id, deployment_id=FLUX), {}).status == 404
    assert error_of(connection.request("POST", path(NOBODY), {})) == (404, 404001)
    assert (
        error_of(connection.request("POST", path(instance_id, deployment_id=NOBODY), {}))[0] == 404
    )


def test_a_gone_instance_may_look_like_a_broken_gateway() -> None:
    emulated_connection = EmulatorHarness(switches=BehaviourSwitches(gone_status=502))
    assert error_of(emulated_connection.request("POST", path(NOBODY), {})) == (502, 11007)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_passed_on(connection: EmulatorHarness, method: str) -> None:
    reply = connection.request(method, path(running(connection), "object_info"))
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


def test_what_comfyui_would_say(connection: EmulatorHarness) -> None:
    instance_id = running(connection)

    def ask(target: str, body: Any = None) -> tuple[int, Any]:
        reply = connection.request("POST", path(instance_id, target), body)
        return reply.status, json.loads(reply.body) if reply.body else None

    assert "KSampler" in ask("object_info")[1]
    assert "KSampler" in ask("api/object_info", {})[1]
    assert ask("api/system_stats")[1]["devices"]
    assert ask("api/queue")[1] == {"queue_running": [], "queue_pending": []}
    assert ask("api/queue", {"clear": True}) == (200, None)
    assert ask("api/history")[1] == {}
    assert ask("api/interrupt") == (200, None)
    assert ask("api/prompt", {"prompt": {"1": {}}})[1]["node_errors"] == {}
    assert ask("api/prompt")[0] == 400
    assert len(connection.backend.runs) == 1
    reply = connection.request("POST", path(instance_id, "api/nothing"), {})
    assert (reply.status, reply.body) == (404, b"404: Not Found")


@pytest.mark.parametrize("body", [b"{", b"[]", {"unload_models": "yes"}])
def test_a_wrong_body_is_refused(connection: EmulatorHarness, body: Any) -> None:
    assert error_of(connection.request("POST", path(running(connection)), body)) == (422, 422001)


def test_a_disabled_or_deleted_deployment_passes_nothing_on(connection: EmulatorHarness) -> None:
    instance_id = running(connection)
    change = {"name": "x", "is_enabled": False}
    assert connection.request("PATCH", f"/prod/v2/deployments/{KONTEXT}", change).status == 200
    assert error_of(connection.request("POST", path(instance_id), {})) == (403, 10002)
    connection.request("DELETE", f"/prod/v2/deployments/{KONTEXT}")
    assert error_of(connection.request("POST", path(instance_id), {})) == (403, 10003)
