"""What a list says of stored drafts: read from the head of each file, never the changes in it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import Source
from runcomfy_desktop.store.small_file import Damaged, read_object
from runcomfy_desktop.store.versions import version_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.json_value import Json, JsonObject

MOST_LISTED = 2000
_HEAD_BYTES = 16 * 1024
# Also what was put aside as damaged: it is named, not hidden.
FILE_NAME = re.compile(r"[0-9a-f]{64}(\.broken-[0-9]{1,6})?\.json")
_BLANKS = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DraftHead:
    """What is known of a stored draft without its changes; `workflow` is the hash of the copy,
    `left` how many values have no place."""

    key: str
    deployment_id: str
    source: Source
    draft_id: str = ""
    title: str = ""
    preset: str = ""
    changes: int = 0
    workflow: str = ""
    modified_s: float = 0.0
    left: int = 0


@dataclass(frozen=True, slots=True)
class OddDraft:
    """A file among the drafts that cannot be used: damaged, or of a newer program; `is_refused`
    says that the disk did not give it, so it may be whole."""

    name: str
    is_newer: bool = False
    modified_s: float = 0.0
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class DraftHeads:
    """All of a folder, the newest first; `left_out` is how many more there are."""

    heads: tuple[DraftHead, ...] = ()
    odd: tuple[OddDraft, ...] = ()
    left_out: int = 0


def draft_file(folder: Path, key: str) -> Path:
    """Where the draft with this key lies."""
    # A path may hold bytes that are no text; the hash takes them as they are.
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return folder / f"{digest}.json"


def head_of(draft: Draft, modified_s: float) -> DraftHead:
    """The same of a draft in memory."""
    return DraftHead(
        draft.key,
        draft.deployment_id,
        draft.source,
        draft.draft_id,
        draft.title,
        draft.preset,
        len(draft.changes),
        modified_s=modified_s,
        left=len(draft.left),
    )


def read_heads(folder: Path, newest_form: int) -> DraftHeads:
    """Reads a folder of drafts; `newest_form` is the newest format known. For worker threads.

    Raises OSError when the folder itself cannot be read; one that is not there has none.
    """
    found = sorted(_files(folder), reverse=True)
    heads: list[DraftHead] = []
    odd: list[OddDraft] = []
    for modified_s, path in found[:MOST_LISTED]:
        try:
            members = _members(path)
            if version_in(members, "format") > newest_form:
                odd.append(OddDraft(path.name, is_newer=True, modified_s=modified_s))
                continue
            head = _head(members, modified_s)
            if draft_file(folder, head.key).name != path.name:
                raise Damaged("it belongs to something else")
            heads.append(head)
        except FileNotFoundError:
            # Written anew, or removed, meanwhile.
            continue
        except (Damaged, OSError) as error:
            _log.warning("Draft %s cannot be listed: %s", path.name, error)
            is_refused = isinstance(error, OSError)
            odd.append(OddDraft(path.name, modified_s=modified_s, is_refused=is_refused))
    return DraftHeads(tuple(heads), tuple(odd), len(found[MOST_LISTED:]))


def with_known(found: DraftHeads, folder: Path, known: Iterable[DraftHead]) -> DraftHeads:
    """What was found, and in place of what the disk did not give what is known of it."""
    refused = {odd.name for odd in found.odd if odd.is_refused}
    if not refused:
        return found
    files = {draft_file(folder, head.key).name: head for head in known}
    kept = [files[name] for name in refused & files.keys()]
    heads = sorted((*found.heads, *kept), key=lambda head: head.modified_s, reverse=True)
    odd = tuple(each for each in found.odd if not (each.is_refused and each.name in files))
    return DraftHeads(tuple(heads), odd, found.left_out)


def title_of(path: Path) -> str:
    """What the draft in a file is called, "" when nobody can tell: it may be damaged behind that.
    The file must be a plain one."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", "ignore")
        return _text(_before_changes(head), "title")
    except (OSError, ValueError, IndexError, RecursionError):
        return ""


def _files(folder: Path) -> list[tuple[float, Path]]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if FILE_NAME.fullmatch(entry.name):
                    about = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(about.st_mode):
                        found.append((about.st_mtime, Path(entry.path)))
    except FileNotFoundError:
        return []
    return found


def _members(path: Path) -> JsonObject:
    """What stands before the changes. Raises Damaged and OSError."""
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES + 1)
    if len(data) > _HEAD_BYTES:
        try:
            members = _before_changes(data[:_HEAD_BYTES].decode("utf-8", "ignore"))
        except (ValueError, IndexError, RecursionError):
            members = {}
        if "count" in members:
            return members
    # A small one, or one of before, which does not say its count.
    stored = read_object(path)
    if stored is None:
        raise FileNotFoundError(path)
    changes = stored.get("changes")
    inputs = changes.values() if isinstance(changes, dict) else ()
    count = sum(len(each) for each in inputs if isinstance(each, dict))
    return {**stored, "count": count}


def _before_changes(text: str) -> JsonObject:
    members: dict[str, Json] = {}
    at = _skip(text, _expect(text, 0, "{"))
    while True:
        name, at = _decoder.raw_decode(text, at)
        at = _skip(text, _expect(text, at, ":"))
        if name == "changes":
            return members
        members[str(name)], at = _decoder.raw_decode(text, at)
        at = _skip(text, _expect(text, at, ","))


def _expect(text: str, at: int, sign: str) -> int:
    at = _skip(text, at)
    if text[at] != sign:
        raise ValueError(f"no {sign} at {at}")
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match is not None else at


def _head(members: JsonObject, modified_s: float) -> DraftHead:
    key = members.get("key")
    if not isinstance(key, str) or not key:
        raise Damaged("no key")
    source = members.get("source")
    facts = source if isinstance(source, dict) else {}
    return DraftHead(
        key,
        _text(members, "deployment_id"),
        Source(
            _text(facts, "name"),
            _text(facts, "path"),
            _text(facts, "workflow_version"),
            _text(facts, "content"),
        ),
        _text(members, "draft_id"),
        _text(members, "title"),
        _text(members, "preset"),
        _count(members, "count"),
        _text(members, "workflow"),
        modified_s,
        _count(members, "left_count"),
    )


def _count(stored: JsonObject, name: str) -> int:
    count = stored.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0


def _text(stored: JsonObject, name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""
