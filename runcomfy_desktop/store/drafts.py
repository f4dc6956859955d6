"""Stores drafts (the user's changes to workflows) in one readable JSON file each.

Only the changes are stored. A copy of the workflow that they apply to is kept next to them (see
`WorkflowCopies`). A deployment's workflow comes from the service, a file's workflow from the file;
the copy is used if that source is not available.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import (
    Draft,
    SeedMode,
    changes_from_json,
    changes_to_json,
    draft_id_from_key,
    is_worth_keeping,
)
from runcomfy_desktop.domain.drafts.orphaned_values import orphaned_from_json, orphaned_to_json
from runcomfy_desktop.domain.workflow.workflow import MAX_BYTES as MAX_WORKFLOW_BYTES
from runcomfy_desktop.domain.workflow.workflow import (
    InputKey,
    Workflow,
    workflow_from_json,
    workflow_to_json,
)
from runcomfy_desktop.store import draft_errors
from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.compressed_files import (
    hash_of,
    last_used_s,
    read_compressed,
    size_of,
    touch,
)
from runcomfy_desktop.store.content_cache import is_hash
from runcomfy_desktop.store.data_versions import back_up_file, remove_old_backups, version_in
from runcomfy_desktop.store.delayed_writer import DelayedWriter
from runcomfy_desktop.store.draft_summaries import (
    DraftSummaries,
    draft_path,
    read_summaries,
    source_in,
)
from runcomfy_desktop.store.json_encoder import encode_json
from runcomfy_desktop.store.small_file import (
    MAX_BYTES,
    DamagedFile,
    read_object,
    set_aside,
    text_in,
    try_set_aside,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

DraftMigrations: TypeAlias = "tuple[Callable[[JsonObject], JsonObject], ...]"
# The migration at index n converts a stored draft from format n + 1 to the next format.
MIGRATIONS: DraftMigrations = ()
FORMAT = 1 + len(MIGRATIONS)
# File times are compared as seconds in a float, which tells such times apart.
_DELETION_STEP_NS = 1_000
# Number of deleted drafts that are kept, so that a mistake noticed later can be undone.
_MAX_DELETED = 20
_MAX_COPIES_BYTES = 512 * 1024 * 1024
# Every character of a workflow may be written as an escape sequence.
_MAX_UNCOMPRESSED_BYTES = 6 * MAX_WORKFLOW_BYTES
_COMPRESSION_LEVEL = 4
_COPY_SUFFIX = ".workflow"
_log = logging.getLogger(__name__)


class DraftStore:
    """Stores drafts in `folder`.

    `on_failure` is called once when drafts cannot be written, and for each draft that cannot be
    read. In the latter case `on_unreadable` is then called with the draft's key, because the list
    has changed.

    A draft stored by a newer program is not touched: changes made in its place are not stored. A
    draft stored by an older program is copied before it is overwritten.
    """

    def __init__(
        self,
        folder: Path,
        on_failure: Callable[[Exception], object],
        migrations: DraftMigrations = MIGRATIONS,
        *,
        on_unreadable: Callable[[str], object] = lambda _key: None,
    ) -> None:
        self._folder = folder
        self._on_failure = on_failure
        self._migrations = migrations
        self._on_unreadable = on_unreadable
        self._newer_keys: set[str] = set()
        self._older_formats: dict[str, int] = {}
        # Drafts that could not be read from the disk; their files may be intact.
        self._unreadable_keys: set[str] = set()
        self._writer = DelayedWriter(on_failure)
        self._saved: dict[str, Draft] = {}
        self._workflows = WorkflowCopies(folder / "workflows")
        # By draft key: the hash of the stored copy, and the workflow that was copied.
        self._copies: dict[str, tuple[str, Workflow]] = {}
        self._deleted_folder = folder / "deleted"
        # Files deleted since the start; they are kept because Undo may be offered until the program
        # ends.
        self._undoable: set[str] = set()
        self._last_deletion_ns = 0

    def save(self, draft: Draft) -> None:
        """Schedules a write within a second; the file of a draft without changes is removed."""
        self._saved[draft.key] = draft
        if draft.key not in self._newer_keys:
            self._writer.schedule(self._path(draft.key), lambda: self._encoded_content(draft))

    async def load(self, key: str) -> Draft | None:
        """Returns the draft stored under `Draft.key`; None if there is none.

        It has the workflow that it was made from, or an empty workflow if there is no copy. A draft
        that cannot be read is reported and None is returned.
        """
        if key in self._saved:
            return self._saved[key]
        found = await self._load(self._path(key), key)
        # The draft may have been saved while the disk was read.
        return self._saved.get(key, found)

    async def summaries(self) -> DraftSummaries:
        """Returns summaries of all stored drafts; removes unneeded workflow copies.

        Raises OSError if the folder cannot be read.
        """
        await self.flush()
        return await asyncio.to_thread(self._summaries)

    async def discard(self, key: str) -> None:
        """Moves a draft to the deleted ones; `restore` undoes it.

        Raises OSError; the draft then stays.
        """
        await self.flush()
        await self.discard_file(self._path(key).name)
        self._saved.pop(key, None)
        self._writer.cancel(self._path(key))

    def remove(self, key: str) -> None:
        """Removes everything saved of a draft while it was being deleted."""
        self._saved.pop(key, None)
        self._writer.schedule(self._path(key), lambda: None)

    async def restore(self, key: str) -> Draft | None:
        """Returns the draft last deleted under this key, to be saved again; None if there is none.

        A draft that was open when it was deleted needs no file, because the caller still has it.
        """
        return await self._load(self._deleted_folder / self._path(key).name, key)

    async def discard_file(self, name: str) -> None:
        """Moves an unreadable file, which may be a draft, to the deleted ones. Raises OSError."""
        self._undoable.add(name)
        await asyncio.to_thread(self._move_to_deleted, name)

    async def restore_file(self, name: str) -> None:
        """Restores a deleted file. Raises OSError."""
        await asyncio.to_thread(self._restore_deleted, name)

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def deleted_folder(self) -> Path:
        return self._deleted_folder

    @property
    def has_pending(self) -> bool:
        """True while a change is not on the disk yet."""
        return self._writer.has_pending

    @property
    def has_failed(self) -> bool:
        """True if a change could not be written."""
        return self._writer.has_failed

    async def flush(self) -> None:
        """Writes everything pending."""
        await self._writer.flush()

    async def close(self) -> None:
        """Writes everything pending, so that the last edit is on disk unless the write failed."""
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
            # Nothing was typed in place of a further draft. A first draft may be in view without
            # its stored changes, so it stays marked as unreadable.
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
        self._on_unreadable(key)

    def _encoded_content(self, draft: Draft) -> bytes | None:
        """Returns the content to write; None removes the file. Called on a worker thread.

        Raises OSError if no backup copy could be made, or if the draft is too large.
        """
        format_version = self._older_formats.get(draft.key)
        if format_version is not None:
            path = self._path(draft.key)
            # If the file has been removed, there is nothing to back up.
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
            # A file this large could not be read again: the earlier content stays, and the failure
            # is reported.
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return data

    def _workflow_hash(self, draft: Draft) -> str:
        """Returns the workflow copy's hash, making the copy if needed; "" if there is none."""
        known_hash, known_workflow = self._copies.get(draft.key, ("", None))
        if known_workflow is draft.workflow or not draft.workflow.nodes:
            return known_hash
        try:
            content_hash = self._workflows.save(draft.workflow)
        except OSError as error:
            # The draft is stored nevertheless: its changes cannot be recovered from elsewhere.
            _log.warning("The workflow of draft %s is not kept: %s", draft.source.name, error)
            return ""
        self._copies[draft.key] = content_hash, draft.workflow
        return content_hash

    def _summaries(self) -> DraftSummaries:
        newest = 1 + len(self._migrations)
        found = read_summaries(self._folder, newest)
        deleted = read_summaries(self._deleted_folder, newest)
        retained = list(deleted.summaries[:_MAX_DELETED])
        for each in deleted.summaries[_MAX_DELETED:]:
            path = draft_path(self._deleted_folder, each.key)
            if path.name in self._undoable:
                retained.append(each)
            else:
                path.unlink(missing_ok=True)
        if not (found.unreadable or found.omitted_count):
            # An unreadable or omitted draft may need a copy that no summary names.
            summaries = (*found.summaries, *retained)
            self._workflows.remove_unused(frozenset(each.workflow_hash for each in summaries))
        return found

    def _move_to_deleted(self, name: str) -> None:
        """Moves a file and sets its time to now: drafts deleted first are removed first.

        No two times are equal, even if the clock has not moved on.
        """
        now_ns = max(time.time_ns(), self._last_deletion_ns + _DELETION_STEP_NS)
        self._last_deletion_ns = now_ns
        with suppress(FileNotFoundError):
            self._deleted_folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).replace(self._deleted_folder / name)
        with suppress(OSError):
            os.utime(self._deleted_folder / name, ns=(now_ns, now_ns))

    def _restore_deleted(self, name: str) -> None:
        (self._deleted_folder / name).replace(self._folder / name)

    def _path(self, key: str) -> Path:
        return draft_path(self._folder, key)


