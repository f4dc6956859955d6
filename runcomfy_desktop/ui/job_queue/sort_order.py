"""Sort orders of the rows: the column, the direction, and the rank of a job.

Ranks are tuples of numbers and strings, which Python compares without running Python code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

QueueRank: TypeAlias = "tuple[int, float, int]"
SortRank: TypeAlias = "tuple[str | float, int, float, int]"

# Maps each byte to its complement, which inverts the order.
_INVERTED_BYTES = bytes(range(255, -1, -1))
# Compared by identity: ten thousand states are checked in one frame, and hashing takes longer.
_WAITING, _HELD = JobState.WAITING, JobState.HELD
_RUNNING, _FETCHING = JobState.RUNNING, JobState.FETCHING
_SENDING, _QUEUED, _UNCERTAIN = JobState.SENDING, JobState.QUEUED, JobState.UNCERTAIN
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
# Comes after every number.
_NO_VALUE = math.inf


class JobSortKey(Enum):
    """Sort orders of the rows; the values are stored in the window's state.

    QUEUE is the order in which jobs are worked on, all others are columns.
    """

    QUEUE = "queue"
    JOB = "job"
    SEED = "seed"
    DEPLOYMENT = "deployment"
    STATE = "state"
    TIME = "time"
    COST = "cost"


_TEXT_GETTERS = {
    JobSortKey.JOB: attrgetter("title"),
    JobSortKey.DEPLOYMENT: attrgetter("deployment_name"),
}
# Columns that are sorted the largest first at the first press.
_DESCENDING_FIRST = (JobSortKey.TIME, JobSortKey.COST)


@dataclass(frozen=True, slots=True)
class JobSortOrder:
    """One sort order of the rows.

    `is_descending`: largest or newest first; the queue order has one direction only. Jobs with
    equal sort values are in the queue order, and jobs without a value come last.
    """

    key: JobSortKey = JobSortKey.QUEUE
    is_descending: bool = False

    @property
    def stored_text(self) -> str:
        """String that represents the order in the window's state."""
        if self.key is JobSortKey.QUEUE:
            return str(self.key.value)
        return f"{self.key.value}-{'falls' if self.is_descending else 'rises'}"

    def toggled(self, key: JobSortKey) -> JobSortOrder:
        """Returns the order after a press on the header of column `key`.

        The second press on a header sorts the other way, the third restores the queue order.
        """
        is_first_descending = key in _DESCENDING_FIRST
        if key is not self.key:
            return JobSortOrder(key, is_first_descending)
        if self.is_descending is is_first_descending:
            return JobSortOrder(key, not self.is_descending)
        return JobSortOrder()

    def description(self) -> str:
        """Returns the direction as text, for a tooltip and screen readers."""
        falling, rising = {
            JobSortKey.QUEUE: (_("queue order"), _("queue order")),
            JobSortKey.SEED: (_("highest first"), _("lowest first")),
            JobSortKey.STATE: (_("what is done first"), _("what needs you first")),
            JobSortKey.TIME: (_("newest first"), _("oldest first")),
            JobSortKey.COST: (_("highest first"), _("lowest first")),
        }.get(self.key, (_("Z to A"), _("A to Z")))
        return falling if self.is_descending else rising


SORT_ORDERS = (
    JobSortOrder(),
    *(
        JobSortOrder(key, is_descending)
        for key in JobSortKey
        if key is not JobSortKey.QUEUE
        for is_descending in (True, False)
    ),
)
"""All sort orders, the default order first."""


def order_from_stored(stored_text: str) -> JobSortOrder:
    """Returns the order stored as `stored_text`; the default order for any other string."""
    found = (each for each in SORT_ORDERS if each.stored_text == stored_text)
    return next(found, SORT_ORDERS[0])


def queue_rank(job: Job, position: int) -> QueueRank:
    """Returns the rank of a job in the queue order.

    Running jobs come first, then those at the service, both in the order in which they were sent;
    then those that wait here, in the order of sending; then the ended ones, the newest first.
    `position` is its position in ShownJobs.
    """
    group = _queue_group(job)
    if group == _ENDED:
        return (group, -_ended_or_created_s(job), -position)
    return (group, job.order if group == _UNSENT else _sent_or_created_s(job), position)


_AT_WORK, _AT_SERVICE, _UNSENT, _ENDED = range(4)


def _queue_group(job: Job) -> int:
    state = job.state
    if state is _WAITING or state is _HELD:
        return _UNSENT
    if state is _RUNNING or state is _FETCHING:
        return _AT_WORK
    if state is _QUEUED or state is _SENDING or state is _UNCERTAIN:
        return _AT_SERVICE
    return _ENDED


def sort_rank(order: JobSortOrder, job: Job, position: int) -> SortRank:
    """Returns the rank of `job` in `order`; `position` is its position in ShownJobs."""
    if order.key is JobSortKey.TIME:
        return (-position if order.is_descending else position, 0, 0.0, 0)
    if order.key is JobSortKey.QUEUE:
        return (0, *queue_rank(job, position))
    value: float | str
    if order.key in _TEXT_GETTERS:
        value = sort_text(_TEXT_GETTERS[order.key](job))
        value = _inverted(value) if order.is_descending else value
    else:
        value = _sort_number(order, job)
    return (value, *queue_rank(job, position))


def _sort_number(order: JobSortOrder, job: Job) -> float:
    """Returns the number that a job is sorted by; in descending order, numbers are negated."""
    number: float | None
    if order.key is JobSortKey.STATE:
        number = state_rank(job)
    elif order.key is JobSortKey.SEED:
        number = job.seed
    else:
        number = job.cost_usd or None
    if number is None:
        return _NO_VALUE
    return -number if order.is_descending else number


def _inverted(text: str) -> str:
    return text.encode("latin-1").translate(_INVERTED_BYTES).decode("latin-1")


@lru_cache(maxsize=1 << 15)
def sort_text(text: str) -> str:
    """Returns the UTF-8 bytes of the case-folded text as Latin-1 characters.

    Python compares strings of such narrow characters fastest. Sorting as UTF-8 keeps the order of
    the characters. A last byte marks the end, so that in descending order `ab` still comes before
    `a`. The strings are cached, because a sort needs all of them.
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
    if order.key is JobSortKey.TIME:
        rows = jobs[::-1] if order.is_descending else jobs
        return [job.job_id for job in rows]
    rows = _in_queue_order(jobs)
    if order.key in _TEXT_GETTERS:
        get_text = _TEXT_GETTERS[order.key]
        rows.sort(key=lambda job: sort_text(get_text(job)), reverse=order.is_descending)
    elif order.key is JobSortKey.STATE:
        rows.sort(key=state_rank, reverse=order.is_descending)
    elif order.key is not JobSortKey.QUEUE:
        rows.sort(key=partial(_sort_number, order))
    return list(map(attrgetter("job_id"), rows))


def _in_queue_order(jobs: list[Job]) -> list[Job]:
    groups: tuple[list[Job], ...] = ([], [], [], [])
    for job in jobs:
        groups[_queue_group(job)].append(job)
    at_work, at_service, unsent, ended = groups
    at_work.sort(key=_sent_or_created_s)
    at_service.sort(key=_sent_or_created_s)
    unsent.sort(key=attrgetter("order"))
    # Sorting in reverse would keep the oldest of equal ones first.
    ended.sort(key=_ended_or_created_s)
    ended.reverse()
    return [*at_work, *at_service, *unsent, *ended]


def _sent_or_created_s(job: Job) -> float:
    return job.sent_s or job.created_s


def _ended_or_created_s(job: Job) -> float:
    return job.finished_s or job.created_s
