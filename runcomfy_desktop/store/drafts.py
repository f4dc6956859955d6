"""Drafts: what the person changed, one readable JSON file for each.

Stored are the changes; the workflow that they were made on lies beside them, see kept_workflows. A
deployment's comes from the service, a file's from the file, and the copy is for when it does not.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import (
    Draft,
    DraftSource,
    SeedMode,
    changes_from_json,
    changes_to_json,
    draft_id_from_key,
    is_worth_keeping,
)
from runcomfy_desktop.domain.drafts.orphaned_values import orphaned_from_json, orphaned_to_json
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow
from runcomfy_desktop.store import draft_errors
from runcomfy_desktop.store.data_versions import back_up_file, remove_old_backups, version_in
from runcomfy_desktop.store.delayed_writer import DelayedWriter
from runcomfy_desktop.store.draft_summaries import DraftSummaries, draft_path, read_summaries
from runcomfy_desktop.store.json_encoder import encode_json
from runcomfy_desktop.store.small_file import MAX_BYTES, DamagedFile, read_object, set_aside
from runcomfy_desktop.store.workflow_copies import WorkflowCopies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

DraftMigrations: TypeAlias = "tuple[Callable[[JsonObject], JsonObject], ...]"
# Each brings a stored draft from the format of its place, counted from 1, to the next.
MIGRATIONS: DraftMigrations = ()
FORMAT = 1 + len(MIGRATIONS)
# Of deleted drafts these are kept, in case it was a mistake that is found later.
_MAX_DELETED = 20
_log = logging.getLogger(__name__)


class DraftStore:
    """Keeps drafts in `folder`; `on_failure` hears once when they cannot be written, and of each
    that cannot be read. `on_unreadable` hears of its key as well, as the list is another one then.

    A draft of a newer program is left alone: what is changed in its place is not stored. Before
    one of an older program is written over, a copy of it is kept.
    """

    def __init__(
        self,
        folder: Path,
        on_failure: Callable[[Exception], object],
        migrations: DraftMigrations = MIGRATIONS,
    ) -> None:
        self._folder = folder
        self._on_failure = on_failure
        self._migrations = migrations
        self.on_unreadable: Callable[[str], object] = lambda _key: None
        self._newer_keys: set[str] = set()
        self._older_formats: dict[str, int] = {}
        # What the disk did not give may be whole.
        self._unreadable_keys: set[str] = set()
        self._writer = DelayedWriter(on_failure)
        self._saved: dict[str, Draft] = {}
        self._workflows = WorkflowCopies(folder / "workflows")
        # The copies by the keys of drafts: what lies there, and the workflow that it is of.
        self._copies: dict[str, tuple[str, Workflow]] = {}
        self._deleted_folder = folder / "deleted"
        # The files taken out since the start: Undo may be offered for as long.
        self._undoable: set[str] = set()

    def save(self, draft: Draft) -> None:
        """Has `draft` stored within a second; one without changes loses its file."""
        self._saved[draft.key] = draft
        if draft.key not in self._newer_keys:
            self._writer.schedule(self._path(draft.key), lambda: self._encoded_content(draft))

    async def load(self, key: str) -> Draft | None:
        """The draft kept under `Draft.key`, with the workflow that it was made on, an empty one
        when there is no copy of that; None when there is no draft."""
        if key in self._saved:
            return self._saved[key]
        found = await self._load(self._path(key), key)
        # While the disk was read, it may have been saved.
        return self._saved.get(key, found)

    async def summaries(self) -> DraftSummaries:
        """What is stored, without the changes. Lets go of copies that nothing needs any more.

        Raises OSError when the folder cannot be read.
        """
        await self.flush()
        return await asyncio.to_thread(self._summaries)

    async def discard(self, key: str) -> None:
        """Takes a draft out; `restore` gives it back. Raises OSError: it is still there."""
        await self.flush()
        await self.discard_file(self._path(key).name)
        self._saved.pop(key, None)
        self._writer.cancel(self._path(key))

    def remove(self, key: str) -> None:
        """Lets nothing be left of what was saved while a draft was taken out."""
        self._saved.pop(key, None)
        self._writer.schedule(self._path(key), lambda: None)

    async def restore(self, key: str) -> Draft | None:
        """The draft that was taken out last under this key, to be saved anew; None if it is gone.

        One that was open needs no file: whoever took it out has it.
        """
        return await self._load(self._deleted_folder / self._path(key).name, key)

    async def discard_file(self, name: str) -> None:
        """Takes out a file that could not be read; it may be a draft. Raises OSError."""
        self._undoable.add(name)
        await asyncio.to_thread(self._move_to_deleted, name)

    async def restore_file(self, name: str) -> None:
        """Puts it back. Raises OSError."""
        await asyncio.to_thread(self._restore_deleted, name)

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def deleted_folder(self) -> Path:
        return self._deleted_folder

    @property
    def has_pending(self) -> bool:
        """Whether something that was changed is not on the disk yet."""
        return self._writer.has_pending

    @property
    def has_failed(self) -> bool:
        """Whether the disk refuses what was changed."""
        return self._writer.has_failed

    async def flush(self) -> None:
        """Writes what still waits."""
        await self._writer.flush()

    async def close(self) -> None:
        """The last edit is on disk when this returns, unless the disk refuses it."""
        await self._writer.close()

    async def _load(self, path: Path, key: str) -> Draft | None:
        found = await asyncio.to_thread(_load, path, key, self._migrations)
        if isinstance(found, _NewerDraft):
            self._newer_keys.add(key)
            self._report(key, found.problem)
            return None
        if isinstance(found, Problem):
            if await asyncio.to_thread(os.path.lexists, path):
                self._unreadable_keys.add(key)
            self._report(key, found)
            return None
        is_further = bool(draft_id_from_key(key)) and path == self._path(key)
        if found is None:
            if is_further and key not in self._saved:
                self._report(key, draft_errors.missing_draft_problem(path))
            return None
        if is_further:
            # Nothing was typed in its place. A first one may be in view without what it has here.
            self._unreadable_keys.discard(key)
        if found.format_version < 1 + len(self._migrations):
            self._older_formats[key] = found.format_version
        workflow = await asyncio.to_thread(self._workflows.read, found.workflow_hash)
        if workflow is None:
            return found.draft
        self._copies[key] = found.workflow_hash, workflow
        return replace(found.draft, workflow=workflow)

    def _report(self, key: str, problem: Problem) -> None:
        self._on_failure(problem)
        self.on_unreadable(key)

    def _encoded_content(self, draft: Draft) -> bytes | None:
        """What is written, on a worker thread. Raises OSError: no copy could be kept."""
        format_version = self._older_formats.get(draft.key)
        if format_version is not None:
            path = self._path(draft.key)
            # Somebody may have removed it since: then there is nothing to keep.
            with suppress(FileNotFoundError):
                remove_old_backups(path, back_up_file(path, format_version))
            del self._older_formats[draft.key]
        if draft.key in self._unreadable_keys:
            with suppress(FileNotFoundError):
                set_aside(self._path(draft.key))
            self._unreadable_keys.discard(draft.key)
        if not is_worth_keeping(draft):
            return None
        data = _encode(draft, 1 + len(self._migrations), self._workflow_hash(draft))
        if len(data) > MAX_BYTES:
            # Nobody could read it again: what is stored of before stays, and it is told.
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return data

    def _workflow_hash(self, draft: Draft) -> str:
        """The hash of the workflow's copy, made if need be; "" when it could not be."""
        known_hash, known_workflow = self._copies.get(draft.key, ("", None))
        if known_workflow is draft.workflow or not draft.workflow.nodes:
            return known_hash
        try:
            content_hash = self._workflows.save(draft.workflow)
        except OSError as error:
            # The changes are what nobody can get again.
            _log.warning("The workflow of draft %s is not kept: %s", draft.source.name, error)
            return ""
        self._copies[draft.key] = content_hash, draft.workflow
        return content_hash

    def _summaries(self) -> DraftSummaries:
        newest = 1 + len(self._migrations)
        found, deleted = (
            read_summaries(self._folder, newest),
            read_summaries(self._deleted_folder, newest),
        )
        retained = list(deleted.summaries[:_MAX_DELETED])
        for each in deleted.summaries[_MAX_DELETED:]:
            path = draft_path(self._deleted_folder, each.key)
            if path.name in self._undoable:
                retained.append(each)
            else:
                path.unlink(missing_ok=True)
        if not (found.unreadable or found.omitted_count):
            # What cannot be read may need one that nobody knows of.
            summaries = (*found.summaries, *retained)
            self._workflows.remove_unused(frozenset(each.workflow_hash for each in summaries))
        return found

    def _move_to_deleted(self, name: str) -> None:
        """With the time when it was deleted: the ones of long ago are let go first."""
        with suppress(FileNotFoundError):
            self._deleted_folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).replace(self._deleted_folder / name)
        with suppress(OSError):
            os.utime(self._deleted_folder / name)

    def _restore_deleted(self, name: str) -> None:
        (self._deleted_folder / name).replace(self._folder / name)

    def _path(self, key: str) -> Path:
        return draft_path(self._folder, key)


