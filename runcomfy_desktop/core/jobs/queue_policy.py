"""Intervals and limits of the job queue.

The first poll is sent at once. A young job is polled often, because most runs end within a minute.
Old jobs, jobs with failed polls and jobs with an unknown status are polled more and more rarely.
"""

from __future__ import annotations

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
