"""Changes to deployments: their settings, their deletion and the memory of their instances.

Outcomes are reported to a deployment's watchers (its dialog). Without a watcher they become
notices, so that no outcome is lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.api.deployments import (
    change_deployment,
    delete_deployment,
    list_deployments,
    read_deployment,
)
from runcomfy_desktop.api.instances import free_memory
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.deployments import deployment_messages as words
from runcomfy_desktop.core.deployments.deployment_messages import (
    DeploymentAction,
    DeploymentOutcome,
)
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentChanges
from runcomfy_desktop.domain.jobs.job import ACTIVE_STATES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.deployments.workflow_backups import WorkflowBackups
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.jobs.sender import UnknownDeployment

    _Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DeploymentManagerState:
    """State of the manager; `busy` has the ids of the deployments being changed."""

    busy: frozenset[str] = frozenset()


class DeploymentManager:
    """Changes and deletes deployments, and frees memory; every command returns at once.

    Publishes `changed`. Outcomes are reported to a deployment's watchers, or become notices if it
    has none.
    """

    def __init__(
        self,
        client: Client,
        catalogue: DeploymentCatalogue,
        queue: JobQueue,
        notices: Notices,
        workflow_backups: WorkflowBackups,
    ) -> None:
        self.state = DeploymentManagerState()
        self.changed: Topic[DeploymentManagerState] = Topic()
        self._client = client
        self._catalogue = catalogue
        self._queue = queue
        self._notices = notices
        self._workflow_backups = workflow_backups
        self._tasks = Tasks(notices.post_failure)
        self._watchers: dict[str, Topic[DeploymentOutcome]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._pending: Counter[str] = Counter()
        self._stopped_instances: set[str] = set()
        # Names by deployment id, still needed when a deployment is no longer listed.
        self._vanished_names: dict[str, str] = {}
        self._subscriptions = Subscriptions()
        self._subscriptions.add(catalogue.deployment_deleted, self._on_deployment_deleted)
        self._subscriptions.add(queue.deployment_unknown, self._on_deployment_unknown)

    async def close(self) -> None:
        """Stops all tasks."""
        self._subscriptions.close()
        await self._tasks.close()

    # Commands

    def watch(
        self, deployment_id: str, listener: Callable[[DeploymentOutcome], object]
    ) -> Callable[[], None]:
        """Reports outcomes to `listener` until the returned function is called."""
        topic = self._watchers.setdefault(deployment_id, Topic())
        unsubscribe = topic.subscribe(listener)

        def stop() -> None:
            unsubscribe()
            if not topic.has_subscribers and self._watchers.get(deployment_id) is topic:
                del self._watchers[deployment_id]

        return stop

    def load_details(self, deployment_id: str) -> None:
        """Reads the record and the readme and reports them to the watchers."""
        self._tasks.start(f"look at {deployment_id}", self._load_details(deployment_id))

    def change(
        self, deployment_id: str, changes: DeploymentChanges, expected: Deployment | None = None
    ) -> None:
        """Changes a deployment.

        `expected` is the record that the user saw when deciding: if the deployment's settings are
        different now, nothing is changed and the outcome has the new record.
        """
        self._start(
            "change", deployment_id, partial(self._change, deployment_id, changes, expected)
        )

    def enable(self, expected: Deployment) -> None:
        """Enables a deployment, unless its settings differ from `expected`.

        Always-on instances are billed from that moment on.
        """
        self.change(expected.deployment_id, DeploymentChanges(is_enabled=True), expected)

    def disable(self, deployment_id: str) -> None:
        self.change(deployment_id, DeploymentChanges(is_enabled=False))

    def delete(self, deployment_id: str) -> None:
        """Deletes a deployment permanently; its edited workflow is kept as a file."""
        self._start("delete", deployment_id, partial(self._delete, deployment_id))

    def save_workflow(self, deployment_id: str) -> None:
        """Turns the draft of a deployment that was deleted elsewhere into the draft of a file."""
        self._start("keep", deployment_id, partial(self._save_workflow, deployment_id))

    def free_memory(self, deployment_id: str, *, clear_cache: bool = False) -> None:
        """Makes the newest known instance drop its models and, with `clear_cache`, its results."""
        instance_id = self.instance_of(deployment_id)
        if instance_id:
            work = partial(self._free, deployment_id, instance_id, clear_cache=clear_cache)
            self._start("free memory of", deployment_id, work)

    # Queries

    def instance_of(self, deployment_id: str) -> str:
        """Returns the newest instance known from jobs and not known to be gone, else ""."""
        known = self._instances(deployment_id)
        return next((each for each in known if each not in self._stopped_instances), "")

    def had_instance(self, deployment_id: str) -> bool:
        """Returns True if jobs ran on known instances and all of these have shut down since."""
        return bool(self._instances(deployment_id)) and not self.instance_of(deployment_id)

    def active_job_count(self, deployment_id: str) -> int:
        """Returns the number of this computer's jobs that wait for the deployment or run on it."""
        return self._queue.index.deployment_count(deployment_id, *ACTIVE_STATES)

    def _instances(self, deployment_id: str) -> list[str]:
        jobs = [job for job in self._queue.jobs.values() if job.deployment_id == deployment_id]
        return [job.instance_id for job in reversed(jobs) if job.instance_id]

    # Internals

    def _start(self, name: str, deployment_id: str, work: _Work) -> None:
        self._tasks.start(f"{name} {deployment_id}", self._run_locked(deployment_id, work))

    async def _run_locked(self, deployment_id: str, work: _Work) -> None:
        """Runs the changes to a deployment one at a time: each builds on the result of the last."""
        lock = self._locks.setdefault(deployment_id, asyncio.Lock())
        self._pending[deployment_id] += 1
        self._update_busy()
        try:
            async with lock:
                await work()
        finally:
            self._pending[deployment_id] -= 1
            self._update_busy()

    async def _load_details(self, deployment_id: str) -> None:
        name = self._name(deployment_id)
        try:
            record = await read_deployment(self._client, deployment_id, includes=("readme",))
        except Problem as problem:
            gone = problem.kind in (ProblemKind.NOT_FOUND, ProblemKind.FOREIGN)
            cached = None if gone else await self._catalogue.cached(deployment_id)
            self._publish(words.not_read_outcome(deployment_id, name, problem, cached))
        else:
            self._publish(
                DeploymentOutcome(deployment_id, DeploymentAction.LOAD, deployment=record)
            )

    async def _change(
        self, deployment_id: str, changes: DeploymentChanges, expected: Deployment | None
    ) -> None:
        name = self._name(deployment_id)
        touched = False
        try:
            if expected is not None:
                now = await read_deployment(self._client, deployment_id, includes=())
                touched = now.updated_at != expected.updated_at
                if _user_settings(now) != _user_settings(expected):
                    self._catalogue.update_record(_list_record(now))
                    self._publish(words.conflict_outcome(deployment_id, name, now))
                    return
            record = await change_deployment(self._client, deployment_id, changes)
        except Problem as problem:
            # The change may have been made although the response was lost: the record shows it.
            found = await self._read_record(deployment_id) if problem.is_uncertain else None
            if found is None or changes.applied_to(found) != found:
                self._publish(words.not_changed_outcome(deployment_id, name, problem, found))
                self._catalogue.refresh()
                return
            record = found
        self._catalogue.update_record(_list_record(record))
        self._catalogue.refresh()
        enable_again = None
        if changes == DeploymentChanges(is_enabled=False):
            enable_again = partial(self.enable, record)
        self._publish(
            words.changed_outcome(record, changes, is_touched=touched, enable_again=enable_again)
        )

    async def _delete(self, deployment_id: str) -> None:
        name = self._name(deployment_id)
        backup = None
        try:
            backup = await self._workflow_backups.create(deployment_id)
            await delete_deployment(self._client, deployment_id)
        except Problem as problem:
            still_exists = await self._still_exists(deployment_id) if problem.is_uncertain else True
            if still_exists is not False:
                if backup is not None:
                    await self._workflow_backups.discard(backup)
                is_sure = still_exists is not None
                self._publish(
                    words.not_deleted_outcome(deployment_id, name, problem, is_sure=is_sure)
                )
                self._catalogue.refresh()
                return
        if backup is not None:
            await self._workflow_backups.move_drafts(backup)
        self._catalogue.remove(deployment_id)
        self._catalogue.refresh()
        outcome = words.deleted_outcome(deployment_id, name, backup.path if backup else None)
        self._publish(outcome)
        if deployment_id in self._watchers and outcome.notice is not None:
            # The deployment's dialog closes on this outcome, so the notice is posted as well.
            self._notices.post(outcome.notice)

    def _on_deployment_deleted(self, deployment: Deployment) -> None:
        """Posts a notice, once for each deployment.

        Drafts are not moved to a file automatically, as the deployment may be listed again.
        """
        deployment_id = deployment.deployment_id
        if deployment_id not in self._vanished_names:
            self._vanished_names[deployment_id] = deployment.name
            save = partial(self.save_workflow, deployment_id)
            self._notices.post(words.vanished_notice(deployment.name, save))

    def _on_deployment_unknown(self, unknown: UnknownDeployment) -> None:
        self._tasks.start(f"explain {unknown.deployment_id}", self._explain(unknown))

    async def _explain(self, unknown: UnknownDeployment) -> None:
        """Reports why a run was refused, unless a notice reports its deployment as deleted."""
        if not await self._catalogue.is_deleted(unknown.deployment_id):
            self._notices.post_failure(unknown.problem)

    async def _save_workflow(self, deployment_id: str) -> None:
        backup = await self._workflow_backups.create(deployment_id)
        if backup is not None:
            await self._workflow_backups.move_drafts(backup)
            self._notices.post(words.workflow_saved_notice(backup.path))

    async def _free(self, deployment_id: str, instance_id: str, *, clear_cache: bool) -> None:
        name = self._name(deployment_id)
        try:
            await free_memory(self._client, deployment_id, instance_id, clear_cache=clear_cache)
        except Problem as problem:
            if problem.kind is ProblemKind.NOT_FOUND:
                self._stopped_instances.add(instance_id)
            self._publish(words.not_freed_outcome(deployment_id, name, problem))
        else:
            self._publish(words.freed_outcome(deployment_id, name, clear_cache=clear_cache))

    async def _read_record(self, deployment_id: str) -> Deployment | None:
        try:
            return await read_deployment(self._client, deployment_id, includes=())
        except Problem:
            return None

    async def _still_exists(self, deployment_id: str) -> bool | None:
        """Returns True if the service still has the deployment; None if this is unknown."""
        try:
            left = await list_deployments(self._client, ids=[deployment_id])
        except Problem:
            return None
        return any(each.deployment_id == deployment_id for each in left)

    def _name(self, deployment_id: str) -> str:
        for each in self._catalogue.state.deployments:
            if each.deployment_id == deployment_id:
                return each.name or deployment_id
        return self._vanished_names.get(deployment_id) or deployment_id

    def _publish(self, outcome: DeploymentOutcome) -> None:
        topic = self._watchers.get(outcome.deployment_id)
        if topic is not None:
            topic.publish(outcome)
        elif outcome.notice is not None:
            self._notices.post(outcome.notice)

    def _update_busy(self) -> None:
        busy = frozenset(each for each, count in self._pending.items() if count)
        if busy != self.state.busy:
            self.state = DeploymentManagerState(busy)
            self.changed.publish(self.state)


def _user_settings(record: Deployment) -> Deployment:
    """Returns the record with only the settings that a user decides on.

    Instances start and stop on their own, so `status` and the times are cleared.
    """
    return replace(record, status="", updated_at="", created_at="", payload=None, readme="")


def _list_record(record: Deployment) -> Deployment:
    """Returns the record without its workflow and readme, as in the list."""
    return replace(record, payload=None, readme="")
