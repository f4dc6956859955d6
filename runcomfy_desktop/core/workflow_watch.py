"""Watches the deployments that jobs wait for: when one gets another workflow, the values of a job
that was not sent yet would be put on nodes that nobody saw, and be paid for all the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.job import Job

_NUMBER = re.compile(r"v?([0-9]{1,12})", re.IGNORECASE)
_UNSENT = (JobState.WAITING, JobState.HELD)


class WorkflowWatch:
    """Holds such jobs and says so, once for each of them and each workflow; what the user then
    sends, goes."""

    def __init__(self, queue: JobQueue, notices: Notices) -> None:
        self._queue = queue
        self._notices = notices
        self._listed: dict[str, Deployment] = {}
        # The ids of jobs, and the workflows that are later than theirs.
        self._told: set[tuple[str, str]] = set()

    def look(self, deployments: Iterable[Deployment]) -> None:
        """The account's deployments as they are now."""
        self._listed = {each.deployment_id: each for each in deployments}
        self.look_again()

    def is_early(self, job: Job) -> bool:
        """Returns whether a job would run a later workflow than the one that it is made for.

        One that sends a workflow of its own is the same whatever the deployment has.
        """
        listed = self._listed.get(job.deployment_id)
        if listed is None or job.workflow_file:
            return False
        return _is_later(listed.workflow_version, job.workflow_version)

    def is_to_hold(self, job: Job) -> bool:
        """Returns whether that is so and was not told of this job yet: then the user decides."""
        return self.is_early(job) and self._about(job) not in self._told

    def look_again(self) -> None:
        """Jobs were entered, or put back."""
        early: dict[str, list[str]] = {}
        for job in self._queue.jobs.values():
            if job.state in _UNSENT and self.is_to_hold(job):
                self._told.add(self._about(job))
                early.setdefault(job.deployment_id, []).append(job.job_id)
        for deployment_id, job_ids in early.items():
            self._hold(self._listed[deployment_id], tuple(job_ids))

    def _about(self, job: Job) -> tuple[str, str]:
        return job.job_id, self._listed[job.deployment_id].workflow_version

    def _hold(self, deployment: Deployment, job_ids: tuple[str, ...]) -> None:
        jobs, line = self._queue.jobs, self._queue.line
        line.pause([each for each in job_ids if jobs[each].state is JobState.WAITING])
        text = n_(
            "%d run is held. It was made for the workflow before, and costs nothing until you "
            "send it.",
            "%d runs are held. They were made for the workflow before, and cost nothing until you "
            "send them.",
            len(job_ids),
        )

        def send() -> None:
            self._queue.check.agree(jobs[each] for each in job_ids if each in jobs)
            line.wish(job_ids)

        self._notices.tell(
            Notice(
                NoticeLevel.WARNING,
                _("The workflow of %s has changed.") % one_line(deployment.name),
                text % len(job_ids),
                action_text=_("Send all the same"),
                action=send,
            )
        )


def _is_later(version: str, other: str) -> bool:
    """Only what counts can be compared: a list may be older than the run that was made of a record
    read since."""
    mine, its = _NUMBER.fullmatch(version), _NUMBER.fullmatch(other)
    return mine is not None and its is not None and int(mine[1]) > int(its[1])
