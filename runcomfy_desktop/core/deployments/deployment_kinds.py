"""Background detection of the deployments that run a ComfyUI workflow.

The list of deployments does not show this; whole workflows have to be read. So each deployment is
read only once, and again after an edit, four at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import DeploymentKind

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.domain.deployments.deployment import Deployment

BATCH_SIZE = 4


class DeploymentKinds:
    """Determines the kind of each deployment.

    Calls `on_learned` with all known kinds when they have changed, and `on_read` with the complete
    records that were read.
    """

    def __init__(
        self,
        client: Client,
        tasks: Tasks,
        on_learned: Callable[[Mapping[str, DeploymentKind]], object],
        on_read: Callable[[Sequence[Deployment]], Awaitable[None]],
    ) -> None:
        self._client = client
        self._tasks = tasks
        self._on_learned = on_learned
        self._on_read = on_read
        self._known: dict[str, DeploymentKind] = {}
        # Time of each deployment's last edit; an edit can give it a workflow.
        self._edited_at: dict[str, str] = {}
        self._learn_task: asyncio.Task[Any] | None = None

    def is_unsupported(self, deployment_id: str) -> bool:
        return self._known.get(deployment_id) is DeploymentKind.OTHER

    def add(self, *deployments: Deployment) -> None:
        """Records the kinds of deployments that were read with their payloads."""
        before = dict(self._known)
        for each in deployments:
            kind = DeploymentKind.COMFYUI if each.has_workflow else DeploymentKind.OTHER
            self._known[each.deployment_id] = kind
            self._edited_at[each.deployment_id] = each.updated_at
        if self._known != before:
            self._on_learned(dict(self._known))

    def restore(
        self, deployments: Sequence[Deployment], kinds: Mapping[str, DeploymentKind]
    ) -> None:
        """Restores the kinds known when these deployments were last read."""
        for each in deployments:
            if each.deployment_id in kinds:
                self._known.setdefault(each.deployment_id, kinds[each.deployment_id])
                self._edited_at.setdefault(each.deployment_id, each.updated_at)
        self._on_learned(dict(self._known))

    def learn(self, deployments: Sequence[Deployment]) -> None:
        """Determines the unknown kinds among `deployments`; returns at once."""
        if self._learn_task is not None and not self._learn_task.done():
            return
        unknown = {
            each.deployment_id: each.updated_at for each in deployments if self._is_unknown(each)
        }
        if unknown:
            self._learn_task = self._tasks.start("learn kinds", self._learn(unknown))

    def clear(self) -> None:
        """Forgets all kinds because they belong to another account."""
        if self._learn_task is not None:
            self._learn_task.cancel()
        self._known.clear()
        self._edited_at.clear()
        self._on_learned({})

    def _is_unknown(self, deployment: Deployment) -> bool:
        edited = self._edited_at.get(deployment.deployment_id) != deployment.updated_at
        return deployment.deployment_id not in self._known or edited

    async def _learn(self, unknown: Mapping[str, str]) -> None:
        ids = list(unknown)
        try:
            for start in range(0, len(ids), BATCH_SIZE):
                batch = ids[start : start + BATCH_SIZE]
                found = await self._read(batch)
                self.add(*found)
                # The edit time in the list is kept: if the record has another one, the deployment
                # would be read again forever.
                self._edited_at.update({each: unknown[each] for each in batch})
                await self._on_read(found)
        except Problem:
            # The user did not request this, so no error is reported. The next list tries again.
            return

    async def _read(self, ids: list[str]) -> list[Deployment]:
        found = await list_deployments(self._client, ids=ids, includes=("payload", "readme"))
        matching = [each for each in found if each.deployment_id in ids]
        # The service may omit payloads from a list: these deployments are read one at a time.
        for row, each in enumerate(matching):
            if each.payload is None:
                matching[row] = await read_deployment(self._client, each.deployment_id)
        return matching