class WorkflowCopies:
    """Copies of the workflows that drafts were made from, in one folder.

    If a file is moved or changed, or a deployment is deleted, the user's changes must still have
    their inputs. There is one compressed copy per content, named after its hash and shared by all
    drafts with that content. Every method waits for the disk: call it on a worker thread.

    A copy read or written in this session stays in use until the program ends: a draft being
    written may need a copy that no list of drafts mentions yet.
    """

    def __init__(self, folder: Path, max_bytes: int = _MAX_COPIES_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._in_use: set[str] = set()
        # Held while a copy is checked and removed, so that it does not come into use in between.
        self._lock = threading.Lock()

    def save(self, workflow: Workflow) -> str:
        """Writes a copy unless one exists; returns its hash. Raises OSError."""
        data = json.dumps(workflow_to_json(workflow), separators=(",", ":")).encode()
        content_hash = hash_of([data])
        path = self._path(content_hash)
        self._mark_used(content_hash)
        if path.exists():
            touch(path)
        else:
            write_atomic(path, zlib.compress(data, _COMPRESSION_LEVEL))
        return content_hash

    def read(self, content_hash: str) -> Workflow | None:
        """Returns the workflow stored under a hash; None if there is none or it cannot be read.

        A damaged copy is moved aside.
        """
        if not is_hash(content_hash):
            return None
        path = self._path(content_hash)
        self._mark_used(content_hash)
        try:
            data = b"".join(read_compressed(path, content_hash, _MAX_UNCOMPRESSED_BYTES))
            return workflow_from_json(json.loads(data))
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("The kept workflow %s cannot be read: %s", path.name, error)
        except (ValueError, zlib.error, RecursionError, Problem) as error:
            _copy, technical = try_set_aside(path, str(error))
            _log.warning("The kept workflow %s is damaged: %s", path.name, technical)
        return None

    def remove_unused(self, needed: frozenset[str]) -> None:
        """Removes copies that are neither needed nor in use, and those beyond the size limit."""
        remaining_bytes = self._max_bytes
        for path in sorted(self._folder.glob(f"*{_COPY_SUFFIX}"), key=last_used_s, reverse=True):
            remaining_bytes -= size_of(path)
            with self._lock, suppress(OSError):
                content_hash = path.name.removesuffix(_COPY_SUFFIX)
                if remaining_bytes < 0 or (
                    content_hash not in needed and content_hash not in self._in_use
                ):
                    path.unlink(missing_ok=True)

    def _mark_used(self, content_hash: str) -> None:
        with self._lock:
            self._in_use.add(content_hash)

    def _path(self, content_hash: str) -> Path:
        return self._folder / f"{content_hash}{_COPY_SUFFIX}"


@dataclass(frozen=True, slots=True)
class _LoadedDraft:
    """Stored draft, its format and the hash of its workflow copy."""

    draft: Draft
    format_version: int
    workflow_hash: str


@dataclass(frozen=True, slots=True)
class _NewerDraft:
    """Draft that only a newer program understands, and the Problem for it."""

    problem: Problem


def _encode(draft: Draft, format_version: int, workflow_hash: str) -> bytes:
    """Returns the draft as JSON; the members read by `draft_summaries` precede the changes."""
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
        return _LoadedDraft(_draft(newest), format_version, text_in(newest, "workflow"))
    except DamagedFile as damage:
        return draft_errors.damaged_draft_problem(path, key, str(damage))
    except OSError as error:
        return draft_errors.unreadable_draft_problem(path, key, str(error))


def _migrate(stored: JsonObject, migrations: DraftMigrations) -> JsonObject:
    """Returns a stored draft in the newest format. Raises DamagedFile if a migration fails."""
    try:
        for migration in migrations:
            stored = {**migration(stored)}
    except Exception as error:
        raise DamagedFile(f"{type(error).__name__}: {error}") from error
    return stored


def _draft(stored: JsonObject) -> Draft:
    return Draft(
        Workflow({}),
        source_in(stored),
        text_in(stored, "deployment_id"),
        changes_from_json(stored.get("changes")),
        _modes_from_json(stored.get("seed_modes")),
        stored.get("runs_file") is True,
        draft_id=text_in(stored, "draft_id"),
        title=text_in(stored, "title"),
        preset=text_in(stored, "preset"),
        dynamic_prompt_inputs=frozenset(
            key for key, on in changes_from_json(stored.get("expands")).items() if on is True
        ),
        orphaned=orphaned_from_json(stored.get("left")),
    )


def _modes_to_json(modes: Mapping[InputKey, SeedMode]) -> JsonObject:
    return changes_to_json({key: mode.value for key, mode in modes.items()})


def _modes_from_json(tree: Json) -> dict[InputKey, SeedMode]:
    modes_by_value = {mode.value: mode for mode in SeedMode}
    return {
        key: modes_by_value[value]
        for key, value in changes_from_json(tree).items()
        if isinstance(value, str) and value in modes_by_value
    }
