"""Checks, before a paid run, that its deployment has not changed since the run was made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.domain.deployments.deployment import changes_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set

    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.workflow.workflow import Workflow

# After a check that had to wait, a second click within this time belongs to a double click.
_DOUBLE_CLICK_S = 1.0


@dataclass(frozen=True, slots=True)
class DeploymentBaseline:
    """Deployments that runs were made for, and the workflow of each at that time."""

    deployments: tuple[Deployment, ...] = ()
    workflows: tuple[Workflow | None, ...] = ()


class DeploymentCheck:
    """Compares the deployments that runs were made for with their newest records.

    Without a catalogue, everything counts as unchanged. `on_failure` is called with the exceptions
    of callbacks.
    """

    def __init__(
        self,
        catalogue: DeploymentCatalogue | None = None,
        draft_editor: DraftEditor | None = None,
        on_failure: Callable[[Exception], object] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._draft_editor = draft_editor
        # Pairs of a job's id and a workflow version that the user agreed to run.
        self._accepted_versions: set[tuple[str, str]] = set()
        self._pending_checks: set[tuple[str, Set[str]]] = set()
        self._tasks = Tasks(on_failure)

    @property
    def is_fresh(self) -> bool:
        """True if a check needs no waiting."""
        return self._catalogue is None or self._catalogue.is_fresh

    def baseline(self, deployments: Sequence[Deployment]) -> DeploymentBaseline:
        """Returns these deployments with the workflows that they have now."""
        editor = self._draft_editor
        workflows = (
            None if editor is None else editor.workflow_of(each.deployment_id)
            for each in deployments
        )
        return DeploymentBaseline(tuple(deployments), tuple(workflows))

    async def find_changed(self, baseline: DeploymentBaseline) -> Deployment | None:
        """Returns the newest record of the first deployment that has changed since `baseline`.

        Waits for recent records first. Returns None if all deployments are unchanged, or if this
        could not be determined in time.
        """
        if self._catalogue is None:
            return None
        await self._catalogue.wait_until_fresh()
        now = self.baseline(baseline.deployments)
        for index, each in enumerate(baseline.deployments):
            newest = self.newest(each.deployment_id)
            is_other = now.workflows[index] != baseline.workflows[index]
            if newest is not None and (is_other or changes_runs(newest, each)):
                return newest
        return None

    def check_before_jobs(
        self,
        action: str,
        job_ids: Set[str],
        on_checked: Callable[[], object],
        *,
        is_agreed: bool = False,
    ) -> None:
        """Calls `on_checked` when recent records are available for a command on existing jobs.

        Drops a repeated request for the same action and jobs while one is pending, so that a double
        click during the wait does not run jobs twice. `is_agreed`: the user has just agreed in a
        dialog, so this is no repeated request.
        """
        pending = action, job_ids
        if pending in self._pending_checks and not is_agreed:
            return
        if self._catalogue is None or self._catalogue.is_fresh:
            on_checked()
            return
        self._pending_checks.add(pending)
        work = self._check_before_jobs(self._catalogue, pending, on_checked)
        self._tasks.start("check before jobs", work)

    async def wait_until_fresh(self) -> None:
        """Waits until the list is recent, or until it could not be read in time."""
        if self._catalogue is not None:
            await self._catalogue.wait_until_list_fresh()

    def cancel(self) -> None:
        """Drops pending callbacks: the window now shows another session."""
        self._pending_checks.clear()
        self._tasks.cancel()

    def newest(self, deployment_id: str) -> Deployment | None:
        """Returns the latest record of a deployment; None if there is none."""
        return None if self._catalogue is None else self._catalogue.newest(deployment_id)

    def version_of(self, job: Job) -> str:
        """Returns the version of the workflow that the job would run now."""
        now = None if job.workflow_file else self.newest(job.deployment_id)
        return (now.workflow_version if now is not None else "") or job.workflow_version

    def has_changed(self, job: Job) -> bool:
        """Returns True if the job would run a workflow other than the one it was made for.

        Versions that the user agreed to do not count as changed.
        """
        version = self.version_of(job)
        is_other = bool(job.workflow_version) and version != job.workflow_version
        return is_other and (job.job_id, version) not in self._accepted_versions

    def accept_versions(self, versions: Mapping[str, str]) -> None:
        """Records that the user agrees to these workflow versions; the keys are job ids."""
        self._accepted_versions |= versions.items()

    async def _check_before_jobs(
        self,
        catalogue: DeploymentCatalogue,
        pending: tuple[str, Set[str]],
        on_checked: Callable[[], object],
    ) -> None:
        await catalogue.wait_until_fresh()
        loop = asyncio.get_running_loop()
        loop.call_later(_DOUBLE_CLICK_S, self._pending_checks.discard, pending)
        on_checked()
