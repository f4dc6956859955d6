"""Descriptions of job states: text, colour, icon, and the action of the row's button.

The queue, the output panel, the grids and the dialogs all use `describe_state`, so that they never
differ. The text of an unsent job is its WaitReason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

from runcomfy_desktop.core.jobs import wait_reasons
from runcomfy_desktop.core.jobs.job_estimates import is_starting
from runcomfy_desktop.core.jobs.job_index import last_event_s
from runcomfy_desktop.core.jobs.wait_reasons import WaitCause
from runcomfy_desktop.domain.jobs.job import (
    ACTIVE_STATES,
    UNSENT_STATES,
    CancelStage,
    Job,
    JobState,
)
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.core.jobs.job_index import JobIndex
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.jobs.wait_reasons import WaitReason

ColourRole: TypeAlias = Literal["muted", "accent", "ok", "warning", "error"]

DAY_S = 24 * 3600
FILE_RETENTION_S = 7 * DAY_S
"""Time for which RunComfy keeps the files of a run, in seconds."""
LARGE_BODY_BYTES = 1024 * 1024


class JobAction(Enum):
    """Actions of a row's button."""

    CANCEL = "cancel"
    RESOLVE = "resolve"
    OPEN = "open"
    DETAILS = "details"
    RUN_AGAIN = "run_again"
    SEND_NOW = "send_now"
    SEND_ANYWAY = "send_anyway"
    RESUME = "resume"
    FETCH_AGAIN = "fetch_again"

    @property
    def is_billed(self) -> bool:
        """True if the action sends something that is billed, so it must not happen by accident."""
        return self in (
            JobAction.RUN_AGAIN,
            JobAction.SEND_NOW,
            JobAction.SEND_ANYWAY,
            JobAction.RESUME,
        )


class JobFilter(Enum):
    """Filter groups of the queue, in the order of their tabs.

    TODAY has the jobs that have not ended, and those that were created or ended today. The values
    are object names of the tabs.
    """

    ACTIVE = "active"
    TODAY = "today"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    HELD = "held"
    ALL = "all"

    def has(self, job: Job, day_start_s: float) -> bool:
        """Returns True if the job belongs to the group on the day that began at this time."""
        if self is JobFilter.ALL:
            return True
        if self is JobFilter.TODAY:
            return not job.state.is_finished or last_event_s(job) >= day_start_s
        return job.state in _FILTER_STATES[self]


@dataclass(frozen=True, slots=True)
class StateText:
    """Displayed state: `role` names a colour of the theme, `hint` explains the state further."""

    text: str
    role: ColourRole
    icon: str
    action: JobAction
    is_enabled: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class StateContext:
    """Circumstances outside the job itself that affect its state text.

    `is_warm` is True if a machine of its deployment has been seen working since the job was
    accepted. `wait_reason` is needed only for an unsent job.
    """

    now_s: float
    is_warm: bool = False
    wait_reason: WaitReason | None = None


_FILTER_STATES = {
    JobFilter.ACTIVE: ACTIVE_STATES,
    JobFilter.FAILED: frozenset({JobState.FAILED, JobState.LOST}),
    JobFilter.UNCERTAIN: frozenset({JobState.UNCERTAIN}),
    JobFilter.HELD: frozenset({JobState.HELD}),
}
_UNFINISHED_STATES = [state for state in JobState if not state.is_finished]


def filter_counts(index: JobIndex, day_start_s: float) -> Mapping[JobFilter, int]:
    """Returns the number of jobs in each filter group on the day that began at this time."""
    today = index.count(*_UNFINISHED_STATES) + index.ended_count_since(day_start_s)
    return {
        JobFilter.TODAY: today,
        JobFilter.ALL: len(index.jobs),
        **{job_filter: index.count(*states) for job_filter, states in _FILTER_STATES.items()},
    }


def filter_text(job_filter: JobFilter) -> str:
    return {
        JobFilter.ACTIVE: _("Active"),
        JobFilter.TODAY: _("Today"),
        JobFilter.FAILED: _("Failed"),
        JobFilter.UNCERTAIN: _("Answer unknown"),
        JobFilter.HELD: _("Held"),
        JobFilter.ALL: _("All"),
    }[job_filter]


