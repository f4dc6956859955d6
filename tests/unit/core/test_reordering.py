from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.core.reordering import Where, orders
from runcomfy_desktop.core.turns import turn_of
from runcomfy_desktop.domain.job import Job, JobState
from tests.support.jobs import make_job


def line(*numbers: float) -> list[Job]:
    made = [
        make_job(JobState.WAITING, job_id=f"job-{count}", order=number)
        for count, number in enumerate(numbers)
    ]
    return sorted(made, key=turn_of)


def moved(jobs: list[Job], wished: set[str], where: Where) -> list[str]:
    new = orders(jobs, wished, where)
    changed = [replace(job, order=new.get(job.job_id, job.order)) for job in jobs]
    return [job.job_id for job in sorted(changed, key=turn_of)]


@given(
    st.lists(st.integers(0, 5), max_size=9),
    st.sets(st.integers(0, 8)),
    st.sampled_from(list(Where)),
)
def test_jobs_come_where_they_are_wished(
    numbers: list[int], chosen: set[int], where: Where
) -> None:
    jobs = line(*map(float, numbers))
    ids = [job.job_id for job in jobs]
    wished = {f"job-{each}" for each in chosen} & set(ids)
    after = moved(jobs, wished, where)
    assert sorted(after) == sorted(ids)
    ours, others = [each for each in ids if each in wished], [e for e in ids if e not in wished]
    assert [each for each in after if each in wished] == ours
    assert [each for each in after if each not in wished] == others
    if where is Where.FIRST:
        assert after == [*ours, *others]
    elif where is Where.LAST:
        assert after == [*others, *ours]
    else:
        step = -1 if where is Where.UP else 1
        assert all(after.index(each) - ids.index(each) in (0, step) for each in ours)


def test_a_single_move_writes_few_rows() -> None:
    jobs = line(*map(float, range(10_000)))
    assert len(orders(jobs, {"job-5000"}, Where.FIRST)) == 1
    assert len(orders(jobs, {"job-5000"}, Where.UP)) == 2


def test_moving_nothing_writes_nothing() -> None:
    assert orders(line(1.0, 2.0), {"nobody"}, Where.UP) == {}
    assert orders([], {"nobody"}, Where.FIRST) == {}
