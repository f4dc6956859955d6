"""The controllers of the drafts are built for a session and do nothing after its end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QToolButton, QWidget

from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue
from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.drafts.close_guard import CloseGuard
from runcomfy_desktop.ui.drafts.conversion_report_controller import ConversionReportController
from runcomfy_desktop.ui.drafts.difference_controller import DifferenceController
from runcomfy_desktop.ui.drafts.drafts_controller import DraftsController
from runcomfy_desktop.ui.drafts.orphaned_values_controller import OrphanedValuesController
from tests.gui.drafts.test_close_guard import shut, slow_disk
from tests.gui.support.drafts_harness import open_drafts_harness
from tests.gui.support.gui_program import process_events_async
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from tests.gui.support.drafts_harness import DraftsHarness

ORPHANED = (OrphanedValue(InputKey("8", "text"), "a fox"),)


def open_drafts(harness: DraftsHarness, scope: SessionScope) -> DraftsController:
    return DraftsController(
        scope, harness.services, harness.actions, harness.dock, lambda _folder: None
    )


def set_orphaned(harness: DraftsHarness, values: tuple[OrphanedValue, ...]) -> None:
    harness.services.draft_editor.replace_draft(replace(harness.draft, orphaned=values), "Edit")


async def test_each_session_fills_the_dock_anew(tmp_path: Path) -> None:
    async with open_drafts_harness(tmp_path) as harness:
        for _session in range(2):
            scope = harness.begin()
            controller = open_drafts(harness, scope)
            assert not harness.has_panel()
            for _step in controller.build_panel():
                pass
            assert harness.has_panel()
            buttons = harness.dock.title_bar.findChildren(QToolButton, "new_draft_here")
            assert len(buttons) == 1
            harness.open_file()
            assert harness.titles() == ["mine.json"]
            assert harness.actions.new.isEnabled()
            await harness.end(scope)
            assert not harness.has_panel()
            assert not harness.dock.title_bar.findChildren(QToolButton, "new_draft_here")
            assert not harness.actions.new.isEnabled()
            assert not harness.actions.bind_menu.menuAction().isEnabled()


async def test_the_panel_is_built_when_the_dock_comes_into_view(tmp_path: Path) -> None:
    async with open_drafts_harness(tmp_path) as harness:
        harness.dock.hide()
        scope = harness.begin()
        controller = open_drafts(harness, scope)
        assert list(controller.build_panel()) == []
        harness.dock.bring_to_front()
        await process_events_async()
        assert harness.has_panel()
        await harness.end(scope)
        harness.dock.hide()
        harness.dock.bring_to_front()
        await process_events_async()
        assert not harness.has_panel()


async def test_actions_have_no_effect_on_a_session_that_has_ended(tmp_path: Path) -> None:
    async with open_drafts_harness(tmp_path) as harness:
        scope = harness.begin()
        open_drafts(harness, scope)
        harness.open_file()
        harness.actions.new.trigger()
        assert len(harness.services.drafts.state.rows) == 2
        await harness.end(scope)
        harness.services.draft_editor.undo()
        assert not harness.actions.new.isEnabled(), "a later change enables nothing"
        harness.actions.new.setEnabled(True)
        harness.actions.new.trigger()
        assert len(harness.services.drafts.state.rows) == 2


async def test_the_bar_is_built_for_the_first_value_without_a_place(tmp_path: Path) -> None:
    bars: list[QWidget] = []

    def add_bar(bar: QWidget) -> None:
        harness.window.setCentralWidget(bar)
        bars.append(bar)

    async with open_drafts_harness(tmp_path) as harness:
        scope, action = harness.begin(), harness.actions.orphaned_values
        OrphanedValuesController(scope, harness.services, action, add_bar)
        harness.open_file()
        assert bars == []
        assert not action.isEnabled()
        set_orphaned(harness, ORPHANED)
        (bar,) = bars
        assert bar.isVisible()
        assert find(bar, QLabel, "left_text").text().startswith("1 value of yours")
        action.trigger()
        assert find(harness.window, QDialog, "left_dialog").isVisible()
        set_orphaned(harness, ())
        assert not bar.isVisible()
        assert not action.isEnabled()
        set_orphaned(harness, ORPHANED)
        assert bar.isVisible()
        assert len(bars) == 1
        action.trigger()
        await harness.end(scope)
        assert not harness.window.findChildren(QDialog, "left_dialog")
        assert not action.isEnabled()


async def test_the_report_ends_with_the_session(tmp_path: Path) -> None:
    async with open_drafts_harness(tmp_path) as harness:
        scope, draft_editor = harness.begin(), harness.services.draft_editor
        ConversionReportController(scope, harness.services)
        harness.open_file()
        draft_editor.open_draft(harness.draft, conversion_report=ConversionReport())
        draft_editor.conversion_report_requested.publish(None)
        assert find(harness.window, QDialog, "conversion_report").isVisible()
        await harness.end(scope)
        draft_editor.conversion_report_requested.publish(None)
        assert not harness.window.findChildren(QDialog, "conversion_report")


async def test_copied_changes_are_reported_in_a_notice(tmp_path: Path) -> None:
    async with open_drafts_harness(tmp_path) as harness:
        scope, shown = harness.begin(), []
        leave = harness.services.notices.listen(lambda notice: shown.append(notice.title))
        controller = DifferenceController(scope, harness.services)
        controller.copy()
        assert shown == []
        harness.open_file()
        controller.copy()
        assert "→ 33\n" in QGuiApplication.clipboard().text()
        assert shown == ["1 change is on the clipboard."]
        leave()
        await harness.end(scope)


@pytest.mark.parametrize("ends_early", [False, True])
async def test_the_window_closes_by_itself_only_during_the_session(
    tmp_path: Path, ends_early: bool
) -> None:
    async with open_drafts_harness(tmp_path) as harness:
        scope, writes = harness.begin(), harness.services.drafts.writes
        guard = CloseGuard(scope, harness.services)
        assert not guard.blocks_closing()
        with slow_disk() as go_on:
            harness.open_file()
            assert guard.blocks_closing()
            if ends_early:
                await harness.end(scope)
            go_on.set()
            await wait_until(lambda: not writes.has_pending)
        await wait_until(lambda: ends_early or not harness.window.isVisible())
        await process_events_async()
        assert harness.window.isVisible() is ends_early
        if not ends_early:
            await harness.end(scope)


async def test_a_question_does_not_outlive_the_session(tmp_path: Path) -> None:
    async with open_drafts_harness(tmp_path) as harness:
        scope, writes = harness.begin(), harness.services.drafts.writes
        guard = CloseGuard(scope, harness.services)
        folder = harness.services.drafts.folder
        shut(folder)
        harness.open_file()
        writes.call_when_flushed(lambda: None)
        await wait_until(lambda: writes.would_lose_changes)
        assert guard.blocks_closing()
        assert find(harness.window, QDialog, "unstored").isVisible()
        await harness.end(scope)
        assert not harness.window.findChildren(QDialog, "unstored")
        assert harness.window.isVisible()
        folder.unlink()