@dataclass(frozen=True, slots=True)
class _LoadedDraft:
    """A stored draft, the format that it is in, and the hash of its workflow's copy."""

    draft: Draft
    format_version: int
    workflow_hash: str


@dataclass(frozen=True, slots=True)
class _NewerDraft:
    """A draft that only a newer program understands, and what is said of it."""

    problem: Problem


def _encode(draft: Draft, format_version: int, workflow_hash: str) -> bytes:
    """What a list needs stands before the changes, see draft_summaries."""
    stored: JsonObject = {
        "format": format_version,
        "key": draft.key,
        "deployment_id": draft.deployment_id,
        "source": {
            "name": draft.source.name,
            "path": draft.source.path,
            "workflow_version": draft.source.workflow_version,
            "content": draft.source.content,
        },
        "draft_id": draft.draft_id,
        "title": draft.title,
        "preset": draft.preset,
        "workflow": workflow_hash,
        "count": len(draft.changes),
        "left_count": len(draft.orphaned),
        "changes": changes_to_json(draft.changes),
        "seed_modes": _modes_to_json(draft.seed_modes),
        "runs_file": draft.runs_file,
        "expands": changes_to_json(dict.fromkeys(sorted(draft.dynamic_prompt_inputs), True)),
        "left": orphaned_to_json(draft.orphaned),
    }
    return encode_json(stored)


