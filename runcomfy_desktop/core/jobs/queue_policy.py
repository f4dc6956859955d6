"""How often to ask about a job, and when not to ask at all.

The first question goes out at once. A young job is asked often, because most runs end within a
minute; an old one, a troubled one and one whose status we do not understand more and more rarely.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """All waits and counts of the job side; tests make them small."""

    request_interval_s: float = 0.114
    """Between the questions of all jobs together. Nine of these are more than a second, and a
    thousand of them, with what `jump_every` adds, less than two minutes."""
    turns_per_urgent: int = 24
    """One question in so many may be an urgent one out of turn; one turn in so many is a question's
    while cancels wait."""
    turns_per_poll: int = 3
    """One turn in so many is a question's while submits wait."""
    max_in_flight: int = 12
    """So many questions may be without their answer at a time: the client has 16 connections."""
    fast_poll_s: float = 2.0
    slow_poll_s: float = 10.0
    young_age_s: float = 60.0
    """Until this age a job is asked at the quick pace."""
    hidden_factor: float = 3.0
    """While nobody sees the window waits are so many times longer, up to the slow pace."""
    old_age_s: float = 300.0
    """From this age on it is asked at the slow pace; in between the wait grows evenly."""
    unknown_answer_limit: int = 12
    """So many answers with an unknown word are asked about at the slow pace (and the result once,
    by `result_every`); then each wait doubles up to `odd_most_s`: that word may never change."""
    max_unknown_wait_s: float = 300.0
    failure_wait_s: float = 2.0
    """After the first failed question; doubles with each further one."""
    max_failure_wait_s: float = 60.0
    key_refused_wait_s: float = 15.0
    """After a question that was refused for the key or as another account's, where the key may be
    good all the same; doubles with each further one."""
    max_key_refused_wait_s: float = 3600.0
    busy_backoff_s: float = 2.0
    """The first rest for all after "asked too often" where the service does not say how long;
    doubles with each further one."""
    max_busy_backoff_s: float = 60.0
    max_backoff_s: float = 3600.0
    """The longest rest that the service can ask for."""
    max_cancel_backoff_s: float = 120.0
    """The same for cancels, because each minute of a run costs money. A longer one counts as
    "asked too often"."""
    min_shown_backoff_s: float = 5.0
    """A rest as long as this is said on the rows."""
    long_backoff_s: float = 120.0
    """A rest longer than this is shown in the status bar."""
    jitter: float = 0.15
    """Waits are longer by up to this part of them, so that many jobs do not ask in step."""
    polls_per_result_check: int = 12
    """Every so many answers that a job runs, its result is asked for: some stay `in_progress`."""
    lost_after_answers: int = 8
    """So many times in a row, over three minutes, the service has to know nothing of a job before
    we believe it."""
    lost_after_s: float = 150.0
    """And for so long: the person can have it asked eight times in a minute."""
    min_lost_age_s: float = 600.0
    """Nor is a job given up this soon after it was accepted: its record may be on its way."""
    max_result_tries: int = 20
    """So often the result of an ended run is asked for in vain before it is given up: a quarter
    of an hour."""
    cancel_retry_s: float = 5.0
    """Until a wish to cancel that got no answer is brought again; doubles with each try."""
    max_cancel_retry_s: float = 120.0
    max_cancel_tries: int = 8
    """So often it is brought to a service that does not answer it; then the person is told."""
    cancel_expiry_s: float = 300.0
    """So long after its cancel was taken, a job that was not reported as cancelled may be cancelled
    anew."""
    max_cancel_repeats: int = 2
    """So often a cancel that was taken is asked again within that time, of a job that goes on: a
    minute of a run costs money, and asking once or twice more does no harm."""
    sleep_check_s: float = 5.0
    """Between two looks at the clocks, which tell that the computer slept."""
    min_sleep_s: float = 20.0
    """A gap this long is taken for sleep."""
    rewrite_interval_s: float = 3.0
    """Between attempts to write down what the disk refused."""
    fetch_retry_waits_s: tuple[float, ...] = (60.0, 600.0, 3600.0)
    """When files that could not be had are asked for again by themselves, each after the last."""
    fetch_retry_interval_s: float = 2.0
    """Between the jobs whose files are asked for again."""
    shutdown_timeout_s: float = 10.0
    """For bodies that are going out when the program is closed."""


