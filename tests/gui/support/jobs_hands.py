"""The queue's panel on a queue that a test writes, and the hands that use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from runcomfy_desktop.ui.jobs.button import JobButton
from runcomfy_desktop.ui.jobs.panel import JobsPanel
from runcomfy_desktop.ui.models.jobs import Column
from runcomfy_desktop.ui.widgets.press_guard import SETTLE_S
from tests.gui.support.hands import find, point_at, press, settle, show
from tests.support.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.purse import Purse
    from tests.gui.support.queue_kit import ScriptedQueue


def panel_on(
    queue: ScriptedQueue,
    height: int = 420,
    purse: Purse | None = None,
    now: Callable[[], float] | None = None,
) -> JobsPanel:
    """For the guard against a second press, time stands still unless `now` says otherwise; what is
    there at first was there for a while."""
    clock = now or Clock()
    panel = JobsPanel(now=clock)
    panel.attach(queue.as_queue(), purse)
    show(panel, 900, height)
    if isinstance(clock, Clock):
        clock.advance(SETTLE_S)
    return panel


def point_away(panel: JobsPanel) -> None:
    """Moves the pointer off the list, whose rows may come, go and move then."""
    point_at(panel.head)
    # Behind a press that QTest made, Qt may keep to itself that the pointer has left.
    place = panel.table.parentWidget()
    assert place is not None
    QApplication.sendEvent(place, QEvent(QEvent.Type.Leave))
    settle()


def buttons(panel: JobsPanel) -> list[JobButton]:
    """The rows' buttons from top to bottom."""
    found = [each for each in panel.findChildren(JobButton) if each.isVisible()]
    return sorted(found, key=lambda each: each.y())


def button_of(panel: JobsPanel, job_id: str) -> JobButton:
    return next(each for each in buttons(panel) if each.job_id == job_id)


def titles(panel: JobsPanel) -> list[str]:
    model = panel.model
    return [model.index(row, Column.JOB).data() for row in range(model.rowCount())]


def row_point(panel: JobsPanel, job_id: str) -> QPoint:
    index = panel.model.index(panel.model.row_of(job_id), Column.JOB)
    return panel.table.visualRect(index).center()


def click_row(panel: JobsPanel, job_id: str, keys: Qt.KeyboardModifier | None = None) -> None:
    held = Qt.KeyboardModifier.NoModifier if keys is None else keys
    press(panel.table.viewport(), row_point(panel, job_id), held)


def open_menu(panel: JobsPanel, job_id: str) -> QMenu:
    at = row_point(panel, job_id)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, panel.table.viewport().mapToGlobal(at)
    )
    QApplication.sendEvent(panel.table.viewport(), event)
    settle()
    return find(panel, QMenu, "jobs_menu")


def entries(menu: QMenu) -> list[str]:
    """What a menu offers; it is closed again."""
    names = [each.objectName() for each in menu.actions() if not each.isSeparator()]
    menu.close()
    settle()
    return [each.removeprefix("menu_") for each in names]


def entry(menu: QMenu, name: str) -> None:
    action = next(each for each in menu.actions() if each.objectName() == name)
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    settle()
