"""Poll intervals, and the gate that stops polling while the key is refused.

The first poll is sent at once. A young job is polled often, because most runs end within a minute.
Old jobs, jobs with failed polls and jobs with an unknown status are polled more and more rarely.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

# So that many jobs are not polled in step.
_JITTER = 0.15


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Intervals and limits of the job queue; tests make them small."""

    request_interval_s: float = 0.114
    """Time between the starts of two requests of all jobs together. No more than nine requests
    start within a second. A thousand polls, with the urgent ones of `turns_per_urgent`, take less
    than two minutes."""
    turns_per_urgent: int = 24
    """Of this number of polls, one may be an urgent poll out of turn; of this number of turns, one
    goes to a poll while cancels wait."""
    turns_per_poll: int = 3
    """Of this number of turns, one goes to a poll while submits wait."""
    max_in_flight: int = 12
    """Maximum number of requests without a response: the client has 16 connections."""
    fast_poll_s: float = 2.0
    slow_poll_s: float = 10.0
    young_age_s: float = 60.0
    """Age up to which a job is polled at the fast rate."""
    hidden_factor: float = 3.0
    """Factor for the waits while the window is not visible, up to the slow rate."""
    old_age_s: float = 300.0
    """Age from which a job is polled at the slow rate; up to it, the wait grows evenly."""
    unknown_answer_limit: int = 12
    """Number of unknown statuses in a row up to which a job is polled at the slow rate (its result
    is requested once, see `polls_per_result_check`)."""
    unknown_backoff: Backoff = Backoff(20.0, 300.0, jitter=_JITTER)
    """Waits after further unknown statuses in a row, because that status may never change."""
    failure_backoff: Backoff = Backoff(2.0, 60.0, jitter=_JITTER)
    """Waits after failed polls in a row."""
    key_refused_backoff: Backoff = Backoff(15.0, 3600.0, jitter=_JITTER)
    """Waits after polls that were refused for the key or as another account's, although the key may
    be good."""
    busy_backoff: Backoff = Backoff(2.0, 60.0)
    """Pauses of all requests of a kind after "too many requests" without a Retry-After."""
    max_pause_s: float = 3600.0
    """Longest pause that the service can request."""
    max_cancel_pause_s: float = 120.0
    """Longest pause of cancels, shorter because each minute of a run costs money. A request for a
    longer pause counts as "too many requests"."""
    min_shown_pause_s: float = 5.0
    """Shortest pause that is shown in the rows."""
    long_pause_s: float = 120.0
    """Pauses longer than this are shown in the status bar."""
    jitter: float = _JITTER
    """Fraction by which regular waits between polls are randomly longer."""
    polls_per_result_check: int = 12
    """Number of running or unknown statuses after which the result is requested: some requests stay
    `in_progress` for ever."""
    lost_after_answers: int = 8
    """Number of "not found" responses in a row, over three minutes, before a job counts as lost."""
    lost_after_s: float = 150.0
    """Minimum time that these responses must span: the user can trigger eight polls in a minute."""
    min_lost_age_s: float = 600.0
    """Age up to which a job is never marked as lost: its record may not be available yet."""
    max_result_tries: int = 20
    """Maximum number of requests for the result of an ended run, which take a quarter of an hour.
    Then the job is lost or, if the result is too large, failed."""
    cancel_retry_backoff: Backoff = Backoff(5.0, 120.0)
    """Waits before an unanswered cancel request is sent again."""
    max_cancel_tries: int = 8
    """Number of unanswered cancel requests for a job; then the user is notified."""
    cancel_expiry_s: float = 300.0
    """Time after which an accepted cancel without effect expires, so the user can cancel again."""
    max_cancel_repeats: int = 2
    """Maximum number of repeated cancels within `cancel_expiry_s` for a job that continues: a
    minute of a run costs money, and one or two more requests do no harm."""
    sleep_check_s: float = 5.0
    """Interval of comparing the clocks to detect sleep."""
    min_sleep_s: float = 20.0
    """Gap between the clocks that counts as sleep."""
    rewrite_interval_s: float = 3.0
    """Time between attempts to write rows that the disk refused."""
    fetch_retry_backoff: Backoff = Backoff(60.0, 3600.0, factor=10.0)
    """Waits before automatic downloads of missing files, each counted from the previous attempt."""
    max_fetch_retries: int = 3
    """Maximum number of these downloads for a job until the program is started again."""
    fetch_retry_interval_s: float = 2.0
    """Time between the jobs whose missing files are downloaded again."""
    shutdown_timeout_s: float = 10.0
    """Time for bodies that are still being sent when the program is closed."""


