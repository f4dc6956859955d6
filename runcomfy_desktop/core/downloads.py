"""Brings results to the output folder: to `.part`, checked, then under a name nobody has yet.

RunComfy keeps results for seven days only, and right after a run its storage may still give
empty or cut files: so every file is checked, by its content too, and asked for a few times.
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
from runcomfy_desktop.api.download import TooSlow, download
from runcomfy_desktop.api.errands import Errand, meaning
from runcomfy_desktop.api.partial import Part
from runcomfy_desktop.core import landing
from runcomfy_desktop.core.berths import Berths
from runcomfy_desktop.core.wholeness import is_whole
from runcomfy_desktop.domain.job import FILES_KEPT_S, can_fetch_files
from runcomfy_desktop.domain.output import Output, OutputKind, head_fits, kind_of
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.run_notes import RunNotes
    from runcomfy_desktop.domain.job import Job

T = TypeVar("T")

TEXT_CHARS = 1_000_000
"""More than anybody reads in the window; it is kept in the history, so it needs a bound."""
_MB = 1024 * 1024
_RETRY_AFTER_MOST_S = 60.0
# A file that comes piece by piece over a bad line is no file that cannot be had.
_PROGRESS_BYTES = _MB
_MOST_TRIES = 50
# Nothing of the service's doing: asking once more would fail in the same way.
_HOPELESS = (ProblemKind.LOCAL, ProblemKind.REJECTED)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A file that came, still under its `.part`; `digest` is that of one without its end."""

    size_bytes: int
    head: bytes
    digest: bytes = b""


class _CutOff(Problem):
    """A file came, and its content says that the end is missing."""

    def __init__(self, arrived: _Arrived) -> None:
        super().__init__(
            _("The file came cut off: its end is missing."),
            meaning(Errand.FILE),
            _("Fetch it again in a while."),
            kind=ProblemKind.UNREADABLE,
            technical=f"{arrived.size_bytes} bytes",
        )
        self.arrived = arrived


