"""Checks, before files are sent, that stored copies and originals are unchanged.

A missing or damaged copy has to be noticed before a run, not after a machine has started. An
original that was edited since is worth a note; a missing original is normal.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.core.base.file_access import hash_of
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.domain.media.media import MediaFile


class OriginalState(Enum):
    """State of an original file, compared with the stored copy."""

    UNKNOWN = "unknown"
    """Not checked yet, or there never was a file."""
    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


_OriginalKey: TypeAlias = tuple[str, str]
"""Path of an original, and the hash of its copy."""
_MtimeAndSize: TypeAlias = tuple[int, int]
"""Time of the last change to a file, and its size."""


class MediaChecker:
    """Checks stored copies and their originals; publishes `changed` when a result differs.

    `unsendable` maps the names of copies that cannot be sent to the reasons.
    """

    def __init__(self, folder: Path, notices: Notices) -> None:
        self.changed: Topic[None] = Topic()
        self.unsendable: Mapping[str, str] = {}
        self._folder = folder
        self._tasks = Tasks(notices.post_failure)
        self._originals: dict[_OriginalKey, OriginalState] = {}
        self._verified_originals: dict[_OriginalKey, _MtimeAndSize] = {}
        self._verified_copies: dict[str, _MtimeAndSize] = {}
        self._is_checking = False
        self._next_files: list[MediaFile] | None = None

    def original_state(self, file: MediaFile) -> OriginalState:
        """Returns the last known state of the original of a stored file."""
        return self._originals.get((file.path, file.sha256), OriginalState.UNKNOWN)

    def check(self, files: Iterable[MediaFile]) -> None:
        """Checks stored copies and their originals; publishes `changed` if a result is new."""
        self._next_files = list(files)
        if self._next_files and not self._is_checking:
            # A hanging disk blocks one thread, not one for each check.
            self._is_checking = True
            self._tasks.start("look at originals", self._run_checks())

    async def find_unsendable(self, files: Iterable[MediaFile]) -> MediaFile | None:
        """Returns the first of `files` whose stored copy is not intact; None if there is none.

        The copies are compared byte for byte. `unsendable` then holds the reasons.
        """
        wanted = {file.stored_name: file for file in files}
        if not wanted:
            return None
        self.check(wanted.values())
        found = await asyncio.to_thread(self._copy_problems, list(wanted.values()), deep=True)
        self._update(found, {})
        return next((file for name, file in wanted.items() if found[name]), None)

    async def close(self) -> None:
        await self._tasks.close()

    async def _run_checks(self) -> None:
        try:
            while self._next_files:
                files, self._next_files = self._next_files, None
                unsendable_before = frozenset(self.unsendable)
                problems = await asyncio.to_thread(self._copy_problems, files, deep=False)
                # An unusable copy is only cleared if it was unusable before the check: only then it
                # was read completely. A copy that a run found damaged meanwhile stays unusable.
                known = {
                    name: why for name, why in problems.items() if why or name in unsendable_before
                }
                self._update(known, {})
                self._update({}, await asyncio.to_thread(self._original_states, files))
        finally:
            self._is_checking = False

    def _update(
        self, problems: Mapping[str, str], originals: Mapping[_OriginalKey, OriginalState]
    ) -> None:
        unsendable = {**self.unsendable, **problems}
        unsendable = {name: text for name, text in unsendable.items() if text}
        known = {**self._originals, **originals}
        if unsendable != self.unsendable or known != self._originals:
            self.unsendable, self._originals = unsendable, known
            self.changed.publish(None)

    # On a worker thread

    def _copy_problems(self, files: list[MediaFile], *, deep: bool) -> dict[str, str]:
        """Returns the reasons why copies cannot be sent, by stored name; "" for copies that can."""
        return {file.stored_name: self._copy_problem(file, deep=deep) for file in files}

    def _copy_problem(self, file: MediaFile, *, deep: bool) -> str:
        path = self._folder / file.stored_name
        name = one_line(file.name)
        try:
            status = path.stat()
        except (OSError, ValueError):
            return _("The stored copy of %s is not there any more. Put the file here again.") % name
        damaged_text = _("The stored copy of %s is damaged. Put the file here again.") % name
        fingerprint = status.st_mtime_ns, status.st_size
        if path.parent != self._folder or status.st_size != file.size_bytes:
            return damaged_text
        if self._verified_copies.get(file.stored_name) == fingerprint or not (
            deep or file.stored_name in self.unsendable
        ):
            return ""
        if hash_of(path) != file.sha256:
            return damaged_text
        self._verified_copies[file.stored_name] = fingerprint
        return ""

    def _original_states(self, files: list[MediaFile]) -> dict[_OriginalKey, OriginalState]:
        return {(file.path, file.sha256): self._original_state(file) for file in files if file.path}

    def _original_state(self, file: MediaFile) -> OriginalState:
        origin = file.path, file.sha256
        try:
            status = Path(file.path).stat()
        except (OSError, ValueError):
            return OriginalState.GONE
        fingerprint = status.st_mtime_ns, status.st_size
        if (
            fingerprint == (file.mtime_ns, file.size_bytes)
            or self._verified_originals.get(origin) == fingerprint
        ):
            return OriginalState.SAME
        # A file rewritten with the same bytes, as by copying or synchronising, counts as unchanged.
        if status.st_size != file.size_bytes:
            return OriginalState.CHANGED
        digest = hash_of(Path(file.path))
        if digest == file.sha256:
            self._verified_originals[origin] = fingerprint
            return OriginalState.SAME
        return OriginalState.CHANGED if digest else OriginalState.GONE
