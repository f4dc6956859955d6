"""What is under way and what was spent, counted as jobs change."""

from __future__ import annotations

import random

import pytest

from runcomfy_desktop.core.spending import Kind, Totals, UnderWay, kind_of
from runcomfy_desktop.domain.cost import day_of
from runcomfy_desktop.domain.job import JobState
from tests.support.spent_jobs import NOON_S, SKU, job, ran

DAY_S = 86_400.0
S = JobState


def test_a_job_is_under_way_from_its_first_byte_to_its_end() -> None:
    counted = {}
    for state in JobState:
        under_way = UnderWay()
        under_way.note(job("a", state), lambda _job: True)
        counted[state] = sum(under_way.of_day(day_of(NOON_S)).values())
    assert {state for state, count in counted.items() if count} == {
        *(S.SENDING, S.UNCERTAIN, S.QUEUED, S.RUNNING, S.FETCHING)
    }


def test_jobs_are_counted_by_what_their_cost_depends_on() -> None:
    under_way = UnderWay()
    for number, batch in enumerate(("one", "one", "two", "")):
        under_way.note(job(f"{number}", S.QUEUED, batch_id=batch), lambda _job: True)
    kind = Kind("d", "", SKU, starts=False)
    assert under_way.of_batch("one") == {kind: 2}
    assert under_way.of_batch("two") == {kind: 1}
    assert under_way.of_batch("three") == {}
    assert under_way.of_day(day_of(NOON_S)) == {kind: 4}
    under_way.note(job("0", S.DONE, batch_id="one"), lambda _job: True)
    assert under_way.of_batch("one") == {kind: 1}


def test_only_the_first_of_several_jobs_starts_a_machine() -> None:
    under_way = UnderWay()
    for number in range(3):
        under_way.note(job(f"{number}", S.SENDING), lambda _job: False)
    kinds = under_way.of_day(day_of(NOON_S))
    assert {kind.starts: count for kind, count in kinds.items()} == {True: 1, False: 2}


def test_a_job_of_a_deployment_that_is_always_on_starts_none() -> None:
    under_way = UnderWay()
    under_way.note(job("a", S.SENDING, min_instances=1), lambda _job: False)
    assert not any(kind.starts for kind in under_way.of_day(day_of(NOON_S)))


def test_a_job_of_unknown_fate_burdens_its_own_day_only() -> None:
    under_way = UnderWay()
    under_way.note(job("a", S.UNCERTAIN, batch_id="b"), lambda _job: True)
    under_way.note(job("b", S.QUEUED), lambda _job: True)
    assert sum(under_way.of_day(day_of(NOON_S)).values()) == 2
    assert sum(under_way.of_day(day_of(NOON_S + 2 * DAY_S)).values()) == 1
    assert sum(under_way.of_batch("b").values()) == 1


def test_counts_come_back_to_nothing_whatever_the_order() -> None:
    under_way = UnderWay()
    order = random.Random(5)
    ids = [f"{number}" for number in range(200)]
    for state in (S.SENDING, S.QUEUED, S.RUNNING, S.DONE):
        order.shuffle(ids)
        for job_id in ids:
            changed = job(job_id, state, batch_id=job_id[0], deployment_id=job_id[-1])
            under_way.note(changed, lambda _job: False)
    assert under_way.of_day(day_of(NOON_S)) == {}
    assert under_way.of_batch("1") == {}
    assert not under_way.has_any("1")


def test_the_machine_is_the_first_that_the_deployment_allows() -> None:
    assert kind_of(job("a", hardware="AMPERE_24, AMPERE_48"), starts=False).sku == "AMPERE_24"


def test_a_job_is_charged_when_it_ends_and_once() -> None:
    totals = Totals()
    totals.open([job("old", S.DONE, cost_usd=9.0), job("a", S.RUNNING)])
    ended = ran("a", 70.0, cost_usd=0.05, batch_id="b")
    assert totals.note(ended)
    assert not totals.note(ended), "told of again, with its files"
    assert not totals.note(ran("old", 70.0, cost_usd=9.0)), "it is in the sums of the disk"
    assert totals.by_day == {day_of(ended.finished_s): pytest.approx(0.05)}
    assert totals.by_batch == {"b": pytest.approx(0.05)}
