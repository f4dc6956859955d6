"""A preset that is made only when it is written: beside the loop, once, whole, and at last too."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.preset_house import preset, preset_house
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcomfy_desktop.domain.preset.preset import Preset


class Maker:
    """Makes a preset, and remembers on which threads."""

    def __init__(self, made: Preset) -> None:
        self._made = made
        self.threads: list[int] = []

    def __call__(self) -> Preset:
        self.threads.append(threading.get_ident())
        return self._made


async def test_it_is_made_beside_the_loop_and_saved_as_it_is(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        maker, found = Maker(preset("Bike", "a bike")), list[str]()
        house.library.save(maker, "Light", found.append)
        assert not maker.threads
        await until(lambda: found)
        assert await house.read(found[0]) == preset("Bike", "a bike")
        assert len(maker.threads) == 1
        assert maker.threads[0] != threading.get_ident()


async def test_an_update_makes_it_once_too(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(replace(preset(), note="Taken at noon"))
        maker, found = Maker(preset(value="new")), list[str]()
        house.library.update(path, maker, found.append)
        await until(lambda: found)
        assert await house.read(path) == replace(preset(value="new"), note="Taken at noon")
        assert len(maker.threads) == 1
        assert maker.threads[0] != threading.get_ident()


async def test_one_that_was_wished_in_the_last_moment_is_on_disk(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        house.library.save(Maker(preset("Last")), "")
    assert (house.root / "Last.json").exists()


async def test_it_is_not_over_before_who_saves_has_heard_of_it(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        behind, disk = list[bool](), house.library.disk
        house.library.save(preset("Bike"), "", lambda _path: behind.append(disk.is_behind))
        await until(lambda: behind)
        await until(lambda: not disk.is_behind)
        house.library.read("Bike.json", lambda _earlier: behind.append(disk.is_behind), saves=True)
        await until(lambda: len(behind) == 2)
        house.library.read("Bike.json", lambda _earlier: behind.append(disk.is_behind))
        await until(lambda: len(behind) == 3)
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

    async with preset_house(tmp_path) as house:
        monkeypatch.setattr(os, "scandir", slow)
        house.library.add_folder("Light")
        await until(begun.is_set)
        house.library.save(preset("Last"), "")
    try:
        assert (house.root / "Last.json").exists()
    finally:
        go_on.set()
