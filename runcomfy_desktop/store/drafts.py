"""Drafts: what the person changed, one readable JSON file for each deployment or opened file.

Stored are the changes, never the workflow: a deployment's comes from the service, a file's from
the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.draft import (
    Draft,
    SeedMode,
    Source,
    changes_from_json,
    changes_to_json,
)
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import InputKey, Workflow
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.late_writer import LateWriter
from runcomfy_desktop.store.small_file import Damaged, read_object, set_aside
from runcomfy_desktop.store.versions import forget_old_copies, keep_file, version_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject

Steps: TypeAlias = "tuple[Callable[[JsonObject], JsonObject], ...]"
# Each brings a stored draft from the format of its place, counted from 1, to the next.
STEPS: Steps = ()
FORMAT = 1 + len(STEPS)
_log = logging.getLogger(__name__)


class DraftStore:
    """Keeps drafts in `folder`; `on_failure` hears once when they cannot be written, and of each
    that cannot be read.

    A draft of a newer program is left alone: what is changed in its place is not stored. Before
    one of an older program is written over, a copy of it is kept.
    """

    def __init__(
        self, folder: Path, on_failure: Callable[[Exception], object], steps: Steps = STEPS
    ) -> None:
        self._folder = folder
        self._on_failure = on_failure
        self._steps = steps
        self._newer: set[str] = set()
        self._older: dict[str, int] = {}
        self._writer = LateWriter(on_failure)
        self._saved: dict[str, Draft] = {}

    def save(self, draft: Draft) -> None:
        """Has `draft` stored within a second; one without changes loses its file."""
        self._saved[draft.key] = draft
        if draft.key not in self._newer:
            self._writer.put(self._path(draft.key), lambda: self._content(draft))

    async def load(self, key: str) -> Draft | None:
        """The draft kept under `Draft.key`, with an empty workflow; None when there is none."""
        if key in self._saved:
            return self._saved[key]
        found = await asyncio.to_thread(_load, self._path(key), key, self._steps)
        if isinstance(found, _Newer):
            self._newer.add(key)
            found = found.problem
        if isinstance(found, Problem):
            self._on_failure(found)
            return None
        if found is None:
            return None
        draft, form = found
        if form < 1 + len(self._steps):
            self._older[key] = form
        return draft

    async def flush(self) -> None:
        """Writes what still waits."""
        await self._writer.flush()

    async def close(self) -> None:
        """The last edit is on disk when this returns, unless the disk refuses it."""
        await self.flush()

    def _content(self, draft: Draft) -> bytes | None:
        """What is written, on a worker thread. Raises OSError: no copy could be kept."""
        form = self._older.get(draft.key)
        if form is not None:
            path = self._path(draft.key)
            # Somebody may have removed it since: then there is nothing to keep.
            with suppress(FileNotFoundError):
                forget_old_copies(path, keep_file(path, form))
            del self._older[draft.key]
        return _encode(draft, 1 + len(self._steps))

    def _path(self, key: str) -> Path:
        # A path may hold bytes that are no text; the hash takes them as they are.
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"


@dataclass(frozen=True, slots=True)
class _Newer:
    """A draft that only a newer program understands, and what is said of it."""

    problem: Problem


def _encode(draft: Draft, form: int) -> bytes | None:
    if not (
        draft.changes or draft.seed_modes or draft.runs_file or draft.draft_id or draft.expands
    ):
        return None
    stored: JsonObject = {
        "format": form,
        "key": draft.key,
        "deployment_id": draft.deployment_id,
        "source": {
            "name": draft.source.name,
            "path": draft.source.path,
            "workflow_version": draft.source.workflow_version,
        },
        "changes": changes_to_json(draft.changes),
        "seed_modes": _modes_to_json(draft.seed_modes),
        "runs_file": draft.runs_file,
    }
    # Only what is said: a draft of before reads the same.
    if draft.draft_id:
        stored["draft_id"] = draft.draft_id
    if draft.title:
        stored["title"] = draft.title
    if draft.preset:
        stored["preset"] = draft.preset
    if draft.expands:
        stored["expands"] = changes_to_json(dict.fromkeys(sorted(draft.expands), True))
    return json.dumps(stored, indent=1).encode()


def _load(path: Path, key: str, steps: Steps) -> tuple[Draft, int] | _Newer | Problem | None:
    try:
        stored = read_object(path)
        if stored is None:
            return None
        if stored.get("key") != key:
            raise Damaged("it belongs to something else")
        form = version_in(stored, "format")
        if form > 1 + len(steps):
            return _Newer(_of_a_newer_program(path))
        return _draft(_newest(stored, steps[form - 1 :])), form
    except Damaged as damage:
        return _set_aside(path, str(damage))
    except OSError as error:
        return _unreadable(path, _("It is left as it is until you change something."), str(error))


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
    )


def _of_a_newer_program(path: Path) -> Problem:
    _log.warning("Draft %s is of a newer program", path.name)
    return Problem(
        _("Your changes to this workflow were stored by a newer version of this program."),
        _(
            "They are left as they are, and it is shown without them. What you change here is not "
            "stored."
        ),
        _("Install the newer version to go on with them."),
    )


def _set_aside(path: Path, technical: str) -> Problem:
    try:
        kept = _("The file is kept as %s.") % set_aside(path)
    except OSError as error:
        kept, technical = "", f"{technical}; {error}"
    return _unreadable(path, kept, technical)


def _unreadable(path: Path, kept: str, technical: str) -> Problem:
    _log.warning("Draft %s cannot be read: %s", path.name, technical)
    return Problem(
        _("Your earlier changes to this workflow could not be read."),
        " ".join(part for part in (_("It is shown without them."), kept) if part),
        technical=technical,
    )


def _source(stored: JsonObject) -> Source:
    return Source(_text(stored, "name"), _text(stored, "path"), _text(stored, "workflow_version"))


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
