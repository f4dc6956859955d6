"""Brings what a deployment's inputs may hold to the workbench: from the disk at once, from the
network when the deployment changed since, or after a day."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.api.object_info import Mark, ObjectInfo, read_object_info
from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.schemas import SchemaNote, content_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.json_members import Members
    from runcomfy_desktop.store.schemas import SchemaStore

FRESH_S = 24 * 3600.0
# So long the network may take before what is kept of another version is shown meanwhile.
_PATIENCE_S = 2.0
# More than one workflow is seldom looked at in turn, and each may have megabytes.
_MOST_LIVE = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the disk has: the note, and the schema it leads to."""

    note: SchemaNote
    schema: Schema


class Schemas:
    """Brings `object_info` to the workbench, and keeps it in `store`; without one, in memory."""

    def __init__(
        self,
        client: Client,
        workbench: Workbench,
        tasks: Tasks,
        notices: Notices,
        store: SchemaStore | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._workbench = workbench
        self._tasks = tasks
        self._notices = notices
        self._store = store
        self._now = now
        # The state of each deployment whose schema the workbench has, or will have soon.
        self._state_of: dict[str, tuple[str, str]] = {}
        self._asked_s: dict[str, float] = {}
        self._shown: dict[str, str] = {}
        self._live: dict[str, Schema] = {}

    def want(self, deployment: Deployment) -> None:
        """Has it read, if it was not read for this state of the deployment; returns at once."""
        deployment_id, state = deployment.deployment_id, _state(deployment)
        url = deployment.payload.object_info_url if deployment.payload is not None else ""
        if not url:
            # Of a record that was kept: addresses are not, for they may be signed.
            name = f"read kept schema {deployment_id}"
            self._tasks.start(name, self._read_kept(deployment))
            return
        age_s = self._now() - self._asked_s.get(deployment_id, 0.0)
        if self._state_of.get(deployment_id) == state and 0 <= age_s < FRESH_S:
            return
        self._state_of[deployment_id] = state
        self._asked_s[deployment_id] = self._now()
        self._tasks.start(f"read schema {deployment_id}", self._read(deployment, url))

    async def _read(self, deployment: Deployment, url: str) -> None:
        kept = await self._kept(deployment)
        if kept is not None and self._is_of(kept.note, deployment):
            await self._show(deployment, kept.note.content, kept.schema)
            if 0 <= self._now() - kept.note.fetched_s < FRESH_S:
                self._asked_s[deployment.deployment_id] = kept.note.fetched_s
                return
        asking = self._tasks.start(
            f"ask for schema {deployment.deployment_id}", self._ask(deployment, url, kept)
        )
        if kept is not None:
            await asyncio.wait([asking], timeout=_PATIENCE_S)
            if not asking.done():
                # Nearly right, and now, rather than right some time.
                await self._show(deployment, kept.note.content, kept.schema)

    async def _read_kept(self, deployment: Deployment) -> None:
        kept = await self._kept(deployment)
        if kept is not None and deployment.deployment_id not in self._shown:
            await self._show(deployment, kept.note.content, kept.schema)

    async def _ask(self, deployment: Deployment, url: str, kept: _Kept | None) -> None:
        note = None if kept is None else kept.note
        known = None if note is None else Mark(note.etag, note.last_modified)
        try:
            found = await read_object_info(self._client, url, known)
        except Problem as problem:
            await self._failed(deployment, kept, problem)
            return
        if found is None:
            assert kept is not None
            await self._show(deployment, kept.note.content, kept.schema)
            fresh = replace(
                _note(deployment, kept.note.content, known or Mark()), fetched_s=self._now()
            )
            await self._keep(fresh, None)
            return
        await self._take(deployment, found)

    async def _take(self, deployment: Deployment, found: ObjectInfo) -> None:
        content = await asyncio.to_thread(content_of, found.classes)
        schema = self._live.get(content) or Schema(found.classes)
        await self._show(deployment, content, schema)
        note = replace(_note(deployment, content, found.mark), fetched_s=self._now())
        await self._keep(note, found.classes)

    async def _failed(self, deployment: Deployment, kept: _Kept | None, problem: Problem) -> None:
        # The next opening tries again.
        self._state_of.pop(deployment.deployment_id, None)
        if kept is None:
            self._notices.tell(_not_loaded(deployment, problem))
            return
        await self._show(deployment, kept.note.content, kept.schema)
        if not self._is_of(kept.note, deployment):
            age_s = max(0.0, self._now() - kept.note.fetched_s)
            self._notices.tell(_of_another_time(deployment, age_s, problem))

    async def _show(self, deployment: Deployment, content: str, schema: Schema) -> None:
        """Gives it to the workbench, unless it has it; what its workflow needs is read before."""
        deployment_id = deployment.deployment_id
        if self._shown.get(deployment_id) == content:
            return
        draft = self._workbench.state.draft
        nodes = () if draft is None else draft.workflow.nodes.values()
        names = {node.class_type for node in nodes}
        await asyncio.to_thread(schema.read_ahead, names)
        if self._state_of.get(deployment_id, _state(deployment)) != _state(deployment):
            # It was opened again meanwhile, as something else.
            return
        self._live.pop(content, None)
        self._live[content] = schema
        for old in list(self._live)[:-_MOST_LIVE]:
            del self._live[old]
        self._shown[deployment_id] = content
        self._workbench.set_schema(deployment_id, schema)

    # The disk: without it, all works, and more is fetched

    async def _kept(self, deployment: Deployment) -> _Kept | None:
        store, live = self._store, dict(self._live)
        if store is None:
            return None

        def work() -> _Kept | None:
            note = store.note(deployment.deployment_id)
            if note is None:
                return None
            if note.content in live:
                return _Kept(note, live[note.content])
            classes = store.read(note.content)
            return None if classes is None else _Kept(note, Schema(classes))

        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            _log.warning("A kept schema cannot be read: %s", error)
            return None

    async def _keep(self, note: SchemaNote, classes: Members | None) -> None:
        if self._store is None:
            return
        try:
            await asyncio.to_thread(self._store.keep, note, classes)
        except OSError as error:
            # Nobody misses it before the next start, which fetches it again.
            _log.warning("A schema cannot be kept: %s", error)

    @staticmethod
    def _is_of(note: SchemaNote, deployment: Deployment) -> bool:
        return (note.workflow_version, note.updated_at) == _state(deployment)


def _state(deployment: Deployment) -> tuple[str, str]:
    return deployment.workflow_version, deployment.updated_at


def _note(deployment: Deployment, content: str, mark: Mark) -> SchemaNote:
    version, updated_at = _state(deployment)
    return SchemaNote(
        deployment.deployment_id, version, updated_at, content, 0.0, mark.etag, mark.last_modified
    )


def _not_loaded(deployment: Deployment, problem: Problem) -> Notice:
    return Notice(
        NoticeLevel.WARNING,
        _("The kinds of inputs of %s could not be loaded.") % deployment.name,
        _(
            "Each input is edited by the value that it has; limits and choices are "
            "not known. Open the deployment again to try once more."
        ),
        problem.technical or problem.sentence(),
    )


def _of_another_time(deployment: Deployment, age_s: float, problem: Problem) -> Notice:
    days, hours = int(age_s // 86400), int(age_s // 3600)
    if days:
        text = n_(
            "The kinds of inputs are those of %d day ago.",
            "The kinds of inputs are those of %d days ago.",
            days,
        )
        title = text % days
    elif hours:
        text = n_(
            "The kinds of inputs are those of %d hour ago.",
            "The kinds of inputs are those of %d hours ago.",
            hours,
        )
        title = text % hours
    else:
        title = _("The kinds of inputs are those of less than an hour ago.")
    detail = _(
        "%s has changed since, and what its inputs take now could not be loaded. "
        "Open the deployment again to try once more."
    )
    return Notice(
        NoticeLevel.INFO,
        title,
        detail % deployment.name,
        problem.technical or problem.sentence(),
    )
