"""Learns in the background which deployments run a ComfyUI workflow; the list alone says nothing.

Whole workflows have to be read for it, so it is done once for each deployment, a few at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.domain.deployment import Kind
from runcomfy_desktop.domain.problem import Problem

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.domain.deployment import Deployment

AT_ONCE = 4


class Kinds:
    """Owns what is known; `learned` hears all of it whenever something was added, and `found` has
    the records that were read for it, whole."""

    def __init__(
        self,
        client: Client,
        tasks: Tasks,
        learned: Callable[[Mapping[str, Kind]], object],
        found: Callable[[Sequence[Deployment]], Awaitable[None]],
    ) -> None:
        self._client = client
        self._tasks = tasks
        self._learned = learned
        self._found = found
        self._known: dict[str, Kind] = {}
        # The moment of the last edit of each: one without a workflow may get one by an edit.
        self._seen: dict[str, str] = {}
        self._learning: asyncio.Task[Any] | None = None

    def is_other(self, deployment_id: str) -> bool:
        return self._known.get(deployment_id) is Kind.OTHER

    def note(self, deployment: Deployment) -> None:
        """Learns from a deployment that was read alone and with its payload."""
        self._add([deployment])

    def recall(self, deployments: Sequence[Deployment], kinds: Mapping[str, Kind]) -> None:
        """What was known of these when they were read last."""
        for each in deployments:
            if each.deployment_id in kinds:
                self._known.setdefault(each.deployment_id, kinds[each.deployment_id])
                self._seen.setdefault(each.deployment_id, each.updated_at)
        self._learned(dict(self._known))

    def learn(self, deployments: Sequence[Deployment]) -> None:
        """Finds out what is not known of these; returns at once."""
        if self._learning is not None and not self._learning.done():
            return
        unknown = {
            each.deployment_id: each.updated_at for each in deployments if self._is_unknown(each)
        }
        if unknown:
            self._learning = self._tasks.start("learn kinds", self._learn(unknown))

    def forget(self) -> None:
        """They were another account's."""
        if self._learning is not None:
            self._learning.cancel()
        self._known.clear()
        self._seen.clear()
        self._learned({})

    def _is_unknown(self, deployment: Deployment) -> bool:
        edited = self._seen.get(deployment.deployment_id) != deployment.updated_at
        return deployment.deployment_id not in self._known or edited

    async def _learn(self, unknown: Mapping[str, str]) -> None:
        ids = list(unknown)
        try:
            for start in range(0, len(ids), AT_ONCE):
                some = ids[start : start + AT_ONCE]
                found = await self._read(some)
                self._add(found)
                # By the list's word: a record that says another time would be read for ever.
                self._seen.update({each: unknown[each] for each in some})
                await self._found(found)
        except Problem:
            # Nobody asked for it, and the next list tries again.
            return

    async def _read(self, ids: list[str]) -> list[Deployment]:
        found = await list_deployments(self._client, ids=ids, includes=("payload", "readme"))
        sure = [each for each in found if each.deployment_id in ids]
        # A list without payloads may be one that does not give them: each is asked by itself.
        for row, each in enumerate(sure):
            if each.payload is None:
                sure[row] = await read_deployment(self._client, each.deployment_id)
        return sure

    def _add(self, deployments: Sequence[Deployment]) -> None:
        before = dict(self._known)
        for each in deployments:
            kind = Kind.COMFYUI if each.has_workflow else Kind.OTHER
            self._known[each.deployment_id] = kind
            self._seen[each.deployment_id] = each.updated_at
        if self._known != before:
            self._learned(dict(self._known))
