"""Library: the presets of a person, listed, read, saved and given away; their files are the truth.

Others may write to the same folder, so it is looked at anew every few seconds, and nothing here is
believed longer than that. All that waits for the disk does so on a thread, one thing at a time.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.core import library_words as words
from runcomfy_desktop.core.library_state import LibraryPlaces, LibraryState, made
from runcomfy_desktop.core.library_turn import LibraryTurn
from runcomfy_desktop.core.preset_marking import Marking
from runcomfy_desktop.core.preset_planner import PresetPlanner
from runcomfy_desktop.core.preset_root import check_root, overlap, root_of, staying, too_many
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.store.preset_places import SHIPPED
from runcomfy_desktop.store.presets import PresetFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runcomfy_desktop.core.library_state import Making, Then, ThenAll
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.preset_exchange import Exchange
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.store.presets import Found, Thrown, Written

__all__ = ["Library", "LibraryPlaces", "LibraryState"]

WATCH_S = 2.0
_MANY = 1000
# Of so many files each is looked at only every few times, the folders always.
_ALL_EVERY = 15
_FINISH_S = 5.0

T = TypeVar("T")
_NONE: tuple[tuple[str, str], ...] = ()


class Library:
    """Owns the folder of presets and the marks on them. Publishes `changed`, and `moved` with the
    old and the new path of a preset that goes on under another one.

    Every intent returns at once; `then` is called when it is done. What goes wrong is told through
    `notices`. `secrets` are what no preset may hold.
    """

    def __init__(
        self,
        places: LibraryPlaces,
        preferences: Preferences,
        notices: Notices,
        secrets: Callable[[], Iterable[str]] = tuple,
        watch_s: float = WATCH_S,
    ) -> None:
        self.changed: Topic[LibraryState] = Topic()
        self.moved: Topic[tuple[str, str]] = Topic()
        self.planner = PresetPlanner(notices)
        self._places = places
        self._preferences = preferences
        self._notices = notices
        self._secrets = secrets
        self._watch_s = watch_s
        self._tasks = Tasks(notices.failure)
        self.disk = LibraryTurn()
        self._marks = Marking(places.marks, notices.failure)
        self._watching: asyncio.Task[Any] | None = None
        self._root = self._wanted_root()
        self._folder = self._open(self._root)
        self.state = LibraryState(root=str(self._root))
        self._leave = preferences.changed.subscribe(self._on_preferences_changed)

    def start(self) -> None:
        """Looks through the folder, and goes on looking whether something changes in it."""
        self._watching = self._tasks.start("presets", self._run())

    async def close(self) -> None:
        """Lets what was wished be done, in its time; the marks are on disk when this returns."""
        self._leave()
        if self._watching is not None:
            self._watching.cancel()
        await self.disk.end_looks()
        await self.planner.close()
        await self._tasks.finish(_FINISH_S)
        await self.disk.close()
        await self._marks.close()

    # Reading and writing

    def read(self, path: str, then: Callable[[Preset], object], *, saves: bool = False) -> None:
        """Reads a preset; who `saves` what comes of it may not be kept from that any more."""

        def done(found: Found) -> None:
            self._marks.saw(path, found.stamp)
            then(found.preset)

        reading = self._begin("read preset", self.disk.read(lambda: self._folder.read(path)), done)
        if saves:
            self.disk.follow(reading)

    async def found(self, path: str) -> Preset:
        """The same for who waits for it. Raises Problem."""
        return (await self.disk.read(lambda: self._folder.read(path))).preset

    def taken(self, path: str, preset: Preset) -> None:
        """The person has taken over what was read: an update is one of that, unless somebody has
        written something else there since."""

        def done(found: Found) -> None:
            if found.preset == preset:
                self._marks.took(path, found.stamp)

        self._begin("preset taken over", self.disk.read(lambda: self._folder.read(path)), done)

    def save(
        self, preset: Making, folder: str, then: Then = None, *, brings_files: bool = False
    ) -> None:
        """Writes a new file, with the bytes of its media when it `brings_files`."""

        def write() -> Written:
            whole = self._exchange().filled(made(preset)) if brings_files else made(preset)
            return self._folder.save(whole, folder)

        self._store("save preset", write, then)

    def update(
        self, path: str, preset: Making, then: Then = None, *, brings_files: bool = False
    ) -> None:
        """Writes `preset` in the place of the one at `path`, with its files where that brought
        them; what only the file knows stays in it, and what somebody else has made of it meanwhile
        is kept beside it."""
        folder = staying(lambda: self._folder)

        def write() -> Written:
            whole = made(preset)
            # What cannot be read now is told by the update itself.
            with suppress(Problem):
                if brings_files or self._folder.read(path).preset.files:
                    whole = self._exchange().filled(whole)
            return folder().update(path, whole, self._marks.stamp(path))

        self._store("update preset", write, then)

    def rename(self, path: str, name: str) -> None:
        """Another name for the preset, and for its file."""
        known, folder = self._marks.stamp(path), staying(lambda: self._folder)
        rename = self.disk.write(lambda: folder().rename(path, name, known))
        self._tasks.start("rename preset", self._carried(path, rename))

    def move(self, path: str, folder: str) -> None:
        """Into another folder, which is made when it is not there; "" for the root."""
        same = staying(lambda: self._folder)
        moving = self.disk.write(lambda: same().move(path, folder))
        self._tasks.start("move preset", self._carried(path, moving))

    def duplicate(self, path: str, then: Then = None) -> None:
        """One of the same content beside it; of one that came with the program, one's own."""
        self._store("duplicate preset", lambda: self._folder.duplicate(path), then)

    def delete(self, paths: Iterable[str]) -> None:
        """Deletes presets; Undo brings them back."""
        wanted = list(paths)
        mine = [path for path in wanted if not path.startswith(SHIPPED)]
        if len(mine) < len(wanted):
            self._notices.tell(words.left_alone(len(wanted) - len(mine)))
        if not mine:
            return
        names, folder = {head.path: head.name for head in self.state.heads}, self._folder

        def done(thrown: Sequence[Thrown]) -> None:
            if thrown:
                gone = [names.get(each.path, each.path) for each in thrown]
                self._notices.tell(words.deleted(gone, lambda: self._undelete(folder, thrown)))

        throwing = self.disk.write(lambda: folder.delete(mine))
        self._begin("delete presets", throwing, done, looks=True)

    def add_folder(self, folder: str, then: Then = None) -> None:
        """Makes an empty folder; `then` gets what it is called."""
        making = self.disk.write(lambda: self._folder.add_folder(folder))
        self._begin("add folder", making, then or (lambda _name: None), looks=True)

    def set_favourite(self, path: str, on: bool) -> None:
        """Marks a preset as a favourite of this person's."""
        self._marks.set_favourite(path, on=on)
        self._publish(self.state)

    def set_default(self, deployment_id: str, path: str) -> None:
        """Which preset belongs to a deployment; "" for none."""
        self._marks.set_default(deployment_id, path)
        self._publish(self.state)

    def move_root(self, folder: str) -> None:
        """Keeps presets in another folder from now on, "" for the usual one. Those that are there
        are used, those of before stay where they are and can be copied."""
        self._tasks.start("move presets", self._move_root(folder))

    # To and from others

    def import_files(self, paths: Iterable[str], folder: str, then: ThenAll = None) -> None:
        """Makes presets of files: presets, bodies, cURL commands, what was kept of runs."""
        files = [Path(path) for path in paths]
        taking = self.disk.write(lambda: self._exchange().take_files(files, folder))

        def done(found: tuple[Sequence[str], Sequence[str]]) -> None:
            self._tell_imported(*found)
            if then is not None and found[0]:
                then(found[0])

        self._begin("import presets", taking, done, looks=True)

    def import_text(self, text: str, then: Then = None, folder: str = "") -> None:
        """Makes presets of a text; `then` gets the path of the first."""
        taking = self.disk.write(lambda: self._exchange().take_text(text, folder))

        def done(found: tuple[Sequence[str], Sequence[str]]) -> None:
            paths, faults = found
            self._tell_imported(paths, ())
            if faults:
                self._notices.tell(words.cut_short(faults[0]))
            if then is not None:
                then(paths[0])

        self._begin("import text", taking, done, looks=True)

    def weigh(self, paths: Iterable[str], then: Callable[[Sequence[int]], object]) -> None:
        """How many bytes each of the files has that copies for others could bring."""
        wanted = list(paths)
        self._begin("weigh presets", self.disk.read(lambda: self._exchange().sizes(wanted)), then)

    def export(self, paths: Iterable[str], target: str, *, brings_files: bool = False) -> None:
        """Writes copies for others: one preset to a file, or any number into a folder."""
        wanted, place = list(paths), Path(target)
        giving = self.disk.write(
            lambda: self._exchange().give_files(wanted, place, brings_files=brings_files)
        )
        tell = self._notices.tell
        self._begin("export presets", giving, lambda n: tell(words.exported(n, place)))

    def as_text(self, paths: Iterable[str], then: Callable[[str], object]) -> None:
        """Presets as a text for the clipboard: one as its file is, several as a list."""
        wanted = list(paths)
        self._begin("give presets", self.disk.read(lambda: self._exchange().as_text(wanted)), then)

    # What the intents do

    def _begin(
        self, name: str, work: asyncio.Task[T], done: Callable[[T], object], *, looks: bool = False
    ) -> asyncio.Task[Any]:
        """Calls `done` with what comes of it, once it is to be seen where it `looks`."""

        async def both() -> None:
            found = await work
            if looks:
                await self._look()
            done(found)

        return self._tasks.start(name, both())

    async def _run(self) -> None:
        await self._marks.load()
        await asyncio.to_thread(self._folder.empty_trash)
        await self._look()
        turn = 0
        while True:
            await asyncio.sleep(self._watch_s)
            if await self._marks.catch_up():
                self._publish(self.state)
            turn += 1
            folder = self._folder
            is_cheap = folder.count > _MANY and turn % _ALL_EVERY
            if not is_cheap or await self.disk.read(folder.may_differ):
                await self._look()

    async def _look(self) -> None:
        """Looks through the folder and publishes what is new in it. What was listed before stays
        in view when the folder cannot be read: it may be back in a moment."""
        folder, moved = self._folder, _NONE
        problem: Problem | None
        try:
            listing = await self.disk.look(folder.look)
        except Problem as found:
            problem, state = found, self.state
        else:
            if listing is None:
                return
            moved = listing.moved
            problem = too_many() if listing.is_cut else None
            state = replace(self.state, heads=listing.heads, folders=listing.folders)
            if listing.aside:
                self._notices.tell(words.set_aside(listing.aside))
        if folder is not self._folder:
            return
        before = self.state.problem
        self._marks.follow_all(moved)
        self._publish(replace(state, loading=False, problem=problem))
        for each in moved:
            self.moved.publish(each)
        if problem is not None and (before is None or before.title != problem.title):
            self._notices.failure(problem, "preset folder")

    def _publish(self, state: LibraryState) -> None:
        """Adds the marks on what is there, and tells if anything is new."""
        marks = self._marks.on({head.path for head in state.heads})
        state = replace(
            state, favourites=marks.favourites, defaults=marks.defaults, root=str(self._root)
        )
        if not state.says_the_same(self.state):
            self.state = state
            self.changed.publish(state)

    def _store(self, name: str, write: Callable[[], Written], then: Then) -> None:
        self.disk.follow(self._tasks.start(name, self._write(self.disk.write(write), then)))

    async def _write(self, writing: asyncio.Task[Written], then: Then) -> None:
        written = await writing
        self._marks.took(written.path, written.stamp)
        await self._look()
        if written.beside:
            self._notices.tell(words.kept_twice(self.state.name_of(written.path), written.beside))
        if then is not None:
            then(written.path)

    async def _carried(self, path: str, carrying: asyncio.Task[Written]) -> None:
        """A preset that goes on under another path, with what is remembered of it."""
        now = await carrying
        self._marks.follow(path, now.path)
        if now.stamp:
            self._marks.took(now.path, now.stamp)
        await self._look()
        if now.path != path:
            self.moved.publish((path, now.path))

    def _undelete(self, folder: PresetFolder, thrown: Sequence[Thrown]) -> None:
        restoring = self.disk.write(lambda: folder.restore(thrown))

        async def work() -> None:
            for before, now in zip(thrown, await restoring, strict=True):
                if before.path != now:
                    self._marks.follow(before.path, now)
            await self._look()

        self._tasks.start("restore presets", work())

    def _tell_imported(self, done: Sequence[str], faults: Sequence[str]) -> None:
        if done:
            self._notices.tell(words.imported(len(done), lambda: self.delete(done)))
        if faults:
            self._notices.tell(words.not_imported(len(faults), faults))

    async def _move_root(self, folder: str) -> None:
        root, before = root_of(folder, self._places.usual), self._root
        if root == before:
            return
        await asyncio.to_thread(check_root, root)
        old, mine = self._folder, [head for head in self.state.heads if not head.is_shipped]
        self._preferences.set(presets_folder=str(root) if folder else "")
        bring = None if overlap(root, before) else lambda: self._bring(old)
        self._notices.tell(words.moved_root(before, root, len(mine), bring))

    def _bring(self, old: PresetFolder) -> None:
        copying = self.disk.write(lambda: old.copy_to(self._root))
        tell = self._notices.tell
        self._begin("bring presets", copying, lambda n: tell(words.brought(n)), looks=True)

    def _on_preferences_changed(self, _settings: Settings) -> None:
        root = self._wanted_root()
        if root == self._root:
            return
        self._root, self._folder = root, self._open(root)
        self._marks.forget_stamps()
        self._publish(replace(self.state, heads=(), folders=(), loading=True, problem=None))
        self._tasks.start("look at presets", self._look())

    def _wanted_root(self) -> Path:
        return root_of(self._preferences.settings.presets_folder, self._places.usual)

    def _open(self, root: Path) -> PresetFolder:
        shipped, trash, chose = self._places.shipped, self._places.trash, root != self._places.usual
        return PresetFolder(root, shipped, trash, self._refuses, chose=chose)

    def _refuses(self, data: bytes) -> str:
        found = any(each and each.encode() in data for each in self._secrets())
        return words.holds_the_key() if found else ""

    def _exchange(self) -> Exchange:
        # Late: few sessions need it.
        from runcomfy_desktop.core.preset_exchange import Exchange

        return Exchange(self._folder, self._places.media, self._refuses)
