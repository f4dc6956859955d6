"""Drafts: what the person changed, one readable JSON file for each deployment or opened file.

Stored are the changes, never the workflow: a deployment's comes from the service, a file's from
the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject

_FORMAT = 1
_log = logging.getLogger(__name__)


class DraftStore:
    """Keeps drafts in `folder`; `on_failure` hears once when they cannot be written, and of each
    that cannot be read."""

    def __init__(self, folder: Path, on_failure: Callable[[Exception], object]) -> None:
        self._folder = folder
        self._on_failure = on_failure
        self._writer = LateWriter(on_failure)
        self._saved: dict[str, Draft] = {}

    def save(self, draft: Draft) -> None:
        """Has `draft` stored within a second; one without changes loses its file."""
        self._saved[draft.key] = draft
        self._writer.put(self._path(draft.key), lambda: _encode(draft))

    async def load(self, key: str) -> Draft | None:
        """The draft kept under `Draft.key`, with an empty workflow; None when there is none."""
        if key in self._saved:
            return self._saved[key]
        found = await asyncio.to_thread(_load, self._path(key), key)
        if isinstance(found, Problem):
            self._on_failure(found)
            return None
        return found

    async def flush(self) -> None:
        """Writes what still waits."""
        await self._writer.flush()

    async def close(self) -> None:
        """The last edit is on disk when this returns, unless the disk refuses it."""
        await self.flush()

    def _path(self, key: str) -> Path:
        # A path may hold bytes that are no text; the hash takes them as they are.
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"


def _encode(draft: Draft) -> bytes | None:
    if not draft.changes and not draft.seed_modes and not draft.runs_file:
        return None
    stored: JsonObject = {
        "format": _FORMAT,
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
    return json.dumps(stored, indent=1).encode()


def _load(path: Path, key: str) -> Draft | Problem | None:
    try:
        stored = read_object(path)
        if stored is None:
            return None
        if stored.get("key") != key:
            raise Damaged("it belongs to something else")
        if stored.get("format", _FORMAT) != _FORMAT:
            raise Damaged(f"format {stored['format']!r:.20}")
    except Damaged as damage:
        return _set_aside(path, str(damage))
    except OSError as error:
        return _unreadable(path, _("It is left as it is until you change something."), str(error))
    source = stored.get("source")
    return Draft(
        Workflow({}),
        _source(source if isinstance(source, dict) else {}),
        _text(stored, "deployment_id"),
        changes_from_json(stored.get("changes")),
        _modes_from_json(stored.get("seed_modes")),
        stored.get("runs_file") is True,
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
