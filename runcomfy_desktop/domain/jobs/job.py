"""Job: one run as this computer knows it, its states, and the transitions between them.

A job is local, a request is RunComfy's: a job has a `request_id` once the service has accepted it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.jobs.run_facts import RunFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.drafts.draft import Changes
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.workflow.workflow import InputKey


DEMO_SERVICE = "demo"
"""Value of `Job.service` in the demo, since the demo's address differs at every start."""


class JobState(Enum):
    """State of a job. The values are stored, so they never change."""

    WAITING = "waiting"
    """Waits here for a free place; nothing has been sent."""
    HELD = "held"
    """Waits here for the user (see HoldReason); nothing has been sent.

    Only the setting `sends_when_online` lets the program send a held job by itself.
    """
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    """Sent, answer unknown: it may have been accepted, and is never sent again automatically."""
    QUEUED = "queued"
    RUNNING = "running"
    FETCHING = "fetching"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    """No longer known to the server."""

    @property
    def is_active(self) -> bool:
        """True while the program works on the job by itself."""
        return self in ACTIVE_STATES

    @property
    def is_finished(self) -> bool:
        return not TRANSITIONS[self]


class HoldReason(Enum):
    """Reason why a job is HELD. The values are stored, so they never change."""

    OFFLINE = "offline"
    """RunComfy could not be reached when it was the job's turn."""
    PAUSED = "paused"
    """The user paused the job, or the whole queue."""
    RESTART = "restart"
    """The program ended before the job was sent; the user may no longer want it."""
    BATCH_LIMIT = "batch_limit"
    """With this job, its batch would exceed the limit on spending."""
    DAY_LIMIT = "day_limit"
    """With this job, the day would exceed the limit on spending."""


_S = JobState
ACTIVE_STATES = frozenset({_S.WAITING, _S.SENDING, _S.QUEUED, _S.RUNNING, _S.FETCHING})
"""States in which the program works on a job by itself."""

UNSENT_STATES = frozenset({_S.WAITING, _S.HELD})
"""States in which nothing of a job has been sent, and the user can still change its turn."""

TRANSITIONS: Mapping[JobState, frozenset[JobState]] = MappingProxyType(
    {
        _S.WAITING: frozenset({_S.SENDING, _S.HELD, _S.CANCELLED, _S.FAILED}),
        _S.HELD: frozenset({_S.WAITING, _S.CANCELLED}),
        # Back to HELD only with proof that not one byte left this computer (`Problem.is_unsent`): a
        # body that was sent in part may have been accepted.
        _S.SENDING: frozenset({_S.QUEUED, _S.UNCERTAIN, _S.FAILED, _S.HELD}),
        _S.UNCERTAIN: frozenset({_S.QUEUED, _S.CANCELLED}),
        _S.QUEUED: frozenset({_S.RUNNING, _S.FETCHING, _S.CANCELLED, _S.FAILED, _S.LOST}),
        # A machine can be withdrawn, so a running request may be queued again.
        _S.RUNNING: frozenset({_S.QUEUED, _S.FETCHING, _S.CANCELLED, _S.FAILED, _S.LOST}),
        _S.FETCHING: frozenset({_S.DONE, _S.FAILED, _S.CANCELLED, _S.LOST, _S.QUEUED, _S.RUNNING}),
        _S.DONE: frozenset(),
        _S.FAILED: frozenset(),
        _S.CANCELLED: frozenset(),
        _S.LOST: frozenset(),
    }
)
"""States that can follow each state; no other change of state is possible."""


class CancelStage(Enum):
    """Progress of a cancel request since the program started.

    It is not stored: an open cancel request is sent again at the next start.
    """

    NEW = "new"
    DEFERRED = "put off"
    """RunComfy could not be reached so far, or did not respond.

    The request is repeated until it is abandoned.
    """
    ACCEPTED = "taken"
    UNCONFIRMED = "in vain"
    """Accepted, but abandoned because the job was not reported as cancelled for too long."""


FILES_RETENTION_S = 7 * 24 * 3600.0
"""Time for which RunComfy keeps the files of a run after its end."""


