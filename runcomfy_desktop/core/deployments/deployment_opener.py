"""Opens deployments in the editor: first from known or cached data, then from the response.

`PreferredDrafts` remembers which draft of a deployment is shown.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.core.deployments.workflow_change_notifier import unavailable_reason
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.deployments.deployment import no_workflow_texts
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.core.deployments.deployment_cache import DeploymentCache
    from runcomfy_desktop.core.deployments.deployment_kinds import DeploymentKinds
    from runcomfy_desktop.core.deployments.latest_deployments import LatestDeployments
    from runcomfy_desktop.core.deployments.schema_loader import SchemaLoader
    from runcomfy_desktop.core.deployments.workflow_change_notifier import WorkflowChangeNotifier
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.workflow.workflow import Workflow
    from runcomfy_desktop.store.drafts import DraftStore


class PreferredDrafts:
    """Remembers the draft to show when a deployment is opened.

    This is the draft last in view, or the one requested last. `first_id` is the deployment that the
    program opens first, "" if it is not known; nothing is opened automatically while `is_held`.
    """

    def __init__(self) -> None:
        self.first_id = ""
        self.is_held = False
        self._keys: dict[str, str] = {}
        self._viewed_key = ""

    def key(self, deployment_id: str) -> str:
        """Returns the key of the draft to show for a deployment."""
        return self._keys.get(deployment_id, deployment_id)

    def prefer(self, deployment_id: str, key: str) -> None:
        """Sets the draft to show from now on; "" for the deployment's first draft."""
        if key:
            self._keys[deployment_id] = key
        else:
            self._keys.pop(deployment_id, None)

    def forget(self, deployment_id: str, key: str) -> None:
        """Falls back to the deployment's first draft if the deleted draft `key` was preferred."""
        if self.key(deployment_id) == key:
            self.prefer(deployment_id, "")

    def mark_viewed(self, deployment_id: str, key: str) -> None:
        """Prefers the draft that came into view.

        Edits to a draft already in view do not count, so they do not override a request for another
        draft.
        """
        if key != self._viewed_key:
            self._viewed_key = key
            self.prefer(deployment_id, key)

    def set_first(self, deployment_id: str, key: str) -> None:
        self.first_id = deployment_id
        self.prefer(deployment_id, key)


@dataclass(frozen=True, slots=True)
class _DeploymentOpening:
    """A deployment being opened.

    `before` is the editor's state when the opening began, `file_key` the file draft to be bound to
    the deployment, "" for none. `is_user_request`: the user requested the opening.
    """

    deployment_id: str
    before: EditorState
    file_key: str = ""
    is_user_request: bool = False


# The stored draft, and the draft with the workflow that the user saw last.
_DraftPair: TypeAlias = "tuple[Draft | None, Draft | None]"


# Time that the network gets before the data shown is marked as outdated.
AS_OF_DELAY_S = 2.0


