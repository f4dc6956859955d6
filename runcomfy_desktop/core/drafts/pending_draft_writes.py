"""What of drafts is still to be written: asked for before the window closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.store.drafts import DraftStore

# So long a disk may take with what is still to be changed when the window closes.
_FINISH_S = 5.0


class PendingDraftWrites:
    """`durable_tasks` are those that change stored drafts; `tasks` end with the session."""

    def __init__(self, store: DraftStore, durable_tasks: Tasks, tasks: Tasks) -> None:
        self._store = store
        self._durable_tasks = durable_tasks
        self._tasks = tasks

    @property
    def would_lose_changes(self) -> bool:
        """Whether ending now would lose changes, as the disk refuses them."""
        return self._store.has_failed

    @property
    def has_pending(self) -> bool:
        """Whether something is to be written that is not on the disk yet."""
        return self._durable_tasks.is_busy or self._store.has_pending

    def call_when_flushed(self, then: Callable[[], object]) -> None:
        """Calls `then` once it was tried to write everything that waits."""

        async def work() -> None:
            await self._durable_tasks.finish()
            await self._store.flush()
            then()

        self._tasks.start("write drafts", work())

    async def finish(self) -> None:
        """Lets what is to be changed be done, as long as the disk answers; the rest is given up."""
        await self._durable_tasks.finish(_FINISH_S)
