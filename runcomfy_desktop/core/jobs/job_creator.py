"""Creates jobs from drafts or earlier jobs, and writes them in one transaction: all or none."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.jobs import job_transitions
from runcomfy_desktop.core.jobs.job_store import yield_to_loop
from runcomfy_desktop.core.jobs.new_job import (
    JobOrigin,
    RunRequest,
    job_from_draft,
    job_from_earlier,
)
from runcomfy_desktop.core.jobs.outdated_job_guard import outdated_text
from runcomfy_desktop.core.jobs.sender import not_written_problem
from runcomfy_desktop.core.media import inline_workflows
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import HoldReason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Set
    from pathlib import Path

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.job_transitions import JobChange
    from runcomfy_desktop.domain.jobs.job import Job


@dataclass(frozen=True, slots=True)
class JobContext:
    """Facts about new jobs that the queue provides."""

    service: str
    queue_version: Callable[[], str]
    now: Callable[[], float]
    new_order: Callable[[], float]


class JobCreator:
    """Creates jobs and writes them to disk. Reports through `notices` if they cannot be written.

    Jobs for which `must_hold` returns True are held from the start, so they never wait in the send
    queue. Publishes `created` when jobs have been written.
    """

    def __init__(
        self,
        job_store: JobStore,
        notices: Notices,
        media_folder: Path,
        context: JobContext,
        must_hold: Callable[[Job], bool],
    ) -> None:
        self._job_store = job_store
        self._notices = notices
        self._media_folder = media_folder
        self._context = context
        self._must_hold = must_hold
        self.created: Topic[None] = Topic()

    def origins(self, count: int, name: str = "", batch_id: str = "") -> list[JobOrigin]:
        """Returns `JobOrigin`s for `count` new jobs, in send order; several jobs are a batch."""
        context = self._context
        batch_id = batch_id or (uuid.uuid4().hex if count > 1 else "")
        version, now_s = context.queue_version(), context.now()
        origins = [
            JobOrigin(context.service, version, now_s, context.new_order(), batch_id, name)
            for _number in range(count)
        ]
        return _numbered(origins) if batch_id else origins

    def origins_in_place(self, jobs: Sequence[Job]) -> list[JobOrigin]:
        """Returns `JobOrigin`s for new jobs in the places of earlier ones in batch and grid."""
        return _in_place(self.origins(len(jobs)), jobs)

    def origins_for_rerun(
        self, jobs: Sequence[Job], name: str, retried_ids: Set[str]
    ) -> list[JobOrigin]:
        """Returns a `JobOrigin` for each job that is run again.

        The first new job for each of `retried_ids` takes the place of the earlier one; all others
        form one batch, unless there is only one.
        """
        remaining, origins, others = set(retried_ids), self.origins(len(jobs), name), list[int]()
        for index, job in enumerate(jobs):
            if job.job_id in remaining:
                remaining.remove(job.job_id)
                [origins[index]] = _in_place([origins[index]], [job])
            else:
                others.append(index)
        batch = _numbered([origins[index] for index in others])
        if len(others) == 1:
            batch = [replace(batch[0], batch_id="", batch_number=0, batch_count=0)]
        for index, origin in zip(others, batch, strict=True):
            origins[index] = origin
        return origins

    async def create(
        self, runs: Sequence[RunRequest], origins: Sequence[JobOrigin], *, shrinks: bool = False
    ) -> bool:
        """Creates jobs for the runs; returns True if they were written.

        `shrinks`: their large pictures are shrunk when they are sent.
        """
        jobs: list[Job] = []
        stored_names: dict[int, str] = {}
        try:
            for count, (run, origin) in enumerate(zip(runs, origins, strict=True)):
                await yield_to_loop(count)
                draft = run.draft
                origin = replace(origin, label=run.label, cell=run.cell)
                job = job_from_draft(draft, run.deployment, origin, shrinks=shrinks)
                if draft.runs_file or draft.is_reshaped:
                    # The drafts of a batch share their workflow, which may be large.
                    key = id(draft.workflow)
                    if key not in stored_names:
                        stored_names[key] = await inline_workflows.store(
                            draft.workflow, self._media_folder
                        )
                    job = replace(job, workflow_file=stored_names[key])
                jobs.append(job)
        except Problem as problem:
            self._notices.post_failure(not_written_problem(problem))
            return False
        return await self._add(jobs)

    async def create_again(self, jobs: Sequence[Job], origins: Sequence[JobOrigin]) -> bool:
        """Creates jobs with the inputs of earlier jobs; returns True if they were written."""
        return await self._add(
            [job_from_earlier(job, origin) for job, origin in zip(jobs, origins, strict=True)]
        )

    async def create_replacement(self, job: Job, change: JobChange, origin: JobOrigin) -> None:
        """Adds a job like `job` and applies `change` to `job`: both or none. Raises Problem."""
        new = self.held_if_outdated(job_from_earlier(job, origin))
        if await self._job_store.replace(job.job_id, change, new):
            self.created.publish(None)

    async def _add(self, jobs: Sequence[Job]) -> bool:
        try:
            await self._job_store.add_all([self.held_if_outdated(job) for job in jobs])
        except Problem as problem:
            self._notices.post_failure(not_written_problem(problem))
            return False
        self.created.publish(None)
        return True

    def held_if_outdated(self, job: Job) -> Job:
        """Returns the job, held if it must not be sent without the user's consent."""
        held = (
            job_transitions.hold(HoldReason.PAUSED, outdated_text())(job)
            if self._must_hold(job)
            else None
        )
        return held or job


def _numbered(origins: Sequence[JobOrigin]) -> list[JobOrigin]:
    """Numbers the origins as one batch.

    The numbers are stored, so they do not change when jobs are removed from the batch.
    """
    count = len(origins)
    return [
        replace(origin, batch_number=number, batch_count=count)
        for number, origin in enumerate(origins, 1)
    ]


def _in_place(origins: Sequence[JobOrigin], jobs: Sequence[Job]) -> list[JobOrigin]:
    return [
        replace(
            origin,
            batch_id=job.batch_id,
            batch_name=job.batch_name,
            batch_number=job.batch_number,
            batch_count=job.batch_count,
            cell=job.cell,
        )
        for origin, job in zip(origins, jobs, strict=True)
    ]
