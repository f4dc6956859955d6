"""What looks at all jobs: each time while they are few, now and then when they are many."""

from __future__ import annotations

from PySide6.QtCore import QObject

from runcomfy_desktop.ui.seldom import MANY_JOBS, Seldom
from tests.support.until import until


async def test_of_few_jobs_each_change_is_shown_at_once() -> None:
    owner, done = QObject(), list[int]()
    jobs = [1, 2]
    seldom = Seldom(owner, lambda: done.append(len(jobs)))
    seldom.wish(of=len(jobs))
    jobs.append(3)
    seldom.wish(of=len(jobs))
    assert done == [2, 3]


async def test_of_many_the_first_change_and_the_last_are_shown() -> None:
    owner, shown = QObject(), list[int]()
    jobs = list(range(MANY_JOBS))
    seldom = Seldom(owner, lambda: shown.append(len(jobs)))
    for number in range(100):
        jobs.append(number)
        seldom.wish(of=len(jobs))
    assert shown == [MANY_JOBS + 1], "what comes alone does not wait"
    await until(lambda: shown[-1] == MANY_JOBS + 100)
    assert len(shown) == 2


async def test_nothing_is_shown_of_what_was_left() -> None:
    owner, shown = QObject(), list[str]()
    names = ["first"]
    seldom = Seldom(owner, lambda: shown.append(names[-1]))
    seldom.wish()
    seldom.wish()
    seldom.stop()
    names.append("second")
    seldom.wish()
    names.append("third")
    seldom.wish()
    await until(lambda: shown[-1] == "third")
    assert shown == ["first", "second", "third"]
