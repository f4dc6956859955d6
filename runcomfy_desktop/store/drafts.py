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

from runcomfy_desktop.domain.draft import (
    Draft,
    SeedMode,
    Source,
    changes_from_json,
    changes_to_json,
    further_id,
    is_worth_keeping,
)
from runcomfy_desktop.domain.left_values import left_from_json, left_to_json
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import InputKey, Workflow
from runcomfy_desktop.store import unread_draft
from runcomfy_desktop.store.draft_heads import DraftHeads, draft_file, read_heads
from runcomfy_desktop.store.kept_workflows import KeptWorkflows
from runcomfy_desktop.store.late_writer import LateWriter
from runcomfy_desktop.store.long_texts import spelt
from runcomfy_desktop.store.small_file import MAX_BYTES, Damaged, read_object, set_aside
from runcomfy_desktop.store.versions import forget_old_copies, keep_file, version_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject

Steps: TypeAlias = "tuple[Callable[[JsonObject], JsonObject], ...]"
# Each brings a stored draft from the format of its place, counted from 1, to the next.
STEPS: Steps = ()
FORMAT = 1 + len(STEPS)
# Of deleted drafts these are kept, in case it was a mistake that is found later.
_MOST_DELETED = 20
_log = logging.getLogger(__name__)


class DraftStore:
    """Keeps drafts in `folder`; `on_failure` hears once when they cannot be written, and of each
    that cannot be read. `unread` hears of its key as well, as the list is another one then.

    A draft of a newer program is left alone: what is changed in its place is not stored. Before
    one of an older program is written over, a copy of it is kept.
    """

    def __init__(
        self, folder: Path, on_failure: Callable[[Exception], object], steps: Steps = STEPS
    ) -> None:
        self._folder = folder
        self._on_failure = on_failure
        self._steps = steps
        self.unread: Callable[[str], object] = lambda _key: None
        self._newer: set[str] = set()
        self._older: dict[str, int] = {}
        # What the disk did not give may be whole.
        self._unread: set[str] = set()
        self._writer = LateWriter(on_failure)
        self._saved: dict[str, Draft] = {}
        self._workflows = KeptWorkflows(folder / "workflows")
        # The copies by the keys of drafts: what lies there, and the workflow that it is of.
        self._copies: dict[str, tuple[str, Workflow]] = {}
        self._deleted = folder / "deleted"
        # The files taken out since the start: Undo may be offered for as long.
        self._undoable: set[str] = set()

    def save(self, draft: Draft) -> None:
        """Has `draft` stored within a second; one without changes loses its file."""
        self._saved[draft.key] = draft
        if draft.key not in self._newer:
            self._writer.put(self._path(draft.key), lambda: self._content(draft))

    async def load(self, key: str) -> Draft | None:
        """The draft kept under `Draft.key`, with the workflow that it was made on, an empty one
        when there is no copy of that; None when there is no draft."""
        if key in self._saved:
            return self._saved[key]
        found = await self._load(self._path(key), key)
        # While the disk was read, it may have been saved.
        return self._saved.get(key, found)

    async def heads(self) -> DraftHeads:
        """What is stored, without the changes. Lets go of copies that nothing needs any more.

        Raises OSError when the folder cannot be read.
        """
        await self.flush()
        return await asyncio.to_thread(self._heads)

    async def discard(self, key: str) -> None:
        """Takes a draft out; `restore` gives it back. Raises OSError: it is still there."""
        await self.flush()
        await self.discard_file(self._path(key).name)
        self._saved.pop(key, None)
        self._writer.forget(self._path(key))

    def remove(self, key: str) -> None:
        """Lets nothing be left of what was saved while a draft was taken out."""
        self._saved.pop(key, None)
        self._writer.put(self._path(key), lambda: None)

    async def restore(self, key: str) -> Draft | None:
        """The draft that was taken out last under this key, to be saved anew; None if it is gone.

        One that was open needs no file: whoever took it out has it.
        """
        return await self._load(self._deleted / self._path(key).name, key)

    async def discard_file(self, name: str) -> None:
        """Takes out a file that could not be read; it may be a draft. Raises OSError."""
        self._undoable.add(name)
        await asyncio.to_thread(self._put_away, name)

    async def restore_file(self, name: str) -> None:
        """Puts it back. Raises OSError."""
        await asyncio.to_thread(self._put_back, name)

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def deleted_folder(self) -> Path:
        return self._deleted

    @property
    def is_waiting(self) -> bool:
        """Whether something that was changed is not on the disk yet."""
        return self._writer.is_waiting

    @property
    def is_behind(self) -> bool:
        """Whether the disk refuses what was changed."""
        return self._writer.is_behind

    async def flush(self) -> None:
        """Writes what still waits."""
        await self._writer.flush()

    async def close(self) -> None:
        """The last edit is on disk when this returns, unless the disk refuses it."""
        await self._writer.close()

    async def _load(self, path: Path, key: str) -> Draft | None:
        found = await asyncio.to_thread(_load, path, key, self._steps)
        if isinstance(found, _Newer):
            self._newer.add(key)
            self._tell(key, found.problem)
            return None
        if isinstance(found, Problem):
            if await asyncio.to_thread(os.path.lexists, path):
                self._unread.add(key)
            self._tell(key, found)
            return None
        is_further = bool(further_id(key)) and path == self._path(key)
        if found is None:
            if is_further and key not in self._saved:
                self._tell(key, unread_draft.missing(path))
            return None
        if is_further:
            # Nothing was typed in its place. A first one may be in view without what it has here.
            self._unread.discard(key)
        if found.form < 1 + len(self._steps):
            self._older[key] = found.form
        workflow = await asyncio.to_thread(self._workflows.read, found.copy)
        if workflow is None:
            return found.draft
        self._copies[key] = found.copy, workflow
        return replace(found.draft, workflow=workflow)

    def _tell(self, key: str, problem: Problem) -> None:
        self._on_failure(problem)
        self.unread(key)

    def _content(self, draft: Draft) -> bytes | None:
        """What is written, on a worker thread. Raises OSError: no copy could be kept."""
        form = self._older.get(draft.key)
        if form is not None:
            path = self._path(draft.key)
            # Somebody may have removed it since: then there is nothing to keep.
            with suppress(FileNotFoundError):
                forget_old_copies(path, keep_file(path, form))
            del self._older[draft.key]
        if draft.key in self._unread:
            with suppress(FileNotFoundError):
                set_aside(self._path(draft.key))
            self._unread.discard(draft.key)
        if not is_worth_keeping(draft):
            return None
        data = _encode(draft, 1 + len(self._steps), self._copy_of(draft))
        if len(data) > MAX_BYTES:
            # Nobody could read it again: what is stored of before stays, and it is told.
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return data

    def _copy_of(self, draft: Draft) -> str:
        """The hash of the workflow's copy, made if need be; "" when it could not be."""
        known, of_workflow = self._copies.get(draft.key, ("", None))
        if of_workflow is draft.workflow or not draft.workflow.nodes:
            return known
        try:
            content = self._workflows.keep(draft.workflow)
        except OSError as error:
            # The changes are what nobody can get again.
            _log.warning("The workflow of draft %s is not kept: %s", draft.source.name, error)
            return ""
        self._copies[draft.key] = content, draft.workflow
        return content

    def _heads(self) -> DraftHeads:
        newest = 1 + len(self._steps)
        found, deleted = read_heads(self._folder, newest), read_heads(self._deleted, newest)
        kept = list(deleted.heads[:_MOST_DELETED])
        for each in deleted.heads[_MOST_DELETED:]:
            path = draft_file(self._deleted, each.key)
            if path.name in self._undoable:
                kept.append(each)
            else:
                path.unlink(missing_ok=True)
        if not (found.odd or found.left_out):
            # What cannot be read may need one that nobody knows of.
            heads = (*found.heads, *kept)
            self._workflows.tidy(frozenset(each.workflow for each in heads))
        return found

    def _put_away(self, name: str) -> None:
        """With the time when it was deleted: the ones of long ago are let go first."""
        with suppress(FileNotFoundError):
            self._deleted.mkdir(parents=True, exist_ok=True)
            (self._folder / name).replace(self._deleted / name)
        with suppress(OSError):
            os.utime(self._deleted / name)

    def _put_back(self, name: str) -> None:
        (self._deleted / name).replace(self._folder / name)

    def _path(self, key: str) -> Path:
        return draft_file(self._folder, key)


