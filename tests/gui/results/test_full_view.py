"""The full view: the viewer alone over the window, and the ways into it and back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QToolButton, QWidget

from runcomfy_desktop.ui.results.full_view import FullView
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.run_results import RunResults, run_workflow
from tests.support import output_workflows as ow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")


@asynccontextmanager
async def results_of_clip(folder: Path) -> AsyncIterator[RunResults]:
    async with run_workflow(folder, ow.clip(ow.SAVE_WEBP, ow.SAVE_PNG)) as results:
        await results.wait_until_picture()
        yield results


def is_full(results: RunResults) -> bool:
    area = results.program.window.findChild(FullView)
    viewer = results.panel.viewer
    assert viewer.isVisible()
    inside = area is not None and area.isVisible()
    assert inside == (area is not None and area.isAncestorOf(viewer))
    assert inside != results.panel.isAncestorOf(viewer)
    return inside


async def test_space_shows_the_viewer_alone_and_again_leads_back(tmp_path: Path) -> None:
    async with results_of_clip(tmp_path) as results:
        program, view = results.program, results.panel.result_view.picture_view
        view.setFocus()
        small = view.size()
        await program.key(Qt.Key.Key_Space)
        assert is_full(results)
        assert view.width() > 2 * small.width()
        window, area = program.window, program.find(FullView, "full_view_area")
        assert area.geometry().top() == window.menuBar().geometry().bottom() + 1
        assert area.geometry().bottom() == window.statusBar().y() - 1
        assert view.hasFocus()
        window.resize(1100, 700)
        await process_events_async()
        assert area.width() == 1100
        await program.key(Qt.Key.Key_Space)
        assert not is_full(results)
        assert view.hasFocus()


async def test_escape_leads_back_to_where_the_keyboard_was(tmp_path: Path) -> None:
    async with results_of_clip(tmp_path) as results:
        program = results.program
        inputs = program.find(QWidget, "pinned_tree")
        inputs.setFocus()
        await program.trigger("full_view_action")
        assert is_full(results)
        await program.key(Qt.Key.Key_Escape)
        assert not is_full(results)
        assert inputs.hasFocus()


async def test_the_arrows_step_through_the_results_there(tmp_path: Path) -> None:
    async with results_of_clip(tmp_path) as results:
        program = results.program
        await program.press("full_view")
        assert program.find(QToolButton, "full_view").accessibleName() == "Back"
        first = results.panel.result_view.output
        await program.key(Qt.Key.Key_Right)
        await results.wait_until_picture()
        assert results.panel.result_view.output not in (None, first)
        assert is_full(results)
        await program.press("full_view")
        assert not is_full(results)


async def test_tab_stays_in_the_full_view(tmp_path: Path) -> None:
    async with results_of_clip(tmp_path) as results:
        program = results.program
        await program.press("full_view")
        area = program.find(FullView, "full_view_area")
        for _press in range(12):
            await program.key(Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert focused is not None
            assert area.isAncestorOf(focused)
        assert is_full(results)


async def test_it_ends_where_the_keyboard_goes_to_a_covered_part(tmp_path: Path) -> None:
    async with results_of_clip(tmp_path) as results:
        program = results.program
        await program.press("full_view")
        field = program.find(QLineEdit, "inputs_filter")
        field.setFocus()
        await process_events_async()
        assert not is_full(results)
        assert field.hasFocus()


async def test_a_double_click_on_a_row_or_a_thumbnail_shows_it_large(tmp_path: Path) -> None:
    async with results_of_clip(tmp_path) as results:
        program, strip = results.program, results.panel.filmstrip
        table = program.find(QWidget, "jobs_table")
        viewport = table.findChild(QWidget, "qt_scrollarea_viewport")
        assert viewport is not None
        for widget, at in (
            (viewport, QPoint(200, 10)),
            (strip.viewport(), strip.visualRect(strip.model().index(0, 0)).center()),
        ):
            await program.click(widget, at)
            QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=at)
            await process_events_async()
            assert is_full(results), widget.objectName()
            await program.key(Qt.Key.Key_Escape)
            assert not is_full(results)


async def test_a_session_that_ends_takes_the_viewer_along(tmp_path: Path) -> None:
    async with results_of_clip(tmp_path) as results:
        program = results.program
        await program.press("full_view")
        assert is_full(results)
        program.end_session()
        await process_events_async()
        assert program.window.findChild(FullView) is None
        assert program.window.findChild(QPushButton, "use_these_inputs") is None
