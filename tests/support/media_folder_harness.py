"""Media folder with everything that can refer to its files, and the cleaner, without a session."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.open_draft import OpenDrafts
from runcomfy_desktop.core.media.media_cleaner import (
    CleaningPaths,
    CleaningSchedule,
    InMemoryDocuments,
    MediaCleaner,
)
from runcomfy_desktop.core.media.media_copier import CopyOptions, MediaCopier
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.paths import SessionPaths
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.history import JobHistory
from tests.support import media_bytes as made

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.media.media import MediaFile

KEY = InputKey("1", "image")
WORKFLOW = Workflow({"1": Node("1", "LoadImage", "", {"image": "a.png"})})
DAY_S = 24 * 3600.0
# Some day in 2026.
BEGIN_S = 1_780_000_000.0


def draft_of(value: Value, name: str = "a.json") -> Draft:
    """Returns a file's draft with one changed input."""
    return Draft(WORKFLOW, DraftSource(name, f"/files/{name}"), changes={KEY: value})


class MediaFolderHarness:
    """Media folder, drafts, jobs and cleaner.

    `now_s` is the current time; `clean` runs one pass, as each session does. `on_begin` is called
    when a pass begins, `before_removal` when everything has been read and nothing removed yet.
    """

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = SessionPaths(folder)
        self.root = folder / "presets"
        self.trash = folder / "deleted-presets"
        self.database = database
        self.history = JobHistory(database)
        self.copier = MediaCopier(self.folder.media, lambda _path: None)
        self.open_drafts = OpenDrafts()
        self.jobs: dict[str, Job] = {}
        self.now_s = BEGIN_S
        self.chosen: Path | None = None
        self.failures: list[Exception] = []
        self.on_begin: Callable[[], object] = lambda: None
        self.before_removal: Callable[[], object] = lambda: None

    def store_sound(self, seconds: float) -> MediaFile:
        """Stores a sound of this length."""
        data = io.BytesIO(made.wav(seconds))
        return self.copier.store(data, "a.wav", CopyOptions(InputKind.AUDIO, lambda _name: None))

    def cleaner(self, after_s: float = 60.0) -> MediaCleaner:
        folder = self.folder
        folders = CleaningPaths(
            folder.media,
            folder.media_cleaning_state,
            folder.drafts,
            folder.sweeps,
            self.trash,
            self.root,
        )
        work = InMemoryDocuments(self.open_drafts, self.jobs, self._preset_root)
        times = CleaningSchedule(after_s, self._now)
        return MediaCleaner(folders, self.history, work, times)

    async def clean(self) -> None:
        await self.cleaner().clean()

    async def advance_days(self, days: int) -> None:
        """Runs the cleaner once on each of the next days."""
        for _day in range(days):
            self.now_s += DAY_S
            await self.clean()

    async def store_drafts(self, *drafts: Draft) -> None:
        """Stores drafts, as an edit does."""
        store = DraftStore(self.folder.drafts, self.failures.append)
        for each in drafts:
            store.save(each)
        await store.close()

    async def discard_draft(self, draft: Draft) -> None:
        """Deletes a stored draft."""
        store = DraftStore(self.folder.drafts, self.failures.append)
        await store.discard(draft.key)
        await store.close()

    def _preset_root(self) -> str:
        self.on_begin()
        return str(self.chosen or self.root)

    def _now(self) -> float:
        self.before_removal()
        return self.now_s

    @property
    def names(self) -> set[str]:
        """Names of the stored files."""
        return {path.name for path in self.folder.media.iterdir()}


@asynccontextmanager
async def open_media_folder_harness(folder: Path) -> AsyncIterator[MediaFolderHarness]:
    """Opens a harness in an empty folder, or in the folder of an earlier harness."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    database = await Database.open(SessionPaths(folder).history)
    try:
        yield MediaFolderHarness(folder, database)
    finally:
        await database.close()
