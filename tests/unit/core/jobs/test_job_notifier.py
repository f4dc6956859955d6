"""Notifications: one for all jobs that end together, one per batch, none for an active window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs.job_notifier import (
    JobNotification,
    JobNotifier,
    QueueProgress,
    exit_notification,
    exit_notification_for,
)
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from tests.support.async_wait import wait_until
from tests.support.job_factory import make_job
from tests.support.published_jobs import PublishedJobs
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

S = JobState


class NotifierHarness:
    def __init__(self, *known: Job) -> None:
        self.queue = PublishedJobs()
        self.queue.fill(*known)
        self.job_notifier = JobNotifier(
            self.queue,  # type: ignore[arg-type]  # all that it uses
            is_window_active=False,
            coalesce_s=0.005,
        )
        self.sent_messages: list[JobNotification] = []
        self.progress: list[QueueProgress] = []
        self.job_notifier.notified.subscribe(self.sent_messages.append)
        self.job_notifier.progress_changed.subscribe(self.progress.append)


async def _titles(harness: NotifierHarness, count: int) -> list[str]:
    await wait_until(lambda: len(harness.sent_messages) >= count)
    # An unwanted message would have arrived by this time, before that of the next job.
    return [message.title for message in harness.sent_messages]


async def test_the_end_of_a_job_is_told_once() -> None:
    harness = NotifierHarness()
    harness.queue.put(make_job(S.RUNNING, job_id="a", title="a red\nbicycle"))
    harness.queue.put(make_job(S.DONE, job_id="a", title="a red\nbicycle", deployment_name="bikes"))
    harness.queue.put(make_job(S.DONE, job_id="a", title="a red\nbicycle", deployment_name="bikes"))
    assert await _titles(harness, 1) == ["Done: a red bicycle"]
    assert (harness.sent_messages[0].detail, harness.sent_messages[0].job_id) == ("bikes", "a")
    await harness.job_notifier.close()


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (S.FAILED, "Failed: bike"),
        (S.LOST, "No longer known to the server: bike"),
        (S.UNCERTAIN, "Sent, answer unknown: bike"),
    ],
)
async def test_how_a_job_ended_is_said(state: JobState, title: str) -> None:
    harness = NotifierHarness()
    harness.queue.put(make_job(S.SENDING, job_id="a", title="bike"))
    harness.queue.put(make_job(state, job_id="a", title="bike", reason="why\nand more"))
    assert await _titles(harness, 1) == [title]
    assert "\n" not in harness.sent_messages[0].detail
    await harness.job_notifier.close()


async def test_who_watches_is_not_told() -> None:
    harness = NotifierHarness()
    harness.job_notifier.set_window_active(active=True)
    harness.queue.put(make_job(S.RUNNING, job_id="a"), make_job(S.DONE, job_id="a"))
    await wait_until(
        lambda: harness.job_notifier.progress == QueueProgress() and not harness.sent_messages
    )
    harness.job_notifier.set_window_active(active=False)
    harness.queue.put(make_job(S.RUNNING, job_id="b"), make_job(S.DONE, job_id="b", title="second"))
    await wait_until(lambda: len(harness.sent_messages) > 0)
    assert harness.sent_messages[-1].job_id == "b"
    await harness.job_notifier.close()


async def test_what_ends_together_is_told_together() -> None:
    harness = NotifierHarness()
    names = [f"job-{number}" for number in range(6)]
    harness.queue.put(*(make_job(S.RUNNING, job_id=name) for name in names))
    harness.queue.put(*(make_job(S.DONE, job_id=name) for name in names[:5]))
    harness.queue.put(make_job(S.FAILED, job_id=names[5], reason="x"))
    assert await _titles(harness, 1) == ["5 jobs are done, 1 failed"]
    await harness.job_notifier.close()


async def test_a_batch_is_told_when_its_last_job_has_ended() -> None:
    harness = NotifierHarness()
    harness.queue.put(*(_batch_job(name, S.WAITING) for name in "abcd"))
    harness.queue.put(
        _batch_job("a", S.DONE), _batch_job("b", S.FAILED), _batch_job("c", S.CANCELLED)
    )
    await wait_until(lambda: harness.progress != [])
    assert harness.sent_messages == []
    harness.queue.put(_batch_job("d", S.DONE))
    assert await _titles(harness, 1) == ["The batch “retry” has ended"]
    assert harness.sent_messages[0].detail == "2 jobs are done, 1 failed, 1 cancelled"
    await harness.job_notifier.close()


def _batch_job(job_id: str, state: JobState) -> Job:
    return make_job(state, job_id=job_id, batch_id="b1", batch_name="retry")


async def test_a_batch_has_ended_when_its_last_waiting_jobs_are_removed(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as queue_harness:
        queue = queue_harness.queue
        queue.send_queue.set_has_key(False)
        first, *others = await queue_harness.submit_many(3, "retry")
        queue.send_queue.pause(others)
        await wait_until(lambda: len(queue_harness.in_state(S.HELD)) == 2)
        notifier = JobNotifier(queue, is_window_active=False, coalesce_s=0.005)
        sent_messages: list[JobNotification] = []
        notifier.notified.subscribe(sent_messages.append)
        queue.send_queue.set_has_key(True)
        await queue_harness.wait_until_state(first, S.DONE)
        assert sent_messages == []
        queue.remove_many(others)
        await wait_until(lambda: len(sent_messages) > 0)
        assert sent_messages == [
            JobNotification("The batch “retry” has ended", "1 job is done", first)
        ]
        await notifier.close()


@pytest.mark.parametrize(
    ("remaining", "removed"),
    [(S.RUNNING, S.HELD), (S.DONE, S.DONE), (None, S.HELD)],
    ids=["the batch goes on", "it had ended before", "nothing is left of it"],
)
async def test_a_removal_that_does_not_end_a_batch_is_no_news(
    remaining: JobState | None, removed: JobState
) -> None:
    known = [] if remaining is None else [_batch_job("a", remaining)]
    harness = NotifierHarness(*known, _batch_job("b", removed))
    harness.queue.remove("b")
    harness.queue.put(make_job(S.RUNNING, job_id="c"), make_job(S.DONE, job_id="c", title="bike"))
    assert await _titles(harness, 1) == ["Done: bike"]
    await harness.job_notifier.close()


async def test_a_batch_that_goes_on_at_once_has_not_ended() -> None:
    harness = NotifierHarness()
    harness.queue.put(_batch_job("a", S.RUNNING), _batch_job("a", S.FAILED))
    harness.queue.put(_batch_job("b", S.WAITING))
    await wait_until(lambda: harness.progress != [])
    assert harness.sent_messages == []
    harness.queue.put(_batch_job("b", S.DONE))
    assert await _titles(harness, 1) == ["The batch “retry” has ended"]
    assert harness.sent_messages[0].detail == "1 job is done, 1 failed"
    await harness.job_notifier.close()


async def test_batches_and_jobs_that_end_together_are_one_message() -> None:
    harness = NotifierHarness()
    for name, batch in (("a", "b1"), ("b", "b2"), ("c", "")):
        for state in (S.RUNNING, S.FAILED if name == "b" else S.DONE):
            harness.queue.put(
                make_job(state, job_id=name, title="bike", batch_id=batch, batch_name=batch)
            )
    assert await _titles(harness, 1) == ["2 jobs are done, 1 failed"]
    detail = "The batch “b1” has ended; The batch “b2” has ended; Done: bike"
    assert (harness.sent_messages[0].detail, harness.sent_messages[0].job_id) == (detail, "c")
    await harness.job_notifier.close()


async def test_what_was_taken_back_and_what_was_there_already_is_no_news() -> None:
    harness = NotifierHarness(make_job(S.DONE, job_id="old"))
    harness.queue.put(make_job(S.DONE, job_id="brought from the history"))
    harness.queue.put(make_job(S.RUNNING, job_id="a"), make_job(S.CANCELLED, job_id="a"))
    harness.queue.put(make_job(S.RUNNING, job_id="b"), make_job(S.DONE, job_id="b", title="bike"))
    assert await _titles(harness, 1) == ["Done: bike"]
    await harness.job_notifier.close()


async def test_progress_counts_from_the_first_job_to_the_last() -> None:
    harness = NotifierHarness()
    harness.queue.put(*(make_job(S.QUEUED, job_id=name) for name in "abc"))
    await wait_until(lambda: harness.job_notifier.progress == QueueProgress(0, 3))
    harness.queue.put(make_job(S.DONE, job_id="a"))
    await wait_until(lambda: harness.job_notifier.progress == QueueProgress(1, 3))
    # A held job is not active.
    harness.queue.put(
        make_job(S.HELD, job_id="b", hold=HoldReason.PAUSED), make_job(S.DONE, job_id="c")
    )
    await wait_until(lambda: harness.job_notifier.progress == QueueProgress())
    await harness.job_notifier.close()


async def test_long_and_odd_titles_are_one_short_line() -> None:
    harness = NotifierHarness()
    title = "<b>x</b>\x00\u202e" + "y" * 2000
    harness.queue.put(make_job(S.RUNNING, job_id="a", title=title))
    harness.queue.put(make_job(S.DONE, job_id="a", title=title))
    message = (await _titles(harness, 1))[0]
    assert len(message) < 100
    assert message.isprintable()
    await harness.job_notifier.close()


@pytest.mark.parametrize(
    ("going_on", "unsent", "title", "detail"),
    [
        (3, 0, "3 jobs go on at RunComfy.", "The next start picks them up."),
        (
            1,
            2,
            "1 job goes on at RunComfy.",
            "The next start picks it up. 2 jobs were not sent; the next start offers them.",
        ),
        (0, 1, "1 job was not sent; the next start offers it.", ""),
    ],
)
def test_what_is_said_at_the_end(going_on: int, unsent: int, title: str, detail: str) -> None:
    assert exit_notification(going_on, unsent) == JobNotification(title, detail)


def test_what_is_said_at_the_end_counts_jobs_by_what_becomes_of_them() -> None:
    jobs = [make_job(state) for state in (S.WAITING, S.HELD, S.RUNNING, S.DONE, S.UNCERTAIN)]
    assert exit_notification_for(jobs) == exit_notification(1, 2)


def test_nothing_is_said_when_nothing_goes_on() -> None:
    assert exit_notification(0, 0) is None
