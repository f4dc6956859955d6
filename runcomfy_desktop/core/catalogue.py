"""The catalogue: the account's deployments, and the one whose workflow comes on the workbench.

What is known of before is shown at once, and what the network says takes its place.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.core.again import Again
from runcomfy_desktop.core.catalogue_state import CatalogueState
from runcomfy_desktop.core.deployment_readings import DeploymentReadings
from runcomfy_desktop.core.kinds import Kinds
from runcomfy_desktop.core.offline import Offline
from runcomfy_desktop.core.opener import PATIENCE_S, Opener
from runcomfy_desktop.core.schemas import Schemas
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.core.wanted_drafts import WantedDrafts
from runcomfy_desktop.core.workflow_news import WorkflowNews, why_gone
from runcomfy_desktop.domain.deployment import no_workflow_words, runs_otherwise
from runcomfy_desktop.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.deployment import Deployment, Kind
    from runcomfy_desktop.store.deployments import DeploymentStore, KeptDeployment
    from runcomfy_desktop.store.drafts import DraftStore
    from runcomfy_desktop.store.schemas import SchemaStore

__all__ = ["FRESH_S", "Catalogue", "CatalogueState"]

FRESH_S = 60.0
PAID_FRESH_S = 600.0
"""What was read longer ago is read again before it is paid for."""
RUN_WAIT_S = 2.0
"""A run waits no longer than this for that."""
# Nobody else can do anything about these, and they pass.
_PASSING = (
    ProblemKind.OFFLINE,
    ProblemKind.TIMEOUT,
    ProblemKind.BUSY,
    ProblemKind.SERVER,
    ProblemKind.UNREADABLE,
)


class Catalogue:
    """Lists deployments and opens them; every intent returns at once. Publishes `changed`,
    `wished` with the id of one that somebody asks for, `vanished` with the deployment in use when
    it was deleted elsewhere, and `unreachable` when the network had no answer. `news` has what
    changed in deployments.

    `remembers` says whether the deployment opened last is kept for the next start; `schemas` keeps
    what the inputs of deployments take, `kept` the deployments themselves. A run waits at most
    `run_wait_s` for what is read again.
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
        kept: DeploymentStore | None = None,
        now: Callable[[], float] = time.time,
        run_wait_s: float = RUN_WAIT_S,
    ) -> None:
        self._now, self._run_wait_s = now, run_wait_s
        self._readings = DeploymentReadings(workbench.record_of)
        self._confirmations, self._is_slow = 0, False
        self.state = CatalogueState()
        self.changed: Topic[CatalogueState] = Topic()
        self.wished: Topic[str] = Topic()
        self.vanished: Topic[Deployment] = Topic()
        self.unreachable: Topic[Problem] = Topic()
        self.news = WorkflowNews(notices)
        self._client = client
        self._workbench, self._preferences, self._notices = workbench, preferences, notices
        self._tasks = Tasks(notices.failure)
        self._offline = Offline(kept, self._tasks)
        self._kinds = Kinds(client, self._tasks, self._set_kinds, self._keep_all)
        self._refreshing: asyncio.Task[Any] | None = None
        self._showing_kept: list[asyncio.Task[Any]] = []
        self.wanted = WantedDrafts()
        self._opener = self._made_opener(
            drafts, Schemas(client, workbench, self._tasks, notices, schemas), remembers=remembers
        )
        self._tried: set[str] = set()
        # When the list was read that is shown of before; when reading one failed last.
        self._kept_s = self._failed_s = 0.0
        self._again = Again(self._ask)
        self._links = Subscriptions()
        self._links.add(workbench.changed, self._on_bench_changed)

    async def close(self) -> None:
        """Ends what is going on."""
        self._links.close()
        self._again.hold()
        await self._tasks.close()

    # Intents

    def start(self) -> None:
        """Shows what was kept, until the network has answered."""
        self._showing_kept.append(self._tasks.start("show kept deployments", self._show_kept()))

    def doubt(self) -> None:
        """Says of what is shown from before that it is so: nothing newer is to be had now."""
        self._set(kept_s=self._kept_s if not self.state.loaded_s else 0.0)
        self._opener.doubt()

    def refresh(self) -> None:
        """Reads the list anew."""
        self._set(loading=True)
        self._ask()

    def freshen(self, after_s: float = FRESH_S) -> None:
        """Reads a list anew that is older than `after_s`: a deployment that was edited meanwhile
        would run with other values than those on screen."""
        age_s = self._now() - self.state.loaded_s
        if self.state.loaded_s and not self.state.loading and age_s >= after_s:
            self.refresh()

    def confirm(self, then: Callable[[], object]) -> None:
        """Calls `then` when what is known is young enough to be paid for: at once, or after the
        list was read anew, and the deployment in view where it changed. That is waited for at most
        RUN_WAIT_S, and not at all where the last try failed a moment ago."""
        if self._is_list_known() and not self._is_behind():
            then()
        else:
            self._tasks.start("look before a run", self._confirm(then, self._is_coming))

    def confirm_list(self, then: Callable[[], object]) -> None:
        """Does the same for jobs that are not in view: by the list alone."""
        if self._is_list_known():
            then()
        else:
            is_coming = self._is_list_coming
            self._tasks.start("look before a job", self._confirm(then, is_coming))

    def file_for(self, deployment_id: str) -> str:
        """The key of the draft in view, when it is that of a file which a deployment that is asked
        for becomes the one to run on; "" otherwise."""
        draft = self._workbench.state.draft
        key = draft.key if draft is not None else ""
        return key if self._opener.takes_over(key, deployment_id) else ""

    def open(self, deployment_id: str, file_key: str | None = None) -> None:
        """Brings a deployment's workflow on screen; the last wish wins.

        When a file that no deployment belongs to yet is in view, the deployment becomes the one
        which that file runs on, and no file that comes later. `file_key` is that of another draft
        to be bound, "" for none.
        """
        if file_key is None:
            file_key = self.file_for(deployment_id)
        if self._opener.is_wished(deployment_id, file_key):
            return
        if self._kinds.is_other(deployment_id):
            rows = self.state.deployments
            name = next((row.name for row in rows if row.deployment_id == deployment_id), "")
            self._notices.info(*no_workflow_words(name or deployment_id))
            return
        self.wished.publish(deployment_id)
        self._opener.open(deployment_id, is_wish=True, file_key=file_key)

    def open_draft(self, deployment_id: str, key: str) -> None:
        """Brings a draft of a deployment's own workflow on screen; no file is bound to it."""
        self.wanted.prefer(deployment_id, key)
        self._opener.open(deployment_id, is_wish=True)

    def give_up(self) -> None:
        """Something else was wished for while a deployment was being read."""
        self._opener.give_up()

    def try_again(self, deployment_id: str) -> None:
        """Reads a deployment for a file once more, though that failed before."""
        self._tried.discard(deployment_id)

    def hold_first(self) -> Callable[[], None]:
        """Opens nothing by itself until what is returned is called: a file is on its way."""
        self.wanted.is_held = True

        def go_on() -> None:
            self.wanted.is_held = False
            if self.state.loaded_s:
                self._open_first()
            elif self._kept_s:
                shows = self._tasks.start("show a kept deployment", self._show_first_kept())
                self._showing_kept.append(shows)

        return go_on

    def clear(self, *, forget: bool = True) -> None:
        """The list was another key's; without `forget` nobody can tell, and what is kept of it on
        the disk is not shown until this key's own list has come."""
        self._again.hold()
        if self._refreshing is not None:
            self._refreshing.cancel()
        while self._showing_kept:
            self._showing_kept.pop().cancel()
        self._opener.cancel()
        if forget:
            self._offline.forget()
        else:
            self._offline.distrust()
        self._kinds.forget()
        self._kept_s = 0.0
        self._readings.clear()
        self.state = CatalogueState()
        self.changed.publish(self.state)

    def newest(self, deployment_id: str) -> Deployment | None:
        """The record of a deployment that was read last, in the list or by itself; None when no
        list was read since the start."""
        if not self.state.loaded_s:
            return None
        rows = self.state.deployments
        listed = next((row for row in rows if row.deployment_id == deployment_id), None)
        return self._readings.newest(deployment_id, listed)

    async def kept(self, deployment_id: str) -> KeptDeployment | None:
        """A deployment as it was read last, for who cannot read it now."""
        return await self._offline.read(deployment_id)

    def take(self, deployment: Deployment) -> None:
        """A record that came otherwise, newer than the one in the list."""
        self._readings.note(self._readings.begin(), deployment)
        rows = self.state.deployments
        is_it = [each.deployment_id == deployment.deployment_id for each in rows]
        listed = tuple(deployment if same else each for each, same in zip(rows, is_it, strict=True))
        self._set(deployments=listed)
        self._follow_changes()

    def drop(self, deployment_id: str) -> None:
        """A deployment is deleted; the list need not be read to know."""
        self._offline.forget(deployment_id)
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

    def _made_opener(self, drafts: DraftStore, schemas: Schemas, *, remembers: bool) -> Opener:
        return Opener(
            client=self._client,
            workbench=self._workbench,
            drafts=drafts,
            preferences=self._preferences if remembers else None,
            notices=self._notices,
            tasks=self._tasks,
            kinds=self._kinds,
            schemas=schemas,
            offline=self._offline,
            news=self.news,
            wanted=self.wanted,
            tell=self._set,
            opened=self._on_opened,
            lacks=self._lacks,
            readings=self._readings,
        )

    def _lacks(self, deployment_id: str) -> bool:
        """Whether it is known that a deployment is none to run on: not listed, or not of a kind
        that has a workflow."""
        if self._kinds.is_other(deployment_id):
            return True
        ids = {each.deployment_id for each in self.state.deployments}
        return bool(self.state.loaded_s) and deployment_id not in ids

    async def _show_kept(self) -> None:
        found = await self._offline.listed()
        unseen = await self._offline.unseen(found.deployments) if found is not None else frozenset()
        # The newer one may have come while this was read.
        if found is None or self.state.loaded_s:
            return
        self._kept_s = found.kept_s
        self._kinds.recall(found.deployments, found.kinds)
        self._set(deployments=found.deployments, unseen=unseen)
        await self._show_first_kept()
        await asyncio.sleep(PATIENCE_S)
        self.doubt()

    async def _show_first_kept(self) -> None:
        bench = self._workbench.state
        is_unbound = bench.draft is not None and bench.deployment is None
        wanted = bench.draft.deployment_id if bench.draft and is_unbound else self._first_id()
        if wanted:
            await self._opener.show_kept(wanted)

    def _is_young(self) -> bool:
        return 0.0 <= self._now() - self.state.loaded_s < PAID_FRESH_S

    def _failed_lately(self) -> bool:
        has_failed = self.state.problem is not None or self._is_slow
        return has_failed and 0.0 <= self._now() - self._failed_s < FRESH_S

    def _is_behind(self) -> bool:
        """Returns whether the deployment in view is known to be another by now."""
        shown = self._workbench.state.deployment
        now = self.newest(shown.deployment_id) if shown is not None else None
        return shown is not None and now is not None and runs_otherwise(now, shown)

    def _is_list_known(self) -> bool:
        """Returns whether the list is young, or nothing can be done about that."""
        if self._is_young():
            return True
        if self._is_list_coming():
            return self._failed_lately() and self._is_slow
        return self._failed_lately() or not self.state.loaded_s

    def _is_list_coming(self) -> bool:
        now = self.state
        # At a start what was kept is shown before there is a list.
        return now.loading or (not now.loaded_s and self._kept_s > 0 and not now.kept_s)

    def _is_coming(self) -> bool:
        """Returns whether something newer than what is shown is on its way."""
        return self._is_list_coming() or bool(self.state.opening_id)

    async def _confirm(self, then: Callable[[], object], is_coming: Callable[[], bool]) -> None:
        is_still = asyncio.Event()

        def listen(_state: CatalogueState) -> None:
            if is_coming():
                is_still.clear()
            else:
                is_still.set()

        leave = self.changed.subscribe(listen)
        self._note_confirmation(1)
        try:
            if self.state.loaded_s and not self._is_coming():
                if self._is_young():
                    # The list tells that the record was changed, and that could not be read.
                    self._follow_changes()
                else:
                    self.refresh()
            async with asyncio.timeout(self._run_wait_s):
                while is_coming():
                    is_still.clear()
                    await is_still.wait()
        except TimeoutError:
            # Runs go by what is known, as they do without a network, and the next does not wait.
            if self._is_list_coming():
                self._failed_s, self._is_slow = self._now(), True
        finally:
            leave()
            self._note_confirmation(-1)
        then()

    def _note_confirmation(self, difference: int) -> None:
        self._confirmations += difference
        self._set(is_confirming=self._confirmations > 0)

    def _ask(self) -> None:
        self._again.hold()
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._refreshing = self._tasks.start("list deployments", self._refresh())

    async def _refresh(self) -> None:
        number = self._readings.begin()
        try:
            found = await list_deployments(self._client)
        except Problem as problem:
            self._not_listed(problem)
            return
        is_first = not self.state.loaded_s
        self._tried.clear()
        self._again.rest()
        self._offline.keep_list(found)
        self._readings.note_list(number)
        self._is_slow = False
        self._set(deployments=found, loading=False, problem=None, loaded_s=self._now(), kept_s=0.0)
        if is_first:
            self._open_first()
        self._follow_changes()
        self._on_bench_changed(self._workbench.state)
        self._learn_kinds()

    def _not_listed(self, problem: Problem) -> None:
        self._failed_s = self._now()
        shown = self._workbench.state.deployment
        if shown is not None and self.state.loaded_s:
            # The list said that it is as it was read.
            self._opener.earlier.setdefault(shown.deployment_id, self.state.loaded_s)
        self._set(loading=False, problem=problem)
        self.doubt()
        self.unreachable.publish(problem)
        if problem.kind in _PASSING:
            self._again.soon()

    async def _keep_all(self, deployments: Sequence[Deployment]) -> None:
        await self._offline.keep_all(deployments)
        self._set(unseen=await self._offline.unseen(self.state.deployments))

    def _learn_kinds(self) -> None:
        # What the person waits for comes first.
        if not self.state.opening_id:
            self._kinds.learn(self.state.deployments)

    def _open_first(self) -> None:
        deployment_id = self._first_id()
        if deployment_id:
            self._opener.open(deployment_id, is_wish=False)

    def _first_id(self) -> str:
        """What was open last time, else the first that can be used; "" if something is open."""
        is_open = self._workbench.state.draft is not None or self.wanted.is_held
        if is_open or self.state.opening_id:
            return ""
        first_id = self.wanted.first_id
        last_id = first_id or self._preferences.settings.last_deployment_id
        usable = [
            each.deployment_id
            for each in self.state.deployments
            if (each.is_enabled or each.deployment_id == first_id)
            and not self._kinds.is_other(each.deployment_id)
        ]
        return min(usable, key=lambda each: each != last_id, default="")

    def _follow_changes(self) -> None:
        """A deployment that was edited on RunComfy since it was opened is read again, and so is
        one that is shown as it was kept; of one that is not listed any more it is found out why."""
        shown = self._workbench.state.deployment
        if shown is None:
            return
        for each in self.state.deployments:
            if each.deployment_id == shown.deployment_id:
                self._workbench.set_gone(each.deployment_id, "")
                is_other = each.updated_at != shown.updated_at or runs_otherwise(each, shown)
                is_other = is_other or each.deployment_id in self._opener.earlier
                # What somebody asked for meanwhile comes first.
                if is_other and not self.state.opening_id:
                    self._opener.open(each.deployment_id, is_wish=False)
                return
        self._tasks.start(f"look for {shown.deployment_id}", self._look_for(shown))

    async def _look_for(self, shown: Deployment) -> bool:
        """Whether it has been deleted."""
        why, is_gone = "", False
        try:
            # The list may have pages; the record itself knows.
            await read_deployment(self._client, shown.deployment_id, includes=())
        except Problem as problem:
            why = why_gone(problem, shown.name)
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
            self.wanted.saw(draft.deployment_id, draft.key)
        if draft is None or bench.deployment is not None or self.state.opening_id:
            return
        wanted = draft.deployment_id
        listed = any(each.deployment_id == wanted for each in self.state.deployments)
        if listed and wanted not in self._tried and not self._kinds.is_other(wanted):
            self._tried.add(wanted)
            self._opener.open(wanted, is_wish=False)

    def _on_opened(self, deployment_id: str, is_wish: bool) -> None:
        self._set(unseen=self.state.unseen - {deployment_id})
        if not is_wish and self._kinds.is_other(deployment_id):
            self._open_first()
        self._learn_kinds()

    def _set_kinds(self, kinds: Mapping[str, Kind]) -> None:
        self._set(kinds=kinds)

    def _set(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            self.state = state
            self.changed.publish(state)
