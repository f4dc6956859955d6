"""Every question between Run and the jobs may be declined: the draft is then as it was before, in
the window, in its undo history and on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractButton, QDialog, QPushButton

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.seed_inputs import seed_inputs
from runcomfy_desktop.domain.sweep.several import Several
from runcomfy_desktop.domain.sweep.spec import ListSpec, SweepSpec
from runcomfy_desktop.ui.run_desk import RunDesk
from tests.gui.support.house import House, open_house
from tests.gui.test_media_runs import dropped, pictures
from tests.gui.test_partner_page import with_postcard
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.sweep_planner import Prepared
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.workflow import InputKey


def desk(house: House) -> RunDesk:
    found = house.window.findChild(RunDesk)
    assert found is not None
    return found


class Unmoved:
    """The draft in view with a seed that is new at each run, and what becomes of it."""

    def __init__(self, house: House) -> None:
        bench = house.parts.workbench
        assert bench.state.draft is not None
        self.house = house
        self.seed: InputKey = seed_inputs(bench.state.draft, bench.state.schema)[0].key
        bench.set_seed_mode(self.seed, SeedMode.RANDOM)
        self._before = self.draft, bench.state.undo_text, bench.state.redo_text
        self._stored: list[Draft] = []
        bench.edited.subscribe(self._stored.append)

    @property
    def draft(self) -> Draft:
        draft = self.house.parts.workbench.state.draft
        assert draft is not None
        return draft

    @property
    def is_so(self) -> bool:
        state = self.house.parts.workbench.state
        now = self.draft, state.undo_text, state.redo_text
        return now == self._before and self._stored == [] and not self.house.parts.queue.jobs

    async def asked(self, name: str) -> None:
        await until(lambda: self.house.window.findChild(QDialog, name) is not None)
        assert self.is_so

    async def declined(self, name: str) -> None:
        await self.asked(name)
        await self.house.press(f"{name}_no")
        assert await settled(lambda: self.is_so)

    async def agreed(self, name: str, count: int = 1) -> None:
        """And then its seed is the one that ran last."""
        await self.asked(name)
        await self.house.press(f"{name}_yes")
        jobs = self.house.parts.queue.jobs
        await until(lambda: len(jobs) == count)
        last = list(jobs.values())[-1].changes[self.seed]
        await until(lambda: self.draft.value(self.seed) == last)
        assert last != self._before[0].value(self.seed)
        assert self._stored != []


async def test_a_question_about_the_price(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.preferences.set(ask_from_jobs=1)
        draft = Unmoved(house)
        await house.press("run")
        await draft.declined("confirm_run")
        await house.press("run")
        await draft.agreed("confirm_run")


async def test_a_question_about_the_key_for_partner_nodes(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as house:
        draft = Unmoved(house)
        await house.trigger("run")
        await draft.declined("confirm_without_key")
        await house.trigger("run")
        await draft.asked("confirm_without_key")
        await house.press("confirm_without_key_other")
        assert await settled(lambda: draft.is_so)
        await house.press("cancel_settings")
        desk(house).run_several(Several(3))
        await draft.declined("confirm_without_key")
        desk(house).run_several(Several(3))
        await draft.agreed("confirm_without_key", 3)


async def test_a_second_question_behind_the_first(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as house:
        house.preferences.set(ask_from_jobs=1)
        draft = Unmoved(house)
        await house.trigger("run")
        await draft.asked("confirm_without_key")
        await house.press("confirm_without_key_yes")
        await draft.declined("confirm_run")


async def test_a_question_about_a_grid(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as house:
        draft = Unmoved(house)
        key = next(each for each in draft.draft.workflow.input_keys() if each.name == "prompt")
        spec = SweepSpec((ListSpec(key, "a boat, a gull"),))
        for name in ("declined", "agreed"):
            prepared: list[Prepared] = []
            problems: list[Problem] = []
            house.parts.sweeps.prepare(spec, prepared.append, problems.append)
            await until(lambda: bool(prepared or problems))  # noqa: B023 - awaited here
            assert problems == []
            assert draft.is_so, "as when its dialog is closed while the grid is prepared"
            desk(house).run_grid(prepared[0])
            if name == "declined":
                await draft.declined("confirm_without_key")
            else:
                await draft.agreed("confirm_without_key", 2)


async def test_a_question_about_one_run_for_each_file(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_house(tmp_path / "house") as house:
        house.preferences.set(ask_from_jobs=1)
        key = await dropped(house, *paths)
        draft = Unmoved(house)
        for name in ("declined", "agreed"):
            await until(lambda: house.there(QAbstractButton, "media_each"))
            await house.press("media_each")
            await until(lambda: house.there(QPushButton, "confirm_run_yes"))
            if name == "declined":
                await draft.declined("confirm_run")
                await dropped(house, *paths)
            else:
                await draft.agreed("confirm_run", 3)
        shown = draft.draft.value(key)
        assert isinstance(shown, MediaFile)
        assert shown.path == paths[0]


async def test_a_file_that_turns_out_to_be_damaged(tmp_path: Path) -> None:
    [path] = pictures(tmp_path, 1)
    async with open_house(tmp_path / "house") as house:
        key = await dropped(house, path)
        await until(lambda: bool(house.parts.workbench.state.draft.changes))  # type: ignore[union-attr]
        draft = Unmoved(house)
        file = draft.draft.value(key)
        assert isinstance(file, MediaFile)
        copy = house.parts.shelf.folder / file.stored_name
        copy.write_bytes(bytes(file.size_bytes))
        await house.press("run")
        await until(lambda: house.notices() == ["This cannot run yet."])
        assert await settled(lambda: draft.is_so)


async def test_what_was_agreed_to_three_times_counts_on(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        draft = Unmoved(house)
        house.parts.workbench.set_seed_mode(draft.seed, SeedMode.COUNT_UP)
        first = draft.draft.value(draft.seed)
        assert isinstance(first, int)
        for _press in range(3):
            desk(house).run()
        await until(lambda: house.states() == [JobState.DONE] * 3)
        seeds = [job.seed for job in house.parts.queue.jobs.values()]
        assert seeds == [first, first + 1, first + 2]
        assert draft.draft.value(draft.seed) == first + 2
