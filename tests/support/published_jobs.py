"""Jobs that change as in a queue, without its disk and its rules.

Index, records and topics are real, so that classes that follow the jobs of a queue can be tested
with jobs in any state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.jobs.job_index import JobIndex
from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.domain.jobs.job import Job, StateChange

if TYPE_CHECKING:
    from collections.abc import Mapping


class PublishedJobs:
    """The part of a queue that those who follow its jobs use."""

    def __init__(self) -> None:
        self.index = JobIndex()
        self.live = LiveJobs()
        self.jobs: Mapping[str, Job] = self.index.jobs
        self.loaded: Topic[None] = Topic()
        self.state_changed: Topic[StateChange] = Topic()
        self.removed: Topic[str] = Topic()

    def fill(self, *jobs: Job) -> None:
        """Adds jobs of the history, without publishing them."""
        for job in jobs:
            self.live.enter(job.job_id)
            self.index.put(job)

    def put(self, *jobs: Job) -> None:
        """Adds or changes jobs."""
        for job in jobs:
            self.live.enter(job.job_id)
            before = self.index.put(job)
            if before is None or before.state is not job.state:
                state = None if before is None else before.state
                self.state_changed.publish(StateChange(job, state))

    def remove(self, job_id: str) -> None:
        """Removes a job, which the user may restore."""
        self.live[job_id].removed = self.index.remove(job_id)
        self.removed.publish(job_id)
