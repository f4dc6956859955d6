"""The window of a grid: it opens automatically, fills, shows pictures, and retries cells.

The tests with the whole program come last; before them, the grid controller is alone with its grids
and jobs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QSlider, QToolButton

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.sweeps.spec import ListSpec, ReplaceSpec, SweepSpec
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.ui.sweeps.grid_view import DEFAULT_CELL_SIZE, MAX_CELL_SIZE
from runcomfy_desktop.ui.widgets.focus_order import reading_order
from tests.gui.support.accessibility_audit import accessibility_errors
from tests.gui.support.grid_window_harness import (
    accessible_text,
    cell,
    click,
    label_text,
    open_grid_window_harness,
    wait_until_label,
)
from tests.gui.support.gui_program import (
    GuiProgram,
    open_program,
    process_events_async,
    show_window,
)
from tests.gui.support.jobs_panel import click_row, show_jobs_panel
from tests.gui.support.scripted_queue import ScriptedQueue, done_job
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.sweeps.grid_window import GridWindow
    from tests.gui.support.grid_window_harness import GridWindowHarness

S = JobState
K = Qt.Key
SLOW = EmulatorTiming(cold_start_s=60.0, run_s=60.0, cancel_delay_s=0.1)


async def press(window: GridWindow, name: str) -> None:
    button = find(window, QPushButton, name)
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    await process_events_async()


def submits(harness: GridWindowHarness) -> int:
    return harness.grid_harness.queue_harness.received_count("submit")


async def test_a_failed_cell_says_why_and_is_tried_again_by_its_button(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path, faults="status-422@submit:4") as harness:
        window = await harness.begin()
        await wait_until_label(window, "0 of 4 done, 4 failed")
        assert accessible_text(window, 0).startswith("steps 4, “blue” in text blue: Failed")
        harness.grid_harness.queue_harness.set_faults("")
        await click(window, 1, bottom=True)
        await wait_until(lambda: harness.state(window, 1) is S.DONE)
        await wait_until_label(window, "1 of 4 done, 3 failed")
        # By keyboard here, and with the button below.
        window.view.setCurrentIndex(cell(window, 0))
        QTest.keyClick(window.view, K.Key_R)
        await wait_until(lambda: harness.state(window, 0) is S.DONE)
        window.view.setCurrentIndex(cell(window, 0, 1))
        await press(window, "grid_retry")
        await wait_until(lambda: harness.state(window, 2) is S.DONE)
        await wait_until_label(window, "3 of 4 done, 1 failed")
        await press(window, "grid_retry_failed")
        await wait_until_label(window, "4 of 4 done")
        assert submits(harness) == 8


async def test_a_finished_cell_shows_its_picture(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path, painted=True) as harness:
        window = await harness.begin(SweepSpec((ListSpec(harness.grid_harness.key("steps"), "4"),)))
        await wait_until_label(window, "1 of 1 done")

        def colours() -> set[int]:
            area = window.view.visualRect(cell(window, 0))
            place = QRect(area.center() - QPoint(32, 32), QSize(64, 64))
            image = window.view.viewport().grab(place).toImage()
            steps = range(4, 60, 4)
            return {QColor(image.pixelColor(x, y)).rgb() for x in steps for y in steps}

        await wait_until(lambda: len(colours()) > 20)


async def test_a_picture_that_was_fetched_again_is_shown_as_it_is_now(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        harness.grid_harness.queue_harness.set_faults("truncated@download:3")
        window = await harness.begin(SweepSpec((ListSpec(harness.grid_harness.key("steps"), "4"),)))
        await wait_until_label(window, "1 of 1 done")
        queue = harness.grid_harness.queue_harness.queue
        (job,) = queue.jobs.values()
        (made,) = job.outputs
        pictures = window.view._thumbnails
        await wait_until(lambda: pictures.get(made.path).error)
        queue.fetch_again(job.job_id)
        await wait_until(lambda: pictures.get(made.path).pixmap is not None)


async def test_a_question_that_is_answered_twice_is_answered_once(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path, faults="status-422@submit:4") as harness:
        window = await harness.begin()
        await wait_until_label(window, "0 of 4 done, 4 failed")
        harness.grid_harness.queue_harness.set_faults("")
        harness.grid_harness.queue_harness.preferences.set(ask_from_jobs=1)
        await press(window, "grid_retry_failed")
        yes = find(window, QPushButton, "confirm_run_yes")
        yes.click()
        yes.click()
        await wait_until_label(window, "4 of 4 done")
        assert submits(harness) == 8
        assert len(harness.grid_harness.queue_harness.queue.jobs) == 8


async def test_a_done_cell_has_no_retry(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        await wait_until_label(window, "4 of 4 done")
        assert not find(window, QPushButton, "grid_cancel").isEnabled()
        assert not find(window, QPushButton, "grid_retry_failed").isEnabled()
        await click(window, 1, bottom=True)
        QTest.keyClick(window.view, K.Key_R)
        await process_events_async()
        assert not find(window, QPushButton, "grid_retry").isEnabled()
        assert len(harness.grid_harness.queue_harness.queue.jobs) == 4


async def test_the_rest_is_cancelled_after_a_question(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path, timing=SLOW) as harness:
        window = await harness.begin()
        await press(window, "grid_cancel")
        yes = find(window, QPushButton, "cancel_question_yes")
        assert yes.text() == "Cancel 4 jobs"
        await press(window, "cancel_question_yes")
        await wait_until_label(window, "0 of 4 done, 4 cancelled")


async def test_the_third_axis_is_chosen_above(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        spec = harness.two_by_two()
        spec = SweepSpec((*spec.axes, ListSpec(harness.grid_harness.key("cfg"), "1, 2")))
        window = await harness.begin(spec)
        assert accessible_text(window, 0, 0).startswith("steps 4, “blue” in text blue, cfg 1")
        pages = find(window, QComboBox, "grid_page")
        assert [pages.itemText(each) for each in range(2)] == ["1", "2"]
        pages.setFocus()
        QTest.keyClick(pages, K.Key_Down)
        await process_events_async()
        assert accessible_text(window, 0, 0).startswith("steps 4, “blue” in text blue, cfg 2")
        assert window.view.current_cell == 4
        await wait_until_label(window, "8 of 8 done")


async def test_cells_grow_with_the_slider_and_the_wheel(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        slider = find(window, QSlider, "grid_size")
        before = window.view.visualRect(cell(window, 0)).width()
        slider.setFocus()
        QTest.keyClick(slider, K.Key_Right)
        await process_events_async()
        assert window.view.visualRect(cell(window, 0)).width() > before
        QTest.keyClick(slider, K.Key_End)
        await process_events_async()
        assert window.view.visualRect(cell(window, 0)).width() == MAX_CELL_SIZE


async def test_a_grid_is_forgotten_after_a_question(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        await wait_until_label(window, "4 of 4 done")
        sweep_id = window.sweep.sweep_id
        more = find(window, QToolButton, "grid_more")
        QTest.mouseClick(more, Qt.MouseButton.LeftButton)
        await process_events_async()
        menu = find(window, QMenu, "grid_more_menu")
        assert menu.isVisible()
        [entry] = menu.actions()
        assert entry.text() == "&Forget grid…"
        menu.setActiveAction(entry)
        QTest.keyClick(menu, K.Key_Return)
        await process_events_async()
        await press(window, "forget_grid_yes")
        await wait_until(lambda: harness.controller.window_of(sweep_id) is None)
        assert harness.sweeps.state.sweeps == ()
        assert len(harness.grid_harness.queue_harness.queue.jobs) == 4


async def test_what_takes_a_grid_away_stands_apart_and_comes_last(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        stops = [each.objectName() for each in reading_order(window)]
        assert stops[-3:] == ["grid_export", "grid_cancel", "grid_more"]


async def test_a_run_that_is_taken_out_of_the_list_leaves_a_word(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        await wait_until_label(window, "4 of 4 done")
        job = harness.sweeps.job_at(window.sweep.sweep_id, 0)
        assert job is not None
        harness.grid_harness.queue_harness.queue.remove_many([job.job_id])
        await wait_until(lambda: accessible_text(window, 0).endswith("Removed"))
        await wait_until_label(window, "3 of 4 done")


@pytest.mark.parametrize("width", [640, 1040])
async def test_everything_has_a_name_and_a_place(tmp_path: Path, width: int) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        await wait_until_label(window, "4 of 4 done")
        await show_window(window, width, 600)
        faults = accessibility_errors(window)
        assert faults == [], "\n".join(faults)


async def test_the_size_of_cells_is_kept(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        find(window, QSlider, "grid_size").setFocus()
        QTest.keyClick(find(window, QSlider, "grid_size"), K.Key_End)
        assert (await harness.reopened(window)).cell_size == MAX_CELL_SIZE


async def test_a_small_grid_fills_its_window_until_a_size_is_chosen(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        across = window.view.horizontalHeader()
        assert window.cell_size > DEFAULT_CELL_SIZE
        assert across.length() <= window.view.viewport().width()
        assert window.view.verticalHeader().length() <= window.view.viewport().height()
        assert window.is_fitted
        assert (await harness.reopened(window)).is_fitted


async def test_the_end_of_the_session_closes_the_window_and_keeps_its_size(tmp_path: Path) -> None:
    async with open_grid_window_harness(tmp_path) as harness:
        window = await harness.begin()
        [entry] = harness.menu.actions()
        window.resize(700, 500)
        harness.scope.close()
        assert not window.isVisible()
        assert harness.window_state.value("grid") == window.saveGeometry()
        await process_events_async()
        entry.trigger()
        assert harness.controller.window_of(window.sweep.sweep_id) is None
        harness.menu.reset()
        assert harness.menu.actions() == []
        assert not harness.menu.isEnabled()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("cells", [(-1, -1), (0, 1)])
def test_only_a_batch_that_is_a_grid_has_a_way_to_one(cells: tuple[int, int]) -> None:
    one, two = (done_job(f"job-{n}", batch_id="b", cell=cell) for n, cell in enumerate(cells))
    panel = show_jobs_panel(ScriptedQueue(one, two))
    click_row(panel, one.job_id)
    assert find(panel, QPushButton, "show_grid").isVisible() == (cells[0] >= 0)


# In the program


def key(program: GuiProgram, name: str) -> InputKey:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return next(each for each in draft.workflow.input_keys() if each.name == name)


async def begin(program: GuiProgram) -> GridWindow:
    """Sends two by two cells like the dialog; returns their window, which opens automatically.

    The pictures have one pixel.
    """
    await program.wait_until_open()
    axes = ListSpec(key(program, "steps"), "4, 8"), ReplaceSpec(key(program, "text"), "blue, red")
    problems: list[Problem] = []
    run = program.session.run_controller.run_grid
    program.services.sweeps.planner.prepare(SweepSpec(axes), run, problems.append)
    await wait_until(lambda: bool(problems) or len(program.services.sweeps.state.sweeps) > 0)
    assert problems == []
    sweep = program.services.sweeps.state.sweeps[0]
    sweep_controller = program.session.sweep_controller
    await wait_until(lambda: sweep_controller.window_of(sweep.sweep_id) is not None)
    window = window_of(program, sweep)
    await process_events_async()
    return window


def window_of(program: GuiProgram, sweep: Sweep) -> GridWindow:
    window = program.session.sweep_controller.window_of(sweep.sweep_id)
    assert window is not None
    return window


async def test_the_window_opens_by_itself_fills_and_leads_to_outputs(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        window = await begin(program)
        assert window.isVisible()
        assert window.windowTitle().startswith("Grid: steps × “blue” in text")
        assert label_text(window, "grid_axes") == "Across: steps. Down: “blue” in text."
        heads = [window.model.headerData(n, Qt.Orientation.Horizontal) for n in range(2)]
        assert heads == ["4", "8"]
        assert window.model.headerData(1, Qt.Orientation.Vertical) == "red"
        await wait_until_label(window, "4 of 4 done")
        assert accessible_text(window, 1, 1) == "steps 8, “blue” in text red: Done"
        await cells_lead_to_outputs(program, window)


async def cells_lead_to_outputs(program: GuiProgram, window: GridWindow) -> None:
    window.activateWindow()
    window.view.setFocus()
    QTest.keyClick(window.view, K.Key_Right)
    QTest.keyClick(window.view, K.Key_Down)
    await process_events_async()
    assert window.view.current_cell == 3
    job = program.services.sweeps.job_at(window.sweep.sweep_id, 3)
    panel = program.session.panels.output_panel
    assert job is not None
    assert panel.job_id == job.job_id
    await click(window, 0, 1)
    assert window.view.current_cell == 2
    program.window.docks.output.hide()
    QTest.keyClick(window.view, K.Key_Return)
    await process_events_async()
    assert program.window.docks.output.isVisible()
    # A run that is only in the history, not in the queue's list.
    window.job_opened.emit(replace(job, job_id="older"))
    await process_events_async()
    assert panel.job_id == "older"
    assert panel.model.first_row("older") == panel.model.rowCount() - len(job.outputs)


async def test_a_grid_is_found_again_in_menu_and_queue(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        menu = program.window.findChild(QMenu, "grids_menu")
        assert menu is not None
        await program.wait_until_open()
        assert not menu.isEnabled()
        window = await begin(program)
        await wait_until_label(window, "4 of 4 done")
        window.close()
        await process_events_async()
        assert program.session.sweep_controller.window_of(window.sweep.sweep_id) is None
        [action] = menu.actions()
        assert action.text() == "steps × “blue” in text"
        action.trigger()
        await process_events_async()
        again = window_of(program, program.services.sweeps.state.sweeps[0])
        assert label_text(again) == "4 of 4 done"
        again.close()
        await process_events_async()
        job = program.services.sweeps.job_at(program.services.sweeps.state.sweeps[0].sweep_id, 0)
        assert job is not None
        program.session.panels.show_job(job.job_id)
        await process_events_async()
        await program.press("show_grid")
        assert window_of(program, program.services.sweeps.state.sweeps[0]).isVisible()
