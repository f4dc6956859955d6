"""The queue's model: rows that follow the topics, groups, and no more signals than needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QDateTime, QLocale, Qt
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy

from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.base.formatters import clock_time, time_of_day
from runcomfy_desktop.ui.base.local_day import day_start_s
from runcomfy_desktop.ui.job_queue.cell_texts import title_without_seed
from runcomfy_desktop.ui.job_queue.jobs_model import (
    MAX_IMMEDIATE_CHANGES,
    JobColumn,
    JobRole,
    JobsModel,
)
from runcomfy_desktop.ui.job_queue.row_painter import input_picture_path
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from tests.gui.support.scripted_queue import ScriptedBudget, ScriptedQueue
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
    assert column(model, JobColumn.TIME) == ["0:30"]
    now[0] = 1031.0
    assert column(model, JobColumn.TIME) == ["0:31"]


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
    assert names == [
        *("Job", "Seed", "Deployment", "State"),
        *("Progress", "Time", "Cost", "Action"),
    ]


# Cells


def test_the_time_is_that_of_the_run_or_else_of_the_wait(scope: SessionScope) -> None:
    times = {"created_s": 1000.0, "queued_s": 1010.0}
    queue = ScriptedQueue(
        make_job(JobState.RUNNING, job_id="runs", running_s=1960.0, **times),
        make_job(JobState.FETCHING, job_id="fetches", running_s=1930.0, sent_s=1001.0, **times),
        make_job(JobState.QUEUED, job_id="queued", **times),
        make_job(JobState.WAITING, job_id="waits", created_s=1940.0, queued_s=0.0),
    )
    model, _tester = model_on(scope, queue)
    assert column(model, JobColumn.TIME) == ["0:40", "1:10", "16:30", "1:00"]


def test_an_ended_job_tells_when_it_ended(scope: SessionScope) -> None:
    noon_s = day_start_s(1_760_000_000.0) + 12 * 3600
    ran = {"queued_s": noon_s - 73.0, "running_s": noon_s - 52.0, "finished_s": noon_s}
    before_s = day_start_s(noon_s, days_later=-1)
    queue = ScriptedQueue(
        make_job(JobState.DONE, job_id="today", **ran),
        make_job(JobState.CANCELLED, job_id="never ran", finished_s=noon_s - 60),
        make_job(JobState.FAILED, job_id="before", running_s=before_s, finished_s=before_s + 9),
    )
    model, _tester = model_on(scope, queue, lambda: noon_s + 600)
    model.set_job_filter(JobFilter.ALL)
    date = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(before_s)).date(), "d MMM")
    assert column(model, JobColumn.TIME) == [
        f"0:52 · {time_of_day(noon_s)}",
        time_of_day(noon_s - 60),
        f"0:09 · {date}",
    ]
    hint = str(model.index(0, JobColumn.TIME).data(Qt.ItemDataRole.AccessibleDescriptionRole))
    assert hint == f"waited 0:21 · ran 0:52\nended {clock_time(noon_s)}"


def test_costs_are_what_was_paid_or_what_is_expected(scope: SessionScope) -> None:
    queue = ScriptedQueue(
        named("runs", JobState.RUNNING),
        named("paid", JobState.DONE, cost_usd=0.07),
        named("less", JobState.DONE, cost_usd=0.004),
        named("free", JobState.CANCELLED),
    )
    model = JobsModel(scope, queue.as_queue(), budget=ScriptedBudget(0.05).budget())
    model.set_job_filter(JobFilter.ALL)

    def texts(role: Qt.ItemDataRole) -> dict[str, str]:
        rows = range(model.rowCount())
        cells = [(model.job_in_row(row).job_id, model.index(row, JobColumn.COST)) for row in rows]
        return {job_id: cell.data(role) for job_id, cell in cells}

    display, hint = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleDescriptionRole
    assert texts(display) == {"runs": "$0.05", "paid": "$0.07", "less": "< $0.01", "free": ""}
    assert texts(hint) == {"runs": "about $0.05", "paid": "", "less": "", "free": ""}


def test_the_longest_seed_is_known_while_jobs_come_and_go(scope: SessionScope) -> None:
    queue = ScriptedQueue(named("a", seed=7), named("b"), named("c", seed=2**64 - 1))
    model, _tester = model_on(scope, queue)
    assert model.seed_length == 20
    queue.remove_job("c")
    assert model.seed_length == 1
    queue.put(named("d", seed=4711))
    assert model.seed_length == 4
    assert column(model, JobColumn.SEED) == ["7", "", "4711"]
    cells = [model.index(row, JobColumn.SEED) for row in range(3)]
    names = [each.data(Qt.ItemDataRole.AccessibleTextRole) for each in cells]
    assert names == ["7", "Seed: none", "4711"]
    queue.remove_job("d")
    queue.remove_job("a")
    assert model.seed_length == 0


def test_a_title_loses_only_its_own_seed() -> None:
    assert title_without_seed("blue hour · seed 12", 12) == "blue hour"
    assert title_without_seed("blue hour · seed 123", 12) == "blue hour · seed 123"
    assert title_without_seed("seed 12 · blue hour", 12) == "seed 12 · blue hour"
    assert title_without_seed("blue hour", None) == "blue hour"


def test_the_input_picture_of_a_job_is_its_first_local_picture() -> None:
    sound = MediaFile("a.flac", "1.flac", "1", "audio/flac", 9, 0, 0)
    photo = MediaFile("b.png", "2.png", "2", "image/png", 9, 4, 4)
    changes = {InputKey("1", "a"): "text", InputKey("2", "b"): sound, InputKey("3", "c"): photo}
    folder = Path("media")
    assert input_picture_path(make_job(changes=changes), folder) == str(folder / "2.png")
    assert input_picture_path(make_job(), folder) == ""
