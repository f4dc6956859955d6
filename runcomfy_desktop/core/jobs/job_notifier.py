"""Desktop notifications about ended jobs, and the overall progress of the queue.

A message is shown when a single job ends and when a whole batch has ended, never for each job of a
batch. Messages that come close together are merged into one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.domain.jobs.job import UNSENT_STATES, Job, JobState
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.core.jobs.job_queue import JobQueue

COALESCE_S = 1.0
_MAX_TITLE_CHARS = 80
_MAX_DETAIL_CHARS = 200
# Cancelled jobs are not reported, because the user cancelled them.
_NOTIFIED_STATES = (JobState.DONE, JobState.FAILED, JobState.LOST, JobState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class JobNotification:
    """Message shown outside the window: plain text, and the job to show for it, if any."""

    title: str
    detail: str = ""
    job_id: str = ""


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """Progress of all jobs since the queue was last idle; 0 of 0 while it is idle."""

    ended: int = 0
    total: int = 0


@dataclass(slots=True)
class _BatchProgress:
    """Active jobs of one batch, and the states in which its other jobs ended."""

    name: str
    active_ids: set[str] = field(default_factory=set)
    ended_states: dict[str, JobState] = field(default_factory=dict)


class JobNotifier:
    """Watches the jobs of one queue until `close`; their present states are not reported.

    Publishes `notified` while the window is not active, and `progress_changed`.
    """

    def __init__(
        self, queue: JobQueue, *, is_window_active: bool = True, coalesce_s: float = COALESCE_S
    ) -> None:
        self.notified: Topic[JobNotification] = Topic()
        self.progress_changed: Topic[QueueProgress] = Topic()
        self.progress = QueueProgress()
        self._coalesce_s = coalesce_s
        self._tasks = Tasks()
        self._subscriptions = Subscriptions()
        self._is_window_active = is_window_active
        self._states: dict[str, JobState] = {}
        self._batches: dict[str, _BatchProgress] = {}
        self._ended_jobs: list[Job] = []
        self._ended_batches: list[tuple[JobNotification, tuple[JobState, ...]]] = []
        self._active_ids: set[str] = set()
        self._completed_count = 0
        self._is_flush_due = False
        self._subscriptions.add(queue.changed, self._on_job_changed)
        self._subscriptions.add(queue.removed, self._on_job_removed)
        self._subscriptions.add(queue.loaded, lambda _nothing: self._reset(queue.jobs))
        self._reset(queue.jobs)

    def set_window_active(self, active: bool) -> None:
        """Sets whether the window is active; while it is, no messages are published."""
        self._is_window_active = active

    async def close(self) -> None:
        self._subscriptions.close()
        await self._tasks.close()

    def _reset(self, jobs: Mapping[str, Job]) -> None:
        self._states.clear()
        self._batches.clear()
        self._active_ids.clear()
        for job in jobs.values():
            self._count_job(job)
        self._schedule_flush()

    def _on_job_changed(self, job: Job) -> None:
        before = self._states.get(job.job_id)
        if before is job.state:
            return
        self._count_job(job)
        if before is not None and not job.batch_id and job.state in _NOTIFIED_STATES:
            self._ended_jobs.append(job)
        batch = self._batches.get(job.batch_id)
        has_ended = batch is not None and not batch.active_ids and job.job_id in batch.ended_states
        if batch is not None and has_ended and before is not None:
            self._ended_batches.append(
                (_batch_notification(batch, job), tuple(batch.ended_states.values()))
            )
        self._schedule_flush()

    def _count_job(self, job: Job) -> None:
        self._states[job.job_id] = job.state
        if job.state.is_active:
            self._active_ids.add(job.job_id)
        elif job.job_id in self._active_ids:
            self._active_ids.discard(job.job_id)
            self._completed_count += job.state is not JobState.HELD
        if job.batch_id:
            batch = self._batches.setdefault(job.batch_id, _BatchProgress(job.batch_name))
            if job.state.is_finished or job.state is JobState.UNCERTAIN:
                batch.active_ids.discard(job.job_id)
                batch.ended_states[job.job_id] = job.state
            else:
                batch.active_ids.add(job.job_id)
                batch.ended_states.pop(job.job_id, None)

    def _on_job_removed(self, job_id: str) -> None:
        self._states.pop(job_id, None)
        self._active_ids.discard(job_id)
        for batch in self._batches.values():
            batch.active_ids.discard(job_id)
        self._schedule_flush()

    def _schedule_flush(self) -> None:
        """Publishes after a short delay, so that jobs that end together are reported together."""
        if not self._is_flush_due:
            self._is_flush_due = True
            self._tasks.start("tell what ended", self._flush())

    async def _flush(self) -> None:
        await asyncio.sleep(self._coalesce_s)
        self._is_flush_due = False
        self._publish_progress()
        pending, self._ended_batches = self._ended_batches, []
        ended, self._ended_jobs = self._ended_jobs, []
        if ended:
            pending.append((_jobs_notification(ended), tuple(job.state for job in ended)))
        if pending and not self._is_window_active:
            self.notified.publish(_merged(pending))

    def _publish_progress(self) -> None:
        if not self._active_ids:
            self._completed_count = 0
        total = len(self._active_ids) + self._completed_count if self._active_ids else 0
        progress = QueueProgress(self._completed_count, total)
        if progress != self.progress:
            self.progress = progress
            self.progress_changed.publish(progress)


def exit_notification(active: int, unsent: int) -> JobNotification | None:
    """Returns the message shown when the program ends with this many jobs; None if both are 0."""
    parts = []
    if active:
        text = n_("%d job goes on at RunComfy.", "%d jobs go on at RunComfy.", active)
        parts.append(text % active)
        parts.append(n_("The next start picks it up.", "The next start picks them up.", active))
    if unsent:
        text = n_(
            "%d job was not sent; the next start offers it.",
            "%d jobs were not sent; the next start offers them.",
            unsent,
        )
        parts.append(text % unsent)
    return JobNotification(parts[0], " ".join(parts[1:])) if parts else None


def exit_notification_for(jobs: Iterable[Job]) -> JobNotification | None:
    """Returns the message shown when the program ends with these jobs; None if none is needed."""
    states = [job.state for job in jobs]
    unsent = sum(state in UNSENT_STATES for state in states)
    return exit_notification(
        sum(state.is_active for state in states if state not in UNSENT_STATES), unsent
    )


def _batch_notification(batch: _BatchProgress, last: Job) -> JobNotification:
    name = _shortened(batch.name, _MAX_TITLE_CHARS)
    title = _("The batch “%s” has ended") % name if name else _("A batch of jobs has ended")
    return JobNotification(title, _counts_text(batch.ended_states.values()), last.job_id)


def _jobs_notification(jobs: list[Job]) -> JobNotification:
    last = jobs[-1]
    if len(jobs) > 1:
        return JobNotification(_counts_text(job.state for job in jobs), "", last.job_id)
    return JobNotification(_title(last), _detail(last), last.job_id)


def _merged(pending: list[tuple[JobNotification, tuple[JobState, ...]]]) -> JobNotification:
    """Merges messages into one: of two at once, the desktop would show only the second."""
    last = pending[-1][0]
    if len(pending) == 1:
        return last
    detail = "; ".join(message.title for message, _states in pending)
    title = _counts_text(state for _message, states in pending for state in states)
    return JobNotification(title, _shortened(detail, _MAX_DETAIL_CHARS), last.job_id)


def _title(job: Job) -> str:
    text = {
        JobState.DONE: _("Done: %s"),
        JobState.FAILED: _("Failed: %s"),
        JobState.LOST: _("No longer known to the server: %s"),
    }.get(job.state, _("Sent, answer unknown: %s"))
    return text % _shortened(job.title, _MAX_TITLE_CHARS)


def _detail(job: Job) -> str:
    if job.state is JobState.DONE:
        return _shortened(job.deployment_name, _MAX_TITLE_CHARS)
    if job.state is JobState.UNCERTAIN:
        return _("It may have been accepted; then it runs and costs money.")
    lines = job.reason.strip().splitlines()
    return _shortened(lines[0], _MAX_DETAIL_CHARS) if lines else ""


def _counts_text(states: Iterable[JobState]) -> str:
    counts = Counter(states)
    parts = []
    for state, text in (
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
            parts.append(text % counts[state])
    return ", ".join(parts)


def _shortened(text: str, max_chars: int) -> str:
    """Returns the text as one line of limited length without unprintable characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= max_chars else line[: max_chars - 1].rstrip() + "…"
