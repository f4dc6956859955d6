"""Other turns for unsent jobs: first, up, down, last. Pure, and as few new numbers as possible."""

from __future__ import annotations

import itertools
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from runcomfy_desktop.domain.job import Job


class Where(Enum):
    """Where jobs are moved among those that were not sent yet."""

    FIRST = "first"
    UP = "up"
    DOWN = "down"
    LAST = "last"


def orders(jobs: Sequence[Job], wished: AbstractSet[str], where: Where) -> dict[str, float]:
    """The new `order` of each job that gets another one. `jobs` are all unsent ones, by turns.

    The wished ones keep their order among themselves.
    """
    moving = [job for job in jobs if job.job_id in wished]
    if not moving:
        return {}
    if where is Where.FIRST:
        before = jobs[0].order - len(moving)
        return {job.job_id: before + number for number, job in enumerate(moving)}
    if where is Where.LAST:
        behind = jobs[-1].order + 1
        return {job.job_id: behind + number for number, job in enumerate(moving)}
    line = list(jobs)
    if where is Where.UP:
        _step_up(line, wished)
    else:
        line.reverse()
        _step_up(line, wished)
        line.reverse()
    return _renumbered(jobs, line)


def _step_up(line: list[Job], wished: AbstractSet[str]) -> None:
    """Each wished one changes places with the one before it, unless that is wished as well."""
    for here in range(1, len(line)):
        moves = line[here].job_id in wished and line[here - 1].job_id not in wished
        if moves:
            line[here - 1], line[here] = line[here], line[here - 1]


def _renumbered(jobs: Sequence[Job], line: Sequence[Job]) -> dict[str, float]:
    numbers = [job.order for job in jobs]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        # Of earlier programs: jobs that share a number cannot change places by changing numbers.
        numbers = [numbers[0] + step for step in range(len(numbers))]
    return {
        job.job_id: number for job, number in zip(line, numbers, strict=True) if job.order != number
    }
