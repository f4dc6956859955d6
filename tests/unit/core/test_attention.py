"""Attention: one message for what ends together, none for who is watching, one for a batch."""

from __future__ import annotations

import pytest

from runcomfy_desktop.core.attention import Attention, Message, Progress, farewell, farewell_to
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.job import Hold, Job, JobState
from tests.support.jobs import make_job
from tests.support.until import until

S = JobState


class Queue:
    """What Attention hears of a queue."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.changed: Topic[Job] = Topic()
        self.removed: Topic[str] = Topic()
        self.loaded: Topic[None] = Topic()

    def put(self, *jobs: Job) -> None:
        for job in jobs:
            self.jobs[job.job_id] = job
            self.changed.publish(job)


class Bench:
    def __init__(self) -> None:
        self.queue = Queue()
        self.attention = Attention(join_s=0.005)
        self.told: list[Message] = []
        self.progress: list[Progress] = []
        self.attention.told.subscribe(self.told.append)
        self.attention.progressed.subscribe(self.progress.append)
        self.attention.follow(self.queue)  # type: ignore[arg-type]  # all that it hears of
        self.attention.set_watched(watched=False)


async def _titles(bench: Bench, count: int) -> list[str]:
    await until(lambda: len(bench.told) >= count)
    # What comes late would come by now: the next thing to end is told after it.
    return [message.title for message in bench.told]


async def test_the_end_of_a_job_is_told_once() -> None:
    bench = Bench()
    bench.queue.put(make_job(S.RUNNING, job_id="a", title="a red\nbicycle"))
    bench.queue.put(make_job(S.DONE, job_id="a", title="a red\nbicycle", deployment_name="bikes"))
    bench.queue.put(make_job(S.DONE, job_id="a", title="a red\nbicycle", deployment_name="bikes"))
    assert await _titles(bench, 1) == ["Done: a red bicycle"]
    assert (bench.told[0].detail, bench.told[0].job_id) == ("bikes", "a")
    await bench.attention.close()


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (S.FAILED, "Failed: bike"),
        (S.LOST, "No longer known to the server: bike"),
        (S.UNCERTAIN, "Sent, answer unknown: bike"),
    ],
)
async def test_how_a_job_ended_is_said(state: JobState, title: str) -> None:
    bench = Bench()
    bench.queue.put(make_job(S.SENDING, job_id="a", title="bike"))
    bench.queue.put(make_job(state, job_id="a", title="bike", reason="why\nand more"))
    assert await _titles(bench, 1) == [title]
    assert "\n" not in bench.told[0].detail
    await bench.attention.close()


async def test_who_watches_is_not_told() -> None:
    bench = Bench()
    bench.attention.set_watched(watched=True)
    bench.queue.put(make_job(S.RUNNING, job_id="a"), make_job(S.DONE, job_id="a"))
    await until(lambda: bench.attention.progress == Progress() and not bench.told)
    bench.attention.set_watched(watched=False)
    bench.queue.put(make_job(S.RUNNING, job_id="b"), make_job(S.DONE, job_id="b", title="second"))
    await until(lambda: len(bench.told) > 0)
    assert bench.told[-1].job_id == "b"
    await bench.attention.close()


async def test_what_ends_together_is_told_together() -> None:
    bench = Bench()
    names = [f"job-{number}" for number in range(6)]
    bench.queue.put(*(make_job(S.RUNNING, job_id=name) for name in names))
    bench.queue.put(*(make_job(S.DONE, job_id=name) for name in names[:5]))
    bench.queue.put(make_job(S.FAILED, job_id=names[5], reason="x"))
    assert await _titles(bench, 1) == ["5 jobs are done, 1 failed"]
    await bench.attention.close()


async def test_a_batch_is_told_when_its_last_job_has_ended() -> None:
    bench = Bench()

    def job(name: str, state: JobState) -> Job:
        return make_job(state, job_id=name, batch_id="b1", batch_name="retry")

    bench.queue.put(*(job(name, S.WAITING) for name in "abcd"))
    bench.queue.put(job("a", S.DONE), job("b", S.FAILED), job("c", S.CANCELLED))
    await until(lambda: bench.progress != [])
    assert bench.told == []
    bench.queue.put(job("d", S.DONE))
    assert await _titles(bench, 1) == ["The batch “retry” has ended"]
    assert bench.told[0].detail == "2 jobs are done, 1 failed, 1 cancelled"
    await bench.attention.close()


async def test_batches_and_jobs_that_end_together_are_one_message() -> None:
    bench = Bench()
    for name, batch in (("a", "b1"), ("b", "b2"), ("c", "")):
        for state in (S.RUNNING, S.FAILED if name == "b" else S.DONE):
            bench.queue.put(
                make_job(state, job_id=name, title="bike", batch_id=batch, batch_name=batch)
            )
    assert await _titles(bench, 1) == ["2 jobs are done, 1 failed"]
    detail = "The batch “b1” has ended; The batch “b2” has ended; Done: bike"
    assert (bench.told[0].detail, bench.told[0].job_id) == (detail, "c")
    await bench.attention.close()


async def test_what_was_taken_back_and_what_was_there_already_is_no_news() -> None:
    bench = Bench()
    bench.queue.jobs["old"] = make_job(S.DONE, job_id="old")
    bench.queue.loaded.publish(None)
    bench.queue.put(make_job(S.RUNNING, job_id="a"), make_job(S.CANCELLED, job_id="a"))
    bench.queue.put(make_job(S.RUNNING, job_id="b"), make_job(S.DONE, job_id="b", title="bike"))
    assert await _titles(bench, 1) == ["Done: bike"]
    await bench.attention.close()


async def test_progress_counts_from_the_first_job_to_the_last() -> None:
    bench = Bench()
    bench.queue.put(*(make_job(S.QUEUED, job_id=name) for name in "abc"))
    await until(lambda: bench.attention.progress == Progress(0, 3))
    bench.queue.put(make_job(S.DONE, job_id="a"))
    await until(lambda: bench.attention.progress == Progress(1, 3))
    # A job that is held is not under way.
    bench.queue.put(make_job(S.HELD, job_id="b", hold=Hold.PAUSED), make_job(S.DONE, job_id="c"))
    await until(lambda: bench.attention.progress == Progress())
    await bench.attention.close()


async def test_long_and_odd_titles_are_one_short_line() -> None:
    bench = Bench()
    title = "<b>x</b>\x00\u202e" + "y" * 2000
    bench.queue.put(make_job(S.RUNNING, job_id="a", title=title))
    bench.queue.put(make_job(S.DONE, job_id="a", title=title))
    told = (await _titles(bench, 1))[0]
    assert len(told) < 100
    assert told.isprintable()
    await bench.attention.close()


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
    assert farewell(going_on, unsent) == Message(title, detail)


def test_what_is_said_at_the_end_counts_jobs_by_what_becomes_of_them() -> None:
    jobs = [make_job(state) for state in (S.WAITING, S.HELD, S.RUNNING, S.DONE, S.UNCERTAIN)]
    assert farewell_to(jobs) == farewell(1, 2)


def test_nothing_is_said_when_nothing_goes_on() -> None:
    assert farewell(0, 0) is None
