"""Every state of the window, heard and walked through: what acts has a name, a role and an action,
what is switched off says why, nothing is there twice, and the keyboard is seen wherever it is."""

from __future__ import annotations

from contextlib import asynccontextmanager
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

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.updates import UpdatePhase
from runcomfy_desktop.domain.job import Hold, JobState
from runcomfy_desktop.domain.link import deployment_link
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.settings import Theme
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.deployment.readme import LinkDialog
from runcomfy_desktop.ui.dialogs.no_start import no_start
from runcomfy_desktop.ui.dialogs.size_question import ask_about_size
from runcomfy_desktop.ui.focus_order import reading_order
from runcomfy_desktop.ui.jobs.button import JobButton
from runcomfy_desktop.ui.main_window import MainWindow
from runcomfy_desktop.ui.outputs.filmstrip import Filmstrip
from tests.gui.support import updates
from tests.gui.support.audit import faults_of, things
from tests.gui.support.focus import DIALOGS, focus, shown_dialog, unseen, until_ready
from tests.gui.support.house import House, open_house, put_up, turn
from tests.gui.support.output_house import ran
from tests.gui.support.queue_kit import ScriptedQueue, done, job, output, picture
from tests.support import output_workflows as ow
from tests.support.raw_server import never_answer, reply
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.ui.jobs.panel import JobsPanel

K = Qt.Key
LOOKS = pytest.mark.parametrize("look", [Theme.LIGHT, Theme.DARK])


async def audit(window: QWidget, what: object = "") -> None:
    """Fails with all that is wrong with a window, or a dialog, as it stands now; `what` it is."""
    assert faults_of(window) == [], what
    window.activateWindow()
    await turn()
    assert await unseen(next(reading_order(window))) == [], what


# Before there is a workflow


async def test_the_window_that_is_painted_first_has_a_name(
    tmp_path: Path, qapp: QApplication
) -> None:
    window = MainWindow(tmp_path / "window.ini")
    await put_up(window)
    assert faults_of(window) == []
    assert window.windowTitle()


@LOOKS
async def test_the_first_run(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path, key="") as house:
        await until(lambda: house.there(QWidget, "welcome_page"))
        await audit(house.window)


async def test_a_refused_key(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="a-key-of-nobody") as house:
        await until(lambda: house.there(QWidget, "welcome_trouble"))
        await audit(house.window)


