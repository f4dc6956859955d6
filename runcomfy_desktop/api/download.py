"""Downloads a result: without the token, from known hosts only, streamed to a partial file.

A download whose connection broke resumes at the next try if its host can confirm that the file is
unchanged; otherwise it starts again. A download that stays too slow is stopped, so that others can
use its slot.
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
from runcomfy_desktop.api.errors import connection_problem, refusal_problem
from runcomfy_desktop.api.operations import ApiOperation, consequence
from runcomfy_desktop.api.partial_file import (
    PartialFile,
    RemoteFileVersion,
    ResumePoint,
    is_continuation,
    version_in_response,
)
from runcomfy_desktop.api.public_requests import open_checked
from runcomfy_desktop.api.response import iter_chunks, read_response
from runcomfy_desktop.api.retry import retry_after_s
from runcomfy_desktop.api.service_messages import clean
from runcomfy_desktop.domain.base.file_sizes import file_size
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.api.client import Client

T = TypeVar("T")

_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


class DownloadTooSlow(Problem):
    """Raised if a file arrives too slowly to wait for it now."""

    def __init__(self) -> None:
        super().__init__(
            _("The file comes too slowly: less than a kilobyte a second."),
            consequence(ApiOperation.FILE),
            _("It is tried again later by itself, or fetch it again yourself."),
            kind=ProblemKind.TIMEOUT,
        )


@dataclass(frozen=True, slots=True)
class _DownloadRequest:
    """URL to download, with its maximum size."""

    client: Client
    url: str
    cap_bytes: int

    @property
    def source(self) -> str:
        """Hash that identifies a URL without revealing it.

        The query is left out: signatures in it change, paths do not.
        """
        url = self.url.partition("#")[0].partition("?")[0]
        return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]


async def download(
    client: Client,
    url: str,
    part_path: Path,
    *,
    cap_bytes: int = constants.DOWNLOAD_CAP_BYTES,
) -> int:
    """Streams `url` to `part_path` and returns the number of bytes.

    On failure `part_path` is deleted, or kept for the next call to resume from (see PartialFile).
    Raises Problem. Does not retry: only the caller knows how long the download may take.
    """
    request = _DownloadRequest(client, url, cap_bytes)
    file = PartialFile(part_path)
    resume_point = await _on_thread(lambda: file.resume_point(request.source))
    if resume_point is not None and resume_point.is_complete:
        return resume_point.size_bytes
    size_bytes = await _fetch(request, file, resume_point)
    if size_bytes is None:
        # The host has another version now, or does not support ranges.
        await _on_thread(file.discard)
        size_bytes = await _fetch(request, file, None)
    assert size_bytes is not None
    return size_bytes


async def _fetch(
    request: _DownloadRequest, file: PartialFile, resume_point: ResumePoint | None
) -> int | None:
    """Sends one request and returns the file's size, or None if the partial file is of no use."""
    client, headers, has_response = request.client, dict(_HEADERS), False
    if resume_point is not None:
        headers |= {
            "Range": f"bytes={resume_point.size_bytes}-",
            "If-Range": resume_point.version.validator,
        }

    def is_allowed(each: httpx.URL) -> bool:
        return may_download(each, client.origin)

    try:
        async with open_checked(
            client.file_pool, request.url, is_allowed, ApiOperation.FILE, headers
        ) as response:
            has_response = True
            status = response.status_code
            if resume_point is not None and status in (206, 416):
                if status == 416 or not is_continuation(response, resume_point):
                    return None
                return await _write_response(response, request, file, resume_point)
            if status != 200:
                raise await _refusal_problem(client, response)
            return await _write_response(response, request, file, None)
    except httpx.RequestError as error:
        host = httpx.URL(request.url).host
        raise connection_problem(
            error, ApiOperation.FILE, host=host, has_response=has_response
        ) from None


async def _refusal_problem(client: Client, response: httpx.Response) -> Problem:
    timeout_s = constants.RESPONSE_TIMEOUT_S
    error_response = await read_response(response, constants.JSON_CAP_BYTES, timeout_s=timeout_s)
    problem = refusal_problem(error_response, None, ApiOperation.FILE)
    problem.retry_after_s = retry_after_s(error_response, client.retry.wall_clock_s())
    return problem


async def _write_response(
    response: httpx.Response,
    request: _DownloadRequest,
    file: PartialFile,
    resume_point: ResumePoint | None,
) -> int:
    total = _content_length(response) if resume_point is None else resume_point.version.total
    if total > request.cap_bytes:
        await _on_thread(file.discard)
        raise _too_large_problem(total, request.cap_bytes)
    version = (
        version_in_response(response, request.source, total)
        if resume_point is None
        else resume_point.version
    )
    writer = _DownloadWriter(
        request, file, version, total, 0 if resume_point is None else resume_point.size_bytes
    )
    try:
        if resume_point is None:
            await _on_thread(lambda: file.create(total))
        else:
            await _on_thread(lambda: file.resume(resume_point))
        await writer.write_all(response)
        await _on_thread(file.close)
    except (httpx.RequestError, DownloadTooSlow, asyncio.CancelledError):
        await writer.save_partial()
        raise
    except BaseException as error:
        await _on_thread(file.discard)
        if isinstance(error, OSError):
            raise _not_written_problem(file.path, error) from error
        raise
    return writer.received_bytes


