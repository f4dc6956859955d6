"""Work on threads: results that are dropped, errors, and work that outlives its owner."""

from __future__ import annotations

import threading
from threading import Event

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from shiboken6 import isValid

from runcomfy_desktop.ui.base.background_tasks import MAX_RUNNING, BackgroundTasks
from tests.gui.support.user_input import process_events, wait_until

pytestmark = pytest.mark.usefixtures("qapp")


def destroy(owner: QObject) -> None:
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete.value)
    assert not isValid(owner)


class HeldWork:
    """Work that occupies all threads that one owner may use, until it is released."""

    def __init__(self, tasks: BackgroundTasks) -> None:
        self.may_end = Event()
        self.ended = [Event() for _each in range(MAX_RUNNING)]
        self.received: list[object] = []
        started = [Event() for _each in range(MAX_RUNNING)]
        for has_started, has_ended in zip(started, self.ended, strict=True):
            tasks.run(
                lambda start=has_started, end=has_ended: self._hold(start, end),  # type: ignore[misc]
                self.received.append,
            )
        wait_until(lambda: all(each.is_set() for each in started))

    def _hold(self, has_started: Event, has_ended: Event) -> None:
        has_started.set()
        self.may_end.wait()
        has_ended.set()


def test_work_is_done_on_a_thread_and_its_result_comes_here() -> None:
    tasks = BackgroundTasks()
    here = threading.get_ident()
    received: list[tuple[bool, bool]] = []
    tasks.run(
        threading.get_ident,
        lambda worker: received.append((worker != here, threading.get_ident() == here)),
    )
    assert not tasks.is_idle
    wait_until(lambda: received)
    assert received == [(True, True)]
    assert tasks.is_idle


def test_a_discarded_result_is_not_delivered() -> None:
    tasks = BackgroundTasks()
    received: list[object] = []
    task_id = tasks.run(lambda: 1, received.append)
    tasks.discard(task_id)
    tasks.run(lambda: 2, received.append)
    wait_until(lambda: received)
    assert received == [2]


def test_work_waits_while_its_owner_has_two_running() -> None:
    tasks = BackgroundTasks()
    held = HeldWork(tasks)
    received: list[int] = []
    try:
        for number in range(5):
            tasks.run(lambda number=number: number, received.append)  # type: ignore[misc]
        # Threads are free: a task of another owner is done meanwhile.
        others: list[object] = []
        BackgroundTasks().run(lambda: 1, others.append)
        wait_until(lambda: others)
        assert received == []
    finally:
        held.may_end.set()
    wait_until(lambda: len(received) == 5)
    assert sorted(received) == [0, 1, 2, 3, 4]


def test_slow_owners_do_not_hold_up_another_one() -> None:
    slow = [HeldWork(BackgroundTasks()) for _each in range(8)]
    received: list[object] = []
    try:
        BackgroundTasks().run(lambda: 1, received.append)
        wait_until(lambda: received)
    finally:
        for each in slow:
            each.may_end.set()
    wait_until(lambda: all(len(each.received) == MAX_RUNNING for each in slow))


def test_discarded_work_is_neither_started_nor_delivered() -> None:
    tasks = BackgroundTasks()
    held, unstarted = HeldWork(tasks), Event()
    tasks.run(unstarted.set, held.received.append)
    tasks.discard_all()
    assert tasks.is_idle
    held.may_end.set()
    wait_until(lambda: all(each.is_set() for each in held.ended))
    later: list[object] = []
    tasks.run(lambda: "later", later.append)
    wait_until(lambda: later)
    assert held.received == []
    assert not unstarted.is_set()


@pytest.mark.logs_errors
def test_an_error_is_reported_and_its_owner_is_told() -> None:
    tasks = BackgroundTasks()
    received: list[object] = []

    def fail() -> None:
        raise ValueError("the picture is odd")

    for _each in range(MAX_RUNNING + 1):
        tasks.run(fail, received.append, lambda: received.append("failed"))
    tasks.run(lambda: "done", received.append)
    wait_until(lambda: tasks.is_idle)
    assert sorted(map(str, received)) == ["done", *["failed"] * (MAX_RUNNING + 1)]


def test_the_end_of_the_owner_does_not_wait_for_running_work() -> None:
    owner = QObject()
    tasks = BackgroundTasks(owner)
    held, unstarted = HeldWork(tasks), Event()
    try:
        tasks.run(unstarted.set, held.received.append)
        destroy(owner)
        assert not isValid(tasks)
    finally:
        held.may_end.set()
    wait_until(lambda: all(each.is_set() for each in held.ended))
    # A task of another owner comes after all that the threads still deliver.
    answered: list[object] = []
    BackgroundTasks().run(lambda: 1, answered.append)
    wait_until(lambda: answered)
    process_events()
    assert held.received == [], "there is nothing left that could take a result"
    assert not unstarted.is_set()
