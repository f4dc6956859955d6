"""Downloads a result: without the token, from known hosts, streamed to a file beside its place.

A file whose line breaks goes on from there at the next try where its host can say that it is still
the same; otherwise it comes anew. A host that only drips is left: its place is for others.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import httpx

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.address import may_download
from runcomfy_desktop.api.answer import pieces_of, read_answer
from runcomfy_desktop.api.errands import Errand, meaning
from runcomfy_desktop.api.errors import broken_line, refusal
from runcomfy_desktop.api.partial import Kept, Mark, Part, goes_on, mark_of
from runcomfy_desktop.api.retry import retry_after_s
from runcomfy_desktop.api.tokenless import open_checked
from runcomfy_desktop.api.wording import clean
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.domain.sizes import file_size
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.api.client import Client

T = TypeVar("T")

_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


class TooSlow(Problem):
    """A file that comes, but so slowly that it is no use to wait for it now."""

    def __init__(self) -> None:
        super().__init__(
            _("The file comes too slowly: less than a kilobyte a second."),
            meaning(Errand.FILE),
            _("It is tried again later by itself, or fetch it again yourself."),
            kind=ProblemKind.TIMEOUT,
        )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be fetched, and how much of it at most."""

    client: Client
    url: str
    cap_bytes: int

    @property
    def source(self) -> str:
        """Tells addresses apart and gives none away; signatures in them change, paths do not."""
        url = self.url.partition("#")[0].partition("?")[0]
        return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]


async def download(
    client: Client,
    url: str,
    part: Path,
    *,
    cap_bytes: int = constants.DOWNLOAD_CAP_BYTES,
) -> int:
    """Streams `url` to `part` and returns its number of bytes.

    On a failure `part` is gone, or it is what the next call goes on with (see Part).
    Raises Problem. It is not repeated here: whoever asked knows how long it may take.
    """
    wish = _Wish(client, url, cap_bytes)
    file = Part(part)
    kept = await _on_thread(lambda: file.kept(wish.source))
    if kept is not None and kept.is_whole:
        return kept.size_bytes
    size_bytes = await _ask(wish, file, kept)
    if size_bytes is None:
        # The host has another version by now, or gives no parts.
        await _on_thread(file.drop)
        size_bytes = await _ask(wish, file, None)
    assert size_bytes is not None
    return size_bytes


async def _ask(wish: _Wish, file: Part, kept: Kept | None) -> int | None:
    """One request; None when what is kept is of no use."""
    client, headers, answered = wish.client, dict(_HEADERS), False
    if kept is not None:
        headers |= {"Range": f"bytes={kept.size_bytes}-", "If-Range": kept.mark.validator}

    def may(each: httpx.URL) -> bool:
        return may_download(each, client.origin)

    try:
        async with open_checked(client.files, wish.url, may, Errand.FILE, headers) as response:
            answered = True
            status = response.status_code
            if kept is not None and status in (206, 416):
                if status == 416 or not goes_on(response, kept):
                    return None
                return await _store(response, wish, file, kept)
            if status != 200:
                raise await _refused(client, response)
            return await _store(response, wish, file, None)
    except httpx.RequestError as error:
        host = httpx.URL(wish.url).host
        raise broken_line(error, Errand.FILE, host=host, answered=answered) from None


async def _refused(client: Client, response: httpx.Response) -> Problem:
    limit_s = constants.ANSWER_S
    answer = await read_answer(response, constants.JSON_CAP_BYTES, limit_s=limit_s)
    problem = refusal(answer, None, Errand.FILE)
    problem.retry_after_s = retry_after_s(answer, client.retry.now_s())
    return problem


async def _store(response: httpx.Response, wish: _Wish, file: Part, kept: Kept | None) -> int:
    total = _announced(response) if kept is None else kept.mark.total
    if total > wish.cap_bytes:
        await _on_thread(file.drop)
        raise _too_large(total, wish.cap_bytes)
    mark = mark_of(response, wish.source, total) if kept is None else kept.mark
    arrival = _Arrival(wish, file, mark, total, 0 if kept is None else kept.size_bytes)
    try:
        if kept is None:
            await _on_thread(lambda: file.begin(total))
        else:
            await _on_thread(lambda: file.go_on(kept))
        await arrival.take(response)
        await _on_thread(file.close)
    except (httpx.RequestError, TooSlow, asyncio.CancelledError):
        await arrival.keep()
        raise
    except BaseException as error:
        await _on_thread(file.drop)
        if isinstance(error, OSError):
            raise _not_written(file.path, error) from error
        raise
    return arrival.received


