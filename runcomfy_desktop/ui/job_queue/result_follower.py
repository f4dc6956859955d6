"""Which job is looked at: the newest result, unless a person has chosen another since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job


class ResultFollower:
    """Follows new results until a person chooses a job, and again from the next run on.

    `shown_job_id` is the job that is looked at; `is_moving_selection` is true while the program
    itself moves the selection.
    """

    def __init__(self) -> None:
        self.shown_job_id = ""
        self.is_moving_selection = False
        self._is_following = True

    def choose(self, job_id: str) -> None:
        """A person chose a job."""
        self.shown_job_id = job_id
        self._is_following = False

    def should_show(self, job: Job, previous_state: JobState | None) -> bool:
        """Whether `job`, which was `previous_state` (None: it is new), is to be looked at now."""
        if previous_state is None and job.state.is_active:
            self._is_following = True
            # The first job of all is watched from its beginning.
            return not self.shown_job_id
        became_done = job.state is JobState.DONE and previous_state is not JobState.DONE
        return became_done and self._is_following and job.job_id != self.shown_job_id