async def test_no_deployments(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.emulator.world.deployments.clear()
        await house.press("refresh_deployments")
        await until(lambda: not house.parts.catalogue.state.deployments)
        await turn()
        await audit(house.window)


async def test_a_service_out_of_reach(tmp_path: Path) -> None:
    async with open_house(tmp_path, faults="status-503:99") as house:
        await until(lambda: house.parts.account.state.problem is not None)
        await turn()
        await audit(house.window)


async def test_no_session(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.window.detach()
        house.window.show_stopped("The demo could not start.", can_retry=True)
        await turn()
        await audit(house.window)


# The inputs


@LOOKS
async def test_inputs_that_are_changed_faulty_and_filtered(
    tmp_path: Path, qapp: QApplication, look: Theme
) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path) as house:
        await house.until_open()
        await audit(house.window, "as it was opened")
        house.parts.workbench.edit(
            {InputKey("31", "steps"): -4, InputKey("31", "cfg"): 3.0, InputKey("6", "text"): ""},
            "Change three",
        )
        await turn()
        await audit(house.window, "changed")
        for button in ("run", "tab_problems", "tab_changed"):
            await house.press(button)
            await audit(house.window, button)
        house.find(QLineEdit, "inputs_filter").setText("nothing is called so")
        await turn()
        await audit(house.window, "filtered")


async def test_the_palette(tmp_path: Path, qapp: QApplication) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for look in (Theme.LIGHT, Theme.DARK):
            theme.apply(qapp, look)
            house.window.menu.jump.trigger()
            await turn()
            assert faults_of(house.window) == [], look
            assert focus().objectName() == "palette_box"
            house.find(QLineEdit, "palette_box").setText("nothing is called so")
            await turn()
            assert faults_of(house.window) == [], look
            await house.key(K.Key_Escape)


async def test_a_text_in_a_window_of_its_own(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert house.window.centre.inputs is not None
        house.window.centre.inputs.jump_to(InputKey("6", "text"))
        house.find(QWidget, "inputs_tree").setFocus()
        await house.key(K.Key_F11)
        dialog = house.window.findChild(QWidget, "full_text")
        assert dialog is not None
        await audit(dialog)
        dialog.close()


async def test_open_editors(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert house.window.centre.inputs is not None
        for key in (
            InputKey("6", "text"),
            InputKey("31", "seed"),
            InputKey("31", "cfg"),
            InputKey("31", "scheduler"),
            InputKey("136", "filename_prefix"),
            InputKey("189", "image"),
        ):
            house.window.centre.inputs.jump_to(key)
            house.find(QWidget, "inputs_tree").setFocus()
            await house.key(K.Key_Return)
            assert focus().objectName() != "inputs_tree", key
            assert faults_of(house.window) == [], key


async def test_the_graph_with_what_leads_to_a_node(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert house.window.centre.inputs is not None
        house.window.centre.inputs.jump_to(InputKey("136", ""))
        await house.trigger("graph")
        await until(lambda: house.there(QWidget, "graph_view"))
        await house.trigger("show_path")
        heard = [each.name for each in things(house.window) if "Workflow graph" in each.within]
        assert "Save Image, SaveImage, #136, output" in heard
        await audit(house.window)


async def test_several_pictures(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        listed = house.find(QWidget, "deployments")
        listed.setFocus()
        for which in (K.Key_Home, K.Key_Down, K.Key_Down, K.Key_Return):
            await house.key(which)
        await until(lambda: house.window.windowTitle().startswith("two-photos"))
        await house.until_open()
        await turn()
        await audit(house.window)


# Jobs


def of_each_state(folder: Path) -> ScriptedQueue:
    path = picture(folder, "made.png")
    states = [each for each in JobState if each is not JobState.DONE]
    jobs = [job(f"a job that is {each.value}", each, reason="It went wrong.") for each in states]
    twins = [done(f"d{number}", output(path), title="one prompt") for number in range(2)]
    lost = output("", fault="No answer.", filename="b.png")
    others = (
        job("no line", JobState.RUNNING, trouble="No answer from RunComfy."),
        done("incomplete", output(path), lost),
        *(job(f"held: {each.value}", JobState.HELD, hold=each) for each in Hold),
        *(job(f"b{n}", JobState.QUEUED, batch_id="b", batch_name="retry") for n in range(3)),
    )
    return ScriptedQueue(*jobs, *twins, *others)


@LOOKS
async def test_jobs_of_every_state(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    queue = of_each_state(tmp_path)
    async with house_with_jobs(tmp_path, queue) as (house, panel):
        await audit(house.window, "of each state")
        assert house.there(QWidget, "held_strip")
        queue.line.stand(is_paused=True)
        await audit(house.window, "paused")
        panel.select_job("b1")
        await turn()
        assert house.there(QWidget, "batch_line")
        for button in ("jobs_failed", "jobs_uncertain", "jobs_held", "jobs_active", "sort_state"):
            await house.press(button)
            await audit(house.window, button)


async def test_each_job_with_its_menu(tmp_path: Path) -> None:
    queue = of_each_state(tmp_path)
    async with house_with_jobs(tmp_path, queue) as (house, panel):
        for job_id in queue.jobs:
            panel.select_job(job_id)
            await turn()
            assert faults_of(house.window) == [], job_id
            panel.table.menu_wished.emit(panel.mapToGlobal(panel.rect().center()))
            await turn()
            menu = house.find(QMenu, "jobs_menu")
            assert menu.accessibleName(), job_id
            assert faults_of(menu) == [], job_id
            menu.close()
            await turn()
        buttons = [each for each in things(house.window) if "Actions of the jobs" in each.within]
        rows = [int(each.description.rpartition("row ")[2]) for each in buttons]
        assert len(rows) > 2
        assert rows == sorted(rows), "they are read from row to row"


@asynccontextmanager
async def house_with_jobs(
    folder: Path, queue: ScriptedQueue
) -> AsyncIterator[tuple[House, JobsPanel]]:
    """A high window whose panels show the jobs of `queue`, the last of them selected."""
    async with open_house(folder) as house:
        await house.until_open()
        docks = house.window.docks
        assert docks.jobs_panel is not None
        assert docks.output_panel is not None
        docks.jobs_panel.attach(queue.as_queue())
        docks.output_panel.attach(queue.as_queue())
        house.window.resize(1440, 1400)
        docks.jobs_panel.select_job(next(reversed(queue.jobs)))
        await turn()
        yield house, docks.jobs_panel


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
    async with ran(tmp_path, ow.clip(*savers), painted=False) as results:
        strip = results.house.find(Filmstrip, "filmstrip")
        rows = {results.output(row).kind: row for row in reversed(range(results.count))}
        assert len(rows) >= 5
        for look in (Theme.LIGHT, Theme.DARK):
            theme.apply(qapp, look)
            for kind, row in rows.items():
                strip.scrollTo(results.panel.model.index(row))
                await results.look_at(row)
                await audit(results.house.window, (kind, look))
        assert strip.isVisible()


async def test_no_output_at_all(tmp_path: Path) -> None:
    async with ran(tmp_path, ow.clip(ow.NOTHING), painted=False) as results:
        await audit(results.house.window)


# Notices


@LOOKS
async def test_notices(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path) as house:
        await house.until_open()
        for notice in (
            Notice(NoticeLevel.INFO, "Saved."),
            Notice(NoticeLevel.WARNING, "Beware.", "Of the dog."),
            Notice(NoticeLevel.ERROR, "It broke.", "Nothing is lost.", "Trace: 1", "Try", int),
        ):
            house.window.notice_line.tell(notice)
            await turn()
            await audit(house.window)
        await house.press("notice_details")
        await audit(house.window)


# Dialogs


@LOOKS
async def test_dialogs(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path) as house:
        await house.until_open()
        for action in DIALOGS:
            await house.trigger(action)
            dialog = await until_ready(house, action)
            await audit(dialog, action)
            for field in dialog.findChildren(QLineEdit):
                if field.isEnabled() and not field.isReadOnly():
                    # What a field has only while something is in it.
                    field.setText("something else")
            await turn()
            await audit(dialog, f"{action}, filled in")
            dialog.close()
            if house.there(QDialog, "confirm_discard"):
                await audit(house.find(QDialog, "confirm_discard"), f"leaving {action}")
                await house.press("confirm_discard_yes")
            await until(lambda: shown_dialog(house) is None)


@LOOKS
async def test_dialogs_that_no_action_of_the_menus_opens(
    tmp_path: Path, qapp: QApplication, look: Theme
) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.preferences.set(ask_from_jobs=1)
        await house.press("run")
        await audit_and_leave(house, "the question before a run")
        large = MediaFile("forest.png", "ab.png", "ab", "image/png", 2**20, 800, 600)
        ask_about_size(house.window, [large], lambda _shrinks: None)
        await audit_and_leave(house, "the question about large pictures")
        LinkDialog(QUrl("https://www.runcomfy.com/x"), house.window).open()
        await audit_and_leave(house, "a link")
        for row in house.parts.catalogue.state.deployments[:2]:
            house.window.open_arrival(deployment_link(row.deployment_id))
        await audit_and_leave(house, "the question about a link from outside")


@LOOKS
async def test_pages_of_the_settings(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("settings")
        dialog = await until_ready(house, "settings")
        for page, field in (("jobs", "in_flight"), ("money", "day_limit_usd")):
            await house.press(f"settings_{page}")
            await audit(dialog, page)
            house.find(QLineEdit, field).setText("many")
            await turn()
            await audit(dialog, f"{page} with a fault")
            house.find(QLineEdit, field).clear()
        await house.press("settings_network")
        await audit(dialog, "network")
        house.find(QComboBox, "proxy_mode").setCurrentIndex(2)
        await turn()
        await audit(dialog, "a proxy of one's own")
        house.find(QLineEdit, "proxy_address").setText("proxy.example")
        house.find(QLineEdit, "ca_file").setText(str(tmp_path))
        await until(lambda: house.there(QWidget, "ca_fault"))
        await audit_and_leave(house, "network with faults")


@LOOKS
async def test_dialogs_of_jobs(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    queue = ScriptedQueue(
        job("unknown", JobState.UNCERTAIN),
        job("broken", JobState.FAILED, reason="Out of memory.", technical="CUDA: 1\nCUDA: 2"),
        job("one", JobState.RUNNING),
        job("two", JobState.WAITING),
        job("limit", JobState.HELD, hold=Hold.DAY_LIMIT),
    )
    async with open_house(tmp_path) as house:
        await house.until_open()
        panel = house.window.docks.jobs_panel
        assert panel is not None
        panel.attach(queue.as_queue())
        await turn()
        for job_id in ("unknown", "broken", "limit"):
            panel.select_job(job_id)
            await turn()
            (button,) = [each for each in panel.findChildren(JobButton) if each.job_id == job_id]
            await house.click(button)
            await audit_and_leave(house, job_id)
        await house.press("cancel_all_jobs")
        await audit_and_leave(house, "cancel all")
        panel.retry_failed()
        if shown_dialog(house) is not None:
            await audit_and_leave(house, "retry")


@LOOKS
async def test_updates(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path) as house:
        await house.until_open()
        for part in (updates.NEWER, updates.SAME, reply(404), never_answer):
            async with updates.lent(house, part) as lent:
                await house.trigger("check_updates")
                if part is not never_answer:
                    await until(lambda: lent.state.phase is not UpdatePhase.ASKING)
                await audit_and_leave(house, part)


async def audit_and_leave(house: House, what: object) -> None:
    await turn()
    dialog = shown_dialog(house)
    assert dialog is not None, what
    await audit(dialog, what)
    dialog.close()
    await until(lambda: shown_dialog(house) is None)


async def test_no_start_at_all() -> None:
    box = no_start("Another window uses this folder.")
    await put_up(box, 400, 200)
    assert faults_of(box) == []
    box.close()


# Menus and docks


async def test_menus(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        # Qt's own, for what does not fit, have no name.
        menus = [each for each in house.window.findChildren(QMenu) if each.objectName()]
        assert len(menus) > 6
        for menu in menus:
            assert menu.accessibleName() or menu.title(), menu.objectName()
            assert faults_of(menu) == []


@LOOKS
async def test_floating_docks(tmp_path: Path, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look)
    async with open_house(tmp_path) as house:
        await house.until_open()
        for dock in house.window.docks.all():
            dock.setFloating(True)
            await turn()
            assert house.find(QToolButton, f"close_{dock.name}_dock").isVisible()
            await audit(dock, dock.name)
        await audit(house.window, "without its docks")
        assert house.find(QPushButton, "run").isVisible()
