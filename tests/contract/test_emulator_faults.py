"""Faults over loopback: what only a real line shows."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.emulator.lifecycle import Pace
from tests.support.emulated import TOKEN, ChildEmulator, LoopbackEmulator, make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SUBMIT = f"/prod/v1/deployments/{FLUX}/inference"
BODY = {"overrides": {"5": {"inputs": {"width": 64, "height": 64}}}}


class Bench:
    """An emulator whose runs take no time, and a client with the token."""

    def __init__(self) -> None:
        self.emulator = LoopbackEmulator(make_world(pace=Pace(0, 0, 0)))
        self.client = httpx.Client(
            base_url=self.emulator.base_url,
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
            timeout=30,
        )

    def finished(self) -> str:
        """The address of a file that is there."""
        accepted = self.client.post(SUBMIT, json=BODY).json()
        result = self.client.get(accepted["result_url"]).json()
        return str(result["outputs"]["9"]["images"][0]["url"])


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    with made.emulator, made.client:
        yield made


class Asking(threading.Thread):
    """A call in a thread, and what came of it."""

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
    while not (held := emulator.held()):
        assert time.monotonic() < end, "nothing is held"
    return held[0]


@pytest.mark.parametrize(("fault", "stage"), [("hold", "answer"), ("hold-half", "half")])
def test_an_answer_is_held_until_it_is_released(bench: Bench, fault: str, stage: str) -> None:
    bench.emulator.set_faults(f"{fault}@submit#1")
    asking = Asking(lambda: bench.client.post(SUBMIT, json=BODY))
    assert wait_for_held(bench.emulator) == {"call": "submit", "path": SUBMIT, "stage": stage}
    assert bench.emulator.counts()["accepted"] == 1
    assert asking.is_alive()
    bench.emulator.release()
    assert asking.status() == 200
    assert bench.emulator.held() == []


def test_a_held_request_was_not_accepted_yet(bench: Bench) -> None:
    bench.emulator.set_faults("hold-request@submit")
    asking = Asking(lambda: bench.client.post(SUBMIT, json=BODY))
    assert wait_for_held(bench.emulator)["stage"] == "request"
    assert bench.emulator.counts()["accepted"] == 0
    bench.emulator.release("submit")
    assert asking.status() == 200
    assert bench.emulator.counts()["accepted"] == 1


def test_half_of_a_download_is_there_while_it_is_held(bench: Bench) -> None:
    url = bench.finished()
    bench.emulator.set_faults("hold-half@download")
    with bench.client.stream("GET", url) as answer:
        size = int(answer.headers["content-length"])
        got = 0
        for piece in answer.iter_raw():
            got += len(piece)
            if got == size // 2:
                assert bench.emulator.held()[0]["stage"] == "half"
                bench.emulator.release("download")
        assert got == size


def test_a_stand_in_that_ends_holds_nothing_back() -> None:
    with ChildEmulator("--faults", "hold@balance", "--fault-seed", "3") as child:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=child.base_url, headers=headers, trust_env=False) as client:
            Asking(lambda: client.get("/prod/v2/balance", timeout=30))
            wait_for_held(child)
            assert child.control("faults")["seed"] == 3
            assert child.stop() == 0


@pytest.mark.parametrize(("fault", "accepted"), [("drop-request@submit", 0), ("drop-answer", 1)])
def test_a_line_that_is_dropped(bench: Bench, fault: str, accepted: int) -> None:
    bench.emulator.set_faults(fault)
    with pytest.raises(httpx.RemoteProtocolError):
        bench.client.post(SUBMIT, json=BODY)
    assert bench.emulator.counts()["accepted"] == accepted


def test_a_body_can_come_byte_by_byte(bench: Bench) -> None:
    bench.emulator.set_faults("drip@balance:0.001")
    with bench.client.stream("GET", "/prod/v2/balance") as answer:
        pieces = list(answer.iter_raw())
    assert len(b"".join(pieces)) == int(answer.headers["content-length"])
    assert len(pieces) > 5


@pytest.mark.parametrize("tail", ["", ":1:unsized"])
def test_a_huge_body_goes_out_without_being_made_before(bench: Bench, tail: str) -> None:
    accepted = bench.client.post(SUBMIT, json=BODY).json()
    bench.emulator.set_faults(f"huge:2048{tail}")
    with bench.client.stream("GET", accepted["result_url"]) as answer:
        told = answer.headers.get("content-length")
        assert told is None if tail else int(told) > 2048 * 1024 * 1024
        got = 0
        for piece in answer.iter_raw():
            got += len(piece)
            if got > 4 * 1024 * 1024:
                break
    assert bench.client.get("/prod/v2/balance").status_code == 200


def test_a_file_can_say_that_it_is_longer_than_it_is(bench: Bench) -> None:
    url = bench.finished()
    bench.emulator.set_faults("wrong-length@download:10,wrong-length@download:-10")
    with pytest.raises(httpx.RemoteProtocolError):
        bench.client.get(url)
    short = bench.client.get(url)
    assert len(short.content) == len(bench.client.get(url).content) - 10
