"""Which job is looked at: the newest result, unless a person has chosen another since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState

if TYPE_CHECKING:
    from runcomfy_desktop.domain.job import Job


class Follower:
    """Follows new results until a person chooses a job, and again from the next run on.

    `shown` is the job that is looked at; `moving` is true while the program itself moves the
    selection.
    """

    def __init__(self) -> None:
        self.shown = ""
        self.moving = False
        self._follows = True

    def choose(self, job_id: str) -> None:
        """A person chose a job."""
        self.shown = job_id
        self._follows = False

    def wants(self, job: Job, before: JobState | None) -> bool:
        """Whether `job`, which was `before` (None: it is new), is to be looked at now."""
        if before is None and job.state.is_active:
            self._follows = True
            # The first job of all is watched from its beginning.
            return not self.shown
        became_done = job.state is JobState.DONE and before is not JobState.DONE
        return became_done and self._follows and job.job_id != self.shown
