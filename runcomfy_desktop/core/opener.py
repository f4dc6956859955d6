"""Brings deployments on the workbench: at once as they are known from before, then as the network
says that they are."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.core.workflow_news import why_gone
from runcomfy_desktop.domain.deployment import no_workflow_words
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.deployment_readings import DeploymentReadings
    from runcomfy_desktop.core.kinds import Kinds
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.offline import Offline
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.schemas import Schemas
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.core.wanted_drafts import WantedDrafts
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.core.workflow_news import WorkflowNews
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.workflow import Workflow
    from runcomfy_desktop.store.drafts import DraftStore


@dataclass(frozen=True, slots=True)
class _Opening:
    """Holds what is being opened; `before` was in view when that began, `file_key` is the draft of
    a file that is to run on it, "" for none. `is_wish`: a user asked for it."""

    deployment_id: str
    before: BenchState
    file_key: str = ""
    is_wish: bool = False


# The stored draft, and the one that says what the person knows of the workflow.
_Drafts: TypeAlias = "tuple[Draft | None, Draft | None]"
# So long the network may take before it is said that something is of before.
PATIENCE_S = 2.0


@dataclass(kw_only=True, eq=False)
class Opener:
    """Opens one deployment at a time, for the catalogue: `tell` takes values of its state, and
    `opened` hears of the end of an opening, with the deployment and whether a person asked for it.
    `preferences` remember what was opened, where they are given.

    `readings` hear of each record as it was read, `lacks` says of a deployment that no file can run
    on it any more, as far as that is known; `earlier` has the deployments that are shown as they
    were known at a time before.
    """

    client: Client
    workbench: Workbench
    drafts: DraftStore
    preferences: Preferences | None
    notices: Notices
    tasks: Tasks
    kinds: Kinds
    schemas: Schemas
    offline: Offline
    news: WorkflowNews
    wanted: WantedDrafts
    tell: Callable[..., object]
    opened: Callable[[str, bool], object]
    lacks: Callable[[str], bool]
    readings: DeploymentReadings
    earlier: dict[str, float] = field(default_factory=dict)
    _read_s: dict[str, float] = field(default_factory=dict)
    _opening: asyncio.Task[Any] | None = None
    _wished: tuple[str, str] | None = None

    def is_wished(self, deployment_id: str, file_key: str) -> bool:
        """Returns whether it is being opened for that draft because a user asked for it."""
        return self._opening is not None and self._wished == (deployment_id, file_key)

    def open(self, deployment_id: str, *, is_wish: bool, file_key: str = "") -> None:
        """Opens a deployment; the last one wins. `is_wish` says that a user asked for it,
        `file_key` names the draft of a file that is to run on it: no other one is bound to it."""
        if self._opening is not None:
            self._opening.cancel()
        self._wished = (deployment_id, file_key) if is_wish else None
        self.tell(opening_id=deployment_id)
        opening = _Opening(deployment_id, self.workbench.state, file_key, is_wish)
        self._opening = self.tasks.start(
            f"open deployment {deployment_id}", self._read_and_show(opening)
        )

    def give_up(self) -> None:
        """Something else is wished for."""
        if self._opening is not None:
            self._opening.cancel()

    def cancel(self) -> None:
        """What is known is another key's."""
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        self.earlier.clear()

    def doubt(self) -> None:
        """Says which are shown as they were before."""
        self.tell(as_of=dict(self.earlier))

    def doubts_soon(self) -> None:
        """As `doubt`, unless the network has answered by then."""
        self.tasks.start("wait for the network", self._doubt_soon())

    async def _doubt_soon(self) -> None:
        await asyncio.sleep(PATIENCE_S)
        self.doubt()

    async def show_kept(self, deployment_id: str) -> None:
        """Shows what the disk has of a deployment, if nothing else came on the workbench."""
        before = self.workbench.state.draft
        kept = await self.offline.read(deployment_id)
        if kept is None or not kept.deployment.has_workflow:
            return
        seen = await self.offline.see(deployment_id)
        drafted = await self._drafted(deployment_id)
        if self.workbench.state.draft is before:
            self.earlier[deployment_id] = kept.kept_s
            drafts = (drafted, _as_seen(drafted, seen, kept.deployment))
            self._show(kept.deployment, drafts, _Opening(deployment_id, self.workbench.state))

    async def _read_and_show(self, opening: _Opening) -> None:
        deployment_id, is_wish, is_shown = opening.deployment_id, opening.is_wish, False
        try:
            is_shown = await self._show_earlier(opening)
            number = self.readings.begin()
            deployment = await read_deployment(self.client, deployment_id)
            self._read_s[deployment_id] = time.time()
            self.readings.note(number, deployment)
            self.earlier.pop(deployment_id, None)
            drafted = await self._drafted(deployment_id)
            drafts = (drafted, drafted)
            self._show(deployment, drafts, replace(opening, is_wish=is_wish and not is_shown))
            self.doubt()
        except Problem as problem:
            self._failed(deployment_id, problem, is_wish=is_wish, is_shown=is_shown)
        else:
            self.tasks.start(f"keep deployment {deployment_id}", self._keep(deployment))
        finally:
            if self._opening is asyncio.current_task():
                self._opening = None
                self.tell(opening_id="")
        self.opened(deployment_id, is_wish)

    async def _drafted(self, deployment_id: str) -> Draft | None:
        """The draft to be shown, as it is open, else as it is stored. The first one comes in the
        place of one that cannot be had. Read last of all: it may be renamed or deleted meanwhile.
        """
        key = self.wanted.key(deployment_id)
        if key in self.workbench.pages:
            return self.workbench.pages[key].draft
        drafted = await self.drafts.load(key)
        if drafted is None and key != deployment_id:
            self.wanted.forget(deployment_id, key)
        if key == self.wanted.key(deployment_id):
            return drafted
        return await self._drafted(deployment_id)

    async def _keep(self, deployment: Deployment) -> None:
        await self.offline.keep(deployment)
        await self.offline.see(deployment.deployment_id)

    async def _show_earlier(self, opening: _Opening) -> bool:
        """Whether a deployment that is not in view could be shown as it is known already."""
        deployment_id, shown = opening.deployment_id, opening.before.deployment
        if shown is not None and shown.deployment_id == deployment_id:
            return False
        known, seen = self.workbench.opened(deployment_id), None
        as_of_s = self.earlier.get(deployment_id, self._read_s.get(deployment_id, 0.0))
        if known is None:
            kept = await self.offline.read(deployment_id)
            if kept is None or not kept.deployment.has_workflow:
                return False
            known, as_of_s = kept.deployment, kept.kept_s
            seen = await self.offline.see(deployment_id)
        self.earlier[deployment_id] = as_of_s
        drafted = await self._drafted(deployment_id)
        drafts = (drafted, _as_seen(drafted, seen, known))
        self._show(known, drafts, opening)
        self.doubts_soon()
        return True

    def _failed(
        self, deployment_id: str, problem: Problem, *, is_wish: bool, is_shown: bool
    ) -> None:
        shown = self.workbench.state.deployment
        if shown is not None and shown.deployment_id == deployment_id:
            why = why_gone(problem, shown.name)
            self.workbench.set_gone(deployment_id, why)
            if why:
                self.earlier.pop(deployment_id, None)
                self.offline.forget(deployment_id)
            else:
                self.earlier.setdefault(deployment_id, self._read_s.get(deployment_id, 0.0))
            self.doubt()
            if not is_wish if why else is_shown:
                # Said in place of Run, or with what is shown of before.
                return
        self.notices.failure(problem)

    def _show(self, deployment: Deployment, drafts: _Drafts, opening: _Opening) -> None:
        """Brings a deployment that was read on the workbench, unless it is not wanted any more."""
        self.kinds.note(deployment)
        if not deployment.has_workflow:
            if opening.is_wish:
                self.notices.info(*no_workflow_words(deployment.name))
            return
        if self._bind(deployment, opening):
            self.schemas.want(deployment)
            return
        deployment_id, draft = deployment.deployment_id, self.workbench.state.draft
        is_file = draft is not None and draft.source.is_file
        if opening.is_wish:
            # A file that came while this was being read is the later wish.
            if is_file and _key(self.workbench.state) != _key(opening.before):
                return
        elif draft is not None and draft.deployment_id != deployment_id:
            return
        if draft is not None and is_file and not opening.is_wish:
            self.workbench.bind(deployment, draft.key)
        else:
            drafted, known = drafts
            self.workbench.open_deployment(deployment, drafted, self.wanted.key(deployment_id))
            self.news.compare((draft, known), self.workbench.state.draft)
        self._remember(deployment_id)
        self.schemas.want(deployment)

    def _bind(self, deployment: Deployment, opening: _Opening) -> bool:
        """Lets the draft that the deployment was asked for run on it, be it in view or not any
        more. False when there is no such draft."""
        page = self.workbench.pages.get(opening.file_key)
        deployment_id = deployment.deployment_id
        if opening.is_wish:
            binds = self.takes_over(opening.file_key, deployment_id)
        else:
            # What was bound as it was known before gets the newer record.
            binds = page is not None and page.draft.deployment_id == deployment_id
        if page is None or not binds:
            return False
        self.workbench.bind(deployment, opening.file_key)
        if opening.file_key == _key(self.workbench.state):
            self._remember(deployment_id)
        elif opening.is_wish:
            names = one_line(page.draft.source.name), one_line(deployment.name)
            self.notices.info(
                _("%s runs on %s from now on.") % names,
                _("It is not in view any more: open it again to run it. Nothing was run now."),
            )
        return True

    def _remember(self, deployment_id: str) -> None:
        if self.preferences is not None:
            self.preferences.set(last_deployment_id=deployment_id)

    def takes_over(self, file_key: str, deployment_id: str) -> bool:
        """Returns whether a deployment that is asked for becomes that of a file's draft: one that
        has its own keeps it, also while that is still on its way."""
        page = self.workbench.pages.get(file_key)
        if page is None or not page.draft.source.is_file:
            return False
        own_id = page.draft.deployment_id
        if self.workbench.record_of(own_id) is not None:
            return False
        return own_id in ("", deployment_id) or self.lacks(own_id)


def _key(bench: BenchState) -> str:
    return bench.draft.key if bench.draft is not None else ""


def _as_seen(drafted: Draft | None, seen: Workflow | None, deployment: Deployment) -> Draft | None:
    """The draft with the workflow that the person saw last, None when that is the one of now."""
    if seen is None:
        return None
    if drafted is None:
        return Draft(seen, Source(deployment.name), deployment.deployment_id)
    return drafted if drafted.workflow.nodes else replace(drafted, workflow=seen)
