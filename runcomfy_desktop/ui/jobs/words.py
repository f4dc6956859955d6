"""How a job's state is told: the words, their colour and icon, and what the row's button does.

One function holds the table, so that the queue, the output panel and the dialogs never differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal, TypeAlias

from runcomfy_desktop.domain.job import CancelStage, Hold, Job, JobState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line, time_of_day

Role: TypeAlias = Literal["muted", "accent", "ok", "warning", "error"]

COLD_START_S = 6 * 60
DAY_S = 24 * 3600
KEPT_S = 7 * DAY_S
"""RunComfy keeps the files of a run for so long."""
LARGE_BODY_BYTES = 1024 * 1024


class Deed(Enum):
    """What a row's button does."""

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
    def costs(self) -> bool:
        """Whether it has something sent that is billed: nobody does that by a slip."""
        return self in (Deed.RUN_AGAIN, Deed.SEND_NOW, Deed.SEND_ANYWAY, Deed.RESUME)


class Group(Enum):
    """The filter chips. Every job is in ALL and in exactly one of the others."""

    ALL = "all"
    ACTIVE = "active"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state as it is shown. `role` names a colour of the theme, `hint` explains it further."""

    text: str
    role: Role
    icon: str
    deed: Deed
    enabled: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the words depend on besides the job itself.

    `ahead` counts the jobs that wait here before it; `warm` says that a machine of its
    deployment was seen working since the job was accepted; `sends_at_s` is the end of a pause in
    which no job is sent, 0.0 when there is none.
    """

    now_s: float
    ahead: int = 0
    warm: bool = False
    sends_at_s: float = 0.0


def group_of(state: JobState) -> Group:
    return _GROUPS.get(state, Group.ACTIVE)


_GROUPS = {
    JobState.DONE: Group.DONE,
    JobState.FAILED: Group.FAILED,
    JobState.LOST: Group.FAILED,
    JobState.CANCELLED: Group.CANCELLED,
    JobState.UNCERTAIN: Group.UNCERTAIN,
    JobState.HELD: Group.HELD,
}


def group_text(group: Group) -> str:
    return {
        Group.ALL: _("All"),
        Group.ACTIVE: _("Active"),
        Group.DONE: _("Done"),
        Group.FAILED: _("Failed"),
        Group.CANCELLED: _("Cancelled"),
        Group.UNCERTAIN: _("Answer unknown"),
        Group.HELD: _("Held"),
    }[group]


def deed_text(deed: Deed) -> str:
    return {
        Deed.CANCEL: _("Cancel"),
        Deed.RESOLVE: _("Resolve…"),
        Deed.OPEN: _("Open"),
        Deed.DETAILS: _("Details"),
        Deed.RUN_AGAIN: _("Run again"),
        Deed.SEND_NOW: _("Send now"),
        Deed.SEND_ANYWAY: _("Send anyway…"),
        Deed.RESUME: _("Resume"),
        Deed.FETCH_AGAIN: _("Fetch again"),
    }[deed]


def can_cancel(job: Job) -> bool:
    """Whether Cancel makes sense; a job being sent is cancelled as soon as its id is known."""
    return job.can_cancel or (job.state is JobState.SENDING and not job.cancel_asked)


def state_words(job: Job, at: Circumstances) -> StateWords:
    """The row of the table that fits `job`."""
    if job.state.is_active:
        return _active_words(job, at)
    return _ended_words(job, at)


def _active_words(job: Job, at: Circumstances) -> StateWords:
    if job.state is JobState.FETCHING:
        return _fetching_words(job)
    if job.cancel_asked:
        return _cancelling_words(job)
    words = _going_words(job, at)
    wish = _ended_wish(job.cancel_stage)
    return replace(words, hint="\n".join(filter(None, (wish, words.hint))))


def _cancelling_words(job: Job) -> StateWords:
    if job.state is JobState.SENDING:
        hint = _("It is cancelled as soon as RunComfy has accepted it.")
        return StateWords(_("Cancelling…"), "muted", "cancelled", Deed.CANCEL, False, hint)
    if job.cancel_stage is CancelStage.PUT_OFF:
        hint = _(
            "RunComfy could not be asked to cancel yet, or did not answer. It is asked again by "
            "itself; Cancel asks now. Until then the job may go on and cost money."
        )
        hint = " ".join(filter(None, (hint, one_line(job.trouble))))
        text = _("Cancelling… (not accepted yet)")
        return StateWords(text, "warning", "trouble", Deed.CANCEL, hint=hint)
    hint = _("RunComfy is being asked to cancel.")
    if job.cancel_stage is CancelStage.TAKEN:
        hint = _("RunComfy was asked to cancel. It decides; a run that was nearly done may end.")
    return StateWords(_("Cancelling…"), "muted", "cancelled", Deed.CANCEL, False, hint)