def next_poll_wait_s(
    policy: QueuePolicy,
    age_s: float,
    *,
    unknown_answers: int = 0,
    failures: int = 0,
    is_visible: bool = True,
    random_value: Callable[[], float] = random.random,
) -> float:
    """Seconds until the next question about a job.

    `age_s` is the time since it entered its state, `unknown_answers` counts the answers in a row
    whose word is unknown, `failures` the questions without an answer since the last answer,
    `is_visible` says whether anybody sees the window.
    """
    if failures:
        # The exponent is bounded, because a lid can stay closed for a week.
        wait_s = min(
            policy.max_failure_wait_s, policy.failure_wait_s * float(2 ** min(failures - 1, 16))
        )
    elif unknown_answers:
        doublings = min(max(unknown_answers - policy.unknown_answer_limit, 0), 16)
        wait_s = min(policy.max_unknown_wait_s, policy.slow_poll_s * float(2**doublings))
    else:
        wait_s = _regular_wait_s(policy, age_s)
        if not is_visible:
            wait_s = min(wait_s * policy.hidden_factor, max(wait_s, policy.slow_poll_s))
    return wait_s * (1.0 + policy.jitter * random_value())


def refused_poll_wait_s(
    policy: QueuePolicy, refusals: int, random_value: Callable[[], float] = random.random
) -> float:
    """Seconds until a job is asked about again that was refused so many times in a row."""
    wait_s = min(
        policy.max_key_refused_wait_s, policy.key_refused_wait_s * float(2 ** min(refusals - 1, 16))
    )
    return wait_s * (1.0 + policy.jitter * random_value())


def _regular_wait_s(policy: QueuePolicy, age_s: float) -> float:
    if age_s <= policy.young_age_s:
        return policy.fast_poll_s
    if age_s >= policy.old_age_s:
        return policy.slow_poll_s
    grown = (age_s - policy.young_age_s) / (policy.old_age_s - policy.young_age_s)
    return policy.fast_poll_s + grown * (policy.slow_poll_s - policy.fast_poll_s)


class WakeEvents:
    """Ends the waits of the jobs that are asked about: of one, or of all."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def register(self, job_id: str) -> None:
        """From now on the job's bell can be rung."""
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
        """Returns after `seconds` (None: never by itself) or, True, when the job's bell rings.

        A ring between two waits is not lost: the next wait ends at once.
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
    """What the gate had heard of the key when a question went out."""

    refusals: int
    reopenings: int


class KeyGate:
    """Holds all questions back once the service refused the key, until `reopen`.

    A single job can be refused although the key is good, when it belongs to another account and the
    service does not say so: the gate closes at the second job in a row, and an answer to anybody
    opens it again. So does the account, which asks what the key is worth (`set_key_validity`). Who
    was refused although the key is good was refused for the job's own sake, or in passing: that
    one's refusals are no news, and close nothing, until it is answered or the key is another one.
    An answer speaks of the key as it was when its question went out: what was on its way while the
    key was taken back is no proof of it, and a refusal from before it was changed says nothing of
    the new one. So each question notes the `epoch` of the gate.
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
        """Whether the service answered anything with a key since the start."""
        self.is_confirmed = False
        """Whether the account found the key good after refusals, and nothing was answered yet."""

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    @property
    def epoch(self) -> KeyEpoch:
        return KeyEpoch(self._refusals, self._reopenings)

    def on_refused(self, job_id: str, epoch: KeyEpoch) -> bool:
        """The key was refused for a job. True when that is news."""
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
        """Somebody wants to know: whoever waits may ask once, and the next refusal closes it."""
        self._open.set()

    def on_accepted(self, epoch: KeyEpoch, job_id: str = "") -> bool:
        """Hears that the service took the key, for this job. True when that says what the key is
        worth now."""
        self.was_accepted = True
        is_current = epoch == self.epoch
        if epoch.refusals == self._refusals:
            self._refused_with_good_key |= self._refused_ids
            self._clear()
        self.forget(job_id)
        return is_current

    def set_key_validity(self, *, is_good: bool) -> None:
        """The account knows by now what the key is worth; a bad one closes at the next refusal."""
        if not is_good:
            self._is_bad, self.is_confirmed = True, False
            self._refused_with_good_key.clear()
            return
        self._refused_with_good_key |= self._refused_ids
        is_confirmed = self.is_confirmed or bool(self._refused_ids)
        self._clear()
        self.is_confirmed = is_confirmed

    def reopen(self) -> None:
        """The key may be another one now."""
        self._reopenings += 1
        self._refused_with_good_key.clear()
        self._clear()

    def forget(self, job_id: str) -> None:
        """What was refused for a job says nothing of its next refusal."""
        self._refused_with_good_key.discard(job_id)

    def _clear(self) -> None:
        self._is_bad = False
        self.is_confirmed = False
        self._refused_ids.clear()
        self._open.set()

    async def wait_until_open(self) -> None:
        await self._open.wait()