def next_poll_wait_s(
    policy: QueuePolicy,
    age_s: float,
    *,
    unknown_answers: int = 0,
    failures: int = 0,
    is_visible: bool = True,
    random_value: Callable[[], float] = random.random,
) -> float:
    """Returns the seconds until the next poll of a job.

    `age_s` is the time since it entered its state. `unknown_answers` counts the responses in a row
    with an unknown status, `failures` the polls without a response since the last response.
    `is_visible` is True while the window is visible.
    """
    if failures:
        return policy.failure_backoff.delay_s(failures, random_value)
    more_unknown_answers = unknown_answers - policy.unknown_answer_limit
    if more_unknown_answers > 0:
        return policy.unknown_backoff.delay_s(more_unknown_answers, random_value)
    wait_s = policy.slow_poll_s if unknown_answers else _regular_wait_s(policy, age_s)
    if not is_visible:
        wait_s = min(wait_s * policy.hidden_factor, max(wait_s, policy.slow_poll_s))
    return wait_s * (1.0 + policy.jitter * random_value())


def _regular_wait_s(policy: QueuePolicy, age_s: float) -> float:
    if age_s <= policy.young_age_s:
        return policy.fast_poll_s
    if age_s >= policy.old_age_s:
        return policy.slow_poll_s
    grown = (age_s - policy.young_age_s) / (policy.old_age_s - policy.young_age_s)
    return policy.fast_poll_s + grown * (policy.slow_poll_s - policy.fast_poll_s)


class WakeEvents:
    """Wake events of jobs; each ends the wait of its job."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def register(self, job_id: str) -> None:
        """Creates the wake event of a job."""
        self._events[job_id] = asyncio.Event()

    def unregister(self, job_id: str) -> None:
        self._events.pop(job_id, None)

    def wake(self, job_id: str) -> None:
        if job_id in self._events:
            self._events[job_id].set()

    def wake_all(self) -> None:
        for event in self._events.values():
            event.set()

    async def wait(self, job_id: str, seconds: float | None) -> bool:
        """Waits for `seconds` (None: without limit); returns True if the job was woken.

        A wake-up between two waits is not lost: the next wait ends at once.
        """
        event = self._events[job_id]
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return True


@dataclass(frozen=True, slots=True)
class KeyEpoch:
    """Counters of the key gate at the time when a request was sent."""

    refusals: int
    reopenings: int


class KeyGate:
    """Gate that holds back requests about accepted jobs while the key is refused.

    A single job can be refused although the key is good, if it belongs to another account and the
    service does not say so. So the gate closes at the second refused job in a row, and a successful
    response to any job opens it again. The account opens it too when it finds the key good
    (`set_key_validity`).

    If a job is refused although the key is good, the reason is the job itself or temporary. Its
    further refusals are not reported and do not close the gate, until a request about it succeeds
    or the key changes.

    A response says something about the key as it was when the request was sent. A request that was
    in flight when the key was withdrawn does not prove the key good, and a refusal from before a
    change of the key says nothing about the new one. So each request records the `epoch` of the
    gate.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._refused_ids: set[str] = set()
        self._refused_with_good_key: set[str] = set()
        self._refusals = 0
        self._reopenings = 0
        self._is_bad = False
        self.was_accepted = False
        """True if any request with a key succeeded since the start."""
        self.is_confirmed = False
        """True if the account found the key good after refusals, and no request succeeded since."""

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    @property
    def epoch(self) -> KeyEpoch:
        return KeyEpoch(self._refusals, self._reopenings)

    def on_refused(self, job_id: str, epoch: KeyEpoch) -> bool:
        """Records that the key was refused for a job. Returns True for the first refusal."""
        if epoch.reopenings != self._reopenings:
            return False
        is_first = False
        if job_id not in self._refused_with_good_key:
            is_first = not self._refused_ids
            self._refusals += 1
            self._refused_ids.add(job_id)
        if len(self._refused_ids) > 1 or self._is_bad:
            self._open.clear()
        return is_first

    def allow_probes(self) -> None:
        """Lets waiting requests through once; the next refusal closes the gate again."""
        self._open.set()

    def on_accepted(self, epoch: KeyEpoch, job_id: str = "") -> bool:
        """Records a successful request for this job. Returns True if it proves that the current key
        is good."""
        self.was_accepted = True
        is_current = epoch == self.epoch
        if epoch.refusals == self._refusals:
            self._refused_with_good_key |= self._refused_ids
            self._clear()
        self.forget(job_id)
        return is_current

    def set_key_validity(self, *, is_good: bool) -> None:
        """Applies the account's check of the key; with a bad key the next refusal closes the
        gate."""
        if not is_good:
            self._is_bad, self.is_confirmed = True, False
            self._refused_with_good_key.clear()
            return
        self._refused_with_good_key |= self._refused_ids
        is_confirmed = self.is_confirmed or bool(self._refused_ids)
        self._clear()
        self.is_confirmed = is_confirmed

    def reopen(self) -> None:
        """Opens the gate, because the key may have changed."""
        self._reopenings += 1
        self._refused_with_good_key.clear()
        self._clear()

    def forget(self, job_id: str) -> None:
        """Makes the job's next refusal count again."""
        self._refused_with_good_key.discard(job_id)

    def _clear(self) -> None:
        self._is_bad = False
        self.is_confirmed = False
        self._refused_ids.clear()
        self._open.set()

    async def wait_until_open(self) -> None:
        await self._open.wait()
