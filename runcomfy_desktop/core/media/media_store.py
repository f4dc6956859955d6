"""The media store: files that were dropped, pasted or chosen, stored under their hash.

A job sent an hour later, or run again next week, finds its picture here although the original was
moved or edited meanwhile.
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

from runcomfy_desktop.core.base.notices import unexpected_problem
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.media import media_refusals as refusals
from runcomfy_desktop.core.media.media_checker import MediaChecker
from runcomfy_desktop.core.media.media_copier import CopyOptions, MediaCopier, probe_file
from runcomfy_desktop.core.media.media_finder import MediaFinder
from runcomfy_desktop.core.media.media_refusals import MediaRefusalReason, reason_of
from runcomfy_desktop.core.media.picture_shrinker import PictureShrinker, shrink_nothing
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.output import safe_file_name
from runcomfy_desktop.domain.media import media
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.media.media_copier import ProgressCallback
    from runcomfy_desktop.core.media.picture_shrinker import ShrinkFile
    from runcomfy_desktop.domain.media.media import MediaFile

T = TypeVar("T")

_PROGRESS_INTERVAL_S = 0.1
MAX_FILES = 1000
"""Maximum number of files examined when more are dropped at once."""


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """Progress of copying a large file or many files; `total` is in bytes or files."""

    operation_id: str
    name: str
    done: int
    total: int
    is_finished: bool = False


@dataclass(frozen=True, slots=True)
class MediaSurvey:
    """Result of examining many files without copying them.

    `usable` are the files that an input can take. `large` is the number of usable files above the
    size recommended for sending inline, `unchecked` the number of files beyond MAX_FILES.
    """

    usable: tuple[str, ...]
    refused: Mapping[MediaRefusalReason, int]
    large: int = 0
    unchecked: int = 0


@dataclass(slots=True)
class _StoreOperation:
    """One request, with its id, the kind of its input, and its progress.

    The file of an immediate request is used at once.
    """

    operation_id: str
    kind: InputKind
    is_immediate: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)


class _StoreCancelled(Exception):  # noqa: N818 - not an error
    """Raised when the user has cancelled the request."""


class MediaStore:
    """Stores copies of files in its folder.

    `checker` checks the copies, `finder` finds moved files again, `shrinker` shrinks pictures.
    Errors are reported through `notices`. Publishes `copy_progress` while a large file, or many
    files, are being copied.

    `measure` returns a picture's width and height, None if it is damaged or not a picture; `shrink`
    returns a smaller picture (see ShrinkFile). Both are called on a worker thread.
    """

    def __init__(
        self,
        folder: Path,
        measure: Callable[[Path], tuple[int, int] | None],
        notices: Notices,
        shrink: ShrinkFile = shrink_nothing,
    ) -> None:
        self.folder = folder
        self.copy_progress: Topic[CopyProgress] = Topic()
        self.checker = MediaChecker(folder, notices)
        self._copier = MediaCopier(folder, measure)
        self.finder = MediaFinder(folder, self._copier, notices)
        self._tasks = Tasks(notices.post_failure)
        self._operations: dict[str, _StoreOperation] = {}
        self._closing = threading.Event()
        self.shrinker = PictureShrinker(folder, self._copier, shrink, self._closing.is_set)

    @property
    def has_pending(self) -> bool:
        """True if a file to be used at once is not stored yet."""
        return bool(self._immediate_operations())

    def call_when_stored(self, then: Callable[[], object]) -> None:
        """Calls `then` once all files to be used at once are stored and used, or cancelled."""

        async def wait() -> None:
            while operations := self._immediate_operations():
                await operations[0].finished.wait()
            then()

        self._tasks.start("wait for media", wait())

    def add_file(
        self,
        path: str,
        on_done: Callable[[MediaFile], object],
        kind: InputKind = InputKind.IMAGE,
    ) -> str:
        """Stores a copy of the file at `path` if an input of this kind takes it.

        `on_done` gets the stored file. Returns an id for `cancel`.
        """
        operation = self._new_operation(kind, is_immediate=True)

        def store(report_progress: ProgressCallback) -> MediaFile:
            options = self._copy_options(operation, report_progress)
            return self._copier.store_file(Path(path), options)

        return self._start(operation, store, on_done)

    def add_bytes(
        self,
        data: bytes | Callable[[], bytes],
        name: str,
        on_done: Callable[[MediaFile], object],
        kind: InputKind = InputKind.IMAGE,
        on_failed: Callable[[Problem], object] | None = None,
    ) -> str:
        """Stores bytes from the clipboard, a browser or this program, like `add_file`.

        A function in place of `data` is called on the worker thread. `on_failed` is called on an
        error, in addition to the notice.
        """
        name = safe_file_name(name) if name else _("Pasted picture")
        operation = self._new_operation(kind, is_immediate=True)

        def store(report_progress: ProgressCallback) -> MediaFile:
            source = io.BytesIO(data() if callable(data) else data)
            return self._copier.store(source, name, self._copy_options(operation, report_progress))

        return self._start(operation, store, on_done, on_failed)

    def survey(
        self, paths: Sequence[str], kind: InputKind, done: Callable[[MediaSurvey], object]
    ) -> str:
        """Determines which of many files an input of this kind can take; copies nothing."""
        operation = self._new_operation(kind)
        return self._start(operation, partial(self._survey, paths, operation), done)

    def add_files(
        self, paths: Sequence[str], done: Callable[[list[MediaFile]], object], kind: InputKind
    ) -> str:
        """Stores copies of many files, in their order; files that cannot be stored are left out."""
        operation = self._new_operation(kind)
        return self._start(operation, partial(self._store_all, paths, operation), done)

    async def survey_files(self, paths: Sequence[str], kind: InputKind) -> MediaSurvey:
        """Returns the result of `survey`, for callers that wait for it."""
        return await self._run_and_wait(self._new_operation(kind), partial(self._survey, paths))

    async def store_files(self, paths: Sequence[str], kind: InputKind) -> list[MediaFile]:
        """Returns the result of `add_files`, for callers that wait for it.

        Raises Problem on a disk error.
        """
        return await self._run_and_wait(self._new_operation(kind), partial(self._store_all, paths))

    def cancel(self, operation_id: str) -> None:
        """Cancels a request: its copy is removed, and `on_done` is not called."""
        operation = self._operations.get(operation_id)
        if operation is not None:
            operation.cancelled.set()
            self._finish(operation)

    async def close(self) -> None:
        """Stops all tasks; incomplete copies are removed."""
        self._closing.set()
        await self.checker.close()
        await self.finder.close()
        await self._tasks.close()

    def _immediate_operations(self) -> list[_StoreOperation]:
        return [operation for operation in self._operations.values() if operation.is_immediate]

    def _new_operation(self, kind: InputKind, *, is_immediate: bool = False) -> _StoreOperation:
        operation = _StoreOperation(uuid.uuid4().hex, kind, is_immediate)
        self._operations[operation.operation_id] = operation
        return operation

    def _start(
        self,
        operation: _StoreOperation,
        store: Callable[[ProgressCallback], T],
        on_done: Callable[[T], object],
        on_failed: Callable[[Problem], object] | None = None,
    ) -> str:
        bound_store = partial(store, self._progress_reporter(operation))
        self._tasks.start("keep media", self._run(operation, bound_store, on_done, on_failed))
        return operation.operation_id

    async def _run_and_wait(
        self, operation: _StoreOperation, action: Callable[[_StoreOperation, ProgressCallback], T]
    ) -> T:
        try:
            return await asyncio.to_thread(action, operation, self._progress_reporter(operation))
        finally:
            # If the caller was cancelled, the thread ends as well.
            operation.cancelled.set()
            self._finish(operation)

    async def _run(
        self,
        operation: _StoreOperation,
        store: Callable[[], T],
        on_done: Callable[[T], object],
        on_failed: Callable[[Problem], object] | None,
    ) -> None:
        try:
            stored = await asyncio.to_thread(store)
        except _StoreCancelled:
            return
        except Exception as error:
            if on_failed is not None and not operation.cancelled.is_set():
                on_failed(error if isinstance(error, Problem) else unexpected_problem(error))
            raise
        finally:
            self._finish(operation)
        if not operation.cancelled.is_set():
            on_done(stored)

    def _finish(self, operation: _StoreOperation) -> None:
        operation.finished.set()
        if self._operations.pop(operation.operation_id, None) is not None:
            finished = CopyProgress(operation.operation_id, "", 0, 0, is_finished=True)
            self.copy_progress.publish(finished)

    # On a worker thread

    def _progress_reporter(self, operation: _StoreOperation) -> ProgressCallback:
        loop = asyncio.get_running_loop()

        def publish(progress: CopyProgress) -> None:
            if operation.operation_id in self._operations:
                self.copy_progress.publish(progress)

        reported_s = time.monotonic()

        def report_progress(name: str, done: int, total: int) -> None:
            nonlocal reported_s
            if time.monotonic() - reported_s < _PROGRESS_INTERVAL_S:
                return
            reported_s = time.monotonic()
            progress = CopyProgress(operation.operation_id, name, done, total)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(publish, progress)

        return report_progress

    def _check_cancelled(self, operation: _StoreOperation, name: str) -> None:
        """Raises an exception if the request was cancelled or the program ends."""
        if operation.cancelled.is_set():
            raise _StoreCancelled
        if self._closing.is_set():
            raise refusals.shutting_down(name, operation.kind)

    def _survey(
        self, paths: Sequence[str], operation: _StoreOperation, report_progress: ProgressCallback
    ) -> MediaSurvey:
        usable: list[str] = []
        refused: Counter[MediaRefusalReason] = Counter()
        large = 0
        for number, path in enumerate(paths[:MAX_FILES]):
            self._check_cancelled(operation, path)
            report_progress("", number, len(paths))
            try:
                size_bytes, kind = probe_file(Path(path), operation.kind)
            except Problem as problem:
                refused[reason_of(problem)] += 1
                continue
            if size_bytes > media.INLINE_CAP_BYTES:
                refused[MediaRefusalReason.TOO_LARGE] += 1
                continue
            usable.append(path)
            large += size_bytes > media.INLINE_LIMITS[kind.family]
        return MediaSurvey(tuple(usable), refused, large, max(0, len(paths) - MAX_FILES))

    def _store_all(
        self, paths: Sequence[str], operation: _StoreOperation, report_progress: ProgressCallback
    ) -> list[MediaFile]:
        stored: list[MediaFile] = []
        options = self._copy_options(operation, None)
        for number, path in enumerate(paths):
            report_progress(Path(path).name, number, len(paths))
            # Unusable files were counted in the survey; files that have become unusable since are
            # left out.
            with suppress(refusals.MediaRefusal):
                stored.append(self._copier.store_file(Path(path), options))
        # A file may have grown too large to be sent, and only a grid's first run is checked.
        return [file for file in stored if not file.is_above_inline_cap]

    def _copy_options(
        self, operation: _StoreOperation, report_progress: ProgressCallback | None
    ) -> CopyOptions:
        return CopyOptions(
            operation.kind, lambda name: self._check_cancelled(operation, name), report_progress
        )
