"""The queue's model: rows that follow the topics, groups, and no more signals than needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy

from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn, JobRole, JobsModel
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from tests.gui.support.scripted_queue import ScriptedQueue
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from collections.abc import Callable


def model_on(
    queue: ScriptedQueue, now: Callable[[], float] = lambda: 2000.0
) -> tuple[JobsModel, QAbstractItemModelTester]:
    """Returns a model, with Qt's model tester on its signals."""
    model = JobsModel(now=now)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.attach(queue.jobs, queue.changed, queue.removed, queue.loaded)
    return model, tester


def named(name: str, state: JobState = JobState.QUEUED, **facts: Any) -> Job:
    return make_job(state, job_id=name, title=name, **facts)


def column(model: QAbstractItemModel, which: JobColumn) -> list[str]:
    return [model.index(row, which).data() for row in range(model.rowCount())]


def test_the_newest_job_is_on_top() -> None:
    queue = ScriptedQueue(named("a"), named("b"))
    model, _tester = model_on(queue)
    assert column(model, JobColumn.JOB) == ["b", "a"]
    queue.put(named("c"))
    assert column(model, JobColumn.JOB) == ["c", "b", "a"]
    queue.remove_job("b")
    assert column(model, JobColumn.JOB) == ["c", "a"]


def test_a_history_that_arrives_later_is_taken_over() -> None:
    queue = ScriptedQueue()
    model, _tester = model_on(queue)
    queue.jobs.update({"a": named("a"), "b": named("b")})
    queue.loaded.publish(None)
    assert column(model, JobColumn.JOB) == ["b", "a"]


def test_a_change_touches_its_own_row_only() -> None:
    queue = ScriptedQueue(*(named(name) for name in "abc"))
    model, _tester = model_on(queue)
    spy = QSignalSpy(model.dataChanged)
    queue.put(named("b", queue_position=3))
    assert spy.count() == 1
    assert [spy.at(0)[0].row(), spy.at(0)[1].row()] == [1, 1]


def test_a_group_gains_and_loses_rows() -> None:
    queue = ScriptedQueue(named("a"), named("b", JobState.DONE), named("c"))
    model, _tester = model_on(queue)
    model.set_job_filter(JobFilter.ACTIVE)
    assert column(model, JobColumn.JOB) == ["c", "a"]
    queue.put(named("a", JobState.DONE))
    assert column(model, JobColumn.JOB) == ["c"]
    model.set_job_filter(JobFilter.DONE)
    assert column(model, JobColumn.JOB) == ["b", "a"]
    queue.put(named("c", JobState.DONE))
    assert column(model, JobColumn.JOB) == ["c", "b", "a"]
    assert model.row_of("b") == 1
    model.set_job_filter(JobFilter.FAILED)
    assert model.row_of("b") == -1
    assert model.row_of("nobody") == -1


def test_leaving_the_queue_empties_the_model() -> None:
    queue = ScriptedQueue(named("a"))
    model, _tester = model_on(queue)
    model.detach()
    assert model.rowCount() == 0
    queue.put(named("b"))
    assert model.rowCount() == 0


def test_a_second_goes_by_for_active_rows_only() -> None:
    queue = ScriptedQueue(named("a"), named("b", JobState.DONE), named("c"))
    model, _tester = model_on(queue)
    spy = QSignalSpy(model.dataChanged)
    layouts = QSignalSpy(model.layoutChanged)
    model.refresh_times(0, 99)
    assert [spy.at(index)[0].row() for index in range(spy.count())] == [0, 2]
    assert {spy.at(index)[0].column() for index in range(spy.count())} == {JobColumn.STATE}
    assert {spy.at(index)[1].column() for index in range(spy.count())} == {JobColumn.TIME}
    assert layouts.count() == 0


def test_time_is_asked_when_it_is_shown() -> None:
    now = [1030.0]
    queue = ScriptedQueue(named("a", queued_s=1000.0))
    model, _tester = model_on(queue, lambda: now[0])
    assert column(model, JobColumn.TIME) == ["waited 0:30"]
    now[0] = 1031.0
    assert column(model, JobColumn.TIME) == ["waited 0:31"]


def test_outside_text_stays_in_its_line() -> None:
    queue = ScriptedQueue(make_job(title="a\n<b>x</b>\u202e", deployment_name="d\r\nd"))
    model, _tester = model_on(queue)
    assert column(model, JobColumn.JOB) == ["a <b>x</b>"]
    assert column(model, JobColumn.DEPLOYMENT) == ["d d"]


def test_the_picture_is_the_first_result_not_a_preview() -> None:
    preview = Output("1", "images", OutputKind.IMAGE, path="/x/preview.png", is_preview=True)
    film = Output("2", "images", OutputKind.VIDEO, path="/x/film.mp4")
    result = Output("3", "images", OutputKind.IMAGE, path="/x/result.png")
    unfetched = Output("3", "images", OutputKind.IMAGE, fault="Gone.")
    queue = ScriptedQueue(make_job(JobState.DONE, outputs=(preview, film, unfetched, result)))
    model, _tester = model_on(queue)
    assert model.index(0, JobColumn.JOB).data(JobRole.THUMBNAIL_PATH) == "/x/result.png"
    queue.put(make_job(JobState.DONE, outputs=(film,)))
    assert model.index(0, JobColumn.JOB).data(JobRole.THUMBNAIL_PATH) == ""


def test_columns_have_names_for_screen_readers() -> None:
    model = JobsModel()
    names = [
        model.headerData(section, Qt.Orientation.Horizontal)
        for section in range(model.columnCount())
    ]
    assert names == ["Job", "Deployment", "State", "Time", "Action"]
