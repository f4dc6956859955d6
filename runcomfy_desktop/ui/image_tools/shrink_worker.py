"""Encodes small versions of a picture in a worker thread; only the newest request counts.

A running encoding cannot be interrupted. Superseded requests are not started, and the result of one
that is running is discarded.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.ui.image_tools.image_codec import (
    OriginalImage,
    encode_shrunk,
    read_original,
    unreadable_original,
)
from runcomfy_desktop.ui.image_tools.small_version import best_fitting
from runcomfy_desktop.ui.images.safe_image_reader import SafeImageReader, mipmap_levels

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from runcomfy_desktop.domain.media.image_shrink import ImageFormat, ShrinkTarget
    from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks

_MIN_LEVEL_SIDE = 256


@dataclass(frozen=True, slots=True)
class ShrinkResult:
    """A small version of a picture: the bytes to be sent, and the picture decoded from them.

    `data` is empty if no version fits.
    """

    target: ShrinkTarget | None = None
    data: bytes = b""
    levels: tuple[QImage, ...] = ()


@dataclass(slots=True)
class ShrinkTask:
    """State of one task, shared by the GUI thread and the worker thread."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    tries: int = 0


class ShrinkWorker(QObject):
    """Reads a picture and encodes small versions of it in worker threads.

    Emits `image_read` with the OriginalImage, and `result_ready` with a ShrinkResult for the newest
    request.
    """

    image_read = Signal(object)
    result_ready = Signal(object)

    def __init__(self, background_tasks: BackgroundTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._background_tasks = background_tasks
        self._original = OriginalImage()
        self._task = ShrinkTask()
        self._task_id = -1
        self.is_busy = False

    @property
    def tries(self) -> int:
        """Number of versions tried for the current request."""
        return self._task.tries

    def read_image(self, path: Path) -> None:
        self._begin_task()
        self._task_id = self._background_tasks.run(
            partial(read_original, path),
            self._on_read,
            lambda: self._on_read(unreadable_original()),
        )

    def suggest(
        self, image_format: ImageFormat, limit_bytes: int, *, lossless_first: bool = False
    ) -> None:
        """Searches for the largest version within the limit.

        With `lossless_first`, the lossless full-size picture is preferred if it fits.
        """
        task = self._begin_task()
        self._task_id = self._background_tasks.run(
            partial(
                _suggest_result, self._original, image_format, limit_bytes, task, lossless_first
            ),
            self._on_made,
            self._on_failed,
        )

    def make(self, target: ShrinkTarget) -> None:
        task = self._begin_task()
        self._task_id = self._background_tasks.run(
            partial(_make_result, self._original, target, task), self._on_made, self._on_failed
        )

    def stop(self) -> None:
        self._task.cancelled.set()
        self._background_tasks.discard(self._task_id)
        self.is_busy = False

    def release_image(self) -> None:
        """Releases the picture; the worker is not used again."""
        self.stop()
        self._original = OriginalImage()

    def _begin_task(self) -> ShrinkTask:
        self.stop()
        self._task = ShrinkTask()
        self.is_busy = True
        return self._task

    def _on_read(self, original: OriginalImage) -> None:
        self._original = original
        self.is_busy = False
        self.image_read.emit(original)

    def _on_made(self, result: ShrinkResult) -> None:
        self.is_busy = False
        self.result_ready.emit(result)

    def _on_failed(self) -> None:
        self._on_made(ShrinkResult())


# Worker thread


def _suggest_result(
    original: OriginalImage,
    image_format: ImageFormat,
    limit_bytes: int,
    task: ShrinkTask,
    lossless_first: bool,
) -> ShrinkResult:
    def count_try() -> bool:
        task.tries += 1
        return task.cancelled.is_set()

    found = best_fitting(
        original, image_format, limit_bytes, count_try, lossless_first=lossless_first
    )
    return ShrinkResult() if found is None else _to_result(*found)


def _make_result(original: OriginalImage, target: ShrinkTarget, task: ShrinkTask) -> ShrinkResult:
    if task.cancelled.is_set():
        return ShrinkResult()
    task.tries += 1
    return _to_result(target, encode_shrunk(original, target))


def _to_result(target: ShrinkTarget, data: bytes) -> ShrinkResult:
    with SafeImageReader(data) as reader:
        image = reader.read()
    if image.isNull():
        return ShrinkResult(target)
    return ShrinkResult(target, data, mipmap_levels(image, _MIN_LEVEL_SIDE))