def _ended_wish(stage: CancelStage) -> str:
    """Tells what became of a wish to cancel that has ended; "" where nothing is to be said."""
    if stage is CancelStage.IN_VAIN:
        return _(
            "RunComfy accepted the cancel, but did not report the job as cancelled. It may cost "
            "money until it ends; you can cancel it once more."
        )
    if stage is CancelStage.PUT_OFF:
        return _(
            "RunComfy did not answer the cancel, and is not asked any more. The job may go on and "
            "cost money; you can cancel it once more."
        )
    return ""


def _going_words(job: Job, at: Circumstances) -> StateWords:
    if job.trouble:
        return StateWords(
            _("Reconnecting… (the job goes on)"),
            "warning",
            "trouble",
            Deed.CANCEL,
            hint=one_line(job.trouble),
        )
    if job.server_word:
        hint = _("RunComfy's own word, which this program does not know. It keeps asking.")
        word = _("“%s”") % one_line(job.server_word)
        return StateWords(word, "warning", "uncertain", Deed.CANCEL, hint=hint)
    return _usual_words(job, at)


def _usual_words(job: Job, at: Circumstances) -> StateWords:
    if job.state is JobState.WAITING and at.sends_at_s:
        hint = _(
            "RunComfy asked for a pause when a job was sent. This one goes by itself after it, and "
            "costs nothing until then."
        )
        text = _("Waiting until %s") % time_of_day(at.sends_at_s)
        return StateWords(text, "warning", "waiting", Deed.CANCEL, hint=hint)
    if job.state is JobState.WAITING:
        text = _("Waiting to be sent")
        if at.ahead:
            text = n_("%s · %d before it", "%s · %d before it", at.ahead) % (text, at.ahead)
        return StateWords(text, "muted", "waiting", Deed.CANCEL)
    if job.state is JobState.SENDING:
        text = _("Sending…")
        if job.body_bytes >= LARGE_BODY_BYTES:
            text += f" {min(100, 100 * job.sent_bytes // job.body_bytes)} %"
        return StateWords(text, "accent", "sending", Deed.CANCEL)
    if job.state is JobState.RUNNING:
        return StateWords(_("Running"), "accent", "running", Deed.CANCEL)
    if is_starting(job, at):
        hint = _(
            "No machine was running for this deployment. Starting one takes a few minutes, "
            "and that time is billed as well."
        )
        if not job.is_billed:
            hint = _(
                "No machine was running for this deployment. "
                "In the demo one starts in a few seconds."
            )
        return StateWords(_("Starting a machine…"), "warning", "starting", Deed.CANCEL, hint=hint)
    text = _("Queued")
    if job.queue_position is not None:
        text = _("Queued · position %d") % job.queue_position
    return StateWords(text, "muted", "queued", Deed.CANCEL)


def is_starting(job: Job, at: Circumstances) -> bool:
    """Whether a queued job most likely waits for a machine that is being started."""
    return (
        job.state is JobState.QUEUED
        and job.min_instances == 0
        and not job.instance_id
        and not at.warm
        and job.queue_position in (None, 0, 1)
        and job.waited_s(at.now_s) < COLD_START_S
    )


def _fetching_words(job: Job) -> StateWords:
    if job.trouble:
        text, hint = _("Reconnecting… (the result is safe)"), one_line(job.trouble)
        return StateWords(text, "warning", "trouble", Deed.OPEN, False, hint)
    return StateWords(_("Fetching result…"), "accent", "fetching", Deed.OPEN, False)


def _ended_words(job: Job, at: Circumstances) -> StateWords:
    if job.state is JobState.DONE:
        return _done_words(job, at)
    if job.state is JobState.FAILED:
        reason = in_short(job.reason)
        text = _("Failed · %s") % reason if reason else _("Failed")
        return StateWords(text, "error", "failed", Deed.DETAILS)
    if job.state is JobState.UNCERTAIN:
        hint = _(
            "It may have been accepted, and then it runs and is billed. "
            "It is never sent again by itself."
        )
        text = _("Sent, answer unknown")
        return StateWords(text, "warning", "uncertain", Deed.RESOLVE, hint=hint)
    if job.state is JobState.HELD:
        return _held_words(job)
    if job.state is JobState.LOST:
        text = _("No longer known to the server")
        return StateWords(text, "error", "lost", Deed.RUN_AGAIN)
    reason = first_line(job.reason)
    text = _("Cancelled · %s") % reason if reason else _("Cancelled")
    return StateWords(text, "muted", "cancelled", Deed.RUN_AGAIN)


def _held_words(job: Job) -> StateWords:
    words = held_words(job.hold)
    if job.hold is not Hold.PAUSED or not job.reason:
        return words
    hint = f"{one_line(job.reason)} {words.hint}"
    return replace(words, text=_("Held"), role="warning", hint=hint)


