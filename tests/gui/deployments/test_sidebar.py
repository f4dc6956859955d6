"""List of deployments: its rows, opening one, and the text of an empty list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QToolButton,
)

from runcomfy_desktop.core.base.notices import NoticeLevel
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.ui.deployments.deployments_model import (
    DeploymentRole,
    DeploymentsModel,
    summary_line,
)
from tests.gui.support.deployment_details import required_dialog, visible_dialog
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

ONE = Deployment("id-1", "one", "w", "v3", ("AMPERE_48",), status="standby")
TWO = Deployment("id-2", "two", "w", "v1", ("ADA_80_PLUS",), status="standby", is_enabled=False)


def test_facts_in_one_line() -> None:
    assert summary_line(ONE) == "AMPERE_48 · v3 · standby"
    assert summary_line(TWO) == "disabled · refuses runs"
    assert summary_line(Deployment("id", "bare")) == ""


def test_rows_tell_everything_in_words() -> None:
    owner = QObject()
    model = DeploymentsModel(owner)
    model.set_deployments((ONE, TWO), "id-1", "")
    spoken = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in (0, 1)]
    assert spoken == [
        "one, AMPERE_48 · v3 · standby, in use",
        "two, disabled · refuses runs",
    ]
    assert model.index(1).data(DeploymentRole.IS_USABLE) is False
    assert model.row_of("id-2") == 1
    assert model.row_of("id-9") == -1
    assert model.index(0).data(Qt.ItemDataRole.DecorationRole) is None
    assert QModelIndex().data() is None


def test_the_same_ids_keep_their_rows() -> None:
    owner = QObject()
    model = DeploymentsModel(owner)
    model.set_deployments((ONE, TWO), "", "")
    received: list[str] = []
    model.modelReset.connect(lambda: received.append("reset"))
    model.dataChanged.connect(lambda *_range: received.append("changed"))
    model.set_deployments((ONE, TWO), "id-1", "id-2")
    assert received == ["changed"]
    assert model.index(1).data(DeploymentRole.SUMMARY) == "Opening…"
    model.set_deployments((TWO,), "", "")
    assert received == ["changed", "reset"]


def test_a_name_is_one_line_of_plain_text() -> None:
    owner = QObject()
    model = DeploymentsModel(owner)
    model.set_deployments((Deployment("id-1", "a\n<b>\u202eb"), Deployment("id-2", "")), "", "")
    assert model.index(0).data() == "a <b>b"
    assert "&lt;b&gt;" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(1).data() == "id-2"


def the_list(program: GuiProgram) -> QListView:
    return program.find(QListView, "deployments")


def current_row(model: QAbstractItemModel) -> int:
    marks = [model.index(row, 0).data(DeploymentRole.IS_CURRENT) for row in range(model.rowCount())]
    return marks.index(True)


async def test_a_disabled_one_opens_and_says_why_it_cannot_run(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        view = the_list(program)
        listed = program.services.catalogue.state.deployments
        row = next(row for row, each in enumerate(listed) if not each.is_enabled)
        await program.click(view.viewport(), view.visualRect(view.model().index(row, 0)).center())
        await wait_until(lambda: program.services.draft_editor.state.blocked_reason)
        assert "disabled" in program.services.draft_editor.state.blocked_reason


async def test_a_failed_list_says_so_and_tries_again(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await wait_until(lambda: program.is_visible(QLabel, "welcome_footnote"))
        text = program.find(QLabel, "empty_state_text")
        assert text.text()
        panel = program.session.panels.deployments_panel
        program.services.catalogue.refresh()
        await wait_until(lambda: program.services.catalogue.state.problem is not None)
        await process_events_async()
        again = next(each for each in panel.findChildren(QPushButton) if each.isVisible())
        assert again.text() == "Try again"
        problem = program.services.catalogue.state.problem
        assert problem is not None
        shown = [each.text() for each in panel.findChildren(QLabel) if each.isVisible()]
        assert problem.sentence() in shown
        recorded: list[bool] = []
        program.services.catalogue.changed.subscribe(lambda state: recorded.append(state.loading))
        await program.click(again)
        await wait_until(lambda: True in recorded)


async def test_a_list_that_was_not_refreshed_stays_and_says_so(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.emulator.backend.faults.set("unauthorized@list")
        await program.press("refresh_deployments")
        await wait_until(lambda: program.services.catalogue.state.problem is not None)
        await process_events_async()
        assert the_list(program).isVisible()
        stale = program.find(QLabel, "deployments_stale").text()
        assert stale.startswith("As of less than a minute ago. ")
        assert program.find(QToolButton, "refresh_deployments").isEnabled()


async def listed_lora(program: GuiProgram) -> int:
    """Returns the row of a deployment that is known to have no workflow."""
    catalogue = program.services.catalogue
    await wait_until(lambda: len(catalogue.state.kinds) == len(catalogue.state.deployments))
    await process_events_async()
    rows = catalogue.state.deployments
    return next(
        n for n, each in enumerate(rows) if catalogue.state.is_unsupported(each.deployment_id)
    )


async def test_one_without_a_workflow(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (
            one_without_a_workflow_is_greyed_and_explains_itself,
            the_menu_of_deployments_explains_it_too,
            a_rows_menu_comes_by_mouse_and_by_key,
        ):
            await look(program)
            program.window.notice_line.clear()


async def one_without_a_workflow_is_greyed_and_explains_itself(program: GuiProgram) -> None:
    view = the_list(program)
    index = view.model().index(await listed_lora(program), 0)
    assert index.data(DeploymentRole.IS_USABLE) is False
    assert index.data(DeploymentRole.SUMMARY) == "no workflow (LoRA)"
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
        assert "has no ComfyUI workflow" in index.data(role)
    reads = program.call_count("read")
    await program.click(view.viewport(), view.visualRect(index).center())
    note = program.find(QLabel, "deployments_note")
    assert note.isVisible()
    assert "has no ComfyUI workflow" in note.text()
    assert program.notices() == []
    assert program.call_count("read") == reads
    assert program.services.catalogue.state.opening_id == ""
    await program.click(view.viewport(), view.visualRect(view.model().index(1, 0)).center())
    assert not note.isVisible()


async def the_menu_of_deployments_explains_it_too(program: GuiProgram) -> None:
    row = await listed_lora(program)
    menu = program.find(QMenu, "choose_deployment_menu")
    action = menu.actions()[row]
    assert action.text().endswith("(no workflow)")
    action.trigger()
    await process_events_async()
    notice = program.window.notice_line.notices[0]
    assert notice.level is NoticeLevel.INFO
    assert "has no ComfyUI workflow" in notice.title


async def a_rows_menu_comes_by_mouse_and_by_key(program: GuiProgram) -> None:
    view = the_list(program)
    row = await listed_lora(program)
    view.setFocus()
    view.setCurrentIndex(view.model().index(row, 0))
    for reason in (QContextMenuEvent.Reason.Keyboard, QContextMenuEvent.Reason.Mouse):
        at = view.visualRect(view.model().index(row, 0)).center()
        where = view.viewport().mapToGlobal(at)
        event = QContextMenuEvent(reason, at, where)
        QApplication.sendEvent(view.viewport(), event)
        await process_events_async()
        menu = program.find(QMenu, "deployment_row_menu")
        names = [each.objectName() for each in menu.actions() if not each.isSeparator()]
        assert names == [
            "row_open",
            "row_details",
            "row_toggle",
            "row_free",
            "row_copy_id",
            "row_copy_link",
            "row_delete",
        ]
        details = next(each for each in menu.actions() if each.objectName() == "row_details")
        menu.close()
        details.trigger()
        await process_events_async()
        shown = required_dialog(program, "deployment_details")
        assert "has no ComfyUI workflow" in program.find(QLabel, "details_kind").text()
        shown.close()
        await process_events_async()


async def focus_on(program: GuiProgram, view: QListView) -> None:
    program.window.activateWindow()
    view.setFocus()
    await wait_until(view.hasFocus)


async def test_keys_open_one_or_the_details_of_the_row(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        view = the_list(program)
        view.setFocus()
        view.setCurrentIndex(view.model().index(0, 0))
        before = current_row(view.model())
        await program.key(Qt.Key.Key_Down)
        assert view.currentIndex().row() == 1
        assert current_row(view.model()) == before
        for key, keys in (
            (Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier),
            (Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier),
        ):
            await focus_on(program, view)
            # While the list has no focus, each change moves its selection to the open deployment.
            view.setCurrentIndex(view.model().index(1, 0))
            await program.key(key, keys)
            shown = required_dialog(program, "deployment_details")
            name = program.services.catalogue.state.deployments[1].name
            assert shown.windowTitle() == f"Deployment {name}", key
            shown.close()
            await wait_until(lambda: visible_dialog(program, "deployment_details") is None)
        await focus_on(program, view)
        view.setCurrentIndex(view.model().index(1, 0))
        await program.key(Qt.Key.Key_Return)
        await wait_until(lambda: current_row(view.model()) == 1)
        assert view.hasFocus()
