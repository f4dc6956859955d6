"""Watches the deployments that jobs wait for: when one gets another workflow, the values of a job
that was not sent yet would be put on nodes that nobody saw, and be paid for all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.job import Job

_UNSENT = (JobState.WAITING, JobState.HELD)


class WorkflowWatch:
    """Holds such jobs and says so, once for each of them and each workflow; what the user then
    sends, goes."""

    def __init__(self, queue: JobQueue, notices: Notices) -> None:
        self._queue = queue
        self._notices = notices
        # The ids of jobs, and the workflows that are not theirs.
        self._told: set[tuple[str, str]] = set()

    def is_to_hold(self, job: Job) -> bool:
        """Returns whether a job would run another workflow than the one that it is made for, and
        that was not told yet: then the user decides."""
        return self._queue.check.has_changed(job) and self._about(job) not in self._told

    def look(self) -> None:
        """Deployments were read, or jobs were entered or put back."""
        changed: dict[str, list[Job]] = {}
        for job in self._queue.jobs.values():
            if job.state in _UNSENT and self.is_to_hold(job):
                self._told.add(self._about(job))
                changed.setdefault(job.deployment_id, []).append(job)
        for jobs in changed.values():
            self._hold(jobs)

    def _about(self, job: Job) -> tuple[str, str]:
        return job.job_id, self._queue.check.version_of(job)

    def _hold(self, jobs: Sequence[Job]) -> None:
        queue = self._queue
        waiting = [job.job_id for job in jobs if job.state is JobState.WAITING]
        queue.line.pause(waiting, _("Its workflow has changed since it was made."))
        versions = dict(map(self._about, jobs))
        text = n_(
            "Its workflow has changed. %d run was made for the workflow before, and costs nothing "
            "until you send it.",
            "Its workflow has changed. %d runs were made for the workflow before, and cost nothing "
            "until you send them.",
            len(jobs),
        )

        def send() -> None:
            queue.agree(versions)
            queue.line.wish(tuple(versions))

        self._notices.tell(
            Notice(
                NoticeLevel.WARNING,
                _("What waits for %s is held.") % one_line(jobs[0].deployment_name),
                text % len(jobs),
                action_text=_("Send all the same"),
                action=send,
            )
        )
