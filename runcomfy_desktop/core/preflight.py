"""Preflight of runs: everything to know before they may go, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.jobs.run_plan import RunPlan
from runcomfy_desktop.domain.drafts.draft import media_files
from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.settings import LargePictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runcomfy_desktop.core.account.partner_key import PartnerKey
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.deployments.deployment_check import (
        DeploymentBaseline,
        DeploymentCheck,
    )
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.media.media_checker import MediaChecker
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.workflow import InputKey


@dataclass(frozen=True, slots=True)
class PreflightRequest:
    """Runs to check: those of a plan, or of a prepared grid.

    `baseline` contains the deployments whose workflows the runs were made for. `is_cost_confirmed`
    is True if the pressed button showed number and price.
    """

    runs: RunPlan | PreparedSweep
    count: int
    baseline: DeploymentBaseline
    files: tuple[MediaFile, ...]
    large_pictures: tuple[MediaFile, ...]
    shrinkable_pictures: tuple[MediaFile, ...]
    has_partner_nodes: bool
    is_cost_confirmed: bool

    @property
    def draft_key(self) -> str:
        """Key of the planned draft; "" for a grid."""
        return self.runs.draft.key if isinstance(self.runs, RunPlan) else ""

    def is_repeat_of(self, other: PreflightRequest) -> bool:
        """Returns True if both requests are for as many runs of the same draft or grid."""
        if isinstance(self.runs, RunPlan) and isinstance(other.runs, RunPlan):
            is_same = self.runs.draft is other.runs.draft and self.runs.name == other.runs.name
            return is_same and self.count == other.count
        return self.runs is other.runs


@dataclass(frozen=True, slots=True)
class Preflight:
    """Facts about requested runs: what blocks them, and what the user has to be asked.

    `changed_deployment` is the newest record of a deployment that has changed since Run was
    pressed, `has_waited` True if finding this out took time. `unsendable_file` has no intact copy,
    for `unsendable_reason`. `large_pictures` is the user's setting. `is_key_missing` is True if the
    runs need a partner key and there is none; while the keyring has not answered, `is_key_unknown`
    is True instead. `exceeds_ask_limit` is True if the user wants to confirm runs of this number or
    cost.
    """

    request: PreflightRequest
    changed_deployment: Deployment | None = None
    has_waited: bool = False
    unsendable_file: MediaFile | None = None
    unsendable_reason: str = ""
    large_pictures: LargePictures = LargePictures.AS_IS
    is_key_missing: bool = False
    is_key_unknown: bool = False
    estimate: Estimate = field(default_factory=Estimate)
    exceeds_ask_limit: bool = False

    @property
    def picture_needing_address(self) -> MediaFile | None:
        """A large picture that the settings do not allow to be sent; None if there is none."""
        if self.large_pictures is not LargePictures.ADDRESS:
            return None
        return next(iter(self.request.large_pictures), None)

    @property
    def shrinks(self) -> bool:
        """True if the settings shrink large pictures."""
        return self.large_pictures is LargePictures.SHRINK

    @property
    def asks_about_pictures(self) -> bool:
        """True if the user has to choose how large pictures are sent."""
        return self.large_pictures is LargePictures.ASK and bool(self.request.shrinkable_pictures)

    @property
    def asks_about_cost(self) -> bool:
        """True if the user has to confirm number and cost."""
        return self.exceeds_ask_limit and not self.request.is_cost_confirmed

    @property
    def question_count(self) -> int:
        """Number of questions that the user has to answer."""
        return self.is_key_missing + self.asks_about_pictures + self.asks_about_cost


class PreflightChecker:
    """Finds out what has to be known before runs may go."""

    def __init__(
        self,
        deployment_check: DeploymentCheck,
        media_checker: MediaChecker,
        partner_key: PartnerKey,
        budget: Budget,
        draft_editor: DraftEditor,
        notices: Notices,
    ) -> None:
        self._deployment_check = deployment_check
        self._media_checker = media_checker
        self._partner_key = partner_key
        self._budget = budget
        self._draft_editor = draft_editor
        self._tasks = Tasks(notices.post_failure)
        # Requests that wait for recent records of their deployments.
        self._waiting: list[PreflightRequest] = []

    def request_for_plan(
        self, plan: RunPlan, *, is_cost_confirmed: bool = False
    ) -> PreflightRequest:
        """Returns the request for the runs of a plan, with their deployment as it is now."""
        return PreflightRequest(
            plan,
            plan.count,
            self._deployment_check.baseline(() if plan.draft.runs_file else (plan.deployment,)),
            plan.files,
            plan.large_pictures,
            plan.shrinkable_pictures,
            plan.has_partner_nodes,
            is_cost_confirmed,
        )

    def request_for_grid(self, prepared_sweep: PreparedSweep) -> PreflightRequest:
        """Returns the request for a prepared grid, whose dialog showed number and price."""
        runs = prepared_sweep.cell_runs.runs
        drafts = [run.draft for run in runs]
        deployments = {
            run.deployment.deployment_id: run.deployment for run in runs if not run.draft.runs_file
        }
        return PreflightRequest(
            prepared_sweep,
            len(runs),
            self._deployment_check.baseline(tuple(deployments.values())),
            tuple(dict.fromkeys(file for draft in drafts for file in media_files(draft))),
            _files_at(drafts, lambda draft: draft.large_picture_inputs),
            _files_at(drafts, lambda draft: draft.shrinkable_picture_inputs),
            any(draft.has_partner_nodes for draft in drafts),
            is_cost_confirmed=True,
        )

    def check(self, request: PreflightRequest, on_checked: Callable[[Preflight], object]) -> None:
        """Calls `on_checked` with the preflight of `request` as soon as it is known.

        While a request waits for recent records, a repeated one is ignored: it was made because the
        first has not shown a result yet.
        """
        has_to_wait = not self._deployment_check.is_fresh
        if has_to_wait:
            if any(request.is_repeat_of(each) for each in self._waiting):
                return
            self._waiting.append(request)
        self._tasks.start("check a run", self._check(request, on_checked, has_waited=has_to_wait))

    async def preflight(self, request: PreflightRequest) -> Preflight:
        """Returns everything to know about the runs; waits for recent records and file checks.

        If a deployment has changed, nothing else is checked.
        """
        changed = await self._deployment_check.find_changed(request.baseline)
        if changed is not None:
            return Preflight(request, changed)
        unsendable = await self._media_checker.find_unsendable(request.files)
        reasons, key = self._media_checker.unsendable, self._partner_key.state
        lacks_key = request.has_partner_nodes and not key.has_key
        estimate = self._estimate(request)
        return Preflight(
            request,
            unsendable_file=unsendable,
            unsendable_reason=reasons[unsendable.stored_name] if unsendable is not None else "",
            large_pictures=self._draft_editor.state.large_pictures,
            is_key_missing=lacks_key and not key.is_asked,
            is_key_unknown=lacks_key and key.is_asked,
            estimate=estimate,
            exceeds_ask_limit=self._budget.needs_confirmation(request.count, estimate),
        )

    def cancel(self) -> None:
        """Drops the checks in progress: the window now shows another session."""
        self._waiting.clear()
        self._tasks.cancel()

    async def close(self) -> None:
        await self._tasks.close()

    async def _check(
        self,
        request: PreflightRequest,
        on_checked: Callable[[Preflight], object],
        *,
        has_waited: bool,
    ) -> None:
        try:
            preflight = await self.preflight(request)
        finally:
            self._waiting = [each for each in self._waiting if each is not request]
        on_checked(replace(preflight, has_waited=has_waited))

    def _estimate(self, request: PreflightRequest) -> Estimate:
        if isinstance(request.runs, RunPlan):
            return self._budget.estimate(request.runs.deployment, request.count)
        return request.runs.estimate or Estimate(job_count=request.count)


def _files_at(
    drafts: Sequence[Draft], keys: Callable[[Draft], Iterable[InputKey]]
) -> tuple[MediaFile, ...]:
    found = (draft.changes[key] for draft in drafts for key in keys(draft))
    return tuple(dict.fromkeys(each for each in found if isinstance(each, MediaFile)))
