"""Queue panel on a scripted queue, with functions that operate it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.job_queue.panel import JobsPanel
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from runcomfy_desktop.ui.widgets.press_guard import QUIET_PERIOD_S
from tests.gui.support.user_input import find, hover, press, process_events, show
from tests.support.clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.core.spending.budget import Budget
    from tests.gui.support.scripted_queue import ScriptedQueue


def show_jobs_panel(
    queue: ScriptedQueue,
    height: int = 420,
    budget: Budget | None = None,
    now: Callable[[], float] | None = None,
    epoch_now: Callable[[], float] | None = None,
    media_folder: Path | None = None,
) -> JobsPanel:
    """Shows the panel, with its dialogs inside it.

    `now` is the clock of its press guards. By default, time stands still after the quiet period of
    the initial rows, so that their buttons accept presses at once. `epoch_now` is the clock of the
    jobs. By default all jobs are shown, because which ones are of today depends on the hour.
    """
    clock = now or FakeClock()
    scope = SessionScope(QWidget())
    panel = JobsPanel(
        scope,
        queue.as_queue(),
        budget,
        media_folder=media_folder,
        now=clock,
        epoch_now=epoch_now or time.time,
    )
    scope.dialog_parent.setParent(panel)
    if epoch_now is None:
        panel.show_filter(JobFilter.ALL)
    show(panel, 900, height)
    if isinstance(clock, FakeClock):
        clock.advance(QUIET_PERIOD_S)
    return panel


def move_pointer_away(panel: JobsPanel) -> None:
    """Moves the pointer off the list, so that rows may be added, removed and moved."""
    hover(panel.header)
    # After a press by QTest, Qt may not report that the pointer has left.
    position = panel.table.parentWidget()
    assert position is not None
    QApplication.sendEvent(position, QEvent(QEvent.Type.Leave))
    process_events()


def buttons(panel: JobsPanel) -> list[JobButton]:
    """Returns the buttons of the rows from top to bottom."""
    found = [each for each in panel.findChildren(JobButton) if each.isVisible()]
    return sorted(found, key=lambda each: each.y())


def button_of(panel: JobsPanel, job_id: str) -> JobButton:
    return next(each for each in buttons(panel) if each.job_id == job_id)


def titles(panel: JobsPanel) -> list[str]:
    model = panel.model
    return [model.index(row, JobColumn.JOB).data() for row in range(model.rowCount())]


def row_point(panel: JobsPanel, job_id: str) -> QPoint:
    index = panel.model.index(panel.model.row_of(job_id), JobColumn.JOB)
    return panel.table.visualRect(index).center()


def click_row(panel: JobsPanel, job_id: str, keys: Qt.KeyboardModifier | None = None) -> None:
    modifiers = Qt.KeyboardModifier.NoModifier if keys is None else keys
    press(panel.table.viewport(), row_point(panel, job_id), modifiers)


def open_menu(panel: JobsPanel, job_id: str) -> QMenu:
    at = row_point(panel, job_id)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, panel.table.viewport().mapToGlobal(at)
    )
    QApplication.sendEvent(panel.table.viewport(), event)
    process_events()
    return find(panel, QMenu, "jobs_menu")


def menu_entries(menu: QMenu) -> list[str]:
    """Returns the entries of a menu and closes it."""
    names = [each.objectName() for each in menu.actions() if not each.isSeparator()]
    menu.close()
    process_events()
    return [each.removeprefix("menu_") for each in names]


def choose_entry(menu: QMenu, name: str) -> None:
    action = next(each for each in menu.actions() if each.objectName() == name)
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    process_events()