class _DownloadWriter:
    """Writes the bytes of one response to the file."""

    def __init__(
        self,
        request: _DownloadRequest,
        file: PartialFile,
        version: RemoteFileVersion | None,
        total: int,
        received_bytes: int,
    ) -> None:
        self._request = request
        self._file = file
        self._version = version
        self._total = total
        self._buffer = bytearray()
        self._checkpointed_bytes = received_bytes
        self.received_bytes = received_bytes

    async def write_all(self, response: httpx.Response) -> None:
        """Writes the whole body.

        Raises Problem, OSError, and httpx's errors for a broken connection.
        """
        speed = _SpeedMonitor(self._request.client.retry.clock_s)
        async with contextlib.aclosing(iter_chunks(response)) as chunks:
            async for chunk in chunks:
                self.received_bytes += len(chunk)
                if self.received_bytes > self._request.cap_bytes:
                    raise _too_large_problem(0, self._request.cap_bytes)
                self._buffer += chunk
                speed.add(len(chunk))
                if len(self._buffer) >= constants.WRITE_BUFFER_BYTES:
                    await self._write()
        await self._write()
        if self.received_bytes == 0:
            raise _empty_file_problem()
        if self._total and self.received_bytes != self._total:
            raise _size_mismatch_problem(self.received_bytes, self._total)

    async def save_partial(self) -> None:
        """Saves what the next try can resume from after an interruption, or deletes the file."""
        finish = (
            self._file.discard
            if self._version is None or not self.received_bytes
            else self._save_partial
        )
        await _on_thread(finish)

    def _save_partial(self) -> None:
        assert self._version is not None
        try:
            self._file.write(self._buffer)
            self._file.checkpoint(self._version)
            self._file.close()
        except (OSError, ValueError):
            self._file.discard()

    async def _write(self) -> None:
        chunk, self._buffer = self._buffer, bytearray()
        await _on_thread(functools.partial(self._file.write, chunk))
        if (
            self._version is not None
            and self.received_bytes - self._checkpointed_bytes
            >= constants.CHECKPOINT_INTERVAL_BYTES
        ):
            await _on_thread(functools.partial(self._file.checkpoint, self._version))
            self._checkpointed_bytes = self.received_bytes


class _SpeedMonitor:
    """Detects downloads that are too slow: one byte per second never causes a time-out."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._window_start_s = self._last_s = clock_s()
        self._bytes = 0

    def add(self, count: int) -> None:
        """Adds received bytes. Raises DownloadTooSlow."""
        now_s = self._clock_s()
        if now_s - self._last_s > constants.FILE_IDLE_TIMEOUT_S:
            # Longer than the idle time-out of the connection: this computer was asleep.
            self._window_start_s, self._bytes = now_s, 0
        self._last_s = now_s
        self._bytes += count
        span_s = now_s - self._window_start_s
        if span_s < constants.SLOW_WINDOW_S:
            return
        if self._bytes < constants.MIN_BYTES_PER_S * span_s:
            raise DownloadTooSlow
        self._window_start_s, self._bytes = now_s, 0


def _content_length(response: httpx.Response) -> int:
    """Returns the size announced by the host, or 0 if it is absent or counts encoded bytes."""
    text = response.headers.get("content-length", "")
    is_plain = "content-encoding" not in response.headers
    return int(text) if is_plain and text.isdecimal() and len(text) < 16 else 0


async def _on_thread(work: Callable[[], T]) -> T:
    """Runs `work` on a worker thread and waits for it even if the caller is cancelled.

    Otherwise a file could be closed or removed while data is still being written to it.
    """
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        # A loop, because a second cancellation would otherwise leave the thread running.
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise


def _not_written_problem(path: Path, error: OSError) -> Problem:
    return Problem(
        _("The file cannot be written to %s.") % path.parent,
        consequence(ApiOperation.FILE),
        _("Make room there or choose another output folder in Settings, then fetch it again."),
        kind=ProblemKind.LOCAL,
        technical=clean(f"{type(error).__name__}: {error}"),
    )


def _too_large_problem(size_bytes: int, cap_bytes: int) -> Problem:
    cap = file_size(cap_bytes)
    if size_bytes:
        title = _("This file has %s, and the limit for files is %s.") % (file_size(size_bytes), cap)
    else:
        title = _("This file has more than %s, which is the limit for files.") % cap
    return Problem(
        title,
        consequence(ApiOperation.FILE),
        _("Raise the limit in Settings, then choose Fetch again."),
        kind=ProblemKind.REJECTED,
    )


def _size_mismatch_problem(size_bytes: int, total: int) -> Problem:
    return Problem(
        _("The file that came is not as long as its host said."),
        consequence(ApiOperation.FILE),
        _("Fetch it again in a while."),
        kind=ProblemKind.UNREADABLE,
        technical=f"{size_bytes} of {total} bytes",
    )


def _empty_file_problem() -> Problem:
    return Problem(
        _("The file came empty."),
        consequence(ApiOperation.FILE),
        _("Some seconds after a job ends a file may not be complete yet. Fetch it again."),
        kind=ProblemKind.UNREADABLE,
    )
