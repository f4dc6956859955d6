"""Downloads results to the output folder: to a `.part` file that is checked, then renamed.

The new name is an unused one. RunComfy keeps results for seven days only, and right after a run its
storage may still return empty or truncated files. So every file is checked, including its content,
and tried several times.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.api.constants import DOWNLOAD_CAP_BYTES
from runcomfy_desktop.api.download import DownloadTooSlow, download
from runcomfy_desktop.api.operations import ApiOperation, consequence
from runcomfy_desktop.api.partial_file import PartialFile
from runcomfy_desktop.core.media.file_integrity import is_complete
from runcomfy_desktop.core.results import output_files
from runcomfy_desktop.core.results.download_slots import DownloadSlots
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import FILES_RETENTION_S, can_fetch_files
from runcomfy_desktop.domain.jobs.output import Output, OutputKind, output_kind, signature_matches
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.results.run_records import RunRecords
    from runcomfy_desktop.domain.jobs.job import Job

T = TypeVar("T")

MAX_TEXT_CHARS = 1_000_000
"""Maximum length of an output's text, more than users read. The text is kept in the history, so it
needs a limit."""
_MB = 1024 * 1024
_RETRY_BACKOFF = Backoff(2.0, 8.0, factor=4.0)
_MAX_RETRY_AFTER_S = 60.0
# After this progress the count of failures starts again: a bad connection is not a failure.
_PROGRESS_BYTES = _MB
_MAX_TRIES = 50
# Local reasons or final refusals: the next try would fail in the same way.
_PERMANENT_PROBLEMS = (ProblemKind.LOCAL, ProblemKind.REJECTED)


@dataclass(frozen=True, slots=True)
class _DownloadedFile:
    """Downloaded `.part` file; `digest` is set if it is truncated."""

    size_bytes: int
    head: bytes
    digest: bytes = b""


class _TruncatedFile(Problem):
    """Downloaded file whose content is truncated."""

    def __init__(self, downloaded: _DownloadedFile) -> None:
        super().__init__(
            _("The file came cut off: its end is missing."),
            consequence(ApiOperation.FILE),
            _("Fetch it again in a while."),
            kind=ProblemKind.UNREADABLE,
            technical=f"{downloaded.size_bytes} bytes",
        )
        self.downloaded = downloaded


class OutputDownloader:
    """Downloads outputs to the output folder.

    `folder` returns the current output folder. `cap_mb` returns the maximum size of a file in MB;
    0, which the settings do not allow, means the default. `max_retries` is the number of times
    that a file is tried again after failures in a row. `run_records` writes a file about each run
    next to its results.
    """

    def __init__(
        self,
        client: Client,
        folder: Callable[[], Path],
        *,
        cap_mb: Callable[[], int] = lambda: 0,
        retry_backoff: Backoff = _RETRY_BACKOFF,
        max_retries: int = 2,
        run_records: RunRecords | None = None,
    ) -> None:
        self._client = client
        self._folder = folder
        self._cap_mb = cap_mb
        self._retry_backoff = retry_backoff
        self._max_retries = max_retries
        self._download_slots = DownloadSlots()
        self._run_records = run_records
        self._parts_in_use: set[Path] = set()

    async def fetch(self, job: Job, output: Output, *, refetch: bool = False) -> Output:
        """Downloads an output and returns it with its local path. Raises Problem on failure.

        An output without a file is never downloaded, one that is already here only if `refetch` is
        True: then the old file stays until the new one is complete. If there is no old file, a file
        that arrives truncated in the same way each time is kept as damaged.
        """
        if not output.url:
            return with_bounded_text(output)
        is_replacement = await self.is_downloaded(output)
        if is_replacement and not refetch:
            return replace(output, fault="")
        target = (
            Path(output.path)
            if is_replacement
            else output_files.target_path(self._folder(), job, output)
        )
        with self._reserved_part(target, job, output) as part:
            downloaded = await self._download(output.url, part, target.name)
            if is_replacement and downloaded.digest:
                await asyncio.to_thread(PartialFile(part).discard)
                raise _TruncatedFile(downloaded)
            path = await _on_disk_thread(
                partial(_move_to_target, part, target, output, is_replacement), target.parent
            )
        if path is None:
            return replace(output, fault="", is_damaged=False)
        kind, head = output.kind, downloaded.head
        return replace(
            output,
            path=str(path),
            size_bytes=downloaded.size_bytes,
            fault="",
            kind=output_kind(target.name, head) if kind is OutputKind.OTHER else kind,
            is_damaged=bool(downloaded.digest),
            version=output.version + 1 if output.path else 0,
        )

    async def finish_job(self, job: Job) -> None:
        """Writes the run record once a job's files have been downloaded, if the settings say so."""
        if self._run_records is not None:
            await self._run_records.write(job)

    async def is_downloaded(self, output: Output) -> bool:
        """Returns True if the output has no file or its file is here."""
        if not output.url:
            return True
        return bool(output.path) and await asyncio.to_thread(Path(output.path).is_file)

    async def clear_partial_files(self, jobs: Collection[Job], now_s: float) -> None:
        """Removes partial files that no job will continue.

        These are old files, and files of ended jobs that have nothing more to download. Nothing is
        known about a job that is not among `jobs`: its partial files stay until they are old.
        """
        is_wanted = {output_files.leftover_key(job): False for job in jobs}
        for job in jobs:
            if not job.state.is_finished or can_fetch_files(job, now_s):
                is_wanted[output_files.leftover_key(job)] = True
        folder, before_s = self._folder(), time.time() - FILES_RETENTION_S
        await asyncio.to_thread(
            output_files.clear_leftovers, folder, lambda key: is_wanted.get(key, True), before_s
        )

    @contextmanager
    def _reserved_part(self, target: Path, job: Job, output: Output) -> Iterator[Path]:
        """Yields a `.part` path that no other download uses at the same time."""
        number = 0
        while (part := output_files.part_path(target, job, output, number)) in self._parts_in_use:
            number += 1
        self._parts_in_use.add(part)
        try:
            yield part
        finally:
            self._parts_in_use.discard(part)

    async def _download(self, url: str, part: Path, name: str) -> _DownloadedFile:
        """Downloads a file in several tries. Raises Problem if the last one fails.

        A truncated file is a failure, unless the last try returns the same bytes as an earlier one.
        """
        failures, had_bytes = 0, 0
        truncated_digests: set[bytes] = set()
        for tries in itertools.count(1):
            try:
                async with self._download_slots.slot():
                    return await self._try_download(url, part, name)
            except Problem as problem:
                if isinstance(problem, _TruncatedFile):
                    digest = problem.downloaded.digest
                    if digest in truncated_digests and failures >= self._max_retries:
                        return problem.downloaded
                    truncated_digests.add(digest)
                    await asyncio.to_thread(PartialFile(part).discard)
                has_bytes = await asyncio.to_thread(_size_of, part)
                failures = 1 if has_bytes > had_bytes + _PROGRESS_BYTES else failures + 1
                had_bytes = max(had_bytes, has_bytes)
                is_last = failures > self._max_retries or tries > _MAX_TRIES
                if (
                    is_last
                    or isinstance(problem, DownloadTooSlow)
                    or not await _may_succeed_later(problem, part)
                ):
                    raise
                requested_delay_s = min(problem.retry_after_s or 0.0, _MAX_RETRY_AFTER_S)
            await asyncio.sleep(max(self._retry_backoff.delay_s(failures), requested_delay_s))
        raise AssertionError("counting ended")

    async def _try_download(self, url: str, part: Path, name: str) -> _DownloadedFile:
        folder = part.parent
        # On each attempt: the folder may have been deleted since the previous one.
        await _on_disk_thread(lambda: folder.mkdir(parents=True, exist_ok=True), folder)
        size_bytes = await download(self._client, url, part, cap_bytes=self._cap_bytes())
        head, digest = await _on_disk_thread(lambda: _inspect(part), folder)
        if not _is_of_known_kind(name, head):
            await _on_disk_thread(PartialFile(part).discard, folder)
            raise Problem(
                _("The file that came is not what its name says."),
                consequence(ApiOperation.FILE),
                _("Fetch it again in a while."),
                kind=ProblemKind.UNREADABLE,
                technical=f"{size_bytes} bytes, the first are {head.hex(' ')}",
            )
        downloaded = _DownloadedFile(size_bytes, head, digest)
        if digest:
            raise _TruncatedFile(downloaded)
        return downloaded

    def _cap_bytes(self) -> int:
        return self._cap_mb() * _MB or DOWNLOAD_CAP_BYTES


