"""Attention: what of the jobs is worth telling somebody who is looking elsewhere.

One message when a single job ends, one for a whole batch, and one for all that ends close together;
never one for each job of a batch. And how far all that is under way has come.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.core.job_queue import JobQueue

JOIN_S = 1.0
_TITLE_LETTERS = 80
_DETAIL_LETTERS = 200
_UNSENT = (JobState.WAITING, JobState.HELD)
# A job that the person took back is no news to them.
_NEWS = (JobState.DONE, JobState.FAILED, JobState.LOST, JobState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell outside the window: plain lines, and the job to show for it, if any."""

    title: str
    detail: str = ""
    job_id: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the jobs that are under way together have ended; 0 of 0 when nothing is."""

    ended: int = 0
    total: int = 0


@dataclass(slots=True)
class _Batch:
    """The jobs of one batch that go on, and how the others ended."""

    name: str
    going_on: set[str] = field(default_factory=set)
    ended: dict[str, JobState] = field(default_factory=dict)


class Attention:
    """Hears of the jobs of one queue. Publishes `told` while nobody watches, and `progressed`."""

    def __init__(self, *, join_s: float = JOIN_S) -> None:
        self.told: Topic[Message] = Topic()
        self.progressed: Topic[Progress] = Topic()
        self.progress = Progress()
        self._join_s = join_s
        self._tasks = Tasks()
        self._links = Subscriptions()
        self._watched = True
        self._states: dict[str, JobState] = {}
        self._batches: dict[str, _Batch] = {}
        self._ended: list[Job] = []
        self._ended_batches: list[tuple[Message, tuple[JobState, ...]]] = []
        self._under_way: set[str] = set()
        self._came_through = 0
        self._is_flush_due = False

    def follow(self, queue: JobQueue) -> None:
        """Hears of a queue's jobs until `close`; what it holds already is no news."""
        self._links.add(queue.changed, self._on_job_changed)
        self._links.add(queue.removed, self._on_job_removed)
        self._links.add(queue.loaded, lambda _nothing: self._start_over(queue.jobs))
        self._start_over(queue.jobs)

    def set_watched(self, watched: bool) -> None:
        """Whether somebody has the window in front of them; they need no messages."""
        self._watched = watched

    async def close(self) -> None:
        self._links.close()
        await self._tasks.close()

    # Following

    def _start_over(self, jobs: Mapping[str, Job]) -> None:
        self._states.clear()
        self._batches.clear()
        self._under_way.clear()
        for job in jobs.values():
            self._note(job)
        self._due()

    def _on_job_changed(self, job: Job) -> None:
        before = self._states.get(job.job_id)
        if before is job.state:
            return
        self._note(job)
        if before is not None and not job.batch_id and job.state in _NEWS:
            self._ended.append(job)
        batch = self._batches.get(job.batch_id)
        has_ended = batch is not None and not batch.going_on and job.job_id in batch.ended
        if batch is not None and has_ended and before is not None:
            self._ended_batches.append((_of_batch(batch, job), tuple(batch.ended.values())))
        self._due()

    def _note(self, job: Job) -> None:
        """Counts a job by its state."""
        self._states[job.job_id] = job.state
        if job.state.is_active:
            self._under_way.add(job.job_id)
        elif job.job_id in self._under_way:
            self._under_way.discard(job.job_id)
            self._came_through += job.state is not JobState.HELD
        if job.batch_id:
            batch = self._batches.setdefault(job.batch_id, _Batch(job.batch_name))
            if job.state.is_finished or job.state is JobState.UNCERTAIN:
                batch.going_on.discard(job.job_id)
                batch.ended[job.job_id] = job.state
            else:
                batch.going_on.add(job.job_id)
                batch.ended.pop(job.job_id, None)

    def _on_job_removed(self, job_id: str) -> None:
        self._states.pop(job_id, None)
        self._under_way.discard(job_id)
        for batch in self._batches.values():
            batch.going_on.discard(job_id)
        self._due()

    # Telling

    def _due(self) -> None:
        """Has everything told a moment later: what ends together is told together."""
        if not self._is_flush_due:
            self._is_flush_due = True
            self._tasks.start("tell what ended", self._flush())

    async def _flush(self) -> None:
        await asyncio.sleep(self._join_s)
        self._is_flush_due = False
        self._show_progress()
        news, self._ended_batches = self._ended_batches, []
        ended, self._ended = self._ended, []
        if ended:
            news.append((_of_jobs(ended), tuple(job.state for job in ended)))
        if news and not self._watched:
            self.told.publish(_joined(news))

    def _show_progress(self) -> None:
        if not self._under_way:
            self._came_through = 0
        total = len(self._under_way) + self._came_through if self._under_way else 0
        progress = Progress(self._came_through, total)
        if progress != self.progress:
            self.progress = progress
            self.progressed.publish(progress)


