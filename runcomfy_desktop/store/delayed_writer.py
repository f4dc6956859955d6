"""Debounced background writer for small files that change often."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DELAY_S = 0.4
RETRY_S = 3.0

ContentProvider: TypeAlias = "Callable[[], bytes | None]"
_FailedWrites: TypeAlias = "dict[Path, tuple[ContentProvider, OSError]]"

_log = logging.getLogger(__name__)


class DelayedWriter:
    """Writes the newest content of each file within `DELAY_S`, one batch at a time.

    The delay starts with the first change, so changes are stored even during steady typing. Failed
    writes are kept and tried again every `retry_s`, with the next change and at `flush`.
    `on_failure` is called once, and again only after a write has succeeded.
    """

    def __init__(
        self, on_failure: Callable[[Exception], object] | None = None, retry_s: float = RETRY_S
    ) -> None:
        self._on_failure = on_failure
        self._retry_s = retry_s
        self._pending: dict[Path, ContentProvider] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[_FailedWrites] | None = None
        self._has_reported_failure = False

    def schedule(self, path: Path, content: ContentProvider) -> None:
        """Schedules a write of `path`.

        `content` is called on a worker thread; if it returns None, the file is removed.
        """
        self._pending[path] = content
        self._start_timer()

    @property
    def has_pending(self) -> bool:
        """True while some content is not on the disk yet."""
        return bool(self._pending) or self._writing is not None

    @property
    def has_failed(self) -> bool:
        """True if pending content could not be written at the last attempt."""
        return self._has_reported_failure and self.has_pending

    def cancel(self, path: Path) -> None:
        """Discards pending content of `path`."""
        self._pending.pop(path, None)

    async def flush(self) -> None:
        """Writes everything pending, including what is added while it runs.

        A file that cannot be written gets only one further attempt.
        """
        is_tried = False
        while self._writing is not None or (
            self._pending and not (is_tried and self._has_reported_failure)
        ):
            writing = self._writing
            if writing is None:
                writing, is_tried = self._start_writing(), True
            await asyncio.wait([writing])
        if not self._pending:
            self._stop_timer()

    async def close(self) -> None:
        """Writes everything pending for the last time."""
        await self.flush()
        self._stop_timer()

    def _start_timer(self, delay_s: float = DELAY_S) -> None:
        if self._writing is not None:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > loop.time() + delay_s:
            self._stop_timer()
        if self._timer is None:
            self._timer = loop.call_later(delay_s, self._start_writing)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_writing(self) -> asyncio.Future[_FailedWrites]:
        self._stop_timer()
        batch, self._pending = self._pending, {}
        writing = asyncio.get_running_loop().run_in_executor(None, _write_all, batch)
        self._writing = writing
        # Added first, so `_on_written` has run before any waiter resumes.
        writing.add_done_callback(self._on_written)
        return writing

    def _on_written(self, writing: asyncio.Future[_FailedWrites]) -> None:
        self._writing = None
        if writing.cancelled():
            return
        failed = writing.result()
        changed_meanwhile = bool(self._pending)
        self._pending = {
            **{path: content for path, (content, _error) in failed.items()},
            **self._pending,
        }
        if failed and not self._has_reported_failure:
            path, (_content, error) = next(iter(failed.items()))
            self._report(path, error)
        self._has_reported_failure = bool(failed)
        if self._pending:
            self._start_timer(DELAY_S if changed_meanwhile else self._retry_s)

    def _report(self, path: Path, error: OSError) -> None:
        _log.warning("Not written: %s: %s", path, error)
        if self._on_failure is None:
            return
        cause = disk_problem(error, path.parent)
        self._on_failure(
            Problem(
                _("Your changes could not be stored on this computer."),
                _("%s They stay in the window until it is closed.")
                % f"{cause.title} {cause.detail}",
                cause.advice,
                technical=cause.technical,
            )
        )


def _write_all(batch: Mapping[Path, ContentProvider]) -> _FailedWrites:
    failed: _FailedWrites = {}
    for path, content in batch.items():
        try:
            _write(path, content())
        except OSError as error:
            failed[path] = content, error
        except Exception as error:
            # An error in one file must not stop the others. The failed one is tried again.
            _log.warning("What belongs into %s cannot be made", path, exc_info=True)
            failed[path] = content, OSError(f"{type(error).__name__}: {error}")
    return failed


def _write(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        write_atomic(path, data)
