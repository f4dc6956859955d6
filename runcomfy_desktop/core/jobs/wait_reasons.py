"""Reasons why an unsent job waits, with the texts that the user reads.

`SendQueue.wait_reason` decides which one applies to a job. A held job waits for the user, all
others are sent by the program itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.job_index import hold_reason
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.jobs.job import HoldReason
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job


class WaitCause(Enum):
    """Causes for which an unsent job is not sent now."""

    OFFLINE = "offline"
    PAUSED = "paused"
    OUTDATED = "outdated"
    """Paused by the program, and `Job.reason` says why: its workflow has changed."""
    RESTART = "restart"
    BATCH_LIMIT = "batch_limit"
    DAY_LIMIT = "day_limit"
    NO_KEY = "no_key"
    KEY_REFUSED = "key_refused"
    PAUSE_REQUESTED = "pause_requested"
    """The service requested a pause."""
    BEHIND = "behind"
    """Other jobs of its deployment are sent before it."""
    SHRINKING = "shrinking"
    """Its pictures are being shrunk."""
    FULL = "full"
    """All slots of its deployment are in use."""
    OTHERS_FIRST = "others_first"
    """No more jobs are sent at the same time."""
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class WaitReason:
    """Cause with its texts: `text` for the job's row, and `hint`, which explains it further."""

    cause: WaitCause
    text: str
    hint: str = ""


def held(job: Job) -> WaitReason:
    """Returns why a held job is held."""
    return for_hold(hold_reason(job), job.reason)


def for_hold(hold: HoldReason, reason: str = "") -> WaitReason:
    """Returns the reason for `hold`; `reason` is the stored reason of a job paused by the
    program."""
    match hold:
        case HoldReason.OFFLINE:
            cause, text = WaitCause.OFFLINE, _("Held until online")
            hint = _("RunComfy could not be reached when it was its turn.")
        case HoldReason.PAUSED if reason:
            cause, text = WaitCause.OUTDATED, _("Held")
            hint = f"{one_line(reason)} " + _("It is sent when it is resumed.")
        case HoldReason.PAUSED:
            cause, text = WaitCause.PAUSED, _("Paused")
            hint = _("It is sent when it is resumed.")
        case HoldReason.BATCH_LIMIT:
            cause, text = WaitCause.BATCH_LIMIT, _("Held by the batch's limit")
            hint = _("With it, the batch would cost more than the limit in the settings.")
        case HoldReason.DAY_LIMIT:
            cause, text = WaitCause.DAY_LIMIT, _("Held by the day's limit")
            hint = _("With it, the day would cost more than the limit in the settings.")
        case HoldReason.RESTART:
            cause, text = WaitCause.RESTART, _("Not sent: the program ended")
            hint = _("The program ended before it was its turn.")
    return WaitReason(cause, text, f"{hint} " + _("Nothing of it was sent, and it costs nothing."))


def no_key() -> WaitReason:
    hint = _(
        "No RunComfy key is connected. The job is sent by itself once there is one, and costs "
        "nothing until then."
    )
    return WaitReason(WaitCause.NO_KEY, _("Waiting for a key"), hint)


def key_refused() -> WaitReason:
    hint = _(
        "RunComfy does not accept the key. The job is sent by itself once a key is accepted, and "
        "costs nothing until then."
    )
    text = _("Waiting for a valid key")
    return WaitReason(WaitCause.KEY_REFUSED, text, hint)


def pause_requested(until_s: float) -> WaitReason:
    """Returns that the service requested a pause; `until_s` is its end, since the epoch."""
    hint = _(
        "RunComfy asked for a pause when a job was sent. This one is sent by itself after it, and "
        "costs nothing until then."
    )
    until = datetime.fromtimestamp(until_s).strftime("%H:%M")
    return WaitReason(WaitCause.PAUSE_REQUESTED, _("Waiting until %s") % until, hint)


def behind(count: int) -> WaitReason:
    """Returns that `count` jobs of its deployment are sent before it."""
    text = n_("Waiting · %d before it", "Waiting · %d before it", count) % count
    return WaitReason(WaitCause.BEHIND, text)


def shrinking() -> WaitReason:
    hint = _("Its large pictures are made smaller before it is sent.")
    return WaitReason(WaitCause.SHRINKING, _("Shrinking its pictures…"), hint)


def full(limit: int) -> WaitReason:
    """Returns that its deployment has `limit` jobs at the service, and takes no more."""
    hint = n_(
        "At most %d job of its deployment is at RunComfy at a time. This one is sent by itself "
        "when that one ends, and costs nothing until then.",
        "At most %d jobs of its deployment are at RunComfy at a time. This one is sent by itself "
        "when one of them ends, and costs nothing until then.",
        limit,
    )
    return WaitReason(WaitCause.FULL, _("Waiting for a free place"), hint % limit)


def others_first() -> WaitReason:
    hint = _("Other jobs are being sent first.")
    return WaitReason(WaitCause.OTHERS_FIRST, _("Waiting to be sent"), hint)


def next_to_send() -> WaitReason:
    return WaitReason(WaitCause.NEXT, _("Waiting to be sent"), _("It is sent next."))
