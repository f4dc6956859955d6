"""Work on threads: results that are dropped, and work that outlives its owner."""

from __future__ import annotations

from threading import Event

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from shiboken6 import isValid

from runcomfy_desktop.ui.base import background_tasks
from runcomfy_desktop.ui.base.background_tasks import MAX_THREADS, BackgroundTasks
from tests.gui.support.user_input import process_events, wait_until

pytestmark = pytest.mark.usefixtures("qapp")


def destroy(owner: QObject) -> None:
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete.value)
    assert not isValid(owner)


def test_a_discarded_result_is_not_delivered() -> None:
    tasks = BackgroundTasks()
    received: list[object] = []
    task_id = tasks.run(lambda: 1, received.append)
    tasks.discard(task_id)
    tasks.run(lambda: 2, received.append)
    wait_until(lambda: received)
    assert received == [2]


def test_the_end_of_the_owner_does_not_wait_for_running_work() -> None:
    owner = QObject()
    tasks = BackgroundTasks(owner)
    may_end, unstarted = Event(), Event()
    started = [Event() for _each in range(MAX_THREADS)]
    received: list[object] = []

    def hold(has_started: Event) -> None:
        has_started.set()
        may_end.wait()

    try:
        for each in started:
            tasks.run(lambda each=each: hold(each), received.append)  # type: ignore[misc]
        tasks.run(unstarted.set, received.append)
        wait_until(lambda: all(each.is_set() for each in started))
        destroy(owner)
        assert not isValid(tasks)
        [(pool, _relay)] = background_tasks._stopped_pools
        assert pool.activeThreadCount() == MAX_THREADS
    finally:
        may_end.set()
    wait_until(lambda: not pool.activeThreadCount())
    process_events()
    assert received == [], "there is nothing left that could take a result"
    assert not unstarted.is_set()


def test_a_pool_whose_work_has_ended_is_released_at_the_next_stop() -> None:
    may_end, started, owner = Event(), Event(), QObject()

    def hold() -> None:
        started.set()
        may_end.wait()

    try:
        BackgroundTasks(owner).run(hold, lambda _result: None)
        wait_until(started.is_set)
        destroy(owner)
        [(pool, _relay)] = background_tasks._stopped_pools
        destroy(BackgroundTasks())
        assert [each for each, _relay in background_tasks._stopped_pools] == [pool]
    finally:
        may_end.set()
    wait_until(lambda: not pool.activeThreadCount())
    destroy(BackgroundTasks())
    assert background_tasks._stopped_pools == []