@dataclass(frozen=True, slots=True)
class _Found:
    """A stored draft, the format that it is in, and the hash of its workflow's copy."""

    draft: Draft
    form: int
    copy: str


@dataclass(frozen=True, slots=True)
class _Newer:
    """A draft that only a newer program understands, and what is said of it."""

    problem: Problem


def _encode(draft: Draft, form: int, copy: str) -> bytes:
    """What a list needs stands before the changes, see draft_heads."""
    stored: JsonObject = {
        "format": form,
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
        "workflow": copy,
        "count": len(draft.changes),
        "left_count": len(draft.left),
        "changes": changes_to_json(draft.changes),
        "seed_modes": _modes_to_json(draft.seed_modes),
        "runs_file": draft.runs_file,
        "expands": changes_to_json(dict.fromkeys(sorted(draft.expands), True)),
        "left": left_to_json(draft.left),
    }
    return spelt(stored)


def _load(path: Path, key: str, steps: Steps) -> _Found | _Newer | Problem | None:
    try:
        stored = read_object(path)
        if stored is None:
            return None
        if stored.get("key") != key:
            raise Damaged("it belongs to something else")
        form = version_in(stored, "format")
        if form > 1 + len(steps):
            return _Newer(unread_draft.newer(path, key))
        newest = _newest(stored, steps[form - 1 :])
        return _Found(_draft(newest), form, _text(newest, "workflow"))
    except Damaged as damage:
        return unread_draft.damaged(path, key, str(damage))
    except OSError as error:
        return unread_draft.refused(path, key, str(error))


def _newest(stored: JsonObject, steps: Steps) -> JsonObject:
    """What is stored, in the newest format. Raises Damaged: a step does not understand it."""
    try:
        for step in steps:
            stored = {**step(stored)}
    except Exception as error:
        raise Damaged(f"{type(error).__name__}: {error}") from error
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
        expands=frozenset(
            key for key, on in changes_from_json(stored.get("expands")).items() if on is True
        ),
        left=left_from_json(stored.get("left")),
    )


def _source(stored: JsonObject) -> Source:
    return Source(
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
    words = {mode.value: mode for mode in SeedMode}
    return {
        key: words[word]
        for key, word in changes_from_json(tree).items()
        if isinstance(word, str) and word in words
    }
