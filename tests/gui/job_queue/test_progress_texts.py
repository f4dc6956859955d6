"""Texts about the estimated progress of jobs."""

from __future__ import annotations

from typing import Any

import pytest

from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.ui.job_queue.progress_texts import (
    ProgressText,
    describe_progress,
    remaining_text,
)
from runcomfy_desktop.ui.job_queue.state_texts import LARGE_BODY_BYTES
from tests.gui.support.scripted_queue import ScriptedQueue
from tests.support.job_factory import make_job

NOW_S = 1_000_000.0
S = JobState
# One run of 100 seconds on a machine that took 200 seconds to start, long ago.
MEASURED = make_job(S.DONE, job_id="measured", queued_s=1000.0, running_s=1200.0, finished_s=1300.0)


def progress_of(job: Job, *others: Job, runs: tuple[Job, ...] = (MEASURED,)) -> ProgressText:
    live = LiveJobs()
    for each in runs:
        live.enter(each.job_id)
    queue = ScriptedQueue(*others, job)
    queue.timings.fill(runs, live)
    return describe_progress(queue.as_queue(), job, NOW_S)


def running(ago_s: float, **fields: Any) -> Job:
    return make_job(S.RUNNING, running_s=NOW_S - ago_s, queued_s=NOW_S - ago_s - 1, **fields)


def queued(ago_s: float, **fields: Any) -> Job:
    return make_job(S.QUEUED, queued_s=NOW_S - ago_s, **fields)


@pytest.mark.parametrize(
    ("job", "text", "share"),
    [
        (running(60.0), "about 0:40 left", 0.6),
        (running(60.0, trouble="No network."), "about 0:40 left", 0.6),
        (running(500.0), "longer than usual", 0.95),
        (queued(60.0), "about 4:00 left", 0.2),
        (queued(230.0), "longer than usual", 230 / 300),
    ],
)
def test_a_run_and_a_start_say_what_is_left(job: Job, text: str, share: float) -> None:
    found = progress_of(job)
    assert found.text == text
    assert found.share == pytest.approx(share)


@pytest.mark.parametrize("job", [running(60.0), queued(60.0)])
def test_a_first_run_has_no_estimate(job: Job) -> None:
    assert progress_of(job, runs=()) == ProgressText("no estimate yet", is_estimate=False)


def test_those_that_wait_say_when_they_start() -> None:
    before = running(60.0, job_id="before")
    there = queued(10.0, queue_position=1, job_id="there")
    assert progress_of(there, before) == ProgressText("starts in about 0:40")
    waiting = make_job(S.WAITING, job_id="here", request_id="")
    assert progress_of(waiting, before, there) == ProgressText("starts in about 2:20")
    assert progress_of(waiting, before, there, runs=()) == ProgressText()


@pytest.mark.parametrize(
    "job",
    [
        make_job(S.HELD, hold=HoldReason.PAUSED),
        running(60.0, cancel_asked=True),
        running(60.0, server_word="hibernating"),
        make_job(S.SENDING),
        make_job(S.FETCHING),
        make_job(S.DONE),
        make_job(S.FAILED),
    ],
)
def test_nothing_is_said_where_no_time_is_known(job: Job) -> None:
    assert progress_of(job) == ProgressText()


def test_a_job_that_the_queue_holds_up_has_no_estimate() -> None:
    waiting = make_job(S.WAITING, request_id="")
    queue = ScriptedQueue(running(60.0, job_id="before"), waiting)
    live = LiveJobs()
    live.enter(MEASURED.job_id)
    queue.timings.fill([MEASURED], live)
    assert describe_progress(queue.as_queue(), waiting, NOW_S).text
    queue.send_queue.set_state(has_key=False)
    assert describe_progress(queue.as_queue(), waiting, NOW_S) == ProgressText()


def test_the_upload_of_a_large_request_has_a_bar() -> None:
    body_bytes = 4 * LARGE_BODY_BYTES
    job = make_job(S.SENDING, body_bytes=body_bytes, sent_bytes=LARGE_BODY_BYTES)
    assert progress_of(job) == ProgressText(share=0.25)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0:05"),
        (5.0, "0:05"),
        (5.1, "0:10"),
        (119.0, "2:00"),
        (121.0, "2:10"),
        (599.0, "10:00"),
        (601.0, "11 minutes"),
        (7200.0, "120 minutes"),
        (7300.0, "2 hours"),
        (36_000.0, "10 hours"),
    ],
)
def test_times_are_rounded_so_that_they_do_not_flicker(seconds: float, text: str) -> None:
    assert remaining_text(seconds) == text
