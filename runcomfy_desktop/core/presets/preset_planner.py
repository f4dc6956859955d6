"""Plans the changes that a preset would make, on a worker thread.

This takes seconds for a big workflow. There is one plan at a time: a new request replaces an
earlier one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.presets.proposal import PresetProposal
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey


@dataclass(frozen=True, slots=True)
class PresetPlanRequest:
    """Request for a plan; see `build_proposals`."""

    preset: Preset
    draft: Draft
    schema: NodeSchema | None
    missing: frozenset[str] = frozenset()
    targets: Mapping[InputKey, InputKey] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PresetPlan:
    """Proposals for the preset's entries, and proposals to undo all other changes to the draft."""

    proposals: tuple[PresetProposal, ...]
    resets: tuple[PresetProposal, ...]


class PresetPlanner:
    """Makes plans; every command returns at once. Errors are reported through `notices`."""

    def __init__(self, notices: Notices) -> None:
        self._tasks = Tasks(notices.post_failure)
        self._pending: tuple[PresetPlanRequest, Callable[[PresetPlan], object]] | None = None
        self._request_number = 0
        self._is_busy = False

    def plan(self, request: PresetPlanRequest, then: Callable[[PresetPlan], object]) -> None:
        """Passes the plan to `then`, unless another one is requested before it is ready."""
        self._request_number += 1
        self._pending = request, then
        if not self._is_busy:
            self._is_busy = True
            self._tasks.start("plan a preset", self._run())

    def cancel(self) -> None:
        """Cancels the current request."""
        self._request_number += 1
        self._pending = None

    async def close(self) -> None:
        self.cancel()
        await self._tasks.close()

    async def _run(self) -> None:
        try:
            while self._pending is not None:
                (request, then), number = self._pending, self._request_number
                self._pending = None
                plan = await asyncio.to_thread(_make_plan, request)
                if number == self._request_number:
                    then(plan)
        finally:
            self._is_busy = False


def _make_plan(request: PresetPlanRequest) -> PresetPlan:
    # Imported late: not needed at the start of a session.
    from runcomfy_desktop.domain.presets.proposal import reset_proposals
    from runcomfy_desktop.domain.presets.proposal_builder import build_proposals

    preset, draft, schema = request.preset, request.draft, request.schema
    proposals = build_proposals(
        preset, draft, schema, missing=request.missing, targets=request.targets
    )
    return PresetPlan(proposals, reset_proposals(request.draft, proposals))
