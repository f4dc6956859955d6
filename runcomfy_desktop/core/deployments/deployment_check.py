"""Checks, before a paid run, that its deployment has not changed since the run was made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployments.deployment import changes_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set

    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.jobs.job import Job

# After a check that had to wait, a second click within this time belongs to a double click.
_DOUBLE_CLICK_S = 1.0


class DeploymentCheck:
    """Compares the deployments that runs were made for with their newest records.

    Without a catalogue, everything counts as unchanged.
    """

    def __init__(
        self, catalogue: DeploymentCatalogue | None = None, draft_editor: DraftEditor | None = None
    ) -> None:
        self._catalogue = catalogue
        self._draft_editor = draft_editor
        # Pairs of a job's id and a workflow version that the user agreed to run.
        self._accepted_versions: set[tuple[str, str]] = set()
        self._pending_checks: set[tuple[str, Set[str]]] = set()
        self._is_stopped = False

    def check_before_run(
        self, deployments: Sequence[Deployment], on_checked: Callable[[Deployment | None], object]
    ) -> None:
        """Calls `on_checked` when recent records are available, which can be at once.

        The argument is the newest record of the first of `deployments` that has changed, or None if
        all are unchanged or if this could not be determined in time.
        """
        if self._catalogue is None or self._draft_editor is None:
            on_checked(None)
            return
        draft_editor = self._draft_editor
        workflows = [draft_editor.workflow_of(each.deployment_id) for each in deployments]

        def compare() -> None:
            for each, before in zip(deployments, workflows, strict=True):
                newest = self.newest(each.deployment_id)
                is_other = draft_editor.workflow_of(each.deployment_id) != before
                if newest is not None and (is_other or changes_runs(newest, each)):
                    on_checked(newest)
                    return
            on_checked(None)

        self._catalogue.ensure_fresh(compare)

    def check_before_jobs(
        self, action: str, job_ids: Set[str], on_checked: Callable[[], object]
    ) -> None:
        """Calls `on_checked` when recent records are available for a command on existing jobs.

        Drops a repeated request for the same action and jobs while one is pending, so that a double
        click during the wait does not run jobs twice.
        """
        pending = action, job_ids
        if pending in self._pending_checks:
            return
        self._pending_checks.add(pending)
        is_waiting = False

        def on_compared(_changed: Deployment | None) -> None:
            if is_waiting:
                loop = asyncio.get_running_loop()
                loop.call_later(_DOUBLE_CLICK_S, self._pending_checks.discard, pending)
            else:
                self._pending_checks.discard(pending)
            if not self._is_stopped:
                on_checked()

        self.check_before_run((), on_compared)
        is_waiting = True

    async def wait_until_fresh(self) -> None:
        """Waits until the list is recent, or until it could not be read in time."""
        if self._catalogue is None:
            return
        done = asyncio.Event()
        self._catalogue.ensure_list_fresh(done.set)
        await done.wait()

    def stop(self) -> None:
        """Drops pending `check_before_jobs` callbacks: the window now shows another session."""
        self._is_stopped = True

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