def held_words(hold: Hold | None) -> StateWords:
    """Why a job waits here for the person; nothing of it was sent."""
    unsent = _("Nothing of it was sent, and it costs nothing.")
    match hold:
        case Hold.OFFLINE:
            text, deed = _("Held until online"), Deed.SEND_NOW
            hint = _("RunComfy could not be reached when it was its turn.")
        case Hold.PAUSED:
            text, deed = _("Paused"), Deed.RESUME
            hint = _("It is sent when it is resumed.")
        case Hold.BATCH_LIMIT:
            text, deed = _("Held by the batch's limit"), Deed.SEND_ANYWAY
            hint = _("With it, the batch would cost more than the limit in the settings.")
        case Hold.DAY_LIMIT:
            text, deed = _("Held by the day's limit"), Deed.SEND_ANYWAY
            hint = _("With it, the day would cost more than the limit in the settings.")
        case _:
            text, deed = _("Not sent: the program ended"), Deed.SEND_NOW
            hint = _("The program ended before it was its turn.")
    role: Role = "warning" if deed is Deed.SEND_ANYWAY else "muted"
    return StateWords(text, role, "held", deed, hint=f"{hint} {unsent}")


def _done_words(job: Job, at: Circumstances) -> StateWords:
    missing = missing_files(job)
    if missing:
        return _incomplete_words(missing, left_s(job, at.now_s))
    damaged = damaged_files(job)
    if damaged:
        return _damaged_words(damaged, left_s(job, at.now_s))
    if not job.outputs:
        hint = _("The run ended well, but no node of the workflow reported a file or a text.")
        return StateWords(_("Done · no outputs"), "ok", "done", Deed.OPEN, hint=hint)
    return StateWords(_("Done"), "ok", "done", Deed.OPEN)


def _incomplete_words(missing: int, rest_s: float) -> StateWords:
    if rest_s <= 0:
        text = n_("Done · %d file gone", "Done · %d files gone", missing) % missing
        hint = _("RunComfy keeps files for 7 days. They were not fetched in that time.")
        return StateWords(text, "warning", "trouble", Deed.OPEN, hint=hint)
    text = n_("Done · %d file missing", "Done · %d files missing", missing) % missing
    hint = _("RunComfy keeps files for 7 days. Until then they can be fetched.")
    text = f"{text} · {_left_text(rest_s)}"
    return StateWords(text, "warning", "trouble", Deed.FETCH_AGAIN, hint=hint)


def _damaged_words(damaged: int, rest_s: float) -> StateWords:
    text = n_("Done · %d file damaged", "Done · %d files damaged", damaged) % damaged
    hint = n_(
        "RunComfy sent it without its end, several times in the same way.",
        "RunComfy sent them without their ends, several times in the same way.",
        damaged,
    )
    if rest_s <= 0:
        return StateWords(text, "warning", "trouble", Deed.OPEN, hint=hint)
    text = f"{text} · {_left_text(rest_s)}"
    again = _("RunComfy keeps files for 7 days. Until then they can be fetched again.")
    return StateWords(text, "warning", "trouble", Deed.FETCH_AGAIN, hint=f"{hint} {again}")


def damaged_files(job: Job) -> int:
    """Counts the files of a job that came without their end."""
    return sum(each.is_damaged for each in job.outputs)


def missing_files(job: Job) -> int:
    """How many files of a job could not be fetched."""
    return sum(1 for each in job.outputs if each.fault)


def left_s(job: Job, now_s: float) -> float:
    """How long RunComfy still keeps the job's files; 0 or less when they are gone."""
    return (job.finished_s or job.created_s) + KEPT_S - now_s


def _left_text(rest_s: float) -> str:
    days, hours = int(rest_s // DAY_S), int(rest_s // 3600)
    if days:
        return n_("%d day left", "%d days left", days) % days
    if hours:
        return n_("%d hour left", "%d hours left", hours) % hours
    return _("less than an hour left")


def heading(job: Job, words: StateWords) -> str:
    """The state for a place where `story` stands below it: without the reason."""
    return _("Failed") if job.state is JobState.FAILED else words.text


def story(job: Job, words: StateWords) -> str:
    """What happened and what it means, in full."""
    reason = job.reason.strip()
    if job.state in (JobState.UNCERTAIN, JobState.HELD):
        return reason or words.hint
    return "\n".join(part for part in (words.hint, reason) if part)


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((one_line(line) for line in text.splitlines() if line.strip()), "")


def in_short(reason: str) -> str:
    """What went wrong, for the few words of a row; Details has the whole of it.

    The node's class, which ComfyUI puts before it, would take all the room there is.
    """
    line = first_line(reason)
    if "out of memory" in line.casefold():
        return _("out of memory")
    before, _colon, rest = line.partition(": ")
    return rest if rest and before.isidentifier() else line


def spoken_words(job: Job) -> str:
    """What is announced when a job comes to its state; "" where there is nothing to hear."""
    title = one_line(job.title)
    if job.state is JobState.HELD:
        return _("%s: %s") % (held_words(job.hold).text, title)
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
