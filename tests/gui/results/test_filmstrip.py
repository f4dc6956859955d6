"""The strip of results over all jobs, and the ways from one result to the next."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.jobs.run_facts import RunFacts
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.results.outputs_model import OutputsModel
from runcomfy_desktop.ui.results.panel import OutputPanel
from runcomfy_desktop.ui.style.theme import colours
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, job, output, picture
from tests.gui.support.user_input import find, key, press, process_events, show, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job

pytestmark = pytest.mark.usefixtures("qapp")

_NAME = Qt.ItemDataRole.AccessibleTextRole


def panel_on(queue: ScriptedQueue, job_id: str = "") -> OutputPanel:
    scope = SessionScope(QWidget())
    panel = OutputPanel(scope, queue.as_queue())
    scope.dialog_parent.setParent(panel)
    show(panel, 400, 760)
    panel.show_job(job_id)
    process_events()
    return panel


def names(model: OutputsModel) -> list[str]:
    return [model.index(row).data(_NAME) for row in range(model.rowCount())]


def ended(job_id: str, finished_s: float, *files: str) -> Job:
    """Returns a job that ended at a time with files, which need not exist."""
    outputs = [output(f"/nowhere/{name}") for name in files]
    return done_job(job_id, *outputs, finished_s=finished_s)


def current(panel: OutputPanel) -> str:
    return str(panel.filmstrip.currentIndex().data(_NAME))


# Contents


def test_the_results_of_all_jobs_stand_in_one_strip() -> None:
    running = job("three", JobState.RUNNING)
    queue = ScriptedQueue(
        ended("one", 100.0, "a.png", "b.png"),
        ended("two", 200.0, "c.png"),
        job("failed", JobState.FAILED),
        job("waiting", JobState.WAITING),
        running,
    )
    panel = panel_on(queue, "two")
    assert panel.filmstrip.isVisible()
    older = ["c.png, Picture, two", "a.png, Picture, one", "b.png, Picture, one"]
    assert names(panel.model) == ["In progress, three", *older]
    assert current(panel) == "c.png, Picture, two"
    queue.put(ended("three", 300.0, "d.png"))
    wait_until(lambda: names(panel.model) == ["d.png, Picture, three", *older])
    assert current(panel) == "c.png, Picture, two", "what is looked at stays"


def test_without_results_there_is_no_strip() -> None:
    panel = panel_on(ScriptedQueue(job("one", JobState.FAILED)), "one")
    assert not panel.filmstrip.isVisible()


def test_pictures_come_before_other_files_texts_and_previews() -> None:
    text = Output("5", "text", OutputKind.TEXT, text="A bicycle.")
    clip = output("/nowhere/a.mp4", OutputKind.VIDEO)
    preview = output("/nowhere/p.png", is_preview=True)
    model = OutputsModel()
    made = done_job("one", text, preview, clip, output("/nowhere/a.png"))
    model.show_jobs({"one": made})
    assert [name.split(",")[0] for name in names(model)] == ["a.png", "a.mp4", "Text", "p.png"]


def test_the_first_picture_of_a_job_is_shown_first(tmp_path: Path) -> None:
    text = Output("5", "text", OutputKind.TEXT, text="A bicycle.")
    path = picture(tmp_path, "a.png")
    panel = panel_on(ScriptedQueue(done_job("one", text, output(path))), "one")
    view = panel.result_view.picture_view
    wait_until(lambda: view.picture is not None and view.picture.path == path)


def test_the_result_that_the_author_chose_is_shown_first(tmp_path: Path) -> None:
    chosen, other = picture(tmp_path, "chosen.png"), picture(tmp_path, "other.png")
    made = done_job("one", output(other), replace(output(chosen), node_id="7"))
    facts = RunFacts(first_outputs=("7",))
    panel = panel_on(ScriptedQueue(replace(made, facts=facts)), "one")
    view = panel.result_view.picture_view
    wait_until(lambda: view.picture is not None and view.picture.path == chosen)


def test_a_job_that_is_not_in_the_list_stands_last_while_it_is_shown() -> None:
    panel = panel_on(ScriptedQueue(ended("new", 200.0, "a.png")), "new")
    panel.show_past_job(ended("old", 900.0, "b.png"))
    assert names(panel.model) == ["a.png, Picture, new", "b.png, Picture, old"]
    assert current(panel) == "b.png, Picture, old"
    panel.show_job("new")
    assert names(panel.model) == ["a.png, Picture, new"]


def test_a_change_of_ten_thousand_jobs_touches_only_the_rows_that_changed() -> None:
    jobs = {
        f"job{number}": ended(f"job{number}", number + 1.0, *"abcd") for number in range(10_000)
    }
    model = OutputsModel()
    model.show_jobs(jobs)
    assert model.rowCount() == 40_000
    removed, inserted = QSignalSpy(model.rowsRemoved), QSignalSpy(model.rowsInserted)
    changed, reset = QSignalSpy(model.dataChanged), QSignalSpy(model.modelReset)
    fetched = tuple(replace(each, url="signed anew") for each in jobs["job5000"].outputs)
    model.show_jobs(jobs | {"job5000": replace(jobs["job5000"], outputs=fetched)})
    first, last = changed.at(0)[0], changed.at(0)[1]
    assert (first.row(), last.row()) == (4999 * 4, 4999 * 4 + 3)
    model.show_jobs(jobs | {"job5000": replace(jobs["job5000"], outputs=fetched[:1])})
    assert (removed.count(), inserted.count(), reset.count()) == (1, 1, 0)
    assert (removed.at(0)[1], removed.at(0)[2]) == (4999 * 4, 4999 * 4 + 3)
    assert (inserted.at(0)[1], inserted.at(0)[2]) == (4999 * 4, 4999 * 4)


def test_an_output_that_disappears_is_followed_by_the_next_of_its_job() -> None:
    both = ended("one", 100.0, "a.png", "b.png")
    queue = ScriptedQueue(both)
    panel = panel_on(queue, "one")
    panel.step(1)
    assert current(panel) == "b.png, Picture, one"
    queue.put(replace(both, outputs=both.outputs[:1]))
    assert current(panel) == "a.png, Picture, one"
    queue.put(replace(both, outputs=(), reason="gone"))
    assert panel.result_view.currentWidget() is panel.result_view.job_card


# Choosing


def test_a_click_shows_an_output_and_chooses_its_job() -> None:
    queue = ScriptedQueue(ended("one", 100.0, "a.png", "b.png"), ended("two", 200.0, "c.png"))
    panel = panel_on(queue, "two")
    spy = QSignalSpy(panel.job_chosen)
    rect = panel.filmstrip.visualRect(panel.model.index(2))
    press(panel.filmstrip.viewport(), rect.center())
    assert current(panel) == "b.png, Picture, one"
    assert [spy.at(at) for at in range(spy.count())] == [["one"]]
    panel.show_job("one")
    assert current(panel) == "b.png, Picture, one", "the queue's answer changes nothing"
    panel.show_job("two")
    assert current(panel) == "c.png, Picture, two"
    assert spy.count() == 1


def test_the_keys_of_the_strip_reach_every_item_and_its_ends() -> None:
    queue = ScriptedQueue(
        ended("one", 100.0, "a.png"), ended("two", 200.0, "b.png"), job("three", JobState.RUNNING)
    )
    panel = panel_on(queue, "two")
    panel.filmstrip.setFocus()
    for which, expected in (
        (Qt.Key.Key_Right, "a.png, Picture, one"),
        (Qt.Key.Key_Home, "In progress, three"),
        (Qt.Key.Key_End, "a.png, Picture, one"),
        (Qt.Key.Key_Left, "b.png, Picture, two"),
    ):
        key(panel.filmstrip, which)
        assert current(panel) == expected
    key(panel.filmstrip, Qt.Key.Key_Home)
    assert panel.result_view.currentWidget() is panel.result_view.job_card


def test_the_keys_of_the_viewer_pass_over_jobs_without_outputs() -> None:
    queue = ScriptedQueue(ended("one", 100.0, "a.png"), job("two", JobState.RUNNING))
    panel = panel_on(queue, "two")
    panel.result_view.setFocus()
    key(panel.result_view, Qt.Key.Key_Right)
    assert current(panel) == "a.png, Picture, one"
    key(panel.result_view, Qt.Key.Key_Left)
    assert current(panel) == "a.png, Picture, one"


def test_the_title_says_which_result_is_shown_and_leads_to_the_next() -> None:
    queue = ScriptedQueue(
        ended("one", 100.0, "a.png", "b.png"), ended("two", 200.0, "c.png"), job("three")
    )
    panel = panel_on(queue, "two")
    newer, older = (
        find(panel, QToolButton, "newer_result"),
        find(panel, QToolButton, "older_result"),
    )
    position = find(panel, QLabel, "result_position")
    assert (position.text(), newer.isEnabled()) == ("1 of 3", False)
    press(older)
    press(older)
    assert current(panel) == "b.png, Picture, one"
    assert (position.text(), older.isEnabled()) == ("3 of 3", False)
    press(newer)
    assert position.text() == "2 of 3"
    panel.show_job("three")
    assert (position.text(), newer.isEnabled(), older.isEnabled()) == ("3 results", False, True)
    press(older)
    assert current(panel) == "c.png, Picture, two"
    assert (newer.accessibleName(), older.accessibleName()) == ("Newer result", "Older result")


def test_a_pager_at_its_end_keeps_the_focus() -> None:
    panel = panel_on(ScriptedQueue(ended("one", 100.0, "a.png", "b.png")), "one")
    older = find(panel, QToolButton, "older_result")
    older.setFocus()
    key(older, Qt.Key.Key_Space)
    assert find(panel, QToolButton, "newer_result").hasFocus()


def test_the_wheel_scrolls_sideways_and_the_choice_comes_into_view() -> None:
    files = [f"{number}.png" for number in range(100)]
    panel = panel_on(ScriptedQueue(ended("one", 100.0, *files)), "one")
    strip = panel.filmstrip
    at, down = QPointF(20, 20), QPoint(0, -120)
    wheel = QWheelEvent(
        at,
        QPointF(strip.viewport().mapToGlobal(at.toPoint())),
        QPoint(),
        down,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(strip.viewport(), wheel)
    assert strip.indexAt(QPoint(20, 20)).row() == 2
    strip.setFocus()
    key(strip, Qt.Key.Key_End)
    assert strip.viewport().rect().contains(strip.visualRect(panel.model.index(99)).center())


def test_a_new_result_does_not_move_those_that_the_user_has_scrolled_to() -> None:
    files = [f"{number}.png" for number in range(100)]
    queue = ScriptedQueue(ended("one", 100.0, *files))
    panel = panel_on(queue, "one")
    strip, bar = panel.filmstrip, panel.filmstrip.horizontalScrollBar()
    at = QPoint(20, 20)
    queue.put(ended("two", 200.0, "new.png"))
    wait_until(lambda: panel.model.rowCount() == 101)
    assert bar.value() == 0, "a new result is visible at the left end"
    bar.setValue(30 * strip.visualRect(panel.model.index(0)).width())
    process_events()
    pointed = strip.indexAt(at).data(_NAME)
    queue.put(ended("three", 300.0, "a.png", "b.png"))
    wait_until(lambda: panel.model.rowCount() == 103)
    process_events()
    assert strip.indexAt(at).data(_NAME) == pointed
    queue.remove_job("three")
    wait_until(lambda: panel.model.rowCount() == 101)
    process_events()
    assert strip.indexAt(at).data(_NAME) == pointed


def test_the_chosen_result_has_a_frame_and_the_focus_a_second_one() -> None:
    queue = ScriptedQueue(ended("one", 100.0, "a.png", "b.png"))
    panel = panel_on(queue, "one")
    panel.filmstrip.setFocus()
    process_events()
    rect = panel.filmstrip.visualRect(panel.model.index(0))
    image = panel.filmstrip.grab().toImage()
    accent = colours(panel.palette()).accent
    y = panel.filmstrip.height() // 2
    found = [
        x for x in range(rect.left(), rect.center().x()) if image.pixelColor(x, y).name() == accent
    ]
    assert len(found) >= 2
    gaps = [after - before for before, after in pairwise(found)]
    assert max(gaps) > 1, "two lines with a space between them"
