"""Backup of a deployment's workflow as a file before the deployment is deleted.

The user's changes are stored separately from the workflow, which is read from the service. The
workflow of a deleted deployment can no longer be read, so without the file the changes would be
useless.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import DraftSource
from runcomfy_desktop.domain.jobs.output import safe_file_name
from runcomfy_desktop.domain.workflow.workflow import workflow_to_json
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.store.drafts import DraftStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkflowBackup:
    """A saved workflow: the id of its deployment and the path of its file."""

    deployment_id: str
    path: Path


class WorkflowBackups:
    """Saves deployments' workflows in `folder` and moves the deployments' drafts to these files.

    Publishes `drafts_moved` after a move.
    """

    def __init__(
        self,
        client: Client,
        draft_editor: DraftEditor,
        draft_store: DraftStore,
        preferences: Preferences,
        folder: Path,
    ) -> None:
        self._client = client
        self._draft_editor = draft_editor
        self._draft_store = draft_store
        self._preferences = preferences
        self._folder = folder
        self.drafts_moved: Topic[None] = Topic()
        self.replaced_by_file: Topic[tuple[str, str]] = Topic()
        """Deployment id and path of its replacement file; published before the file is shown."""

    async def create(self, deployment_id: str) -> WorkflowBackup | None:
        """Saves a deployment's workflow; returns None if it has no open or stored draft.

        Also returns None if the deployment has no workflow. Raises Problem if the workflow cannot
        be read or the file cannot be written.
        """
        deployment = self._draft_editor.opened_record(deployment_id)
        if deployment is None:
            stored = await self._stored_draft_keys(deployment_id)
            if not stored:
                return None
            deployment = await self._read(deployment_id, stored)
        workflow = deployment.payload.workflow if deployment.payload is not None else None
        if workflow is None:
            return None
        target = self._folder / _file_name(deployment)
        try:
            path = await asyncio.to_thread(_write, target, workflow)
        except OSError as error:
            raise _not_saved_problem(disk_problem(error, self._folder)) from None
        return WorkflowBackup(deployment_id, path)

    async def discard(self, backup: WorkflowBackup) -> None:
        """Deletes the backup because the deployment was not deleted."""
        try:
            await asyncio.to_thread(backup.path.unlink, missing_ok=True)
        except OSError as error:
            _log.warning("The file %s is left over: %s", backup.path, error)

    async def move_drafts(self, backup: WorkflowBackup) -> None:
        """Turns the drafts of a deleted deployment into drafts of the backup file."""
        path, deployment_id = backup.path, backup.deployment_id
        source = DraftSource(path.name, str(path))
        stored = await self._stored_draft_keys(deployment_id)
        self.replaced_by_file.publish((deployment_id, str(path)))
        self._draft_editor.remove_deployment(deployment_id, source)
        for key in stored:
            draft = await self._draft_store.load(key)
            if draft is None or draft.source.is_file:
                continue
            moved = replace(draft, source=source, deployment_id="")
            if moved.key not in self._draft_editor.open_drafts:
                self._draft_store.save(moved)
        try:
            await self._draft_store.discard(deployment_id)
        except OSError as error:
            _log.warning("A draft of a deleted deployment is left over: %s", error)
        self._preferences.remember_file(str(path))
        self.drafts_moved.publish(None)

    async def _read(self, deployment_id: str, stored: list[str]) -> Deployment:
        """Reads the deployment with its workflow. Raises Problem if that is impossible.

        If the deployment no longer exists, the workflow comes from one of its stored drafts.
        """
        try:
            return await read_deployment(self._client, deployment_id, includes=("payload",))
        except Problem as problem:
            if problem.kind not in (ProblemKind.NOT_FOUND, ProblemKind.FOREIGN):
                raise
            for key in stored:
                draft = await self._draft_store.load(key)
                if draft is not None and draft.workflow.nodes:
                    payload = DeploymentPayload(workflow_to_json(draft.workflow))
                    return Deployment(deployment_id, draft.source.name, payload=payload)
            raise

    async def _stored_draft_keys(self, deployment_id: str) -> list[str]:
        """Returns the keys of the deployment's drafts on disk: those with changes or a name."""
        try:
            summaries = await self._draft_store.summaries()
        except OSError as error:
            raise _not_saved_problem(disk_problem(error, self._folder)) from None
        return [
            summary.key
            for summary in summaries.summaries
            if summary.deployment_id == deployment_id and not summary.source.is_file
        ]


def _file_name(deployment: Deployment) -> str:
    """Returns a readable file name that differs for deployments with the same name."""
    return safe_file_name(f"{deployment.name[:80]}-{deployment.deployment_id[:8]}.json")


def _write(target: Path, workflow: JsonObject) -> Path:
    """Writes to `target`, or to a similar name if that file exists; returns the path.

    The existing file is kept because a draft may belong to it.
    """
    path, number = target, 1
    while path.exists():
        number += 1
        path = target.with_stem(f"{target.stem}-{number}")
    write_atomic(path, json.dumps(workflow, indent=1).encode())
    return path


def _not_saved_problem(problem: Problem) -> Problem:
    return Problem(
        problem.title,
        _("Its workflow, with your changes, was to be kept on this computer before. %s")
        % problem.detail,
        problem.advice,
        technical=problem.technical,
    )
