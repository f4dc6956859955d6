"""Job: its times and its Cancel button. The transitions are in test_job_transitions.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runcomfy_desktop.domain.jobs.job import (
    JobState,
    can_fetch_again,
    can_fetch_files,
    files_expiry_s,
    missing_files,
)
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from tests.support.job_factory import make_job

S = JobState


@pytest.mark.parametrize("state", list(S))
def test_a_job_is_worked_on_or_finished_or_needs_the_person(state: JobState) -> None:
    assert not (state.is_active and state.is_finished)
    assert (state.is_active or state.is_finished) is (state not in (S.UNCERTAIN, S.HELD))


@pytest.mark.parametrize(
    ("state", "asked", "can"),
    [
        (S.WAITING, False, True),
        (S.WAITING, True, True),
        (S.SENDING, False, True),
        (S.SENDING, True, False),
        (S.UNCERTAIN, False, False),
        (S.QUEUED, False, True),
        (S.QUEUED, True, False),
        (S.RUNNING, False, True),
        (S.RUNNING, True, False),
        (S.FETCHING, False, False),
        (S.DONE, False, False),
        (S.LOST, False, False),
    ],
)
def test_cancel_is_offered_where_it_makes_sense(state: JobState, asked: bool, can: bool) -> None:
    assert make_job(state, cancel_asked=asked).can_cancel is can


def test_waiting_counts_from_acceptance_until_it_runs() -> None:
    job = make_job(S.QUEUED, created_s=100.0, queued_s=110.0)
    assert job.waited_s(150.0) == 40.0
    assert job.ran_s(150.0) == 0.0
    job = job.with_state(S.RUNNING, running_s=130.0)
    assert (job.waited_s(150.0), job.ran_s(150.0)) == (20.0, 20.0)
    job = job.with_state(S.FETCHING).with_state(S.DONE, finished_s=145.0)
    assert (job.waited_s(999.0), job.ran_s(999.0)) == (20.0, 15.0)


def test_before_acceptance_waiting_counts_from_run() -> None:
    job = make_job(S.WAITING, created_s=100.0, queued_s=0.0)
    assert job.waited_s(130.0) == 30.0
    assert job.with_state(S.CANCELLED, finished_s=120.0).waited_s(999.0) == 20.0


def test_a_clock_that_was_set_back_gives_no_negative_times() -> None:
    job = make_job(S.RUNNING, created_s=100.0, queued_s=110.0, running_s=130.0)
    assert make_job(S.QUEUED, queued_s=110.0).waited_s(50.0) == 0.0
    assert job.ran_s(50.0) == 0.0


def test_files_can_be_fetched_for_seven_days_after_the_run() -> None:
    missing = Output("9", "images", OutputKind.IMAGE, "a.png", "https://x/a.png", fault="No.")
    here = replace(missing, path="/a.png")
    text = Output("9", "text", OutputKind.TEXT, text="a")
    job = make_job(S.DONE, created_s=1.0, finished_s=1000.0, outputs=(missing, here, text))
    until_s = 1000.0 + 7 * 24 * 3600
    assert files_expiry_s(job) == until_s
    assert missing_files(job) == (missing,)
    assert can_fetch_files(job, until_s - 1)
    assert not can_fetch_files(job, until_s)
    assert not can_fetch_files(replace(job, outputs=(here, text)), 1001.0)


def test_files_that_are_here_can_be_fetched_again_for_seven_days() -> None:
    here = Output("9", "images", OutputKind.IMAGE, "a.png", "https://x/a.png", path="/a.png")
    text = Output("9", "text", OutputKind.TEXT, text="a")
    job = make_job(S.DONE, finished_s=1000.0, outputs=(text, here))
    until_s = 1000.0 + 7 * 24 * 3600
    assert can_fetch_again(job, until_s - 1)
    assert not can_fetch_again(job, until_s)
    assert not can_fetch_again(replace(job, outputs=(text,)), 1001.0)
    assert not can_fetch_again(replace(job, state=S.FETCHING), 1001.0)


@pytest.mark.parametrize("state", [S.FETCHING, S.FAILED, S.CANCELLED])
def test_only_a_job_that_is_done_lacks_files(state: JobState) -> None:
    missing = Output("9", "images", OutputKind.IMAGE, "a.png", "https://x/a.png")
    assert missing_files(make_job(state, outputs=(missing,))) == ()