class IllegalTransition(Exception):  # noqa: N818 - a bug, named after the event
    """Raised for a transition that the table does not allow; always a bug."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything known about one run. Times are seconds since the epoch, 0.0 when not yet.

    `changes` are the values that differ from the deployment's workflow; only they are sent.
    `server_word` is the service's status word, verbatim, if this program does not know it.
    `trouble` says why the last poll of the service got no response (the job continues there).
    `sent_bytes` and `body_bytes` give the progress of a large upload. `reason` is one line for
    users, `technical` the server's own text for the Details.
    """

    job_id: str
    service: str
    """Base URL (or `demo`) that the job belongs to; the job is never sent or polled elsewhere."""
    deployment_id: str
    deployment_name: str
    title: str
    state: JobState
    created_s: float
    hold: HoldReason | None = None
    """Reason why it is HELD; None in every other state."""
    batch_id: str = ""
    """Id shared by jobs that were started together; "" for a single job."""
    batch_name: str = ""
    batch_number: int = 0
    """Number in its batch, counted from 1; 0 if that was not stored."""
    batch_count: int = 0
    """Number of jobs that were started together."""
    cell: int = -1
    """Index in the grid of its batch, see Sweep; -1 if the batch is not a grid."""
    order: float = 0.0
    """Position among the waiting jobs: the lowest goes first."""
    workflow_version: str = ""
    hardware: str = ""
    min_instances: int = 0
    places: int = 0
    """Number of requests that the deployment takes before it refuses any or lets any pile up.

    That is instances times (queue size + 1), as the deployment was last read; 0 if unknown.
    """
    keep_warm_s: int = 0
    queue_version: str = "v1"
    changes: Changes = field(default_factory=dict)
    smaller: Mapping[InputKey, MediaFile | None] = field(default_factory=dict)
    """Pictures of `changes` that the program shrinks, with their smaller copies.

    The copy is None until it is made, and the picture itself if it could not be made smaller.
    """
    workflow_file: str = ""
    """Path of the workflow that is sent inline, in the media folder; "" for overrides."""
    is_reshaped: bool = False
    """True if `workflow_file` is the deployment's workflow with inputs added or removed."""
    has_partner_nodes: bool = False
    """True if the key for partner nodes is sent with it; the key itself is never stored here."""
    seed: int | None = None
    steps: int | None = None
    """Value of the run's input `steps`; of several inputs the first in node order, None if none.

    The duration of a run depends on it more than on anything else that the user sets.
    """
    facts: RunFacts = field(default_factory=RunFacts)
    request_id: str = ""
    status_url: str = ""
    result_url: str = ""
    cancel_url: str = ""
    queue_position: int | None = None
    instance_id: str = ""
    server_word: str = ""
    cancel_asked: bool = False
    """True while the user's cancel request is open."""
    cancel_stage: CancelStage = CancelStage.NEW
    trouble: str = ""
    sent_bytes: int = 0
    body_bytes: int = 0
    sent_s: float = 0.0
    queued_s: float = 0.0
    running_s: float = 0.0
    finished_s: float = 0.0
    cost_usd: float = 0.0
    """Approximate cost of its machine for its start and run, at the price of that time.

    Set when the job ends; 0.0 if nothing was billed or the price is unknown.
    """
    reason: str = ""
    technical: str = ""
    outputs: tuple[Output, ...] = ()

    def with_state(self, state: JobState, **changed_fields: Any) -> Job:
        """Returns the job in its next state, with other fields changed.

        Raises IllegalTransition if the table does not allow it.
        """
        if state is not self.state and state not in TRANSITIONS[self.state]:
            raise IllegalTransition(f"{self.state.value} -> {state.value}")
        if state is not JobState.HELD:
            changed_fields = {"hold": None, **changed_fields}
        return replace(self, state=state, **changed_fields)

    @property
    def is_billed(self) -> bool:
        """True if it may cost money; in the demo nothing does."""
        return self.service != DEMO_SERVICE

    @property
    def can_cancel(self) -> bool:
        """True if the user can cancel it now.

        A job that is being sent is cancelled as soon as its request id is known.
        """
        if self.state in UNSENT_STATES:
            return True
        if self.state is JobState.SENDING:
            return not self.cancel_asked
        is_due = not self.cancel_asked or self.cancel_stage is CancelStage.DEFERRED
        return is_due and self.state in (JobState.QUEUED, JobState.RUNNING)

    def waited_s(self, now_s: float) -> float:
        """Returns the waiting time in seconds: until the job ran or ended, else until `now_s`.

        The time counts from acceptance or, if the job was not accepted yet, from Run.
        """
        start = self.queued_s or self.created_s
        return max(0.0, (self.running_s or self.finished_s or now_s) - start)

    def ran_s(self, now_s: float) -> float:
        """Returns the running time in seconds: until the job ended, else until `now_s`.

        The time counts from when the job was first seen running; 0.0 if it was not.
        """
        return max(0.0, (self.finished_s or now_s) - self.running_s) if self.running_s else 0.0


@dataclass(frozen=True, slots=True)
class StateChange:
    """Change of a job to another state; `before` is None for a job that is new in the list."""

    job: Job
    before: JobState | None

    @property
    def has_ended(self) -> bool:
        """True if the job ended with this change; a new job may have ended long ago."""
        was_open = self.before is not None and not self.before.is_finished
        return was_open and self.job.state.is_finished


def can_transition(old: JobState, new: JobState) -> bool:
    """Returns True if the table allows this transition."""
    return new in TRANSITIONS[old]


def files_expiry_s(job: Job) -> float:
    """Returns the time until which RunComfy keeps the files of an ended job."""
    return (job.finished_s or job.running_s or job.queued_s or job.created_s) + FILES_RETENTION_S


def missing_files(job: Job) -> tuple[Output, ...]:
    """Returns the files of a DONE job that are not on this computer; none in any other state."""
    if job.state is not JobState.DONE:
        return ()
    return tuple(each for each in job.outputs if each.url and not each.path)


def can_fetch_again(job: Job, now_s: float) -> bool:
    """Returns True while RunComfy keeps the files of a DONE job, downloaded or not."""
    is_done = job.state is JobState.DONE and now_s < files_expiry_s(job)
    return is_done and any(each.url for each in job.outputs)


def can_fetch_files(job: Job, now_s: float) -> bool:
    """Returns True if files are missing and RunComfy may still have them."""
    return now_s < files_expiry_s(job) and bool(missing_files(job))
