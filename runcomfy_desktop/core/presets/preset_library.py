"""The user's presets: listed, read, saved, imported and exported.

The files are authoritative. Other programs may write to the folder, so it is checked every few
seconds, and nothing is cached for longer. All disk access is on worker threads, one operation at a
time.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.presets import preset_messages as words
from runcomfy_desktop.core.presets.preset_disk_queue import PresetDiskQueue
from runcomfy_desktop.core.presets.preset_library_state import (
    PresetLibraryPaths,
    PresetLibraryState,
    resolve_preset,
)
from runcomfy_desktop.core.presets.preset_planner import PresetPlanner
from runcomfy_desktop.core.presets.preset_preferences import PresetPreferencesManager
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.preset_paths import SHIPPED_PREFIX
from runcomfy_desktop.store.presets import PresetFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.core.presets.preset_exchange import PresetExchange
    from runcomfy_desktop.core.presets.preset_library_state import (
        PathCallback,
        PathsCallback,
        PresetOrFactory,
    )
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.store.presets import LoadedPreset, SavedPreset, TrashedPreset

__all__ = ["PresetLibrary", "PresetLibraryPaths", "PresetLibraryState"]
POLL_INTERVAL_S = 2.0
_LARGE_FOLDER_FILES = 1000
# In a large folder, files are only checked every few rounds; its folders are checked in each.
_FULL_SCAN_TURNS = 15
_FINISH_S = 5.0
_NO_MOVES: tuple[tuple[str, str], ...] = ()
T = TypeVar("T")


def root_of(chosen: str, default: Path) -> Path:
    """Returns the normalized path of the folder; `chosen` is "" for the default one."""
    return Path(os.path.normpath(Path(chosen).absolute())) if chosen else default


def folders_overlap(one: Path, other: Path) -> bool:
    """Returns True if one of the folders is the other one or inside it."""
    return one == other or one in other.parents or other in one.parents


def _check_root(root: Path) -> None:
    """Creates the folder. Raises Problem if it cannot be read. Does blocking disk I/O."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with os.scandir(root):
            pass
    except OSError as error:
        detail = _("The system does not let the program look into %s.") % one_line(str(root))
        title, advice = _("Presets cannot be kept in this folder."), _("Choose another folder.")
        technical = f"{type(error).__name__}: {error}"
        raise Problem(title, detail, advice, technical=technical) from None


def _too_many_files() -> Problem:
    """Returns the problem for a folder with too many files to be read completely."""
    return Problem(
        _("This folder has more files than are looked at."),
        _("Some presets in it may not be listed."),
        _("Choose a folder that holds presets only."),
    )