class _Arrival:
    """The bytes of one answer on their way to the file."""

    def __init__(
        self, wish: _Wish, file: Part, mark: Mark | None, total: int, received: int
    ) -> None:
        self._wish = wish
        self._file = file
        self._mark = mark
        self._total = total
        self._buffer = bytearray()
        self._noted = received
        self.received = received

    async def take(self, response: httpx.Response) -> None:
        """Writes all of it. Raises Problem, OSError, and what httpx raises for a broken line."""
        drip = _Drip(self._wish.client.retry.clock_s)
        async with contextlib.aclosing(pieces_of(response)) as pieces:
            async for piece in pieces:
                self.received += len(piece)
                if self.received > self._wish.cap_bytes:
                    raise _too_large(0, self._wish.cap_bytes)
                self._buffer += piece
                drip.came(len(piece))
                if len(self._buffer) >= constants.WRITE_BYTES:
                    await self._write()
        await self._write()
        if self.received == 0:
            raise _empty()
        if self._total and self.received != self._total:
            raise _other_size(self.received, self._total)

    async def keep(self) -> None:
        """After a break: leaves what the next try can go on with, or nothing."""
        work = self._file.drop if self._mark is None or not self.received else self._keep
        await _on_thread(work)

    def _keep(self) -> None:
        assert self._mark is not None
        try:
            self._file.write(self._buffer)
            self._file.note(self._mark)
            self._file.close()
        except (OSError, ValueError):
            self._file.drop()

    async def _write(self) -> None:
        piece, self._buffer = self._buffer, bytearray()
        await _on_thread(functools.partial(self._file.write, piece))
        if self._mark is not None and self.received - self._noted >= constants.NOTE_BYTES:
            await _on_thread(functools.partial(self._file.note, self._mark))
            self._noted = self.received


class _Drip:
    """Watches that a file does not only drip: one byte a second never runs into a time-out."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._since_s = self._last_s = clock_s()
        self._bytes = 0

    def came(self, count: int) -> None:
        """Raises TooSlow."""
        now_s = self._clock_s()
        if now_s - self._last_s > constants.FILE_IDLE_S:
            # Longer than the line may be silent: this computer slept.
            self._since_s, self._bytes = now_s, 0
        self._last_s = now_s
        self._bytes += count
        span_s = now_s - self._since_s
        if span_s < constants.SLOW_SPAN_S:
            return
        if self._bytes < constants.SLOW_BYTES_S * span_s:
            raise TooSlow
        self._since_s, self._bytes = now_s, 0


def _announced(response: httpx.Response) -> int:
    """The size the host promises, 0 when it promises none that counts our bytes."""
    text = response.headers.get("content-length", "")
    plain = "content-encoding" not in response.headers
    return int(text) if plain and text.isdecimal() and len(text) < 16 else 0


async def _on_thread(work: Callable[[], T]) -> T:
    """Runs `work` on a thread, and never leaves it running: whoever is cancelled waits for it.

    Otherwise a file could be closed or removed while a piece is still being written to it.
    """
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        # However often: the second time would leave it running after all.
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise


def _not_written(part: Path, error: OSError) -> Problem:
    return Problem(
        _("The file cannot be written to %s.") % part.parent,
        meaning(Errand.FILE),
        _("Make room there or choose another output folder in Settings, then fetch it again."),
        kind=ProblemKind.LOCAL,
        technical=clean(f"{type(error).__name__}: {error}"),
    )


def _too_large(size_bytes: int, cap_bytes: int) -> Problem:
    cap = file_size(cap_bytes)
    if size_bytes:
        title = _("This file has %s, and the limit for files is %s.") % (file_size(size_bytes), cap)
    else:
        title = _("This file has more than %s, which is the limit for files.") % cap
    return Problem(
        title,
        meaning(Errand.FILE),
        _("Raise the limit in Settings, then choose Fetch again."),
        kind=ProblemKind.REJECTED,
    )


def _other_size(size_bytes: int, total: int) -> Problem:
    return Problem(
        _("The file that came is not as long as its host said."),
        meaning(Errand.FILE),
        _("Fetch it again in a while."),
        kind=ProblemKind.UNREADABLE,
        technical=f"{size_bytes} of {total} bytes",
    )


def _empty() -> Problem:
    return Problem(
        _("The file came empty."),
        meaning(Errand.FILE),
        _("Some seconds after a job ends a file may not be complete yet. Fetch it again."),
        kind=ProblemKind.UNREADABLE,
    )
