"""Estimates of jobs, from the measured times of earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.jobs.job_estimates import COLD_START_S, JobEstimate, JobEstimates
from runcomfy_desktop.core.jobs.job_index import JobIndex
from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.core.spending.timings import Timings
from runcomfy_desktop.domain.jobs.job import Job, JobState
from tests.support.spent_jobs import NOON_S, finished_job, spending_job

if TYPE_CHECKING:
    from collections.abc import Iterable

S = JobState
RUN_S, START_S = 100.0, 200.0
# Long after the measured runs, so that no machine is up any more.
NOW_S = NOON_S + 100_000.0


class EstimatesHarness:
    """Estimates from a history of runs, with jobs that the test enters."""

    def __init__(self, runs: Iterable[Job] = ()) -> None:
        self.index, self._timings, self._live = JobIndex(), Timings(), LiveJobs()
        for job in runs:
            self._live.enter(job.job_id)
        self._timings.fill(runs, self._live)
        self.estimates = JobEstimates(self.index, self._timings)

    def enter(self, job_id: str, state: JobState, **fields: Any) -> Job:
        job = spending_job(job_id, state, **fields)
        self.index.put(job)
        self._timings.update(job, self._live.enter(job_id))
        return job

    def queue(self, job_id: str, ago_s: float, **fields: Any) -> Job:
        """Enters a job that the service accepted `ago_s` seconds ago."""
        accepted = {"request_id": f"r-{job_id}", "queued_s": NOW_S - ago_s}
        return self.enter(job_id, S.QUEUED, **accepted, **fields)

    def run(self, job_id: str, ago_s: float, **fields: Any) -> Job:
        """Enters a job that has been running for `ago_s` seconds."""
        facts = {"request_id": f"r-{job_id}", "queued_s": NOW_S - ago_s - 1}
        return self.enter(job_id, S.RUNNING, running_s=NOW_S - ago_s, **facts, **fields)

    def progress(self, job: Job) -> JobEstimate | None:
        return self.estimates.progress(job, NOW_S)

    def start_in_s(self, job: Job) -> float | None:
        return self.estimates.start_in_s(job, NOW_S)


def measured_runs(run_s: float = RUN_S, start_s: float = START_S, **fields: Any) -> list[Job]:
    return [finished_job("measured", run_s, waited_s=start_s, **fields)]


@pytest.mark.parametrize(
    ("ran_s", "expected"),
    [
        (0.0, JobEstimate(0.0, 100.0, is_overdue=False)),
        (60.0, JobEstimate(0.6, 40.0, is_overdue=False)),
        (99.0, JobEstimate(0.95, 5.0, is_overdue=False)),
        (100.0, JobEstimate(0.95, 5.0, is_overdue=True)),
        (900.0, JobEstimate(0.95, 5.0, is_overdue=True)),
    ],
)
def test_a_run_takes_as_long_as_the_earlier_ones(ran_s: float, expected: JobEstimate) -> None:
    harness = EstimatesHarness(measured_runs())
    found = harness.progress(harness.run("a", ran_s))
    assert found is not None
    assert found.share == pytest.approx(expected.share)
    assert found.remaining_s == pytest.approx(expected.remaining_s)
    assert found.is_overdue is expected.is_overdue


def test_a_run_is_compared_with_those_that_had_its_steps() -> None:
    runs = [finished_job("few", 40.0, steps=8), finished_job("many", 400.0, steps=50)]
    harness = EstimatesHarness(runs)
    estimates = [harness.progress(harness.run(f"{n}", 20.0, steps=n)) for n in (8, 50)]
    assert [each.remaining_s for each in estimates if each] == pytest.approx([20.0, 380.0])


def test_a_machine_that_starts_takes_its_start_and_the_run() -> None:
    harness = EstimatesHarness(measured_runs())
    job = harness.queue("a", 150.0)
    assert harness.estimates.is_starting(job, NOW_S)
    assert harness.progress(job) == JobEstimate(0.5, 150.0, is_overdue=False)
    late = harness.progress(harness.queue("a", 230.0))
    assert late is not None
    assert (late.remaining_s, late.is_overdue) == (RUN_S, True)


def test_nothing_is_estimated_that_was_never_measured() -> None:
    harness = EstimatesHarness()
    assert harness.progress(harness.run("a", 10.0)) is None
    assert harness.start_in_s(harness.enter("b", S.WAITING)) is None
    # The machine was always on, so its start is unknown.
    harness = EstimatesHarness(measured_runs(min_instances=1))
    job = harness.queue("a", 10.0)
    assert harness.progress(job) is None
    assert harness.start_in_s(harness.enter("b", S.WAITING)) is None


def test_a_job_starts_when_those_before_it_have_run() -> None:
    harness = EstimatesHarness(measured_runs())
    harness.run("a", 30.0)
    first, second = harness.queue("b", 20.0), harness.queue("c", 10.0)
    harness.enter("d", S.SENDING)
    waiting = [harness.enter(f"w{n}", S.WAITING, order=float(n)) for n in range(3)]
    harness.enter("other", S.WAITING, deployment_id="other")
    found = [harness.start_in_s(job) for job in (first, second, *waiting)]
    assert found == pytest.approx([70.0, 170.0, 370.0, 470.0, 570.0])


def test_machines_that_run_jobs_take_the_next_ones_in_turn() -> None:
    harness = EstimatesHarness(measured_runs())
    harness.run("a", 90.0)
    harness.run("b", 30.0)
    waiting = [harness.enter(f"w{n}", S.WAITING, order=float(n)) for n in range(4)]
    found = [harness.start_in_s(job) for job in waiting]
    assert found == pytest.approx([10.0, 70.0, 110.0, 170.0])


def test_behind_a_run_that_takes_too_long_nothing_is_known() -> None:
    harness = EstimatesHarness(measured_runs())
    harness.run("a", 500.0)
    assert harness.start_in_s(harness.queue("b", 10.0)) is None


def test_behind_a_machine_that_starts_too_slowly_nothing_is_known() -> None:
    harness = EstimatesHarness(measured_runs())
    harness.queue("a", 250.0)
    assert harness.start_in_s(harness.enter("b", S.WAITING)) is None


def test_a_job_waits_for_the_machine_that_starts_for_another() -> None:
    harness = EstimatesHarness(measured_runs())
    harness.queue("a", 150.0)
    assert harness.start_in_s(harness.enter("b", S.WAITING)) == pytest.approx(50.0 + RUN_S)
    behind = harness.queue("c", 10.0, queue_position=2)
    assert harness.start_in_s(behind) == pytest.approx(50.0 + RUN_S)
    unknown_position = harness.progress(harness.queue("c", 10.0))
    assert unknown_position is not None
    assert unknown_position.remaining_s == pytest.approx(190.0 + 2 * RUN_S)


def test_jobs_of_other_clients_are_waited_for() -> None:
    harness = EstimatesHarness(measured_runs())
    harness.run("a", 30.0)
    job = harness.queue("b", 10.0, queue_position=4)
    assert harness.start_in_s(job) == pytest.approx(70.0 + 3 * RUN_S)


def test_the_first_job_starts_at_once_where_a_machine_is_up() -> None:
    harness = EstimatesHarness(measured_runs())
    job = harness.enter("a", S.WAITING)
    assert harness.start_in_s(job) == START_S
    assert harness.start_in_s(harness.enter("a", S.WAITING, min_instances=1)) == 0.0
    # It ended a second ago, and the machine stays warm for a minute.
    ended = {"queued_s": NOW_S - 90, "running_s": NOW_S - 80, "finished_s": NOW_S - 1}
    harness.queue("b", 90.0)
    harness.enter("b", S.DONE, request_id="r-b", **ended)
    assert harness.start_in_s(harness.enter("a", S.WAITING)) == 0.0
    assert harness.start_in_s(harness.queue("c", 85.0)) == 0.0


def test_nobody_knows_when_a_machine_comes_that_is_overdue() -> None:
    harness = EstimatesHarness(measured_runs())
    job = harness.queue("a", COLD_START_S + 1.0)
    assert not harness.estimates.is_starting(job, NOW_S)
    assert harness.start_in_s(job) is None
    assert harness.start_in_s(harness.enter("b", S.WAITING)) is None
