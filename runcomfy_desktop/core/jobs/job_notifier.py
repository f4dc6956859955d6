"""Desktop notifications about ended jobs, and the overall progress of the queue.

A message is shown when a single job ends and when a whole batch has ended, never for each job of a
batch. Messages that come close together are merged into one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.domain.jobs.job import ACTIVE_STATES, UNSENT_STATES, Job, JobState
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import StateChange

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


class JobNotifier:
    """Watches the jobs of an open queue until `close`; their present states are not reported.

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
        self._index, self._live = queue.index, queue.live
        self._ended_jobs: list[Job] = []
        # For each batch that may have ended, its last job to end or to be removed.
        self._last_jobs: dict[str, Job] = {}
        self._completed_count = 0
        self._is_flush_due = False
        self._subscriptions.add(queue.state_changed, self._on_state_changed)
        self._subscriptions.add(queue.removed, self._on_job_removed)
        self._schedule_flush()

    def set_window_active(self, active: bool) -> None:
        """Sets whether the window is active; while it is, no messages are published."""
        self._is_window_active = active

    async def close(self) -> None:
        self._subscriptions.close()
        await self._tasks.close()

    def _on_state_changed(self, change: StateChange) -> None:
        job, before = change.job, change.before
        if before is not None:
            is_completed = before.is_active and not job.state.is_active
            self._completed_count += is_completed and job.state is not JobState.HELD
            if job.batch_id and _is_settled(job.state):
                self._last_jobs[job.batch_id] = job
            elif not job.batch_id and job.state in _NOTIFIED_STATES:
                self._ended_jobs.append(job)
        self._schedule_flush()

    def _on_job_removed(self, job_id: str) -> None:
        job = self._live[job_id].removed
        if job is not None and job.batch_id and not _is_settled(job.state):
            self._last_jobs[job.batch_id] = job
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
        pending = self._ended_batches()
        ended, self._ended_jobs = self._ended_jobs, []
        if ended:
            counts = Counter(job.state for job in ended)
            pending.append((_jobs_notification(ended, counts), counts))
        if pending and not self._is_window_active:
            self.notified.publish(_merged(pending))

    def _ended_batches(self) -> list[tuple[JobNotification, Counter[JobState]]]:
        """Returns the messages about batches that have ended since the last call, with the states
        of their jobs."""
        last_jobs, self._last_jobs = self._last_jobs, {}
        ended = []
        for batch_id, last in last_jobs.items():
            counts = self._index.batch_states(batch_id)
            if counts and all(map(_is_settled, counts)):
                shown = self._index.jobs.get(last.job_id) or self._index.batch_jobs(batch_id)[-1]
                ended.append((_batch_notification(shown, counts), counts))
        return ended

    def _publish_progress(self) -> None:
        active_count = self._index.count(*ACTIVE_STATES)
        if not active_count:
            self._completed_count = 0
        total = active_count + self._completed_count if active_count else 0
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


def _is_settled(state: JobState) -> bool:
    """Returns True if the program does nothing more for a job in this state by itself."""
    return state.is_finished or state is JobState.UNCERTAIN


def _batch_notification(job: Job, counts: Counter[JobState]) -> JobNotification:
    name = _shortened(job.batch_name, _MAX_TITLE_CHARS)
    title = _("The batch “%s” has ended") % name if name else _("A batch of jobs has ended")
    return JobNotification(title, _counts_text(counts), job.job_id)


def _jobs_notification(jobs: list[Job], counts: Counter[JobState]) -> JobNotification:
    last = jobs[-1]
    if len(jobs) > 1:
        return JobNotification(_counts_text(counts), "", last.job_id)
    return JobNotification(_title(last), _detail(last), last.job_id)


def _merged(pending: list[tuple[JobNotification, Counter[JobState]]]) -> JobNotification:
    """Merges messages into one: of two at once, the desktop would show only the second."""
    last = pending[-1][0]
    if len(pending) == 1:
        return last
    detail = "; ".join(message.title for message, _counts in pending)
    title = _counts_text(sum((counts for _message, counts in pending), Counter()))
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


def _counts_text(counts: Counter[JobState]) -> str:
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
