"""Counts of active jobs and sums of spending, updated as jobs change."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.core.spending.spending_totals import (
    ActiveJobCounts,
    CostKey,
    SpendingTotals,
    cost_key_of,
)
from runcomfy_desktop.domain.deployments.cost import day_of
from runcomfy_desktop.domain.jobs.job import Job, JobState
from tests.support.spent_jobs import SKU, finished_job, spending_job

if TYPE_CHECKING:
    from collections import Counter

S = JobState


class CountHarness:
    """Counts of active jobs, with the records of the jobs."""

    def __init__(self) -> None:
        self.counts = ActiveJobCounts()
        self.live = LiveJobs()

    def update(self, job: Job, *, is_warm: bool = False) -> None:
        self.counts.update(job, self.live.enter(job.job_id), lambda _job: is_warm)

    def all_counts(self) -> Counter[CostKey]:
        return self.counts.counts_without(())


def test_a_job_is_under_way_from_its_first_byte_to_its_end() -> None:
    counted = {}
    for state in JobState:
        harness = CountHarness()
        harness.update(spending_job("a", state), is_warm=True)
        counted[state] = sum(harness.all_counts().values())
    assert {state for state, count in counted.items() if count} == {
        *(S.SENDING, S.UNCERTAIN, S.QUEUED, S.RUNNING, S.FETCHING)
    }


def test_jobs_are_counted_by_what_their_cost_depends_on() -> None:
    harness = CountHarness()
    for number, batch in enumerate(("one", "one", "two", "")):
        harness.update(spending_job(f"{number}", S.QUEUED, batch_id=batch), is_warm=True)
    kind = CostKey("d", "", SKU, needs_start=False)
    assert harness.counts.batch_counts("one") == {kind: 2}
    assert harness.counts.batch_counts("two") == {kind: 1}
    assert harness.counts.batch_counts("three") == {}
    assert harness.all_counts() == {kind: 4}
    harness.update(spending_job("0", S.DONE, batch_id="one"), is_warm=True)
    assert harness.counts.batch_counts("one") == {kind: 1}


def test_only_the_first_of_several_jobs_starts_a_machine() -> None:
    harness = CountHarness()
    for number in range(3):
        harness.update(spending_job(f"{number}", S.SENDING))
    kinds = harness.all_counts()
    assert {kind.needs_start: count for kind, count in kinds.items()} == {True: 1, False: 2}


def test_a_job_of_a_deployment_that_is_always_on_starts_none() -> None:
    harness = CountHarness()
    harness.update(spending_job("a", S.SENDING, min_instances=1))
    assert not any(kind.needs_start for kind in harness.all_counts())


def test_active_jobs_that_are_charged_to_another_day_can_be_left_out() -> None:
    harness = CountHarness()
    harness.update(spending_job("a", S.UNCERTAIN, batch_id="b"), is_warm=True)
    harness.update(spending_job("b", S.QUEUED), is_warm=True)
    cost_key = harness.live["a"].cost_key
    assert cost_key is not None
    assert harness.counts.counts_without([cost_key]).total() == 1
    assert harness.all_counts().total() == 2
    assert harness.counts.batch_counts("b").total() == 1


def test_counts_come_back_to_nothing_whatever_the_order() -> None:
    harness = CountHarness()
    order = random.Random(5)
    ids = [f"{number}" for number in range(200)]
    for state in (S.SENDING, S.QUEUED, S.RUNNING, S.DONE):
        order.shuffle(ids)
        for job_id in ids:
            changed = spending_job(job_id, state, batch_id=job_id[0], deployment_id=job_id[-1])
            harness.update(changed)
    assert harness.all_counts() == {}
    assert harness.counts.batch_counts("1") == {}
    assert not harness.counts.has_any("1")


def test_the_machine_is_the_first_that_the_deployment_allows() -> None:
    assert (
        cost_key_of(spending_job("a", hardware="AMPERE_24, AMPERE_48"), needs_start=False).sku
        == "AMPERE_24"
    )


def test_a_job_is_charged_to_its_day_and_batch() -> None:
    totals = SpendingTotals()
    ended = finished_job("a", 70.0, cost_usd=0.05, batch_id="b")
    totals.charge(ended)
    totals.charge(finished_job("free", 70.0))
    assert totals.by_day == {day_of(ended.finished_s): pytest.approx(0.05)}
    assert totals.by_batch == {"b": pytest.approx(0.05)}
