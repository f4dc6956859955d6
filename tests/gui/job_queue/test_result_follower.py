"""The job that is shown: that of each run, until the user chooses one or stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.job_queue.result_follower import ResultFollower
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, job
from tests.gui.support.user_input import process_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.jobs.job import Job

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(name="queue")
def make_queue() -> ScriptedQueue:
    return ScriptedQueue(done_job("old"), done_job("older"))


@pytest.fixture(name="follower")
def make_follower(queue: ScriptedQueue) -> Iterator[ResultFollower]:
    owner = QWidget()
    yield ResultFollower(SessionScope(owner), queue.as_queue())
    owner.deleteLater()


def put(queue: ScriptedQueue, *jobs: Job) -> None:
    queue.put(*jobs)
    process_events()


def test_a_run_is_shown_at_once_whatever_was_chosen(
    queue: ScriptedQueue, follower: ResultFollower
) -> None:
    follower.choose("old")
    put(queue, job("new", JobState.WAITING))
    assert follower.shown_job_id == "new"


def test_of_a_batch_the_first_job_is_shown(queue: ScriptedQueue, follower: ResultFollower) -> None:
    batch = [job(f"b{number}", JobState.WAITING, created_s=7.0) for number in range(3)]
    put(queue, *batch)
    assert follower.shown_job_id == "b0"


@pytest.mark.parametrize("end", [JobState.DONE, JobState.FAILED, JobState.LOST])
def test_an_end_is_shown_while_the_user_has_chosen_nothing(
    queue: ScriptedQueue, follower: ResultFollower, end: JobState
) -> None:
    put(queue, job("first", JobState.RUNNING, created_s=7.0))
    put(queue, job("second", JobState.RUNNING, created_s=8.0))
    put(queue, job("first", end, created_s=7.0))
    assert follower.shown_job_id == "first"


def test_a_cancelled_job_has_nothing_to_show(
    queue: ScriptedQueue, follower: ResultFollower
) -> None:
    put(queue, job("first", JobState.RUNNING, created_s=7.0))
    put(queue, job("second", JobState.RUNNING, created_s=8.0))
    put(queue, job("first", JobState.CANCELLED, created_s=7.0))
    assert follower.shown_job_id == "second"


def test_a_choice_stays_until_the_next_run(queue: ScriptedQueue, follower: ResultFollower) -> None:
    put(queue, job("first", JobState.RUNNING, created_s=7.0))
    follower.choose("old")
    put(queue, job("first", JobState.DONE, created_s=7.0))
    assert follower.shown_job_id == "old"
    put(queue, job("second", JobState.WAITING, created_s=9.0))
    assert follower.shown_job_id == "second"


def test_who_stays_sees_neither_runs_nor_ends(
    queue: ScriptedQueue, follower: ResultFollower
) -> None:
    started = QSignalSpy(follower.run_started)
    follower.choose("old")
    follower.set_staying(True)
    put(queue, job("first", JobState.RUNNING, created_s=7.0))
    put(queue, job("first", JobState.DONE, created_s=7.0))
    assert follower.shown_job_id == "old"
    assert started.at(0) == ["first"], "its row is shown all the same"
    follower.choose("older")
    put(queue, job("second", JobState.RUNNING, created_s=8.0))
    assert follower.shown_job_id == "older"
    follower.set_staying(False)
    put(queue, job("second", JobState.DONE, created_s=8.0))
    assert follower.shown_job_id == "second"


def test_a_job_that_comes_back_by_undo_is_no_run(
    queue: ScriptedQueue, follower: ResultFollower
) -> None:
    held = job("held", JobState.WAITING, created_s=7.0)
    put(queue, held)
    follower.choose("old")
    queue.remove_job("held")
    put(queue, held)
    assert follower.shown_job_id == "old"
