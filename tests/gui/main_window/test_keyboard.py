"""The window without a mouse: Tab leads everywhere and wraps around, arrows and Escape work."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QWidget,
)

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.widgets.focus_order import reading_order
from runcomfy_desktop.ui.widgets.panel_dock import PanelDock
from tests.gui.support.focus import (
    DIALOGS,
    MAX_TAB_STOPS,
    focus,
    is_in_tree,
    name,
    open_dialog_by_action,
    shown_dialog,
    tab_order,
)
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from PySide6.QtGui import QAction

K = Qt.Key
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
# One widget in each region of the window.
REGIONS = (
    "deployment",
    "refresh_deployments",
    "inputs_filter",
    "inputs_tree",
    "jobs_table",
    "use_these_inputs",
    "status_online",
)


@asynccontextmanager
async def open_program_with_result(folder: Path) -> AsyncIterator[GuiProgram]:
    async with open_program(folder) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE])
        viewer = program.find(QWidget, "picture_view")
        await wait_until(lambda: viewer.accessibleName().endswith("Picture"))
        await process_events_async()
        yield program


def outside_the_tree(way: list[str]) -> list[str]:
    return [each for each in way if not is_in_tree(each)]


async def test_tab_comes_round_from_every_region_and_leaves_nothing_out(tmp_path: Path) -> None:
    async with open_program_with_result(tmp_path) as program:
        met: list[str] = []
        for region in REGIONS:
            start = program.find(QWidget, region)
            met = await tab_order(start)
            back = await tab_order(start, K.Key_Backtab)
            back = back[:1] + back[:0:-1]
            assert outside_the_tree(back) == outside_the_tree(met), f"from {region}"
        # A dock behind another tab is not visible.
        behind = [each for each in program.window.findChildren(PanelDock) if not each.is_in_front]
        stops = [
            name(each)
            for each in program.window.findChildren(QWidget)
            if each.isVisible()
            and not any(dock.isAncestorOf(each) for dock in behind)
            and each.isEnabled()
            and each.focusProxy() is None
            and each.window() is program.window
            and each.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
        ]
        assert set(outside_the_tree(stops)) == set(outside_the_tree(met))


async def test_from_an_open_input_tab_goes_on_to_the_last_and_out(tmp_path: Path) -> None:
    async with open_program_with_result(tmp_path) as program:
        first, last = InputKey("189", "image"), InputKey("136", "filename_prefix")
        out = await way_out_of_the_tree(program, first, K.Key_Tab)
        assert out == "jobs_today “Today, 1 job”"
        out = await way_out_of_the_tree(program, last, K.Key_Backtab)
        assert out == "inputs_banner_hide “Hide this line”"


async def way_out_of_the_tree(program: GuiProgram, key: InputKey, which: Qt.Key) -> str:
    """Returns the widget to which `which` leads from an open input, out of the tree."""
    program.session.inputs.jump_to(key)
    program.find(QWidget, "inputs_tree").setFocus()
    await program.key(K.Key_Return)
    met = [name(focus())]
    while is_in_tree(met[-1]) and len(met) < MAX_TAB_STOPS:
        QTest.keyClick(focus(), which, SHIFT if which is K.Key_Backtab else NONE)
        await process_events_async()
        assert name(focus()) not in met, f"round in circles: {met}"
        met.append(name(focus()))
    assert "input_editor “text”" in met
    assert "input_editor “denoise”" in met
    return met[-1]


async def test_tab_stays_out_of_a_floating_dock_and_goes_round_inside(tmp_path: Path) -> None:
    async with open_program_with_result(tmp_path) as program:
        dock = program.window.docks.output
        inner = [name(each) for each in reading_order(dock)]
        dock.setFloating(True)
        program.window.activateWindow()
        await process_events_async()
        way = await tab_order(program.find(QWidget, "deployment"))
        assert not set(inner) & set(way)
        dock.activateWindow()
        await process_events_async()
        inside = await tab_order(program.find(QPushButton, "use_these_inputs"))
        assert set(inside) == set(inner)


# F6


async def parts_by_f6(program: GuiProgram, keys: Qt.KeyboardModifier = NONE) -> list[str]:
    """Returns the parts that F6 reaches, from the deployments until it returns to them."""
    start = program.find(QWidget, "deployments")
    program.window.activateWindow()
    start.setFocus()
    await wait_until(lambda: QApplication.focusWidget() is start)
    met = [start.objectName()]
    for _step in range(MAX_TAB_STOPS):
        await program.key(K.Key_F6, keys)
        if focus() is start:
            return met
        assert focus().objectName() != met[-1], f"F6 stays on {met[-1]}"
        met.append(focus().objectName())
    raise AssertionError(f"F6 does not come round: {met}")


PARTS = ["deployments", "inputs_tree", "jobs_table", "filmstrip", "status_online", "run"]


async def test_f6_goes_from_part_to_part_of_the_window_and_comes_back(tmp_path: Path) -> None:
    async with open_program_with_result(tmp_path) as program:
        assert await parts_by_f6(program) == PARTS
        assert await parts_by_f6(program, SHIFT) == PARTS[:1] + PARTS[:0:-1]
        program.find(QLineEdit, "inputs_filter").setFocus()
        await program.key(K.Key_F6)
        assert focus().objectName() == "jobs_table"
        await program.key(K.Key_F6, SHIFT)
        assert focus().objectName() == "inputs_filter", "where the keyboard was"
        for key in (InputKey("6", "text"), InputKey("189", "image"), InputKey("31", "steps")):
            program.session.inputs.jump_to(key)
            program.find(QWidget, "inputs_tree").setFocus()
            await program.key(K.Key_Return)
            assert is_in_tree(name(focus()))
            await program.key(K.Key_F6)
            assert focus().objectName() == "jobs_table", f"out of the open {key}"


async def test_f6_leads_into_floating_docks_and_out_past_closed_ones(tmp_path: Path) -> None:
    async with open_program_with_result(tmp_path) as program:
        docks = program.window.docks
        docks.queue.setFloating(True)
        docks.output.setFloating(True)
        await process_events_async()
        assert await parts_by_f6(program) == PARTS
        assert await parts_by_f6(program, SHIFT) == PARTS[:1] + PARTS[:0:-1]
        docks.queue.hide()
        assert await parts_by_f6(program) == [each for each in PARTS if each != "jobs_table"]


# Dialogs


async def test_in_a_dialog_tab_goes_as_one_reads_and_escape_leaves(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        before = program.find(QLineEdit, "inputs_filter")
        for action in DIALOGS:
            before.setFocus()
            await program.trigger(action)
            await go_round_dialog(program, before, action)


async def test_the_dialogs_of_a_job_are_left_by_escape(tmp_path: Path) -> None:
    async with open_program(tmp_path, faults="drop-answer") as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.UNCERTAIN])
        await program.wait_until_jobs_shown()
        button = program.find(JobButton, "job_button")
        button.setFocus()
        await program.key(K.Key_Space)
        await go_round_dialog(program, button, "resolve")
        assert program.states() == [JobState.UNCERTAIN]


async def go_round_dialog(program: GuiProgram, before: QWidget, action: str) -> None:
    dialog = await open_dialog_by_action(program, action)
    stops = list(reading_order(dialog))
    assert focus() in stops, f"a dialog has the keyboard at once: {action}"
    assert await tab_order(stops[0]) == [name(each) for each in stops], action
    await tab_order(stops[0], K.Key_Backtab)
    QTest.keyClick(focus(), K.Key_Escape)
    await wait_until(lambda: shown_dialog(program) is None)
    program.window.activateWindow()
    await wait_until(lambda: QApplication.focusWidget() is before)


# Menus


async def test_every_menu_opens_by_its_letter_and_every_action_is_met_by_arrow_keys(
    tmp_path: Path,
) -> None:
    async with open_program_with_result(tmp_path) as program:
        await open_each_menu_by_its_letter(program)
        bar = program.window.menuBar()
        for action in bar.actions():
            menu = action.menu()
            assert isinstance(menu, QMenu)
            bar.setActiveAction(action)
            await process_events_async()
            assert menu.isVisible()
            met = await walk_menu(menu)
            entries = [each for each in menu.actions() if not each.isSeparator()]
            wanted = [each.text() for each in entries if each.isVisible() and each.isEnabled()]
            assert met == wanted
            QTest.keyClick(menu, K.Key_Escape)
            await process_events_async()
            assert not menu.isVisible()
            QTest.keyClick(bar, K.Key_Escape)
        program.find(QLineEdit, "inputs_filter").setFocus()
        assert focus().objectName() == "inputs_filter"


async def walk_menu(menu: QMenu) -> list[str]:
    """Returns the entries that Down reaches, until it is back at the first."""
    met: list[str] = []
    for _step in range(MAX_TAB_STOPS):
        # There is no active action at first, which the type stubs do not know.
        active = cast("QAction | None", menu.activeAction())
        if active is not None and active.text() in met:
            break
        if active is not None:
            met.append(active.text())
        QTest.keyClick(menu, K.Key_Down)
        await process_events_async()
    return met


async def open_each_menu_by_its_letter(program: GuiProgram) -> None:
    program.find(QLineEdit, "inputs_filter").setFocus()
    for action in program.window.menuBar().actions():
        menu, letter = action.menu(), action.text().partition("&")[2][:1].upper()
        assert isinstance(menu, QMenu)
        QTest.keyClick(focus(), K(ord(letter)), ALT)
        await process_events_async()
        assert menu.isVisible(), action.text()
        QTest.keyClick(menu, K.Key_Escape)
        QTest.keyClick(program.window.menuBar(), K.Key_Escape)
        await process_events_async()
        assert not menu.isVisible(), action.text()
        assert focus().objectName() == "inputs_filter", "the keyboard comes back"


# The queue


async def test_arrow_keys_reach_every_cell_of_the_queue_and_enter_and_space_do_the_rows_deed(
    tmp_path: Path,
) -> None:
    async with open_program_with_result(tmp_path) as program:
        await program.press("run")
        await wait_until(lambda: program.states() == [JobState.DONE] * 2)
        await program.wait_until_jobs_shown()
        table = program.find(QTableView, "jobs_table")
        table.setFocus()
        table.setCurrentIndex(table.model().index(0, 0))
        met = {(0, 0)}
        for row, keys in ((0, K.Key_Right), (1, K.Key_Left)):
            for _column in range(len(JobColumn)):
                current = table.currentIndex()
                met.add((current.row(), current.column()))
                await program.key(keys)
            if row == 0:
                await program.key(K.Key_Down)
        shown = [column for column in JobColumn if not table.isColumnHidden(column)]
        assert met == {(row, int(column)) for row in range(2) for column in shown}
        assert table.hasFocus()
        program.window.docks.output.hide()
        await program.key(K.Key_Space)
        assert program.is_visible(QWidget, "full_view_area")
        await program.key(K.Key_Escape)
        assert table.hasFocus()
        await program.key(K.Key_Return)
        assert program.window.docks.output.isVisible()
