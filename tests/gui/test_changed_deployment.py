"""A deployment that was changed on RunComfy behind the window: nothing is paid for by what was read
of it long ago, and jobs of its earlier workflow run by a new one only when the user agrees."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QPushButton

from runcomfy_desktop.core.catalogue import PAID_FRESH_S
from runcomfy_desktop.domain.job import Hold, Job, JobState
from runcomfy_desktop.domain.sweep.spec import ListSpec, SweepSpec
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.jobs.button import JobButton
from runcomfy_desktop.ui.jobs.deeds import JobDeeds
from runcomfy_desktop.ui.jobs.words import Deed
from runcomfy_desktop.ui.run_bar import RunBar
from runcomfy_desktop.ui.run_desk import RunDesk
from runcomfy_desktop.ui.sweep.grid.window import GridWindow
from tests.gui.support.house import House, open_house, turn
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.sweep_planner import Prepared
    from runcomfy_desktop.domain.problem import Problem

SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")
QUESTION = "workflow_question"


def grow_old(house: House) -> None:
    """As much time goes by as a reading is good for."""
    catalogue = house.parts.catalogue
    catalogue.state = replace(catalogue.state, loaded_s=catalogue.state.loaded_s - PAID_FRESH_S)


def change(house: House, version: str = "v99") -> None:
    """Somebody gives the deployment in view another version of its workflow."""
    remote = next(iter(house.emulator.world.deployments.values()))
    remote.workflow = json.loads(json.dumps(remote.workflow))
    node: Any = remote.workflow[TEXT.node_id]
    node["inputs"][TEXT.name] = f"the text of {version}"
    remote.workflow_version = version
    remote.updated_at = f"2027-01-01T00:00:{int(version[1:]) % 60:02d}Z"


def the_job(house: House) -> Job:
    return list(house.parts.queue.jobs.values())[-1]


def text_on_screen(house: House) -> object:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return draft.value(TEXT)


def the_newest(house: House) -> str:
    """The version that is known of the deployment in view."""
    newest = house.parts.catalogue.newest(next(iter(house.emulator.world.deployments)))
    return newest.workflow_version if newest is not None else ""


def the_action(house: House, name: str) -> QAction:
    actions = house.window.findChildren(QAction)
    return next(each for each in actions if each.objectName() == f"{name}_action")


def question_text(house: House) -> str:
    labels = house.window.findChildren(QLabel, f"{QUESTION}_text")
    return next((each.text() for each in labels if each.isVisible()), "")


def submits(house: House) -> int:
    return house.asked("submit")


async def press_run(house: House) -> None:
    await house.press("run")


async def press_row(house: House, word: str) -> None:
    """Presses the button of the newest job's row, once it says this."""
    await house.until_shown()

    def found() -> JobButton | None:
        buttons = house.window.findChildren(JobButton)
        return next((each for each in buttons if each.isVisible() and each.text() == word), None)

    await until(lambda: found() is not None)
    button = found()
    assert button is not None
    await house.click(button)


async def cancelled_run(house: House) -> None:
    """A run that was taken back before it was sent."""
    house.parts.queue.line.pause_all()
    await press_run(house)
    await until(lambda: house.states() == [JobState.HELD])
    house.parts.queue.cancel(the_job(house).job_id)
    house.parts.queue.line.resume_all()
    await until(lambda: house.states() == [JobState.CANCELLED])


async def prepared_grid(house: House) -> Prepared:
    """A grid of two runs that is not begun yet."""
    found: list[Prepared] = []
    failed: list[Problem] = []
    spec = SweepSpec((ListSpec(SEED, "1, 2"),))
    house.parts.sweeps.prepare(spec, found.append, failed.append)
    await until(lambda: found)
    return found[0]


async def failed_grid(house: House) -> None:
    """A grid whose two runs failed, in its window."""
    house.parts.sweeps.start(await prepared_grid(house))
    await until(lambda: house.states() == [JobState.FAILED] * 2)
    await until(lambda: house.there(QPushButton, "grid_retry_failed"))
    await until(lambda: house.find(QPushButton, "grid_retry_failed").isEnabled())


