"""The queue panel, operated as by a user: buttons, keys, chips, menu and dialogs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication, QHelpEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QToolTip,
    QWidget,
)

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.run_facts import RunFacts
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.base.local_day import day_start_s
from runcomfy_desktop.ui.job_queue.job_button import JobButton
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.job_queue.panel import JobsPanel
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from runcomfy_desktop.ui.widgets.chips import Chip
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.foldable_text import FoldableText
from tests.gui.support.jobs_panel import (
    button_of,
    buttons,
    choose_entry,
    click_row,
    menu_entries,
    move_pointer_away,
    open_menu,
    show_jobs_panel,
    titles,
)
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, job, output
from tests.gui.support.user_input import (
    find,
    key,
    press,
    process_events,
    show,
    turn_wheel,
    wait_until,
)

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_scope import SessionScope

pytestmark = pytest.mark.usefixtures("qapp")


def shown_dialogs(panel: JobsPanel) -> list[str]:
    found = panel.window().findChildren(QDialog)
    return [each.objectName() for each in found if each.isVisible()]


def dialog(panel: JobsPanel, name: str) -> QDialog:
    return find(panel, QDialog, name)


# Buttons


def test_each_row_has_a_real_button_that_does_its_action() -> None:
    queue = ScriptedQueue(
        job("cancelled", JobState.CANCELLED), job("running", JobState.RUNNING), job("waits")
    )
    panel = show_jobs_panel(queue)
    assert [each.text() for each in buttons(panel)] == ["Cancel", "Cancel", "Run again"]
    assert [each.accessibleName() for each in buttons(panel)] == [
        "Cancel running",
        "Cancel waits",
        "Run again cancelled",
    ]
    press(button_of(panel, "running"))
    press(button_of(panel, "cancelled"))
    assert queue.calls == [("cancel", "running"), ("run_again", "cancelled")]


def test_buttons_lie_on_their_rows() -> None:
    panel = show_jobs_panel(ScriptedQueue(*(job(f"j{number}") for number in range(5))))
    for each in buttons(panel):
        row = panel.model.row_of(each.job_id)
        cell = panel.table.visualRect(panel.model.index(row, JobColumn.ACTION))
        top = panel.table.viewport().mapToGlobal(cell.topLeft())
        place = each.mapToGlobal(QPoint(0, 0))
        assert top.y() <= place.y()
        assert place.y() + each.height() <= top.y() + cell.height()
        assert top.x() <= place.x()


def test_a_screen_reader_meets_the_buttons_when_it_walks_down() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one"), job("two")))
    names = []

    def walk(each: QAccessible.Interface) -> None:  # type: ignore[name-defined]  # not in stubs
        for number in range(each.childCount()):
            child = each.child(number)
            if child.role() == QAccessible.Role.Button:
                names.append(child.text(QAccessible.Text.Name))
            walk(child)

    walk(QAccessible.queryAccessibleInterface(panel))
    assert {"Cancel one", "Cancel two"} <= set(names)


def test_there_are_buttons_for_the_rows_in_view_only() -> None:
    panel = show_jobs_panel(
        ScriptedQueue(*(job(f"j{number}") for number in range(500))), height=240
    )
    assert 2 <= len(buttons(panel)) <= 7
    before = len(panel.findChildren(JobButton))
    panel.table.verticalScrollBar().setValue(3000)
    process_events()
    assert buttons(panel)[0].job_id == titles(panel)[panel.table.rowAt(0)]
    panel.table.verticalScrollBar().setValue(9000)
    process_events()
    assert len(panel.findChildren(JobButton)) <= before + 1


def test_the_wheel_over_a_button_scrolls_the_table() -> None:
    panel = show_jobs_panel(
        ScriptedQueue(*(job(f"j{number}") for number in range(100))), height=240
    )
    place = buttons(panel)[1].parentWidget()
    assert place is not None
    # A button leaves the wheel to its parent, but Qt does that for system events only.
    turn_wheel(place, QPoint(1, 1))
    assert panel.table.verticalScrollBar().value() > 0


def test_a_click_beside_a_button_selects_its_row() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one"), job("two")))
    button = button_of(panel, "one")
    right = button.mapTo(panel, QPoint(button.width() + 4, button.height() // 2))
    under = panel.childAt(right)
    assert under is panel.table.viewport()


def test_a_button_stays_with_its_job_when_rows_move() -> None:
    queue = ScriptedQueue(job("one"), job("two"))
    panel = show_jobs_panel(queue)
    button = button_of(panel, "one")
    button.setFocus()
    queue.put(job("three"))
    process_events()
    assert button.job_id == "one"
    assert button.hasFocus()
    assert [each.job_id for each in buttons(panel)] == ["one", "two", "three"]
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert queue.calls == [("cancel", "one")]


def test_focus_goes_back_to_the_table_when_its_button_leaves() -> None:
    queue = ScriptedQueue(job("one"), job("two"))
    panel = show_jobs_panel(queue)
    button_of(panel, "one").setFocus()
    queue.remove_job("one")
    process_events()
    assert panel.table.hasFocus()


def test_focus_stays_in_the_table_when_its_button_is_switched_off() -> None:
    queue = ScriptedQueue(job("one", JobState.RUNNING), job("two", JobState.RUNNING))
    panel = show_jobs_panel(queue)
    button_of(panel, "two").setFocus()
    queue.put(job("two", JobState.RUNNING, cancel_asked=True))
    wait_until(lambda: not button_of(panel, "two").isEnabled())
    assert panel.table.hasFocus()


def test_tab_goes_through_the_buttons_in_reading_order() -> None:
    queue = ScriptedQueue(job("one"), job("two"))
    panel = show_jobs_panel(queue)
    queue.put(job("three"))
    process_events()
    panel.table.setFocus()
    recorded = []
    for _turn in range(3):
        key(panel, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert isinstance(focused, JobButton)
        recorded.append(focused.job_id)
    assert recorded == ["one", "two", "three"]


def test_the_second_half_of_a_double_click_does_not_run_again() -> None:
    queue = ScriptedQueue(job("one", JobState.WAITING))
    panel = show_jobs_panel(queue)
    button = button_of(panel, "one")
    press(button)
    queue.put(job("one", JobState.CANCELLED))
    process_events()
    assert button.text() == "Run again"
    press(button)
    assert queue.calls == [("cancel", "one")]


def test_a_button_that_waits_is_disabled() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one", JobState.RUNNING, cancel_asked=True)))
    assert not button_of(panel, "one").isEnabled()
    assert button_of(panel, "one").accessibleDescription() == "Cancelling…, row 1"


# Selecting and opening


def test_a_click_on_a_row_tells_which_job_to_show() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one"), job("two")))
    spy = QSignalSpy(panel.follower.job_shown)
    click_row(panel, "one")
    assert spy.at(spy.count() - 1) == ["one"]


def test_open_selects_the_job_and_asks_for_its_outputs() -> None:
    panel = show_jobs_panel(ScriptedQueue(done_job("one"), done_job("two")))
    opened, selected = QSignalSpy(panel.open_requested), QSignalSpy(panel.follower.job_shown)
    press(button_of(panel, "one"))
    assert opened.at(0) == ["one"]
    assert selected.at(selected.count() - 1) == ["one"]
    assert panel.table.selected_ids() == ["one"]


def test_keys_do_what_buttons_do() -> None:
    queue = ScriptedQueue(done_job("one"), job("two"))
    panel = show_jobs_panel(queue)
    opened, enlarged = QSignalSpy(panel.open_requested), QSignalSpy(panel.full_view_requested)
    panel.table.setFocus()
    key(panel, Qt.Key.Key_Home)
    key(panel, Qt.Key.Key_Return)
    assert queue.calls == [("cancel", "two")]
    key(panel, Qt.Key.Key_Space)
    assert (enlarged.count(), panel.follower.shown_job_id) == (1, "two")
    key(panel, Qt.Key.Key_Down)
    key(panel, Qt.Key.Key_Enter)
    assert opened.at(0) == ["one"]


def test_enter_does_nothing_where_the_button_is_disabled() -> None:
    queue = ScriptedQueue(job("one", JobState.FETCHING))
    panel = show_jobs_panel(queue)
    opened = QSignalSpy(panel.open_requested)
    click_row(panel, "one")
    key(panel.table, Qt.Key.Key_Return)
    assert queue.calls == []
    assert opened.count() == 0


# Following results


def test_a_new_result_is_looked_at_by_itself() -> None:
    queue = ScriptedQueue(job("one", JobState.RUNNING))
    panel = show_jobs_panel(queue)
    spy = QSignalSpy(panel.follower.job_shown)
    queue.put(done_job("one"))
    process_events()
    assert spy.at(0) == ["one"]
    queue.put(job("two", JobState.RUNNING))
    queue.put(done_job("two"))
    assert spy.at(1) == ["two"]
    assert panel.table.selected_ids() == ["two"]


def test_a_person_s_choice_stays_until_the_next_run() -> None:
    queue = ScriptedQueue(done_job("old"), job("one", JobState.RUNNING))
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    click_row(panel, "old")
    spy = QSignalSpy(panel.follower.job_shown)
    queue.put(done_job("one"))
    assert spy.count() == 0
    assert panel.table.selected_ids() == ["old"]
    queue.put(job("next", JobState.WAITING))
    queue.put(done_job("next"))
    assert spy.at(spy.count() - 1) == ["next"]


def test_the_first_job_is_watched_from_its_beginning() -> None:
    queue = ScriptedQueue()
    panel = show_jobs_panel(queue)
    spy = QSignalSpy(panel.follower.job_shown)
    queue.put(job("one", JobState.WAITING))
    assert spy.at(0) == ["one"]


def test_the_last_result_of_the_history_is_shown_at_the_start() -> None:
    panel = show_jobs_panel(
        ScriptedQueue(done_job("old"), done_job("newer"), job("x", JobState.FAILED))
    )
    assert panel.follower.shown_job_id == "newer"
    assert panel.table.selected_ids() == ["newer"]


def test_a_history_that_arrives_later_shows_its_last_result() -> None:
    queue = ScriptedQueue()
    panel = show_jobs_panel(queue)
    spy = QSignalSpy(panel.follower.job_shown)
    queue.load(done_job("old"))
    assert spy.at(spy.count() - 1) == ["old"]
    assert panel.follower.shown_job_id == "old"


def test_a_row_that_leaves_a_group_does_not_choose_its_neighbour() -> None:
    queue = ScriptedQueue(job("one"), job("two"), job("three"))
    panel = show_jobs_panel(queue)
    press(find(panel, Chip, "jobs_active"))
    click_row(panel, "two")
    move_pointer_away(panel)
    spy = QSignalSpy(panel.follower.job_shown)
    queue.put(job("two", JobState.FAILED))
    process_events()
    assert spy.count() == 0
    assert panel.table.selected_ids() == []


# Chips


def test_chips_filter_and_count() -> None:
    queue = ScriptedQueue(job("one"), done_job("two"), job("three", JobState.FAILED), job("four"))
    panel = show_jobs_panel(queue)
    chips = [each for each in panel.findChildren(Chip) if each.isVisible()]
    texts = [each.text() for each in sorted(chips, key=lambda each: each.x())]
    assert texts[0] == "Active 2"
    assert texts[1].startswith("Today ")
    assert texts[2:] == ["Failed 1", "All 4"]
    press(find(panel, Chip, "jobs_active"))
    assert titles(panel) == ["one", "four"]
    assert find(panel, Chip, "jobs_active").isChecked()
    press(find(panel, Chip, "jobs_failed"))
    assert titles(panel) == ["three"]
    assert find(panel, Chip, "jobs_failed").accessibleName() == "Failed, 1 job"
    queue.put(job("four", JobState.FAILED))
    assert find(panel, Chip, "jobs_failed").text() == "Failed 2"
    assert titles(panel) == ["four", "three"]


def test_rare_groups_have_a_chip_only_while_they_have_jobs() -> None:
    queue = ScriptedQueue(job("one"))
    panel = show_jobs_panel(queue)
    assert not find(panel, Chip, "jobs_uncertain").isVisible()
    queue.put(job("one", JobState.UNCERTAIN))
    process_events()
    assert find(panel, Chip, "jobs_uncertain").text() == "Answer unknown 1"
    press(find(panel, Chip, "jobs_uncertain"))
    queue.put(job("one", JobState.CANCELLED))
    assert find(panel, Chip, "jobs_uncertain").isVisible()
    press(find(panel, Chip, "jobs_all"))
    queue.put(job("one", JobState.CANCELLED, reason="By the user."))
    process_events()
    assert not find(panel, Chip, "jobs_uncertain").isVisible()


def test_arrow_keys_choose_among_the_chips() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one"), done_job("two")))
    press(find(panel, Chip, "jobs_today"))
    key(panel, Qt.Key.Key_Left)
    assert titles(panel) == ["one"]
    assert panel.model.job_filter is JobFilter.ACTIVE


def test_an_empty_place_says_what_belongs_there() -> None:
    queue = ScriptedQueue()
    panel = show_jobs_panel(queue)
    empty = find(panel, EmptyState, "empty_state")
    assert empty.isVisible()
    assert empty.text() == "Runs appear here. Choose inputs and press Run."
    queue.put(job("one"))
    process_events()
    assert not empty.isVisible()
    press(find(panel, Chip, "jobs_failed"))
    assert empty.text() == "No job has failed."


# Today


NOON_S = day_start_s(1_760_000_000.0) + 12 * 3600


def of_day(days_ago: int, job_id: str, state: JobState = JobState.DONE) -> Job:
    return job(job_id, state, created_s=day_start_s(NOON_S, days_later=-days_ago) + 60)


def test_the_list_begins_with_the_jobs_of_today() -> None:
    queue = ScriptedQueue(of_day(1, "old"), of_day(2, "runs", JobState.RUNNING), of_day(0, "new"))
    panel = show_jobs_panel(queue, epoch_now=lambda: NOON_S)
    assert find(panel, Chip, "jobs_today").isChecked()
    assert find(panel, Chip, "jobs_today").text() == "Today 2"
    assert titles(panel) == ["runs", "new"]
    press(find(panel, Chip, "jobs_all"))
    assert titles(panel) == ["runs", "new", "old"]


def test_where_no_job_is_of_today_all_are_offered() -> None:
    panel = show_jobs_panel(ScriptedQueue(of_day(1, "old")), epoch_now=lambda: NOON_S)
    assert find(panel, EmptyState, "empty_state").text() == "No jobs today."
    assert panel.follower.shown_job_id == "old", "the last result is shown all the same"
    press(find(panel, QPushButton, "empty_state_button"))
    assert titles(panel) == ["old"]
    assert find(panel, Chip, "jobs_all").isChecked()


def test_a_job_opened_from_elsewhere_is_shown_among_all_if_it_is_in_no_other_tab() -> None:
    queue = ScriptedQueue(of_day(1, "old"), of_day(0, "new"))
    panel = show_jobs_panel(queue, epoch_now=lambda: NOON_S)
    panel.select_job("new")
    assert find(panel, Chip, "jobs_today").isChecked()
    panel.select_job("old")
    assert panel.table.selected_ids() == ["old"]
    assert find(panel, Chip, "jobs_all").isChecked()


def test_at_midnight_yesterday_s_jobs_leave_the_list() -> None:
    now = [day_start_s(NOON_S, days_later=1) - 0.01]
    queue = ScriptedQueue(of_day(0, "done"), of_day(0, "runs", JobState.RUNNING))
    panel = show_jobs_panel(queue, epoch_now=lambda: now[0])
    panel.select_job("runs")
    assert titles(panel) == ["runs", "done"]
    now[0] += 60.0
    wait_until(lambda: titles(panel) == ["runs"])
    assert find(panel, Chip, "jobs_today").text() == "Today 1"
    assert panel.table.selected_ids() == ["runs"]


def test_at_midnight_nothing_moves_under_the_pointer() -> None:
    now = [day_start_s(NOON_S, days_later=1) - 0.01]
    queue = ScriptedQueue(of_day(0, "done"), of_day(0, "runs", JobState.RUNNING))
    panel = show_jobs_panel(queue, epoch_now=lambda: now[0])
    click_row(panel, "runs")
    now[0] += 60.0
    wait_until(lambda: find(panel, Chip, "jobs_today").text() == "Today 1")
    assert titles(panel) == ["runs", "done"]
    move_pointer_away(panel)
    assert titles(panel) == ["runs"]


# Cancelling many


def test_cancel_all_is_there_only_when_something_can_be_cancelled() -> None:
    queue = ScriptedQueue(done_job("one"))
    panel = show_jobs_panel(queue)
    cancel_all = panel.findChild(QPushButton, "cancel_all_jobs")
    assert isinstance(cancel_all, QPushButton)
    assert not cancel_all.isVisible()
    queue.put(job("two", JobState.WAITING))
    process_events()
    assert cancel_all.isVisible()


def test_cancel_all_asks_first_and_names_how_many() -> None:
    queue = ScriptedQueue(job("one"), job("two", JobState.RUNNING), done_job("three"))
    panel = show_jobs_panel(queue)
    press(find(panel, QPushButton, "cancel_all_jobs"))
    question = dialog(panel, "cancel_question")
    yes = find(question, QPushButton, "cancel_question_yes")
    assert yes.text() == "Cancel 2 jobs"
    assert queue.calls == []
    queue.put(done_job("one"))
    press(yes)
    assert queue.calls == [("cancel_many", ["two"])]


def test_the_question_is_left_by_escape() -> None:
    queue = ScriptedQueue(job("one"), job("two"))
    panel = show_jobs_panel(queue)
    press(find(panel, QPushButton, "cancel_all_jobs"))
    key(dialog(panel, "cancel_question"), Qt.Key.Key_Escape)
    assert queue.calls == []


def test_the_selected_jobs_are_cancelled_together() -> None:
    queue = ScriptedQueue(job("one"), job("two"), done_job("three"), job("four"))
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    panel.cancel_selected()
    assert queue.calls == [("cancel", "one")]
    click_row(panel, "four", Qt.KeyboardModifier.ShiftModifier)
    panel.cancel_selected()
    press(find(panel, QPushButton, "cancel_question_yes"))
    assert queue.calls[1:] == [("cancel_many", ["one", "two", "four"])]


# Menu


def test_the_menu_offers_what_fits_the_job() -> None:
    broken = output("", fault="Gone.", filename="a.png")
    queue = ScriptedQueue(done_job("one", broken, request_id="r-1"), job("two", request_id="r-2"))
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    menu = open_menu(panel, "one")
    assert menu_entries(menu) == [
        "open",
        "details",
        "fetch_again",
        "run_again",
        "copy_ids",
        "remove",
    ]
    choose_entry(open_menu(panel, "one"), "menu_fetch_again")
    click_row(panel, "two")
    choose_entry(open_menu(panel, "two"), "menu_ask_again")
    assert queue.calls == [("fetch_again", "one"), ("poll_now", "two")]


def test_the_menu_copies_request_ids_of_all_selected() -> None:
    panel = show_jobs_panel(
        ScriptedQueue(job("one", request_id="r-1"), job("two", request_id="r-2"))
    )
    click_row(panel, "two")
    click_row(panel, "one", Qt.KeyboardModifier.ControlModifier)
    choose_entry(open_menu(panel, "one"), "menu_copy_ids")
    assert QGuiApplication.clipboard().text() == "r-1\nr-2"


def test_the_menu_opens_by_key_at_the_current_row() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one")))
    click_row(panel, "one")
    corner = panel.table.mapToGlobal(QPoint(5, 5))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), corner)
    QApplication.sendEvent(panel.table, event)
    process_events()
    assert find(panel, QMenu, "jobs_menu").isVisible()


def test_the_delete_key_takes_what_is_over_out_of_the_list_at_once() -> None:
    queue = ScriptedQueue(done_job("one"), job("two"))
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    click_row(panel, "two", Qt.KeyboardModifier.ControlModifier)
    key(panel.table, Qt.Key.Key_Delete)
    assert shown_dialogs(panel) == []
    assert queue.calls == [("remove_many", ["one"])]
    # Although the pointer is over the list, a job that the user removes disappears at once.
    queue.remove_job("one")
    process_events()
    assert titles(panel) == ["two"]


def test_what_is_put_back_lies_where_it_was() -> None:
    queue = ScriptedQueue(done_job("one"), done_job("two"), done_job("three"), done_job("four"))
    panel = show_jobs_panel(queue)
    before, jobs = titles(panel), dict(queue.jobs)
    for job_id in ("two", "three"):
        queue.remove_job(job_id)
    queue.put(jobs["three"], jobs["two"])
    process_events()
    assert titles(panel) == before
    press(find(panel, QToolButton, "sort_time"))
    assert titles(panel) == before
    press(find(panel, QToolButton, "sort_time"))
    assert titles(panel) == before[::-1]


# Details and resolving


def failed() -> Job:
    return job(
        "one",
        JobState.FAILED,
        reason="Out of GPU memory.\nChoose a smaller size.",
        technical="<b>torch.OutOfMemoryError</b>",
        request_id="r-77",
    )


def test_details_tell_everything_and_can_be_copied() -> None:
    queue = ScriptedQueue(failed())
    panel = show_jobs_panel(queue)
    press(button_of(panel, "one"))
    details = dialog(panel, "job_details")
    story = find(details, QLabel, "job_details_story").text()
    assert "Choose a smaller size." in story
    assert "billed" in story
    press(find(details, QPushButton, "job_details_copy"))
    copied = QGuiApplication.clipboard().text()
    assert "Out of GPU memory." in copied
    assert "Request ID: r-77" in copied
    assert "<b>torch.OutOfMemoryError</b>" in copied
    press(find(details, QPushButton, "job_details_run_again"))
    assert queue.calls == [("run_again", "one")]
    assert panel.findChild(QDialog, "job_details") is None


def test_details_tell_the_prompt_and_the_changed_inputs() -> None:
    prompt, steps = InputKey("6", "text"), InputKey("3", "steps")
    facts = RunFacts(earlier={steps: "20"}, prompts={prompt: "a red bicycle"})
    queue = ScriptedQueue(replace(failed(), changes={steps: 30}, facts=facts))
    panel = show_jobs_panel(queue)
    press(button_of(panel, "one"))
    details = dialog(panel, "job_details")
    assert find(details, FoldableText, "fact_prompt").shown_text() == "a red bicycle"
    assert find(details, FoldableText, "fact_changed").shown_text() == "steps 20 → 30"
    assert not find(details, FoldableText, "fact_negative").isVisible()
    press(find(details, QPushButton, "job_details_copy"))
    copied = QGuiApplication.clipboard().text()
    assert "Prompt: a red bicycle\nChanged: steps 20 → 30" in copied


def open_resolve(panel: JobsPanel) -> QDialog:
    press(buttons(panel)[0])
    return dialog(panel, "resolve_dialog")


def test_a_lost_answer_is_resolved_by_its_request_id() -> None:
    queue = ScriptedQueue(job("one", JobState.UNCERTAIN))
    panel = show_jobs_panel(queue)
    resolve = open_resolve(panel)
    assert resolve.isModal()
    adopt = find(resolve, QPushButton, "resolve_adopt")
    assert not adopt.isEnabled()
    field = find(resolve, QLineEdit, "resolve_request_id")
    field.setFocus()
    QTest.keyClicks(field, "../../balance")
    press(adopt)
    assert find(resolve, QLabel, "resolve_fault").isVisible()
    assert queue.calls == []
    field.clear()
    QTest.keyClicks(field, " 5f0c2c1e-8f0a-4c53 ")
    assert not find(resolve, QLabel, "resolve_fault").isVisible()
    key(field, Qt.Key.Key_Return)
    assert queue.calls == [("adopt", "one", "5f0c2c1e-8f0a-4c53")]


def test_sending_again_names_that_it_may_be_paid_twice() -> None:
    queue = ScriptedQueue(job("one", JobState.UNCERTAIN))
    panel = show_jobs_panel(queue)
    resolve = open_resolve(panel)
    assert "pay twice" in find(resolve, QLabel, "resolve_send_again_words").text()
    press(find(resolve, QPushButton, "resolve_send_again"))
    assert queue.calls == [("send_again", "one")]


def test_discarding_and_deciding_later() -> None:
    queue = ScriptedQueue(job("one", JobState.UNCERTAIN))
    panel = show_jobs_panel(queue)
    press(find(open_resolve(panel), QPushButton, "resolve_leave"))
    assert queue.calls == []
    key(open_resolve(panel), Qt.Key.Key_Return)
    assert queue.calls == []
    press(find(open_resolve(panel), QPushButton, "resolve_discard"))
    assert queue.calls == [("discard", "one")]


# Announcements and tooltips


def test_ends_are_announced_once_and_only_those_that_happen_now() -> None:
    queue = ScriptedQueue(done_job("old"), job("one", JobState.RUNNING))
    panel = show_jobs_panel(queue)
    spy = QSignalSpy(panel.announcer.announced)
    queue.put(done_job("one", title="Blue bicycle"))
    queue.put(done_job("one", title="Blue bicycle"))
    queue.put(job("two", JobState.WAITING))
    queue.put(job("two", JobState.FAILED, reason="Out of memory."))
    assert [spy.at(number) for number in range(spy.count())] == [
        ["Done: Blue bicycle"],
        ["Failed: two. Out of memory."],
    ]


def hover(panel: JobsPanel, job_id: str, column: JobColumn) -> str:
    """Returns the tooltip of a cell."""
    index = panel.model.index(panel.model.row_of(job_id), column)
    at = panel.table.visualRect(index).center()
    event = QHelpEvent(QEvent.Type.ToolTip, at, panel.table.viewport().mapToGlobal(at))
    QApplication.sendEvent(panel.table.viewport(), event)
    text = QToolTip.text()
    QToolTip.hideText()
    return text


def test_tooltips_tell_what_the_row_cannot_show() -> None:
    long = "<img src='http://x/'>" + "x" * 200
    reason = "Out of GPU memory at node 31, which asked for more than this machine has to give."
    panel = show_jobs_panel(
        ScriptedQueue(
            job("short", JobState.RUNNING, trouble="No network."),
            job("long", JobState.FAILED, title=long, reason=reason),
        )
    )
    assert hover(panel, "short", JobColumn.JOB) == ""
    assert "No network." in hover(panel, "short", JobColumn.STATE)
    assert "&lt;img" in hover(panel, "long", JobColumn.JOB)
    assert reason in hover(panel, "long", JobColumn.STATE)


def test_a_narrow_panel_keeps_the_buttons_in_view() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one")))
    panel.resize(320, 300)
    process_events()
    button = button_of(panel, "one")
    right = button.mapTo(panel, QPoint(button.width(), 0)).x()
    assert right <= panel.width()
    assert panel.table.isColumnHidden(JobColumn.DEPLOYMENT)


def test_after_the_end_of_the_session_the_panel_reports_nothing(scope: SessionScope) -> None:
    queue = ScriptedQueue(job("one"), done_job("two"))
    panel = JobsPanel(scope, queue.as_queue())
    panel.show_filter(JobFilter.ALL)
    show(panel)
    click_row(panel, "one")
    queue.remove_job("two")
    assert titles(panel) == ["one", "two"], "the rows keep still under the pointer"
    scope.close()
    selected, cancellable = (
        QSignalSpy(panel.follower.job_shown),
        QSignalSpy(panel.cancellable_changed),
    )
    queue.put(done_job("one"), done_job("three"))
    queue.loaded.publish(None)
    queue.send_queue.set_state(is_paused=True)
    move_pointer_away(panel)
    panel.hide()
    process_events()
    assert (selected.count(), cancellable.count()) == (0, 0)
    assert titles(panel) == ["one", "two"]
    assert find(panel, QWidget, "held_strip").isHidden()


def test_rows_do_not_jump_when_cancel_all_comes_and_goes() -> None:
    queue = ScriptedQueue(done_job("a"))
    panel = show_jobs_panel(queue)
    height = panel.header.height()
    queue.put(job("b"))
    process_events()
    assert find(panel, QPushButton, "cancel_all_jobs").isVisible()
    assert panel.header.height() == height


def test_with_jobs_of_every_state_it_is_no_wider_than_its_room() -> None:
    states = (
        JobState.RUNNING,
        JobState.DONE,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.UNCERTAIN,
        JobState.HELD,
    )
    queue = ScriptedQueue(*(job(state.value, state) for state in states))
    panel = show_jobs_panel(queue)
    panel.resize(560, 300)
    process_events()
    assert panel.width() == 560
    chips = [each for each in panel.findChildren(Chip) if each.isVisible()]
    assert len(chips) >= 6
    for each in chips:
        assert each.visibleRegion().boundingRect() == each.rect(), each.text()
    for button in buttons(panel):
        assert button.mapTo(panel, button.rect().topRight()).x() < panel.width()
