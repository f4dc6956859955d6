"""Late writing: small files that change often are written a moment later, off the loop's thread."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DELAY_S = 0.4
AGAIN_S = 3.0

Content: TypeAlias = "Callable[[], bytes | None]"
_Unwritten: TypeAlias = "dict[Path, tuple[Content, OSError]]"

_log = logging.getLogger(__name__)


class LateWriter:
    """Writes the newest content of each file within `DELAY_S`, one batch at a time.

    The delay runs from the first change, so that steady typing is stored too. What could not be
    written is kept, and tried again every `again_s`, with the next change and at `flush`;
    `on_failure` hears of it once, until a write succeeds again.
    """

    def __init__(
        self, on_failure: Callable[[Exception], object] | None = None, again_s: float = AGAIN_S
    ) -> None:
        self._on_failure = on_failure
        self._again_s = again_s
        self._waiting: dict[Path, Content] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[_Unwritten] | None = None
        self._told = False

    def put(self, path: Path, content: Content) -> None:
        """Has `path` written with what `content` gives, called off-thread; None removes it."""
        self._waiting[path] = content
        self._arm()

    @property
    def is_waiting(self) -> bool:
        """Whether something is not on the disk yet."""
        return bool(self._waiting) or self._writing is not None

    @property
    def is_behind(self) -> bool:
        """Whether something waits that could not be written when it was tried last."""
        return self._told and self.is_waiting

    def forget(self, path: Path) -> None:
        """Lets go of what could not be written to `path`: it is not wanted any more."""
        self._waiting.pop(path, None)

    async def flush(self) -> None:
        """Writes everything that waits, and what comes meanwhile; a file that cannot be written
        is tried once more only."""
        is_tried = False
        while self._writing is not None or (self._waiting and not (is_tried and self._told)):
            writing = self._writing
            if writing is None:
                writing, is_tried = self._begin(), True
            await asyncio.wait([writing])
        if not self._waiting:
            self._disarm()

    async def close(self) -> None:
        """Writes everything that waits, for the last time."""
        await self.flush()
        self._disarm()

    def _arm(self, delay_s: float = DELAY_S) -> None:
        if self._writing is not None:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > loop.time() + delay_s:
            self._disarm()
        if self._timer is None:
            self._timer = loop.call_later(delay_s, self._begin)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> asyncio.Future[_Unwritten]:
        self._disarm()
        batch, self._waiting = self._waiting, {}
        writing = asyncio.get_running_loop().run_in_executor(None, _write_all, batch)
        self._writing = writing
        # First in the future's list, so whoever waits for the future finds `_ended` done.
        writing.add_done_callback(self._ended)
        return writing

    def _ended(self, writing: asyncio.Future[_Unwritten]) -> None:
        self._writing = None
        if writing.cancelled():
            return
        left = writing.result()
        changed_meanwhile = bool(self._waiting)
        self._waiting = {
            **{path: content for path, (content, _error) in left.items()},
            **self._waiting,
        }
        if left and not self._told:
            path, (_content, error) = next(iter(left.items()))
            self._tell(path, error)
        self._told = bool(left)
        if self._waiting:
            self._arm(DELAY_S if changed_meanwhile else self._again_s)

    def _tell(self, path: Path, error: OSError) -> None:
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


def _write_all(batch: Mapping[Path, Content]) -> _Unwritten:
    left: _Unwritten = {}
    for path, content in batch.items():
        try:
            _write(path, content())
        except OSError as error:
            left[path] = content, error
        except Exception as error:
            # Whatever is odd in one of them, the others are written, and it is not given up.
            _log.warning("What belongs into %s cannot be made", path, exc_info=True)
            left[path] = content, OSError(f"{type(error).__name__}: {error}")
    return left


def _write(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        write_atomic(path, data)
