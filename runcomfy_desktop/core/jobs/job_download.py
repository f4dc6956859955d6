"""Download of a job's files: a few at once, each shown soon after it arrives."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.jobs.job_transitions import update_outputs
from runcomfy_desktop.core.results.download_slots import FILES_PER_JOB
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Set

    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.results.output_downloader import OutputDownloader
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output

# A run can have thousands of files, and its row has all of them: so the row is not written for each
# file.
_MAX_ROW_WRITES, _MIN_ROW_WRITES = 50, 5
_ROW_WRITE_BYTES = 16 * 1024 * 1024
# After this many disk errors in a row, the disk will probably refuse the other files, too.
_MAX_DISK_PROBLEMS = 3


class JobDownload:
    """Downloads the missing files of `job`, and again the files at `refetch_paths`.

    Afterwards `outputs` has the outputs with their new state. `problems` has the reasons why files
    are missing, and `refetch_problems` the reasons why existing files could not be downloaded
    again; these files stay unchanged.
    """

    def __init__(
        self,
        job: Job,
        downloader: OutputDownloader,
        job_store: JobStore,
        refetch_paths: Set[str] = frozenset(),
    ) -> None:
        self._job = job
        self._refetch_paths = refetch_paths
        self._downloader = downloader
        self._job_store = job_store
        self._pending = iter(range(len(job.outputs)))
        self._files_per_write = files_per_row_write(job.outputs)
        self._unwritten_count = 0
        self._disk_problems: list[Problem] = []
        self.outputs = list(job.outputs)
        self.problems: dict[int, Problem] = {}
        self.refetch_problems: dict[int, Problem] = {}

    @property
    def damaged_count(self) -> int:
        """Number of files that arrived truncated in this download."""
        pairs = zip(self._job.outputs, self.outputs, strict=True)
        return sum(now.is_damaged and not before.is_damaged for before, now in pairs)

    @property
    def refetched_count(self) -> int:
        """Number of files that were downloaded again."""
        is_refetched = (each.path in self._refetch_paths for each in self._job.outputs)
        return sum(is_refetched) - len(self.refetch_problems)

    @property
    def first_problem(self) -> list[Problem]:
        """List with the first problem of all files; empty if there is none."""
        return [*self.problems.values(), *self.refetch_problems.values()][:1]

    @property
    def has_changed(self) -> bool:
        return self.outputs != list(self._job.outputs)

    async def run(self) -> None:
        """Downloads the files; returns when each one has arrived or has a fault."""
        tasks = Tasks()
        name = f"fetch files of {self._job.job_id}"
        count = min(FILES_PER_JOB, len(self.outputs))
        try:
            await asyncio.gather(
                *(tasks.start(name, self._download_pending()) for _ in range(count))
            )
        finally:
            await tasks.close()

    async def _download_pending(self) -> None:
        for index in self._pending:
            before = self.outputs[index]
            await self._download_one(index)
            if self.outputs[index] == before:
                continue
            self._unwritten_count += 1
            if self._unwritten_count >= self._files_per_write:
                self._unwritten_count = 0
                await self._job_store.apply(self._job.job_id, update_outputs(tuple(self.outputs)))

    async def _download_one(self, index: int) -> None:
        output = self.outputs[index]
        is_refetch = bool(output.path) and output.path in self._refetch_paths
        is_here = await self._downloader.is_downloaded(output)
        try:
            if len(self._disk_problems) >= _MAX_DISK_PROBLEMS and (is_refetch or not is_here):
                raise self._disk_problems[-1]
            self.outputs[index] = await self._downloader.fetch(
                self._job, output, refetch=is_refetch
            )
            self._disk_problems.clear()
        except Problem as problem:
            if is_here:
                self.refetch_problems[index] = problem
            else:
                self.problems[index] = problem
                self.outputs[index] = replace(output, fault=problem.sentence(), path="")
            if problem.kind is ProblemKind.LOCAL:
                self._disk_problems.append(problem)
            else:
                self._disk_problems.clear()


def files_per_row_write(outputs: tuple[Output, ...]) -> int:
    """Returns the number of files per row write: each write has all files and their texts."""
    row_bytes = sum(300 + len(each.url) + len(each.text) for each in outputs)
    rows = min(_MAX_ROW_WRITES, max(_MIN_ROW_WRITES, _ROW_WRITE_BYTES // max(1, row_bytes)))
    return max(1, len(outputs) // rows)
