"""Counts of active jobs and sums of spending, updated as jobs change."""

from __future__ import annotations

import random

import pytest

from runcomfy_desktop.core.spending.spending_totals import (
    ActiveJobCounts,
    CostKey,
    SpendingTotals,
    cost_key_of,
)
from runcomfy_desktop.domain.deployments.cost import day_of
from runcomfy_desktop.domain.jobs.job import JobState
from tests.support.spent_jobs import NOON_S, SKU, finished_job, spending_job

DAY_S = 86_400.0
S = JobState


def test_a_job_is_under_way_from_its_first_byte_to_its_end() -> None:
    counted = {}
    for state in JobState:
        under_way = ActiveJobCounts()
        under_way.update(spending_job("a", state), lambda _job: True)
        counted[state] = sum(under_way.day_counts(day_of(NOON_S)).values())
    assert {state for state, count in counted.items() if count} == {
        *(S.SENDING, S.UNCERTAIN, S.QUEUED, S.RUNNING, S.FETCHING)
    }


def test_jobs_are_counted_by_what_their_cost_depends_on() -> None:
    under_way = ActiveJobCounts()
    for number, batch in enumerate(("one", "one", "two", "")):
        under_way.update(spending_job(f"{number}", S.QUEUED, batch_id=batch), lambda _job: True)
    kind = CostKey("d", "", SKU, needs_start=False)
    assert under_way.batch_counts("one") == {kind: 2}
    assert under_way.batch_counts("two") == {kind: 1}
    assert under_way.batch_counts("three") == {}
    assert under_way.day_counts(day_of(NOON_S)) == {kind: 4}
    under_way.update(spending_job("0", S.DONE, batch_id="one"), lambda _job: True)
    assert under_way.batch_counts("one") == {kind: 1}


def test_only_the_first_of_several_jobs_starts_a_machine() -> None:
    under_way = ActiveJobCounts()
    for number in range(3):
        under_way.update(spending_job(f"{number}", S.SENDING), lambda _job: False)
    kinds = under_way.day_counts(day_of(NOON_S))
    assert {kind.needs_start: count for kind, count in kinds.items()} == {True: 1, False: 2}


def test_a_job_of_a_deployment_that_is_always_on_starts_none() -> None:
    under_way = ActiveJobCounts()
    under_way.update(spending_job("a", S.SENDING, min_instances=1), lambda _job: False)
    assert not any(kind.needs_start for kind in under_way.day_counts(day_of(NOON_S)))


def test_a_job_of_unknown_fate_burdens_its_own_day_only() -> None:
    under_way = ActiveJobCounts()
    under_way.update(spending_job("a", S.UNCERTAIN, batch_id="b"), lambda _job: True)
    under_way.update(spending_job("b", S.QUEUED), lambda _job: True)
    assert sum(under_way.day_counts(day_of(NOON_S)).values()) == 2
    assert sum(under_way.day_counts(day_of(NOON_S + 2 * DAY_S)).values()) == 1
    assert sum(under_way.batch_counts("b").values()) == 1


def test_counts_come_back_to_nothing_whatever_the_order() -> None:
    under_way = ActiveJobCounts()
    order = random.Random(5)
    ids = [f"{number}" for number in range(200)]
    for state in (S.SENDING, S.QUEUED, S.RUNNING, S.DONE):
        order.shuffle(ids)
        for job_id in ids:
            changed = spending_job(job_id, state, batch_id=job_id[0], deployment_id=job_id[-1])
            under_way.update(changed, lambda _job: False)
    assert under_way.day_counts(day_of(NOON_S)) == {}
    assert under_way.batch_counts("1") == {}
    assert not under_way.has_any("1")


def test_the_machine_is_the_first_that_the_deployment_allows() -> None:
    assert (
        cost_key_of(spending_job("a", hardware="AMPERE_24, AMPERE_48"), needs_start=False).sku
        == "AMPERE_24"
    )


def test_a_job_is_charged_when_it_ends_and_once() -> None:
    totals = SpendingTotals()
    totals.track_open([spending_job("old", S.DONE, cost_usd=9.0), spending_job("a", S.RUNNING)])
    ended = finished_job("a", 70.0, cost_usd=0.05, batch_id="b")
    assert totals.update(ended)
    assert not totals.update(ended), "told of again, with its files"
    assert not totals.update(finished_job("old", 70.0, cost_usd=9.0)), (
        "it is in the sums of the disk"
    )
    assert totals.by_day == {day_of(ended.finished_s): pytest.approx(0.05)}
    assert totals.by_batch == {"b": pytest.approx(0.05)}
