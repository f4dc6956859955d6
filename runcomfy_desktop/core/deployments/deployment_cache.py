"""Disk cache of deployments, so that they can be shown before the service responds.

The cache only holds data that can be read again, so a disk error is only logged. Data saved with
one API key is not shown for another key.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.workflow.workflow import Workflow, workflow_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.store.deployments import (
        CachedDeployment,
        CachedDeploymentList,
        DeploymentStore,
    )

T = TypeVar("T")

_log = logging.getLogger(__name__)


class DeploymentCache:
    """Cache of deployments in `store`; without a store, nothing is kept.

    Accesses the store one operation at a time. After `distrust`, cached data is not returned until
    a list is saved; data removed while it is read is not returned either.
    """

    def __init__(
        self,
        store: DeploymentStore | None,
        tasks: Tasks,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._now = now
        self._lock = asyncio.Lock()
        self._is_trusted = True
        # Skips writes that were requested before the cache was cleared.
        self._generation = 0

    async def read_list(self) -> CachedDeploymentList | None:
        """Returns the cached list, or None if it is missing, unreadable or distrusted."""
        return await self._query(lambda store: store.load_list())

    async def read(self, deployment_id: str) -> CachedDeployment | None:
        """Returns a cached deployment, or None if it is missing, unreadable or distrusted."""
        return await self._query(lambda store: store.read(deployment_id))

    async def mark_seen(self, deployment_id: str) -> Workflow | None:
        """Records that the user now sees the cached version of a deployment.

        Returns the workflow that the user saw before if it was a different one, else None.
        """
        payload = await self._query(lambda store: store.mark_seen(deployment_id))
        if payload is None:
            return None
        try:
            return workflow_from_json(payload.workflow)
        except Problem:
            return None

    async def unseen_changes(self, deployments: Sequence[Deployment]) -> frozenset[str]:
        """Returns the ids of deployments with a workflow changed since the user last saw it."""
        ids = [each.deployment_id for each in deployments]
        return await self._query(lambda store: store.changed_since_seen(ids)) or frozenset()

    async def save(self, *deployments: Deployment) -> None:
        """Saves records with their payloads."""
        saved_s = self._now()

        def work(store: DeploymentStore) -> None:
            for each in deployments:
                store.save(each, saved_s)

        await self._write(work)

    def save_list(self, deployments: Sequence[Deployment]) -> None:
        """Saves a list that was just read; returns at once.

        The list belongs to the current key, so cached data is trusted again.
        """
        saved_s, self._is_trusted = self._now(), True
        work = self._write(lambda store: store.save_list(deployments, saved_s))
        self._tasks.start("keep the list of deployments", work)

    def forget(self, deployment_id: str = "") -> None:
        """Removes one deployment from the disk, or all if no id is given; returns at once."""
        if not deployment_id:
            self._generation += 1
        work = self._write(lambda store: store.forget(deployment_id))
        self._tasks.start("forget deployments", work)

    def distrust(self) -> None:
        """Hides cached data until a list is read with the new API key.

        The user entered another key, so the data may belong to another account.
        """
        self._is_trusted = False

    async def _query(self, query: Callable[[DeploymentStore], T | None]) -> T | None:
        if self._store is None or not self._is_trusted:
            return None
        generation, store = self._generation, self._store
        async with self._lock:
            try:
                found = await asyncio.to_thread(query, store)
            except OSError as error:
                _log.warning("A kept deployment cannot be read: %s", error)
                return None
        return found if generation == self._generation and self._is_trusted else None

    async def _write(self, work: Callable[[DeploymentStore], None]) -> None:
        generation = self._generation
        if self._store is None:
            return
        async with self._lock:
            if generation != self._generation:
                return
            try:
                await asyncio.to_thread(work, self._store)
            except OSError as error:
                _log.warning("A deployment cannot be kept: %s", error)
