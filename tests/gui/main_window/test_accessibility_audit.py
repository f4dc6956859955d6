"""Audit of every state of the window for screen readers and keyboard.

Active elements have a name, a role and an action, disabled ones give the reason, nothing exists
twice, and the focus is always visible.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.jobs.run_plan import plan_run
from runcomfy_desktop.core.preflight import Preflight
from runcomfy_desktop.core.updates import UpdatePhase
from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.settings import LargePictures, ThemeMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.deployments.readme_view import ReadmeLinkDialog
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.panel import JobsPanel
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from runcomfy_desktop.ui.main_window.main_window import MainWindow
from runcomfy_desktop.ui.main_window.startup_error import startup_error_box
from runcomfy_desktop.ui.results.filmstrip import Filmstrip
from runcomfy_desktop.ui.results.panel import OutputPanel
from runcomfy_desktop.ui.run.run_questions import ask_before_run
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.widgets.focus_order import reading_order
from tests.gui.support import update_check
from tests.gui.support.accessibility_audit import accessibility_errors, accessible_items
from tests.gui.support.focus import (
    DIALOGS,
    focus,
    invisible_focus_stops,
    open_dialog_by_action,
    shown_dialog,
)
from tests.gui.support.gui_program import (
    GuiProgram,
    open_program,
    process_events_async,
    show_window,
)
from tests.gui.support.run_results import run_workflow
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, job, output, picture
from tests.support import output_workflows as ow
from tests.support.async_wait import wait_until
from tests.support.raw_server import never_answer, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

K = Qt.Key
THEMES = pytest.mark.parametrize("look", [ThemeMode.LIGHT, ThemeMode.DARK])


async def audit(window: QWidget, what: object = "") -> None:
    """Fails with all accessibility errors of a window or a dialog; `what` names it."""
    assert accessibility_errors(window) == [], what
    window.activateWindow()
    await process_events_async()
    assert await invisible_focus_stops(next(reading_order(window))) == [], what


# Without a workflow


async def test_the_window_that_is_painted_first_has_a_name(
    tmp_path: Path, qapp: QApplication
) -> None:
    window = MainWindow(tmp_path / "window.ini")
    await show_window(window)
    assert accessibility_errors(window) == []
    assert window.windowTitle()


@THEMES
async def test_the_first_run(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path, key="") as program:
        await wait_until(lambda: program.is_visible(QWidget, "welcome_page"))
        await audit(program.window)


async def test_a_refused_key(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="a-key-of-nobody") as program:
        await wait_until(lambda: program.is_visible(QWidget, "welcome_trouble"))
        await audit(program.window)


async def test_no_deployments(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.emulator.backend.deployments.clear()
        await program.press("refresh_deployments")
        await wait_until(lambda: not program.services.catalogue.state.deployments)
        await process_events_async()
        await audit(program.window)


async def test_a_service_out_of_reach(tmp_path: Path) -> None:
    async with open_program(tmp_path, faults="status-503:99") as program:
        await wait_until(lambda: program.services.account.state.problem is not None)
        await process_events_async()
        await audit(program.window)


async def test_no_session(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.end_session()
        program.window.show_stopped("The demo could not start.", can_retry=True)
        await process_events_async()
        await audit(program.window)


# Inputs


@THEMES
async def test_inputs_that_are_changed_faulty_and_filtered(
    tmp_path: Path, qapp: QApplication, look: ThemeMode
) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await audit(program.window, "as it was opened")
        program.services.draft_editor.edit(
            {InputKey("31", "steps"): -4, InputKey("31", "cfg"): 3.0, InputKey("6", "text"): ""},
            "Change three",
        )
        await process_events_async()
        await audit(program.window, "changed")
        for button in ("run", "tab_problems", "tab_changed"):
            await program.press(button)
            await audit(program.window, button)
        program.find(QLineEdit, "inputs_filter").setText("nothing is called so")
        await process_events_async()
        await audit(program.window, "filtered")


async def test_the_palette(tmp_path: Path, qapp: QApplication) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (ThemeMode.LIGHT, ThemeMode.DARK):
            theme.apply(qapp, look)
            program.window.main_actions.jump.trigger()
            await process_events_async()
            assert accessibility_errors(program.window) == [], look
            assert focus().objectName() == "palette_box"
            program.find(QLineEdit, "palette_box").setText("nothing is called so")
            await process_events_async()
            assert accessibility_errors(program.window) == [], look
            await program.key(K.Key_Escape)


async def test_a_text_in_a_window_of_its_own(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.session.inputs.jump_to(InputKey("6", "text"))
        program.find(QWidget, "inputs_tree").setFocus()
        await program.key(K.Key_F11)
        dialog = program.window.findChild(QWidget, "full_text")
        assert dialog is not None
        await audit(dialog)
        dialog.close()


async def test_open_editors(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for key in (
            InputKey("6", "text"),
            InputKey("31", "seed"),
            InputKey("31", "cfg"),
            InputKey("31", "scheduler"),
            InputKey("136", "filename_prefix"),
            InputKey("189", "image"),
        ):
            program.session.inputs.jump_to(key)
            program.find(QWidget, "inputs_tree").setFocus()
            await program.key(K.Key_Return)
            assert focus().objectName() != "inputs_tree", key
            assert accessibility_errors(program.window) == [], key


async def test_the_graph_with_what_leads_to_a_node(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.session.inputs.jump_to(InputKey("136", ""))
        await program.trigger("graph")
        await wait_until(lambda: program.is_visible(QWidget, "graph_view"))
        await program.trigger("show_path")
        heard = [
            each.name
            for each in accessible_items(program.window)
            if "Workflow graph" in each.ancestors
        ]
        assert "Save Image, SaveImage, #136, output" in heard
        await audit(program.window)


async def test_several_pictures(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        listed = program.find(QWidget, "deployments")
        listed.setFocus()
        for which in (K.Key_Home, K.Key_Down, K.Key_Down, K.Key_Return):
            await program.key(which)
        await wait_until(lambda: program.window.windowTitle().startswith("two-photos"))
        await program.wait_until_open()
        await process_events_async()
        await audit(program.window)


# Jobs


def of_each_state(folder: Path) -> ScriptedQueue:
    path = picture(folder, "made.png")
    states = [each for each in JobState if each is not JobState.DONE]
    jobs = [job(f"a job that is {each.value}", each, reason="It went wrong.") for each in states]
    twins = [done_job(f"d{number}", output(path), title="one prompt") for number in range(2)]
    lost = output("", fault="No answer.", filename="b.png")
    others = (
        job("no line", JobState.RUNNING, trouble="No answer from RunComfy."),
        done_job("incomplete", output(path), lost),
        *(job(f"held: {each.value}", JobState.HELD, hold=each) for each in HoldReason),
        *(job(f"b{n}", JobState.QUEUED, batch_id="b", batch_name="retry") for n in range(3)),
    )
    return ScriptedQueue(*jobs, *twins, *others)


@THEMES
async def test_jobs_of_every_state(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    queue = of_each_state(tmp_path)
    async with open_program_with_jobs(tmp_path, queue) as (program, panel):
        await audit(program.window, "of each state")
        assert program.is_visible(QWidget, "held_strip")
        queue.send_queue.set_state(is_paused=True)
        await audit(program.window, "paused")
        panel.select_job("b1")
        await process_events_async()
        assert program.is_visible(QWidget, "batch_line")
        for button in ("jobs_failed", "jobs_uncertain", "jobs_held", "jobs_active", "sort_state"):
            await program.press(button)
            await audit(program.window, button)


async def test_each_job_with_its_menu(tmp_path: Path) -> None:
    queue = of_each_state(tmp_path)
    async with open_program_with_jobs(tmp_path, queue) as (program, panel):
        for job_id in queue.jobs:
            panel.select_job(job_id)
            await process_events_async()
            assert accessibility_errors(program.window) == [], job_id
            panel.table.menu_requested.emit(panel.mapToGlobal(panel.rect().center()))
            await process_events_async()
            menu = program.find(QMenu, "jobs_menu")
            assert menu.accessibleName(), job_id
            assert accessibility_errors(menu) == [], job_id
            menu.close()
            await process_events_async()
        buttons = [
            each
            for each in accessible_items(program.window)
            if "Actions of the jobs" in each.ancestors
        ]
        rows = [int(each.description.rpartition("row ")[2]) for each in buttons]
        assert len(rows) > 2
        assert rows == sorted(rows), "they are read from row to row"


@asynccontextmanager
async def open_program_with_jobs(
    folder: Path, queue: ScriptedQueue
) -> AsyncIterator[tuple[GuiProgram, JobsPanel]]:
    """Opens a high window whose panels show the jobs of `queue`, the last one selected."""
    async with open_program(folder) as program:
        await program.wait_until_open()
        with show_jobs(program, queue) as panel:
            program.window.resize(1440, 1400)
            panel.select_job(list(queue.jobs)[-1])
            await process_events_async()
            yield program, panel


@contextmanager
def show_jobs(program: GuiProgram, queue: ScriptedQueue) -> Iterator[JobsPanel]:
    """Puts panels with the jobs of `queue` into the docks of the window, which has no session."""
    program.end_session()
    docks = program.window.docks
    scope = SessionScope(program.window.central_widget)
    output_panel = OutputPanel(scope, queue.as_queue())
    panel = JobsPanel(scope, queue.as_queue(), thumbnails=output_panel.thumbnails)
    panel.show_filter(JobFilter.ALL)
    panel.follower.job_shown.connect(output_panel.show_job)
    docks.output.set_panel(output_panel)
    docks.queue.set_panel(panel, header=panel.header)
    yield panel
    scope.close()


# Outputs


async def test_outputs_of_every_kind(tmp_path: Path, qapp: QApplication) -> None:
    savers = (
        ow.SAVE_IMAGE,
        ow.SAVE_WEBP,
        ow.SAVE_VIDEO,
        ow.SAVE_FLAC,
        ow.SAVE_GLB,
        ow.SAVE_LATENT,
        ow.PREVIEW_ANY,
    )
    async with run_workflow(tmp_path, ow.clip(*savers), painted=False) as results:
        strip = results.program.find(Filmstrip, "filmstrip")
        rows = {results.output(row).kind: row for row in reversed(range(results.count))}
        assert len(rows) >= 5
        for look in (ThemeMode.LIGHT, ThemeMode.DARK):
            theme.apply(qapp, look)
            for kind, row in rows.items():
                strip.scrollTo(results.panel.model.index(row))
                await results.select_row(row)
                await audit(results.program.window, (kind, look))
        assert strip.isVisible()


async def test_no_output_at_all(tmp_path: Path) -> None:
    async with run_workflow(tmp_path, ow.clip(ow.NOTHING), painted=False) as results:
        await audit(results.program.window)


# Notices


@THEMES
async def test_notices(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for notice in (
            Notice(NoticeLevel.INFO, "Saved."),
            Notice(NoticeLevel.WARNING, "Beware.", "Of the dog."),
            Notice(NoticeLevel.ERROR, "It broke.", "Nothing is lost.", "Trace: 1", "Try", int),
        ):
            program.window.notice_line.show_notice(notice)
            await process_events_async()
            await audit(program.window)
        await program.press("notice_details")
        await audit(program.window)


# Dialogs


@THEMES
async def test_dialogs(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for action in DIALOGS:
            await program.trigger(action)
            dialog = await open_dialog_by_action(program, action)
            await audit(dialog, action)
            for field in dialog.findChildren(QLineEdit):
                if field.isEnabled() and not field.isReadOnly():
                    # Parts that a field has only while it contains text.
                    field.setText("something else")
            await process_events_async()
            await audit(dialog, f"{action}, filled in")
            dialog.close()
            if program.is_visible(QDialog, "confirm_discard"):
                await audit(program.find(QDialog, "confirm_discard"), f"leaving {action}")
                await program.press("confirm_discard_yes")
            await wait_until(lambda: shown_dialog(program) is None)


@THEMES
async def test_dialogs_that_no_action_of_the_menus_opens(
    tmp_path: Path, qapp: QApplication, look: ThemeMode
) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.preferences.set(ask_from_jobs=1)
        await program.press("run")
        await audit_and_leave(program, "the question before a run")
        large = MediaFile("forest.png", "ab.png", "ab", "image/png", 2**20, 800, 600)
        plan = plan_run(program.services.draft_editor)
        assert plan is not None
        request = program.services.preflight_checker.request_for_plan(plan)
        request = replace(request, shrinkable_pictures=(large,))
        pictures = Preflight(request, large_pictures=LargePictures.ASK)
        for preflight, name in (
            (pictures, "the question about large pictures"),
            (Preflight(request, is_key_missing=True), "the question about the partner key"),
            (replace(pictures, is_key_missing=True, exceeds_ask_limit=True), "all in one"),
        ):
            budget = program.services.budget
            ask_before_run(program.window, budget, preflight, lambda _shrinks: None, lambda: None)
            await audit_and_leave(program, name)
        ReadmeLinkDialog(QUrl("https://www.runcomfy.com/x"), program.window).open()
        await audit_and_leave(program, "a link")
        for row in program.services.catalogue.state.deployments[:2]:
            program.window.handle_open_request(deployment_link(row.deployment_id))
        await audit_and_leave(program, "the question about a link from outside")


@THEMES
async def test_pages_of_the_settings(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("settings")
        dialog = await open_dialog_by_action(program, "settings")
        for page, field in (("jobs", "in_flight"), ("money", "day_limit_usd")):
            await program.press(f"settings_{page}")
            await audit(dialog, page)
            program.find(QLineEdit, field).setText("many")
            await process_events_async()
            await audit(dialog, f"{page} with a fault")
            program.find(QLineEdit, field).clear()
        await program.press("settings_network")
        await audit(dialog, "network")
        program.find(QComboBox, "proxy_mode").setCurrentIndex(2)
        await process_events_async()
        await audit(dialog, "a proxy of one's own")
        program.find(QLineEdit, "proxy_address").setText("proxy.example")
        program.find(QLineEdit, "ca_file").setText(str(tmp_path))
        await wait_until(lambda: program.is_visible(QWidget, "ca_fault"))
        await audit_and_leave(program, "network with faults")


@THEMES
async def test_dialogs_of_jobs(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    queue = ScriptedQueue(
        job("unknown", JobState.UNCERTAIN),
        job("broken", JobState.FAILED, reason="Out of memory.", technical="CUDA: 1\nCUDA: 2"),
        job("one", JobState.RUNNING),
        job("two", JobState.WAITING),
        job("limit", JobState.HELD, hold=HoldReason.DAY_LIMIT),
    )
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        with show_jobs(program, queue) as panel:
            await process_events_async()
            for job_id in ("unknown", "broken", "limit"):
                panel.select_job(job_id)
                await process_events_async()
                buttons = panel.findChildren(JobButton)
                (button,) = [each for each in buttons if each.job_id == job_id]
                await program.click(button)
                await audit_and_leave(program, job_id)
        await program.press("cancel_all_jobs")
        await audit_and_leave(program, "cancel all")
        panel.commands.retry_failed()
        if shown_dialog(program) is not None:
            await audit_and_leave(program, "retry")


@THEMES
async def test_updates(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for part in (
            update_check.NEWER_RELEASE,
            update_check.SAME_RELEASE,
            reply(404),
            never_answer,
        ):
            async with update_check.replaced_updates(program, part) as lent:
                await program.trigger("check_updates")
                if part is not never_answer:
                    await wait_until(lambda: lent.state.phase is not UpdatePhase.CHECKING)
                await audit_and_leave(program, part)


async def audit_and_leave(program: GuiProgram, what: object) -> None:
    await process_events_async()
    dialog = shown_dialog(program)
    assert dialog is not None, what
    await audit(dialog, what)
    dialog.close()
    await wait_until(lambda: shown_dialog(program) is None)


async def test_no_start_at_all() -> None:
    box = startup_error_box("Another window uses this folder.")
    await show_window(box, 400, 200)
    assert accessibility_errors(box) == []
    box.close()


# Menus and docks


async def test_menus(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        # Qt's own menus, for entries that do not fit, have no name.
        menus = [each for each in program.window.findChildren(QMenu) if each.objectName()]
        assert len(menus) > 6
        for menu in menus:
            assert menu.accessibleName() or menu.title(), menu.objectName()
            assert accessibility_errors(menu) == []


@THEMES
async def test_floating_docks(tmp_path: Path, qapp: QApplication, look: ThemeMode) -> None:
    theme.apply(qapp, look)
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for dock in program.window.docks.session_docks():
            dock.setFloating(True)
            await process_events_async()
            assert program.find(QToolButton, f"close_{dock.name}_dock").isVisible()
            await audit(dock, dock.name)
        await audit(program.window, "without its docks")
        assert program.find(QPushButton, "run").isVisible()