def action_text(action: JobAction) -> str:
    return {
        JobAction.CANCEL: _("Cancel"),
        JobAction.RESOLVE: _("Resolve…"),
        JobAction.OPEN: _("Open"),
        JobAction.DETAILS: _("Details"),
        JobAction.RUN_AGAIN: _("Run again"),
        JobAction.SEND_NOW: _("Send now"),
        JobAction.SEND_ANYWAY: _("Send anyway…"),
        JobAction.RESUME: _("Resume"),
        JobAction.FETCH_AGAIN: _("Fetch again"),
    }[action]


def describe_in_queue(queue: JobQueue, job: Job, now_s: float) -> StateText:
    """Returns the text, colour, icon and action for the state of a job of `queue`."""
    is_unsent = job.state in UNSENT_STATES
    wait_reason = queue.send_queue.wait_reason(job) if is_unsent else None
    is_warm = queue.index.is_warm(job.deployment_id, job.queued_s)
    return describe_state(job, StateContext(now_s, is_warm, wait_reason))


def describe_state(job: Job, context: StateContext) -> StateText:
    """Returns the text, colour, icon and action for the state of `job`."""
    if job.state in UNSENT_STATES:
        assert context.wait_reason is not None, "An unsent job waits for some reason"
        return _describe_unsent(job, context.wait_reason)
    if job.state.is_active:
        return _describe_active(job, context)
    return _describe_ended(job, context)


def _describe_unsent(job: Job, wait_reason: WaitReason) -> StateText:
    role: ColourRole = "warning" if wait_reason.cause in _WARNING_CAUSES else "muted"
    icon, action = "waiting", JobAction.CANCEL
    if job.state is JobState.HELD:
        icon, action = "held", _HELD_ACTIONS.get(wait_reason.cause, JobAction.SEND_NOW)
    return StateText(wait_reason.text, role, icon, action, hint=wait_reason.hint)


_WARNING_CAUSES = (
    WaitCause.OUTDATED,
    WaitCause.BATCH_LIMIT,
    WaitCause.DAY_LIMIT,
    WaitCause.NO_KEY,
    WaitCause.KEY_REFUSED,
    WaitCause.PAUSE_REQUESTED,
)
_HELD_ACTIONS = {
    WaitCause.PAUSED: JobAction.RESUME,
    WaitCause.OUTDATED: JobAction.RESUME,
    WaitCause.BATCH_LIMIT: JobAction.SEND_ANYWAY,
    WaitCause.DAY_LIMIT: JobAction.SEND_ANYWAY,
}


def _describe_active(job: Job, context: StateContext) -> StateText:
    if job.state is JobState.FETCHING:
        return _describe_fetching(job)
    if job.cancel_asked:
        return _describe_cancelling(job)
    state_text = _describe_progress(job, context)
    cancel_hint = _ended_cancel_hint(job.cancel_stage)
    return replace(state_text, hint="\n".join(filter(None, (cancel_hint, state_text.hint))))


def _describe_cancelling(job: Job) -> StateText:
    if job.state is JobState.SENDING:
        hint = _("It is cancelled as soon as RunComfy has accepted it.")
        return StateText(_("Cancelling…"), "muted", "cancelled", JobAction.CANCEL, False, hint)
    if job.cancel_stage is CancelStage.DEFERRED:
        hint = _(
            "RunComfy could not be asked to cancel yet, or did not answer. It is asked again by "
            "itself; Cancel asks now. Until then the job may go on and cost money."
        )
        hint = " ".join(filter(None, (hint, one_line(job.trouble))))
        text = _("Cancelling… (not accepted yet)")
        return StateText(text, "warning", "trouble", JobAction.CANCEL, hint=hint)
    hint = _("RunComfy is being asked to cancel.")
    if job.cancel_stage is CancelStage.ACCEPTED:
        hint = _("RunComfy was asked to cancel. It decides; a run that was nearly done may end.")
    return StateText(_("Cancelling…"), "muted", "cancelled", JobAction.CANCEL, False, hint)