class Downloads:
    """Downloads outputs. `folder` tells the output folder of the moment, `cap_mb` how large a
    file may be; 0 is not a limit that the settings have, and means the usual one. `run_notes`
    writes what lies beside the files of a job."""

    def __init__(
        self,
        client: Client,
        folder: Callable[[], Path],
        *,
        cap_mb: Callable[[], int] = lambda: 0,
        pauses_s: tuple[float, ...] = (2.0, 8.0),
        berths: Berths | None = None,
        run_notes: RunNotes | None = None,
    ) -> None:
        self._client = client
        self._folder = folder
        self._cap_mb = cap_mb
        self._pauses_s = pauses_s
        self._berths = berths or Berths()
        self._run_notes = run_notes
        self._parts: set[Path] = set()

    async def fetch(self, job: Job, output: Output, *, again: bool = False) -> Output:
        """The output with its file on this computer. Raises Problem when that did not succeed.

        What is no file comes back as it is, and so does what is there already, unless it is wanted
        `again`: then it stays until another one is complete. Where there is none, a file that
        always comes without its end in the same way is better than nothing, and is damaged.
        """
        if not output.url:
            return bounded(output)
        is_here = await self.is_here(output)
        if is_here and not again:
            return replace(output, fault="")
        target = Path(output.path) if is_here else landing.target_of(self._folder(), job, output)
        with self._own_part(target, job, output) as part:
            arrived = await self._download(output.url, part, target.name)
            if is_here and arrived.digest:
                await asyncio.to_thread(Part(part).drop)
                raise _CutOff(arrived)
            path = await _on_disk(partial(_put, part, target, output, is_here), target.parent)
        if path is None:
            return replace(output, fault="", is_damaged=False)
        kind, head = output.kind, arrived.head
        return replace(
            output,
            path=str(path),
            size_bytes=arrived.size_bytes,
            fault="",
            kind=kind_of(target.name, head) if kind is OutputKind.OTHER else kind,
            is_damaged=bool(arrived.digest),
            version=output.version + 1 if output.path else 0,
        )

    async def conclude(self, job: Job) -> None:
        """The files of the job are here, as far as they could be had: lays beside them what the
        person wants to lie there."""
        if self._run_notes is not None:
            await self._run_notes.keep(job)

    async def is_here(self, output: Output) -> bool:
        """Whether nothing has to be downloaded for it."""
        if not output.url:
            return True
        return bool(output.path) and await asyncio.to_thread(Path(output.path).is_file)

    async def clear_leftovers(self, jobs: Collection[Job], now_s: float) -> None:
        """Removes halves that no job goes on with: of ended ones that lack nothing, and old ones.

        Of a job that is not among `jobs` nothing is known: its halves stay until they are old.
        """
        wants = {landing.leftover_key(job): False for job in jobs}
        for job in jobs:
            if not job.state.is_finished or can_fetch_files(job, now_s):
                wants[landing.leftover_key(job)] = True
        folder, before_s = self._folder(), time.time() - FILES_KEPT_S
        await asyncio.to_thread(
            landing.clear_leftovers, folder, lambda key: wants.get(key, True), before_s
        )

    @contextmanager
    def _own_part(self, target: Path, job: Job, output: Output) -> Iterator[Path]:
        """A `.part` that nothing else writes to meanwhile."""
        turn = 0
        while (part := landing.part_of(target, job, output, turn)) in self._parts:
            turn += 1
        self._parts.add(part)
        try:
            yield part
        finally:
            self._parts.discard(part)

    async def _download(self, url: str, part: Path, name: str) -> _Arrived:
        """Asks a few times. A file without its end is returned only when it comes so each time."""
        failures, had_bytes = 0, 0
        cuts: set[bytes] = set()
        for tries in itertools.count(1):
            try:
                async with self._berths.berth():
                    return await self._try(url, part, name)
            except Problem as problem:
                if isinstance(problem, _CutOff):
                    digest = problem.arrived.digest
                    if digest in cuts and failures >= len(self._pauses_s):
                        return problem.arrived
                    cuts.add(digest)
                    await asyncio.to_thread(Part(part).drop)
                has_bytes = await asyncio.to_thread(_size_of, part)
                failures = 1 if has_bytes > had_bytes + _PROGRESS_BYTES else failures + 1
                had_bytes = max(had_bytes, has_bytes)
                last = failures > len(self._pauses_s) or tries > _MOST_TRIES
                if last or isinstance(problem, TooSlow) or not await _may_change(problem, part):
                    raise
                asked_s = min(problem.retry_after_s or 0.0, _RETRY_AFTER_MOST_S)
            await asyncio.sleep(max(self._pauses_s[failures - 1], asked_s))
        raise AssertionError("counting ended")

    async def _try(self, url: str, part: Path, name: str) -> _Arrived:
        folder = part.parent
        # At each try: somebody may have tidied up meanwhile.
        await _on_disk(lambda: folder.mkdir(parents=True, exist_ok=True), folder)
        size_bytes = await download(self._client, url, part, cap_bytes=self._cap_bytes())
        head, digest = await _on_disk(lambda: _look_at(part), folder)
        if not _is_of_known_kind(name, head):
            await _on_disk(Part(part).drop, folder)
            raise Problem(
                _("The file that came is not what its name says."),
                meaning(Errand.FILE),
                _("Fetch it again in a while."),
                kind=ProblemKind.UNREADABLE,
                technical=f"{size_bytes} bytes, the first are {head.hex(' ')}",
            )
        arrived = _Arrived(size_bytes, head, digest)
        if digest:
            raise _CutOff(arrived)
        return arrived

    def _cap_bytes(self) -> int:
        return self._cap_mb() * _MB or DOWNLOAD_CAP_BYTES


def bounded(output: Output) -> Output:
    """With no more of its text than is kept."""
    if len(output.text) <= TEXT_CHARS:
        return output
    return replace(output, text=output.text[: TEXT_CHARS - 1] + "…")


def _put(part: Path, target: Path, output: Output, is_here: bool) -> Path | None:
    if is_here:
        return landing.put_over(part, target, output.size_bytes)
    return landing.put_in_place(part, target)


def _look_at(part: Path) -> tuple[bytes, bytes]:
    """The first bytes of a file that came, and the digest of one that has no end."""
    head = landing.make_durable(part)
    with part.open("rb") as file:
        if is_whole(file):
            return head, b""
        file.seek(0)
        return head, hashlib.file_digest(file, "sha256").digest()


def _is_of_known_kind(name: str, head: bytes) -> bool:
    # Some nodes give a JPEG the ending .png: a file of a known kind is no broken one.
    return head_fits(name, head) or kind_of("", head) is not OutputKind.OTHER


async def _may_change(problem: Problem, part: Path) -> bool:
    """Whether the same may go better in a moment."""
    if isinstance(problem.__cause__, FileNotFoundError):
        # The folder was taken away in the middle: it is made anew.
        return not await asyncio.to_thread(part.exists)
    return problem.kind not in _HOPELESS


def _size_of(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0


async def _on_disk(work: Callable[[], T], folder: Path) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise disk_problem(error, folder) from error
