"""Every confirmation between Run and the jobs can be declined: the draft is then unchanged.

This is checked in the window, in the undo history and on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractButton, QDialog, QPushButton

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.seed_inputs import seed_inputs
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.sweeps.batch_plan import BatchPlan
from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from tests.gui.run.test_media_runs import dropped, pictures
from tests.gui.settings.test_partner_page import with_postcard
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.support.async_wait import wait_until, wait_until_stable

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.workflow import InputKey


class DraftObserver:
    """Observes the open draft, with a seed that is new at each run."""

    def __init__(self, program: GuiProgram) -> None:
        draft_editor = program.services.draft_editor
        assert draft_editor.state.draft is not None
        self.program = program
        self.seed: InputKey = seed_inputs(draft_editor.state.draft, draft_editor.state.schema)[
            0
        ].key
        draft_editor.set_seed_mode(self.seed, SeedMode.RANDOM)
        self._before = self.draft, draft_editor.state.undo_text, draft_editor.state.redo_text
        self._stored: list[Draft] = []
        draft_editor.edited.subscribe(self._stored.append)

    @property
    def draft(self) -> Draft:
        draft = self.program.services.draft_editor.state.draft
        assert draft is not None
        return draft

    @property
    def is_so(self) -> bool:
        state = self.program.services.draft_editor.state
        now = self.draft, state.undo_text, state.redo_text
        return now == self._before and self._stored == [] and not self.program.services.queue.jobs

    async def asked(self, name: str) -> None:
        await wait_until(lambda: self.program.window.findChild(QDialog, name) is not None)
        assert self.is_so

    async def declined(self, name: str) -> None:
        await self.asked(name)
        await self.program.press(f"{name}_no")
        assert await wait_until_stable(lambda: self.is_so)

    async def agreed(self, name: str, count: int = 1) -> None:
        """Agrees to a dialog, and checks that the draft then has the seed of the last run."""
        await self.asked(name)
        await self.program.press(f"{name}_yes")
        jobs = self.program.services.queue.jobs
        await wait_until(lambda: len(jobs) == count)
        last = list(jobs.values())[-1].changes[self.seed]
        await wait_until(lambda: self.draft.value(self.seed) == last)
        assert last != self._before[0].value(self.seed)
        assert self._stored != []


async def test_a_question_about_the_price(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.preferences.set(ask_from_jobs=1)
        draft = DraftObserver(program)
        await program.press("run")
        await draft.declined("confirm_run")
        await program.press("run")
        await draft.agreed("confirm_run")


async def test_a_question_about_the_key_for_partner_nodes(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as program:
        draft = DraftObserver(program)
        await program.trigger("run")
        await draft.declined("confirm_without_key")
        await program.trigger("run")
        await draft.asked("confirm_without_key")
        await program.press("confirm_without_key_other")
        assert await wait_until_stable(lambda: draft.is_so)
        await program.press("cancel_settings")
        program.session.run_controller.run_batch(BatchPlan(3))
        await draft.declined("confirm_without_key")
        program.session.run_controller.run_batch(BatchPlan(3))
        await draft.agreed("confirm_without_key", 3)


async def test_a_question_about_a_grid(tmp_path: Path) -> None:
    async with with_postcard(tmp_path) as program:
        draft = DraftObserver(program)
        key = next(each for each in draft.draft.workflow.input_keys() if each.name == "prompt")
        spec = SweepSpec((ListSpec(key, "a boat, a gull"),))
        for name in ("declined", "agreed"):
            prepared: list[PreparedSweep] = []
            problems: list[Problem] = []
            program.services.sweeps.planner.prepare(spec, prepared.append, problems.append)
            await wait_until(lambda: bool(prepared or problems))  # noqa: B023 - awaited here
            assert problems == []
            assert draft.is_so, "as when its dialog is closed while the grid is prepared"
            program.session.run_controller.run_grid(prepared[0])
            if name == "declined":
                await draft.declined("confirm_without_key")
            else:
                await draft.agreed("confirm_without_key", 2)


async def test_a_question_about_one_run_for_each_file(tmp_path: Path) -> None:
    paths = pictures(tmp_path, 3)
    async with open_program(tmp_path / "program_data") as program:
        program.preferences.set(ask_from_jobs=1)
        key = await dropped(program, *paths)
        draft = DraftObserver(program)
        for name in ("declined", "agreed"):
            await wait_until(lambda: program.is_visible(QAbstractButton, "media_each"))
            await program.press("media_each")
            await wait_until(lambda: program.is_visible(QPushButton, "confirm_run_yes"))
            if name == "declined":
                await draft.declined("confirm_run")
                await dropped(program, *paths)
            else:
                await draft.agreed("confirm_run", 3)
        shown = draft.draft.value(key)
        assert isinstance(shown, MediaFile)
        assert shown.path == paths[0]


async def test_a_file_that_turns_out_to_be_damaged(tmp_path: Path) -> None:
    [path] = pictures(tmp_path, 1)
    async with open_program(tmp_path / "program_data") as program:
        key = await dropped(program, path)
        await wait_until(lambda: bool(program.services.draft_editor.state.draft.changes))  # type: ignore[union-attr]
        draft = DraftObserver(program)
        file = draft.draft.value(key)
        assert isinstance(file, MediaFile)
        copy = program.services.media_store.folder / file.stored_name
        copy.write_bytes(bytes(file.size_bytes))
        await program.press("run")
        await wait_until(lambda: program.notices() == ["This cannot run yet."])
        assert await wait_until_stable(lambda: draft.is_so)


async def test_what_was_agreed_to_three_times_counts_on(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        draft = DraftObserver(program)
        program.services.draft_editor.set_seed_mode(draft.seed, SeedMode.COUNT_UP)
        first = draft.draft.value(draft.seed)
        assert isinstance(first, int)
        for _press in range(3):
            program.session.run_controller.run()
        await wait_until(lambda: program.states() == [JobState.DONE] * 3)
        seeds = [job.seed for job in program.services.queue.jobs.values()]
        assert seeds == [first, first + 1, first + 2]
        assert draft.draft.value(draft.seed) == first + 2
