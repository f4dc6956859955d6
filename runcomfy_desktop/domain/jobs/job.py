"""Job: one run as this computer knows it, its states, and the moves between them.

A job is local, a request is RunComfy's: a job has a `request_id` once the service accepted it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.drafts.draft import Changes
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.workflow.workflow import InputKey


DEMO_SERVICE = "demo"
"""What the jobs of the demo are kept under: its address differs at every start."""


class JobState(Enum):
    """Where a job stands. The values are stored, so they never change."""

    WAITING = "waiting"
    """Waits here for a free place; nothing has been sent."""
    HELD = "held"
    """Waits here for the person (see Hold); nothing has been sent, and nothing is by itself."""
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    """Sent, answer unknown: it may have been accepted, and is never sent again by itself."""
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
        """Whether the program still works on it by itself."""
        return self in _ACTIVE

    @property
    def is_finished(self) -> bool:
        return not _TRANSITIONS[self]


class HoldReason(Enum):
    """Why a job is HELD. The values are stored, so they never change."""

    OFFLINE = "offline"
    """RunComfy could not be reached when it was its turn."""
    PAUSED = "paused"
    """The person paused it, or the whole queue."""
    RESTART = "restart"
    """The program ended before it was sent: that the person wanted it then does not mean now."""
    BATCH_LIMIT = "batch_limit"
    """With it, its batch would go beyond the limit on spending."""
    DAY_LIMIT = "day_limit"
    """With it, the day would go beyond the limit on spending."""


_S = JobState
_ACTIVE = frozenset({_S.WAITING, _S.SENDING, _S.QUEUED, _S.RUNNING, _S.FETCHING})

_TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    _S.WAITING: frozenset({_S.SENDING, _S.HELD, _S.CANCELLED, _S.FAILED}),
    _S.HELD: frozenset({_S.WAITING, _S.CANCELLED}),
    # Back to HELD only with proof that not one byte left this computer (`Problem.unsent`): a body
    # that began to go out may have been accepted.
    _S.SENDING: frozenset({_S.QUEUED, _S.UNCERTAIN, _S.FAILED, _S.HELD}),
    _S.UNCERTAIN: frozenset({_S.QUEUED, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.RUNNING, _S.FETCHING, _S.CANCELLED, _S.FAILED, _S.LOST}),
    # A machine can be taken away, so a running request may queue again.
    _S.RUNNING: frozenset({_S.QUEUED, _S.FETCHING, _S.CANCELLED, _S.FAILED, _S.LOST}),
    _S.FETCHING: frozenset({_S.DONE, _S.FAILED, _S.CANCELLED, _S.LOST, _S.QUEUED, _S.RUNNING}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.LOST: frozenset(),
}


class CancelStage(Enum):
    """Says how far the wish to cancel a job has come in this program's life. Nothing of it is
    written: an open wish is brought again at the next start."""

    NEW = "new"
    DEFERRED = "put off"
    """RunComfy could not be asked so far, or did not answer. It is asked again while the wish is
    open, and not any more once that was given up."""
    ACCEPTED = "taken"
    UNCONFIRMED = "in vain"
    """It was taken, but the job was not reported as cancelled for so long that the wish ended."""


FILES_RETENTION_S = 7 * 24 * 3600.0
"""So long after the end of a run RunComfy keeps its files."""


class IllegalTransition(Exception):  # noqa: N818 - a bug, named after what happened
    """A job was moved where the table does not allow it: always a bug."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything known of one run. Times are seconds since the epoch, 0.0 when not yet.

    `changes` are the values that differ from the deployment's workflow, which is what is sent.
    `server_word` is the status word verbatim when it is one we do not know. `trouble` says why
    the last question to the server got no answer (the job goes on there). `sent_bytes` and
    `body_bytes` tell how much of a large body has gone out. `reason` is one line for people,
    `technical` the server's own words for the Details.
    """

    job_id: str
    service: str
    """Base URL (or `demo`) that the job belongs to; it is never sent or polled elsewhere."""
    deployment_id: str
    deployment_name: str
    title: str
    state: JobState
    created_s: float
    hold: HoldReason | None = None
    """Why it is HELD; None in every other state."""
    batch_id: str = ""
    """Jobs that were begun together have one; "" for a single job."""
    batch_name: str = ""
    batch_number: int = 0
    """Its number in its batch, counted from 1; 0 when that was not written down."""
    batch_count: int = 0
    """The number of jobs that were begun together."""
    cell: int = -1
    """Its place in the grid of its batch, see Sweep; -1 when that is no grid."""
    order: float = 0.0
    """Its turn among those that wait here: the lowest goes first."""
    workflow_version: str = ""
    hardware: str = ""
    min_instances: int = 0
    places: int = 0
    """Requests that its deployment takes without starting to refuse or to pile up: instances times
    (queue size + 1), as the deployment was read; 0 when that is not known."""
    keep_warm_s: int = 0
    queue_version: str = "v1"
    changes: Changes = field(default_factory=dict)
    smaller: Mapping[InputKey, MediaFile | None] = field(default_factory=dict)
    """Pictures of `changes` that are shrunk by the program, with what goes out in their place: None
    until that was made, the picture itself when it could not be made smaller."""
    workflow_file: str = ""
    """Where the workflow lies that is sent inline, in the media folder; "" for overrides."""
    is_reshaped: bool = False
    """What lies there is its deployment's workflow, but for inputs that were added or removed."""
    has_partner_nodes: bool = False
    """Whether the key for them goes out with it; the key is never in here."""
    seed: int | None = None
    request_id: str = ""
    status_url: str = ""
    result_url: str = ""
    cancel_url: str = ""
    queue_position: int | None = None
    instance_id: str = ""
    server_word: str = ""
    cancel_asked: bool = False
    """The user wishes to cancel it, and that wish is open."""
    cancel_stage: CancelStage = CancelStage.NEW
    trouble: str = ""
    sent_bytes: int = 0
    body_bytes: int = 0
    sent_s: float = 0.0
    queued_s: float = 0.0
    running_s: float = 0.0
    finished_s: float = 0.0
    cost_usd: float = 0.0
    """About what its machine cost while it started for it and ran, by the price of that time; set
    when it ends, 0.0 when nothing was billed or the price is not known."""
    reason: str = ""
    technical: str = ""
    outputs: tuple[Output, ...] = ()

    def with_state(self, state: JobState, **changed_fields: Any) -> Job:
        """The job in its next state, with further facts. Raises IllegalTransition."""
        if state is not self.state and state not in _TRANSITIONS[self.state]:
            raise IllegalTransition(f"{self.state.value} -> {state.value}")
        if state is not JobState.HELD:
            changed_fields = {"hold": None, **changed_fields}
        return replace(self, state=state, **changed_fields)

    @property
    def is_billed(self) -> bool:
        """Whether it may cost money: in the demo nothing does."""
        return self.service != DEMO_SERVICE

    @property
    def can_cancel(self) -> bool:
        """Whether a Cancel button makes sense now."""
        known = self.state in (JobState.QUEUED, JobState.RUNNING)
        unsent = self.state in (JobState.WAITING, JobState.HELD)
        is_due = not self.cancel_asked or self.cancel_stage is CancelStage.DEFERRED
        return unsent or (known and is_due)

    def waited_s(self, now_s: float) -> float:
        """Seconds from acceptance (or from Run, before that) until it ran, ended or `now_s`."""
        start = self.queued_s or self.created_s
        return max(0.0, (self.running_s or self.finished_s or now_s) - start)

    def ran_s(self, now_s: float) -> float:
        """Seconds since it was first seen running until it ended or `now_s`; 0 before."""
        return max(0.0, (self.finished_s or now_s) - self.running_s) if self.running_s else 0.0


def can_transition(old: JobState, new: JobState) -> bool:
    """The table of allowed moves, as a question."""
    return new in _TRANSITIONS[old]


def files_expiry_s(job: Job) -> float:
    """Until when RunComfy keeps the files of an ended job."""
    return (job.finished_s or job.running_s or job.queued_s or job.created_s) + FILES_RETENTION_S


def missing_files(job: Job) -> tuple[Output, ...]:
    """The files of a DONE job that are not on this computer; none while it still works on them."""
    if job.state is not JobState.DONE:
        return ()
    return tuple(each for each in job.outputs if each.url and not each.path)


def can_fetch_again(job: Job, now_s: float) -> bool:
    """True while RunComfy keeps the files of a job that is done, be they here or not."""
    is_done = job.state is JobState.DONE and now_s < files_expiry_s(job)
    return is_done and any(each.url for each in job.outputs)


def can_fetch_files(job: Job, now_s: float) -> bool:
    """Whether it makes sense to fetch what is missing: something is, and may still be there."""
    return now_s < files_expiry_s(job) and bool(missing_files(job))