def farewell(going_on: int, unsent: int) -> Message | None:
    """What is said when the program ends with such jobs; None when there is nothing to say."""
    parts = []
    if going_on:
        text = n_("%d job goes on at RunComfy.", "%d jobs go on at RunComfy.", going_on)
        parts.append(text % going_on)
        parts.append(n_("The next start picks it up.", "The next start picks them up.", going_on))
    if unsent:
        text = n_(
            "%d job was not sent; the next start offers it.",
            "%d jobs were not sent; the next start offers them.",
            unsent,
        )
        parts.append(text % unsent)
    return Message(parts[0], " ".join(parts[1:])) if parts else None


def farewell_to(jobs: Iterable[Job]) -> Message | None:
    """The same, for these jobs."""
    states = [job.state for job in jobs]
    unsent = sum(state in _UNSENT for state in states)
    return farewell(sum(state.is_active for state in states if state not in _UNSENT), unsent)


def _of_batch(batch: _Batch, last: Job) -> Message:
    name = _short(batch.name, _TITLE_LETTERS)
    title = _("The batch “%s” has ended") % name if name else _("A batch of jobs has ended")
    return Message(title, _counted(batch.ended.values()), last.job_id)


def _of_jobs(jobs: list[Job]) -> Message:
    last = jobs[-1]
    if len(jobs) > 1:
        return Message(_counted(job.state for job in jobs), "", last.job_id)
    return Message(_title(last), _detail(last), last.job_id)


def _joined(news: list[tuple[Message, tuple[JobState, ...]]]) -> Message:
    """One message: of two at once the desktop would show the second in the place of the first."""
    last = news[-1][0]
    if len(news) == 1:
        return last
    detail = "; ".join(message.title for message, _states in news)
    title = _counted(state for _message, states in news for state in states)
    return Message(title, _short(detail, _DETAIL_LETTERS), last.job_id)


def _title(job: Job) -> str:
    text = {
        JobState.DONE: _("Done: %s"),
        JobState.FAILED: _("Failed: %s"),
        JobState.LOST: _("No longer known to the server: %s"),
    }.get(job.state, _("Sent, answer unknown: %s"))
    return text % _short(job.title, _TITLE_LETTERS)


def _detail(job: Job) -> str:
    if job.state is JobState.DONE:
        return _short(job.deployment_name, _TITLE_LETTERS)
    if job.state is JobState.UNCERTAIN:
        return _("It may have been accepted; then it runs and costs money.")
    lines = job.reason.strip().splitlines()
    return _short(lines[0], _DETAIL_LETTERS) if lines else ""


def _counted(states: Iterable[JobState]) -> str:
    counts = Counter(states)
    parts = []
    for state, words in (
        (JobState.DONE, n_("%d job is done", "%d jobs are done", counts[JobState.DONE])),
        (JobState.FAILED, n_("%d failed", "%d failed", counts[JobState.FAILED])),
        (JobState.CANCELLED, n_("%d cancelled", "%d cancelled", counts[JobState.CANCELLED])),
        (JobState.LOST, n_("%d no longer known", "%d no longer known", counts[JobState.LOST])),
        (
            JobState.UNCERTAIN,
            n_("%d answer unknown", "%d answers unknown", counts[JobState.UNCERTAIN]),
        ),
    ):
        if counts[state]:
            parts.append(words % counts[state])
    return ", ".join(parts)


def _short(text: str, letters: int) -> str:
    """One line of a bounded length, without what is no letter."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= letters else line[: letters - 1].rstrip() + "…"
