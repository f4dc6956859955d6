"""Faults of the service, met by mouse in the real window: nothing is paid unintentionally.

The emulator counts the runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.jobs.job import JobState
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.jobs_panel import choose_entry
from tests.support.async_wait import wait_until, wait_until_stable

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job


def only_job(program: GuiProgram) -> Job:
    [job] = program.services.queue.jobs.values()
    return job


async def test_a_service_that_says_when_to_come_again_has_not_taken_the_job(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.emulator.backend.faults.set("unavailable@submit:1:1")
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.FAILED])
        assert "was not accepted and costs nothing" in only_job(program).reason
        await wait_until(lambda: program.notices() == ["The service takes no requests just now."])
        # The second run waits for the one second that the service requested; the first is not sent
        # again.
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.FAILED, JobState.DONE])
        assert program.call_count("submit") == 2
        assert len(program.emulator.backend.runs) == 1


async def test_a_result_that_comes_too_large_once_is_asked_for_again(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.emulator.backend.faults.set("huge@result#1:40")
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert program.call_count("result") == 2
        assert program.call_count("submit") == 1


async def test_a_result_is_fetched_again_without_another_run(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        await program.wait_until_jobs_shown()
        downloads, job = program.call_count("download"), only_job(program)
        await program.press("more_output_actions")
        choose_entry(program.find(QMenu, "output_menu"), "menu_fetch_output_again")
        await wait_until(lambda: f"{job.title}: 1 file was fetched again" in program.notices())
        assert program.call_count("download") == downloads + len(job.outputs)
        assert await wait_until_stable(lambda: program.call_count("submit")) == 1
