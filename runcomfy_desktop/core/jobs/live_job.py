"""Record of all that this session knows of one job beyond its row.

Nothing of it is written to disk: after a restart it follows from the row again. `JobStore` makes
the record when the job enters the list, and keeps it while the job may come back. Each group of
fields belongs to the class named in its comment; only that class and its parts change it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

    from runcomfy_desktop.core.jobs.rate_limiter import Waiter
    from runcomfy_desktop.core.spending.spending_totals import CostKey
    from runcomfy_desktop.domain.jobs.job import Job


class Exemption(Enum):
    """Consent of the user to send a job in spite of a hold."""

    NONE = "none"
    PAUSE = "pause"
    """The job is sent although the queue is paused or was offline."""
    LIMIT = "limit"
    """The job is sent although it exceeds a limit on spending."""


class Preparation(Enum):
    """Progress of shrinking the pictures of a job before it is sent."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"


class WakeEvent:
    """Ends the wait of one task early; a wake-up between two waits is not lost."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Ends the current wait or, if there is none, the next one."""
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Waits for `seconds`; returns True if the wait was ended early."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


@dataclass(slots=True, eq=False)
class CancelRequest:
    """Progress of a cancel request; times are on the loop's clock."""

    is_from_this_session: bool
    """True if the user cancelled the job in this session."""
    may_have_arrived: bool
    """True if the service may have accepted the request although no response says so."""
    tries: int = 0
    """Number of scheduled tries, not counting those after a wake event."""
    unanswered: int = 0
    """Like `tries`, without those that failed for the network, the key or a requested pause."""
    was_woken: bool = False
    """True if the last wait ended with a wake event."""
    is_reported: bool = False
    accepted_s: float | None = None
    is_still_running: bool = False
    """True if the service, after accepting the request, has reported that the job continues."""
    elapsed_parts: int = 0
    """Number of elapsed parts of the time until expiry. A cancel can be repeated after each."""

    def restart(self) -> None:
        """Resets the counters and the report, because the user cancelled again."""
        self.is_from_this_session = True
        self.is_reported = False
        self.tries = self.unanswered = 0


@dataclass(frozen=True, slots=True)
class Refetch:
    """Repeated download of a job's files, still in progress; files at `paths` are replaced."""

    paths: Set[str]
    finished: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class LiveJob:
    """State of one job in this session."""

    job_id: str

    # JobStore
    position: int = 0
    """Position in the order of arrival; a restored job goes back to it."""
    is_written: bool = True
    """True if the row on disk matches the job in memory."""
    removed: Job | None = None
    """The job, if the user removed it from the list and may restore it."""

    # SendQueue
    exemption: Exemption = Exemption.NONE
    preparation: Preparation = Preparation.NONE
    is_offered: bool = False
    """True if a notice offers to send the job, which was held while offline."""

    # OutdatedJobGuard
    notified_version: str = ""
    """Workflow version that the user was told about because it is not that of the job."""
    notice_subject: str = ""
    """Subject of the notice that reports the job as held."""

    # Budget
    cost_key: CostKey | None = None
    """Key under which the job is counted as active; None while it is not active."""
    is_cold_start: bool | None = None
    """True if a machine had to start for the job; None unless it is accepted and has not ended."""

    # KeyGate
    key_refused_in: int = 0
    """Period of the key gate in which a request about the job was last refused; 0 for none."""

    # RateLimiter
    waiter: Waiter | None = None
    """The next request about the job, while it waits for its turn."""
    parked: list[Waiter] = field(default_factory=list)
    """Further requests about the job, which wait until that one is admitted."""
    is_prioritized: bool = False
    """True if the next request about the job is urgent, because the user wants its state."""

    # JobPoller
    poll_wake: WakeEvent | None = None
    """Set while the job is polled."""
    is_unreached: bool = False
    """True if the last poll did not reach the service."""

    # Canceller
    cancel: CancelRequest | None = None
    cancel_task: asyncio.Task[None] | None = None
    cancel_wake: WakeEvent | None = None
    """Set while the task of the cancel request runs."""

    # Fetcher
    refetch: Refetch | None = None
    fetch_tries: int | None = None
    """Number of automatic downloads of missing files so far; None while none is due."""


class LiveJobs(dict[str, LiveJob]):
    """Records of the jobs in the list and of those that were in it, by job id.

    A job that never was in the list has no record: its reader gets a new one each time, and what is
    set in it is forgotten.
    """

    def __init__(self) -> None:
        super().__init__()
        self._next_position = 0

    def __missing__(self, job_id: str) -> LiveJob:
        return LiveJob(job_id)

    def enter(self, job_id: str) -> LiveJob:
        """Returns the record of a job that is in the list; makes it if the job is new."""
        if job_id not in self:
            self[job_id] = LiveJob(job_id, position=self._next_position)
            self._next_position += 1
        return self[job_id]