@dataclass(kw_only=True, eq=False)
class DeploymentOpener:
    """Opens deployments for the catalogue, one at a time.

    `update_state` sets values of the catalogue's state. `on_opened` is called after each opening
    that was not cancelled, with the deployment's id and True if the user requested it.
    `preferences` stores the last deployment; pass None not to store it.

    `latest` receives each record read. `is_unusable` returns True if a deployment is known to be
    unable to take runs. `as_of` maps each deployment shown from older data to the time at which the
    data was read.
    """

    client: Client
    draft_editor: DraftEditor
    draft_store: DraftStore
    preferences: Preferences | None
    notices: Notices
    tasks: Tasks
    deployment_kinds: DeploymentKinds
    schema_loader: SchemaLoader
    deployment_cache: DeploymentCache
    change_notifier: WorkflowChangeNotifier
    preferred_drafts: PreferredDrafts
    update_state: Callable[..., object]
    on_opened: Callable[[str, bool], object]
    is_unusable: Callable[[str], bool]
    latest: LatestDeployments
    as_of: dict[str, float] = field(default_factory=dict)
    _read_s: dict[str, float] = field(default_factory=dict)
    _open_task: asyncio.Task[Any] | None = None
    _requested: tuple[str, str] | None = None

    def is_requested(self, deployment_id: str, file_key: str) -> bool:
        """Returns True if the user requested this opening and it is still in progress."""
        return self._open_task is not None and self._requested == (deployment_id, file_key)

    def open(self, deployment_id: str, *, is_user_request: bool, file_key: str = "") -> None:
        """Opens a deployment; the last request wins.

        `is_user_request`: the user requested it. `file_key` is the file draft to be bound to the
        deployment; a user's request binds no other draft.
        """
        self.cancel_open()
        self._requested = (deployment_id, file_key) if is_user_request else None
        self.update_state(opening_id=deployment_id)
        before = self.draft_editor.state
        opening = _DeploymentOpening(deployment_id, before, file_key, is_user_request)
        work = self._read_and_show(opening)
        self._open_task = self.tasks.start(f"open deployment {deployment_id}", work)

    def cancel_open(self) -> None:
        """Cancels the opening in progress because the user requested something else."""
        if self._open_task is not None:
            self._open_task.cancel()

    def reset(self) -> None:
        """Drops all data because the API key changed."""
        self.cancel_open()
        self._open_task = None
        self.as_of.clear()

    def publish_as_of(self) -> None:
        """Publishes `as_of`: the deployments shown from older data."""
        self.update_state(as_of=dict(self.as_of))

    async def _publish_as_of_late(self) -> None:
        """Publishes `as_of` after AS_OF_DELAY_S, without the deployments read by then."""
        await asyncio.sleep(AS_OF_DELAY_S)
        self.publish_as_of()

    async def show_cached(self, deployment_id: str) -> None:
        """Shows a deployment from the cache, unless another draft came into view meanwhile."""
        before = self.draft_editor.state.draft
        cached = await self.deployment_cache.read(deployment_id)
        if cached is None or not cached.deployment.has_workflow:
            return
        seen = await self.deployment_cache.mark_seen(deployment_id)
        current_draft = await self._draft_to_show(deployment_id)
        if self.draft_editor.state.draft is before:
            self.as_of[deployment_id] = cached.saved_s
            drafts = (current_draft, _as_seen(current_draft, seen, cached.deployment))
            opening = _DeploymentOpening(deployment_id, self.draft_editor.state)
            self._show(cached.deployment, drafts, opening)

    async def _read_and_show(self, opening: _DeploymentOpening) -> None:
        deployment_id, is_user_request = opening.deployment_id, opening.is_user_request
        is_shown = False
        try:
            is_shown = await self._show_known(opening)
            number = self.latest.begin_request()
            deployment = await read_deployment(self.client, deployment_id)
            self._read_s[deployment_id] = time.time()
            self.latest.add_record(number, deployment)
            self.as_of.pop(deployment_id, None)
            current_draft = await self._draft_to_show(deployment_id)
            shown_opening = replace(opening, is_user_request=is_user_request and not is_shown)
            self._show(deployment, (current_draft, current_draft), shown_opening)
            self.publish_as_of()
        except Problem as problem:
            self._on_failed(opening, problem, is_shown=is_shown)
        else:
            self.tasks.start(f"keep deployment {deployment_id}", self._save_to_cache(deployment))
        finally:
            if self._open_task is asyncio.current_task():
                self._open_task = None
                self.update_state(opening_id="")
        self.on_opened(deployment_id, is_user_request)

    async def _draft_to_show(self, deployment_id: str) -> Draft | None:
        """Returns the draft to show: the open one, else the stored one.

        If that draft cannot be loaded, the deployment's first draft is used. Call this last, since
        the draft may be renamed or deleted while the deployment is read.
        """
        key = self.preferred_drafts.key(deployment_id)
        if key in self.draft_editor.open_drafts:
            return self.draft_editor.open_drafts[key].draft
        current_draft = await self.draft_store.load(key)
        if current_draft is None and key != deployment_id:
            self.preferred_drafts.forget(deployment_id, key)
        if key == self.preferred_drafts.key(deployment_id):
            return current_draft
        return await self._draft_to_show(deployment_id)

    async def _save_to_cache(self, deployment: Deployment) -> None:
        await self.deployment_cache.save(deployment)
        await self.deployment_cache.mark_seen(deployment.deployment_id)

    async def _show_known(self, opening: _DeploymentOpening) -> bool:
        """Shows a known version of a deployment not in view; returns False if nothing was shown."""
        deployment_id, in_view = opening.deployment_id, opening.before.deployment
        if in_view is not None and in_view.deployment_id == deployment_id:
            return False
        known, seen = self.draft_editor.opened_record(deployment_id), None
        as_of_s = self.as_of.get(deployment_id, self._read_s.get(deployment_id, 0.0))
        if known is None:
            cached = await self.deployment_cache.read(deployment_id)
            if cached is None or not cached.deployment.has_workflow:
                return False
            known, as_of_s = cached.deployment, cached.saved_s
            seen = await self.deployment_cache.mark_seen(deployment_id)
        self.as_of[deployment_id] = as_of_s
        current_draft = await self._draft_to_show(deployment_id)
        drafts = (current_draft, _as_seen(current_draft, seen, known))
        self._show(known, drafts, opening)
        self.tasks.start("wait for the network", self._publish_as_of_late())
        return True

    def _on_failed(self, opening: _DeploymentOpening, problem: Problem, *, is_shown: bool) -> None:
        deployment_id, in_view = opening.deployment_id, self.draft_editor.state.deployment
        if in_view is not None and in_view.deployment_id == deployment_id:
            why = unavailable_reason(problem, in_view.name)
            self.draft_editor.set_unavailable(deployment_id, why)
            if why:
                self.as_of.pop(deployment_id, None)
                self.deployment_cache.forget(deployment_id)
            else:
                self.as_of.setdefault(deployment_id, self._read_s.get(deployment_id, 0.0))
            self.publish_as_of()
            if not opening.is_user_request if why else is_shown:
                # The problem is already shown in place of Run, or together with the outdated data.
                return
        self.notices.post_failure(problem)

    def _show(
        self, deployment: Deployment, drafts: _DraftPair, opening: _DeploymentOpening
    ) -> None:
        """Shows a deployment in the editor, unless something else was opened meanwhile."""
        self.deployment_kinds.add(deployment)
        if not deployment.has_workflow:
            if opening.is_user_request:
                self.notices.post_info(*no_workflow_texts(deployment.name))
            return
        if self._bind(deployment, opening):
            self.schema_loader.request(deployment)
            return
        deployment_id, draft = deployment.deployment_id, self.draft_editor.state.draft
        is_file = draft is not None and draft.source.is_file
        if opening.is_user_request:
            # A file that was opened while the deployment was read is the later request.
            if is_file and _draft_key(self.draft_editor.state) != _draft_key(opening.before):
                return
        elif draft is not None and draft.deployment_id != deployment_id:
            return
        if draft is not None and is_file and not opening.is_user_request:
            self.draft_editor.bind(deployment, draft.key)
        else:
            (current_draft, known), key = drafts, self.preferred_drafts.key(deployment_id)
            self.draft_editor.open_deployment(deployment, current_draft, key)
            self.change_notifier.report_change((draft, known), self.draft_editor.state.draft)
        self._remember(deployment_id)
        self.schema_loader.request(deployment)

    def _bind(self, deployment: Deployment, opening: _DeploymentOpening) -> bool:
        """Binds the requested file draft to the deployment, whether or not it is still in view.

        Returns False if no draft was bound.
        """
        open_draft = self.draft_editor.open_drafts.get(opening.file_key)
        deployment_id = deployment.deployment_id
        if opening.is_user_request:
            is_bound = self.may_bind_file(opening.file_key, deployment_id)
        else:
            # A draft bound to an earlier record of the deployment gets the newer record.
            is_bound = open_draft is not None and open_draft.draft.deployment_id == deployment_id
        if open_draft is None or not is_bound:
            return False
        self.draft_editor.bind(deployment, opening.file_key)
        if opening.file_key == _draft_key(self.draft_editor.state):
            self._remember(deployment_id)
        elif opening.is_user_request:
            names = one_line(open_draft.draft.source.name), one_line(deployment.name)
            self.notices.post_info(
                _("%s runs on %s from now on.") % names,
                _("It is not in view any more: open it again to run it. Nothing was run now."),
            )
        return True

    def _remember(self, deployment_id: str) -> None:
        if self.preferences is not None:
            self.preferences.set(last_deployment_id=deployment_id)

    def may_bind_file(self, file_key: str, deployment_id: str) -> bool:
        """Returns True if a file's draft may be bound to a requested deployment.

        A draft keeps its deployment, even one still loading, unless the deployment is unusable.
        """
        open_draft = self.draft_editor.open_drafts.get(file_key)
        if open_draft is None or not open_draft.draft.source.is_file:
            return False
        own_id = open_draft.draft.deployment_id
        if self.draft_editor.record_of(own_id) is not None:
            return False
        return own_id in ("", deployment_id) or self.is_unusable(own_id)


def _draft_key(editor_state: EditorState) -> str:
    return editor_state.draft.key if editor_state.draft is not None else ""


def _as_seen(
    current_draft: Draft | None, seen: Workflow | None, deployment: Deployment
) -> Draft | None:
    """Returns the draft with the workflow that the user saw last; None if it has not changed."""
    if seen is None:
        return None
    if current_draft is None:
        return Draft(seen, DraftSource(deployment.name), deployment.deployment_id)
    return current_draft if current_draft.workflow.nodes else replace(current_draft, workflow=seen)
