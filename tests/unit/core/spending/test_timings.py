"""Durations of runs and starts, taken from jobs as they end."""

from __future__ import annotations

import pytest

from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.core.spending.timings import (
    MAX_SAMPLES,
    MAX_START_S,
    MIN_VERSION_SAMPLES,
    DurationSamples,
    Timings,
)
from runcomfy_desktop.domain.jobs.estimate import spread_of
from runcomfy_desktop.domain.jobs.job import Job, JobState
from tests.support.spent_jobs import NOON_S, finished_job, spending_job


class TimingsHarness:
    """Timings, with the records of the jobs."""

    def __init__(self, *history: Job) -> None:
        self.timings = Timings()
        self.live = LiveJobs()
        for job in history:
            self.live.enter(job.job_id)
        self.timings.fill(history, self.live)

    def update(self, job: Job) -> None:
        self.timings.update(job, self.live.enter(job.job_id))

    def start_duration_s(self, job: Job) -> float:
        return self.timings.start_duration_s(job, self.live[job.job_id])


def record_run(timings: TimingsHarness, ended: Job) -> None:
    """Updates the timings like the queue: with the job accepted, running and ended."""
    before = {"finished_s": 0.0, "request_id": ended.request_id, "queued_s": ended.queued_s}
    common = {"workflow_version": ended.workflow_version, "keep_warm_s": ended.keep_warm_s}
    common |= {"min_instances": ended.min_instances, "deployment_id": ended.deployment_id}
    timings.update(spending_job(ended.job_id, JobState.QUEUED, **before, **common))
    if ended.running_s:
        running = {**before, **common, "running_s": ended.running_s}
        timings.update(spending_job(ended.job_id, JobState.RUNNING, **running))
    timings.update(ended)


def test_the_middle_of_the_runs_is_known_as_they_end() -> None:
    harness = TimingsHarness()
    assert harness.timings.run_spread("d") is None
    for number, run_s in enumerate((70.0, 30.0, 50.0)):
        record_run(harness, finished_job(f"{number}", run_s))
    assert harness.timings.run_spread("d") == spread_of([30.0, 50.0, 70.0])
    assert harness.timings.run_spread("other") is None


def test_a_job_that_is_told_of_again_is_counted_once() -> None:
    harness = TimingsHarness()
    ended = finished_job("a", 70.0)
    record_run(harness, ended)
    harness.update(ended)
    found = harness.timings.run_spread("d")
    assert found is not None
    assert found.count == 1


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.LOST])
def test_only_runs_that_were_done_say_how_long_a_run_takes(state: JobState) -> None:
    harness = TimingsHarness()
    record_run(harness, finished_job("a", 70.0, state=state))
    assert harness.timings.run_spread("d") is None


def test_the_history_and_the_jobs_that_come_say_the_same() -> None:
    jobs = [
        finished_job(f"{n}", 60.0 + n, at_s=NOON_S + 1000 * n, waited_s=200.0 + n) for n in range(9)
    ]
    filled, told = TimingsHarness(*reversed(jobs)), TimingsHarness()
    for each in jobs:
        record_run(told, each)
    assert filled.timings.run_spread("d") == told.timings.run_spread("d")
    assert filled.timings.start_spread("d") == told.timings.start_spread("d")
    assert told.timings.start_spread("d") == spread_of([200.0 + n for n in range(9)])


def test_a_version_of_the_workflow_speaks_for_itself_when_it_ran_often_enough() -> None:
    harness = TimingsHarness()
    for number in range(20):
        record_run(harness, finished_job(f"old-{number}", 10.0, workflow_version="1"))
    for number in range(MIN_VERSION_SAMPLES - 1):
        record_run(harness, finished_job(f"new-{number}", 100.0, workflow_version="2"))
    found = harness.timings.run_spread("d", "2")
    assert found is not None
    assert found.median_s == 10.0, "four runs are too few"
    record_run(harness, finished_job("new", 100.0, workflow_version="2"))
    assert harness.timings.run_spread("d", "2") == spread_of([100.0] * MIN_VERSION_SAMPLES)
    assert harness.timings.run_spread("d", "1") == spread_of([10.0] * 20)


def test_only_the_newest_times_count() -> None:
    samples = DurationSamples()
    for number in range(10 * MAX_SAMPLES):
        samples.add(float(number))
    assert samples.spread() == spread_of(
        [float(n) for n in range(9 * MAX_SAMPLES, 10 * MAX_SAMPLES)]
    )


def test_a_start_is_measured_only_where_nothing_was_warm() -> None:
    harness = TimingsHarness()
    cold = finished_job("cold", 70.0, waited_s=200.0)
    record_run(harness, cold)
    # Within the minute for which the machine stays warm.
    record_run(harness, finished_job("warm", 70.0, at_s=cold.finished_s + 50.0, waited_s=12.0))
    assert harness.timings.start_spread("d") == spread_of([200.0])
    record_run(harness, finished_job("again", 70.0, at_s=cold.finished_s + 1000.0, waited_s=240.0))
    assert harness.timings.start_spread("d") == spread_of([200.0, 240.0])


