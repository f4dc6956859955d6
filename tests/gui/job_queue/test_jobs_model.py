"""The queue's model: rows that follow the topics, groups, and no more signals than needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy

from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.ui.job_queue.jobs_model import (
    MAX_IMMEDIATE_CHANGES,
    JobColumn,
    JobRole,
    JobsModel,
)
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from tests.gui.support.scripted_queue import ScriptedQueue
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.ui.base.session_scope import SessionScope


def model_on(
    scope: SessionScope, queue: ScriptedQueue, now: Callable[[], float] = lambda: 2000.0
) -> tuple[JobsModel, QAbstractItemModelTester]:
    """Returns a model, with Qt's model tester on its signals."""
    model = JobsModel(scope, queue.as_queue(), now=now)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    return model, tester


def named(name: str, state: JobState = JobState.QUEUED, **facts: Any) -> Job:
    return make_job(state, job_id=name, title=name, **facts)


def column(model: QAbstractItemModel, which: JobColumn) -> list[str]:
    return [model.index(row, which).data() for row in range(model.rowCount())]


def test_the_first_job_sent_is_on_top(scope: SessionScope) -> None:
    queue = ScriptedQueue(named("a"), named("b"))
    model, _tester = model_on(scope, queue)
    assert column(model, JobColumn.JOB) == ["a", "b"]
    queue.put(named("c"))
    assert column(model, JobColumn.JOB) == ["a", "b", "c"]
    queue.remove_job("b")
    assert column(model, JobColumn.JOB) == ["a", "c"]


def test_a_history_that_arrives_later_is_taken_over(scope: SessionScope) -> None:
    queue = ScriptedQueue()
    model, _tester = model_on(scope, queue)
    queue.load(named("a"), named("b"))
    assert column(model, JobColumn.JOB) == ["a", "b"]


def test_a_change_touches_its_own_row_only(scope: SessionScope) -> None:
    queue = ScriptedQueue(*(named(name) for name in "abc"))
    model, _tester = model_on(scope, queue)
    spy = QSignalSpy(model.dataChanged)
    queue.put(named("b", queue_position=3))
    assert spy.count() == 1
    assert [spy.at(0)[0].row(), spy.at(0)[1].row()] == [1, 1]


def test_a_group_gains_and_loses_rows(scope: SessionScope) -> None:
    queue = ScriptedQueue(named("a"), named("b", JobState.DONE), named("c"))
    model, _tester = model_on(scope, queue)
    model.set_job_filter(JobFilter.ACTIVE)
    assert column(model, JobColumn.JOB) == ["a", "c"]
    queue.put(named("a", JobState.DONE))
    assert column(model, JobColumn.JOB) == ["c"]
    model.set_job_filter(JobFilter.TODAY)
    assert column(model, JobColumn.JOB) == ["c", "b", "a"]
    queue.put(named("c", JobState.DONE))
    assert model.row_of("c") == 0
    model.set_job_filter(JobFilter.FAILED)
    assert model.row_of("b") == -1
    assert model.row_of("nobody") == -1


def test_after_the_end_of_the_session_nothing_changes(scope: SessionScope) -> None:
    queue = ScriptedQueue(named("a"))
    model, _tester = model_on(scope, queue)
    queue.put(*(named(f"n{number}") for number in range(MAX_IMMEDIATE_CHANGES + 1)))
    assert model.rowCount() == MAX_IMMEDIATE_CHANGES + 1, "the last change is collected"
    scope.close()
    queue.put(named("b"))
    assert not model._batch_timer.isActive()
    assert model.rowCount() == MAX_IMMEDIATE_CHANGES + 1


def test_a_second_goes_by_for_active_rows_only(scope: SessionScope) -> None:
    queue = ScriptedQueue(named("a"), named("b", JobState.DONE), named("c"))
    model, _tester = model_on(scope, queue)
    spy = QSignalSpy(model.dataChanged)
    layouts = QSignalSpy(model.layoutChanged)
    model.refresh_times(0, 99)
    assert [spy.at(index)[0].row() for index in range(spy.count())] == [0, 1]
    assert {spy.at(index)[0].column() for index in range(spy.count())} == {JobColumn.STATE}
    assert {spy.at(index)[1].column() for index in range(spy.count())} == {JobColumn.TIME}
    assert layouts.count() == 0


def test_time_is_asked_when_it_is_shown(scope: SessionScope) -> None:
    now = [1030.0]
    queue = ScriptedQueue(named("a", queued_s=1000.0))
    model, _tester = model_on(scope, queue, lambda: now[0])
    assert column(model, JobColumn.TIME) == ["waited 0:30"]
    now[0] = 1031.0
    assert column(model, JobColumn.TIME) == ["waited 0:31"]


def test_outside_text_stays_in_its_line(scope: SessionScope) -> None:
    queue = ScriptedQueue(make_job(title="a\n<b>x</b>\u202e", deployment_name="d\r\nd"))
    model, _tester = model_on(scope, queue)
    assert column(model, JobColumn.JOB) == ["a <b>x</b>"]
    assert column(model, JobColumn.DEPLOYMENT) == ["d d"]


def test_the_picture_is_the_first_result_not_a_preview(scope: SessionScope) -> None:
    preview = Output("1", "images", OutputKind.IMAGE, path="/x/preview.png", is_preview=True)
    film = Output("2", "images", OutputKind.VIDEO, path="/x/film.mp4")
    result = Output("3", "images", OutputKind.IMAGE, path="/x/result.png")
    unfetched = Output("3", "images", OutputKind.IMAGE, fault="Gone.")
    queue = ScriptedQueue(make_job(JobState.DONE, outputs=(preview, film, unfetched, result)))
    model, _tester = model_on(scope, queue)
    assert model.index(0, JobColumn.JOB).data(JobRole.THUMBNAIL_PATH) == "/x/result.png"
    queue.put(make_job(JobState.DONE, outputs=(film,)))
    assert model.index(0, JobColumn.JOB).data(JobRole.THUMBNAIL_PATH) == ""


def test_columns_have_names_for_screen_readers(scope: SessionScope) -> None:
    model = JobsModel(scope, ScriptedQueue().as_queue())
    names = [
        model.headerData(section, Qt.Orientation.Horizontal)
        for section in range(model.columnCount())
    ]
    assert names == ["Job", "Deployment", "State", "Time", "Action"]
