"""The order of the rows: by which column, which way, and the rank of one job in it.

Ranks are tuples of numbers and texts: Python compares them without running a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.job import Hold, Job, JobState
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

Rank: TypeAlias = "tuple[str | int, int, float, int]"

# Every byte as its opposite: what was less is more then.
_OPPOSITE = bytes(range(255, -1, -1))
# By identity: ten thousand states are looked at in one frame, and to hash one takes longer.
_WAITING, _HELD = JobState.WAITING, JobState.HELD
# What needs the person comes first, what is over last.
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
_HOLD_RANKS = {hold: number for number, hold in enumerate(Hold)}


class SortKey(Enum):
    """What rows can be sorted by. The values are kept in the window's state."""

    JOB = "job"
    DEPLOYMENT = "deployment"
    STATE = "state"
    TIME = "time"


_TEXTS = {SortKey.JOB: attrgetter("title"), SortKey.DEPLOYMENT: attrgetter("deployment_name")}


@dataclass(frozen=True, slots=True)
class Order:
    """One order of rows. `falls`: the largest first, or the newest.

    Jobs that are alike in it are newest first; those that wait here lie before them, by turns.
    """

    key: SortKey = SortKey.TIME
    falls: bool = True

    @property
    def word(self) -> str:
        """As it is kept."""
        return f"{self.key.value}-{'falls' if self.falls else 'rises'}"

    def pressed(self, key: SortKey) -> Order:
        """What a press on a column's head makes of it."""
        return Order(key, not self.falls) if key is self.key else Order(key, key is SortKey.TIME)

    def spoken(self) -> str:
        """Which way, for a tooltip and a screen reader."""
        return {
            (SortKey.TIME, True): _("newest first"),
            (SortKey.TIME, False): _("oldest first"),
            (SortKey.STATE, False): _("what needs you first"),
            (SortKey.STATE, True): _("what is done first"),
        }.get((self.key, self.falls), _("Z to A") if self.falls else _("A to Z"))


def order_from(word: str) -> Order:
    """The order that was kept as `word`; the usual one for any other text."""
    found = (Order(key, falls) for key in SortKey for falls in (True, False))
    return next((each for each in found if each.word == word), Order())


def usual_rank(job: Job, place: int) -> tuple[int, float, int]:
    """Unsent jobs by their turns, then all others, the newest first."""
    if job.state is _WAITING or job.state is _HELD:
        return (0, job.order, place)
    return (1, 0.0, -place)


def rank(order: Order, job: Job, place: int) -> Rank:
    """Where `job` lies in `order`; `place` as its Lineup has it."""
    group, turn, newest = usual_rank(job, place)
    if order.key is SortKey.TIME:
        return (0, group, turn, newest) if order.falls else (0, -group, turn, place)
    value = value_of(order.key, job)
    if order.falls:
        value = -value if isinstance(value, int) else _opposite(value)
    return (value, group, turn, newest)


def _opposite(text: str) -> str:
    return text.encode("latin-1").translate(_OPPOSITE).decode("latin-1")


def value_of(key: SortKey, job: Job) -> int | str:
    """What a column sorts by. UTF-8 keeps the order of letters; the last byte ends it, so that the
    opposite of `ab` still comes before that of `a`. Kept: a sort asks for all of them."""
    if key is SortKey.STATE:
        return state_value(job)
    return letters(_TEXTS[key](job))


@lru_cache(maxsize=1 << 15)
def letters(text: str) -> str:
    """The bytes of a text in small letters, as letters themselves: texts of small letters are what
    Python compares fastest."""
    return text.casefold().encode("utf-8", "surrogatepass").decode("latin-1") + "\x00"


def make_letters(jobs: Iterable[Job]) -> None:
    """What sorting by words needs of these, now instead of in the frame in which it is sorted."""
    for job in jobs:
        letters(job.title)


def state_value(job: Job) -> int:
    value = _STATE_RANKS[job.state.value]
    return value if job.hold is None else value + _HOLD_RANKS[job.hold]


def sorted_ids(order: Order, jobs: list[Job]) -> list[str]:
    """The ids of `jobs`, which come oldest first, in `order`: the same as sorting by `rank`, in a
    fraction of its time."""
    rows = [job for job in jobs if job.state is _WAITING or job.state is _HELD]
    rows.sort(key=attrgetter("order"))
    others = [job for job in jobs if job.state is not _WAITING and job.state is not _HELD]
    if order == Order(SortKey.TIME, falls=False):
        return [job.job_id for job in (*others, *rows)]
    others.reverse()
    rows += others
    if order.key is SortKey.STATE:
        rows.sort(key=state_value, reverse=order.falls)
    elif order.key is not SortKey.TIME:
        text = _TEXTS[order.key]
        rows.sort(key=lambda job: letters(text(job)), reverse=order.falls)
    return list(map(attrgetter("job_id"), rows))
