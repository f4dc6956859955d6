"""The media shelf: files that were dropped, pasted or chosen, kept under their bytes' hash.

A job that is sent an hour later, or run again next week, finds its picture here although the
original was moved or edited meanwhile.
"""

from __future__ import annotations

import asyncio
import io
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.core import shelf_refusals as refusals
from runcomfy_desktop.core.media_finder import MediaFinder
from runcomfy_desktop.core.media_watch import MediaWatch
from runcomfy_desktop.core.notices import unexpected
from runcomfy_desktop.core.shelf_copy import Keeper, Order, look_at
from runcomfy_desktop.core.shelf_refusals import Why, why_of
from runcomfy_desktop.core.smaller_pictures import SmallerPictures, shrink_nothing
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain import media
from runcomfy_desktop.domain.output import safe_file_name
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.shelf_copy import Tell
    from runcomfy_desktop.core.smaller_pictures import ShrinkPicture
    from runcomfy_desktop.domain.media import MediaFile

T = TypeVar("T")

_TELL_EVERY_S = 0.1
MAX_FILES = 1000
"""As many files are looked at when more are dropped at once."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How far a large copy, or a copy of many files, has come; `whole` is bytes or files."""

    ticket: str
    name: str
    done: int
    whole: int
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """What many files are, looked at without taking them: the paths that an input can take.

    `large` of them are above the size that is recommended for sending inline; `left` were too
    many to be looked at.
    """

    usable: tuple[str, ...]
    refused: Mapping[Why, int]
    large: int = 0
    left: int = 0


@dataclass(slots=True)
class _Work:
    """One wish: what it is called, whether its file is to be used at once, whether it was taken
    back, and that it is over."""

    ticket: str
    kind: InputKind
    is_to_use: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class _Stopped(Exception):  # noqa: N818 - nothing failed
    """The person took the wish back."""


