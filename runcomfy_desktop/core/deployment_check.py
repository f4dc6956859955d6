"""Finds out before a paid run whether its deployment is still what the run was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runcomfy_desktop.core.catalogue import Catalogue
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.job import Job


class DeploymentCheck:
    """Compares what runs were made for with the newest reading of their deployments.

    Without a catalogue nothing is known, so nothing has changed.
    """

    def __init__(
        self, catalogue: Catalogue | None = None, workbench: Workbench | None = None
    ) -> None:
        self._catalogue = catalogue
        self._workbench = workbench
        # The ids of jobs, and the workflows that the user agreed to send them to.
        self._agreed: set[tuple[str, str]] = set()

    def before_run(
        self, deployments: Sequence[Deployment], then: Callable[[Deployment | None], object]
    ) -> None:
        """Calls `then` when the deployments were read lately, at once where they were.

        It gets the first of `deployments` that is not what it was, as it is now; None when all are
        the same, or nobody could say in time.
        """
        if self._catalogue is None or self._workbench is None:
            then(None)
            return
        bench = self._workbench
        workflows = [bench.workflow_of(each.deployment_id) for each in deployments]

        def compare() -> None:
            for each, before in zip(deployments, workflows, strict=True):
                now = self.newest(each.deployment_id)
                is_other = bench.workflow_of(each.deployment_id) != before
                if now is not None and (is_other or _differs(now, each)):
                    then(now)
                    return
            then(None)

        self._catalogue.confirm(compare)

    def newest(self, deployment_id: str) -> Deployment | None:
        """The record of a deployment that was read last, of the list or with its workflow; None
        when no list was read since the start."""
        if self._catalogue is None or self._workbench is None or not self._catalogue.state.loaded_s:
            return None
        rows = self._catalogue.state.deployments
        listed = next((row for row in rows if row.deployment_id == deployment_id), None)
        opened = self._workbench.record_of(deployment_id)
        if opened is None or (listed is not None and listed.updated_at >= opened.updated_at):
            return listed
        return opened

    def version_of(self, job: Job) -> str:
        """The version of the workflow that the job would run now."""
        now = None if job.workflow_file else self.newest(job.deployment_id)
        return job.workflow_version if now is None else now.workflow_version

    def has_changed(self, job: Job) -> bool:
        """Returns whether the job would run another workflow than the one that it was made for,
        and the user did not agree to that."""
        now = self.version_of(job)
        is_known = bool(now and job.workflow_version)
        return is_known and now != job.workflow_version and (job.job_id, now) not in self._agreed

    def agree(self, jobs: Iterable[Job]) -> None:
        """The user wants these jobs to run the workflows that their deployments have now."""
        self._agreed |= {(job.job_id, self.version_of(job)) for job in jobs}


def _differs(now: Deployment, before: Deployment) -> bool:
    """Looks at what decides result and price; a list may leave some of it out."""
    pairs = (
        (now.workflow_id, before.workflow_id),
        (now.workflow_version, before.workflow_version),
        (now.hardware, before.hardware),
    )
    is_other = any(new and old and new != old for new, old in pairs)
    return is_other or now.is_enabled != before.is_enabled
