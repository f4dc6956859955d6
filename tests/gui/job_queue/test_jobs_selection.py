"""The selection of the queue and the job that is shown, whatever happens to the rows."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QPushButton

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.ui.base.local_day import day_start_s
from runcomfy_desktop.ui.job_queue.column_layout import HiddenColumns
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.job_queue.sort_order import JobSortKey, JobSortOrder
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from tests.gui.support.jobs_panel import (
    button_of,
    click_row,
    move_pointer_away,
    show_jobs_panel,
)
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, job
from tests.gui.support.user_input import find, key, process_events, wait_until

pytestmark = pytest.mark.usefixtures("qapp")


def test_the_first_run_of_a_day_is_selected_though_the_list_takes_the_focus() -> None:
    midday_s = day_start_s(time.time()) + 12 * 3600.0
    queue = ScriptedQueue(
        done_job("old", created_s=midday_s - 3 * 86400, finished_s=midday_s - 3 * 86400)
    )
    panel = show_jobs_panel(queue, epoch_now=lambda: midday_s)
    button = find(panel, QPushButton, "empty_state_button")
    button.setFocus()
    panel.follower.set_staying(True)
    queue.put(job("new", JobState.WAITING, created_s=midday_s))
    process_events()
    assert panel.table.hasFocus()
    assert panel.follower.shown_job_id == "old", "a focus is no choice"
    panel.follower.set_staying(False)
    queue.put(job("next", JobState.WAITING, created_s=midday_s + 1))
    process_events()
    assert (panel.follower.shown_job_id, panel.table.selected_ids()) == ("next", ["next"])


def test_a_click_shows_the_current_row_as_well() -> None:
    queue = ScriptedQueue(done_job("one"), job("two", JobState.RUNNING))
    panel = show_jobs_panel(queue)
    click_row(panel, "two")
    panel.follower.choose("gone")
    assert panel.table.selected_ids() == []
    click_row(panel, "two")
    assert (panel.follower.shown_job_id, panel.table.selected_ids()) == ("two", ["two"])


def test_a_click_on_the_shown_row_ends_following() -> None:
    queue = ScriptedQueue(job("one", JobState.RUNNING, created_s=7.0))
    panel = show_jobs_panel(queue)
    queue.put(job("two", JobState.RUNNING, created_s=8.0))
    click_row(panel, "two")
    queue.put(done_job("one", created_s=7.0))
    process_events()
    assert panel.follower.shown_job_id == "two"


def test_what_is_left_of_a_selection_stays_selected() -> None:
    queue = ScriptedQueue(*(job(each, JobState.RUNNING, created_s=1.0) for each in "abcd"))
    panel = show_jobs_panel(queue)
    panel.show_filter(JobFilter.ACTIVE)
    click_row(panel, "a")
    click_row(panel, "c", Qt.KeyboardModifier.ControlModifier)
    move_pointer_away(panel)
    queue.put(done_job("c", created_s=1.0))
    process_events()
    assert panel.table.selected_ids() == ["a"]
    queue.put(done_job("a", created_s=1.0))
    process_events()
    assert panel.table.selected_ids() == []
    assert not panel.table.currentIndex().isValid()


def test_many_rows_that_keep_their_places_are_painted_anew() -> None:
    queue = ScriptedQueue(*(job(f"j{number:02}", JobState.HELD) for number in range(30)))
    panel = show_jobs_panel(queue)
    panel.set_order(JobSortOrder(JobSortKey.JOB, is_descending=False))
    move_pointer_away(panel)
    spy = QSignalSpy(panel.model.dataChanged)
    for number in range(30):
        queue.put(job(f"j{number:02}", JobState.CANCELLED))
    wait_until(lambda: panel.model.counts()[JobFilter.FAILED] == 0 and spy.count() > 8)
    wait_until(lambda: all(button_of(panel, f"j{n:02}").text() == "Run again" for n in range(4)))


def test_arrows_move_on_when_the_column_of_the_current_cell_is_hidden() -> None:
    panel = show_jobs_panel(ScriptedQueue(*(job(f"j{number}") for number in range(5))))
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.model.index(0, JobColumn.PROGRESS))
    panel.hide_columns(HiddenColumns(frozenset({JobColumn.PROGRESS})))
    key(panel, Qt.Key.Key_Down)
    assert panel.table.currentIndex().row() == 1
