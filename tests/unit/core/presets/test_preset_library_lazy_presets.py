"""A preset that is built only when it is written: off the loop, once, and even at shutdown."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.async_wait import wait_until
from tests.support.preset_harness import open_preset_harness, preset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.domain.presets.preset import Preset


class PresetMaker:
    """Returns a preset, and records the threads on which it was called."""

    def __init__(self, made: Preset) -> None:
        self._made = made
        self.threads: list[int] = []

    def __call__(self) -> Preset:
        self.threads.append(threading.get_ident())
        return self._made


async def test_it_is_made_beside_the_loop_and_saved_as_it_is(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        maker, found = PresetMaker(preset("Bike", "a bike")), list[str]()
        harness.preset_library.save(maker, "Light", found.append)
        assert not maker.threads
        await wait_until(lambda: found)
        assert await harness.read_preset(found[0]) == preset("Bike", "a bike")
        assert len(maker.threads) == 1
        assert maker.threads[0] != threading.get_ident()


async def test_an_update_makes_it_once_too(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(replace(preset(), note="Taken at noon"))
        maker, found = PresetMaker(preset(value="new")), list[str]()
        harness.preset_library.update(path, maker, found.append)
        await wait_until(lambda: found)
        assert await harness.read_preset(path) == replace(preset(value="new"), note="Taken at noon")
        assert len(maker.threads) == 1
        assert maker.threads[0] != threading.get_ident()


async def test_one_that_was_wished_in_the_last_moment_is_on_disk(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        harness.preset_library.save(PresetMaker(preset("Last")), "")
    assert (harness.root / "Last.json").exists()


async def test_it_is_not_over_before_who_saves_has_heard_of_it(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        behind, disk = list[bool](), harness.preset_library.disk_queue
        harness.preset_library.save(
            preset("Bike"), "", lambda _path: behind.append(disk.has_pending_writes)
        )
        await wait_until(lambda: behind)
        await wait_until(lambda: not disk.has_pending_writes)
        harness.preset_library.read(
            "Bike.json",
            lambda _earlier: behind.append(disk.has_pending_writes),
            is_for_writing=True,
        )
        await wait_until(lambda: len(behind) == 2)
        harness.preset_library.read(
            "Bike.json", lambda _earlier: behind.append(disk.has_pending_writes)
        )
        await wait_until(lambda: len(behind) == 3)
        assert behind == [True, True, False]


@pytest.mark.real_clock
async def test_one_that_was_wished_behind_a_look_that_hangs_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir, begun, go_on = os.scandir, threading.Event(), threading.Event()

    def slow(place: Path) -> Iterator[os.DirEntry[str]]:
        if (tmp_path / "presets" / "Light").exists():
            begun.set()
            go_on.wait(30)
        return scandir(place)

    async with open_preset_harness(tmp_path) as harness:
        monkeypatch.setattr(os, "scandir", slow)
        harness.preset_library.add_folder("Light")
        await wait_until(begun.is_set)
        harness.preset_library.save(preset("Last"), "")
    try:
        assert (harness.root / "Last.json").exists()
    finally:
        go_on.set()