class PresetLibrary:
    """Owns the folder of presets, and the favourites and defaults.

    Publishes `changed`, and `moved` with the old and the new path of a preset that was moved. Every
    command returns at once; `then` is called when the command is done. Errors are reported through
    `notices`. `secrets` returns the strings that no preset may contain.
    """

    def __init__(
        self,
        paths: PresetLibraryPaths,
        preferences: Preferences,
        notices: Notices,
        secrets: Callable[[], Iterable[str]] = tuple,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        self.changed: Topic[PresetLibraryState] = Topic()
        self.moved: Topic[tuple[str, str]] = Topic()
        self.planner = PresetPlanner(notices)
        self._paths = paths
        self._preferences = preferences
        self._notices = notices
        self._secrets = secrets
        self._poll_interval_s = poll_interval_s
        self._tasks = Tasks(notices.post_failure)
        self.disk_queue = PresetDiskQueue()
        file = paths.preferences_file
        self._preset_preferences = PresetPreferencesManager(file, notices.post_failure)
        self._watch_task: asyncio.Task[Any] | None = None
        self._root = self._configured_root()
        self._folder = self._open_folder(self._root)
        self.state = PresetLibraryState(root=str(self._root))
        self._unsubscribe = preferences.changed.subscribe(self._on_preferences_changed)

    def start(self) -> None:
        """Reads the folder, and watches it for changes."""
        self._watch_task = self._tasks.start("presets", self._watch())

    async def close(self) -> None:
        """Finishes requested operations within a time limit; favourites and defaults are saved."""
        self._unsubscribe()
        if self._watch_task is not None:
            self._watch_task.cancel()
        await self.disk_queue.cancel_scans()
        await self.planner.close()
        await self._tasks.finish(_FINISH_S)
        await self.disk_queue.close()
        await self._preset_preferences.close()

    # Reading and writing

    def read(
        self, path: str, then: Callable[[Preset], object], *, is_for_writing: bool = False
    ) -> None:
        """Reads a preset and passes it to `then`.

        `is_for_writing`: a write depends on the preset, so this counts as a pending write.
        """

        def done(found: LoadedPreset) -> None:
            self._preset_preferences.record_read(path, found.content_hash)
            then(found.preset)

        reading = self.disk_queue.read(lambda: self._folder.read(path))
        task = self._start("read preset", reading, done)
        if is_for_writing:
            self.disk_queue.track(task)

    async def load(self, path: str) -> Preset:
        """Returns a preset, for callers that wait for it. Raises Problem."""
        return (await self.disk_queue.read(lambda: self._folder.read(path))).preset

    def mark_applied(self, path: str, preset: Preset) -> None:
        """Records that the user applied this preset: a later update is based on this version.

        Does nothing if the file has been changed since it was read.
        """

        def done(found: LoadedPreset) -> None:
            if found.preset == preset:
                self._preset_preferences.record_applied(path, found.content_hash)

        reading = self.disk_queue.read(lambda: self._folder.read(path))
        self._start("preset taken over", reading, done)

    def save(
        self,
        preset: PresetOrFactory,
        folder: str,
        then: PathCallback = None,
        *,
        includes_files: bool = False,
    ) -> None:
        """Saves a preset as a new file, with the bytes of its media if `includes_files`."""

        def write() -> SavedPreset:
            full = resolve_preset(preset)
            if includes_files:
                full = self._exchange().with_media(full)
            return self._folder.save(full, folder)

        self._start_write("save preset", write, then)

    def update(
        self,
        path: str,
        preset: PresetOrFactory,
        then: PathCallback = None,
        *,
        includes_files: bool = False,
    ) -> None:
        """Replaces the preset at `path`; embeds media if it had some or if `includes_files`.

        Data that a draft does not have, such as the note and unknown fields, is kept. If the file
        was changed elsewhere meanwhile, that version is saved next to it.
        """
        folder = self._same_folder()

        def write() -> SavedPreset:
            full = resolve_preset(preset)
            # A reading error is reported by the update itself.
            with suppress(Problem):
                if includes_files or self._folder.read(path).preset.files:
                    full = self._exchange().with_media(full)
            return folder().update(path, full, self._preset_preferences.known_hash(path))

        self._start_write("update preset", write, then)

    def rename(self, path: str, name: str) -> None:
        """Renames a preset and its file."""
        known, folder = self._preset_preferences.known_hash(path), self._same_folder()
        rename = self.disk_queue.write(lambda: folder().rename(path, name, known))
        self._tasks.start("rename preset", self._finish_move(path, rename))

    def move(self, path: str, folder: str) -> None:
        """Moves a preset into another folder, which is created if necessary; "" for the root."""
        same_folder = self._same_folder()
        moving = self.disk_queue.write(lambda: same_folder().move(path, folder))
        self._tasks.start("move preset", self._finish_move(path, moving))

    def duplicate(self, path: str, then: PathCallback = None) -> None:
        """Duplicates a preset in its folder; the copy of a shipped preset belongs to the user."""
        self._start_write("duplicate preset", lambda: self._folder.duplicate(path), then)

    def delete(self, paths: Iterable[str]) -> None:
        """Deletes presets; the user can undo this."""
        wanted = list(paths)
        own = [path for path in wanted if not path.startswith(SHIPPED_PREFIX)]
        if len(own) < len(wanted):
            self._notices.post(words.shipped_kept_notice(len(wanted) - len(own)))
        if not own:
            return
        names = {summary.path: summary.name for summary in self.state.summaries}
        folder = self._folder

        def done(deleted: Sequence[TrashedPreset]) -> None:
            if deleted:
                deleted_names = [names.get(each.path, each.path) for each in deleted]
                undo = partial(self._restore, folder, deleted)
                self._notices.post(words.deleted_notice(deleted_names, undo))

        deletion = self.disk_queue.write(lambda: folder.delete(own))
        self._start("delete presets", deletion, done, rescan=True)

    def add_folder(self, folder: str, then: PathCallback = None) -> None:
        """Creates an empty folder; `then` gets its name."""
        making = self.disk_queue.write(lambda: self._folder.add_folder(folder))
        self._start("add folder", making, then or (lambda _name: None), rescan=True)

    def set_favourite(self, path: str, on: bool) -> None:
        """Marks or unmarks a preset as one of the user's favourites."""
        self._preset_preferences.set_favourite(path, on=on)
        self._publish(self.state)

    def set_default(self, deployment_id: str, path: str) -> None:
        """Sets the default preset of a deployment; "" for none."""
        self._preset_preferences.set_default(deployment_id, path)
        self._publish(self.state)

    def set_root(self, folder: str) -> None:
        """Switches to another folder of presets, "" for the default one.

        Presets in the old folder stay there; a notice offers to copy them.
        """
        self._tasks.start("move presets", self._set_root(folder))

    # Import and export

    def import_files(self, paths: Iterable[str], folder: str, then: PathsCallback = None) -> None:
        """Imports presets from files: presets, request bodies, cURL commands, records of runs."""
        files = [Path(path) for path in paths]
        importing = self.disk_queue.write(lambda: self._exchange().import_files(files, folder))

        def done(found: tuple[Sequence[str], Sequence[str]]) -> None:
            self._notify_imported(*found)
            if then is not None and found[0]:
                then(found[0])

        self._start("import presets", importing, done, rescan=True)

    def import_text(self, text: str, then: PathCallback = None, folder: str = "") -> None:
        """Imports presets from pasted text; `then` gets the path of the first one."""
        importing = self.disk_queue.write(lambda: self._exchange().import_text(text, folder))

        def done(found: tuple[Sequence[str], Sequence[str]]) -> None:
            paths, errors = found
            self._notify_imported(paths, ())
            if errors:
                self._notices.post(words.import_truncated_notice(errors[0]))
            if then is not None:
                then(paths[0])

        self._start("import text", importing, done, rescan=True)

    def file_sizes(self, paths: Iterable[str], then: Callable[[Sequence[int]], object]) -> None:
        """Passes to `then` the sizes in bytes of the media that exports could embed."""
        wanted = list(paths)
        weighing = self.disk_queue.read(lambda: self._exchange().missing_sizes(wanted))
        self._start("weigh presets", weighing, then)

    def export(self, paths: Iterable[str], target: str, *, includes_files: bool = False) -> None:
        """Exports copies: one preset to a file, or any number into a folder."""
        wanted, target_path, notify = list(paths), Path(target), self._notices.post

        def export() -> int:
            return self._exchange().export_files(wanted, target_path, includes_files=includes_files)

        def done(count: int) -> None:
            notify(words.exported_notice(count, target_path))

        self._start("export presets", self.disk_queue.write(export), done)

    def as_text(self, paths: Iterable[str], then: Callable[[str], object]) -> None:
        """Passes presets to `then` as text for the clipboard.

        One preset is in the format of its file, several are a list.
        """
        wanted = list(paths)
        encoding = self.disk_queue.read(lambda: self._exchange().as_text(wanted))
        self._start("give presets", encoding, then)

    # Internals

    def _start(
        self, name: str, work: asyncio.Task[T], done: Callable[[T], object], *, rescan: bool = False
    ) -> asyncio.Task[Any]:
        """Calls `done` with the result of `work`; with `rescan`, after the list is up to date."""

        async def run() -> None:
            found = await work
            if rescan:
                await self._rescan()
            done(found)

        return self._tasks.start(name, run())

    async def _watch(self) -> None:
        await self._preset_preferences.load()
        await asyncio.to_thread(self._folder.empty_trash)
        await self._rescan()
        turn = 0
        while True:
            await asyncio.sleep(self._poll_interval_s)
            if await self._preset_preferences.retry_load():
                self._publish(self.state)
            turn += 1
            folder = self._folder
            is_quick_turn = folder.count > _LARGE_FOLDER_FILES and turn % _FULL_SCAN_TURNS
            if not is_quick_turn or await self.disk_queue.read(folder.may_have_changed):
                await self._rescan()

    async def _rescan(self) -> None:
        """Reads the folder and publishes changes.

        If the folder cannot be read, the previous list stays in view, since the folder may soon be
        available again.
        """
        folder, moved = self._folder, _NO_MOVES
        problem: Problem | None
        try:
            listing = await self.disk_queue.scan(folder.scan)
        except Problem as found:
            problem, state = found, self.state
        else:
            if listing is None:
                return
            moved = listing.moved
            problem = _too_many_files() if listing.is_truncated else None
            state = replace(self.state, summaries=listing.summaries, folders=listing.folders)
            if listing.damaged_names:
                self._notices.post(words.damaged_notice(listing.damaged_names))
        if folder is not self._folder:
            return
        before = self.state.problem
        for old, new in moved:
            self._preset_preferences.update_path(old, new)
        self._publish(replace(state, loading=False, problem=problem))
        for each in moved:
            self.moved.publish(each)
        if problem is not None and (before is None or before.title != problem.title):
            self._notices.post_failure(problem, "preset folder")

    def _publish(self, state: PresetLibraryState) -> None:
        """Publishes the state with favourites and defaults, if it differs from the last one."""
        paths = {summary.path for summary in state.summaries}
        preferences = self._preset_preferences.for_paths(paths)
        favourites, defaults = preferences.favourites, preferences.defaults
        state = replace(state, favourites=favourites, defaults=defaults, root=str(self._root))
        if not state.shows_same_as(self.state):
            self.state = state
            self.changed.publish(state)

    def _start_write(self, name: str, write: Callable[[], SavedPreset], then: PathCallback) -> None:
        writing = self.disk_queue.write(write)
        self.disk_queue.track(self._tasks.start(name, self._finish_write(writing, then)))

    async def _finish_write(self, writing: asyncio.Task[SavedPreset], then: PathCallback) -> None:
        saved = await writing
        self._preset_preferences.record_applied(saved.path, saved.content_hash)
        await self._rescan()
        if saved.conflict_path:
            name = self.state.name_of(saved.path)
            self._notices.post(words.conflict_notice(name, saved.conflict_path))
        if then is not None:
            then(saved.path)

    async def _finish_move(self, path: str, moving: asyncio.Task[SavedPreset]) -> None:
        """Waits for a move, and applies the new path to everything stored about the preset."""
        saved = await moving
        self._preset_preferences.update_path(path, saved.path)
        if saved.content_hash:
            self._preset_preferences.record_applied(saved.path, saved.content_hash)
        await self._rescan()
        if saved.path != path:
            self.moved.publish((path, saved.path))

    def _restore(self, folder: PresetFolder, deleted: Sequence[TrashedPreset]) -> None:
        restoring = self.disk_queue.write(lambda: folder.restore(deleted))

        async def work() -> None:
            for before, now in zip(deleted, await restoring, strict=True):
                if before.path != now:
                    self._preset_preferences.update_path(before.path, now)
            await self._rescan()

        self._tasks.start("restore presets", work())

    def _notify_imported(self, paths: Sequence[str], errors: Sequence[str]) -> None:
        if paths:
            self._notices.post(words.imported_notice(len(paths), lambda: self.delete(paths)))
        if errors:
            self._notices.post(words.import_failed_notice(len(errors), errors))

    async def _set_root(self, folder: str) -> None:
        root, before = root_of(folder, self._paths.default), self._root
        if root == before:
            return
        await asyncio.to_thread(_check_root, root)
        old = self._folder
        own_count = sum(not summary.is_shipped for summary in self.state.summaries)
        self._preferences.set(presets_folder=str(root) if folder else "")
        copy = None if folders_overlap(root, before) else lambda: self._copy_from(old)
        self._notices.post(words.root_changed_notice(before, root, own_count, copy))

    def _copy_from(self, old: PresetFolder) -> None:
        copying = self.disk_queue.write(lambda: old.copy_to(self._root))
        notify = self._notices.post
        self._start("bring presets", copying, lambda n: notify(words.copied_notice(n)), rescan=True)

    def _on_preferences_changed(self, _settings: Settings) -> None:
        root = self._configured_root()
        if root == self._root:
            return
        self._root, self._folder = root, self._open_folder(root)
        self._preset_preferences.clear_hashes()
        self._publish(replace(self.state, summaries=(), folders=(), loading=True, problem=None))
        self._tasks.start("look at presets", self._rescan())

    def _configured_root(self) -> Path:
        return root_of(self._preferences.settings.presets_folder, self._paths.default)

    def _open_folder(self, root: Path) -> PresetFolder:
        paths, is_chosen = self._paths, root != self._paths.default
        return PresetFolder(
            root, paths.shipped, paths.trash, self._rejection_reason, is_chosen=is_chosen
        )

    def _same_folder(self) -> Callable[[], PresetFolder]:
        """Returns a function that returns the folder current now, for later use.

        The function raises Problem if another folder is current by then, because the same path is a
        different preset there.
        """
        folder = self._folder

        def checked_folder() -> PresetFolder:
            if self._folder is not folder:
                raise words.folder_changed_problem()
            return folder

        return checked_folder

    def _rejection_reason(self, data: bytes) -> str:
        found = any(each and each.encode() in data for each in self._secrets())
        return words.contains_key_text() if found else ""

    def _exchange(self) -> PresetExchange:
        # Imported late: few sessions need it.
        from runcomfy_desktop.core.presets.preset_exchange import PresetExchange

        return PresetExchange(self._folder, self._paths.media, self._rejection_reason)
