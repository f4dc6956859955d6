"""A deployment that was changed on RunComfy without the window knowing.

A run never uses outdated data, and jobs of an earlier workflow need the user's consent.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QPushButton

from runcomfy_desktop.core.deployments.deployment_catalogue import MAX_AGE_BEFORE_RUN_S
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.job_commands import JobCommands
from runcomfy_desktop.ui.job_queue.state_texts import JobAction
from runcomfy_desktop.ui.run.run_bar import RunBar
from runcomfy_desktop.ui.sweeps.grid_window import GridWindow
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until, wait_until_stable

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from tests.gui.support.deployment_harness import DeploymentHarness

SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")
QUESTION = "workflow_question"


def grow_old(program: GuiProgram | DeploymentHarness) -> None:
    """Ages the catalogue to the maximum that a run accepts."""
    catalogue = program.services.catalogue
    catalogue.state = replace(
        catalogue.state, loaded_s=catalogue.state.loaded_s - MAX_AGE_BEFORE_RUN_S
    )


def change(program: GuiProgram | DeploymentHarness, version: str = "v99") -> None:
    """Gives the deployment in view another version of its workflow, as if edited elsewhere."""
    remote = next(iter(program.emulator.backend.deployments.values()))
    remote.workflow = json.loads(json.dumps(remote.workflow))
    node: Any = remote.workflow[TEXT.node_id]
    node["inputs"][TEXT.name] = f"the text of {version}"
    remote.workflow_version = version
    remote.updated_at = f"2027-01-01T00:00:{int(version[1:]) % 60:02d}Z"


def the_job(program: GuiProgram) -> Job:
    return list(program.services.queue.jobs.values())[-1]


def text_on_screen(program: GuiProgram) -> object:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return draft.value(TEXT)


def the_newest(program: GuiProgram) -> str:
    """Returns the newest known version of the deployment in view."""
    newest = program.services.catalogue.newest(next(iter(program.emulator.backend.deployments)))
    return newest.workflow_version if newest is not None else ""


def the_action(program: GuiProgram, name: str) -> QAction:
    actions = program.window.findChildren(QAction)
    return next(each for each in actions if each.objectName() == f"{name}_action")


def question_text(program: GuiProgram) -> str:
    labels = program.window.findChildren(QLabel, f"{QUESTION}_text")
    return next((each.text() for each in labels if each.isVisible()), "")


def submits(program: GuiProgram) -> int:
    return program.call_count("submit")


async def press_run(program: GuiProgram) -> None:
    await program.press("run")


async def press_row(program: GuiProgram, word: str) -> None:
    """Waits for a visible job button with the text `word`, and presses it."""
    await program.wait_until_jobs_shown()

    def found() -> JobButton | None:
        buttons = program.window.findChildren(JobButton)
        return next((each for each in buttons if each.isVisible() and each.text() == word), None)

    await wait_until(lambda: found() is not None)
    button = found()
    assert button is not None
    await program.click(button)


async def cancelled_run(program: GuiProgram) -> None:
    """Starts a run and cancels it before it is sent."""
    program.services.queue.send_queue.pause_all()
    await press_run(program)
    await wait_until(lambda: program.states() == [JobState.HELD])
    program.services.queue.cancel(the_job(program).job_id)
    program.services.queue.send_queue.resume_all()
    await wait_until(lambda: program.states() == [JobState.CANCELLED])


async def prepared_grid(program: GuiProgram) -> PreparedSweep:
    """Returns a prepared grid of two runs that has not started."""
    found: list[PreparedSweep] = []
    failed: list[Problem] = []
    spec = SweepSpec((ListSpec(SEED, "1, 2"),))
    program.services.sweeps.planner.prepare(spec, found.append, failed.append)
    await wait_until(lambda: found)
    return found[0]


async def failed_grid(program: GuiProgram) -> None:
    """Runs a grid whose two runs fail, and waits for its window."""
    program.services.sweeps.start(await prepared_grid(program))
    await wait_until(lambda: program.states() == [JobState.FAILED] * 2)
    await wait_until(lambda: program.is_visible(QPushButton, "grid_retry_failed"))
    await wait_until(lambda: program.find(QPushButton, "grid_retry_failed").isEnabled())


async def answer(program: GuiProgram, name: str, which: str = "yes") -> None:
    await wait_until(lambda: program.is_visible(QDialog, name))
    await program.press(f"{name}_{which}")


async def test_a_run_of_what_was_read_long_ago_is_not_sent_when_it_changed(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.services.draft_editor.edit({SEED: 7}, "Seed")
        change(program)
        grow_old(program)
        await press_run(program)
        title = "The deployment flux-kontext has changed."
        await wait_until(lambda: title in program.notices())
        assert await wait_until_stable(lambda: submits(program) + len(program.states())) == 0
        # The new workflow is on screen, with the typed values.
        assert text_on_screen(program) == "the text of v99"
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert dict(draft.changes) == {SEED: 7}
        detail = program.find(QLabel, "notice_detail").text()
        assert "Nothing was sent and nothing was billed." in detail
        await program.answer(title)
        await wait_until(lambda: program.is_visible(QDialog, "changed_dialog"))
        program.find(QDialog, "changed_dialog").close()
        # After the user has seen it, Run works.
        program.window.activateWindow()
        await process_events_async()
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert (submits(program), the_job(program).workflow_version) == (1, "v99")
        assert not any("has changed" in each for each in program.notices())


async def test_presses_that_were_on_their_way_before_that_could_be_read_run_nothing(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        change(program)
        grow_old(program)
        await press_run(program)
        await wait_until(lambda: "The deployment flux-kontext has changed." in program.notices())
        run = program.find(QPushButton, "run")
        for _press in range(5):
            QTest.mouseClick(run, Qt.MouseButton.LeftButton)
            QTest.keyClick(program.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            await process_events_async()
        assert await wait_until_stable(lambda: submits(program) + len(program.states())) == 0


async def test_a_press_that_was_on_its_way_when_it_was_found_out_runs_nothing(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        grow_old(program)
        program.emulator.backend.faults.set("hold@list")
        await press_run(program)
        await wait_until(program.emulator.backend.held_calls.held)
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        await wait_until(lambda: program.states())
        run = program.find(QPushButton, "run")
        for _press in range(3):
            QTest.mouseClick(run, Qt.MouseButton.LeftButton)
            QTest.keyClick(program.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            await process_events_async()
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert await wait_until_stable(lambda: submits(program)) == 1


async def test_while_that_is_found_out_the_bar_says_so(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        grow_old(program)
        program.emulator.backend.faults.set("hold@list")
        await press_run(program)
        await wait_until(program.emulator.backend.held_calls.held)
        bar = program.find(RunBar, "run_bar")
        words = "Checking whether the deployment has changed…"
        assert words in [each.accessibleDescription() for each in bar.findChildren(QLabel)]
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert words not in [each.accessibleDescription() for each in bar.findChildren(QLabel)]


async def test_a_run_goes_when_nothing_changed_also_after_a_day(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        lists = program.call_count("list")
        grow_old(program)
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert (submits(program), program.call_count("list")) == (1, lists + 1)
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.DONE] * 2)
        assert program.call_count("list") == lists + 1


async def test_a_key_pressed_twice_while_that_is_found_out_runs_once(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        grow_old(program)
        program.emulator.backend.faults.set("hold@list")
        for _press in range(3):
            await program.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert program.states() == []
        await wait_until(program.emulator.backend.held_calls.held)
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert await wait_until_stable(lambda: submits(program)) == 1


async def test_another_run_meanwhile_is_not_lost(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        grid = await prepared_grid(program)
        grow_old(program)
        program.emulator.backend.faults.set("hold@list")
        program.services.draft_editor.edit({TEXT: "first"}, "Text")
        await press_run(program)
        await wait_until(program.emulator.backend.held_calls.held)
        program.services.draft_editor.edit({TEXT: "second"}, "Text")
        await program.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        program.session.run_controller.run_grid(grid)
        assert program.states() == []
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        await wait_until(lambda: program.states() == [JobState.DONE] * 4)
        texts = {job.changes.get(TEXT) for job in program.services.queue.jobs.values()}
        assert texts == {"first", "second", None}


async def test_two_grids_that_had_to_wait_are_both_begun(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        grids = [await prepared_grid(program), await prepared_grid(program)]
        controller = program.session.run_controller
        grow_old(program)
        controller.run_grid(grids[0])
        await wait_until(lambda: len(program.states()) == 2)
        controller.run_grid(grids[1])
        await wait_until(lambda: program.states() == [JobState.DONE] * 4)


async def test_what_is_typed_while_that_is_found_out_is_not_what_runs(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.services.draft_editor.edit({TEXT: "as it was on screen"}, "Text")
        grow_old(program)
        program.emulator.backend.faults.set("hold@list")
        await press_run(program)
        await wait_until(program.emulator.backend.held_calls.held)
        program.services.draft_editor.edit({TEXT: "as it was typed after that"}, "Text")
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert the_job(program).changes[TEXT] == "as it was on screen"
        assert text_on_screen(program) == "as it was typed after that"


async def test_a_deployment_that_was_disabled_is_offered_to_be_enabled(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        remote = next(iter(program.emulator.backend.deployments.values()))
        remote.is_enabled, remote.updated_at = False, "2027-01-01T00:00:00Z"
        grow_old(program)
        await press_run(program)
        await wait_until(lambda: "This cannot run yet." in program.notices())
        assert program.find(QAbstractButton, "notice_action").text().startswith("Enable")
        assert await wait_until_stable(lambda: submits(program)) == 0


async def test_a_grid_that_was_prepared_for_another_workflow_is_not_begun(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        grid = await prepared_grid(program)
        change(program)
        grow_old(program)
        program.session.run_controller.run_grid(grid)
        await wait_until(lambda: "The deployment flux-kontext has changed." in program.notices())
        assert await wait_until_stable(lambda: submits(program) + len(program.states())) == 0


# Jobs of an earlier workflow


async def test_run_again_asks_when_the_workflow_has_changed_since(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        version = next(iter(program.emulator.backend.deployments.values())).workflow_version
        await cancelled_run(program)
        change(program)
        grow_old(program)
        await press_row(program, "Run again")
        await wait_until(lambda: program.is_visible(QDialog, QUESTION))
        text = program.find(QLabel, f"{QUESTION}_text").text()
        assert f"version {version}" in text
        assert "Version v99" in text
        assert QApplication.focusWidget() is program.find(QPushButton, f"{QUESTION}_no")
        await program.press(f"{QUESTION}_no")
        assert await wait_until_stable(lambda: submits(program) + len(program.states())) == 1


async def test_run_again_runs_the_workflow_of_now_when_agreed(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        await cancelled_run(program)
        change(program)
        grow_old(program)
        await press_row(program, "Run again")
        await answer(program, QUESTION)
        await wait_until(lambda: program.states() == [JobState.CANCELLED, JobState.DONE])
        assert submits(program) == 1
        # The version that ran is recorded, so the next time there is no question.
        assert the_job(program).workflow_version == "v99"


async def test_run_again_pressed_twice_while_that_is_found_out_runs_once(
    tmp_path: Path, scope: SessionScope
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        await cancelled_run(program)
        job_id = the_job(program).job_id
        grow_old(program)
        program.emulator.backend.faults.set("hold@list")
        state_text = program.session.panels.jobs_panel.model.state_text
        # Repeated presses, each with its own press guard.
        for _press in range(3):
            JobCommands(scope, program.services.queue, state_text).perform(
                job_id, JobAction.RUN_AGAIN
            )
        await wait_until(program.emulator.backend.held_calls.held)
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        await wait_until(lambda: program.states() == [JobState.CANCELLED, JobState.DONE])
        assert await wait_until_stable(lambda: submits(program)) == 1


async def test_what_was_agreed_to_is_one_workflow_and_no_later_one(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        await cancelled_run(program)
        change(program, "v98")
        grow_old(program)
        await press_row(program, "Run again")
        await wait_until(lambda: program.is_visible(QDialog, QUESTION))
        change(program, "v99")
        program.services.catalogue.refresh()
        await wait_until(lambda: the_newest(program) == "v99")
        await program.press(f"{QUESTION}_yes")
        await wait_until(lambda: "Version v99" in question_text(program))
        assert await wait_until_stable(lambda: submits(program)) == 0
        await program.press(f"{QUESTION}_yes")
        await wait_until(lambda: program.states() == [JobState.CANCELLED, JobState.DONE])
        assert submits(program) == 1


async def test_a_change_while_the_sum_is_asked_about_is_asked_about_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path, faults="status-422@submit:1") as program:
        await program.wait_until_kinds_known()
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.FAILED])
        await program.trigger("retry_failed")
        await wait_until(lambda: program.is_visible(QDialog, "run_again_question"))
        assert "has changed" not in program.find(QLabel, "run_again_question_text").text()
        change(program)
        program.services.catalogue.refresh()
        await wait_until(lambda: the_newest(program) == "v99")
        await program.press("run_again_question_yes")
        await wait_until(lambda: "Version v99" in question_text(program))
        assert await wait_until_stable(lambda: submits(program) + len(program.states())) == 2
        # The sum was agreed to, and is not asked about again.
        await program.press(f"{QUESTION}_yes")
        await wait_until(lambda: program.states() == [JobState.FAILED, JobState.DONE])
        assert not program.is_visible(QDialog, "run_again_question")
        assert (submits(program), the_job(program).workflow_version) == (2, "v99")


async def test_a_changed_workflow_and_the_sum_are_one_question(tmp_path: Path) -> None:
    async with open_program(tmp_path, faults="status-422@submit:1") as program:
        await program.wait_until_kinds_known()
        version = next(iter(program.emulator.backend.deployments.values())).workflow_version
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.FAILED])
        change(program)
        grow_old(program)
        await program.trigger("retry_failed")
        await wait_until(lambda: program.is_visible(QDialog, "run_again_question"))
        text = program.find(QLabel, "run_again_question_text").text()
        assert text.startswith("The workflow of flux-kontext has changed. ")
        assert f"version {version}" in text
        assert "Version v99" in text
        assert "It becomes a new job, and is billed." in text
        no = program.find(QPushButton, "run_again_question_no")
        await wait_until(lambda: QApplication.focusWidget() is no)
        await program.press("run_again_question_yes")
        await wait_until(lambda: program.states() == [JobState.FAILED, JobState.DONE])
        assert not program.window.findChildren(QDialog)
        assert (submits(program), the_job(program).workflow_version) == (2, "v99")


async def test_held_jobs_of_another_workflow_and_their_sum_are_one_question(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        queue = program.services.queue
        queue.send_queue.pause_all()
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.HELD])
        program.preferences.set(ask_from_jobs=1)
        change(program)
        grow_old(program)
        await press_row(program, "Resume")
        await wait_until(lambda: program.is_visible(QDialog, "send_question"))
        text = program.find(QLabel, "send_question_text").text()
        assert "Version v99 would run now." in text
        await program.press("send_question_no")
        assert await wait_until_stable(lambda: submits(program)) == 0
        assert program.states() == [JobState.HELD]
        queue.send_queue.request_send((the_job(program).job_id,))
        await wait_until(lambda: program.is_visible(QDialog, "confirm_run"))
        assert "Version v99 would run now." in program.find(QLabel, "confirm_run_text").text()
        await program.press("confirm_run_yes")
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert not program.window.findChildren(QDialog)
        assert submits(program) == 1


async def test_a_workflow_that_changes_while_both_are_asked_about_is_asked_about_again(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path, faults="status-422@submit:1") as program:
        await program.wait_until_kinds_known()
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.FAILED])
        change(program, "v98")
        grow_old(program)
        await program.trigger("retry_failed")
        await wait_until(lambda: program.is_visible(QDialog, "run_again_question"))
        change(program, "v99")
        grow_old(program)
        await program.press("run_again_question_yes")
        await wait_until(lambda: "Version v99" in question_text(program))
        assert await wait_until_stable(lambda: submits(program) + len(program.states())) == 2
        await program.press(f"{QUESTION}_no")
        assert await wait_until_stable(lambda: submits(program) + len(program.states())) == 2


async def test_resume_all_asks_about_all_that_would_go(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        queue = program.services.queue
        queue.send_queue.set_has_key(False)
        await press_run(program)
        await program.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await wait_until(lambda: program.states() == [JobState.WAITING] * 2)
        queue.send_queue.pause([the_job(program).job_id])
        await wait_until(lambda: program.states() == [JobState.WAITING, JobState.HELD])
        change(program)
        grow_old(program)
        await wait_until(lambda: the_action(program, "resume_all").isEnabled())
        await program.trigger("resume_all")
        await wait_until(lambda: "2 jobs were made for" in question_text(program))
        queue.send_queue.set_has_key(True)
        assert await wait_until_stable(lambda: submits(program)) == 0
        await answer(program, QUESTION)
        await wait_until(lambda: program.states() == [JobState.DONE] * 2)
        assert submits(program) == 2
        # The version that ran is recorded.
        assert {job.workflow_version for job in queue.jobs.values()} == {"v99"}


async def test_run_again_of_the_same_workflow_asks_nothing(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        await cancelled_run(program)
        grow_old(program)
        await press_row(program, "Run again")
        await wait_until(lambda: program.states() == [JobState.CANCELLED, JobState.DONE])
        assert not program.is_visible(QDialog, QUESTION)


async def test_a_held_job_is_sent_to_another_workflow_only_when_agreed(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.services.queue.send_queue.pause_all()
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.HELD])
        assert the_job(program).hold is HoldReason.PAUSED
        change(program)
        grow_old(program)
        await press_row(program, "Resume")
        await wait_until(lambda: program.is_visible(QDialog, QUESTION))
        assert await wait_until_stable(lambda: submits(program)) == 0
        assert program.states() == [JobState.HELD]
        await answer(program, QUESTION)
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert submits(program) == 1


async def test_a_cell_is_tried_again_with_another_workflow_only_when_agreed(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path, faults="status-422@submit:2") as program:
        await program.wait_until_kinds_known()
        await failed_grid(program)
        change(program)
        grow_old(program)
        await program.press("grid_retry_failed")
        await wait_until(lambda: program.is_visible(QDialog, QUESTION))
        assert "2 jobs were made for" in program.find(QLabel, f"{QUESTION}_text").text()
        assert await wait_until_stable(lambda: submits(program)) == 2
        await answer(program, QUESTION)
        await wait_until(lambda: program.states()[2:] == [JobState.DONE] * 2)
        assert submits(program) == 4


async def test_a_grid_window_that_was_closed_meanwhile_asks_and_runs_nothing(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path, faults="status-422@submit:2") as program:
        await program.wait_until_kinds_known()
        await failed_grid(program)
        grow_old(program)
        program.emulator.backend.faults.set("hold@list")
        await program.press("grid_retry_failed")
        await wait_until(program.emulator.backend.held_calls.held)
        program.window.findChildren(GridWindow)[0].close()
        await wait_until(lambda: not program.window.findChildren(GridWindow))
        shown_notices = program.notices()
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        await wait_until(lambda: not program.services.catalogue.state.loading)
        assert await wait_until_stable(lambda: submits(program)) == 2
        assert program.notices() == shown_notices


async def test_a_job_of_unknown_fate_is_sent_again_by_another_workflow_only_when_agreed(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path, faults="drop-answer@submit:1") as program:
        await program.wait_until_kinds_known()
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.UNCERTAIN])
        change(program)
        grow_old(program)
        await press_row(program, "Resolve…")
        await wait_until(lambda: program.is_visible(QPushButton, "resolve_send_again"))
        await program.press("resolve_send_again")
        await wait_until(lambda: program.is_visible(QDialog, QUESTION))
        assert await wait_until_stable(lambda: submits(program)) == 1
        await answer(program, QUESTION)
        await wait_until(lambda: JobState.DONE in program.states())
        assert submits(program) == 2
        assert the_job(program).workflow_version == "v99"


async def test_a_waiting_job_is_held_when_its_deployment_gets_another_workflow(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.services.queue.send_queue.set_has_key(False)
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.WAITING])
        change(program)
        program.services.catalogue.refresh()
        await wait_until(lambda: program.states() == [JobState.HELD])
        await program.wait_until_jobs_shown()
        words = program.session.panels.jobs_panel.model.state_text(the_job(program))
        assert words.text == "Held"
        assert words.hint.startswith("Its workflow has changed since it was made.")
        program.services.queue.send_queue.set_has_key(True)
        assert await wait_until_stable(lambda: submits(program)) == 0
        title = "What waits for flux-kontext is held."
        await wait_until(lambda: title in program.notices())
        # The button names its action, so there is no question after it.
        await program.answer(title)
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert not program.is_visible(QDialog, QUESTION)
        assert submits(program) == 1


async def test_a_job_that_waited_in_the_queue_for_hours_is_looked_at_before_it_goes(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.services.queue.send_queue.set_has_key(False)
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.WAITING])
        change(program)
        grow_old(program)
        program.services.queue.send_queue.set_has_key(True)
        await wait_until(lambda: program.states() == [JobState.HELD])
        assert await wait_until_stable(lambda: submits(program)) == 0


async def test_what_was_held_for_want_of_a_network_does_not_go_by_itself(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.preferences.set(sends_when_online=True)
        queue = program.services.queue
        queue.send_queue.set_online(False)
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.HELD])
        assert the_job(program).hold is HoldReason.OFFLINE
        change(program)
        program.services.catalogue.refresh()
        await wait_until(lambda: the_newest(program) == "v99")
        queue.send_queue.set_online(True)
        await wait_until(lambda: the_job(program).hold is HoldReason.PAUSED)
        assert await wait_until_stable(lambda: submits(program)) == 0


async def test_the_notice_of_held_jobs_goes_with_the_last_of_them(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.services.queue.send_queue.set_has_key(False)
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.WAITING])
        change(program)
        program.services.catalogue.refresh()
        title = "What waits for flux-kontext is held."
        await wait_until(lambda: title in program.notices())
        program.services.queue.send_queue.set_has_key(True)
        await press_row(program, "Resume")
        await answer(program, QUESTION)
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert title not in program.notices()


async def test_a_notice_that_sends_held_jobs_asks_as_well(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.services.queue.send_queue.pause_all()
        await press_run(program)
        await wait_until(lambda: program.states() == [JobState.HELD])
        change(program)
        grow_old(program)
        program.services.queue.send_queue.request_send((the_job(program).job_id,))
        await wait_until(lambda: program.is_visible(QDialog, QUESTION))
        assert await wait_until_stable(lambda: submits(program)) == 0
        await answer(program, QUESTION)
        await wait_until(lambda: program.states() == [JobState.DONE])
        assert submits(program) == 1
