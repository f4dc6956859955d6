"""Removal of copies in the media folder that no draft, job, grid or preset has used for a month.

There is one pass in each session, some time after its start, on worker threads. Files referenced in
a pass are safe for a month from then on. So no file that was referenced when the program started
can be lost, wherever the reference moves during the session: into an undo step, the trash, or a
notice's Undo. Files that were not referenced at the start but are used later in the session
(dropped again, found for a preset, sent whole) are marked by `media_files.mark_used`, and removals
respect the mark; a pasted value is found in the open drafts.
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

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.store import media_cleaning_state as kept
from runcomfy_desktop.store.media_files import (
    UnreadableReferences,
    hash_in_name,
    list_files,
    remove_unused,
)
from runcomfy_desktop.store.media_references import MediaReferences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from runcomfy_desktop.core.editor.open_draft import OpenDrafts
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.store.history import JobHistory
    from runcomfy_desktop.store.media_cleaning_state import UnusedMedia

# A disk that hangs does not delay the end of the session for longer than this.
_FINISH_S = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CleaningSchedule:
    """Time of the pass in seconds after the start of the session, and the clock."""

    delay_s: float = 60.0
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class CleaningPaths:
    """Media folder, file with the state of the cleaning, and the folders with references.

    The default folder of presets is created by this program; otherwise the user chose another one.
    """

    media: Path
    state_file: Path
    drafts: Path
    sweeps: Path
    trash: Path
    default_presets: Path


@dataclass(frozen=True, slots=True)
class InMemoryDocuments:
    """Drafts and jobs in memory, and the current folder of presets."""

    open_drafts: OpenDrafts
    jobs: Mapping[str, Job]
    preset_root: Callable[[], str]

    def drafts(self) -> list[Draft]:
        """Returns all open drafts, including their undo steps."""
        open_drafts = self.open_drafts.values()
        steps = [
            draft
            for open_draft in open_drafts
            for _label, draft in (*open_draft.past, *open_draft.future)
        ]
        return [*steps, *(open_draft.draft for open_draft in open_drafts)]


@dataclass(frozen=True, slots=True)
class _CleaningPass:
    """State of one pass.

    `files` maps the names of the stored files to the times of their last use, `previous` is the
    result of the previous pass, `references` are the references found so far.
    """

    files: Mapping[str, int]
    previous: UnusedMedia
    references: MediaReferences

    def unused(self) -> dict[str, int]:
        """Returns the files without a reference so far."""
        hashes = self.references.unreferenced
        return {
            name: mtime_ns for name, mtime_ns in self.files.items() if hash_in_name(name) in hashes
        }


class _CleanerClosed(Exception):  # noqa: N818 - not an error
    """Raised when the session ends."""


class MediaCleaner:
    """Removes unused files, but keeps every file that might be in use.

    Removes nothing if any place that may contain references cannot be read completely. Writes to
    the log only.
    """

    def __init__(
        self,
        paths: CleaningPaths,
        history: JobHistory,
        documents: InMemoryDocuments,
        schedule: CleaningSchedule,
    ) -> None:
        self._paths = paths
        self._history = history
        self._documents = documents
        self._schedule = schedule
        self._tasks = Tasks()
        self._closing = threading.Event()
        self._closed = asyncio.Event()

    def start(self) -> None:
        """Starts waiting for the time of the pass."""
        self._tasks.start("clean media", self._run())

    async def close(self) -> None:
        """Ends the cleaning; nothing is removed after this returns."""
        self._closing.set()
        self._closed.set()
        await self._tasks.finish(_FINISH_S)

    async def clean(self) -> None:
        """Runs one pass and removes the files due for removal."""
        try:
            await self._clean()
        except _CleanerClosed:
            pass
        except (UnreadableReferences, Problem, OSError) as error:
            why = error.technical or error.title if isinstance(error, Problem) else error
            _log.info("Nothing is removed from %s this time: %s", self._paths.media, why)

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self._schedule.delay_s):
                await self._closed.wait()
        except TimeoutError:
            await self.clean()

    async def _clean(self) -> None:
        cleaning_pass = await asyncio.to_thread(self._begin_pass)
        if cleaning_pass is None:
            return
        root = Path(self._documents.preset_root())
        try:
            cleaning_pass = await asyncio.to_thread(self._read_files, cleaning_pass, root)
            await self._history.read_documents(cleaning_pass.references.add_text)
        except (UnreadableReferences, Problem, OSError):
            await asyncio.to_thread(self._save_partial, cleaning_pass, self._schedule.now())
            raise
        in_memory = _hashes(self._documents.drafts(), list(self._documents.jobs.values()))
        await asyncio.to_thread(self._finish, cleaning_pass, in_memory, self._schedule.now())

    # On a worker thread

    def _begin_pass(self) -> _CleaningPass | None:
        files = list_files(self._paths.media)
        if not files:
            return None
        previous = kept.load(self._paths.state_file)
        return _CleaningPass(
            files, previous, MediaReferences(map(hash_in_name, files), self._check_closing)
        )

    def _read_files(self, cleaning_pass: _CleaningPass, root: Path) -> _CleaningPass:
        """Reads all references, except references in the history. Raises UnreadableReferences."""
        references, previous = cleaning_pass.references, cleaning_pass.previous
        references.read_drafts(self._paths.drafts)
        references.read_sweeps(self._paths.sweeps)
        is_chosen = root != self._paths.default_presets
        if not root.exists() and (is_chosen or os.path.lexists(root)):
            raise UnreadableReferences(f"{root} is not there")
        presets = references.read_presets(root) if root.exists() else 0
        if (
            is_chosen
            and not presets
            and previous.preset_count
            and previous.preset_root == str(root)
        ):
            # An unmounted disk may leave an empty folder in its place.
            raise UnreadableReferences(f"{root} has no presets any more")
        references.read_trash(self._paths.trash)
        return replace(
            cleaning_pass, previous=replace(previous, preset_root=str(root), preset_count=presets)
        )

    def _save_partial(self, cleaning_pass: _CleaningPass, now_s: float) -> None:
        named = cleaning_pass.files.keys() - cleaning_pass.unused().keys()
        kept.save(self._paths.state_file, cleaning_pass.previous.without_used(named, now_s))

    def _finish(self, cleaning_pass: _CleaningPass, in_memory: Iterable[str], now_s: float) -> None:
        cleaning_pass.references.add_hashes(in_memory)
        state = cleaning_pass.previous.after_check(cleaning_pass.unused(), now_s)
        self._check_closing()
        # The state is saved before any removal: if it could not be saved, the month would start
        # again with each pass, unnoticed.
        kept.save(self._paths.state_file, state)
        removed = freed_bytes = 0
        for name, mtime_ns in state.expired().items():
            self._check_closing()
            try:
                size_bytes = remove_unused(self._paths.media / name, mtime_ns)
            except OSError as error:
                # On Windows, the file may be in use: the next session tries again.
                _log.info("%s is not removed: %s", name, error)
                continue
            if size_bytes is not None:
                removed += 1
                freed_bytes += size_bytes
        if removed:
            message = "Removed %d files of %d bytes that nothing named for a month from %s"
            _log.info(message, removed, freed_bytes, self._paths.media)

    def _check_closing(self) -> None:
        if self._closing.is_set():
            raise _CleanerClosed


def _hashes(drafts: Iterable[Draft], jobs: Iterable[Job]) -> Iterator[str]:
    for draft in drafts:
        yield from _hashes_in(draft.changes.values())
        yield from _hashes_in(left.value for left in draft.orphaned)
    for job in jobs:
        yield from _hashes_in(job.changes.values())
        yield from _hashes_in(job.smaller.values())
        yield hash_in_name(job.workflow_file)


def _hashes_in(values: Iterable[object]) -> Iterator[str]:
    return (hash_in_name(each.stored_name) for each in values if isinstance(each, MediaFile))
