"""Loads the schema of a deployment's inputs (`object_info`) for the draft editor.

A stored schema of the deployment's current version is shown at once. The schema is downloaded again
if the deployment has changed or the stored schema is older than a day. A stored schema of another
version is only shown if the download takes longer than 2 seconds or fails.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.api.object_info import CacheValidators, read_object_info
from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.schema.schema import NodeSchema
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.schemas import SchemaRecord, hash_of_classes

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.base.lazy_json import LazyJsonObject
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.store.schemas import SchemaStore

MAX_AGE_S = 24 * 3600.0
# Time that the download gets before the stored schema of another version is shown.
_MAX_WAIT_S = 2.0
# Users rarely alternate between more workflows, and each schema may take megabytes.
_MAX_IN_MEMORY = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _StoredSchema:
    """Schema on disk, with its record."""

    record: SchemaRecord
    schema: NodeSchema


class SchemaLoader:
    """Loads `object_info` for the draft editor; keeps it in memory and, if given, in `store`."""

    def __init__(
        self,
        client: Client,
        draft_editor: DraftEditor,
        tasks: Tasks,
        notices: Notices,
        store: SchemaStore | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._draft_editor = draft_editor
        self._tasks = tasks
        self._notices = notices
        self._store = store
        self._now = now
        # Workflow version and edit time of each deployment for which the editor has the schema, or
        # is about to get it.
        self._versions: dict[str, tuple[str, str]] = {}
        self._requested_s: dict[str, float] = {}
        self._shown_contents: dict[str, str] = {}
        self._in_memory: dict[str, NodeSchema] = {}

    def request(self, deployment: Deployment) -> None:
        """Loads a deployment's schema; returns at once.

        Does nothing if the schema was loaded for this version of the deployment within the last
        day.
        """
        deployment_id, version = deployment.deployment_id, _version_of(deployment)
        url = deployment.payload.object_info_url if deployment.payload is not None else ""
        if not url:
            # A cached record has no address: addresses may be signed, so they are not stored.
            name = f"read kept schema {deployment_id}"
            self._tasks.start(name, self._read_stored(deployment))
            return
        age_s = self._now() - self._requested_s.get(deployment_id, 0.0)
        if self._versions.get(deployment_id) == version and 0 <= age_s < MAX_AGE_S:
            return
        self._versions[deployment_id] = version
        self._requested_s[deployment_id] = self._now()
        self._tasks.start(f"read schema {deployment_id}", self._read(deployment, url))

    async def _read(self, deployment: Deployment, url: str) -> None:
        stored = await self._load_stored(deployment)
        if stored is not None and self._is_version_of(stored.record, deployment):
            await self._show(deployment, stored.record.content, stored.schema)
            if 0 <= self._now() - stored.record.fetched_s < MAX_AGE_S:
                self._requested_s[deployment.deployment_id] = stored.record.fetched_s
                return
        fetching = self._tasks.start(
            f"ask for schema {deployment.deployment_id}", self._fetch(deployment, url, stored)
        )
        if stored is not None:
            await asyncio.wait([fetching], timeout=_MAX_WAIT_S)
            if not fetching.done():
                # An almost correct schema now is better than the correct one later.
                await self._show(deployment, stored.record.content, stored.schema)

    async def _read_stored(self, deployment: Deployment) -> None:
        stored = await self._load_stored(deployment)
        if stored is not None and deployment.deployment_id not in self._shown_contents:
            await self._show(deployment, stored.record.content, stored.schema)

    async def _fetch(self, deployment: Deployment, url: str, stored: _StoredSchema | None) -> None:
        record = None if stored is None else stored.record
        validators = None if record is None else CacheValidators(record.etag, record.last_modified)
        try:
            found = await read_object_info(self._client, url, validators)
        except Problem as problem:
            await self._on_failed(deployment, stored, problem)
            return
        if found is None:
            assert stored is not None
            content, schema, classes = stored.record.content, stored.schema, None
        else:
            classes, validators = found.classes, found.validators
            content = await asyncio.to_thread(hash_of_classes, classes)
            schema = self._in_memory.get(content) or NodeSchema(classes)
        await self._show(deployment, content, schema)
        record = _new_record(deployment, content, self._now(), validators or CacheValidators())
        await self._save(record, classes)

    async def _on_failed(
        self, deployment: Deployment, stored: _StoredSchema | None, problem: Problem
    ) -> None:
        # Opening the deployment again starts a new attempt.
        self._versions.pop(deployment.deployment_id, None)
        if stored is None:
            self._notices.post(_load_failed_notice(deployment, problem))
            return
        await self._show(deployment, stored.record.content, stored.schema)
        if not self._is_version_of(stored.record, deployment):
            age_s = max(0.0, self._now() - stored.record.fetched_s)
            self._notices.post(_outdated_notice(deployment, age_s, problem))

    async def _show(self, deployment: Deployment, content: str, schema: NodeSchema) -> None:
        """Passes a schema to the editor, unless the editor already has it.

        Reads the classes that the workflow uses before passing it on.
        """
        deployment_id = deployment.deployment_id
        if self._shown_contents.get(deployment_id) == content:
            return
        draft = self._draft_editor.state.draft
        nodes = () if draft is None else draft.workflow.nodes.values()
        names = {node.class_type for node in nodes}
        await asyncio.to_thread(schema.read_ahead, names)
        if self._versions.get(deployment_id, _version_of(deployment)) != _version_of(deployment):
            # Another version of the deployment was opened meanwhile.
            return
        self._in_memory.pop(content, None)
        self._in_memory[content] = schema
        for old in list(self._in_memory)[:-_MAX_IN_MEMORY]:
            del self._in_memory[old]
        self._shown_contents[deployment_id] = content
        self._draft_editor.set_schema(deployment_id, schema)

    # Storage on disk: if it fails, everything works, but more is downloaded

    async def _load_stored(self, deployment: Deployment) -> _StoredSchema | None:
        store, in_memory = self._store, dict(self._in_memory)
        if store is None:
            return None

        def work() -> _StoredSchema | None:
            record = store.load_record(deployment.deployment_id)
            if record is None:
                return None
            if record.content in in_memory:
                return _StoredSchema(record, in_memory[record.content])
            classes = store.read(record.content)
            return None if classes is None else _StoredSchema(record, NodeSchema(classes))

        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            _log.warning("A kept schema cannot be read: %s", error)
            return None

    async def _save(self, record: SchemaRecord, classes: LazyJsonObject | None) -> None:
        if self._store is None:
            return
        try:
            await asyncio.to_thread(self._store.save, record, classes)
        except OSError as error:
            # The stored schema is not needed until the next start, which then downloads the schema.
            _log.warning("A schema cannot be kept: %s", error)

    @staticmethod
    def _is_version_of(record: SchemaRecord, deployment: Deployment) -> bool:
        return (record.workflow_version, record.updated_at) == _version_of(deployment)


def _version_of(deployment: Deployment) -> tuple[str, str]:
    return deployment.workflow_version, deployment.updated_at


def _new_record(
    deployment: Deployment, content: str, fetched_s: float, validators: CacheValidators
) -> SchemaRecord:
    etag, last_modified = validators.etag, validators.last_modified
    version = _version_of(deployment)
    return SchemaRecord(deployment.deployment_id, *version, content, fetched_s, etag, last_modified)


def _load_failed_notice(deployment: Deployment, problem: Problem) -> Notice:
    title = _("The kinds of inputs of %s could not be loaded.") % deployment.name
    detail = _(
        "Each input is edited by the value that it has; limits and choices are "
        "not known. Open the deployment again to try once more."
    )
    return Notice(NoticeLevel.WARNING, title, detail, problem.technical or problem.sentence())


def _outdated_notice(deployment: Deployment, age_s: float, problem: Problem) -> Notice:
    days, hours = int(age_s // 86400), int(age_s // 3600)
    if days:
        title = n_(
            "The kinds of inputs are those of %d day ago.",
            "The kinds of inputs are those of %d days ago.",
            days,
        )
        title %= days
    elif hours:
        title = n_(
            "The kinds of inputs are those of %d hour ago.",
            "The kinds of inputs are those of %d hours ago.",
            hours,
        )
        title %= hours
    else:
        title = _("The kinds of inputs are those of less than an hour ago.")
    detail = _(
        "%s has changed since, and what its inputs take now could not be loaded. "
        "Open the deployment again to try once more."
    )
    detail %= deployment.name
    return Notice(NoticeLevel.INFO, title, detail, problem.technical or problem.sentence())