def _load(
    path: Path, key: str, migrations: DraftMigrations
) -> _LoadedDraft | _NewerDraft | Problem | None:
    try:
        stored = read_object(path)
        if stored is None:
            return None
        if stored.get("key") != key:
            raise DamagedFile("it belongs to something else")
        format_version = version_in(stored, "format")
        if format_version > 1 + len(migrations):
            return _NewerDraft(draft_errors.newer_draft_problem(path, key))
        newest = _migrate(stored, migrations[format_version - 1 :])
        return _LoadedDraft(_draft(newest), format_version, _text(newest, "workflow"))
    except DamagedFile as damage:
        return draft_errors.damaged_draft_problem(path, key, str(damage))
    except OSError as error:
        return draft_errors.unreadable_draft_problem(path, key, str(error))


def _migrate(stored: JsonObject, migrations: DraftMigrations) -> JsonObject:
    """What is stored, in the newest format. Raises Damaged: a step does not understand it."""
    try:
        for migration in migrations:
            stored = {**migration(stored)}
    except Exception as error:
        raise DamagedFile(f"{type(error).__name__}: {error}") from error
    return stored


def _draft(stored: JsonObject) -> Draft:
    source = stored.get("source")
    return Draft(
        Workflow({}),
        _source(source if isinstance(source, dict) else {}),
        _text(stored, "deployment_id"),
        changes_from_json(stored.get("changes")),
        _modes_from_json(stored.get("seed_modes")),
        stored.get("runs_file") is True,
        draft_id=_text(stored, "draft_id"),
        title=_text(stored, "title"),
        preset=_text(stored, "preset"),
        dynamic_prompt_inputs=frozenset(
            key for key, on in changes_from_json(stored.get("expands")).items() if on is True
        ),
        orphaned=orphaned_from_json(stored.get("left")),
    )


def _source(stored: JsonObject) -> DraftSource:
    return DraftSource(
        _text(stored, "name"),
        _text(stored, "path"),
        _text(stored, "workflow_version"),
        _text(stored, "content"),
    )


def _text(stored: JsonObject, name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""


def _modes_to_json(modes: Mapping[InputKey, SeedMode]) -> JsonObject:
    return changes_to_json({key: mode.value for key, mode in modes.items()})


def _modes_from_json(tree: Json) -> dict[InputKey, SeedMode]:
    modes_by_value = {mode.value: mode for mode in SeedMode}
    return {
        key: modes_by_value[value]
        for key, value in changes_from_json(tree).items()
        if isinstance(value, str) and value in modes_by_value
    }
