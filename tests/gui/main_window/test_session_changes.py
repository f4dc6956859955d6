"""Change from account to demo and back: an ended session leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog

from runcomfy_desktop.app.session import Service, open_session
from runcomfy_desktop.domain.jobs.job import JobState
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until
from tests.support.census import take_census
from tests.support.emulators import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.base.session_services import SessionServices
    from tests.gui.support.gui_program import GuiProgram

_DIALOGS = ("run_several", "sweep", "disconnect_key", "details", "save_preset_as", "settings")
_WARM_UP_CHANGES, _CHANGES = 4, 6


async def work(program: GuiProgram, services: SessionServices) -> None:
    """Opens a workflow, every dock and some dialogs, and runs a job."""
    await wait_until(lambda: services.draft_editor.state.schema is not None)
    for dock in program.window.docks.all():
        dock.bring_to_front()
        await process_events_async()
    before = set(services.queue.jobs)
    await program.press("run")
    await wait_until(lambda: len(services.queue.jobs) > len(before))
    (job_id,) = set(services.queue.jobs) - before
    await wait_until(lambda: services.queue.jobs[job_id].state is JobState.DONE)
    for name in _DIALOGS:
        action = program.window.findChild(QAction, f"{name}_action")
        assert action is not None, name
        if action.isVisible():
            action.trigger()
            await process_events_async()
            for dialog in program.window.findChildren(QDialog):
                # One dialog stays open, so that the session ends under it.
                if name != _DIALOGS[-1]:
                    dialog.done(0)
            await process_events_async()


async def change(program: GuiProgram, *, demo: bool) -> None:
    service = Service(program.emulator.base_url, is_demo=demo, demo_token=TOKEN if demo else "")
    async with open_session(service, program.context) as services:
        with program.window.session(services):
            await work(program, services)
    await process_events_async()


async def test_sessions_leave_no_objects_tasks_or_threads(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        program.end_session()
        for number in range(_WARM_UP_CHANGES):
            await change(program, demo=number % 2 == 0)
        before = take_census(program.window)
        for number in range(_CHANGES):
            await change(program, demo=number % 2 == 0)
        after = take_census(program.window)
        assert after - before == {}
        program.begin_session()


async def test_a_session_that_ends_at_once_builds_nothing_afterwards(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        view = program.session
        program.end_session()
        # A slice that was due: timers can fire before Qt deletes what has ended.
        view._chunked_work._on_timer_timeout()
        assert all(dock.panel is None for dock in program.window.docks.all())
        program.begin_session()
        await program.wait_until_open()
        await wait_until(lambda: program.window.docks.queue.panel is not None)
        assert program.window.docks.queue.panel is program.session.panels.jobs_panel


async def test_the_focus_never_goes_to_a_button_that_closes_a_dock(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.session.panels.jobs_panel.table.setFocus()
        program.end_session()
        assert QApplication.focusWidget() is program.window.central_widget
        program.begin_session()
        await program.wait_until_open()
        assert QApplication.focusWidget() is program.window.central_widget
        dock = program.window.docks.deployments
        dock.setFloating(True)
        program.session.panels.deployments_panel.refresh_button.setFocus()
        await process_events_async()
        program.end_session()
        await process_events_async()
        focused = QApplication.focusWidget()
        assert focused is None or focused.objectName() != "close_deployments_dock"


async def test_an_ended_session_is_gone_from_the_window(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.end_session()
        await process_events_async()
        names = {each.objectName() for each in program.window.findChildren(QObject)}
        gone = {"inputs_panel", "jobs_panel", "output_panel", "deployments_panel"}
        assert names & gone == set()
        assert program.window.windowTitle() == "RunComfy Desktop"
        program.begin_session()
