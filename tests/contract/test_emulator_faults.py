"""Faults over loopback: behaviour that only a real connection shows."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.support.emulators import TOKEN, ChildEmulator, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SUBMIT = f"/prod/v1/deployments/{FLUX}/inference"
BODY = {"overrides": {"5": {"inputs": {"width": 64, "height": 64}}}}


class FaultHarness:
    """Emulator whose runs take no time, and a client with the token."""

    def __init__(self) -> None:
        self.emulator = LoopbackEmulator(make_backend(timing=EmulatorTiming(0, 0, 0)))
        self.client = httpx.Client(
            base_url=self.emulator.base_url,
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
            timeout=30,
        )

    def finished(self) -> str:
        """Returns the address of an output file."""
        accepted = self.client.post(SUBMIT, json=BODY).json()
        result = self.client.get(accepted["result_url"]).json()
        return str(result["outputs"]["9"]["images"][0]["url"])


@pytest.fixture
def harness() -> Iterator[FaultHarness]:
    made = FaultHarness()
    with made.emulator, made.client:
        yield made


class CallThread(threading.Thread):
    """Makes a call on its own thread and keeps its response."""

    def __init__(self, call: Callable[[], httpx.Response]) -> None:
        super().__init__(daemon=True)
        self._call = call
        self.answer: httpx.Response | None = None
        self.start()

    def run(self) -> None:
        with suppress(httpx.HTTPError):
            self.answer = self._call()

    def status(self) -> int:
        self.join(30)
        assert self.answer is not None
        return self.answer.status_code


def wait_for_held(emulator: LoopbackEmulator | ChildEmulator) -> dict[str, str]:
    end = time.monotonic() + 30
    while not (held := emulator.held_calls()):
        assert time.monotonic() < end, "nothing is held"
    return held[0]


@pytest.mark.parametrize(("fault", "stage"), [("hold", "answer"), ("hold-half", "half")])
def test_an_answer_is_held_until_it_is_released(
    harness: FaultHarness, fault: str, stage: str
) -> None:
    harness.emulator.set_faults(f"{fault}@submit#1")
    asking = CallThread(lambda: harness.client.post(SUBMIT, json=BODY))
    assert wait_for_held(harness.emulator) == {"call": "submit", "path": SUBMIT, "stage": stage}
    assert harness.emulator.counts()["accepted"] == 1
    assert asking.is_alive()
    harness.emulator.release()
    assert asking.status() == 200
    assert harness.emulator.held_calls() == []


def test_a_held_request_was_not_accepted_yet(harness: FaultHarness) -> None:
    harness.emulator.set_faults("hold-request@submit")
    asking = CallThread(lambda: harness.client.post(SUBMIT, json=BODY))
    assert wait_for_held(harness.emulator)["stage"] == "request"
    assert harness.emulator.counts()["accepted"] == 0
    harness.emulator.release("submit")
    assert asking.status() == 200
    assert harness.emulator.counts()["accepted"] == 1


def test_half_of_a_download_is_there_while_it_is_held(harness: FaultHarness) -> None:
    url = harness.finished()
    harness.emulator.set_faults("hold-half@download")
    with harness.client.stream("GET", url) as answer:
        size = int(answer.headers["content-length"])
        got = 0
        for piece in answer.iter_raw():
            got += len(piece)
            if got == size // 2:
                assert harness.emulator.held_calls()[0]["stage"] == "half"
                harness.emulator.release("download")
        assert got == size


def test_a_stand_in_that_ends_holds_nothing_back() -> None:
    with ChildEmulator("--faults", "hold@balance", "--fault-seed", "3") as child:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=child.base_url, headers=headers, trust_env=False) as client:
            CallThread(lambda: client.get("/prod/v2/balance", timeout=30))
            wait_for_held(child)
            assert child.control("faults")["seed"] == 3
            assert child.stop() == 0


@pytest.mark.parametrize(("fault", "accepted"), [("drop-request@submit", 0), ("drop-answer", 1)])
def test_a_connection_that_is_dropped(harness: FaultHarness, fault: str, accepted: int) -> None:
    harness.emulator.set_faults(fault)
    with pytest.raises(httpx.RemoteProtocolError):
        harness.client.post(SUBMIT, json=BODY)
    assert harness.emulator.counts()["accepted"] == accepted


def test_a_body_can_come_byte_by_byte(harness: FaultHarness) -> None:
    harness.emulator.set_faults("drip@balance:0.001")
    with harness.client.stream("GET", "/prod/v2/balance") as answer:
        chunks = list(answer.iter_raw())
    assert len(b"".join(chunks)) == int(answer.headers["content-length"])
    assert len(chunks) > 5


@pytest.mark.parametrize("tail", ["", ":1:unsized"])
def test_a_huge_body_goes_out_without_being_made_before(harness: FaultHarness, tail: str) -> None:
    accepted = harness.client.post(SUBMIT, json=BODY).json()
    harness.emulator.set_faults(f"huge:2048{tail}")
    with harness.client.stream("GET", accepted["result_url"]) as answer:
        told = answer.headers.get("content-length")
        assert told is None if tail else int(told) > 2048 * 1024 * 1024
        got = 0
        for piece in answer.iter_raw():
            got += len(piece)
            if got > 4 * 1024 * 1024:
                break
    assert harness.client.get("/prod/v2/balance").status_code == 200


def test_a_file_can_say_that_it_is_longer_than_it_is(harness: FaultHarness) -> None:
    url = harness.finished()
    harness.emulator.set_faults("wrong-length@download:10,wrong-length@download:-10")
    with pytest.raises(httpx.RemoteProtocolError):
        harness.client.get(url)
    short = harness.client.get(url)
    assert len(short.content) == len(harness.client.get(url).content) - 10
