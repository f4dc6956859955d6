"""Finds out before a paid run whether its deployment is still what the run was made for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployment import runs_otherwise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set

    from runcomfy_desktop.core.catalogue import Catalogue
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.job import Job

# So long after a look that had to be waited for, a press may have been on its way.
_AFTER_S = 1.0


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
        self._looked_at: set[tuple[str, Set[str]]] = set()
        self._is_ended = False

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
                if now is not None and (is_other or runs_otherwise(now, each)):
                    then(now)
                    return
            then(None)

        self._catalogue.confirm(compare)

    def before_jobs(self, wish: str, job_ids: Set[str], then: Callable[[], object]) -> None:
        """Does the same for jobs that are there. They are not run twice by who presses twice for
        want of an answer: while it is looked, the same wish for the same jobs is dropped."""
        looked_at = wish, job_ids
        if looked_at in self._looked_at:
            return
        self._looked_at.add(looked_at)
        is_waiting = False

        def go_on(_changed: Deployment | None) -> None:
            if is_waiting:
                loop = asyncio.get_running_loop()
                loop.call_later(_AFTER_S, self._looked_at.discard, looked_at)
            else:
                self._looked_at.discard(looked_at)
            if not self._is_ended:
                then()

        self.before_run((), go_on)
        is_waiting = True

    async def wait_until_read(self) -> None:
        """Returns when the list was read lately, or cannot be read in time."""
        if self._catalogue is None:
            return
        done = asyncio.Event()
        self._catalogue.confirm_list(done.set)
        await done.wait()

    def end(self) -> None:
        """Asks and runs nothing any more that a window waits for: it shows another session."""
        self._is_ended = True

    def newest(self, deployment_id: str) -> Deployment | None:
        """The record of a deployment that was read last; None while there is none."""
        return None if self._catalogue is None else self._catalogue.newest(deployment_id)

    def version_of(self, job: Job) -> str:
        """The version of the workflow that the job would run now."""
        now = None if job.workflow_file else self.newest(job.deployment_id)
        return (now.workflow_version if now is not None else "") or job.workflow_version

    def has_changed(self, job: Job) -> bool:
        """Returns whether the job would run another workflow than the one that it was made for,
        and the user did not agree to that."""
        now = self.version_of(job)
        is_other = bool(job.workflow_version) and now != job.workflow_version
        return is_other and (job.job_id, now) not in self._agreed

    def agree(self, versions: Mapping[str, str]) -> None:
        """The user wants jobs, by their ids, to run these versions of their workflows."""
        self._agreed |= versions.items()
