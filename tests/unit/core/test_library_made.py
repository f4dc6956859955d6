"""A preset that is made only when it is written: beside the loop, once, and whole."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.support.preset_house import preset, preset_house
from tests.support.until import until

if TYPE_CHECKING:
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
