"""The window of a grid: it opens by itself, fills, leads to pictures, and tries cells again.

What the whole program has to do with it comes last; before it the desk of grids is alone with its
grids and jobs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QSlider, QToolButton

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.sweep.spec import ListSpec, ReplaceSpec, SweepSpec
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.ui.focus_order import reading_order
from runcomfy_desktop.ui.sweep.grid.view import MOST, USUAL
from tests.gui.support.audit import faults_of
from tests.gui.support.grid_room import cell, click, open_room, said, spoken, until_said
from tests.gui.support.hands import find
from tests.gui.support.house import House, open_house, put_up, turn
from tests.gui.support.jobs_hands import click_row, panel_on
from tests.gui.support.queue_kit import ScriptedQueue, done
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.sweep.grid.window import GridWindow
    from tests.gui.support.grid_room import GridRoom

S = JobState
K = Qt.Key
SLOW = Pace(cold_start_s=60.0, run_s=60.0, cancel_lag_s=0.1)


async def press(window: GridWindow, name: str) -> None:
    button = find(window, QPushButton, name)
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    await turn()


def submits(room: GridRoom) -> int:
    return room.grids.bench.received("submit")


async def test_a_failed_cell_says_why_and_is_tried_again_by_its_button(tmp_path: Path) -> None:
    async with open_room(tmp_path, faults="status-422@submit:4") as room:
        window = await room.begin()
        await until_said(window, "0 of 4 done, 4 failed")
        assert spoken(window, 0).startswith("steps 4, “blue” in text blue: Failed")
        room.grids.bench.strike("")
        await click(window, 1, bottom=True)
        await until(lambda: room.state(window, 1) is S.DONE)
        await until_said(window, "1 of 4 done, 3 failed")
        # The keyboard's way, and the button's below.
        window.view.setCurrentIndex(cell(window, 0))
        QTest.keyClick(window.view, K.Key_R)
        await until(lambda: room.state(window, 0) is S.DONE)
        window.view.setCurrentIndex(cell(window, 0, 1))
        await press(window, "grid_retry")
        await until(lambda: room.state(window, 2) is S.DONE)
        await until_said(window, "3 of 4 done, 1 failed")
        await press(window, "grid_retry_failed")
        await until_said(window, "4 of 4 done")
        assert submits(room) == 8


async def test_a_finished_cell_shows_its_picture(tmp_path: Path) -> None:
    async with open_room(tmp_path, painted=True) as room:
        window = await room.begin(SweepSpec((ListSpec(room.grids.key("steps"), "4"),)))
        await until_said(window, "1 of 1 done")

        def colours() -> set[int]:
            area = window.view.visualRect(cell(window, 0))
            place = QRect(area.center() - QPoint(32, 32), QSize(64, 64))
            image = window.view.viewport().grab(place).toImage()
            steps = range(4, 60, 4)
            return {QColor(image.pixelColor(x, y)).rgb() for x in steps for y in steps}

        await until(lambda: len(colours()) > 20)


async def test_a_picture_that_was_fetched_again_is_shown_as_it_is_now(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.grids.bench.strike("truncated@download:3")
        window = await room.begin(SweepSpec((ListSpec(room.grids.key("steps"), "4"),)))
        await until_said(window, "1 of 1 done")
        queue = room.grids.bench.queue
        (job,) = queue.jobs.values()
        (made,) = job.outputs
        pictures = window.view._pictures
        await until(lambda: pictures.get(made.path).fault)
        queue.fetch_again(job.job_id)
        await until(lambda: pictures.get(made.path).pixmap is not None)


async def test_a_question_that_is_answered_twice_is_answered_once(tmp_path: Path) -> None:
    async with open_room(tmp_path, faults="status-422@submit:4") as room:
        window = await room.begin()
        await until_said(window, "0 of 4 done, 4 failed")
        room.grids.bench.strike("")
        room.grids.bench.preferences.set(ask_from_jobs=1)
        await press(window, "grid_retry_failed")
        yes = find(window, QPushButton, "confirm_run_yes")
        yes.click()
        yes.click()
        await until_said(window, "4 of 4 done")
        assert submits(room) == 8
        assert len(room.grids.bench.queue.jobs) == 8


async def test_a_done_cell_has_no_retry(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        await until_said(window, "4 of 4 done")
        assert not find(window, QPushButton, "grid_cancel").isEnabled()
        assert not find(window, QPushButton, "grid_retry_failed").isEnabled()
        await click(window, 1, bottom=True)
        QTest.keyClick(window.view, K.Key_R)
        await turn()
        assert not find(window, QPushButton, "grid_retry").isEnabled()
        assert len(room.grids.bench.queue.jobs) == 4


async def test_the_rest_is_cancelled_after_a_question(tmp_path: Path) -> None:
    async with open_room(tmp_path, cloud=SLOW) as room:
        window = await room.begin()
        await press(window, "grid_cancel")
        yes = find(window, QPushButton, "cancel_question_yes")
        assert yes.text() == "Cancel 4 jobs"
        await press(window, "cancel_question_yes")
        await until_said(window, "0 of 4 done, 4 cancelled")


async def test_the_third_axis_is_chosen_above(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        spec = room.two_by_two()
        spec = SweepSpec((*spec.axes, ListSpec(room.grids.key("cfg"), "1, 2")))
        window = await room.begin(spec)
        assert spoken(window, 0, 0).startswith("steps 4, “blue” in text blue, cfg 1")
        pages = find(window, QComboBox, "grid_page")
        assert [pages.itemText(each) for each in range(2)] == ["1", "2"]
        pages.setFocus()
        QTest.keyClick(pages, K.Key_Down)
        await turn()
        assert spoken(window, 0, 0).startswith("steps 4, “blue” in text blue, cfg 2")
        assert window.view.current_cell == 4
        await until_said(window, "8 of 8 done")


async def test_cells_grow_with_the_slider_and_the_wheel(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        slider = find(window, QSlider, "grid_size")
        before = window.view.visualRect(cell(window, 0)).width()
        slider.setFocus()
        QTest.keyClick(slider, K.Key_Right)
        await turn()
        assert window.view.visualRect(cell(window, 0)).width() > before
        QTest.keyClick(slider, K.Key_End)
        await turn()
        assert window.view.visualRect(cell(window, 0)).width() == MOST


async def test_a_grid_is_forgotten_after_a_question(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        await until_said(window, "4 of 4 done")
        sweep_id = window.sweep.sweep_id
        more = find(window, QToolButton, "grid_more")
        QTest.mouseClick(more, Qt.MouseButton.LeftButton)
        await turn()
        menu = find(window, QMenu, "grid_more_menu")
        assert menu.isVisible()
        [entry] = menu.actions()
        assert entry.text() == "&Forget grid…"
        menu.setActiveAction(entry)
        QTest.keyClick(menu, K.Key_Return)
        await turn()
        await press(window, "forget_grid_yes")
        await until(lambda: room.desk.window_of(sweep_id) is None)
        assert room.sweeps.state.sweeps == ()
        assert len(room.grids.bench.queue.jobs) == 4


async def test_what_takes_a_grid_away_stands_apart_and_comes_last(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        stops = [each.objectName() for each in reading_order(window)]
        assert stops[-3:] == ["grid_export", "grid_cancel", "grid_more"]


async def test_a_run_that_is_taken_out_of_the_list_leaves_a_word(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        await until_said(window, "4 of 4 done")
        job = room.sweeps.job_at(window.sweep.sweep_id, 0)
        assert job is not None
        room.grids.bench.queue.remove_many([job.job_id])
        await until(lambda: spoken(window, 0).endswith("Removed"))
        await until_said(window, "3 of 4 done")


@pytest.mark.parametrize("width", [640, 1040])
async def test_everything_has_a_name_and_a_place(tmp_path: Path, width: int) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        await until_said(window, "4 of 4 done")
        await put_up(window, width, 600)
        faults = faults_of(window)
        assert faults == [], "\n".join(faults)


async def test_the_size_of_cells_is_kept(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        find(window, QSlider, "grid_size").setFocus()
        QTest.keyClick(find(window, QSlider, "grid_size"), K.Key_End)
        assert (await room.reopened(window)).cell_size == MOST


async def test_a_small_grid_fills_its_window_until_a_size_is_chosen(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        window = await room.begin()
        across = window.view.horizontalHeader()
        assert window.cell_size > USUAL
        assert across.length() <= window.view.viewport().width()
        assert window.view.verticalHeader().length() <= window.view.viewport().height()
        assert window.is_fitted
        assert (await room.reopened(window)).is_fitted


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("cells", [(-1, -1), (0, 1)])
def test_only_a_batch_that_is_a_grid_has_a_way_to_one(cells: tuple[int, int]) -> None:
    one, two = (done(f"job-{n}", batch_id="b", cell=cell) for n, cell in enumerate(cells))
    panel = panel_on(ScriptedQueue(one, two))
    click_row(panel, one.job_id)
    assert find(panel, QPushButton, "show_grid").isVisible() == (cells[0] >= 0)


# In the program


def key(house: House, name: str) -> InputKey:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return next(each for each in draft.workflow.input_keys() if each.name == name)


async def begin(house: House) -> GridWindow:
    """Sends two by two cells as the dialog does; their window, which opens by itself. Their
    pictures have one pixel."""
    await house.until_open()
    axes = ListSpec(key(house, "steps"), "4, 8"), ReplaceSpec(key(house, "text"), "blue, red")
    problems: list[Problem] = []
    run = house.window._deeds.run_grid
    house.parts.sweeps.prepare(SweepSpec(axes), run, problems.append)
    await until(lambda: bool(problems) or len(house.parts.sweeps.state.sweeps) > 0)
    assert problems == []
    sweep = house.parts.sweeps.state.sweeps[0]
    await until(lambda: house.window._desks.sweeps.window_of(sweep.sweep_id) is not None)
    window = window_of(house, sweep)
    await turn()
    return window


def window_of(house: House, sweep: Sweep) -> GridWindow:
    window = house.window._desks.sweeps.window_of(sweep.sweep_id)
    assert window is not None
    return window


async def test_the_window_opens_by_itself_fills_and_leads_to_outputs(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        window = await begin(house)
        assert window.isVisible()
        assert window.windowTitle().startswith("Grid: steps × “blue” in text")
        assert said(window, "grid_axes") == "Across: steps. Down: “blue” in text."
        heads = [window.model.headerData(n, Qt.Orientation.Horizontal) for n in range(2)]
        assert heads == ["4", "8"]
        assert window.model.headerData(1, Qt.Orientation.Vertical) == "red"
        await until_said(window, "4 of 4 done")
        assert spoken(window, 1, 1) == "steps 8, “blue” in text red: Done"
        await cells_lead_to_outputs(house, window)


async def cells_lead_to_outputs(house: House, window: GridWindow) -> None:
    window.activateWindow()
    window.view.setFocus()
    QTest.keyClick(window.view, K.Key_Right)
    QTest.keyClick(window.view, K.Key_Down)
    await turn()
    assert window.view.current_cell == 3
    job = house.parts.sweeps.job_at(window.sweep.sweep_id, 3)
    panel = house.window.docks.output_panel
    assert job is not None
    assert panel is not None
    assert panel.job_id == job.job_id
    await click(window, 0, 1)
    assert window.view.current_cell == 2
    house.window.docks.output.hide()
    QTest.keyClick(window.view, K.Key_Return)
    await turn()
    assert house.window.docks.output.isVisible()
    # A run that only the history has, beside the queue's list.
    window.opened.emit(replace(job, job_id="older"))
    await turn()
    assert panel.job_id == "older"
    assert panel.model.rowCount() == len(job.outputs)


async def test_a_grid_is_found_again_in_menu_and_queue(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        menu = house.window.findChild(QMenu, "grids_menu")
        assert menu is not None
        await house.until_open()
        assert not menu.isEnabled()
        window = await begin(house)
        await until_said(window, "4 of 4 done")
        window.close()
        await turn()
        assert house.window._desks.sweeps.window_of(window.sweep.sweep_id) is None
        [action] = menu.actions()
        assert action.text() == "steps × “blue” in text"
        action.trigger()
        await turn()
        again = window_of(house, house.parts.sweeps.state.sweeps[0])
        assert said(again) == "4 of 4 done"
        again.close()
        await turn()
        job = house.parts.sweeps.job_at(house.parts.sweeps.state.sweeps[0].sweep_id, 0)
        assert job is not None
        house.window.docks.show_job(job.job_id)
        await turn()
        await house.press("show_grid")
        assert window_of(house, house.parts.sweeps.state.sweeps[0]).isVisible()