def with_bounded_text(output: Output) -> Output:
    """Returns the output with its text cut to `MAX_TEXT_CHARS`."""
    if len(output.text) <= MAX_TEXT_CHARS:
        return output
    return replace(output, text=output.text[: MAX_TEXT_CHARS - 1] + "…")


def _move_to_target(part: Path, target: Path, output: Output, is_replacement: bool) -> Path | None:
    if is_replacement:
        return output_files.replace_file(part, target, output.size_bytes)
    return output_files.move_into_place(part, target)


def _inspect(part: Path) -> tuple[bytes, bytes]:
    """Returns the first bytes of a downloaded file, and its digest if it is truncated."""
    head = output_files.make_durable(part)
    with part.open("rb") as file:
        if is_complete(file):
            return head, b""
        file.seek(0)
        return head, hashlib.file_digest(file, "sha256").digest()


def _is_of_known_kind(name: str, head: bytes) -> bool:
    # Some nodes name a JPEG .png: a file of another known kind is not broken.
    return signature_matches(name, head) or output_kind("", head) is not OutputKind.OTHER


async def _may_succeed_later(problem: Problem, part: Path) -> bool:
    """Returns True if another try may succeed."""
    if isinstance(problem.__cause__, FileNotFoundError):
        # The folder was deleted during the download: it is created again.
        return not await asyncio.to_thread(part.exists)
    return problem.kind not in _PERMANENT_PROBLEMS


def _size_of(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0


async def _on_disk_thread(work: Callable[[], T], folder: Path) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise disk_problem(error, folder) from error
