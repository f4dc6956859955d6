"""Brings results to the output folder: to `.part`, checked, then under a name nobody has yet.

RunComfy keeps results for seven days only, and right after a run its storage may still give
empty or cut files: so every file is checked, and asked for a few times.
"""

from __future__ import annotations

import asyncio
import filecmp
import itertools
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.api.download import download
from runcomfy_desktop.domain.output import (
    Output,
    OutputKind,
    head_fits,
    kind_of,
    name_from_url,
    safe_file_name,
)
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.job import Job

T = TypeVar("T")

TEXT_CHARS = 1_000_000
"""More than anybody reads in the window; it is kept in the history, so it needs a bound."""
FILES_AT_ONCE = 4
_HEAD_BYTES = 16
_RETRY_AFTER_MOST_S = 60.0
# Nothing of the service's doing: asking once more would fail in the same way.
_HOPELESS = (ProblemKind.LOCAL, ProblemKind.REJECTED)


class Downloads:
    """Downloads outputs one by one. `folder` tells the output folder of the moment."""

    def __init__(
        self,
        client: Client,
        folder: Callable[[], Path],
        *,
        pauses_s: tuple[float, ...] = (1.0, 3.0, 9.0),
    ) -> None:
        self._client = client
        self._folder = folder
        self._pauses_s = pauses_s
        self._places = asyncio.Semaphore(FILES_AT_ONCE)

    async def fetch(self, job: Job, output: Output) -> Output:
        """The output with its file on this computer. Raises Problem when that did not succeed.

        What is there already, and what is no file, comes back as it is.
        """
        if not output.url:
            return bounded(output)
        if await self.is_here(output):
            return output
        async with self._places:
            return await self._fetch(job, output)

    async def is_here(self, output: Output) -> bool:
        """Whether nothing has to be downloaded for it."""
        if not output.url:
            return True
        return bool(output.path) and await asyncio.to_thread(Path(output.path).is_file)

    async def _fetch(self, job: Job, output: Output) -> Output:
        name = safe_file_name(output.filename or name_from_url(output.url))
        target = self._folder() / safe_file_name(job.deployment_name) / _file_name(job, name)
        part = target.with_name(f"{target.name}.part")
        await _on_disk(lambda: target.parent.mkdir(parents=True, exist_ok=True), target.parent)
        size_bytes, head = await self._download(output.url, part, name)
        path = await _on_disk(lambda: _put_in_place(part, target), target.parent)
        return replace(
            output,
            path=str(path),
            size_bytes=size_bytes,
            fault="",
            kind=kind_of(name, head) if output.kind is OutputKind.OTHER else output.kind,
        )

    async def _download(self, url: str, part: Path, name: str) -> tuple[int, bytes]:
        for pause_s in self._pauses_s:
            try:
                return await self._try(url, part, name)
            except Problem as problem:
                if problem.kind in _HOPELESS:
                    raise
                asked_s = min(problem.retry_after_s or 0.0, _RETRY_AFTER_MOST_S)
            await asyncio.sleep(max(pause_s, asked_s))
        return await self._try(url, part, name)

    async def _try(self, url: str, part: Path, name: str) -> tuple[int, bytes]:
        size_bytes = await download(self._client, url, part)
        head = await _on_disk(lambda: _make_durable(part), part.parent)
        if not _looks_whole(name, head):
            await _on_disk(lambda: part.unlink(missing_ok=True), part.parent)
            raise Problem(
                _("The file that came is not what its name says."),
                _("The job itself is finished; this file is not on your computer yet."),
                _("Fetch it again in a while."),
                kind=ProblemKind.UNREADABLE,
                technical=f"{size_bytes} bytes, the first are {head.hex(' ')}",
            )
        return size_bytes, head


def bounded(output: Output) -> Output:
    """With no more of its text than is kept."""
    if len(output.text) <= TEXT_CHARS:
        return output
    return replace(output, text=output.text[: TEXT_CHARS - 1] + "…")


def _file_name(job: Job, name: str) -> str:
    """Sorted by time in every file manager, and unlike that of every other job."""
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(job.created_s))
    return f"{when}-{safe_file_name(job.job_id)[:8]}-{name}"


def _looks_whole(name: str, head: bytes) -> bool:
    # Some nodes give a JPEG the ending .png: a file of a known kind is no broken one.
    return head_fits(name, head) or kind_of("", head) is not OutputKind.OTHER


def _make_durable(part: Path) -> bytes:
    """Forces the file to the disk, so that the history never names one which is empty after a
    power cut; returns its first bytes."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
        return file.read(_HEAD_BYTES)


def _put_in_place(part: Path, target: Path) -> Path:
    """Renames `part` to `target`, or to a name beside it when that is taken; returns the name.

    A file with the same bytes is ours from a try whose end was not written down: it is used.
    """
    for number in itertools.count():
        place = target if not number else target.with_stem(f"{target.stem}-{number}")
        try:
            # Takes the name in one step, so that nobody's file is ever overwritten.
            place.open("xb").close()
        except FileExistsError:
            if place.is_file() and filecmp.cmp(part, place, shallow=False):
                part.unlink()
                return place
            continue
        try:
            part.replace(place)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        return place
    raise AssertionError("counting ended")


async def _on_disk(work: Callable[[], T], folder: Path) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise disk_problem(error, folder) from error
