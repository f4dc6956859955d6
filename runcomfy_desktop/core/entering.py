"""Enters what is to be run: jobs are made of drafts or of earlier jobs, and all of them are written
down in one transaction, or none."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core import inline, intents
from runcomfy_desktop.core.ledger import breathe
from runcomfy_desktop.core.new_job import Birth, Run, job_again, job_from_draft
from runcomfy_desktop.core.sending import not_written
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.core.workflow_watch import outdated_text
from runcomfy_desktop.domain.job import Hold
from runcomfy_desktop.domain.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Set
    from pathlib import Path

    from runcomfy_desktop.core.ledger import Ledger, Step
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.job import Job


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What new jobs get from where they are begun."""

    service: str
    queue_version: Callable[[], str]
    now: Callable[[], float]
    new_order: Callable[[], float]


class Entry:
    """Makes new jobs. What keeps them from being written is told through `notices`.

    Those that it `holds` are held from the first on: the line never has them. Publishes `entered`
    when jobs were written down.
    """

    def __init__(
        self, ledger: Ledger, notices: Notices, media_folder: Path, around: Surroundings
    ) -> None:
        self._ledger = ledger
        self._notices = notices
        self._media_folder = media_folder
        self._around = around
        self.holds: Callable[[Job], bool] = lambda _job: False
        self.entered: Topic[None] = Topic()

    def births(self, count: int, name: str = "", batch_id: str = "") -> list[Birth]:
        """For jobs that begin at this moment, one behind the other; several are a batch."""
        around = self._around
        batch_id = batch_id or (uuid.uuid4().hex if count > 1 else "")
        version, now_s = around.queue_version(), around.now()
        births = [
            Birth(around.service, version, now_s, around.new_order(), batch_id, name)
            for _number in range(count)
        ]
        return _numbered(births) if batch_id else births

    def births_in_place(self, jobs: Sequence[Job]) -> list[Birth]:
        """For jobs that take the places of earlier ones in their batches and grids."""
        return _in_place(self.births(len(jobs)), jobs)

    def births_again(self, jobs: Sequence[Job], name: str, refills: Set[str]) -> list[Birth]:
        """For jobs that run once more: those of `refills` in their places, each once, the others
        as one batch."""
        left, births, others = set(refills), self.births(len(jobs), name), list[int]()
        for at, job in enumerate(jobs):
            if job.job_id in left:
                left.remove(job.job_id)
                [births[at]] = _in_place([births[at]], [job])
            else:
                others.append(at)
        batch = _numbered([births[at] for at in others])
        if len(others) == 1:
            batch = [replace(batch[0], batch_id="", number=0, count=0)]
        for at, birth in zip(others, batch, strict=True):
            births[at] = birth
        return births

    async def enter(
        self, runs: Sequence[Run], births: Sequence[Birth], *, shrinks: bool = False
    ) -> bool:
        """Whether the runs are written down; `shrinks` their large pictures when they are sent."""
        jobs: list[Job] = []
        kept: dict[int, str] = {}
        try:
            for count, (run, birth) in enumerate(zip(runs, births, strict=True)):
                await breathe(count)
                draft = run.draft
                birth = replace(birth, about=run.about, cell=run.cell)
                job = job_from_draft(draft, run.deployment, birth, shrinks=shrinks)
                if draft.runs_file or draft.is_reshaped:
                    # The drafts of a batch share their workflow, which may be a large one.
                    key = id(draft.workflow)
                    if key not in kept:
                        kept[key] = await inline.keep(draft.workflow, self._media_folder)
                    job = replace(job, workflow_file=kept[key])
                jobs.append(job)
        except Problem as problem:
            self._notices.failure(not_written(problem))
            return False
        return await self._add(jobs)

    async def enter_again(self, jobs: Sequence[Job], births: Sequence[Birth]) -> bool:
        """The same for the inputs of earlier jobs."""
        return await self._add(
            [job_again(job, birth) for job, birth in zip(jobs, births, strict=True)]
        )

    async def enter_instead(self, job: Job, step: Step, birth: Birth) -> None:
        """The same for a job that makes room for it by `step`: both or none. Raises Problem."""
        new = self.looked_at(job_again(job, birth))
        if await self._ledger.replace(job.job_id, step, new):
            self.entered.publish(None)

    async def _add(self, jobs: Sequence[Job]) -> bool:
        try:
            await self._ledger.add_all([self.looked_at(job) for job in jobs])
        except Problem as problem:
            self._notices.failure(not_written(problem))
            return False
        self.entered.publish(None)
        return True

    def looked_at(self, job: Job) -> Job:
        """A job that comes into the list, held where it may not just be sent."""
        held = intents.hold(Hold.PAUSED, outdated_text())(job) if self.holds(job) else None
        return held or job


def _numbered(births: Sequence[Birth]) -> list[Birth]:
    """As one batch: its numbers are written down, so that they stay when jobs of it go."""
    count = len(births)
    return [replace(birth, number=at, count=count) for at, birth in enumerate(births, 1)]


def _in_place(births: Sequence[Birth], jobs: Sequence[Job]) -> list[Birth]:
    return [
        replace(
            birth,
            batch_id=job.batch_id,
            batch_name=job.batch_name,
            number=job.batch_number,
            count=job.batch_count,
            cell=job.cell,
        )
        for birth, job in zip(births, jobs, strict=True)
    ]
