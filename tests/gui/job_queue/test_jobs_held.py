"""Jobs held for the user: the reasons, the ways to continue them, and their order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from runcomfy_desktop.core.jobs.send_queue import QueueMove
from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.ui.widgets.chips import Chip
from runcomfy_desktop.ui.widgets.press_guard import QUIET_PERIOD_S
from tests.gui.support.jobs_panel import (
    button_of,
    choose_entry,
    click_row,
    menu_entries,
    open_menu,
    show_jobs_panel,
    titles,
)
from tests.gui.support.scripted_queue import ScriptedBudget, ScriptedQueue, done_job, job
from tests.gui.support.user_input import find, key, press, process_events, wait_until
from tests.support.clocks import FakeClock

pytestmark = pytest.mark.usefixtures("qapp")
S = JobState
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def held(job_id: str, hold: HoldReason = HoldReason.OFFLINE, **facts: Any) -> Job:
    return job(job_id, S.HELD, hold=hold, **facts)


def waiting(job_id: str, order: float) -> Job:
    return job(job_id, S.WAITING, order=order, request_id="")


def strip(panel: QWidget) -> QWidget:
    return find(panel, QWidget, "held_strip")


def strip_text(panel: QWidget) -> str:
    return find(panel, QLabel, "held_strip_text").text()


def strip_button(panel: QWidget) -> QPushButton:
    return find(panel, QPushButton, "held_strip_button")


# Rows


@pytest.mark.parametrize(
    ("hold", "asked"),
    [
        (HoldReason.OFFLINE, ("send_now", ["one"])),
        (HoldReason.RESTART, ("send_now", ["one"])),
        (HoldReason.PAUSED, ("resume", ["one"])),
    ],
)
def test_the_button_of_a_held_job_lets_it_go(hold: HoldReason, asked: tuple[object, ...]) -> None:
    queue = ScriptedQueue(held("one", hold))
    panel = show_jobs_panel(queue)
    press(button_of(panel, "one"))
    assert queue.calls == [asked]


def test_a_job_beyond_a_limit_is_sent_only_after_a_question_with_the_sum() -> None:
    queue = ScriptedQueue(held("one", HoldReason.DAY_LIMIT))
    panel = show_jobs_panel(
        queue, budget=ScriptedBudget(usd=0.08, hold_reasons="The day's limit is $1.00.").budget()
    )
    press(button_of(panel, "one"))
    assert queue.calls == []
    yes = find(panel, QPushButton, "beyond_question_yes")
    assert yes.text() == "Send 1 job, about $0.08"
    assert "The day's limit is $1.00." in find(panel, QLabel, "beyond_question_text").text()
    press(yes)
    assert queue.calls == [("send_now", ["one"])]


def test_held_jobs_have_a_chip_while_there_are_some() -> None:
    queue = ScriptedQueue(held("one"), held("two", HoldReason.PAUSED), done_job("three"))
    panel = show_jobs_panel(queue)
    chip = find(panel, Chip, "jobs_held")
    assert chip.text() == "Held 2"
    press(chip)
    assert sorted(titles(panel)) == ["one", "two"]
    press(find(panel, Chip, "jobs_all"))
    queue.put(job("one", S.WAITING), job("two", S.WAITING))
    process_events()
    assert not chip.isVisible()


# The strip


def test_there_is_no_strip_where_nothing_is_held() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one"), done_job("two")))
    assert not strip(panel).isVisible()


def test_offline_the_strip_only_says_so_and_back_online_it_offers_to_send() -> None:
    queue, clock = ScriptedQueue(held("one"), held("two"), held("three")), FakeClock()
    queue.send_queue.set_state(is_online=False)
    panel = show_jobs_panel(queue, now=clock)
    assert strip_text(panel) == "3 jobs are held until online."
    assert not strip_button(panel).isVisible()
    queue.send_queue.set_state(is_online=True)
    assert strip_text(panel) == "RunComfy can be reached again. 3 jobs are held."
    assert strip_button(panel).text() == "Send 3 jobs"
    process_events()
    clock.advance(QUIET_PERIOD_S)
    press(strip_button(panel))
    assert queue.calls == [("send_now", ["one", "two", "three"])]


def test_the_strip_s_button_names_the_sum_where_it_is_known() -> None:
    queue = ScriptedQueue(held("one"), held("two"), held("three"))
    budget = ScriptedBudget(usd=0.08)
    panel = show_jobs_panel(queue, budget=budget.budget())
    assert strip_button(panel).text() == "Send 3 jobs, about $0.24"
    budget.usd = 0.10
    budget.changed.publish(None)
    assert strip_button(panel).text() == "Send 3 jobs, about $0.30"


def test_the_demo_names_no_sum() -> None:
    panel = show_jobs_panel(
        ScriptedQueue(held("one")), budget=ScriptedBudget(usd=0.1, billed=False).budget()
    )
    assert strip_button(panel).text() == "Send 1 job"


def test_one_strip_tells_what_matters_most() -> None:
    queue = ScriptedQueue(held("a", HoldReason.PAUSED))
    panel = show_jobs_panel(queue)
    assert strip_text(panel) == "1 job is paused."
    queue.put(held("b", HoldReason.RESTART))
    assert strip_text(panel) == "1 job was not sent before the program ended."
    queue.put(held("c", HoldReason.OFFLINE))
    assert "can be reached again" in strip_text(panel)
    queue.put(held("d", HoldReason.BATCH_LIMIT))
    assert strip_text(panel) == "1 job is held by the batch's limit."
    queue.put(held("e", HoldReason.DAY_LIMIT))
    assert strip_text(panel) == "1 job is held by the day's limit."
    queue.send_queue.set_state(is_paused=True)
    assert strip_text(panel) == "The queue is paused: nothing new is sent. 1 job waits."


def test_the_strip_does_not_call_a_job_paused_that_is_held_for_its_workflow() -> None:
    why = "Its workflow has changed since it was made."
    queue = ScriptedQueue(*(held(each, HoldReason.PAUSED, reason=why) for each in ("a", "b")))
    panel = show_jobs_panel(queue)
    assert strip_text(panel) == "2 jobs are held because their workflow has changed."
    queue.put(held("c", HoldReason.PAUSED))
    assert strip_text(panel) == (
        "1 job is paused. 2 jobs are held because their workflow has changed."
    )
    queue.put(job("a", S.WAITING), job("b", S.WAITING))
    process_events()
    assert strip_text(panel) == "1 job is paused."


def test_the_strip_sends_what_an_earlier_version_held_without_saying_why() -> None:
    queue = ScriptedQueue(job("one", S.HELD))
    panel = show_jobs_panel(queue)
    assert strip_text(panel) == "1 job was not sent before the program ended."
    press(strip_button(panel))
    assert queue.calls == [("send_now", ["one"])]


def test_a_paused_queue_says_so_and_is_resumed_from_the_strip() -> None:
    queue = ScriptedQueue(done_job("one"))
    queue.send_queue.set_state(is_paused=True)
    panel = show_jobs_panel(queue)
    assert strip_text(panel) == "The queue is paused: nothing new is sent."
    assert strip_button(panel).accessibleDescription() == strip_text(panel)
    press(strip_button(panel))
    assert queue.calls == [("resume_all",)]


def test_the_keyboard_is_not_lost_when_the_strip_goes() -> None:
    queue = ScriptedQueue(held("one"))
    panel = show_jobs_panel(queue)
    strip_button(panel).setFocus()
    key(panel, Qt.Key.Key_Space)
    queue.put(job("one", S.WAITING))
    process_events()
    assert not strip(panel).isVisible()
    assert panel.table.hasFocus()


# One press is one command


def test_a_double_click_sends_once() -> None:
    queue, clock = ScriptedQueue(held("one"), job("gone", S.CANCELLED)), FakeClock()
    panel = show_jobs_panel(queue, now=clock)
    for _half in range(2):
        press(button_of(panel, "one"))
    assert queue.calls == [("send_now", ["one"])]
    clock.advance(QUIET_PERIOD_S)
    for _half in range(2):
        press(button_of(panel, "gone"))
    assert queue.calls[1:] == [("run_again", "gone")]
    clock.advance(QUIET_PERIOD_S - 0.1)
    press(button_of(panel, "gone"))
    assert queue.calls[2:] == []
    # After repeated presses, there has to be a pause of the full length.
    clock.advance(QUIET_PERIOD_S - 0.1)
    press(button_of(panel, "gone"))
    assert queue.calls[2:] == []
    clock.advance(QUIET_PERIOD_S)
    press(button_of(panel, "gone"))
    assert queue.calls[2:] == [("run_again", "gone")]


def test_the_second_half_of_a_double_click_hits_no_other_row() -> None:
    """A new job is inserted at the top, and the row above moves under the finger."""
    queue = ScriptedQueue(job("one", S.CANCELLED), job("two", S.CANCELLED))
    panel = show_jobs_panel(queue)
    press(button_of(panel, "one"))
    queue.put(job("new", S.QUEUED))
    process_events()
    press(button_of(panel, "two"))
    assert queue.calls == [("run_again", "one")]


def test_the_strip_is_pressed_once() -> None:
    queue = ScriptedQueue(held("one"), held("two", HoldReason.RESTART))
    panel = show_jobs_panel(queue)
    press(strip_button(panel))
    queue.put(job("one", S.WAITING))
    process_events()
    assert strip_text(panel).startswith("1 job was not sent")
    press(strip_button(panel))
    assert queue.calls == [("send_now", ["one"])]


def test_a_held_key_is_one_request_and_never_runs_again() -> None:
    queue, clock = ScriptedQueue(job("one", S.WAITING)), FakeClock()
    panel = show_jobs_panel(queue, now=clock)
    click_row(panel, "one")
    key(panel.table, Qt.Key.Key_Return)
    queue.put(job("one", S.CANCELLED))
    process_events()
    assert button_of(panel, "one").text() == "Run again"
    # Auto-repeat of the keyboard repeats the press but not the release.
    for _repeat in range(5):
        _repeat_key(panel.table, Qt.Key.Key_Return)
    key(panel.table, Qt.Key.Key_Return)
    assert queue.calls == [("cancel", "one")]
    clock.advance(QUIET_PERIOD_S)
    for _repeat in range(5):
        _repeat_key(panel.table, Qt.Key.Key_Return)
    assert queue.calls == [("cancel", "one")]
    key(panel.table, Qt.Key.Key_Return)
    assert queue.calls == [("cancel", "one"), ("run_again", "one")]


def _repeat_key(widget: QWidget, which: Qt.Key) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, which, Qt.KeyboardModifier.NoModifier, "", True)
    QApplication.sendEvent(widget, event)


# Order


def test_alt_and_an_arrow_move_the_selected_jobs() -> None:
    queue = ScriptedQueue(*(waiting(f"w{number}", number) for number in range(4)))
    panel = show_jobs_panel(queue)
    assert titles(panel) == ["w0", "w1", "w2", "w3"]
    click_row(panel, "w2")
    click_row(panel, "w1", CTRL)
    key(panel.table, Qt.Key.Key_Up, ALT)
    key(panel.table, Qt.Key.Key_Down, ALT)
    assert queue.calls == [
        ("move", ["w1", "w2"], QueueMove.UP),
        ("move", ["w1", "w2"], QueueMove.DOWN),
    ]
    queue.put(waiting("w2", -1.0))
    assert titles(panel) == ["w2", "w0", "w1", "w3"]
    assert panel.table.selected_ids() == ["w2", "w1"]


def test_the_menu_of_waiting_jobs_pauses_and_moves_them() -> None:
    queue = ScriptedQueue(waiting("a", 1.0), waiting("b", 2.0), held("c", order=3.0))
    panel = show_jobs_panel(queue)
    click_row(panel, "a")
    assert menu_entries(open_menu(panel, "a")) == [
        "open",
        "details",
        "pause",
        "move_first",
        "move_up",
        "move_down",
        "move_last",
        "cancel",
        "copy_ids",
        "remove",
    ]
    choose_entry(open_menu(panel, "a"), "menu_pause")
    click_row(panel, "c", Qt.KeyboardModifier.ShiftModifier)
    choose_entry(open_menu(panel, "a"), "menu_move_last")
    choose_entry(open_menu(panel, "a"), "menu_send_now")
    assert queue.calls == [
        ("pause", ["a"]),
        ("move", ["a", "b", "c"], QueueMove.LAST),
        ("send_now", ["c"]),
    ]


def test_what_was_never_sent_can_be_taken_out_of_the_list() -> None:
    queue = ScriptedQueue(waiting("a", 1.0), done_job("b"), job("c", S.RUNNING))
    panel = show_jobs_panel(queue)
    panel.table.selectAll()
    key(panel.table, Qt.Key.Key_Delete)
    assert queue.calls == [("remove_many", ["a", "b"])]


# Many at once


def test_ten_thousand_jobs_are_sent_by_one_request() -> None:
    ids = [f"h{number}" for number in range(10_000)]
    queue = ScriptedQueue(*(held(each, order=float(n)) for n, each in enumerate(ids)))
    panel = show_jobs_panel(queue)
    press(strip_button(panel))
    assert queue.calls == [("send_now", ids)]


def test_many_are_run_again_as_one_batch_after_a_question() -> None:
    queue = ScriptedQueue(*(job(f"f{number}", S.FAILED) for number in range(3)))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(usd=0.1, question_from=3).budget())
    panel.table.selectAll()
    choose_entry(open_menu(panel, "f1"), "menu_retry")
    assert queue.calls == []
    yes = find(panel, QPushButton, "run_again_question_yes")
    assert yes.text() == "Run 3 jobs, about $0.30"
    press(yes)
    assert queue.calls == [("run_again_many", ["f0", "f1", "f2"], "retry")]


def test_retrying_all_failed_leaves_out_what_the_server_lost() -> None:
    """A lost job may have been completed."""
    queue = ScriptedQueue(
        job("f", S.FAILED), job("l", S.LOST), job("c", S.CANCELLED), done_job("d")
    )
    panel = show_jobs_panel(queue)
    panel.commands.retry_failed()
    press(find(panel, QPushButton, "run_again_question_yes"))
    assert queue.calls == [("run_again", "f")]


def test_all_failed_are_run_again_in_their_order_whichever_failed_first() -> None:
    queue = ScriptedQueue(*(job(each, S.RUNNING, created_s=n) for n, each in enumerate("abc")))
    panel = show_jobs_panel(queue)
    queue.put(*(replace(queue.jobs[each], state=S.FAILED) for each in "cab"))
    panel.commands.retry_failed()
    press(find(panel, QPushButton, "run_again_question_yes"))
    assert queue.calls == [("run_again_many", ["a", "b", "c"], "retry")]


# Batches


def of_batch(job_id: str, state: JobState, **facts: Any) -> Job:
    return job(job_id, state, batch_id="b", batch_name="retry", **facts)


def test_a_row_of_a_batch_says_which_of_how_many_it_is() -> None:
    queue = ScriptedQueue(of_batch("one", S.DONE), of_batch("two", S.RUNNING), job("alone"))
    panel = show_jobs_panel(queue)
    model = panel.model
    assert [model.batch_number_text(queue.jobs[each]) for each in queue.jobs] == [
        "1 of 2",
        "2 of 2",
        "",
    ]
    spoken = model.index(model.row_of("one"), 0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert spoken == "Batch “retry”, 1 of 2"


def test_the_batch_of_the_selected_job_tells_how_far_it_is() -> None:
    queue = ScriptedQueue(
        of_batch("one", S.DONE), of_batch("two", S.RUNNING), of_batch("three", S.FAILED), job("x")
    )
    panel = show_jobs_panel(queue, budget=ScriptedBudget(batch_usd=0.6).budget())
    line = find(panel, QWidget, "batch_line")
    click_row(panel, "x")
    assert not line.isVisible()
    click_row(panel, "two")
    text = find(panel, QLabel, "batch_line_text")
    assert text.text() == "Batch “retry”: 1 of 3 done, 1 failed, about $0.60 so far"
    queue.put(of_batch("two", S.DONE))
    assert text.text() == "Batch “retry”: 2 of 3 done, 1 failed, about $0.60"
    assert not find(panel, QPushButton, "batch_line_button").isVisible()
    queue.put(of_batch("two", S.CANCELLED))
    assert text.text() == "Batch “retry”: 1 of 3 done, 1 failed, 1 cancelled, about $0.60"


def test_what_is_left_of_a_batch_is_cancelled_after_a_question() -> None:
    queue = ScriptedQueue(
        of_batch("one", S.DONE), of_batch("two", S.RUNNING), of_batch("three", S.WAITING), job("x")
    )
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    press(find(panel, QPushButton, "batch_line_button"))
    yes = find(panel, QPushButton, "cancel_question_yes")
    assert yes.text() == "Cancel 2 jobs"
    press(yes)
    assert queue.calls == [("cancel_batch", "b")]


# Texts


def test_of_a_batch_that_ends_only_how_many_is_announced() -> None:
    queue = ScriptedQueue(*(of_batch(f"j{number}", S.RUNNING) for number in range(500)))
    panel = show_jobs_panel(queue)
    received: list[str] = []
    panel.announcer.announced.connect(received.append)
    queue.put(*(of_batch(f"j{number}", S.FAILED) for number in range(400, 500)))
    queue.put(*(of_batch(f"j{number}", S.DONE) for number in range(400)))
    wait_until(lambda: "jobs done" in " ".join(received))
    assert len(received) <= 5
    assert received[-1] == "400 jobs done, 97 failed"


def test_an_estimate_is_what_the_budget_says() -> None:
    """The scripted budget returns the same type as the real one."""
    budget = ScriptedBudget(usd=0.1)
    assert budget.estimate_jobs([job("a"), job("b")]) == Estimate(usd=0.2, job_count=2)
