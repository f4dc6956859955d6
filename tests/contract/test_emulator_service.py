"""Deployments, instances, webhooks and unusual clients of the emulator, over loopback."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.switches import BehaviourSwitches
from tests.support.clocks import FakeClock
from tests.support.emulators import TOKEN, LoopbackEmulator, make_backend
from tests.support.webhook_receiver import WebhookReceiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}
DEPLOYMENTS = "/prod/v2/deployments"


class ServiceHarness:
    """Emulator with its own clock, and a client with the token."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.backend = make_backend(self.clock, timing=EmulatorTiming(10, 5, 2), dialect=NEWEST)
        self.emulator = LoopbackEmulator(self.backend)
        self.client = httpx.Client(
            base_url=self.emulator.base_url,
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
        )

    def submit(self, deployment_id: str = KONTEXT, overrides: Any = None, **query: Any) -> Any:
        path = f"/prod/v2/deployments/{deployment_id}/inference"
        answer = self.client.post(path, json={"overrides": overrides or {}}, params=query)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def get(self, url: str) -> Any:
        return self.client.get(url).json()

    def until(self, is_so: Callable[[], bool]) -> None:
        """Waits until `is_so` returns True; a test that waits in vain exceeds its time limit."""
        while not is_so():
            time.sleep(0.01)

    def raw(self, data: bytes) -> bytes:
        """Sends raw bytes and returns the first line of the response."""
        port = int(self.emulator.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(data)
            return line.makefile("rb").readline()


@pytest.fixture
def harness() -> Iterator[ServiceHarness]:
    harness = ServiceHarness()
    with harness.emulator, harness.client:
        yield harness


def test_a_deployment_from_its_making_to_its_end(harness: ServiceHarness) -> None:
    body = {
        "name": "mine",
        "workflow_id": "00000000-0000-0000-0000-000000001111",
        "workflow_version": "v1",
        "hardware": ["AMPERE_80"],
        "min_instances": 0,
        "max_instances": 1,
        "queue_size": 1,
        "keep_warm_duration_in_seconds": 30,
    }
    made = harness.client.post(DEPLOYMENTS, json=body).json()
    path = f"{DEPLOYMENTS}/{made['id']}"
    assert [each["name"] for each in harness.get(f"{DEPLOYMENTS}?ids={made['id']}")] == ["mine"]
    assert harness.client.patch(path, json={"max_instances": 2}).status_code == 422
    changed = harness.client.patch(path, json={"name": "ours", "max_instances": 2}).json()
    assert (changed["name"], changed["max_instances"]) == ("ours", 2)
    accepted = harness.submit(made["id"], SMALL)
    harness.clock.advance(15)
    assert harness.get(accepted["result_url"])["status"] == "succeeded"
    assert harness.client.delete(path).json() == {"id": made["id"], "deleted": True}
    assert harness.client.get(path).status_code == 404
    refused = harness.client.post(f"{path}/inference", json={"overrides": {}})
    assert (refused.status_code, refused.json()["error_code"]) == (403, 10003)


def test_an_empty_answer_to_a_delete_has_no_length_to_wait_for(
    harness: ServiceHarness,
) -> None:
    harness.backend.switches = BehaviourSwitches(empty_delete=True)
    answer = harness.client.delete(f"{DEPLOYMENTS}/{FLUX}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert harness.client.get("/prod/v2/balance").status_code == 200


def test_an_instance_is_called_while_it_lives(harness: ServiceHarness) -> None:
    accepted = harness.submit()
    harness.clock.advance(10)
    instance_id = harness.get(accepted["status_url"])["instance_id"]
    path = f"{DEPLOYMENTS}/{KONTEXT}/instances/{instance_id}/proxy/api/free"
    answer = harness.client.post(path, json={"unload_models": True})
    assert (answer.status_code, answer.content) == (200, b"")
    assert harness.client.get(path).status_code == 405
    harness.clock.advance(65)
    assert harness.client.post(path, json={}).status_code == 404


def test_states_are_told_by_webhook(harness: ServiceHarness) -> None:
    with WebhookReceiver(503, 200) as receiver:
        accepted = harness.submit(webhook=receiver.url, webhook_intermediate_status="true")
        # Waits until the result is logged, not only for the call: the next attempt is scheduled
        # then.
        harness.until(lambda: len(harness.emulator.webhooks()) == 1)
        harness.clock.advance(1)
        harness.until(lambda: len(harness.emulator.webhooks()) == 2)  # the second attempt
        assert receiver.requests[0].body == receiver.requests[1].body
        harness.clock.advance(14)
        harness.until(lambda: len(harness.emulator.webhooks()) == 4)
        bodies = receiver.bodies()
    assert {each["status"] for each in bodies} == {"in_queue", "in_progress", "succeeded"}
    (last,) = [each for each in bodies if each["status"] == "succeeded"]
    result = harness.get(accepted["result_url"])
    assert last["output"] == result["outputs"]
    assert last["finished_at"] == result["finished_at"]
    assert sorted(each["answer"] for each in harness.emulator.webhooks()) == [
        200,
        200,
        200,
        503,
    ]


def test_a_receiver_that_never_answers_holds_up_nobody() -> None:
    harness = ServiceHarness()
    with WebhookReceiver() as silent, WebhookReceiver() as lively:
        silent.release_event.clear()
        with harness.emulator, harness.client:
            for receiver in (silent, silent, lively):
                harness.submit(FLUX, SMALL, webhook=receiver.url)
            harness.clock.advance(100)
            harness.until(lambda: len(silent.requests) == 2 and len(lively.requests) == 1)
            accepted = harness.submit(FLUX, SMALL)
            assert harness.get(accepted["status_url"])["status"] == "in_progress"
        # The emulator is closed although two deliveries are still in flight.


def test_a_slow_download_arrives_whole(harness: ServiceHarness) -> None:
    accepted = harness.submit(FLUX, SMALL)
    harness.clock.advance(5)
    url = harness.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"]
    whole = harness.client.get(url).content
    harness.emulator.set_faults("slow-download:0.2:1")
    assert harness.client.get(url).content == whole


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_a_wrong_method_is_told_what_is_right(harness: ServiceHarness, method: str) -> None:
    answer = harness.client.request(method, f"/prod/v1/deployments/{KONTEXT}/inference")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xff",
        '{"overrides": {}}'.encode("utf-16"),
        b"[" * 1_000_000,
        b'{"overrides":' * 200_000,
        b'{"overrides": {"31": {"inputs": {"seed": ' + b"9" * 100_000 + b"}}}}",
    ],
)
def test_bodies_that_are_meant_to_hurt_do_not(harness: ServiceHarness, body: bytes) -> None:
    path = f"/prod/v1/deployments/{KONTEXT}/inference"
    headers = {"Content-Type": "application/json"}
    answer = harness.client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (422, 422001)
    assert harness.backend.runs == {}
    assert harness.client.get("/prod/v2/balance").status_code == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"POST /prod/v2/deployments HTTP/1.1\r\nHost: HERE\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST /prod/v2/deployments HTTP/1.1\r\nHost: HERE\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST /prod HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
    ],
)
def test_lines_that_are_no_http_get_an_answer(
    harness: ServiceHarness, line: bytes, status: bytes
) -> None:
    host = harness.emulator.base_url.removeprefix("http://").encode()
    assert status in harness.raw(line.replace(b"HERE", host))
    assert harness.client.get("/prod/v2/balance").status_code == 200
