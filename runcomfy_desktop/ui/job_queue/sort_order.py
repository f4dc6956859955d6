"""Sort orders of the rows: the column, the direction, and the rank of a job.

Ranks are tuples of numbers and strings, which Python compares without running Python code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

SortRank: TypeAlias = "tuple[str | int, int, float, int]"

# Maps each byte to its complement, which inverts the order.
_INVERTED_BYTES = bytes(range(255, -1, -1))
# Compared by identity: ten thousand states are checked in one frame, and hashing takes longer.
_WAITING, _HELD = JobState.WAITING, JobState.HELD
# Jobs that need the user come first, finished ones last.
_STATE_ORDER = (
    JobState.UNCERTAIN,
    JobState.HELD,
    JobState.RUNNING,
    JobState.FETCHING,
    JobState.SENDING,
    JobState.QUEUED,
    JobState.WAITING,
    JobState.FAILED,
    JobState.LOST,
    JobState.CANCELLED,
    JobState.DONE,
)
_STATE_RANKS = {state.value: number * 8 for number, state in enumerate(_STATE_ORDER)}
_HOLD_RANKS = {hold: number for number, hold in enumerate(HoldReason)}


class JobSortKey(Enum):
    """Columns that rows can be sorted by; the values are stored in the window's state."""

    JOB = "job"
    DEPLOYMENT = "deployment"
    STATE = "state"
    TIME = "time"


_TEXT_GETTERS = {
    JobSortKey.JOB: attrgetter("title"),
    JobSortKey.DEPLOYMENT: attrgetter("deployment_name"),
}


@dataclass(frozen=True, slots=True)
class JobSortOrder:
    """One sort order of the rows.

    `is_descending`: largest or newest first. Jobs with equal sort values are sorted newest first;
    unsent jobs come before them, in send order. If the oldest jobs come first, unsent jobs come
    last.
    """

    key: JobSortKey = JobSortKey.TIME
    is_descending: bool = True

    @property
    def stored_text(self) -> str:
        """String that represents the order in the window's state."""
        return f"{self.key.value}-{'falls' if self.is_descending else 'rises'}"

    def toggled(self, key: JobSortKey) -> JobSortOrder:
        """Returns the order after a press on the header of column `key`."""
        return (
            JobSortOrder(key, not self.is_descending)
            if key is self.key
            else JobSortOrder(key, key is JobSortKey.TIME)
        )

    def description(self) -> str:
        """Returns the direction as text, for a tooltip and screen readers."""
        return {
            (JobSortKey.TIME, True): _("newest first"),
            (JobSortKey.TIME, False): _("oldest first"),
            (JobSortKey.STATE, False): _("what needs you first"),
            (JobSortKey.STATE, True): _("what is done first"),
        }.get((self.key, self.is_descending), _("Z to A") if self.is_descending else _("A to Z"))


def order_from_stored(stored_text: str) -> JobSortOrder:
    """Returns the order stored as `stored_text`; the default order for any other string."""
    found = (
        JobSortOrder(key, is_descending) for key in JobSortKey for is_descending in (True, False)
    )
    return next((each for each in found if each.stored_text == stored_text), JobSortOrder())


def default_rank(job: Job, position: int) -> tuple[int, float, int]:
    """Returns a rank with unsent jobs first, by send order, then all others, the newest first."""
    if job.state is _WAITING or job.state is _HELD:
        return (0, job.order, position)
    return (1, 0.0, -position)


def sort_rank(order: JobSortOrder, job: Job, position: int) -> SortRank:
    """Returns the rank of `job` in `order`; `position` is its position in ShownJobs."""
    is_sent, send_order, newest = default_rank(job, position)
    if order.key is JobSortKey.TIME:
        return (
            (0, is_sent, send_order, newest)
            if order.is_descending
            else (0, -is_sent, send_order, position)
        )
    value = sort_value(order.key, job)
    if order.is_descending:
        value = -value if isinstance(value, int) else _inverted(value)
    return (value, is_sent, send_order, newest)


def _inverted(text: str) -> str:
    return text.encode("latin-1").translate(_INVERTED_BYTES).decode("latin-1")


def sort_value(key: JobSortKey, job: Job) -> int | str:
    """Returns the value that a column is sorted by.

    Strings are sorted as UTF-8, which keeps the order of the characters. A last byte marks the end,
    so that in descending order `ab` still comes before `a`. Sort strings are cached, because a sort
    needs all of them.
    """
    if key is JobSortKey.STATE:
        return state_rank(job)
    return sort_text(_TEXT_GETTERS[key](job))


@lru_cache(maxsize=1 << 15)
def sort_text(text: str) -> str:
    """Returns the UTF-8 bytes of the case-folded text as Latin-1 characters.

    Python compares strings of such narrow characters fastest.
    """
    return text.casefold().encode("utf-8", "surrogatepass").decode("latin-1") + "\x00"


def cache_sort_texts(jobs: Iterable[Job]) -> None:
    """Computes the sort strings of the jobs' titles in advance, which saves time when sorting."""
    for job in jobs:
        sort_text(job.title)


def state_rank(job: Job) -> int:
    value = _STATE_RANKS[job.state.value]
    return value if job.hold is None else value + _HOLD_RANKS[job.hold]


def sorted_ids(order: JobSortOrder, jobs: list[Job]) -> list[str]:
    """Returns the ids of `jobs`, which are given oldest first, in `order`.

    The result equals sorting by `sort_rank`, in a fraction of the time.
    """
    rows = [job for job in jobs if job.state is _WAITING or job.state is _HELD]
    rows.sort(key=attrgetter("order"))
    others = [job for job in jobs if job.state is not _WAITING and job.state is not _HELD]
    if order == JobSortOrder(JobSortKey.TIME, is_descending=False):
        return [job.job_id for job in (*others, *rows)]
    others.reverse()
    rows += others
    if order.key is JobSortKey.STATE:
        rows.sort(key=state_rank, reverse=order.is_descending)
    elif order.key is not JobSortKey.TIME:
        get_text = _TEXT_GETTERS[order.key]
        rows.sort(key=lambda job: sort_text(get_text(job)), reverse=order.is_descending)
    return list(map(attrgetter("job_id"), rows))