class MediaShelf:
    """Owns the folder of kept files; its `watch` looks after them, its `finder` finds files again
    that were moved, `smaller` shrinks pictures. What goes wrong is told through `notices`.

    Publishes `keeping` while a large file, or many of them, are being copied. `measure` gives a
    picture's width and height, None when it is damaged or none at all; `shrink` makes a smaller one
    (see ShrinkPicture). Both are called on a worker thread.
    """

    def __init__(
        self,
        folder: Path,
        measure: Callable[[Path], tuple[int, int] | None],
        notices: Notices,
        shrink: ShrinkPicture = shrink_nothing,
    ) -> None:
        self.folder = folder
        self.keeping: Topic[Keeping] = Topic()
        self.watch = MediaWatch(folder, notices)
        self._keeper = Keeper(folder, measure)
        self.finder = MediaFinder(folder, self._keeper, notices)
        self._tasks = Tasks(notices.failure)
        self._works: dict[str, _Work] = {}
        self._closing = threading.Event()
        is_closing = self._closing.is_set
        self.smaller = SmallerPictures(folder, self._keeper, shrink, is_closing)

    @property
    def is_behind(self) -> bool:
        """Whether a file that is to be used at once is not kept yet."""
        return bool(self._to_use())

    def when_kept(self, then: Callable[[], object]) -> None:
        """Calls `then` once all of them are kept and used, or are not wanted any more."""

        async def work() -> None:
            while works := self._to_use():
                await works[0].over.wait()
            then()

        self._tasks.start("wait for media", work())

    def add_file(
        self,
        path: str,
        done: Callable[[MediaFile], object],
        kind: InputKind = InputKind.IMAGE,
    ) -> str:
        """Keeps a copy of the file at `path` if an input of this kind takes it; `done` gets it
        when it is there. Returns a ticket for `stop`."""
        work = self._begin(kind, is_to_use=True)

        def keep(tell: Tell) -> MediaFile:
            return self._keeper.keep_file(Path(path), self._order(work, tell))

        return self._start(work, keep, done)

    def add_bytes(
        self,
        data: bytes | Callable[[], bytes],
        name: str,
        done: Callable[[MediaFile], object],
        kind: InputKind = InputKind.IMAGE,
        failed: Callable[[Problem], object] | None = None,
    ) -> str:
        """The same for what came as bytes: from the clipboard, out of a browser, or made here, be
        it on the worker thread. `failed` hears what went wrong, beside the notice."""
        name = safe_file_name(name) if name else _("Pasted picture")
        work = self._begin(kind, is_to_use=True)

        def keep(tell: Tell) -> MediaFile:
            source = io.BytesIO(data() if callable(data) else data)
            return self._keeper.keep(source, name, self._order(work, tell))

        return self._start(work, keep, done, failed)

    def survey(
        self, paths: Sequence[str], kind: InputKind, done: Callable[[Survey], object]
    ) -> str:
        """Tells which of many files an input of this kind can take; copies nothing."""
        work = self._begin(kind)
        return self._start(work, lambda tell: self._look_over(paths, work, tell), done)

    def add_files(
        self, paths: Sequence[str], done: Callable[[list[MediaFile]], object], kind: InputKind
    ) -> str:
        """Keeps copies of many files, in their order; those that cannot be kept are left out."""
        work = self._begin(kind)
        return self._start(work, lambda tell: self._keep_all(paths, work, tell), done)

    async def look_over(self, paths: Sequence[str], kind: InputKind) -> Survey:
        """Like `survey`, for who waits for it."""
        return await self._wait(self._begin(kind), partial(self._look_over, paths))

    async def keep_files(self, paths: Sequence[str], kind: InputKind) -> list[MediaFile]:
        """Like `add_files`, for who waits for it. Raises Problem: the disk refuses."""
        return await self._wait(self._begin(kind), partial(self._keep_all, paths))

    def stop(self, ticket: str) -> None:
        """Takes a wish back: its copy is removed, and its `done` is not called any more."""
        work = self._works.get(ticket)
        if work is not None:
            work.stopped.set()
            self._over(work)

    async def close(self) -> None:
        """Ends what is going on; a copy that is not complete is removed."""
        self._closing.set()
        await self.watch.close()
        await self.finder.close()
        await self._tasks.close()

    def _to_use(self) -> list[_Work]:
        return [work for work in self._works.values() if work.is_to_use]

    def _begin(self, kind: InputKind, *, is_to_use: bool = False) -> _Work:
        work = _Work(uuid.uuid4().hex, kind, is_to_use)
        self._works[work.ticket] = work
        return work

    def _start(
        self,
        work: _Work,
        keep: Callable[[Tell], T],
        done: Callable[[T], object],
        failed: Callable[[Problem], object] | None = None,
    ) -> str:
        kept = partial(keep, self._teller(work))
        self._tasks.start("keep media", self._run(work, kept, done, failed))
        return work.ticket

    async def _wait(self, work: _Work, deed: Callable[[_Work, Tell], T]) -> T:
        try:
            return await asyncio.to_thread(deed, work, self._teller(work))
        finally:
            # Who waited may be gone: then the thread ends as well.
            work.stopped.set()
            self._over(work)

    async def _run(
        self,
        work: _Work,
        keep: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[Problem], object] | None,
    ) -> None:
        try:
            kept = await asyncio.to_thread(keep)
        except _Stopped:
            return
        except Exception as error:
            if failed is not None and not work.stopped.is_set():
                failed(error if isinstance(error, Problem) else unexpected(error))
            raise
        finally:
            self._over(work)
        if not work.stopped.is_set():
            done(kept)

    def _over(self, work: _Work) -> None:
        work.over.set()
        if self._works.pop(work.ticket, None) is not None:
            self.keeping.publish(Keeping(work.ticket, "", 0, 0, is_over=True))

    # On a worker thread

    def _teller(self, work: _Work) -> Tell:
        loop = asyncio.get_running_loop()

        def publish(keeping: Keeping) -> None:
            if work.ticket in self._works:
                self.keeping.publish(keeping)

        told_s = time.monotonic()

        def tell(name: str, done: int, whole: int) -> None:
            nonlocal told_s
            if time.monotonic() - told_s < _TELL_EVERY_S:
                return
            told_s = time.monotonic()
            keeping = Keeping(work.ticket, name, done, whole)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(publish, keeping)

        return tell

    def _heed(self, work: _Work, name: str) -> None:
        """Ends the work that nobody waits for any more."""
        if work.stopped.is_set():
            raise _Stopped
        if self._closing.is_set():
            raise refusals.ending(name, work.kind)

    def _look_over(self, paths: Sequence[str], work: _Work, tell: Tell) -> Survey:
        usable: list[str] = []
        refused: Counter[Why] = Counter()
        large = 0
        for number, path in enumerate(paths[:MAX_FILES]):
            self._heed(work, path)
            tell("", number, len(paths))
            try:
                size_bytes, kind = look_at(Path(path), work.kind)
            except Problem as problem:
                refused[why_of(problem)] += 1
                continue
            if size_bytes > media.INLINE_CAP_BYTES:
                refused[Why.TOO_LARGE] += 1
                continue
            usable.append(path)
            large += size_bytes > media.INLINE_LIMITS[kind.family]
        return Survey(tuple(usable), refused, large, max(0, len(paths) - MAX_FILES))

    def _keep_all(self, paths: Sequence[str], work: _Work, tell: Tell) -> list[MediaFile]:
        kept: list[MediaFile] = []
        for number, path in enumerate(paths):
            tell(Path(path).name, number, len(paths))
            # What could not be used was counted in the survey; what went bad since is left out.
            with suppress(refusals.Unfit):
                kept.append(self._keeper.keep_file(Path(path), self._order(work, None)))
        # One that has grown too large since cannot be sent, and only the first run is checked.
        return [file for file in kept if not file.above_cap]

    def _order(self, work: _Work, tell: Tell | None) -> Order:
        return Order(work.kind, lambda name: self._heed(work, name), tell)
