"""Summaries of stored drafts for lists, read from the part of each file before the changes."""

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

from runcomfy_desktop.domain.drafts.draft import DraftSource
from runcomfy_desktop.store.data_versions import version_in
from runcomfy_desktop.store.small_file import DamagedFile, read_object, text_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft

MAX_LISTED = 2000
_HEAD_BYTES = 16 * 1024
# Also matches files moved aside as damaged, so that they are listed.
FILE_NAME = re.compile(r"[0-9a-f]{64}(\.broken-[0-9]{1,6})?\.json")
_WHITESPACE = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """Summary of a stored draft: everything except its changes.

    `workflow_hash` is the hash of the workflow copy, `orphaned_count` the number of values that fit
    no input.
    """

    key: str
    deployment_id: str
    source: DraftSource
    draft_id: str = ""
    title: str = ""
    preset: str = ""
    change_count: int = 0
    workflow_hash: str = ""
    modified_s: float = 0.0
    orphaned_count: int = 0


@dataclass(frozen=True, slots=True)
class UnreadableDraft:
    """File in the drafts folder that is damaged or was written by a newer program.

    `is_io_error` is True if the file could not be read from the disk; it may then be intact.
    """

    name: str
    is_newer: bool = False
    modified_s: float = 0.0
    is_io_error: bool = False


@dataclass(frozen=True, slots=True)
class DraftSummaries:
    """Drafts in a folder, newest first; `omitted_count` is the number of files beyond the limit."""

    summaries: tuple[DraftSummary, ...] = ()
    unreadable: tuple[UnreadableDraft, ...] = ()
    omitted_count: int = 0


def draft_path(folder: Path, key: str) -> Path:
    """Returns the path of the draft with this key."""
    # A path may contain bytes that are not valid text; the hash accepts them.
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return folder / f"{digest}.json"


def summary_of(draft: Draft, modified_s: float) -> DraftSummary:
    """Returns the summary of a draft in memory."""
    return DraftSummary(
        draft.key,
        draft.deployment_id,
        draft.source,
        draft.draft_id,
        draft.title,
        draft.preset,
        len(draft.changes),
        modified_s=modified_s,
        orphaned_count=len(draft.orphaned),
    )


def read_summaries(folder: Path, newest_format: int) -> DraftSummaries:
    """Returns summaries of the drafts in a folder; call it on a worker thread.

    Drafts with a format newer than `newest_format` count as unreadable. Raises OSError if the
    folder itself cannot be read. A missing folder has no drafts.
    """
    found = sorted(_files(folder), reverse=True)
    summaries: list[DraftSummary] = []
    unreadable: list[UnreadableDraft] = []
    for modified_s, path in found[:MAX_LISTED]:
        try:
            members = _head_members(path)
            if version_in(members, "format") > newest_format:
                unreadable.append(UnreadableDraft(path.name, is_newer=True, modified_s=modified_s))
                continue
            summary = _summary_from(members, modified_s)
            if draft_path(folder, summary.key).name != path.name:
                raise DamagedFile("it belongs to something else")
            summaries.append(summary)
        except FileNotFoundError:
            # The file has been renamed or removed since the folder was listed.
            continue
        except (DamagedFile, OSError) as error:
            _log.warning("Draft %s cannot be listed: %s", path.name, error)
            is_io_error = isinstance(error, OSError)
            unreadable.append(
                UnreadableDraft(path.name, modified_s=modified_s, is_io_error=is_io_error)
            )
    return DraftSummaries(tuple(summaries), tuple(unreadable), len(found[MAX_LISTED:]))


def with_known_summaries(
    found: DraftSummaries, folder: Path, known: Iterable[DraftSummary]
) -> DraftSummaries:
    """Replaces files that could not be read from the disk by their summaries in `known`."""
    failed_names = {unreadable.name for unreadable in found.unreadable if unreadable.is_io_error}
    if not failed_names:
        return found
    known_by_name = {draft_path(folder, summary.key).name: summary for summary in known}
    replacements = [known_by_name[name] for name in failed_names & known_by_name.keys()]
    summaries = sorted(
        (*found.summaries, *replacements), key=lambda summary: summary.modified_s, reverse=True
    )
    unreadable = tuple(
        each for each in found.unreadable if not (each.is_io_error and each.name in known_by_name)
    )
    return DraftSummaries(tuple(summaries), unreadable, found.omitted_count)


def title_of(path: Path) -> str:
    """Returns the title in a draft file; "" if it cannot be read.

    The file must be a plain file. It may be damaged after the title.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", "ignore")
        return text_in(_parse_before_changes(head), "title")
    except (OSError, ValueError, IndexError, RecursionError):
        return ""


def _files(folder: Path) -> list[tuple[float, Path]]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if FILE_NAME.fullmatch(entry.name):
                    info = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(info.st_mode):
                        found.append((info.st_mtime, Path(entry.path)))
    except FileNotFoundError:
        return []
    return found


def _head_members(path: Path) -> JsonObject:
    """Returns the draft's members that precede its changes. Raises DamagedFile and OSError."""
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES + 1)
    if len(data) > _HEAD_BYTES:
        try:
            members = _parse_before_changes(data[:_HEAD_BYTES].decode("utf-8", "ignore"))
        except (ValueError, IndexError, RecursionError):
            members = {}
        if "count" in members:
            return members
    # A small file, or one of an earlier version, which has no count.
    stored = read_object(path)
    if stored is None:
        raise FileNotFoundError(path)
    changes = stored.get("changes")
    inputs = changes.values() if isinstance(changes, dict) else ()
    count = sum(len(each) for each in inputs if isinstance(each, dict))
    return {**stored, "count": count}


def _parse_before_changes(text: str) -> JsonObject:
    members: dict[str, Json] = {}
    at = _skip_whitespace(text, _expect(text, 0, "{"))
    while True:
        name, at = _decoder.raw_decode(text, at)
        at = _skip_whitespace(text, _expect(text, at, ":"))
        if name == "changes":
            return members
        members[str(name)], at = _decoder.raw_decode(text, at)
        at = _skip_whitespace(text, _expect(text, at, ","))


def _expect(text: str, at: int, char: str) -> int:
    at = _skip_whitespace(text, at)
    if text[at] != char:
        raise ValueError(f"no {char} at {at}")
    return at + 1


def _skip_whitespace(text: str, at: int) -> int:
    match = _WHITESPACE.match(text, at)
    return match.end() if match is not None else at


def _summary_from(members: JsonObject, modified_s: float) -> DraftSummary:
    key = members.get("key")
    if not isinstance(key, str) or not key:
        raise DamagedFile("no key")
    return DraftSummary(
        key,
        text_in(members, "deployment_id"),
        source_in(members),
        text_in(members, "draft_id"),
        text_in(members, "title"),
        text_in(members, "preset"),
        _count(members, "count"),
        text_in(members, "workflow"),
        modified_s,
        _count(members, "left_count"),
    )


def source_in(members: JsonObject) -> DraftSource:
    """Returns the source of a stored draft; its missing members are "".

    Takes the members of the draft.
    """
    found = members.get("source")
    source = found if isinstance(found, dict) else {}
    names = ("name", "path", "workflow_version", "content")
    return DraftSource(*(text_in(source, name) for name in names))


def _count(stored: JsonObject, name: str) -> int:
    count = stored.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0