def test_who_waits_behind_a_job_of_ours_starts_no_machine() -> None:
    harness = TimingsHarness()
    first, second = finished_job("a", 70.0, waited_s=200.0), finished_job("b", 70.0, waited_s=270.0)
    for each in (first, second):
        facts = {"request_id": each.request_id, "queued_s": each.queued_s}
        harness.update(spending_job(each.job_id, JobState.QUEUED, **facts))
    harness.update(first)
    harness.update(second)
    assert harness.timings.start_spread("d") == spread_of([200.0])


@pytest.mark.parametrize(
    ("facts", "start_s"),
    [
        ({"min_instances": 1}, 0.0),
        ({"waited_s": 4.0}, 0.0),
        ({"waited_s": 200.0}, 200.0),
        ({"waited_s": 4000.0}, MAX_START_S),
    ],
    ids=["always on", "somebody else had it warm", "cold", "no machine was free"],
)
def test_what_is_charged_as_a_start(facts: dict[str, float], start_s: float) -> None:
    harness = TimingsHarness()
    ended = finished_job("a", 70.0, **facts)  # type: ignore[arg-type]
    accepted = {"request_id": ended.request_id, "queued_s": ended.queued_s}
    always_on = {"min_instances": ended.min_instances}
    harness.update(spending_job("a", JobState.QUEUED, **accepted, **always_on))
    assert harness.start_duration_s(ended) == start_s


def test_a_run_that_nobody_saw_is_charged_with_the_usual_time() -> None:
    harness = TimingsHarness()
    for number in range(3):
        record_run(harness, finished_job(f"{number}", 70.0))
    unseen = spending_job(
        "x", JobState.DONE, request_id="r", queued_s=NOON_S, finished_s=NOON_S + 5000.0
    )
    assert harness.timings.run_duration_s(unseen) == 70.0
    quick = spending_job(
        "y", JobState.DONE, request_id="r", queued_s=NOON_S, finished_s=NOON_S + 3.0
    )
    assert harness.timings.run_duration_s(quick) == 3.0, (
        "it cannot have run for longer than it took in all"
    )


def test_when_a_lost_job_ended_is_not_when_it_was_missed() -> None:
    harness = TimingsHarness()
    record_run(harness, finished_job("a", 70.0))
    assert (
        harness.timings.run_duration_s(finished_job("lost", 90_000.0, state=JobState.LOST)) == 70.0
    )


def test_what_was_never_accepted_ran_for_no_time() -> None:
    refused = spending_job("a", JobState.FAILED, finished_s=NOON_S + 1.0)
    assert Timings().run_duration_s(refused) == 0.0
    waited = spending_job(
        "b", JobState.CANCELLED, request_id="r", queued_s=NOON_S, finished_s=NOON_S + 9
    )
    assert Timings().run_duration_s(waited) == 0.0


def test_a_deployment_is_warm_while_a_job_is_there_and_for_a_while_after() -> None:
    harness = TimingsHarness()
    assert not harness.timings.is_warm("d", NOON_S)
    harness.update(spending_job("a", JobState.QUEUED, request_id="r", queued_s=NOON_S))
    assert harness.timings.is_warm("d", NOON_S + 5000.0)
    ended = finished_job("a", 70.0)
    harness.update(ended)
    assert harness.timings.is_warm("d", ended.finished_s + 60.0)
    assert not harness.timings.is_warm("d", ended.finished_s + 61.0)


def test_the_usual_run_of_a_job_is_the_middle_of_the_newest_with_its_steps() -> None:
    harness = TimingsHarness()
    job = spending_job("x", steps=20)
    assert harness.timings.usual_run_s(job) is None
    for number, run_s in enumerate((900.0, 10.0, 50.0, 20.0, 40.0, 30.0)):
        record_run(harness, finished_job(f"{number}", run_s, steps=20))
    assert harness.timings.usual_run_s(job) == 30.0, "the first is too old"
    record_run(harness, finished_job("long", 300.0, steps=50))
    assert harness.timings.usual_run_s(job) == 30.0
    assert harness.timings.usual_run_s(spending_job("y", steps=50)) == 300.0


@pytest.mark.parametrize("steps", [None, 8])
def test_without_a_run_with_its_steps_all_runs_of_the_deployment_count(steps: int | None) -> None:
    harness = TimingsHarness()
    for number, run_s in enumerate((10.0, 20.0, 90.0)):
        record_run(harness, finished_job(f"{number}", run_s, steps=20 + number))
    assert harness.timings.usual_run_s(spending_job("x", steps=steps)) == 20.0
    assert harness.timings.usual_run_s(spending_job("x", deployment_id="other")) is None


def test_the_usual_start_is_the_middle_of_the_measured_ones() -> None:
    harness, job = TimingsHarness(), spending_job("x")
    assert harness.timings.usual_start_s(job) is None
    for number, start_s in enumerate((100.0, 300.0, 200.0)):
        at_s = NOON_S + 10_000.0 * number
        record_run(harness, finished_job(f"{number}", 50.0, at_s=at_s, waited_s=start_s))
    assert harness.timings.usual_start_s(job) == 200.0
