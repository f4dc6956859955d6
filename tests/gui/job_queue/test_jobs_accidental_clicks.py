"""Accidental presses: a button that changes under the finger does nothing unintended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget

from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.ui.widgets.press_guard import QUIET_PERIOD_S
from tests.gui.support.jobs_panel import (
    button_of,
    choose_entry,
    click_row,
    menu_entries,
    open_menu,
    row_point,
    show_jobs_panel,
)
from tests.gui.support.scripted_queue import ScriptedBudget, ScriptedQueue, done_job, job
from tests.gui.support.user_input import find, press, process_events
from tests.support.clocks import FakeClock

pytestmark = pytest.mark.usefixtures("qapp")
S = JobState
CTRL = Qt.KeyboardModifier.ControlModifier


def held(job_id: str, hold: HoldReason = HoldReason.OFFLINE, **facts: Any) -> Job:
    return job(job_id, S.HELD, hold=hold, **facts)


def second_half_of_a_double_click(panel: QWidget, at: QPoint) -> None:
    """Sends the second press of a double click to the widget now at that position, like Qt does."""
    widget = panel.childAt(at)
    assert widget is not None
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        where = widget.mapFrom(panel, at).toPointF()
        left = Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, where, widget.mapToGlobal(where), left, left, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(widget, event)
    process_events()


def test_a_double_click_on_cancel_does_not_cancel_the_job_that_moves_up() -> None:
    queue = ScriptedQueue(
        done_job("old"), job("one", S.WAITING, order=1.0), job("two", S.WAITING, order=2.0)
    )
    panel = show_jobs_panel(queue)
    first = button_of(panel, "one")
    at = first.mapTo(panel, first.rect().center())
    press(first)
    queue.put(job("one", S.CANCELLED))
    process_events()
    assert panel.childAt(at) is button_of(panel, "two")
    second_half_of_a_double_click(panel, at)
    assert queue.calls == [("cancel", "one")]


def test_what_a_limit_came_to_hold_while_the_menu_was_open_goes_only_after_a_question() -> None:
    queue = ScriptedQueue(held("one"))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(usd=0.5).budget())
    click_row(panel, "one")
    menu = open_menu(panel, "one")
    queue.put(held("one", HoldReason.DAY_LIMIT))
    choose_entry(menu, "menu_send_now")
    assert queue.calls == []
    press(find(panel, QPushButton, "beyond_question_yes"))
    assert queue.calls == [("send_now", ["one"])]


def test_what_a_limit_came_to_hold_while_the_question_stood_is_not_sent_by_its_answer() -> None:
    queue = ScriptedQueue(held("one"), held("two"))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(usd=0.5, question_from=2).budget())
    click_row(panel, "one")
    click_row(panel, "two", CTRL)
    choose_entry(open_menu(panel, "two"), "menu_send_now")
    queue.put(held("two", HoldReason.BATCH_LIMIT))
    press(find(panel, QPushButton, "send_question_yes"))
    assert queue.calls == [("send_now", ["one"])]


def test_a_single_run_again_is_asked_like_a_run_where_the_person_wants_to_be_asked() -> None:
    queue = ScriptedQueue(done_job("one"))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(usd=12.0, question_from=1).budget())
    click_row(panel, "one")
    choose_entry(open_menu(panel, "one"), "menu_run_again")
    assert queue.calls == []
    yes = find(panel, QPushButton, "run_again_question_yes")
    assert yes.text() == "Run 1 job, about $12.00"
    text = find(panel, QLabel, "run_again_question_text").text()
    assert text == "It becomes a new job, and is billed. The old one stays as it is."
    press(yes)
    assert queue.calls == [("run_again", "one")]


def test_run_again_in_the_details_is_asked_as_well() -> None:
    queue = ScriptedQueue(job("one", S.FAILED))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(usd=12.0, question_from=1).budget())
    press(button_of(panel, "one"))
    press(find(panel, QPushButton, "job_details_run_again"))
    assert queue.calls == []
    press(find(panel, QPushButton, "run_again_question_yes"))
    assert queue.calls == [("run_again", "one")]


def test_many_run_again_in_the_order_in_which_they_were_run() -> None:
    queue = ScriptedQueue(done_job("a"), done_job("b"), done_job("c"))
    panel = show_jobs_panel(queue)
    click_row(panel, "c")
    click_row(panel, "b", CTRL)
    click_row(panel, "a", CTRL)
    choose_entry(open_menu(panel, "a"), "menu_run_again")
    assert queue.calls == [("run_again_many", ["a", "b", "c"], "retry")]


def test_resuming_many_is_asked_where_the_person_wants_to_be_asked() -> None:
    queue = ScriptedQueue(held("one", HoldReason.PAUSED), held("two", HoldReason.PAUSED))
    queue.send_queue.set_state(is_paused=True)
    panel = show_jobs_panel(queue, budget=ScriptedBudget(usd=0.5, question_from=2).budget())
    press(find(panel, QPushButton, "held_strip_button"))
    assert queue.calls == []
    yes = find(panel, QPushButton, "send_question_yes")
    assert yes.text() == "Send 2 jobs, about $1.00"
    press(yes)
    assert queue.calls == [("resume_all",)]


def test_the_menu_offers_to_cancel_a_batch_only_while_something_of_it_is_open() -> None:
    batch: dict[str, Any] = {"batch_id": "b", "batch_name": "faces"}
    queue = ScriptedQueue(done_job("one", **batch), done_job("two", **batch))
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    assert "cancel_batch" not in menu_entries(open_menu(panel, "one"))
    queue.put(job("two", S.RUNNING, **batch))
    process_events()
    assert "cancel_batch" in menu_entries(open_menu(panel, "one"))


def test_the_strip_keeps_the_keyboard_while_jobs_end_and_sums_change() -> None:
    budget = ScriptedBudget(usd=0.5)
    queue = ScriptedQueue(held("one"), held("two"))
    panel = show_jobs_panel(queue, budget=budget.budget())
    button = find(panel, QPushButton, "held_strip_button")
    button.setFocus()
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    budget.usd = 0.75
    budget.changed.publish(None)
    process_events()
    assert button.hasFocus()
    assert button.text() == "Send 2 jobs, about $1.50"
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    process_events()
    assert queue.calls == [("send_now", ["one", "two"])]


def test_in_the_demo_no_question_and_no_word_speaks_of_bills() -> None:
    queue = ScriptedQueue(job("one", S.FAILED), job("two", S.FAILED))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(billed=False).budget())
    panel.commands.retry_failed()
    process_events()
    text = find(panel, QLabel, "run_again_question_text").text()
    assert "billed" not in text.replace("nothing is billed", "")


def test_in_the_demo_the_question_before_many_are_cancelled_speaks_of_no_bills() -> None:
    queue = ScriptedQueue(job("one", S.RUNNING), job("two", S.RUNNING))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(billed=False).budget())
    panel.commands.cancel_all()
    process_events()
    text = find(panel, QLabel, "cancel_question_text").text()
    assert "billed" not in text.replace("nothing is billed", "")


def test_a_menu_acts_on_the_jobs_it_was_opened_for_wherever_their_rows_went() -> None:
    queue = ScriptedQueue(
        job("one", S.WAITING, order=1.0), job("two", S.WAITING, order=2.0), job("new", S.QUEUED)
    )
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    menu = open_menu(panel, "one")
    assert isinstance(menu, QMenu)
    before = row_point(panel, "one")
    queue.put(replace(queue.jobs["one"], order=3.0))
    process_events()
    assert row_point(panel, "one") != before
    choose_entry(menu, "menu_cancel")
    assert queue.calls == [("cancel", "one")]


def test_a_finger_on_its_way_to_resume_does_not_send_what_is_held_for_another_reason() -> None:
    queue, clock = ScriptedQueue(held("one", HoldReason.PAUSED)), FakeClock()
    panel = show_jobs_panel(queue, now=clock)
    button = find(panel, QPushButton, "held_strip_button")
    assert button.text() == "Resume"
    queue.put(held("two", HoldReason.RESTART))
    process_events()
    assert button.text() == "Send 1 job"
    press(button)
    assert queue.calls == []
    clock.advance(QUIET_PERIOD_S)
    press(button)
    assert queue.calls == [("send_now", ["two"])]
