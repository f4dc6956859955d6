"""Guard against sending jobs to a deployment whose workflow has changed.

Otherwise the values of an unsent job would be set on nodes that the user never saw, and the run
would be paid for all the same.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.jobs.job import UNSENT_STATES, HoldReason
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import Job


class OutdatedJobGuard:
    """Holds outdated jobs until the user agrees; notifies once per job and new workflow version."""

    def __init__(self, queue: JobQueue, notices: Notices) -> None:
        self._queue = queue
        self._notices = notices
        # Number of jobs that the notice with this subject still reports as held.
        self._held_counts: Counter[str] = Counter()

    def check(self) -> None:
        """Holds outdated jobs.

        Call it after deployments have been loaded, or jobs added or restored.
        """
        queue, change_check = self._queue, self._queue.deployment_check
        unsent = (queue.jobs[job_id] for job_id in queue.index.unsent())
        changed = [job for job in unsent if change_check.has_changed(job)]
        # Jobs held while offline are released by the program, so they are paused here, too.
        going = (job for job in changed if job.hold in (None, HoldReason.OFFLINE))
        queue.send_queue.pause([job.job_id for job in going], outdated_text())
        changed_by_deployment: dict[str, list[Job]] = {}
        for job in changed:
            live, version = queue.live[job.job_id], change_check.version_of(job)
            if live.notified_version != version:
                live.notified_version = version
                changed_by_deployment.setdefault(job.deployment_id, []).append(job)
        for jobs in changed_by_deployment.values():
            self._notify(jobs)

    def on_job_changed(self, job: Job) -> None:
        """Forgets the job unless it is still unsent and outdated; see the queue's `changed`."""
        if not self._queue.live[job.job_id].notice_subject:
            return
        if job.state not in UNSENT_STATES or not self._queue.deployment_check.has_changed(job):
            self.on_job_removed(job.job_id)

    def on_job_removed(self, job_id: str) -> None:
        """Forgets a job that is no longer held; withdraws its notice with the notice's last job."""
        live = self._queue.live[job_id]
        about, live.notice_subject = live.notice_subject, ""
        if about:
            self._held_counts[about] -= 1
            if not self._held_counts[about]:
                self._notices.outdated.publish(about)

    def _notify(self, jobs: Sequence[Job]) -> None:
        queue = self._queue
        job_ids = [job.job_id for job in jobs]
        about = f"held {jobs[0].deployment_id}"
        for job_id in job_ids:
            live = queue.live[job_id]
            self._held_counts[about] += live.notice_subject != about
            live.notice_subject = about
        text = n_(
            "Its workflow has changed. %d run was made for the workflow before, and costs nothing "
            "until you send it.",
            "Its workflow has changed. %d runs were made for the workflow before, and cost nothing "
            "until you send them.",
            len(jobs),
        )

        def send() -> None:
            queue.accept_current_workflows(
                [queue.jobs[each] for each in job_ids if each in queue.jobs]
            )
            queue.send_queue.request_send(tuple(job_ids))

        self._notices.post(
            Notice(
                NoticeLevel.WARNING,
                _("What waits for %s is held.") % one_line(jobs[0].deployment_name),
                text % len(jobs),
                action_text=_("Send all the same"),
                action=send,
                subject=about,
            )
        )


def outdated_text() -> str:
    """Returns the reason shown for a held job whose workflow has changed on the deployment."""
    return _("Its workflow has changed since it was made.")
