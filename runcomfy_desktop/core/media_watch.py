"""Looks whether files that are to be sent are still what they were: the kept copy, the original.

A copy that is gone or damaged has to be known before a run, not after a machine has started. An
original that was edited since is worth a word, and one that is gone is nobody's fault.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.core.reading import hash_of
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.media import MediaFile


class Original(Enum):
    """What became of the file that was dropped."""

    UNKNOWN = "unknown"
    """It was not looked at yet, or it never was a file."""
    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


_Origin: TypeAlias = tuple[str, str]
"""An original's path, and the hash of what was taken from there."""
_Seen: TypeAlias = tuple[int, int]
"""When a file was last written, and its size."""


class MediaWatch:
    """Publishes `changed` when it learned something else about a file than it knew.

    `lost` names the copies that cannot be sent, by their names in the folder, and why.
    """

    def __init__(self, folder: Path, notices: Notices) -> None:
        self.changed: Topic[None] = Topic()
        self.lost: Mapping[str, str] = {}
        self._folder = folder
        self._tasks = Tasks(notices.failure)
        self._originals: dict[_Origin, Original] = {}
        self._same_bytes: dict[_Origin, _Seen] = {}
        self._whole: dict[str, _Seen] = {}
        self._is_looking = False
        self._next: list[MediaFile] | None = None

    def original(self, file: MediaFile) -> Original:
        """What is known by now of the original of a kept file."""
        return self._originals.get((file.path, file.sha256), Original.UNKNOWN)

    def look(self, files: Iterable[MediaFile]) -> None:
        """Looks at copies and originals; what came of it is told by `changed`."""
        self._next = list(files)
        if self._next and not self._is_looking:
            # A disk that does not answer holds up one thread, and not one for each look.
            self._is_looking = True
            self._tasks.start("look at originals", self._look())

    def before_run(
        self,
        files: Iterable[MediaFile],
        go: Callable[[], object],
        refuse: Callable[[], object],
    ) -> None:
        """Calls `go` when every copy is whole, byte for byte, else `refuse`; `lost` says why."""
        wanted = {file.stored_name: file for file in files}
        if not wanted:
            go()
            return
        self.look(wanted.values())
        self._tasks.start("check copies", self._check(list(wanted.values()), go, refuse))

    async def close(self) -> None:
        await self._tasks.close()

    async def _check(
        self, files: list[MediaFile], go: Callable[[], object], refuse: Callable[[], object]
    ) -> None:
        found = await asyncio.to_thread(self._faults, files, deep=True)
        self._note(found, {})
        if any(found.values()):
            refuse()
        else:
            go()

    async def _look(self) -> None:
        try:
            while self._next:
                files, self._next = self._next, None
                before = frozenset(self.lost)
                faults = await asyncio.to_thread(self._faults, files, deep=False)
                # Only of what was lost before has every byte been read again; a copy that a run
                # found to be damaged meanwhile stays so.
                self._note({each: why for each, why in faults.items() if why or each in before}, {})
                self._note({}, await asyncio.to_thread(self._look_at_originals, files))
        finally:
            self._is_looking = False

    def _note(self, faults: Mapping[str, str], originals: Mapping[_Origin, Original]) -> None:
        lost = {**self.lost, **faults}
        lost = {name: text for name, text in lost.items() if text}
        known = {**self._originals, **originals}
        if lost != self.lost or known != self._originals:
            self.lost, self._originals = lost, known
            self.changed.publish(None)

    # On a worker thread

    def _faults(self, files: list[MediaFile], *, deep: bool) -> dict[str, str]:
        """Why copies cannot be sent, "" for those that can."""
        return {file.stored_name: self._fault(file, deep=deep) for file in files}

    def _fault(self, file: MediaFile, *, deep: bool) -> str:
        path = self._folder / file.stored_name
        name = one_line(file.name)
        try:
            about = path.stat()
        except (OSError, ValueError):
            return _("The stored copy of %s is not there any more. Put the file here again.") % name
        damaged = _("The stored copy of %s is damaged. Put the file here again.") % name
        seen = about.st_mtime_ns, about.st_size
        if path.parent != self._folder or about.st_size != file.size_bytes:
            return damaged
        if self._whole.get(file.stored_name) == seen or not (deep or file.stored_name in self.lost):
            return ""
        if hash_of(path) != file.sha256:
            return damaged
        self._whole[file.stored_name] = seen
        return ""

    def _look_at_originals(self, files: list[MediaFile]) -> dict[_Origin, Original]:
        return {(file.path, file.sha256): self._look_at(file) for file in files if file.path}

    def _look_at(self, file: MediaFile) -> Original:
        origin = file.path, file.sha256
        try:
            about = Path(file.path).stat()
        except (OSError, ValueError):
            return Original.GONE
        seen = about.st_mtime_ns, about.st_size
        if seen == (file.mtime_ns, file.size_bytes) or self._same_bytes.get(origin) == seen:
            return Original.SAME
        # Written anew with the same bytes, as a copy or a synchronised folder is, it is the same.
        if about.st_size != file.size_bytes:
            return Original.CHANGED
        digest = hash_of(Path(file.path))
        if digest == file.sha256:
            self._same_bytes[origin] = seen
            return Original.SAME
        return Original.CHANGED if digest else Original.GONE
