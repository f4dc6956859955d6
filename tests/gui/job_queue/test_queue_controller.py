"""The queue's part of the Run menu: with a scripted queue, and in the real window.

In the window, pause, resume, retry and cancel are tested, and that the order of the rows survives a
restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.ui.job_queue.column_headers import JobColumnHeaders
from runcomfy_desktop.ui.job_queue.column_layout import HiddenColumns
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.job_queue.queue_actions import QueueActions
from runcomfy_desktop.ui.job_queue.queue_controller import QueueController
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, job
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.job_queue.panel import JobsPanel

SLOW = EmulatorTiming(cold_start_s=0, run_s=600, cancel_delay_s=0)
ACTIONS = (
    "cancel_selected",
    "cancel_batch",
    "cancel_all",
    "pause_all",
    "resume_all",
    "retry_failed",
)


class RecordingPanel:
    """Records the commands that it gets, on the selection or on all jobs."""

    def __init__(self) -> None:
        self.commands = self
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[[], None]:
        return lambda: self.calls.append(name)


def action_of(actions: QueueActions, name: str) -> QAction:
    found = actions.findChild(QAction, f"{name}_action")
    assert isinstance(found, QAction)
    return found


def enabled(actions: QueueActions) -> set[str]:
    return {name for name in ACTIONS if action_of(actions, name).isEnabled()}


def control(
    scope: SessionScope, queue: ScriptedQueue
) -> tuple[QueueController, QueueActions, RecordingPanel]:
    actions, panel = QueueActions(scope), RecordingPanel()
    controller = QueueController(scope, queue.as_queue(), actions, lambda: cast("JobsPanel", panel))
    return controller, actions, panel


def test_the_actions_follow_the_queue(scope: SessionScope) -> None:
    queue = ScriptedQueue()
    _controller, actions, _panel = control(scope, queue)
    assert enabled(actions) == {"pause_all"}
    queue.put(job("one", JobState.RUNNING), job("two", JobState.FAILED))
    assert enabled(actions) == {"pause_all", "cancel_all", "retry_failed"}
    queue.put(done_job("one"), job("two", JobState.HELD, hold=HoldReason.OFFLINE))
    assert enabled(actions) == {"pause_all", "cancel_all"}
    queue.remove_job("two")
    queue.send_queue.set_state(is_paused=True)
    assert enabled(actions) == {"resume_all"}
    queue.send_queue.set_state(is_paused=False)
    queue.put(job("two", JobState.HELD, hold=HoldReason.PAUSED))
    assert enabled(actions) == {"pause_all", "resume_all", "cancel_all"}
    queue.remove_job("two")
    queue.load(job("three"))
    assert enabled(actions) == {"pause_all", "cancel_all"}
    queue.put(job("three", JobState.FETCHING))
    assert enabled(actions) == {"pause_all"}, "its result can no longer be cancelled"
    actions.update_for_selection(True, True)
    assert enabled(actions) >= {"cancel_selected", "cancel_batch"}
    actions.reset()
    assert enabled(actions) == set()


def test_the_actions_are_commands_of_the_panel_and_the_queue(scope: SessionScope) -> None:
    queue = ScriptedQueue()
    _controller, actions, panel = control(scope, queue)
    for name in ACTIONS:
        action_of(actions, name).setEnabled(True)
        action_of(actions, name).trigger()
    assert panel.calls == [name for name in ACTIONS if name != "pause_all"]
    assert queue.calls == [("pause_all",)]


def test_after_the_end_of_the_session_the_actions_are_left_alone(scope: SessionScope) -> None:
    queue = ScriptedQueue(job("j0"))
    _controller, actions, panel = control(scope, queue)
    queue.put(job("j0", JobState.FAILED))
    scope.close()
    actions.reset()
    queue.put(job("j1"))
    queue.load(job("j2"))
    assert enabled(actions) == set()
    actions.cancel_all.setEnabled(True)
    actions.cancel_all.trigger()
    assert panel.calls == []


def action(program: GuiProgram, name: str) -> QAction:
    found = program.window.findChildren(QAction)
    return next(each for each in found if each.objectName() == f"{name}_action")


def hold_reasons(program: GuiProgram) -> list[HoldReason | None]:
    return [each.hold for each in program.services.queue.jobs.values()]


async def test_a_paused_queue_holds_a_new_run_until_it_is_resumed(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        assert not action(program, "resume_all").isEnabled()
        await program.trigger("pause_all")
        await wait_until(lambda: not action(program, "pause_all").isEnabled())
        await wait_until(lambda: program.is_visible(QWidget, "held_strip"))
        await program.press("run")
        await wait_until(lambda: hold_reasons(program) == [HoldReason.PAUSED])
        text = program.find(QLabel, "held_strip_text")
        await wait_until(lambda: text.text().endswith("1 job waits."))
        assert program.call_count("submit") == 0
        await program.trigger("resume_all")
        await wait_until(lambda: program.states() == [JobState.DONE])
        await wait_until(lambda: not program.is_visible(QWidget, "held_strip"))
        assert program.call_count("submit") == 1


async def test_all_failed_jobs_are_run_again_as_one_batch(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        assert not action(program, "retry_failed").isEnabled()
        program.emulator.backend.faults.set("status-422@submit:2")
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.FAILED])
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.FAILED] * 2)
        await program.wait_until_jobs_shown()
        await wait_until(lambda: action(program, "retry_failed").isEnabled())
        await program.trigger("retry_failed")
        await program.press("run_again_question_yes")
        await wait_until(lambda: program.states() == [JobState.FAILED] * 2 + [JobState.DONE] * 2)
        again = list(program.services.queue.jobs.values())[2:]
        assert len({each.batch_id for each in again}) == 1
        assert again[0].batch_id
        await wait_until(lambda: not action(program, "cancel_batch").isEnabled())


async def test_in_a_long_pause_a_job_is_cancelled_and_another_one_sent(tmp_path: Path) -> None:
    async with open_program(tmp_path, timing=SLOW) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING])
        program.emulator.backend.faults.set("rate-limit@status:1:1800")
        await wait_until(lambda: program.is_visible(QToolButton, "status_pause"))
        await wait_until(lambda: action(program, "cancel_selected").isEnabled())
        await program.trigger("cancel_selected")
        await wait_until(lambda: program.call_count("cancel") == 1)
        await program.press("run")
        await wait_until(lambda: program.call_count("submit") == 2)
        await program.press("status_pause")
        await wait_until(lambda: not program.is_visible(QToolButton, "status_pause"))
        await wait_until(lambda: program.states()[0] is JobState.CANCELLED)


async def test_a_running_job_is_cancelled_by_its_key(tmp_path: Path) -> None:
    async with open_program(tmp_path, timing=SLOW) as program:
        await program.wait_until_open()
        assert not action(program, "cancel_selected").isEnabled()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING])
        await wait_until(lambda: action(program, "cancel_selected").isEnabled())
        await program.trigger("cancel_selected")
        await wait_until(lambda: program.states() == [JobState.CANCELLED])
        await program.wait_until_jobs_shown()
        await wait_until(lambda: not action(program, "cancel_all").isEnabled())
        assert not action(program, "cancel_selected").isEnabled()


async def test_only_what_can_be_cancelled_of_the_selection_is_offered(tmp_path: Path) -> None:
    async with open_program(tmp_path, timing=SLOW) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.RUNNING])
        await wait_until(lambda: action(program, "cancel_selected").isEnabled())
        assert not action(program, "cancel_batch").isEnabled(), "it is no batch"
        await program.press("jobs_failed")
        assert not action(program, "cancel_selected").isEnabled(), "no row is selected"
        assert action(program, "cancel_all").isEnabled()


async def test_order_and_columns_are_there_again_at_the_next_start(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        await program.wait_until_jobs_shown()
        await program.press("sort_state")
        columns = HiddenColumns(frozenset({JobColumn.TIME}))
        program.find(JobColumnHeaders, "jobs_heads").hidden_chosen.emit(columns)
        program.window.close()
    async with open_program(tmp_path) as program:
        panel = program.session.panels.jobs_panel
        assert panel.model.sort_order.stored_text == "state-rises"
        assert panel.table.isColumnHidden(JobColumn.TIME)
