"""Reordering of unsent jobs: first, up, down, last.

The functions are pure and assign as few new numbers as possible.
"""

from __future__ import annotations

import itertools
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from runcomfy_desktop.domain.jobs.job import Job


class QueueMove(Enum):
    """Directions for moving jobs among the unsent ones."""

    FIRST = "first"
    UP = "up"
    DOWN = "down"
    LAST = "last"


def new_orders(
    jobs: Sequence[Job], selected: AbstractSet[str], direction: QueueMove
) -> dict[str, float]:
    """Returns the new `order` of each job whose `order` changes.

    `jobs` are all unsent jobs in send order. The selected jobs keep their relative order.
    """
    moving = [job for job in jobs if job.job_id in selected]
    if not moving:
        return {}
    if direction is QueueMove.FIRST:
        before = jobs[0].order - len(moving)
        return {job.job_id: before + number for number, job in enumerate(moving)}
    if direction is QueueMove.LAST:
        after = jobs[-1].order + 1
        return {job.job_id: after + number for number, job in enumerate(moving)}
    queue = list(jobs)
    if direction is QueueMove.UP:
        _step_up(queue, selected)
    else:
        queue.reverse()
        _step_up(queue, selected)
        queue.reverse()
    return _renumbered(jobs, queue)


def _step_up(queue: list[Job], selected: AbstractSet[str]) -> None:
    """Swaps each selected job with the one before it, unless that one is selected as well."""
    for index in range(1, len(queue)):
        moves = queue[index].job_id in selected and queue[index - 1].job_id not in selected
        if moves:
            queue[index - 1], queue[index] = queue[index], queue[index - 1]


def _renumbered(jobs: Sequence[Job], queue: Sequence[Job]) -> dict[str, float]:
    numbers = [job.order for job in jobs]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        # Earlier versions of the program gave jobs equal numbers; swapping those would move
        # nothing.
        numbers = [numbers[0] + step for step in range(len(numbers))]
    return {
        job.job_id: number
        for job, number in zip(queue, numbers, strict=True)
        if job.order != number
    }