async def answer(house: House, name: str, which: str = "yes") -> None:
    await until(lambda: house.there(QDialog, name))
    await house.press(f"{name}_{which}")


async def test_a_run_of_what_was_read_long_ago_is_not_sent_when_it_changed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.parts.workbench.edit({SEED: 7}, "Seed")
        change(house)
        grow_old(house)
        await press_run(house)
        title = "The deployment flux-kontext has changed."
        await until(lambda: title in house.notices())
        assert await settled(lambda: submits(house) + len(house.states())) == 0
        # The new one is on screen, with what was typed.
        assert text_on_screen(house) == "the text of v99"
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert dict(draft.changes) == {SEED: 7}
        detail = house.find(QLabel, "notice_detail").text()
        assert "Nothing was sent and nothing was billed." in detail
        await house.answer(title)
        await until(lambda: house.there(QDialog, "changed_dialog"))
        house.find(QDialog, "changed_dialog").close()
        # Whoever has seen it presses Run again, and then it goes.
        house.window.activateWindow()
        await turn()
        await press_run(house)
        await until(lambda: house.states() == [JobState.DONE])
        assert (submits(house), the_job(house).workflow_version) == (1, "v99")
        assert not any("has changed" in each for each in house.notices())


async def test_presses_that_were_on_their_way_before_that_could_be_read_run_nothing(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        change(house)
        grow_old(house)
        await press_run(house)
        await until(lambda: "The deployment flux-kontext has changed." in house.notices())
        run = house.find(QPushButton, "run")
        for _press in range(5):
            QTest.mouseClick(run, Qt.MouseButton.LeftButton)
            QTest.keyClick(house.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            await turn()
        assert await settled(lambda: submits(house) + len(house.states())) == 0


async def test_a_press_that_was_on_its_way_when_it_was_found_out_runs_nothing(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        grow_old(house)
        house.emulator.world.faults.set("hold@list")
        await press_run(house)
        await until(house.emulator.world.holds.held)
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        await until(lambda: house.states())
        run = house.find(QPushButton, "run")
        for _press in range(3):
            QTest.mouseClick(run, Qt.MouseButton.LeftButton)
            QTest.keyClick(house.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            await turn()
        await until(lambda: house.states() == [JobState.DONE])
        assert await settled(lambda: submits(house)) == 1


async def test_while_that_is_found_out_the_bar_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        grow_old(house)
        house.emulator.world.faults.set("hold@list")
        await press_run(house)
        await until(house.emulator.world.holds.held)
        bar = house.find(RunBar, "run_bar")
        words = "Checking whether the deployment has changed…"
        assert words in [each.accessibleDescription() for each in bar.findChildren(QLabel)]
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        await until(lambda: house.states() == [JobState.DONE])
        assert words not in [each.accessibleDescription() for each in bar.findChildren(QLabel)]


async def test_a_run_goes_when_nothing_changed_also_after_a_day(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        lists = house.asked("list")
        grow_old(house)
        await press_run(house)
        await until(lambda: house.states() == [JobState.DONE])
        assert (submits(house), house.asked("list")) == (1, lists + 1)
        await press_run(house)
        await until(lambda: house.states() == [JobState.DONE] * 2)
        assert house.asked("list") == lists + 1


async def test_a_key_pressed_twice_while_that_is_found_out_runs_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        grow_old(house)
        house.emulator.world.faults.set("hold@list")
        for _press in range(3):
            await house.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert house.states() == []
        await until(house.emulator.world.holds.held)
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        await until(lambda: house.states() == [JobState.DONE])
        assert await settled(lambda: submits(house)) == 1


async def test_another_run_meanwhile_is_not_lost(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        grid = await prepared_grid(house)
        grow_old(house)
        house.emulator.world.faults.set("hold@list")
        house.parts.workbench.edit({TEXT: "first"}, "Text")
        await press_run(house)
        await until(house.emulator.world.holds.held)
        house.parts.workbench.edit({TEXT: "second"}, "Text")
        await house.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk = house.window.findChild(RunDesk)
        assert desk is not None
        desk.run_grid(grid)
        assert house.states() == []
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        await until(lambda: house.states() == [JobState.DONE] * 4)
        texts = {job.changes.get(TEXT) for job in house.parts.queue.jobs.values()}
        assert texts == {"first", "second", None}


async def test_two_grids_that_had_to_wait_are_both_begun(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        grids = [await prepared_grid(house), await prepared_grid(house)]
        desk = house.window.findChild(RunDesk)
        assert desk is not None
        grow_old(house)
        desk.run_grid(grids[0])
        await until(lambda: len(house.states()) == 2)
        desk.run_grid(grids[1])
        await until(lambda: house.states() == [JobState.DONE] * 4)


async def test_what_is_typed_while_that_is_found_out_is_not_what_runs(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.parts.workbench.edit({TEXT: "as it was on screen"}, "Text")
        grow_old(house)
        house.emulator.world.faults.set("hold@list")
        await press_run(house)
        await until(house.emulator.world.holds.held)
        house.parts.workbench.edit({TEXT: "as it was typed after that"}, "Text")
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        await until(lambda: house.states() == [JobState.DONE])
        assert the_job(house).changes[TEXT] == "as it was on screen"
        assert text_on_screen(house) == "as it was typed after that"


async def test_a_deployment_that_was_disabled_is_offered_to_be_enabled(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        remote = next(iter(house.emulator.world.deployments.values()))
        remote.is_enabled, remote.updated_at = False, "2027-01-01T00:00:00Z"
        grow_old(house)
        await press_run(house)
        await until(lambda: "This cannot run yet." in house.notices())
        assert house.find(QAbstractButton, "notice_action").text().startswith("Enable")
        assert await settled(lambda: submits(house)) == 0


async def test_a_grid_that_was_prepared_for_another_workflow_is_not_begun(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        grid = await prepared_grid(house)
        change(house)
        grow_old(house)
        desk = house.window.findChild(RunDesk)
        assert desk is not None
        desk.run_grid(grid)
        await until(lambda: "The deployment flux-kontext has changed." in house.notices())
        assert await settled(lambda: submits(house) + len(house.states())) == 0


# Jobs of an earlier workflow


async def test_run_again_asks_when_the_workflow_has_changed_since(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        version = next(iter(house.emulator.world.deployments.values())).workflow_version
        await cancelled_run(house)
        change(house)
        grow_old(house)
        await press_row(house, "Run again")
        await until(lambda: house.there(QDialog, QUESTION))
        text = house.find(QLabel, f"{QUESTION}_text").text()
        assert f"version {version}" in text
        assert "Version v99" in text
        assert QApplication.focusWidget() is house.find(QPushButton, f"{QUESTION}_no")
        await house.press(f"{QUESTION}_no")
        assert await settled(lambda: submits(house) + len(house.states())) == 1


async def test_run_again_runs_the_workflow_of_now_when_agreed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        await cancelled_run(house)
        change(house)
        grow_old(house)
        await press_row(house, "Run again")
        await answer(house, QUESTION)
        await until(lambda: house.states() == [JobState.CANCELLED, JobState.DONE])
        assert submits(house) == 1
        # What ran is what is written down, so the next time there is nothing to ask.
        assert the_job(house).workflow_version == "v99"


async def test_run_again_pressed_twice_while_that_is_found_out_runs_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        await cancelled_run(house)
        job_id = the_job(house).job_id
        grow_old(house)
        house.emulator.world.faults.set("hold@list")
        hand = house.window.docks.made_jobs_panel()
        assert hand is not None
        # A hand and its second thought, each with a guard of its own.
        for _press in range(3):
            JobDeeds(hand, house.parts.queue, hand.model.words).do(job_id, Deed.RUN_AGAIN)
        await until(house.emulator.world.holds.held)
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        await until(lambda: house.states() == [JobState.CANCELLED, JobState.DONE])
        assert await settled(lambda: submits(house)) == 1


async def test_what_was_agreed_to_is_one_workflow_and_no_later_one(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        await cancelled_run(house)
        change(house, "v98")
        grow_old(house)
        await press_row(house, "Run again")
        await until(lambda: house.there(QDialog, QUESTION))
        change(house, "v99")
        house.parts.catalogue.refresh()
        await until(lambda: the_newest(house) == "v99")
        await house.press(f"{QUESTION}_yes")
        await until(lambda: "Version v99" in question_text(house))
        assert await settled(lambda: submits(house)) == 0
        await house.press(f"{QUESTION}_yes")
        await until(lambda: house.states() == [JobState.CANCELLED, JobState.DONE])
        assert submits(house) == 1


async def test_a_change_while_the_sum_is_asked_about_holds_the_new_job(tmp_path: Path) -> None:
    async with open_house(tmp_path, faults="status-422@submit:1") as house:
        await house.until_kinds_known()
        await press_run(house)
        await until(lambda: house.states() == [JobState.FAILED])
        await house.trigger("retry_failed")
        await until(lambda: house.there(QDialog, "run_again_question"))
        change(house)
        house.parts.catalogue.refresh()
        await until(lambda: the_newest(house) == "v99")
        await house.press("run_again_question_yes")
        await until(lambda: house.states() == [JobState.FAILED, JobState.HELD])
        assert await settled(lambda: submits(house)) == 1


async def test_resume_all_asks_about_all_that_would_go(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        queue = house.parts.queue
        queue.line.note_key(False)
        await press_run(house)
        await house.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: house.states() == [JobState.WAITING] * 2)
        queue.line.pause([the_job(house).job_id])
        await until(lambda: house.states() == [JobState.WAITING, JobState.HELD])
        change(house)
        grow_old(house)
        await until(lambda: the_action(house, "resume_all").isEnabled())
        await house.trigger("resume_all")
        await until(lambda: "2 jobs were made for" in question_text(house))
        queue.line.note_key(True)
        assert await settled(lambda: submits(house)) == 0
        await answer(house, QUESTION)
        await until(lambda: house.states() == [JobState.DONE] * 2)
        assert submits(house) == 2
        # What ran is what is written down.
        assert {job.workflow_version for job in queue.jobs.values()} == {"v99"}


async def test_the_question_does_not_outlive_its_session(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        await cancelled_run(house)
        change(house)
        grow_old(house)
        await press_row(house, "Run again")
        await until(lambda: house.there(QDialog, QUESTION))
        house.window.detach()
        await turn()
        assert not house.there(QDialog, QUESTION)


async def test_run_again_of_the_same_workflow_asks_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        await cancelled_run(house)
        grow_old(house)
        await press_row(house, "Run again")
        await until(lambda: house.states() == [JobState.CANCELLED, JobState.DONE])
        assert not house.there(QDialog, QUESTION)


async def test_a_held_job_is_sent_to_another_workflow_only_when_agreed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.parts.queue.line.pause_all()
        await press_run(house)
        await until(lambda: house.states() == [JobState.HELD])
        assert the_job(house).hold is Hold.PAUSED
        change(house)
        grow_old(house)
        await press_row(house, "Resume")
        await until(lambda: house.there(QDialog, QUESTION))
        assert await settled(lambda: submits(house)) == 0
        assert house.states() == [JobState.HELD]
        await answer(house, QUESTION)
        await until(lambda: house.states() == [JobState.DONE])
        assert submits(house) == 1


async def test_a_cell_is_tried_again_with_another_workflow_only_when_agreed(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path, faults="status-422@submit:2") as house:
        await house.until_kinds_known()
        await failed_grid(house)
        change(house)
        grow_old(house)
        await house.press("grid_retry_failed")
        await until(lambda: house.there(QDialog, QUESTION))
        assert "2 jobs were made for" in house.find(QLabel, f"{QUESTION}_text").text()
        assert await settled(lambda: submits(house)) == 2
        await answer(house, QUESTION)
        await until(lambda: house.states()[2:] == [JobState.DONE] * 2)
        assert submits(house) == 4


async def test_a_grid_window_that_was_closed_meanwhile_asks_and_runs_nothing(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path, faults="status-422@submit:2") as house:
        await house.until_kinds_known()
        await failed_grid(house)
        grow_old(house)
        house.emulator.world.faults.set("hold@list")
        await house.press("grid_retry_failed")
        await until(house.emulator.world.holds.held)
        house.window.findChildren(GridWindow)[0].close()
        await until(lambda: not house.window.findChildren(GridWindow))
        told = house.notices()
        house.emulator.world.faults.set("")
        house.emulator.world.holds.release()
        await until(lambda: not house.parts.catalogue.state.loading)
        assert await settled(lambda: submits(house)) == 2
        assert house.notices() == told


async def test_a_job_of_unknown_fate_is_sent_again_by_another_workflow_only_when_agreed(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path, faults="drop-answer@submit:1") as house:
        await house.until_kinds_known()
        await press_run(house)
        await until(lambda: house.states() == [JobState.UNCERTAIN])
        change(house)
        grow_old(house)
        await press_row(house, "Resolve…")
        await until(lambda: house.there(QPushButton, "resolve_send_again"))
        await house.press("resolve_send_again")
        await until(lambda: house.there(QDialog, QUESTION))
        assert await settled(lambda: submits(house)) == 1
        await answer(house, QUESTION)
        await until(lambda: JobState.DONE in house.states())
        assert submits(house) == 2
        assert the_job(house).workflow_version == "v99"


async def test_a_waiting_job_is_held_when_its_deployment_gets_another_workflow(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.parts.queue.line.note_key(False)
        await press_run(house)
        await until(lambda: house.states() == [JobState.WAITING])
        change(house)
        house.parts.catalogue.refresh()
        await until(lambda: house.states() == [JobState.HELD])
        await house.until_shown()
        panel = house.window.docks.made_jobs_panel()
        assert panel is not None
        words = panel.model.words(the_job(house))
        assert words.text == "Held"
        assert words.hint.startswith("Its workflow has changed since it was made.")
        house.parts.queue.line.note_key(True)
        assert await settled(lambda: submits(house)) == 0
        title = "What waits for flux-kontext is held."
        await until(lambda: title in house.notices())
        # The button names what it does, so nothing is asked after it.
        await house.answer(title)
        await until(lambda: house.states() == [JobState.DONE])
        assert not house.there(QDialog, QUESTION)
        assert submits(house) == 1


async def test_a_job_that_waited_in_line_for_hours_is_looked_at_before_it_goes(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.parts.queue.line.note_key(False)
        await press_run(house)
        await until(lambda: house.states() == [JobState.WAITING])
        change(house)
        grow_old(house)
        house.parts.queue.line.note_key(True)
        await until(lambda: house.states() == [JobState.HELD])
        assert await settled(lambda: submits(house)) == 0


async def test_what_was_held_for_want_of_a_network_does_not_go_by_itself(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.preferences.set(sends_when_online=True)
        queue = house.parts.queue
        queue.line.note_online(False)
        await press_run(house)
        await until(lambda: house.states() == [JobState.HELD])
        assert the_job(house).hold is Hold.OFFLINE
        change(house)
        house.parts.catalogue.refresh()
        await until(lambda: the_newest(house) == "v99")
        queue.line.note_online(True)
        await until(lambda: the_job(house).hold is Hold.PAUSED)
        assert await settled(lambda: submits(house)) == 0


async def test_the_notice_of_held_jobs_goes_with_the_last_of_them(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.parts.queue.line.note_key(False)
        await press_run(house)
        await until(lambda: house.states() == [JobState.WAITING])
        change(house)
        house.parts.catalogue.refresh()
        title = "What waits for flux-kontext is held."
        await until(lambda: title in house.notices())
        house.parts.queue.line.note_key(True)
        await press_row(house, "Resume")
        await answer(house, QUESTION)
        await until(lambda: house.states() == [JobState.DONE])
        assert title not in house.notices()


async def test_a_notice_that_sends_held_jobs_asks_as_well(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_kinds_known()
        house.parts.queue.line.pause_all()
        await press_run(house)
        await until(lambda: house.states() == [JobState.HELD])
        change(house)
        grow_old(house)
        house.parts.queue.line.wish((the_job(house).job_id,))
        await until(lambda: house.there(QDialog, QUESTION))
        assert await settled(lambda: submits(house)) == 0
        await answer(house, QUESTION)
        await until(lambda: house.states() == [JobState.DONE])
        assert submits(house) == 1
