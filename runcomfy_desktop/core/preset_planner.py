"""Plans off the window's thread what presets would do: for a big workflow that takes seconds.

One plan at a time: who asks anew meanwhile does not want the earlier answer any more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.core.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.preset.proposal import Proposal
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey


@dataclass(frozen=True, slots=True)
class PlanWish:
    """What is to be planned; see `plan_of`."""

    preset: Preset
    draft: Draft
    schema: Schema | None
    missing: frozenset[str] = frozenset()
    goals: Mapping[InputKey, InputKey] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A proposal for each entry, and what takes back all that the preset does not name."""

    proposals: tuple[Proposal, ...]
    resets: tuple[Proposal, ...]


class PresetPlanner:
    """Every intent returns at once. What goes wrong is told through `notices`."""

    def __init__(self, notices: Notices) -> None:
        self._tasks = Tasks(notices.failure)
        self._waiting: tuple[PlanWish, Callable[[Planned], object]] | None = None
        self._number = 0
        self._is_busy = False

    def plan(self, wish: PlanWish, then: Callable[[Planned], object]) -> None:
        """`then` gets the plan, unless another one is wished before it is made."""
        self._number += 1
        self._waiting = wish, then
        if not self._is_busy:
            self._is_busy = True
            self._tasks.start("plan a preset", self._run())

    def drop(self) -> None:
        """Nobody waits for a plan any more."""
        self._number += 1
        self._waiting = None

    async def close(self) -> None:
        self.drop()
        await self._tasks.close()

    async def _run(self) -> None:
        try:
            while self._waiting is not None:
                (wish, then), number = self._waiting, self._number
                self._waiting = None
                planned = await asyncio.to_thread(_planned, wish)
                if number == self._number:
                    then(planned)
        finally:
            self._is_busy = False


def _planned(wish: PlanWish) -> Planned:
    # Late: no session begins with it.
    from runcomfy_desktop.domain.preset.plan import plan_of
    from runcomfy_desktop.domain.preset.proposal import resets_of

    proposals = plan_of(
        wish.preset, wish.draft, wish.schema, missing=wish.missing, goals=wish.goals
    )
    return Planned(proposals, resets_of(wish.draft, proposals))
