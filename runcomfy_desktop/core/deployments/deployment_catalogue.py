"""The account's deployments, and the opening of their workflows in the draft editor.

Cached data is shown at once and replaced when the service responds.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.api.deployments import list_deployments, read_deployment
from runcomfy_desktop.core.base.retry_timer import RetryTimer
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.deployments.deployment_cache import DeploymentCache
from runcomfy_desktop.core.deployments.deployment_kinds import DeploymentKinds
from runcomfy_desktop.core.deployments.deployment_opener import (
    AS_OF_DELAY_S,
    DeploymentOpener,
    PreferredDrafts,
)
from runcomfy_desktop.core.deployments.latest_deployments import LatestDeployments
from runcomfy_desktop.core.deployments.schema_loader import SchemaLoader
from runcomfy_desktop.core.deployments.workflow_change_notifier import (
    WorkflowChangeNotifier,
    unavailable_reason,
)
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import (
    DeploymentKind,
    changes_runs,
    no_workflow_texts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.store.deployments import CachedDeployment, DeploymentStore
    from runcomfy_desktop.store.drafts import DraftStore
    from runcomfy_desktop.store.schemas import SchemaStore

__all__ = ["MAX_LIST_AGE_S", "DeploymentCatalogue", "DeploymentCatalogueState"]
MAX_LIST_AGE_S = 60.0
MAX_AGE_BEFORE_RUN_S = 600.0
"""Age in seconds above which data is read again before a paid run."""
MAX_RUN_WAIT_S = 2.0
"""Longest time in seconds that a run waits for fresh data."""
# These problems pass without the user's help, so the list is requested again later.
_TRANSIENT_PROBLEMS = (
    ProblemKind.OFFLINE,
    ProblemKind.TIMEOUT,
    ProblemKind.BUSY,
    ProblemKind.SERVER,
    ProblemKind.UNREADABLE,
)


@dataclass(frozen=True, slots=True)
class DeploymentCatalogueState:
    """Everything that views need to know about the catalogue.

    `problem` is why the last refresh failed; the list is then the previous one. `loaded_s` is when
    the list was read (0.0: never). `opening_id` is the deployment being opened, "" if there is
    none; `is_confirming` is true while runs wait to learn if their deployment has changed. `kinds`
    maps deployments to what they run, if known.

    `cached_s` is when the shown list was read if it comes from the cache and is marked as outdated,
    else 0.0. `as_of` maps each deployment shown from older data to the time at which the data was
    read. `unseen` are the deployments with a workflow other than the one that the user saw last.
    """

    deployments: tuple[Deployment, ...] = ()
    loading: bool = False
    problem: Problem | None = None
    loaded_s: float = 0.0
    opening_id: str = ""
    is_confirming: bool = False
    kinds: Mapping[str, DeploymentKind] = field(default_factory=dict)
    cached_s: float = 0.0
    as_of: Mapping[str, float] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()

    def find(self, deployment_id: str) -> Deployment | None:
        """Returns the record of a deployment in the list; None if it is not listed."""
        return next((row for row in self.deployments if row.deployment_id == deployment_id), None)

    def is_unsupported(self, deployment_id: str) -> bool:
        """Returns True if a deployment is known to run something that cannot be edited or run."""
        return self.kinds.get(deployment_id) is DeploymentKind.OTHER

    def as_of_s(self, deployment_id: str) -> float:
        """Returns when the shown workflow of a deployment was read if it is outdated, else 0.0."""
        return self.as_of.get(deployment_id, 0.0)

    @property
    def list_as_of_s(self) -> float:
        """Time at which the shown list was read if it is outdated, else 0.0."""
        return self.cached_s or (self.loaded_s if self.problem is not None else 0.0)


class DeploymentCatalogue:
    """Lists deployments and opens them; every command returns at once.

    Publishes `changed`, `open_requested` with the id of a deployment that the user opens,
    `deployment_deleted` with the deployment in use if it was deleted elsewhere, and `unreachable`
    when the list could not be read. `change_notifier` reports changes to workflows.

    `remember_last`: store which deployment was opened last, for the next start. `schema_store`
    keeps the schemas of inputs, `deployment_store` the deployments themselves. `run_wait_s`:
    longest time in seconds that a run waits for fresh data.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments, created in one place
        self,
        client: Client,
        draft_editor: DraftEditor,
        draft_store: DraftStore,
        preferences: Preferences,
        notices: Notices,
        *,
        remember_last: bool = True,
        schema_store: SchemaStore | None = None,
        deployment_store: DeploymentStore | None = None,
        now: Callable[[], float] = time.time,
        run_wait_s: float = MAX_RUN_WAIT_S,
    ) -> None:
        self._now, self._run_wait_s = now, run_wait_s
        self._latest = LatestDeployments(draft_editor.record_of)
        self._pending_confirmations, self._has_timed_out = 0, False
        self.state = DeploymentCatalogueState()
        self.changed: Topic[DeploymentCatalogueState] = Topic()
        self.open_requested: Topic[str] = Topic()
        self.deployment_deleted: Topic[Deployment] = Topic()
        self.unreachable: Topic[Problem] = Topic()
        self.change_notifier = WorkflowChangeNotifier(notices)
        self._client = client
        self._draft_editor, self._preferences, self._notices = draft_editor, preferences, notices
        self._tasks = Tasks(notices.post_failure)
        self._deployment_cache = DeploymentCache(deployment_store, self._tasks)
        self._kinds = DeploymentKinds(client, self._tasks, self._set_kinds, self._cache_all)
        self._refresh_task: asyncio.Task[Any] | None = None
        self._cached_tasks: list[asyncio.Task[Any]] = []
        self.preferred_drafts = PreferredDrafts()
        loader = SchemaLoader(client, draft_editor, self._tasks, notices, schema_store)
        self._opener = self._make_opener(draft_store, loader, remember_last=remember_last)
        self._tried_ids: set[str] = set()
        # Times at which the shown cached list was read, and at which reading the list last failed.
        self._cached_s = self._failed_s = 0.0
        self._retry_timer = RetryTimer(self._request_list)
        self._subscriptions = Subscriptions()
        self._subscriptions.add(draft_editor.changed, self._on_editor_changed)

    async def close(self) -> None:
        """Stops all tasks."""
        self._subscriptions.close()
        self._retry_timer.cancel()
        await self._tasks.close()

    # Commands

    def start(self) -> None:
        """Shows the cached deployments until the service has responded."""
        self._cached_tasks.append(self._tasks.start("show kept deployments", self._show_cached()))

    def mark_stale(self) -> None:
        """Marks the cached data shown now as outdated, because newer data is not available."""
        self._update_state(cached_s=self._cached_s if not self.state.loaded_s else 0.0)
        self._opener.publish_as_of()

    def refresh(self) -> None:
        """Reads the list again."""
        self._update_state(loading=True)
        self._request_list()

    def refresh_if_older(self, max_age_s: float = MAX_LIST_AGE_S) -> None:
        """Reads the list again if it is older than `max_age_s`.

        Otherwise a deployment edited on RunComfy could run with values that are not on screen.
        """
        age_s = self._now() - self.state.loaded_s
        if self.state.loaded_s and not self.state.loading and age_s >= max_age_s:
            self.refresh()

    @property
    def is_fresh(self) -> bool:
        """True if the known data is recent enough for a paid run, or if it cannot be read now."""
        return self._is_list_current() and not self._is_view_outdated()

    async def wait_until_fresh(self) -> None:
        """Waits until the known data is recent enough for a paid run.

        The list is read first, and also the deployment in view if it has changed. The wait is at
        most `run_wait_s`; there is none if the last attempt failed shortly before.
        """
        if not self.is_fresh:
            await self._await_update(self._is_update_pending)

    async def wait_until_list_fresh(self) -> None:
        """Waits like `wait_until_fresh`, but only checks the list: for jobs not in view."""
        if not self._is_list_current():
            await self._await_update(self._is_list_pending)

    def bindable_file_key(self, deployment_id: str) -> str:
        """Returns the key of the draft in view if `open` would bind it to the deployment, else "".

        Only a file's draft can be bound, and only if `DeploymentOpener.may_bind_file` allows it.
        """
        draft = self._draft_editor.state.draft
        key = draft.key if draft is not None else ""
        return key if self._opener.may_bind_file(key, deployment_id) else ""

    def open(self, deployment_id: str, file_key: str | None = None) -> None:
        """Opens a deployment's workflow; the last request wins.

        If the draft in view is a file's draft that can be bound (see `bindable_file_key`), its runs
        go to the deployment from now on; files opened later are not bound. `file_key` is the draft
        to be bound in its place, "" for none.
        """
        if file_key is None:
            file_key = self.bindable_file_key(deployment_id)
        if self._opener.is_requested(deployment_id, file_key):
            return
        if self._kinds.is_unsupported(deployment_id):
            listed = self.state.find(deployment_id)
            name = listed.name if listed is not None else ""
            self._notices.post_info(*no_workflow_texts(name or deployment_id))
            return
        self.open_requested.publish(deployment_id)
        self._opener.open(deployment_id, is_user_request=True, file_key=file_key)

    def open_draft(self, deployment_id: str, key: str) -> None:
        """Opens a draft of a deployment's own workflow; no file is bound to the deployment."""
        self.preferred_drafts.prefer(deployment_id, key)
        self._opener.open(deployment_id, is_user_request=True)

    def cancel_open(self) -> None:
        """Stops opening a deployment because the user requested something else."""
        self._opener.cancel_open()

    def allow_retry(self, deployment_id: str) -> None:
        """Allows one more automatic attempt to open the deployment of a file."""
        self._tried_ids.discard(deployment_id)

    def hold_initial_open(self) -> Callable[[], None]:
        """Suspends automatic opening until the returned function is called.

        Used while a file is being opened.
        """
        self.preferred_drafts.is_held = True

        def resume() -> None:
            self.preferred_drafts.is_held = False
            if self.state.loaded_s:
                self._open_first()
            elif self._cached_s:
                task = self._tasks.start("show a kept deployment", self._show_first_cached())
                self._cached_tasks.append(task)

        return resume

    def clear(self, *, forget: bool = True) -> None:
        """Clears everything because the API key changed.

        Pass `forget=False` if the new key may belong to the same account: the cache on disk is then
        kept, but not shown until a list has been read with the new key.
        """
        self._retry_timer.cancel()
        if self._refresh_task is not None:
            self._refresh_task.cancel()
        while self._cached_tasks:
            self._cached_tasks.pop().cancel()
        self._opener.reset()
        if forget:
            self._deployment_cache.forget()
        else:
            self._deployment_cache.distrust()
        self._kinds.clear()
        self._cached_s = 0.0
        self._latest.clear()
        self.state = DeploymentCatalogueState()
        self.changed.publish(self.state)

    def newest(self, deployment_id: str) -> Deployment | None:
        """Returns the latest record of a deployment, from the list or read separately.

        Returns None if there is no record, or if no list was read since the start.
        """
        if not self.state.loaded_s:
            return None
        return self._latest.newest(deployment_id, self.state.find(deployment_id))

    async def cached(self, deployment_id: str) -> CachedDeployment | None:
        """Returns the cached deployment, for when it cannot be read now; None if not cached."""
        return await self._deployment_cache.read(deployment_id)

    def update_record(self, deployment: Deployment) -> None:
        """Replaces the deployment's record in the list with this newer one."""
        self._latest.add_record(self._latest.begin_request(), deployment)
        changed_id, rows = deployment.deployment_id, self.state.deployments
        listed = (deployment if row.deployment_id == changed_id else row for row in rows)
        self._update_state(deployments=tuple(listed))
        self._reopen_changed()

    def remove(self, deployment_id: str) -> None:
        """Removes a deleted deployment without reading the list again."""
        self._deployment_cache.forget(deployment_id)
        others = (row for row in self.state.deployments if row.deployment_id != deployment_id)
        self._update_state(deployments=tuple(others))

    async def read(self, deployment_id: str) -> Deployment:
        """Reads a deployment with its workflow from the service. Raises Problem."""
        return await read_deployment(self._client, deployment_id)

    async def is_deleted(self, deployment_id: str) -> bool:
        """Publishes `deployment_deleted` and returns True if the deployment in use was deleted."""
        in_view = self._draft_editor.state.deployment
        if in_view is None or in_view.deployment_id != deployment_id:
            return False
        return await self._check_deleted(in_view)

    # Internals

    def _make_opener(
        self, draft_store: DraftStore, schema_loader: SchemaLoader, *, remember_last: bool
    ) -> DeploymentOpener:
        return DeploymentOpener(
            client=self._client,
            draft_editor=self._draft_editor,
            draft_store=draft_store,
            preferences=self._preferences if remember_last else None,
            notices=self._notices,
            tasks=self._tasks,
            deployment_kinds=self._kinds,
            schema_loader=schema_loader,
            deployment_cache=self._deployment_cache,
            change_notifier=self.change_notifier,
            preferred_drafts=self.preferred_drafts,
            update_state=self._update_state,
            on_opened=self._on_opened,
            is_unusable=self._is_known_unusable,
            latest=self._latest,
        )

    def _is_known_unusable(self, deployment_id: str) -> bool:
        """Returns True if a deployment cannot take runs: not listed, or without a workflow."""
        is_gone = bool(self.state.loaded_s) and self.state.find(deployment_id) is None
        return is_gone or self._kinds.is_unsupported(deployment_id)

    async def _show_cached(self) -> None:
        found = await self._deployment_cache.read_list()
        if found is None:
            return
        unseen = await self._deployment_cache.unseen_changes(found.deployments)
        # The list from the service may have arrived meanwhile.
        if self.state.loaded_s:
            return
        self._cached_s = found.saved_s
        self._kinds.restore(found.deployments, found.kinds)
        self._update_state(deployments=found.deployments, unseen=unseen)
        await self._show_first_cached()
        await asyncio.sleep(AS_OF_DELAY_S)
        self.mark_stale()

    async def _show_first_cached(self) -> None:
        draft, deployment_id = self._draft_editor.state.draft, self._first_id()
        if draft is not None and self._draft_editor.state.deployment is None:
            deployment_id = draft.deployment_id
        if deployment_id:
            await self._opener.show_cached(deployment_id)

    def _is_list_fresh(self) -> bool:
        return 0.0 <= self._now() - self.state.loaded_s < MAX_AGE_BEFORE_RUN_S

    def _failed_recently(self) -> bool:
        has_failed = self.state.problem is not None or self._has_timed_out
        return has_failed and 0.0 <= self._now() - self._failed_s < MAX_LIST_AGE_S

    def _is_view_outdated(self) -> bool:
        """Returns True if a newer record of the deployment in view would run something else."""
        in_view = self._draft_editor.state.deployment
        latest = self.newest(in_view.deployment_id) if in_view is not None else None
        return in_view is not None and latest is not None and changes_runs(latest, in_view)

    def _is_list_current(self) -> bool:
        """Returns True if the list is recent, or if it cannot be refreshed now."""
        if self._is_list_fresh():
            return True
        if self._is_list_pending():
            return self._failed_recently() and self._has_timed_out
        return self._failed_recently() or not self.state.loaded_s

    def _is_list_pending(self) -> bool:
        state = self.state
        # At the start, the cached list is shown before a list is loaded.
        return state.loading or (not state.loaded_s and self._cached_s > 0 and not state.cached_s)

    def _is_update_pending(self) -> bool:
        """Returns True while data newer than the data shown is being loaded."""
        return self._is_list_pending() or bool(self.state.opening_id)

    async def _await_update(self, is_pending: Callable[[], bool]) -> None:
        arrived = asyncio.Event()

        def listen(_state: DeploymentCatalogueState) -> None:
            if is_pending():
                arrived.clear()
            else:
                arrived.set()

        unsubscribe = self.changed.subscribe(listen)
        self._count_confirmations(1)
        try:
            if self.state.loaded_s and not self._is_update_pending():
                if self._is_list_fresh():
                    # The list shows a change to the record, but reading the record failed before.
                    self._reopen_changed()
                else:
                    self.refresh()
            async with asyncio.timeout(self._run_wait_s):
                while is_pending():
                    arrived.clear()
                    await arrived.wait()
        except TimeoutError:
            # Runs use the available data, as they do while offline, and the next run does not wait.
            if self._is_list_pending():
                self._failed_s, self._has_timed_out = self._now(), True
        finally:
            unsubscribe()
            self._count_confirmations(-1)

    def _count_confirmations(self, difference: int) -> None:
        self._pending_confirmations += difference
        self._update_state(is_confirming=self._pending_confirmations > 0)

    def _request_list(self) -> None:
        self._retry_timer.cancel()
        if self._refresh_task is not None:
            self._refresh_task.cancel()
        self._refresh_task = self._tasks.start("list deployments", self._refresh())

    async def _refresh(self) -> None:
        number = self._latest.begin_request()
        try:
            found = await list_deployments(self._client)
        except Problem as problem:
            self._on_list_failed(problem)
            return
        is_first = not self.state.loaded_s
        self._tried_ids.clear()
        self._retry_timer.reset()
        self._deployment_cache.save_list(found)
        self._latest.mark_list_read(number)
        self._has_timed_out = False
        self._update_state(
            deployments=found, loading=False, problem=None, loaded_s=self._now(), cached_s=0.0
        )
        if is_first:
            self._open_first()
        self._reopen_changed()
        self._on_editor_changed(self._draft_editor.state)
        self._learn_kinds()

    def _on_list_failed(self, problem: Problem) -> None:
        self._failed_s = self._now()
        in_view = self._draft_editor.state.deployment
        if in_view is not None and self.state.loaded_s:
            # The deployment was unchanged when the list was last read.
            self._opener.as_of.setdefault(in_view.deployment_id, self.state.loaded_s)
        self._update_state(loading=False, problem=problem)
        self.mark_stale()
        self.unreachable.publish(problem)
        if problem.kind in _TRANSIENT_PROBLEMS:
            self._retry_timer.schedule()

    async def _cache_all(self, deployments: Sequence[Deployment]) -> None:
        await self._deployment_cache.save(*deployments)
        unseen = await self._deployment_cache.unseen_changes(self.state.deployments)
        self._update_state(unseen=unseen)

    def _learn_kinds(self) -> None:
        # A deployment being opened comes first.
        if not self.state.opening_id:
            self._kinds.learn(self.state.deployments)

    def _open_first(self) -> None:
        deployment_id = self._first_id()
        if deployment_id:
            self._opener.open(deployment_id, is_user_request=False)

    def _first_id(self) -> str:
        """Returns the id of the deployment opened last, else of the first usable one.

        Returns "" if a draft is open, if a deployment or a file is being opened, or if no
        deployment is usable.
        """
        is_open = self._draft_editor.state.draft is not None or self.preferred_drafts.is_held
        if is_open or self.state.opening_id:
            return ""
        first_id = self.preferred_drafts.first_id
        last_id = first_id or self._preferences.settings.last_deployment_id
        rows = self.state.deployments
        ids = (
            each.deployment_id for each in rows if each.is_enabled or each.deployment_id == first_id
        )
        usable = [each for each in ids if not self._kinds.is_unsupported(each)]
        return min(usable, key=lambda each: each != last_id, default="")

    def _reopen_changed(self) -> None:
        """Reads the deployment in view again if it was edited on RunComfy or comes from the cache.

        If the deployment is no longer listed, determines the reason.
        """
        in_view = self._draft_editor.state.deployment
        if in_view is None:
            return
        deployment_id = in_view.deployment_id
        listed = self.state.find(deployment_id)
        if listed is None:
            self._tasks.start(f"look for {deployment_id}", self._check_deleted(in_view))
            return
        self._draft_editor.set_unavailable(deployment_id, "")
        is_other = listed.updated_at != in_view.updated_at or changes_runs(listed, in_view)
        # A deployment already being opened comes first.
        if (is_other or deployment_id in self._opener.as_of) and not self.state.opening_id:
            self._opener.open(deployment_id, is_user_request=False)

    async def _check_deleted(self, in_view: Deployment) -> bool:
        """Reads the record, updates its availability, and returns True if it was deleted."""
        why, is_gone = "", False
        try:
            # The list may have several pages; the record itself is conclusive.
            await read_deployment(self._client, in_view.deployment_id, includes=())
        except Problem as problem:
            why = unavailable_reason(problem, in_view.name)
            if not why:
                return False
            is_gone = problem.kind is ProblemKind.NOT_FOUND
        if is_gone:
            self.deployment_deleted.publish(in_view)
        self._draft_editor.set_unavailable(in_view.deployment_id, why)
        return is_gone

    def _on_editor_changed(self, editor_state: EditorState) -> None:
        """Opens the deployment of the draft in view, once, if it is listed but not open yet.

        A file is thereby bound to its earlier deployment again.
        """
        draft = editor_state.draft
        if draft is not None and not draft.source.is_file:
            self.preferred_drafts.mark_viewed(draft.deployment_id, draft.key)
        if draft is None or editor_state.deployment is not None or self.state.opening_id:
            return
        deployment_id = draft.deployment_id
        is_settled = deployment_id in self._tried_ids or self._kinds.is_unsupported(deployment_id)
        if not is_settled and self.state.find(deployment_id) is not None:
            self._tried_ids.add(deployment_id)
            self._opener.open(deployment_id, is_user_request=False)

    def _on_opened(self, deployment_id: str, is_requested: bool) -> None:
        self._update_state(unseen=self.state.unseen - {deployment_id})
        if not is_requested and self._kinds.is_unsupported(deployment_id):
            self._open_first()
        self._learn_kinds()

    def _set_kinds(self, kinds: Mapping[str, DeploymentKind]) -> None:
        self._update_state(kinds=kinds)

    def _update_state(self, **values: Any) -> None:
        state = replace(self.state, **values)
        if state != self.state:
            self.state = state
            self.changed.publish(state)
