"""The Run menu's part of the queue, in the real window on the real queue: pause, resume, retry,
cancel; and the order of the rows from one start to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from runcomfy_desktop.domain.job import Hold, JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.gui.support.house import House, open_house
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

SLOW = Pace(cold_start_s=0, run_s=600, cancel_lag_s=0)


def action(house: House, name: str) -> QAction:
    found = house.window.findChildren(QAction)
    return next(each for each in found if each.objectName() == f"{name}_action")


def holds(house: House) -> list[Hold | None]:
    return [job.hold for job in house.parts.queue.jobs.values()]


async def test_a_paused_queue_holds_a_new_run_until_it_is_resumed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert not action(house, "resume_all").isEnabled()
        await house.trigger("pause_all")
        await until(lambda: not action(house, "pause_all").isEnabled())
        await until(lambda: house.there(QWidget, "held_strip"))
        await house.press("run")
        await until(lambda: holds(house) == [Hold.PAUSED])
        text = house.find(QLabel, "held_strip_text")
        await until(lambda: text.text().endswith("1 job waits."))
        assert house.asked("submit") == 0
        await house.trigger("resume_all")
        await until(lambda: house.states() == [JobState.DONE])
        await until(lambda: not house.there(QWidget, "held_strip"))
        assert house.asked("submit") == 1


async def test_all_failed_jobs_are_run_again_as_one_batch(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert not action(house, "retry_failed").isEnabled()
        house.emulator.world.faults.set("status-422@submit:2")
        await house.press("run")
        await until(lambda: house.states() == [JobState.FAILED])
        await house.press("run")
        await until(lambda: house.states() == [JobState.FAILED] * 2)
        await house.until_shown()
        await until(lambda: action(house, "retry_failed").isEnabled())
        await house.trigger("retry_failed")
        await house.press("run_again_question_yes")
        await until(lambda: house.states() == [JobState.FAILED] * 2 + [JobState.DONE] * 2)
        again = list(house.parts.queue.jobs.values())[2:]
        assert len({job.batch_id for job in again}) == 1
        assert again[0].batch_id
        await until(lambda: not action(house, "cancel_batch").isEnabled())


async def test_in_a_long_pause_a_job_is_cancelled_and_another_one_sent(tmp_path: Path) -> None:
    async with open_house(tmp_path, pace=SLOW) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING])
        house.emulator.world.faults.set("rate-limit@status:1:1800")
        await until(lambda: house.there(QToolButton, "status_pause"))
        await until(lambda: action(house, "cancel_selected").isEnabled())
        await house.trigger("cancel_selected")
        await until(lambda: house.asked("cancel") == 1)
        await house.press("run")
        await until(lambda: house.asked("submit") == 2)
        await house.press("status_pause")
        await until(lambda: not house.there(QToolButton, "status_pause"))
        await until(lambda: house.states()[0] is JobState.CANCELLED)


async def test_a_running_job_is_cancelled_by_its_key(tmp_path: Path) -> None:
    async with open_house(tmp_path, pace=SLOW) as house:
        await house.until_open()
        assert not action(house, "cancel_selected").isEnabled()
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING])
        await until(lambda: action(house, "cancel_selected").isEnabled())
        await house.trigger("cancel_selected")
        await until(lambda: house.states() == [JobState.CANCELLED])
        await house.until_shown()
        await until(lambda: not action(house, "cancel_all").isEnabled())
        assert not action(house, "cancel_selected").isEnabled()


async def test_only_what_can_be_cancelled_of_the_selection_is_offered(tmp_path: Path) -> None:
    async with open_house(tmp_path, pace=SLOW) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.RUNNING])
        await until(lambda: action(house, "cancel_selected").isEnabled())
        assert not action(house, "cancel_batch").isEnabled(), "it is no batch"
        await house.press("jobs_done")
        assert not action(house, "cancel_selected").isEnabled(), "no row is selected"
        assert action(house, "cancel_all").isEnabled()


async def test_the_order_of_the_rows_is_there_again_at_the_next_start(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.states() == [JobState.DONE])
        await house.until_shown()
        await house.press("sort_state")
        house.window.close()
    async with open_house(tmp_path) as house:
        panel = house.window.docks.made_jobs_panel()
        assert panel is not None
        assert panel.model.order.word == "state-rises"
