"""The service around the queue, over loopback: deployments, instances, webhooks, odd callers."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.emulator.dialect import NEWEST
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.switches import Switches
from tests.support.clock import Clock
from tests.support.emulated import TOKEN, LoopbackEmulator, make_world
from tests.support.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}
DEPLOYMENTS = "/prod/v2/deployments"


class Bench:
    """An emulator with a clock of its own, and a client with the token."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.world = make_world(self.clock, pace=Pace(10, 5, 2), dialect=NEWEST)
        self.emulator = LoopbackEmulator(self.world)
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
        """Waits for the threads of the emulator; a test that waits in vain runs into its limit."""
        while not is_so():
            time.sleep(0.01)

    def raw(self, data: bytes) -> bytes:
        """The answer to bytes as they are."""
        port = int(self.emulator.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(data)
            return line.makefile("rb").readline()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    with bench.emulator, bench.client:
        yield bench


def test_a_deployment_from_its_making_to_its_end(bench: Bench) -> None:
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
    made = bench.client.post(DEPLOYMENTS, json=body).json()
    path = f"{DEPLOYMENTS}/{made['id']}"
    assert [each["name"] for each in bench.get(f"{DEPLOYMENTS}?ids={made['id']}")] == ["mine"]
    assert bench.client.patch(path, json={"max_instances": 2}).status_code == 422
    changed = bench.client.patch(path, json={"name": "ours", "max_instances": 2}).json()
    assert (changed["name"], changed["max_instances"]) == ("ours", 2)
    accepted = bench.submit(made["id"], SMALL)
    bench.clock.advance(15)
    assert bench.get(accepted["result_url"])["status"] == "succeeded"
    assert bench.client.delete(path).json() == {"id": made["id"], "deleted": True}
    assert bench.client.get(path).status_code == 404
    refused = bench.client.post(f"{path}/inference", json={"overrides": {}})
    assert (refused.status_code, refused.json()["error_code"]) == (403, 10003)


def test_an_empty_answer_to_a_delete_has_no_length_to_wait_for(bench: Bench) -> None:
    bench.world.switches = Switches(empty_delete=True)
    answer = bench.client.delete(f"{DEPLOYMENTS}/{FLUX}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert bench.client.get("/prod/v2/balance").status_code == 200


def test_an_instance_is_called_while_it_lives(bench: Bench) -> None:
    accepted = bench.submit()
    bench.clock.advance(10)
    instance_id = bench.get(accepted["status_url"])["instance_id"]
    path = f"{DEPLOYMENTS}/{KONTEXT}/instances/{instance_id}/proxy/api/free"
    answer = bench.client.post(path, json={"unload_models": True})
    assert (answer.status_code, answer.content) == (200, b"")
    assert bench.client.get(path).status_code == 405
    bench.clock.advance(65)
    assert bench.client.post(path, json={}).status_code == 404


def test_states_are_told_by_webhook(bench: Bench) -> None:
    with Receiver(503, 200) as receiver:
        accepted = bench.submit(webhook=receiver.url, webhook_intermediate_status="true")
        # Not the call, but what came of it: only then is the next try known.
        bench.until(lambda: len(bench.emulator.webhooks()) == 1)
        bench.clock.advance(1)
        bench.until(lambda: len(bench.emulator.webhooks()) == 2)  # the same once more
        assert receiver.posted[0].body == receiver.posted[1].body
        bench.clock.advance(14)
        bench.until(lambda: len(bench.emulator.webhooks()) == 4)
        letters = receiver.letters()
    assert {each["status"] for each in letters} == {"in_queue", "in_progress", "succeeded"}
    (last,) = [each for each in letters if each["status"] == "succeeded"]
    result = bench.get(accepted["result_url"])
    assert last["output"] == result["outputs"]
    assert last["finished_at"] == result["finished_at"]
    assert sorted(each["answer"] for each in bench.emulator.webhooks()) == [200, 200, 200, 503]


def test_a_receiver_that_never_answers_holds_up_nobody() -> None:
    bench = Bench()
    with Receiver() as silent, Receiver() as lively:
        silent.gate.clear()
        with bench.emulator, bench.client:
            for receiver in (silent, silent, lively):
                bench.submit(FLUX, SMALL, webhook=receiver.url)
            bench.clock.advance(100)
            bench.until(lambda: len(silent.posted) == 2 and len(lively.posted) == 1)
            accepted = bench.submit(FLUX, SMALL)
            assert bench.get(accepted["status_url"])["status"] == "in_progress"
        # The emulator is closed although two letters are still on their way.


def test_a_slow_download_arrives_whole(bench: Bench) -> None:
    accepted = bench.submit(FLUX, SMALL)
    bench.clock.advance(5)
    url = bench.get(accepted["result_url"])["outputs"]["9"]["images"][0]["url"]
    whole = bench.client.get(url).content
    bench.emulator.set_faults("slow-download:0.2:1")
    assert bench.client.get(url).content == whole


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_a_wrong_method_is_told_what_is_right(bench: Bench, method: str) -> None:
    answer = bench.client.request(method, f"/prod/v1/deployments/{KONTEXT}/inference")
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
def test_bodies_that_are_meant_to_hurt_do_not(bench: Bench, body: bytes) -> None:
    path = f"/prod/v1/deployments/{KONTEXT}/inference"
    headers = {"Content-Type": "application/json"}
    answer = bench.client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (422, 422001)
    assert bench.world.runs == {}
    assert bench.client.get("/prod/v2/balance").status_code == 200


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
def test_lines_that_are_no_http_get_an_answer(bench: Bench, line: bytes, status: bytes) -> None:
    host = bench.emulator.base_url.removeprefix("http://").encode()
    assert status in bench.raw(line.replace(b"HERE", host))
    assert bench.client.get("/prod/v2/balance").status_code == 200
