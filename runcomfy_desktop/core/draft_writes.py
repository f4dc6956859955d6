"""What of drafts is still to be written: asked for before the window closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.store.drafts import DraftStore

# So long a disk may take with what is still to be changed when the window closes.
_FINISH_S = 5.0


class DraftWrites:
    """`deeds` are those that change stored drafts; `tasks` end with the session."""

    def __init__(self, store: DraftStore, deeds: Tasks, tasks: Tasks) -> None:
        self._store = store
        self._deeds = deeds
        self._tasks = tasks

    @property
    def is_behind(self) -> bool:
        """Whether ending now would lose changes, as the disk refuses them."""
        return self._store.is_behind

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be written that is not on the disk yet."""
        return self._deeds.is_busy or self._store.is_waiting

    def hurry(self, then: Callable[[], object]) -> None:
        """Calls `then` once it was tried to write everything that waits."""

        async def work() -> None:
            await self._deeds.finish()
            await self._store.flush()
            then()

        self._tasks.start("write drafts", work())

    async def finish(self) -> None:
        """Lets what is to be changed be done, as long as the disk answers; the rest is given up."""
        await self._deeds.finish(_FINISH_S)
