"""Texts of the queue's cells for progress, times and cost, and titles without their seed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import (
    approx_money,
    clock_time,
    date_or_time,
    job_duration_text,
    job_times_text,
    money,
    one_line,
)
from runcomfy_desktop.ui.job_queue.progress_texts import describe_progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.local_day import LocalDay
    from runcomfy_desktop.ui.job_queue.progress_texts import ProgressText

# Each frame requests the same texts again.
_cached_date_or_time = lru_cache(maxsize=4096)(date_or_time)
_MIN_USD = 0.01


class JobCellTexts:
    """Makes the texts of a job's cells that depend on the time or on other jobs.

    Costs are estimated with a `budget` for jobs that have not ended.
    """

    def __init__(
        self, queue: JobQueue, day: LocalDay, budget: Budget | None, now: Callable[[], float]
    ) -> None:
        self._queue = queue
        self._day = day
        self._budget = budget
        self._now = now

    def progress(self, job: Job) -> ProgressText:
        """Returns the estimated progress."""
        return describe_progress(self._queue, job, self._now())

    def times(self, job: Job) -> tuple[str, str]:
        """Returns the duration of a job, and the time of day or date when it ended or was sent."""
        when_s = 0.0
        if job.state.is_finished:
            when_s = _ended_s(job)
        elif job.state is JobState.UNCERTAIN:
            when_s = job.sent_s or job.created_s
        when = _cached_date_or_time(when_s, self._day.start_s) if when_s else ""
        return job_duration_text(job, self._now()), when

    def times_hint(self, job: Job) -> str:
        """Returns how long a job waited and ran, and when exactly it ended."""
        times = job_times_text(job, self._now())
        if not job.state.is_finished:
            return times
        return times + "\n" + _("ended %s") % clock_time(_ended_s(job))

    def cost(self, job: Job) -> str:
        """Returns the cost of an ended job, or the estimate for another; "" if it is unknown."""
        usd = job.cost_usd if job.state.is_finished else self._estimated_usd(job)
        if not usd:
            return ""
        return small_amount_text() if usd < _MIN_USD else money(usd)

    def cost_hint(self, job: Job) -> str:
        """Returns that a cost is estimated; "" if it is not."""
        usd = None if job.state.is_finished else self._estimated_usd(job)
        return approx_money(usd) if usd else ""

    def _estimated_usd(self, job: Job) -> float | None:
        return None if self._budget is None else self._budget.estimate_jobs([job]).usd


def small_amount_text() -> str:
    """Returns the text for a cost of less than a cent."""
    return _("< %s") % money(_MIN_USD)


def _ended_s(job: Job) -> float:
    return job.finished_s or job.created_s


@lru_cache(maxsize=4096)
def title_without_seed(job_title: str, seed: int | None) -> str:
    """Returns a job's title as one line, without the seed at its end."""
    title = one_line(job_title)
    if seed is None:
        return title
    return title.removesuffix(_("%s · seed %d") % ("", seed)) or title
