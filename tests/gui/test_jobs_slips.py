"""Slips of the hand and of the moment: what changes under the finger is not what one meant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget

from runcomfy_desktop.domain.job import Hold, Job, JobState
from runcomfy_desktop.ui.widgets.press_guard import SETTLE_S
from tests.gui.support.hands import find, press, settle
from tests.gui.support.jobs_hands import (
    button_of,
    click_row,
    entries,
    entry,
    open_menu,
    panel_on,
    row_point,
)
from tests.gui.support.queue_kit import ScriptedPurse, ScriptedQueue, done, job
from tests.support.clock import Clock

pytestmark = pytest.mark.usefixtures("qapp")
S = JobState
CTRL = Qt.KeyboardModifier.ControlModifier


def held(job_id: str, hold: Hold = Hold.OFFLINE, **facts: Any) -> Job:
    return job(job_id, S.HELD, hold=hold, **facts)


def second_half_of_a_double_click(panel: QWidget, at: QPoint) -> None:
    """What Qt makes of the second press: it goes to whatever lies under the pointer by now."""
    widget = panel.childAt(at)
    assert widget is not None
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        where = widget.mapFrom(panel, at).toPointF()
        left = Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, where, widget.mapToGlobal(where), left, left, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(widget, event)
    settle()


def test_a_double_click_on_cancel_does_not_cancel_the_job_that_moves_up() -> None:
    queue = ScriptedQueue(
        done("old"), job("one", S.WAITING, order=1.0), job("two", S.WAITING, order=2.0)
    )
    panel = panel_on(queue)
    first = button_of(panel, "one")
    at = first.mapTo(panel, first.rect().center())
    press(first)
    queue.put(job("one", S.CANCELLED))
    settle()
    assert panel.childAt(at) is button_of(panel, "two")
    second_half_of_a_double_click(panel, at)
    assert queue.asked == [("cancel", "one")]


def test_what_a_limit_came_to_hold_while_the_menu_was_open_goes_only_after_a_question() -> None:
    queue = ScriptedQueue(held("one"))
    panel = panel_on(queue, purse=ScriptedPurse(usd=0.5).purse())
    click_row(panel, "one")
    menu = open_menu(panel, "one")
    queue.put(held("one", Hold.DAY_LIMIT))
    entry(menu, "menu_send_now")
    assert queue.asked == []
    press(find(panel, QPushButton, "beyond_question_yes"))
    assert queue.asked == [("send_now", ["one"])]


def test_what_a_limit_came_to_hold_while_the_question_stood_is_not_sent_by_its_answer() -> None:
    queue = ScriptedQueue(held("one"), held("two"))
    panel = panel_on(queue, purse=ScriptedPurse(usd=0.5, asks_from=2).purse())
    click_row(panel, "one")
    click_row(panel, "two", CTRL)
    entry(open_menu(panel, "two"), "menu_send_now")
    queue.put(held("two", Hold.BATCH_LIMIT))
    press(find(panel, QPushButton, "send_question_yes"))
    assert queue.asked == [("send_now", ["one"])]


def test_a_single_run_again_is_asked_like_a_run_where_the_person_wants_to_be_asked() -> None:
    queue = ScriptedQueue(done("one"))
    panel = panel_on(queue, purse=ScriptedPurse(usd=12.0, asks_from=1).purse())
    click_row(panel, "one")
    entry(open_menu(panel, "one"), "menu_run_again")
    assert queue.asked == []
    yes = find(panel, QPushButton, "run_again_question_yes")
    assert yes.text() == "Run 1 job, about $12.00"
    text = find(panel, QLabel, "run_again_question_text").text()
    assert text == "It becomes a new job, and is billed. The old one stays as it is."
    press(yes)
    assert queue.asked == [("run_again", "one")]


def test_run_again_in_the_details_is_asked_as_well() -> None:
    queue = ScriptedQueue(job("one", S.FAILED))
    panel = panel_on(queue, purse=ScriptedPurse(usd=12.0, asks_from=1).purse())
    press(button_of(panel, "one"))
    press(find(panel, QPushButton, "job_details_run_again"))
    assert queue.asked == []
    press(find(panel, QPushButton, "run_again_question_yes"))
    assert queue.asked == [("run_again", "one")]


def test_many_run_again_in_the_order_in_which_they_were_run() -> None:
    queue = ScriptedQueue(done("a"), done("b"), done("c"))
    panel = panel_on(queue)
    click_row(panel, "c")
    click_row(panel, "b", CTRL)
    click_row(panel, "a", CTRL)
    entry(open_menu(panel, "a"), "menu_run_again")
    assert queue.asked == [("run_again_many", ["a", "b", "c"], "retry")]


def test_resuming_many_is_asked_where_the_person_wants_to_be_asked() -> None:
    queue = ScriptedQueue(held("one", Hold.PAUSED), held("two", Hold.PAUSED))
    queue.line.stand(is_paused=True)
    panel = panel_on(queue, purse=ScriptedPurse(usd=0.5, asks_from=2).purse())
    press(find(panel, QPushButton, "held_strip_button"))
    assert queue.asked == []
    yes = find(panel, QPushButton, "send_question_yes")
    assert yes.text() == "Send 2 jobs, about $1.00"
    press(yes)
    assert queue.asked == [("resume_all",)]


def test_the_menu_offers_to_cancel_a_batch_only_while_something_of_it_is_open() -> None:
    batch: dict[str, Any] = {"batch_id": "b", "batch_name": "faces"}
    queue = ScriptedQueue(done("one", **batch), done("two", **batch))
    panel = panel_on(queue)
    click_row(panel, "one")
    assert "cancel_batch" not in entries(open_menu(panel, "one"))
    queue.put(job("two", S.RUNNING, **batch))
    settle()
    assert "cancel_batch" in entries(open_menu(panel, "one"))


def test_the_strip_keeps_the_keyboard_while_jobs_end_and_sums_change() -> None:
    purse = ScriptedPurse(usd=0.5)
    queue = ScriptedQueue(held("one"), held("two"))
    panel = panel_on(queue, purse=purse.purse())
    button = find(panel, QPushButton, "held_strip_button")
    button.setFocus()
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    purse.usd = 0.75
    purse.changed.publish(None)
    settle()
    assert button.hasFocus()
    assert button.text() == "Send 2 jobs, about $1.50"
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    settle()
    assert queue.asked == [("send_now", ["one", "two"])]


def test_in_the_demo_no_question_and_no_word_speaks_of_bills() -> None:
    queue = ScriptedQueue(job("one", S.FAILED), job("two", S.FAILED))
    panel = panel_on(queue, purse=ScriptedPurse(billed=False).purse())
    panel.retry_failed()
    settle()
    text = find(panel, QLabel, "run_again_question_text").text()
    assert "billed" not in text.replace("nothing is billed", "")


def test_in_the_demo_the_question_before_many_are_cancelled_speaks_of_no_bills() -> None:
    queue = ScriptedQueue(job("one", S.RUNNING), job("two", S.RUNNING))
    panel = panel_on(queue, purse=ScriptedPurse(billed=False).purse())
    panel.cancel_all()
    settle()
    text = find(panel, QLabel, "cancel_question_text").text()
    assert "billed" not in text.replace("nothing is billed", "")


def test_a_menu_acts_on_the_jobs_it_was_opened_for_wherever_their_rows_went() -> None:
    queue = ScriptedQueue(
        job("one", S.WAITING, order=1.0), job("two", S.WAITING, order=2.0), job("new", S.QUEUED)
    )
    panel = panel_on(queue)
    click_row(panel, "one")
    menu = open_menu(panel, "one")
    assert isinstance(menu, QMenu)
    before = row_point(panel, "one")
    queue.put(replace(queue.jobs["one"], order=3.0))
    settle()
    assert row_point(panel, "one") != before
    entry(menu, "menu_cancel")
    assert queue.asked == [("cancel", "one")]


def test_a_finger_on_its_way_to_resume_does_not_send_what_is_held_for_another_reason() -> None:
    queue, clock = ScriptedQueue(held("one", Hold.PAUSED)), Clock()
    panel = panel_on(queue, now=clock)
    button = find(panel, QPushButton, "held_strip_button")
    assert button.text() == "Resume"
    queue.put(held("two", Hold.RESTART))
    settle()
    assert button.text() == "Send 1 job"
    press(button)
    assert queue.asked == []
    clock.advance(SETTLE_S)
    press(button)
    assert queue.asked == [("send_now", ["two"])]
