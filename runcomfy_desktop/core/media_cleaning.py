"""Cleans the media folder of copies that no draft, job, grid or preset has named for a month.

One look at each start of a session, a while after it, on threads. What is named at one look is
safe for a month from then on, so nothing that was named when the program started can be lost to
it, wherever it moves meanwhile: into an undo step, the bin, or a notice's Undo. What was not named
by then and is used all the same - dropped once more, found for a preset, sent whole - goes through
`media_files.use`, which removals respect; a pasted value is seen in the drafts that are open.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.store import media_cleaning_state as kept
from runcomfy_desktop.store.media_files import Unread, hash_in, list_files, remove_unused
from runcomfy_desktop.store.media_references import MediaReferences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from runcomfy_desktop.core.page import Pages
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.store.history import History
    from runcomfy_desktop.store.media_cleaning_state import UnnamedMedia

# A disk that does not answer keeps no session from its end.
_FINISH_S = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CleaningTimes:
    """Says how long after the session began a look begins, and the time of day, in seconds."""

    after_s: float = 60.0
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class CleaningPlaces:
    """Names the media folder, the file that says what was not named in it, and where names may be:
    the usual folder of presets is made by this program, another one was chosen."""

    media: Path
    record: Path
    drafts: Path
    sweeps: Path
    trash: Path
    usual_presets: Path


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Gives what the program has in memory: drafts and jobs, and where the presets are now."""

    pages: Pages
    jobs: Mapping[str, Job]
    preset_root: Callable[[], str]

    def drafts(self) -> list[Draft]:
        """Returns all drafts that are open, with their undo steps."""
        pages = self.pages.values()
        steps = [draft for page in pages for _label, draft in (*page.past, *page.future)]
        return [*steps, *(page.draft for page in pages)]


@dataclass(frozen=True, slots=True)
class _Look:
    """Holds what belongs to one look: the files with the times when they were used, what the look
    before found, and what names them."""

    files: Mapping[str, int]
    before: UnnamedMedia
    references: MediaReferences

    def unnamed(self) -> dict[str, int]:
        """Returns the files that nothing was found to name, so far."""
        hashes = self.references.unnamed
        return {name: when for name, when in self.files.items() if hash_in(name) in hashes}


class _Closed(Exception):  # noqa: N818 - nothing failed
    """The session ends."""


class MediaCleaner:
    """Removes what is due; too little rather than too much, and nothing where any place that may
    name a file cannot be read to its end. All of it is logged, nothing is told."""

    def __init__(
        self, places: CleaningPlaces, history: History, work: OpenWork, times: CleaningTimes
    ) -> None:
        self._places = places
        self._history = history
        self._work = work
        self._times = times
        self._tasks = Tasks()
        self._closing = threading.Event()
        self._closed = asyncio.Event()

    def start(self) -> None:
        """Begins to wait for the time of the look."""
        self._tasks.start("clean media", self._run())

    async def close(self) -> None:
        """Ends the cleaning: nothing is removed any more when this returns."""
        self._closing.set()
        self._closed.set()
        await self._tasks.finish(_FINISH_S)

    async def clean(self) -> None:
        """Looks once, and removes what is due."""
        try:
            await self._clean()
        except _Closed:
            pass
        except (Unread, Problem, OSError) as error:
            why = error.technical or error.title if isinstance(error, Problem) else error
            _log.info("Nothing is removed from %s this time: %s", self._places.media, why)

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self._times.after_s):
                await self._closed.wait()
        except TimeoutError:
            await self.clean()

    async def _clean(self) -> None:
        look = await asyncio.to_thread(self._begin)
        if look is None:
            return
        root = Path(self._work.preset_root())
        try:
            look = await asyncio.to_thread(self._read_files, look, root)
            await self._history.read_documents(look.references.take_text)
        except (Unread, Problem, OSError):
            await asyncio.to_thread(self._give_up, look, self._times.now())
            raise
        in_memory = _hashes(self._work.drafts(), list(self._work.jobs.values()))
        await asyncio.to_thread(self._finish, look, in_memory, self._times.now())

    # On a worker thread

    def _begin(self) -> _Look | None:
        files = list_files(self._places.media)
        if not files:
            return None
        before = kept.load(self._places.record)
        return _Look(files, before, MediaReferences(map(hash_in, files), self._heed))

    def _read_files(self, look: _Look, root: Path) -> _Look:
        """Reads all but the history. Raises Unread."""
        references, before = look.references, look.before
        references.read_drafts(self._places.drafts)
        references.read_sweeps(self._places.sweeps)
        is_chosen = root != self._places.usual_presets
        if not root.exists() and (is_chosen or os.path.lexists(root)):
            raise Unread(f"{root} is not there")
        presets = references.read_presets(root) if root.exists() else 0
        if is_chosen and not presets and before.presets and before.preset_root == str(root):
            # A disk that is away may leave an empty folder in its place.
            raise Unread(f"{root} has no presets any more")
        references.read_trash(self._places.trash)
        return replace(look, before=replace(before, preset_root=str(root), presets=presets))

    def _give_up(self, look: _Look, now_s: float) -> None:
        named = look.files.keys() - look.unnamed().keys()
        kept.save(self._places.record, look.before.without(named, now_s))

    def _finish(self, look: _Look, in_memory: Iterable[str], now_s: float) -> None:
        look.references.take(in_memory)
        seen = look.before.looked_again(look.unnamed(), now_s)
        self._heed()
        # First: without that, the next look would begin the month anew, and nobody would notice.
        kept.save(self._places.record, seen)
        removed = freed_bytes = 0
        for name, mtime_ns in seen.due().items():
            self._heed()
            try:
                size_bytes = remove_unused(self._places.media / name, mtime_ns)
            except OSError as error:
                # On Windows, it may be open somewhere: the next start tries again.
                _log.info("%s is not removed: %s", name, error)
                continue
            if size_bytes is not None:
                removed += 1
                freed_bytes += size_bytes
        if removed:
            what = "Removed %d files of %d bytes that nothing named for a month from %s"
            _log.info(what, removed, freed_bytes, self._places.media)

    def _heed(self) -> None:
        if self._closing.is_set():
            raise _Closed


def _hashes(drafts: Iterable[Draft], jobs: Iterable[Job]) -> Iterator[str]:
    for draft in drafts:
        yield from _hashes_in(draft.changes.values())
        yield from _hashes_in(left.value for left in draft.left)
    for job in jobs:
        yield from _hashes_in(job.changes.values())
        yield from _hashes_in(job.smaller.values())
        yield hash_in(job.workflow_file)


def _hashes_in(values: Iterable[object]) -> Iterator[str]:
    return (hash_in(each.stored_name) for each in values if isinstance(each, MediaFile))