def _ended_cancel_hint(stage: CancelStage) -> str:
    """Describes a cancel request that ended without success; "" if there is nothing to report."""
    if stage is CancelStage.UNCONFIRMED:
        return _(
            "RunComfy accepted the cancel, but did not report the job as cancelled. It may cost "
            "money until it ends; you can cancel it once more."
        )
    if stage is CancelStage.DEFERRED:
        return _(
            "RunComfy did not answer the cancel, and is not asked any more. The job may go on and "
            "cost money; you can cancel it once more."
        )
    return ""


def _describe_progress(job: Job, context: StateContext) -> StateText:
    if job.trouble:
        text, hint = _("Reconnecting… (the job goes on)"), one_line(job.trouble)
        return StateText(text, "warning", "trouble", JobAction.CANCEL, hint=hint)
    if job.server_word:
        hint = _("RunComfy's own word, which this program does not know. It keeps asking.")
        word = _("“%s”") % one_line(job.server_word)
        return StateText(word, "warning", "uncertain", JobAction.CANCEL, hint=hint)
    return _describe_normal(job, context)


def _describe_normal(job: Job, context: StateContext) -> StateText:
    if job.state is JobState.SENDING:
        text = _("Sending…")
        if job.body_bytes >= LARGE_BODY_BYTES:
            text += f" {min(100, 100 * job.sent_bytes // job.body_bytes)} %"
        return StateText(text, "accent", "sending", JobAction.CANCEL)
    if job.state is JobState.RUNNING:
        return StateText(_("Running"), "accent", "running", JobAction.CANCEL)
    if is_starting(job, context.now_s, is_warm=context.is_warm):
        hint = _(
            "No machine was running for this deployment. Starting one takes a few minutes, "
            "and that time is billed as well."
        )
        if not job.is_billed:
            hint = _(
                "No machine was running for this deployment. "
                "In the demo one starts in a few seconds."
            )
        text = _("Starting a machine…")
        return StateText(text, "warning", "starting", JobAction.CANCEL, hint=hint)
    text = _("Queued")
    if job.queue_position is not None:
        text = _("Queued · position %d") % job.queue_position
    return StateText(text, "muted", "queued", JobAction.CANCEL)


def _describe_fetching(job: Job) -> StateText:
    if job.trouble:
        text, hint = _("Reconnecting… (the result is safe)"), one_line(job.trouble)
        return StateText(text, "warning", "trouble", JobAction.OPEN, False, hint)
    return StateText(_("Fetching result…"), "accent", "fetching", JobAction.OPEN, False)


def _describe_ended(job: Job, context: StateContext) -> StateText:
    if job.state is JobState.DONE:
        return _describe_done(job, context)
    if job.state is JobState.FAILED:
        reason = short_reason(job.reason)
        text = _("Failed · %s") % reason if reason else _("Failed")
        return StateText(text, "error", "failed", JobAction.DETAILS)
    if job.state is JobState.UNCERTAIN:
        hint = _(
            "It may have been accepted, and then it runs and is billed. "
            "It is never sent again by itself."
        )
        text = _("Sent, answer unknown")
        return StateText(text, "warning", "uncertain", JobAction.RESOLVE, hint=hint)
    if job.state is JobState.LOST:
        text = _("No longer known to the server")
        return StateText(text, "error", "lost", JobAction.RUN_AGAIN)
    reason = first_line(job.reason)
    text = _("Cancelled · %s") % reason if reason else _("Cancelled")
    return StateText(text, "muted", "cancelled", JobAction.RUN_AGAIN)


def _describe_done(job: Job, context: StateContext) -> StateText:
    missing = missing_file_count(job)
    if missing:
        return _describe_incomplete(missing, retention_left_s(job, context.now_s))
    damaged = damaged_file_count(job)
    if damaged:
        return _describe_damaged(damaged, retention_left_s(job, context.now_s))
    if not job.outputs:
        hint = _("The run ended well, but no node of the workflow reported a file or a text.")
        return StateText(_("Done · no outputs"), "ok", "done", JobAction.OPEN, hint=hint)
    return StateText(_("Done"), "ok", "done", JobAction.OPEN)


