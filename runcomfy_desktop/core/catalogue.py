"""The catalogue: the account's deployments, and the one whose workflow comes on the workbench."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import (
    list_deployments,
    read_deployment,
    read_object_info,
)
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.store.drafts import DraftStore


FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """All that views need of the catalogue.

    `problem` says why the last refresh failed; the list is then the one before. `loaded_s` is
    when the list came (0.0: never). `opening_id` is the deployment being opened, "" when none is.
    """

    deployments: tuple[Deployment, ...] = ()
    loading: bool = False
    problem: Problem | None = None
    loaded_s: float = 0.0
    opening_id: str = ""


class Catalogue:
    """Lists deployments and opens them. Publishes `changed`; every intent returns at once.

    `remembers` says whether the deployment opened last is kept for the next start.
    """

    def __init__(
        self,
        client: Client,
        workbench: Workbench,
        drafts: DraftStore,
        preferences: Preferences,
        notices: Notices,
        *,
        remembers: bool = True,
    ) -> None:
        self.state = CatalogueState()
        self.changed: Topic[CatalogueState] = Topic()
        self._client = client
        self._workbench = workbench
        self._drafts = drafts
        self._preferences = preferences
        self._notices = notices
        self._remembers = remembers
        self._tasks = Tasks(notices.failure)
        self._refreshing: asyncio.Task[Any] | None = None
        self._opening: asyncio.Task[Any] | None = None
        # The state of each deployment whose schema the workbench has, or will have soon.
        self._schema_of: dict[str, tuple[str, str]] = {}
        self._tried: set[str] = set()
        self._links = Subscriptions()
        self._links.add(workbench.changed, self._on_bench_changed)

    async def close(self) -> None:
        """Ends what is going on."""
        self._links.close()
        await self._tasks.close()

    # Intents

    def refresh(self) -> None:
        """Reads the list anew."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._set(loading=True)
        self._refreshing = self._tasks.start("list deployments", self._refresh())

    def freshen(self, after_s: float = FRESH_S) -> None:
        """Reads a list anew that is older than `after_s`: a deployment that was edited meanwhile
        would run with other values than those on screen."""
        age_s = time.time() - self.state.loaded_s
        if self.state.loaded_s and not self.state.loading and age_s >= after_s:
            self.refresh()

    def open(self, deployment_id: str) -> None:
        """Brings a deployment's workflow on screen; the last wish wins.

        When the workbench holds a file that no deployment belongs to yet, the deployment becomes
        the one which that file runs on.
        """
        if deployment_id == self.state.opening_id:
            return
        self._open(deployment_id, is_wish=True)

    def clear(self) -> None:
        """Forgets the list: it was another key's."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._set(deployments=(), loading=False, problem=None, loaded_s=0.0)

    # Inside

    async def _refresh(self) -> None:
        try:
            found = await list_deployments(self._client)
        except Problem as problem:
            self._set(loading=False, problem=problem)
            return
        is_first = not self.state.loaded_s
        self._tried.clear()
        self._set(deployments=found, loading=False, problem=None, loaded_s=time.time())
        if is_first:
            self._open_first()
        self._follow_changes()
        self._on_bench_changed(self._workbench.state)

    def _open_first(self) -> None:
        """What was open last time, else the first that can be used, if nothing is open yet."""
        if self._workbench.state.draft is not None or self.state.opening_id:
            return
        last_id = self._preferences.settings.last_deployment_id
        usable = [each for each in self.state.deployments if each.is_enabled]
        ranked = sorted(usable, key=lambda each: each.deployment_id != last_id)
        if ranked:
            self._open(ranked[0].deployment_id, is_wish=False)

    def _follow_changes(self) -> None:
        """A deployment that was edited on RunComfy since it was opened is read again."""
        shown = self._workbench.state.deployment
        if shown is None:
            return
        for each in self.state.deployments:
            is_newer = (each.updated_at, each.is_enabled) != (shown.updated_at, shown.is_enabled)
            if each.deployment_id == shown.deployment_id and is_newer:
                self._open(each.deployment_id, is_wish=False)

    def _on_bench_changed(self, bench: BenchState) -> None:
        """A file that belonged to a deployment last time gets it back, once it is listed."""
        draft = bench.draft
        if draft is None or bench.deployment is not None or self.state.opening_id:
            return
        wanted = draft.deployment_id
        listed = any(each.deployment_id == wanted for each in self.state.deployments)
        if listed and wanted not in self._tried:
            self._tried.add(wanted)
            self._open(wanted, is_wish=False)

    def _open(self, deployment_id: str, *, is_wish: bool) -> None:
        if self._opening is not None:
            self._opening.cancel()
        self._set(opening_id=deployment_id)
        self._opening = self._tasks.start(
            f"open deployment {deployment_id}", self._read_and_show(deployment_id, is_wish=is_wish)
        )

    async def _read_and_show(self, deployment_id: str, *, is_wish: bool) -> None:
        before = self._workbench.state
        try:
            deployment = await read_deployment(self._client, deployment_id)
            kept = await self._drafts.load(deployment_id)
            self._show(deployment, kept, before, is_wish=is_wish)
        except Problem as problem:
            self._notices.failure(problem)
        finally:
            if self._opening is asyncio.current_task():
                self._opening = None
                self._set(opening_id="")

    def _show(
        self, deployment: Deployment, kept: Draft | None, before: BenchState, *, is_wish: bool
    ) -> None:
        """Brings a deployment that was read on the workbench, unless it is not wanted any more."""
        if deployment.payload is None or deployment.payload.workflow is None:
            raise _no_workflow(deployment)
        bench = self._workbench.state
        draft = bench.draft
        is_file = draft is not None and draft.source.is_file
        if is_wish:
            # A file that came while this was being read is the later wish.
            came_later = is_file and _key(bench) != _key(before)
            binds = is_file and bench.deployment is None
            if came_later and not binds:
                return
        else:
            binds = is_file
            if draft is not None and draft.deployment_id != deployment.deployment_id:
                return
        if binds:
            self._workbench.bind(deployment)
        else:
            self._workbench.open_deployment(deployment, kept)
        self._tell_changes(draft, deployment)
        if self._remembers:
            self._preferences.set(last_deployment_id=deployment.deployment_id)
        self._want_schema(deployment, deployment.payload.object_info_url)

    def _tell_changes(self, before: Draft | None, deployment: Deployment) -> None:
        """Says so when the deployment's workflow became another one under the person's hands."""
        after = self._workbench.state.draft
        if before is None or after is None or before.key != after.key:
            return
        if before.workflow == after.workflow:
            return
        lost = len(before.changes) - len(after.changes)
        detail = _("Your changes were carried over.")
        if lost > 0:
            detail = (
                n_(
                    "%d of your changes does not fit any more, or is its new value.",
                    "%d of your changes do not fit any more, or are its new values.",
                    lost,
                )
                % lost
            )
        self._notices.info(_("The workflow of %s has changed.") % deployment.name, detail)

    # Kinds of inputs

    def _want_schema(self, deployment: Deployment, url: str) -> None:
        """Has the deployment's `object_info` read, once for each state of the deployment."""
        deployment_id = deployment.deployment_id
        state = _schema_state(deployment)
        if not url or self._schema_of.get(deployment_id) == state:
            return
        self._schema_of[deployment_id] = state
        self._tasks.start(f"read schema {deployment_id}", self._read_schema(deployment, url))

    async def _read_schema(self, deployment: Deployment, url: str) -> None:
        deployment_id = deployment.deployment_id
        try:
            schema = Schema(await read_object_info(self._client, url))
        except Problem as problem:
            # The next opening tries again.
            self._schema_of.pop(deployment_id, None)
            self._notices.tell(
                Notice(
                    NoticeLevel.WARNING,
                    _("The kinds of inputs of %s could not be loaded.") % deployment.name,
                    _(
                        "Each input is edited by the value that it has; limits and choices are "
                        "not known. Open the deployment again to try once more."
                    ),
                    problem.technical or problem.sentence(),
                )
            )
            return
        if self._schema_of.get(deployment_id) == _schema_state(deployment):
            self._workbench.set_schema(deployment_id, schema)

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            self.state = state
            self.changed.publish(state)


def _key(bench: BenchState) -> str:
    return bench.draft.key if bench.draft is not None else ""


def _schema_state(deployment: Deployment) -> tuple[str, str]:
    return deployment.workflow_version, deployment.updated_at


def _no_workflow(deployment: Deployment) -> Problem:
    return Problem(
        _("This deployment runs a LoRA, not a ComfyUI workflow, so there is nothing to edit."),
        _("%s was made in RunComfy's trainer.") % deployment.name,
        _("Choose a deployment that was made from a workflow."),
    )
