from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.core.jobs.job_index import send_order_key
from runcomfy_desktop.core.jobs.job_reordering import QueueMove, new_orders
from runcomfy_desktop.domain.jobs.job import Job, JobState
from tests.support.job_factory import make_job


def queued_jobs(*numbers: float) -> list[Job]:
    made = [
        make_job(JobState.WAITING, job_id=f"job-{count}", order=number)
        for count, number in enumerate(numbers)
    ]
    return sorted(made, key=send_order_key)


def moved(jobs: list[Job], wished: set[str], where: QueueMove) -> list[str]:
    new = new_orders(jobs, wished, where)
    changed = [replace(job, order=new.get(job.job_id, job.order)) for job in jobs]
    return [job.job_id for job in sorted(changed, key=send_order_key)]


@given(
    st.lists(st.integers(0, 5), max_size=9),
    st.sets(st.integers(0, 8)),
    st.sampled_from(list(QueueMove)),
)
def test_jobs_come_where_they_are_wished(
    numbers: list[int], chosen: set[int], where: QueueMove
) -> None:
    jobs = queued_jobs(*map(float, numbers))
    ids = [job.job_id for job in jobs]
    wished = {f"job-{each}" for each in chosen} & set(ids)
    after = moved(jobs, wished, where)
    assert sorted(after) == sorted(ids)
    ours, others = [each for each in ids if each in wished], [e for e in ids if e not in wished]
    assert [each for each in after if each in wished] == ours
    assert [each for each in after if each not in wished] == others
    if where is QueueMove.FIRST:
        assert after == [*ours, *others]
    elif where is QueueMove.LAST:
        assert after == [*others, *ours]
    else:
        step = -1 if where is QueueMove.UP else 1
        assert all(after.index(each) - ids.index(each) in (0, step) for each in ours)


def test_a_single_move_writes_few_rows() -> None:
    jobs = queued_jobs(*map(float, range(10_000)))
    assert len(new_orders(jobs, {"job-5000"}, QueueMove.FIRST)) == 1
    assert len(new_orders(jobs, {"job-5000"}, QueueMove.UP)) == 2


def test_moving_nothing_writes_nothing() -> None:
    assert new_orders(queued_jobs(1.0, 2.0), {"nobody"}, QueueMove.UP) == {}
    assert new_orders([], {"nobody"}, QueueMove.FIRST) == {}
