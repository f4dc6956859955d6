"""One round over the files of a job: some at once, each shown as soon as it is here."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Set

    from runcomfy_desktop.core.downloads import Downloads
    from runcomfy_desktop.core.ledger import Ledger, Step
    from runcomfy_desktop.domain.output import Output

HAS_RESULT = (JobState.FETCHING, JobState.DONE)
_AT_ONCE = 3
# A run can have thousands of files, and each row holds all of them: it is not written for each.
_ROWS_MOST, _ROWS_LEAST = 50, 5
_ROWS_BYTES = 16 * 1024 * 1024
# So many in a row that the disk refused: it will refuse the others, too.
_REFUSALS = 3


class Bringing:
    """Brings the files of `job` here that are not, and those at the paths `again` once more.

    Afterwards `outputs` has what came of it, `problems` tells why files are missing, and `refused`
    why files that are here could not be had again; those stay as they are.
    """

    def __init__(
        self, job: Job, downloads: Downloads, ledger: Ledger, again: Set[str] = frozenset()
    ) -> None:
        self._job = job
        self._again = again
        self._downloads = downloads
        self._ledger = ledger
        self._todo = iter(range(len(job.outputs)))
        self._every = rows_apart(job.outputs)
        self._unwritten = 0
        self._refusals: list[Problem] = []
        self.outputs = list(job.outputs)
        self.problems: dict[int, Problem] = {}
        self.refused: dict[int, Problem] = {}

    @property
    def damaged(self) -> int:
        """The number of files that came without their end."""
        pairs = zip(self._job.outputs, self.outputs, strict=True)
        return sum(now.is_damaged and not before.is_damaged for before, now in pairs)

    @property
    def renewed(self) -> int:
        """The number of files that were had again."""
        wanted = (each.path in self._again for each in self._job.outputs)
        return sum(wanted) - len(self.refused)

    @property
    def first_problem(self) -> list[Problem]:
        """Of the files that could not be had; empty where there is none."""
        return [*self.problems.values(), *self.refused.values()][:1]

    @property
    def changed(self) -> bool:
        return self.outputs != list(self._job.outputs)

    async def bring(self) -> None:
        """Ends when every file is here or has its fault."""
        tasks = Tasks()
        name = f"fetch files of {self._job.job_id}"
        count = min(_AT_ONCE, len(self.outputs))
        try:
            await asyncio.gather(*(tasks.start(name, self._one_by_one()) for _ in range(count)))
        finally:
            await tasks.close()

    async def _one_by_one(self) -> None:
        for index in self._todo:
            before = self.outputs[index]
            await self._fetch(index)
            if self.outputs[index] == before:
                continue
            self._unwritten += 1
            if self._unwritten >= self._every:
                self._unwritten = 0
                await self._ledger.keep(self._job.job_id, _with_outputs(tuple(self.outputs)))

    async def _fetch(self, index: int) -> None:
        output = self.outputs[index]
        again = bool(output.path) and output.path in self._again
        is_here = await self._downloads.is_here(output)
        try:
            if len(self._refusals) >= _REFUSALS and (again or not is_here):
                raise self._refusals[-1]
            self.outputs[index] = await self._downloads.fetch(self._job, output, again=again)
            self._refusals.clear()
        except Problem as problem:
            if is_here:
                self.refused[index] = problem
            else:
                self.problems[index] = problem
                self.outputs[index] = replace(output, fault=problem.sentence(), path="")
            if problem.kind is ProblemKind.LOCAL:
                self._refusals.append(problem)
            else:
                self._refusals.clear()


def rows_apart(outputs: tuple[Output, ...]) -> int:
    """After how many files the row is written: it has all of them each time, and their texts."""
    row_bytes = sum(300 + len(each.url) + len(each.text) for each in outputs)
    rows = min(_ROWS_MOST, max(_ROWS_LEAST, _ROWS_BYTES // max(1, row_bytes)))
    return max(1, len(outputs) // rows)


def _with_outputs(outputs: tuple[Output, ...]) -> Step:
    def step(job: Job) -> Job | None:
        if job.state not in HAS_RESULT:
            return None
        return replace(job, outputs=outputs)

    return step
