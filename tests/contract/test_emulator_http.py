"""The emulator over loopback, read by strict models that accept only the documented responses."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runcomfy_desktop.emulator.dialect import NEWEST, SEED
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.server import EmulatorServer
from tests.support.clocks import FakeClock
from tests.support.emulators import TOKEN, LoopbackEmulator, make_backend
from tests.support.strict_models import (
    CancelByOutcome,
    CancelByStatus,
    CancelledResult,
    EarlyResult,
    FailedEntry,
    FailedResult,
    FileEntry,
    PlainStatus,
    QueuedStatus,
    StatusOnInstance,
    SubmitAnswer,
    SucceededOnInstance,
    SucceededResult,
    strict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
SMALL = {"5": {"inputs": {"width": 64, "height": 64, "batch_size": 2}}}


class HttpHarness:
    """Emulator with its own clock, and a client with the token."""

    def __init__(self, dialect: Any, version: str) -> None:
        self.clock = FakeClock()
        self.backend = make_backend(self.clock, timing=EmulatorTiming(10, 5, 2), dialect=dialect)
        self.emulator = LoopbackEmulator(self.backend)
        self.version = version
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self.client = httpx.Client(
            base_url=self.emulator.base_url, headers=headers, trust_env=False
        )

    def post(self, url: str, content: Any = None) -> Any:
        body = {} if content is None else {"json": content}
        answer = self.client.post(url, **body)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()

    def get(self, url: str) -> Any:
        answer = self.client.get(url)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def submit(self, overrides: Any, deployment_id: str = KONTEXT) -> SubmitAnswer:
        path = f"/prod/{self.version}/deployments/{deployment_id}/inference"
        return strict(SubmitAnswer, self.post(path, {"overrides": overrides}))


@pytest.fixture(params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def seed(version: str) -> Iterator[HttpHarness]:
    harness = HttpHarness(SEED, version)
    with harness.emulator, harness.client:
        yield harness


@pytest.fixture
def newest(version: str) -> Iterator[HttpHarness]:
    harness = HttpHarness(NEWEST, version)
    with harness.emulator, harness.client:
        yield harness


def test_the_first_dialect_keeps_to_its_models(seed: HttpHarness) -> None:
    accepted = seed.submit({"6": {"inputs": {"text": "blue"}}})
    queued = strict(QueuedStatus, seed.get(accepted.status_url))
    assert (queued.status, queued.queue_position) == ("in_queue", 1)
    assert queued.result_url == accepted.result_url
    assert strict(EarlyResult, seed.get(accepted.result_url)).status == "in_queue"
    seed.clock.advance(10)
    assert strict(PlainStatus, seed.get(accepted.status_url)).status == "in_progress"
    assert strict(EarlyResult, seed.get(accepted.result_url)).status == "in_progress"
    seed.clock.advance(5)
    assert strict(PlainStatus, seed.get(accepted.status_url)).status == "completed"
    result = strict(SucceededResult, seed.get(accepted.result_url))
    assert result.status == "succeeded"
    assert result.request_id == accepted.request_id
    assert list(result.outputs) == ["136"]


def test_the_newest_dialect_keeps_to_its_models(newest: HttpHarness) -> None:
    accepted = newest.submit({})
    assert strict(QueuedStatus, newest.get(accepted.status_url)).status == "in_queue"
    newest.clock.advance(10)
    running = strict(StatusOnInstance, newest.get(accepted.status_url))
    assert running.status == "in_progress"
    newest.clock.advance(5)
    done = strict(StatusOnInstance, newest.get(accepted.status_url))
    assert done.status == "completed"
    result = strict(SucceededOnInstance, newest.get(accepted.result_url))
    assert result.instance_id == done.instance_id == running.instance_id


def test_cancels_keep_to_the_models_of_the_first_dialect(seed: HttpHarness) -> None:
    accepted = seed.submit({})
    seed.clock.advance(12)
    answer = strict(CancelByStatus, seed.post(accepted.cancel_url))
    assert answer.status == "cancellation_requested"
    assert strict(PlainStatus, seed.get(accepted.status_url)).status == "in_progress"
    seed.clock.advance(2)
    assert strict(PlainStatus, seed.get(accepted.status_url)).status == "canceled"
    assert strict(CancelledResult, seed.get(accepted.result_url)).status == "canceled"
    again = strict(CancelByStatus, seed.post(accepted.cancel_url))
    assert again.status == "not_cancellable"


def test_cancels_keep_to_the_models_of_the_newest_dialect(newest: HttpHarness) -> None:
    accepted = newest.submit({})
    answer = newest.client.post(accepted.cancel_url)
    assert answer.status_code == 202
    assert strict(CancelByOutcome, answer.json()).outcome == "cancelled"
    assert strict(PlainStatus, newest.get(accepted.status_url)).status == "cancelled"
    assert strict(CancelledResult, newest.get(accepted.result_url)).status == "cancelled"
    again = strict(CancelByOutcome, newest.post(accepted.cancel_url))
    assert again.outcome == "not_cancellable"


def test_a_failed_result_keeps_to_its_model(seed: HttpHarness) -> None:
    accepted = seed.submit({"6": {"inputs": {"text": "[fail]"}}})
    seed.clock.advance(15)
    assert strict(PlainStatus, seed.get(accepted.status_url)).status == "completed"
    result = strict(FailedResult, seed.get(accepted.result_url))
    assert result.status == "failed"
    for entry in result.error:
        assert strict(FailedEntry, entry).error.startswith("KSampler")


def test_files_come_from_another_port_without_the_token(seed: HttpHarness) -> None:
    accepted = seed.submit(SMALL, FLUX)
    seed.clock.advance(5)
    outputs = strict(SucceededResult, seed.get(accepted.result_url)).outputs
    entries = [strict(FileEntry, each) for each in outputs["9"]["images"]]
    assert [each.filename for each in entries] == ["Light_00001_.png", "Light_00002_.png"]
    with httpx.Client(trust_env=False) as stranger:
        for entry in entries:
            assert entry.url.startswith(f"{seed.emulator.storage_url}/deployment_requests/")
            answer = stranger.get(entry.url)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "image/png"
            assert answer.headers["Content-Length"] == str(len(answer.content))
            assert answer.content.startswith(b"\x89PNG")
            head = stranger.head(entry.url)
            assert (head.headers["Content-Length"], head.content) == (str(len(answer.content)), b"")
        agent = {"User-Agent": "Python-urllib/3.13"}
        assert stranger.get(entries[0].url, headers=agent).status_code == 403
        assert stranger.get(f"{entries[0].url}x").status_code == 404
    downloads = [each for each in seed.emulator.log() if each["port"] == "storage"]
    assert downloads
    assert all("authorization" not in each["headers"] for each in downloads)


def test_storage_and_api_are_two_ports(seed: HttpHarness) -> None:
    assert seed.emulator.base_url != seed.emulator.storage_url
    assert seed.client.get(f"{seed.emulator.storage_url}/prod/v2/balance").status_code == 404


def test_a_late_answer_is_counted_although_the_client_has_gone(seed: HttpHarness) -> None:
    seed.emulator.set_faults("delay-answer:60")
    body = b'{"overrides": {}}'
    head = (
        f"POST /prod/v1/deployments/{KONTEXT}/inference HTTP/1.1\r\n"
        f"Host: {seed.emulator.base_url.removeprefix('http://')}\r\n"
        "Content-Type: application/json\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    port = int(seed.emulator.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(head.encode() + body)
        while not seed.emulator.counts()["accepted"]:
            pass
    assert seed.emulator.counts()["accepted"] == 1


def test_a_body_that_breaks_off_is_not_accepted(seed: HttpHarness) -> None:
    head = (
        f"POST /prod/v1/deployments/{KONTEXT}/inference HTTP/1.1\r\n"
        f"Host: {seed.emulator.base_url.removeprefix('http://')}\r\n"
        "Content-Type: application/json\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: 100\r\n\r\n"
    )
    port = int(seed.emulator.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(head.encode() + b'{"overrides"')
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1000) == b""
    assert seed.backend.runs == {}


def test_a_body_may_come_in_chunks(seed: HttpHarness) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"overrides"'
        yield b": {}}"

    path = f"/prod/v1/deployments/{KONTEXT}/inference"
    headers = {"Content-Type": "application/json"}
    assert seed.client.post(path, content=pieces(), headers=headers).status_code == 200


def test_a_body_beyond_64_mb_is_refused_and_one_below_is_read(seed: HttpHarness) -> None:
    path = f"/prod/v1/deployments/{KONTEXT}/inference"
    headers = {"Content-Type": "application/json"}
    for megabytes, status in ((65, 413), (20, 422)):
        body = bytes(megabytes * 1024 * 1024)
        assert seed.client.post(path, content=body, headers=headers).status_code == status


def test_many_calls_at_once_are_all_answered(seed: HttpHarness) -> None:
    answers: list[int] = []

    def ask() -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{seed.emulator.base_url}/prod/v2/balance"
        answers.append(httpx.get(url, headers=headers, trust_env=False).status_code)

    threads = [threading.Thread(target=ask) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 60


def test_a_server_can_be_asked_how_long_nobody_came() -> None:
    server = EmulatorServer(make_backend())
    server.start()
    try:
        assert 0 <= server.idle_s() < 60
    finally:
        server.close()
