"""Pins on disk: readable, stored soon, and never overwriting an unreadable file."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.pin import Pin
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.pins import PinStore
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

STEPS = Pin(InputKey("31", "steps"), "KSampler", "", "How long", "More is slower.", 1, 30)
TEXT = Pin(InputKey("192:6", "text"), "CLIPTextEncode", "Prompt")


def silent(_error: Exception) -> None:
    raise AssertionError("nothing was expected to fail")


async def test_pins_come_back_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    store = PinStore(path, silent)
    store.save({"0b7e": (TEXT, STEPS), "file:/tmp/a.json": (STEPS,), "all removed": ()})
    await store.close()
    stored = await PinStore(path, silent).load()
    assert stored == {"0b7e": (TEXT, STEPS), "file:/tmp/a.json": (STEPS,), "all removed": ()}
    assert '"label": "How long"' in path.read_text()


async def test_a_pin_is_stored_without_being_flushed(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    store = PinStore(path, silent)
    store.save({"0b7e": (TEXT,)})
    await wait_until(path.exists)
    store.save({})
    await wait_until(lambda: not path.exists())
    await store.close()


async def test_no_file_means_no_pins(tmp_path: Path) -> None:
    assert await PinStore(tmp_path / "pins.json", silent).load() == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "pins": []}'])
async def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pins.json"
    path.write_text(text)
    failures: list[Exception] = []
    assert await PinStore(path, failures.append).load() == {}
    stored = tmp_path / "pins.broken-1.json"
    assert stored.read_text() == text
    assert not path.exists()
    (problem,) = failures
    assert str(stored) in problem.sentence()  # type: ignore[attr-defined]


async def test_what_is_no_pin_is_left_out_and_the_rest_is_there(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    good = {"node": "31", "class": "KSampler", "input": "steps"}
    path.write_text(json.dumps({"pins": {"a": [good, 5, {"node": 1}], "b": "x", "c": [7]}}))
    assert await PinStore(path, silent).load() == {"a": (Pin(InputKey("31", "steps"), "KSampler"),)}


async def test_pins_of_a_newer_program_are_said_and_not_changed_by_a_byte(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    path.write_text('{"format": 2, "pins": {"a": 1}}')
    failures: list[Exception] = []
    store = PinStore(path, failures.append)
    assert await store.load() == {}
    store.save({"a": (STEPS,)})
    await store.close()
    assert path.read_text() == '{"format": 2, "pins": {"a": 1}}'
    assert len(failures) == 1


async def test_what_is_no_file_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    path.mkdir()
    failures: list[Exception] = []
    assert await PinStore(path, failures.append).load() == {}
    assert path.is_dir()
    assert len(failures) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
async def test_pins_that_the_disk_did_not_give_are_never_written_over(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "pins.json", tmp_path / "elsewhere"
    whole = '{"format": 1, "pins": {"a": []}}'
    elsewhere.write_text(whole)
    path.symlink_to(path)
    failures: list[Exception] = []
    store = PinStore(path, failures.append)
    assert await store.load() == {}
    assert len(failures) == 1
    # The disk is readable again before the next pin.
    path.unlink()
    elsewhere.rename(path)
    store.save({"b": (STEPS,)})
    await store.close()
    assert (tmp_path / "pins.broken-1.json").read_text() == whole
    assert await PinStore(path, silent).load() == {"b": (STEPS,)}
