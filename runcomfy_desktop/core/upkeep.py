"""Upkeep: changes deployments for the window, and tells what came of it.

Whoever watches a deployment (its dialog) hears the outcomes of what was wished for it; when
nobody does any more, they become notices, so that no outcome is lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.api.changes import change_deployment, delete_deployment
from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.api.instances import free_memory
from runcomfy_desktop.core import upkeep_words as words
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.core.upkeep_words import Outcome, Wish
from runcomfy_desktop.domain.deployment import Deployment, DeploymentChanges
from runcomfy_desktop.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.catalogue import Catalogue
    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.keepsakes import Keepsakes
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.sending import Unknown

    _Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class UpkeepState:
    """`busy` has the ids of deployments that are being changed."""

    busy: frozenset[str] = frozenset()


class Upkeep:
    """Every intent returns at once. Publishes `changed`; outcomes go to watchers or notices."""

    def __init__(
        self,
        client: Client,
        catalogue: Catalogue,
        queue: JobQueue,
        notices: Notices,
        keepsakes: Keepsakes,
    ) -> None:
        self.state = UpkeepState()
        self.changed: Topic[UpkeepState] = Topic()
        self._client = client
        self._catalogue = catalogue
        self._queue = queue
        self._notices = notices
        self._keepsakes = keepsakes
        self._tasks = Tasks(notices.failure)
        self._watched: dict[str, Topic[Outcome]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._pending: Counter[str] = Counter()
        self._gone: set[str] = set()
        # By id: they have a name still, although they are listed no more.
        self._vanished: dict[str, str] = {}
        self._links = Subscriptions()
        self._links.add(catalogue.vanished, self._on_vanished)
        self._links.add(queue.deployment_unknown, self._on_unknown)

    async def close(self) -> None:
        """Ends what is going on."""
        self._links.close()
        await self._tasks.close()

    # Intents

    def watch(
        self, deployment_id: str, listener: Callable[[Outcome], object]
    ) -> Callable[[], None]:
        """Has outcomes told to `listener` until the returned function is called."""
        topic = self._watched.setdefault(deployment_id, Topic())
        leave = topic.subscribe(listener)

        def stop() -> None:
            leave()
            if not topic.is_heard and self._watched.get(deployment_id) is topic:
                del self._watched[deployment_id]

        return stop

    def look(self, deployment_id: str) -> None:
        """Reads the record and the readme, for whoever watches."""
        self._tasks.start(f"look at {deployment_id}", self._look(deployment_id))

    def change(
        self, deployment_id: str, changes: DeploymentChanges, seen: Deployment | None = None
    ) -> None:
        """Changes a deployment. `seen` is the record that the person decided by: when its
        settings are others by now, nothing is sent, and the outcome has the new record."""
        self._start("change", deployment_id, partial(self._change, deployment_id, changes, seen))

    def enable(self, seen: Deployment) -> None:
        """Enables a deployment, unless it is no longer what the user decided by: instances that are
        always on are billed from then on."""
        self.change(seen.deployment_id, DeploymentChanges(is_enabled=True), seen)

    def disable(self, deployment_id: str) -> None:
        self.change(deployment_id, DeploymentChanges(is_enabled=False))

    def delete(self, deployment_id: str) -> None:
        """Deletes a deployment for good; what was typed for it is kept as a file."""
        self._start("delete", deployment_id, partial(self._delete, deployment_id))

    def keep_workflow(self, deployment_id: str) -> None:
        """Makes the draft of a deployment that was deleted elsewhere that of a file."""
        self._start("keep", deployment_id, partial(self._keep, deployment_id))

    def free_memory(self, deployment_id: str, *, clear_cache: bool = False) -> None:
        """Lets the machine known last drop its models, and with `clear_cache` its results too."""
        instance_id = self.instance_of(deployment_id)
        if instance_id:
            work = partial(self._free, deployment_id, instance_id, clear_cache=clear_cache)
            self._start("free memory of", deployment_id, work)

    # Questions

    def instance_of(self, deployment_id: str) -> str:
        """The newest machine known from jobs that is not known to be gone; "" for none."""
        known = self._instances(deployment_id)
        return next((each for each in known if each not in self._gone), "")

    def had_instance(self, deployment_id: str) -> bool:
        """Whether a machine was known that has shut down since."""
        return bool(self._instances(deployment_id)) and not self.instance_of(deployment_id)

    def active_jobs(self, deployment_id: str) -> int:
        """How many jobs of this computer wait for the deployment or run on it."""
        jobs = self._queue.jobs.values()
        return sum(job.deployment_id == deployment_id and job.state.is_active for job in jobs)

    def _instances(self, deployment_id: str) -> list[str]:
        jobs = [job for job in self._queue.jobs.values() if job.deployment_id == deployment_id]
        return [job.instance_id for job in reversed(jobs) if job.instance_id]

    # Inside

    def _start(self, name: str, deployment_id: str, work: _Work) -> None:
        self._tasks.start(f"{name} {deployment_id}", self._in_turn(deployment_id, work))

    async def _in_turn(self, deployment_id: str, work: _Work) -> None:
        """One change after the other: each goes by what the one before left."""
        turn = self._turns.setdefault(deployment_id, asyncio.Lock())
        self._pending[deployment_id] += 1
        self._tell_busy()
        try:
            async with turn:
                await work()
        finally:
            self._pending[deployment_id] -= 1
            self._tell_busy()

    async def _look(self, deployment_id: str) -> None:
        name = self._name(deployment_id)
        try:
            record = await read_deployment(self._client, deployment_id, includes=("readme",))
        except Problem as problem:
            gone = problem.kind in (ProblemKind.NOT_FOUND, ProblemKind.FOREIGN)
            kept = None if gone else await self._catalogue.kept(deployment_id)
            self._tell(words.not_read(deployment_id, name, problem, kept))
        else:
            self._tell(Outcome(deployment_id, Wish.LOOK, deployment=record))

    async def _change(
        self, deployment_id: str, changes: DeploymentChanges, seen: Deployment | None
    ) -> None:
        name = self._name(deployment_id)
        touched = False
        try:
            if seen is not None:
                now = await read_deployment(self._client, deployment_id, includes=())
                touched = now.updated_at != seen.updated_at
                if _settings(now) != _settings(seen):
                    self._catalogue.take(_bare(now))
                    self._tell(words.conflict(deployment_id, name, now))
                    return
            record = await change_deployment(self._client, deployment_id, changes)
        except Problem as problem:
            # The answer may be lost and the change done all the same: the record tells.
            found = await self._record(deployment_id) if problem.uncertain else None
            if found is None or changes.applied_to(found) != found:
                self._tell(words.not_changed(deployment_id, name, problem, found))
                self._catalogue.refresh()
                return
            record = found
        self._catalogue.take(_bare(record))
        self._catalogue.refresh()
        again = None
        if changes == DeploymentChanges(is_enabled=False):
            again = partial(self.enable, record)
        self._tell(words.changed(record, changes, touched=touched, again=again))

    async def _delete(self, deployment_id: str) -> None:
        name = self._name(deployment_id)
        keepsake = None
        try:
            keepsake = await self._keepsakes.keep(deployment_id)
            await delete_deployment(self._client, deployment_id)
        except Problem as problem:
            left = await self._is_left(deployment_id) if problem.uncertain else True
            if left is not False:
                if keepsake is not None:
                    await self._keepsakes.discard(keepsake)
                is_sure = left is not None
                self._tell(words.not_deleted(deployment_id, name, problem, is_sure=is_sure))
                self._catalogue.refresh()
                return
        if keepsake is not None:
            await self._keepsakes.hand_over(keepsake)
        self._catalogue.drop(deployment_id)
        self._catalogue.refresh()
        outcome = words.deleted(deployment_id, name, keepsake.path if keepsake else None)
        self._tell(outcome)
        if deployment_id in self._watched and outcome.notice is not None:
            # Its dialog closes by this.
            self._notices.tell(outcome.notice)

    def _on_vanished(self, deployment: Deployment) -> None:
        """Says it once; it may be listed again, so nothing is moved without being asked for."""
        deployment_id = deployment.deployment_id
        if deployment_id not in self._vanished:
            self._vanished[deployment_id] = deployment.name
            keep = partial(self.keep_workflow, deployment_id)
            self._notices.tell(words.vanished(deployment.name, keep))

    def _on_unknown(self, unknown: Unknown) -> None:
        self._tasks.start(f"explain {unknown.deployment_id}", self._explain(unknown))

    async def _explain(self, unknown: Unknown) -> None:
        """A run was refused. That its deployment was deleted is said once, and says it all."""
        if not await self._catalogue.is_gone(unknown.deployment_id):
            self._notices.failure(unknown.problem)

    async def _keep(self, deployment_id: str) -> None:
        keepsake = await self._keepsakes.keep(deployment_id)
        if keepsake is not None:
            await self._keepsakes.hand_over(keepsake)
            self._notices.tell(words.kept(keepsake.path))

    async def _free(self, deployment_id: str, instance_id: str, *, clear_cache: bool) -> None:
        name = self._name(deployment_id)
        try:
            await free_memory(self._client, deployment_id, instance_id, clear_cache=clear_cache)
        except Problem as problem:
            if problem.kind is ProblemKind.NOT_FOUND:
                self._gone.add(instance_id)
            self._tell(words.not_freed(deployment_id, name, problem))
        else:
            self._tell(words.freed(deployment_id, name, clear_cache=clear_cache))

    async def _record(self, deployment_id: str) -> Deployment | None:
        try:
            return await read_deployment(self._client, deployment_id, includes=())
        except Problem:
            return None

    async def _is_left(self, deployment_id: str) -> bool | None:
        """Whether the service still has it; None when that cannot be known now."""
        try:
            left = await list_deployments(self._client, ids=[deployment_id])
        except Problem:
            return None
        return any(each.deployment_id == deployment_id for each in left)

    def _name(self, deployment_id: str) -> str:
        for each in self._catalogue.state.deployments:
            if each.deployment_id == deployment_id:
                return each.name or deployment_id
        return self._vanished.get(deployment_id) or deployment_id

    def _tell(self, outcome: Outcome) -> None:
        watchers = self._watched.get(outcome.deployment_id)
        if watchers is not None:
            watchers.publish(outcome)
        elif outcome.notice is not None:
            self._notices.tell(outcome.notice)

    def _tell_busy(self) -> None:
        busy = frozenset(each for each, count in self._pending.items() if count)
        if busy != self.state.busy:
            self.state = UpkeepState(busy)
            self.changed.publish(self.state)


def _settings(record: Deployment) -> Deployment:
    """What a person decides about; machines come and go without anybody's doing."""
    return replace(record, status="", updated_at="", created_at="", payload=None, readme="")


def _bare(record: Deployment) -> Deployment:
    """As the list has it; a change is answered with the whole workflow."""
    return replace(record, payload=None, readme="")
