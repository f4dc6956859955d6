"""The catalogue: the account's deployments, and the one whose workflow comes on the workbench."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.core.kinds import Kinds
from runcomfy_desktop.core.schemas import Schemas
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.core.wanted_drafts import WantedDrafts
from runcomfy_desktop.domain.deployment import Kind, no_workflow_words
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.store.drafts import DraftStore
    from runcomfy_desktop.store.schemas import SchemaStore


FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """All that views need of the catalogue.

    `problem` says why the last refresh failed; the list is then the one before. `loaded_s` is
    when the list came (0.0: never). `opening_id` is the deployment being opened, "" when none is.
    `kinds` has what each deployment runs, as far as that is known yet.
    """

    deployments: tuple[Deployment, ...] = ()
    loading: bool = False
    problem: Problem | None = None
    loaded_s: float = 0.0
    opening_id: str = ""
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    def is_other(self, deployment_id: str) -> bool:
        """Whether it is known to run something that this program cannot edit or run."""
        return self.kinds.get(deployment_id) is Kind.OTHER


class Catalogue:
    """Lists deployments and opens them; every intent returns at once. Publishes `changed`, and
    `vanished` with the deployment in use when it was deleted elsewhere.

    `remembers` says whether the deployment opened last is kept for the next start; `schemas` keeps
    what the inputs of deployments take.
    """

    def __init__(  # noqa: PLR0913 - by name, made in one place
        self,
        client: Client,
        workbench: Workbench,
        drafts: DraftStore,
        preferences: Preferences,
        notices: Notices,
        *,
        remembers: bool = True,
        schemas: SchemaStore | None = None,
    ) -> None:
        self.state = CatalogueState()
        self.changed: Topic[CatalogueState] = Topic()
        self.vanished: Topic[Deployment] = Topic()
        self._client = client
        self._workbench = workbench
        self._drafts = drafts
        self._preferences = preferences
        self._notices = notices
        self._remembers = remembers
        self._tasks = Tasks(notices.failure)
        self._kinds = Kinds(client, self._tasks, lambda kinds: self._set(kinds=kinds))
        self._refreshing: asyncio.Task[Any] | None = None
        self._opening: asyncio.Task[Any] | None = None
        self._schemas = Schemas(client, workbench, self._tasks, notices, schemas)
        self._tried: set[str] = set()
        self._wanted = WantedDrafts()
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
        if self._kinds.is_other(deployment_id):
            rows = self.state.deployments
            name = next((row.name for row in rows if row.deployment_id == deployment_id), "")
            self._notices.info(*no_workflow_words(name or deployment_id))
            return
        self._wanted.wish("", "")
        self._open(deployment_id, is_wish=True)

    def open_draft(self, deployment_id: str, key: str) -> None:
        """Brings a draft of a deployment's own workflow on screen; no file is bound to it."""
        self._wanted.wish(deployment_id, key)
        self._open(deployment_id, is_wish=True)

    def give_up(self) -> None:
        """Something else was wished for while a deployment was being read."""
        if self._opening is not None:
            self._opening.cancel()

    def forget_draft(self, deployment_id: str, key: str) -> None:
        """A draft is deleted: the first one of its deployment comes in its place."""
        if self._wanted.key(deployment_id) == key:
            self._wanted.prefer(deployment_id, "")

    def try_again(self, deployment_id: str) -> None:
        """Reads a deployment for a file once more, though that failed before."""
        self._tried.discard(deployment_id)

    def begin_with(self, deployment_id: str, key: str) -> None:
        """What is opened first, before anything is listed."""
        self._wanted.begin_with(deployment_id, key)

    def hold_first(self) -> Callable[[], None]:
        """Opens nothing by itself until what is returned is called: a file is on its way."""
        self._wanted.is_held = True

        def go_on() -> None:
            self._wanted.is_held = False
            if self.state.loaded_s:
                self._open_first()

        return go_on

    def clear(self) -> None:
        """Forgets the list: it was another key's."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._kinds.forget()
        self._set(deployments=(), loading=False, problem=None, loaded_s=0.0)

    def take(self, deployment: Deployment) -> None:
        """A record that came otherwise, newer than the one in the list."""
        rows = self.state.deployments
        is_it = [each.deployment_id == deployment.deployment_id for each in rows]
        listed = tuple(deployment if same else each for each, same in zip(rows, is_it, strict=True))
        self._set(deployments=listed)
        self._follow_changes()

    def drop(self, deployment_id: str) -> None:
        """A deployment is deleted; the list need not be read to know."""
        rows = self.state.deployments
        self._set(deployments=tuple(row for row in rows if row.deployment_id != deployment_id))

    async def read(self, deployment_id: str) -> Deployment:
        """The record of a deployment, with its workflow, as it is now. Raises Problem."""
        return await read_deployment(self._client, deployment_id)

    async def is_gone(self, deployment_id: str) -> bool:
        """Whether the deployment in use has been deleted; `vanished` has been told then."""
        shown = self._workbench.state.deployment
        if shown is None or shown.deployment_id != deployment_id:
            return False
        return await self._look_for(shown)

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
        self._learn_kinds()

    def _learn_kinds(self) -> None:
        # What the person waits for comes first.
        if not self.state.opening_id:
            self._kinds.learn(self.state.deployments)

    def _open_first(self) -> None:
        """What was open last time, else the first that can be used, if nothing is open yet."""
        is_open = self._workbench.state.draft is not None or self._wanted.is_held
        if is_open or self.state.opening_id:
            return
        last_id = self._wanted.first_id or self._preferences.settings.last_deployment_id
        usable = [
            each
            for each in self.state.deployments
            if (each.is_enabled or each.deployment_id == self._wanted.first_id)
            and not self._kinds.is_other(each.deployment_id)
        ]
        ranked = sorted(usable, key=lambda each: each.deployment_id != last_id)
        if ranked:
            self._open(ranked[0].deployment_id, is_wish=False)

    def _follow_changes(self) -> None:
        """A deployment that was edited on RunComfy since it was opened is read again; of one that
        is not listed any more it is found out why."""
        shown = self._workbench.state.deployment
        if shown is None:
            return
        for each in self.state.deployments:
            if each.deployment_id == shown.deployment_id:
                self._workbench.set_gone(each.deployment_id, "")
                if (each.updated_at, each.is_enabled) != (shown.updated_at, shown.is_enabled):
                    self._open(each.deployment_id, is_wish=False)
                return
        self._tasks.start(f"look for {shown.deployment_id}", self._look_for(shown))

    async def _look_for(self, shown: Deployment) -> bool:
        """Whether it has been deleted."""
        why, is_gone = "", False
        try:
            # The list may have pages; the record itself knows.
            await read_deployment(self._client, shown.deployment_id, includes=())
        except Problem as problem:
            why = _why_gone(problem, shown.name)
            if not why:
                return False
            is_gone = problem.kind is ProblemKind.NOT_FOUND
        if is_gone:
            self.vanished.publish(shown)
        self._workbench.set_gone(shown.deployment_id, why)
        return is_gone

    def _on_bench_changed(self, bench: BenchState) -> None:
        """A file that belonged to a deployment last time gets it back, once it is listed."""
        draft = bench.draft
        if draft is not None and not draft.source.is_file:
            self._wanted.saw(draft.deployment_id, draft.key)
        if draft is None or bench.deployment is not None or self.state.opening_id:
            return
        wanted = draft.deployment_id
        listed = any(each.deployment_id == wanted for each in self.state.deployments)
        if listed and wanted not in self._tried and not self._kinds.is_other(wanted):
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
            kept = await self._drafts.load(self._wanted.key(deployment_id))
            self._show(deployment, kept, before, is_wish=is_wish)
        except Problem as problem:
            self._failed(deployment_id, problem, is_wish=is_wish)
        finally:
            if self._opening is asyncio.current_task():
                self._opening = None
                self._set(opening_id="")
        if not is_wish and self._kinds.is_other(deployment_id):
            self._open_first()
        self._learn_kinds()

    def _failed(self, deployment_id: str, problem: Problem, *, is_wish: bool) -> None:
        shown = self._workbench.state.deployment
        if shown is not None and shown.deployment_id == deployment_id:
            why = _why_gone(problem, shown.name)
            self._workbench.set_gone(deployment_id, why)
            if why and not is_wish:
                # Said in place of Run.
                return
        self._notices.failure(problem)

    def _show(
        self, deployment: Deployment, kept: Draft | None, before: BenchState, *, is_wish: bool
    ) -> None:
        """Brings a deployment that was read on the workbench, unless it is not wanted any more."""
        self._kinds.note(deployment)
        if not deployment.has_workflow:
            if is_wish:
                self._notices.info(*no_workflow_words(deployment.name))
            return
        bench = self._workbench.state
        draft = bench.draft
        is_file = draft is not None and draft.source.is_file
        if is_wish:
            # A file that came while this was being read is the later wish.
            came_later = is_file and _key(bench) != _key(before)
            binds = is_file and bench.deployment is None
            binds = binds and not self._wanted.is_wished(deployment.deployment_id)
            if came_later and not binds:
                return
        else:
            binds = is_file
            if draft is not None and draft.deployment_id != deployment.deployment_id:
                return
        if binds:
            self._workbench.bind(deployment)
        else:
            key = self._wanted.key(deployment.deployment_id)
            self._workbench.open_deployment(deployment, kept, key)
        self._tell_changes(draft, deployment)
        if self._remembers:
            self._preferences.set(last_deployment_id=deployment.deployment_id)
        self._schemas.want(deployment)

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

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            self.state = state
            self.changed.publish(state)


def _key(bench: BenchState) -> str:
    return bench.draft.key if bench.draft is not None else ""


def _why_gone(problem: Problem, name: str) -> str:
    """What is said in place of Run when a deployment cannot be read any more; "" when it may."""
    if problem.kind is ProblemKind.NOT_FOUND:
        return _("%s has been deleted: choose another deployment") % name
    if problem.kind is ProblemKind.FOREIGN:
        return _("%s belongs to another account than this key: choose another deployment") % name
    return ""