def _describe_incomplete(missing: int, remaining_s: float) -> StateText:
    if remaining_s <= 0:
        text = n_("Done · %d file gone", "Done · %d files gone", missing) % missing
        hint = _("RunComfy keeps files for 7 days. They were not fetched in that time.")
        return StateText(text, "warning", "trouble", JobAction.OPEN, hint=hint)
    text = n_("Done · %d file missing", "Done · %d files missing", missing) % missing
    hint = _("RunComfy keeps files for 7 days. Until then they can be fetched.")
    text = f"{text} · {_time_left_text(remaining_s)}"
    return StateText(text, "warning", "trouble", JobAction.FETCH_AGAIN, hint=hint)


def _describe_damaged(damaged: int, remaining_s: float) -> StateText:
    text = n_("Done · %d file damaged", "Done · %d files damaged", damaged) % damaged
    hint = n_(
        "RunComfy sent it without its end, several times in the same way.",
        "RunComfy sent them without their ends, several times in the same way.",
        damaged,
    )
    if remaining_s <= 0:
        return StateText(text, "warning", "trouble", JobAction.OPEN, hint=hint)
    text = f"{text} · {_time_left_text(remaining_s)}"
    fetch_hint = _("RunComfy keeps files for 7 days. Until then they can be fetched again.")
    return StateText(text, "warning", "trouble", JobAction.FETCH_AGAIN, hint=f"{hint} {fetch_hint}")


def damaged_file_count(job: Job) -> int:
    """Returns the number of truncated files of a job."""
    return sum(each.is_damaged for each in job.outputs)


def missing_file_count(job: Job) -> int:
    """Returns the number of files of a job that could not be fetched."""
    return sum(1 for each in job.outputs if each.fault)


def retention_left_s(job: Job, now_s: float) -> float:
    """Returns the seconds for which RunComfy still keeps the job's files; 0 or less if gone."""
    return (job.finished_s or job.created_s) + FILE_RETENTION_S - now_s


def _time_left_text(remaining_s: float) -> str:
    days, hours = int(remaining_s // DAY_S), int(remaining_s // 3600)
    if days:
        return n_("%d day left", "%d days left", days) % days
    if hours:
        return n_("%d hour left", "%d hours left", hours) % hours
    return _("less than an hour left")


def state_heading(job: Job, state_text: StateText) -> str:
    """Returns the state without its reason, for a heading above `state_details`."""
    return _("Failed") if job.state is JobState.FAILED else state_text.text


def state_details(job: Job, state_text: StateText) -> str:
    """Returns the full explanation of the state."""
    reason = job.reason.strip()
    if job.state in (JobState.UNCERTAIN, JobState.HELD):
        return reason or state_text.hint
    return "\n".join(part for part in (state_text.hint, reason) if part)


def first_line(text: str) -> str:
    """Returns the first line that is not blank."""
    return next((one_line(line) for line in text.splitlines() if line.strip()), "")


def short_reason(reason: str) -> str:
    """Returns the reason of a failure, shortened for a row; the details show the whole reason.

    ComfyUI puts the node's class before the reason. It is cut off, because it would fill the whole
    space.
    """
    line = first_line(reason)
    if "out of memory" in line.casefold():
        return _("out of memory")
    prefix, _colon, rest = line.partition(": ")
    return rest if rest and prefix.isidentifier() else line


def announcement_text(job: Job) -> str:
    """Returns the announcement of a job's new state; "" if it is not announced."""
    title = one_line(job.title)
    if job.state is JobState.HELD:
        return _("%s: %s") % (wait_reasons.held(job).text, title)
    if job.state is JobState.RUNNING:
        return _("Running: %s") % title
    if job.state is JobState.DONE:
        return _("Done: %s") % title
    if job.state is JobState.FAILED:
        return _("Failed: %s. %s") % (title, first_line(job.reason))
    if job.state is JobState.CANCELLED:
        return _("Cancelled: %s") % title
    if job.state is JobState.UNCERTAIN:
        return _("Sent, answer unknown: %s") % title
    if job.state is JobState.LOST:
        return _("No longer known to the server: %s") % title
    return ""
