"""Estimated progress of jobs: the share of a bar and a text such as `about 0:40 left`.

The core makes the estimates (`core/jobs/job_estimates.py`). Texts are rounded up to steps, so that
they do not flicker while they are counted down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.wait_reasons import WaitCause
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import duration
from runcomfy_desktop.ui.job_queue.state_texts import LARGE_BODY_BYTES

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.job_queue import JobQueue

_MINUTE_S, _HOUR_S = 60, 3600
_FINE_STEP_S, _COARSE_STEP_S = 5, 10
_FINE_UNTIL_S = 2 * _MINUTE_S
_SECONDS_UNTIL_S = 10 * _MINUTE_S
_MINUTES_UNTIL_S = 2 * _HOUR_S
# A job that waits for another reason starts when that reason ends, at an unknown time.
_CAUSES_OF_TURN = (
    WaitCause.BEHIND,
    WaitCause.SHRINKING,
    WaitCause.FULL,
    WaitCause.OTHERS_FIRST,
    WaitCause.NEXT,
)


@dataclass(frozen=True, slots=True)
class ProgressText:
    """Progress of a job; `share` of a bar is from 0 to 1, None for no bar.

    `is_estimate` is False if the text says only that nothing is known yet.
    """

    text: str = ""
    share: float | None = None
    is_estimate: bool = True


def describe_progress(queue: JobQueue, job: Job, now_s: float) -> ProgressText:
    """Returns the estimated progress of a job of `queue`; its cost does not grow with the list."""
    match job.state:
        case JobState.SENDING if job.body_bytes >= LARGE_BODY_BYTES:
            # The state's text has the percentage.
            return ProgressText(share=min(1.0, job.sent_bytes / job.body_bytes))
        case JobState.WAITING:
            is_turn_known = queue.send_queue.wait_reason(job).cause in _CAUSES_OF_TURN
            return _describe_turn(queue, job, now_s) if is_turn_known else ProgressText()
        case JobState.QUEUED | JobState.RUNNING if job.cancel_asked or job.server_word:
            return ProgressText()
        case JobState.QUEUED if not queue.estimates.is_starting(job, now_s):
            return _describe_turn(queue, job, now_s)
        case JobState.QUEUED | JobState.RUNNING:
            return _describe_run(queue, job, now_s)
    return ProgressText()


def _describe_run(queue: JobQueue, job: Job, now_s: float) -> ProgressText:
    estimate = queue.estimates.progress(job, now_s)
    if estimate is None:
        return ProgressText(_("no estimate yet"), is_estimate=False)
    if estimate.is_overdue:
        return ProgressText(_("longer than usual"), estimate.share)
    text = _("about %s left") % remaining_text(estimate.remaining_s)
    return ProgressText(text, estimate.share)


def _describe_turn(queue: JobQueue, job: Job, now_s: float) -> ProgressText:
    start_in_s = queue.estimates.start_in_s(job, now_s)
    if start_in_s is None:
        return ProgressText()
    return ProgressText(_("starts in about %s") % remaining_text(start_in_s))


def remaining_text(seconds: float) -> str:
    """Returns an estimated time as `0:40`, `12 minutes` or `3 hours`, never less than 0:05."""
    step = _FINE_STEP_S if seconds <= _FINE_UNTIL_S else _COARSE_STEP_S
    rounded_s = max(step, step * math.ceil(seconds / step))
    if rounded_s <= _SECONDS_UNTIL_S:
        return duration(rounded_s)
    minutes = math.ceil(seconds / _MINUTE_S)
    if minutes * _MINUTE_S <= _MINUTES_UNTIL_S:
        return n_("%d minute", "%d minutes", minutes) % minutes
    hours = round(seconds / _HOUR_S)
    return n_("%d hour", "%d hours", hours) % hours
