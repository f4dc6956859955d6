"""Throttle of work on all jobs: every time for few jobs, less often for many."""

from __future__ import annotations

from PySide6.QtCore import QObject

from runcomfy_desktop.ui.base.throttle import MIN_THROTTLED_JOBS, Throttle
from tests.support.async_wait import wait_until


async def test_of_few_jobs_each_change_is_shown_at_once() -> None:
    owner, done = QObject(), list[int]()
    jobs = [1, 2]
    throttle = Throttle(owner, lambda: done.append(len(jobs)))
    throttle.request(job_count=len(jobs))
    jobs.append(3)
    throttle.request(job_count=len(jobs))
    assert done == [2, 3]


async def test_of_many_the_first_change_and_the_last_are_shown() -> None:
    owner, shown = QObject(), list[int]()
    jobs = list(range(MIN_THROTTLED_JOBS))
    throttle = Throttle(owner, lambda: shown.append(len(jobs)))
    for number in range(100):
        jobs.append(number)
        throttle.request(job_count=len(jobs))
    assert shown == [MIN_THROTTLED_JOBS + 1], "what comes alone does not wait"
    await wait_until(lambda: shown[-1] == MIN_THROTTLED_JOBS + 100)
    assert len(shown) == 2


async def test_nothing_is_shown_of_what_was_left() -> None:
    owner, shown = QObject(), list[str]()
    names = ["first"]
    throttle = Throttle(owner, lambda: shown.append(names[-1]))
    throttle.request()
    throttle.request()
    throttle.stop()
    names.append("second")
    throttle.request()
    names.append("third")
    throttle.request()
    await wait_until(lambda: shown[-1] == "third")
    assert shown == ["first", "second", "third"]
