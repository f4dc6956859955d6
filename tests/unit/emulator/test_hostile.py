"""Results that would do harm where they are believed."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

from runcomfy_desktop.emulator import hostile
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.emulator.wire import Stream
from tests.unit.emulator.asking import FLUX, Line

SMALL = {"5": {"inputs": {"width": 64, "height": 64}}}


def result(line: Line) -> Any:
    accepted = line.submit(SMALL, FLUX)
    return line.get(accepted["result_url"])


def images(line: Line) -> Any:
    return result(line)["outputs"]["9"]["images"]


def test_names_and_addresses_are_hostile_and_the_files_are_there() -> None:
    line = Line(pace=Pace(0, 0, 0), faults="names")
    entries = images(line)
    named = entries[: len(hostile.NAMES)]
    assert [each["filename"] for each in named] == list(hostile.NAMES)
    assert [each["url"] for each in entries[len(hostile.NAMES) :]] == list(hostile.ADDRESSES)
    assert len({each["url"] for each in named}) == len(named)
    assert {line.download(each["url"]).status for each in named} == {200}


def test_a_result_can_have_ten_thousand_files() -> None:
    line = Line(pace=Pace(0, 0, 0), faults="outputs:10000")
    entries = images(line)
    assert len({each["filename"] for each in entries}) == 10_000
    assert line.download(entries[-1]["url"]).body == line.download(entries[0]["url"]).body


def test_a_failed_result_gets_no_files() -> None:
    line = Line(pace=Pace(0, 0, 0), faults="fails,names,outputs:3")
    assert "outputs" not in result(line)


def test_a_long_text_is_made_while_it_goes_out() -> None:
    line = Line(pace=Pace(0, 0, 0), faults="huge:3,huge:2000:1:unsized")
    url = line.submit(SMALL, FLUX)["result_url"]
    reply = line.ask("GET", url)
    assert reply.stream is not None
    body = b"".join(reply.stream.pieces())
    assert len(body) == reply.size_bytes
    assert len(json.loads(body)["outputs"]["9"]["text"][0]) == 3 * 1024 * 1024
    endless = line.ask("GET", url)
    assert endless.size_bytes is None
    assert endless.stream is not None
    assert endless.stream.size_bytes > 2000 * 1024 * 1024
    assert line.ask("GET", url).stream is None


def test_two_gigabytes_need_no_memory() -> None:
    stream = Stream(b"{", 2048 * 1024 * 1024, b"}", is_sized=True)
    tracemalloc.start()
    pieces = stream.pieces()
    for _piece in range(100):
        next(pieces)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 1024 * 1024
