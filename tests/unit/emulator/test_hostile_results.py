"""Results that would do harm where they are believed."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

from runcomfy_desktop.emulator import hostile_results
from runcomfy_desktop.emulator.http_messages import StreamedBody
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.unit.emulator.emulator_harness import FLUX, EmulatorHarness

SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}


def result(connection: EmulatorHarness) -> Any:
    accepted = connection.submit(SMALL, FLUX)
    return connection.get(accepted["result_url"])


def images(connection: EmulatorHarness) -> Any:
    return result(connection)["outputs"]["9"]["images"]


def test_names_and_addresses_are_hostile_and_the_files_are_there() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults="names")
    entries = images(connection)
    named = entries[: len(hostile_results.HOSTILE_NAMES)]
    assert [each["filename"] for each in named] == list(hostile_results.HOSTILE_NAMES)
    assert [each["url"] for each in entries[len(hostile_results.HOSTILE_NAMES) :]] == list(
        hostile_results.HOSTILE_ADDRESSES
    )
    assert len({each["url"] for each in named}) == len(named)
    assert {connection.download(each["url"]).status for each in named} == {200}


def test_a_result_can_have_ten_thousand_files() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults="outputs:10000")
    entries = images(connection)
    assert len({each["filename"] for each in entries}) == 10_000
    assert (
        connection.download(entries[-1]["url"]).body == connection.download(entries[0]["url"]).body
    )


def test_a_failed_result_gets_no_files() -> None:
    connection = EmulatorHarness(timing=EmulatorTiming(0, 0, 0), faults="fails,names,outputs:3")
    assert "outputs" not in result(connection)


def test_a_long_text_is_made_while_it_goes_out() -> None:
    connection = EmulatorHarness(
        timing=EmulatorTiming(0, 0, 0), faults="huge:3,huge:2000:1:unsized"
    )
    url = connection.submit(SMALL, FLUX)["result_url"]
    reply = connection.request("GET", url)
    assert reply.stream is not None
    body = b"".join(reply.stream.chunks())
    assert len(body) == reply.size_bytes
    assert len(json.loads(body)["outputs"]["9"]["text"][0]) == 3 * 1024 * 1024
    endless = connection.request("GET", url)
    assert endless.size_bytes is None
    assert endless.stream is not None
    assert endless.stream.size_bytes > 2000 * 1024 * 1024
    assert connection.request("GET", url).stream is None


def test_two_gigabytes_need_no_memory() -> None:
    stream = StreamedBody(b"{", 2048 * 1024 * 1024, b"}", is_sized=True)
    tracemalloc.start()
    chunks = stream.chunks()
    for _piece in range(100):
        next(chunks)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 1024 * 1024
