"""The current job of a grid cell, and the cells that can be retried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runcomfy_desktop.core.jobs.cell_retries import retryable_ids
from runcomfy_desktop.core.sweeps.sweeps import GridJobs
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, Sweep
from tests.support.job_factory import make_job

S = JobState
SWEEP = Sweep("g", "", (Axis("x", tuple(AxisPoint(str(number)) for number in range(3))),))


def job(job_id: str, cell: int, state: JobState) -> Job:
    return replace(make_job(state), job_id=job_id, batch_id="g", cell=cell)


def grid(*jobs: Job) -> tuple[GridJobs, dict[str, Job]]:
    queue = {each.job_id: each for each in jobs}
    found = GridJobs(SWEEP, queue)
    for each in jobs:
        found.update_job(each)
    return found, queue


def test_the_newest_job_of_a_cell_counts() -> None:
    jobs, queue = grid(job("a", 0, S.FAILED), job("b", 1, S.DONE), job("c", 0, S.QUEUED))
    assert [each and each.job_id for each in map(jobs.job_at, range(3))] == ["c", "b", None]
    assert jobs.state_counts == {S.QUEUED: 1, S.DONE: 1}
    queue["c"] = replace(queue["c"], state=S.DONE)
    assert jobs.update_job(queue["c"]) == 0
    assert jobs.state_counts == {S.DONE: 2}


def test_strangers_are_not_of_the_grid() -> None:
    jobs, _queue = grid()
    assert jobs.update_job(replace(make_job(S.DONE), batch_id="other", cell=0)) is None
    assert jobs.update_job(job("y", 3, S.DONE)) is None
    assert jobs.update_job(job("y", -1, S.DONE)) is None


def test_older_jobs_stand_before_those_of_the_queue() -> None:
    jobs, _queue = grid(job("b", 0, S.DONE))
    changed = jobs.add_older([job("a", 0, S.FAILED), job("c", 1, S.FAILED), job("b", 0, S.FAILED)])
    assert sorted(changed) == [0, 1]
    assert [each.job_id for each in jobs.jobs_of(0)] == ["a", "b"]
    found = jobs.job_at(1)
    assert found is not None
    assert found.job_id == "c"
    assert jobs.failed_cells() == [1]


def test_a_job_that_is_taken_away_gives_way_to_the_one_before() -> None:
    jobs, queue = grid(job("a", 0, S.FAILED), job("b", 0, S.DONE))
    del queue["b"]
    assert jobs.remove("b") == 0
    found = jobs.job_at(0)
    assert found is not None
    assert found.job_id == "a"
    assert jobs.remove("b") is None


@pytest.mark.parametrize("gone", ["ab", "ba", "abc", "cba", "bc"])
@pytest.mark.parametrize("back", [False, True])
def test_jobs_that_are_put_back_stand_where_they_stood(gone: str, *, back: bool) -> None:
    jobs, queue = grid(*(job(each, 0, S.DONE) for each in "abc"))
    jobs.add_older([job("old", 0, S.FAILED)])
    before = dict(queue)
    for each in gone:
        del queue[each]
    for each in gone:
        jobs.remove(each)
    queue.clear()
    queue.update(before)
    for each in reversed(gone) if back else gone:
        jobs.update_job(queue[each])
    assert [each.job_id for each in jobs.jobs_of(0)] == ["old", "a", "b", "c"]


@pytest.mark.parametrize("state", list(S))
def test_a_cell_is_tried_again_only_when_it_came_to_a_bad_end(state: JobState) -> None:
    jobs, _queue = grid(job("a", 0, state))
    can = jobs.retryable_job(0) is not None
    assert can == (state in (S.FAILED, S.LOST, S.CANCELLED))


@pytest.mark.parametrize("state", [each for each in S if not each.is_finished])
def test_no_cell_is_tried_again_while_one_of_its_jobs_is_under_way_or_unknown(
    state: JobState,
) -> None:
    jobs, _queue = grid(job("a", 0, state), job("b", 0, S.FAILED))
    assert jobs.retryable_job(0) is None
    assert jobs.failed_cells() == []


def test_a_done_cell_is_done_whatever_else_was_noted_behind_it() -> None:
    jobs, _queue = grid(job("b", 0, S.DONE), job("a", 0, S.FAILED), job("c", 1, S.FAILED))
    assert [each and each.job_id for each in map(jobs.job_at, range(2))] == ["b", "c"]
    assert jobs.state_counts == {S.DONE: 1, S.FAILED: 1}
    assert [jobs.retryable_job(cell) is None for cell in range(2)] == [True, False]
    assert jobs.failed_cells() == [1]
    assert retryable_ids([job("a", 0, S.FAILED)], jobs.jobs_of(0)) == frozenset()


def test_what_is_under_way_stands_for_its_cell_whatever_was_noted_behind_it() -> None:
    jobs, queue = grid(job("b", 0, S.RUNNING), job("a", 0, S.FAILED))
    found = jobs.job_at(0)
    assert found is not None
    assert found.job_id == "b"
    assert jobs.state_counts == {S.RUNNING: 1}
    queue["b"] = replace(queue["b"], state=S.DONE)
    assert jobs.update_job(queue["b"]) == 0
    assert jobs.state_counts == {S.DONE: 1}
    assert jobs.add_older([job("old", 0, S.LOST)]) == [0]
    assert jobs.retryable_job(0) is None


def test_what_is_run_again_fills_its_cell_where_the_cell_could_be_tried_again() -> None:
    jobs = [
        job("failed", 0, S.FAILED),
        job("done", 1, S.DONE),
        job("earlier", 2, S.FAILED),
        job("later", 2, S.DONE),
        job("first", 3, S.FAILED),
        job("second", 3, S.RUNNING),
        job("unknown", 4, S.UNCERTAIN),
        job("behind it", 4, S.FAILED),
        job("cancelled", 5, S.CANCELLED),
        job("older", 6, S.FAILED),
        job("newer", 6, S.LOST),
        replace(job("alone", -1, S.FAILED), batch_id=""),
        job("of a batch", -1, S.FAILED),
    ]
    assert retryable_ids(jobs, jobs) == {"failed", "cancelled", "newer"}
    # Only the selected jobs count, although a newer job of the cell failed, too.
    assert retryable_ids([jobs[9]], jobs) == frozenset()
    assert retryable_ids([], jobs) == frozenset()
