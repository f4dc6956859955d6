"""Texts about a grid and its cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.sweeps.cells import cell_text, points_of
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import approx_money
from runcomfy_desktop.ui.job_queue.state_texts import (
    JobAction,
    StateText,
    describe_in_queue,
    short_reason,
    state_heading,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep

_FAILED_STATES = (JobState.FAILED, JobState.LOST)


def cell_state_text(queue: JobQueue, job: Job | None, now_s: float) -> StateText:
    """Returns the state of a cell's job, or that the job was removed."""
    if job is None:
        hint = _("Its run was taken out of the queue's list.")
        return StateText(_("Removed"), "muted", "cancelled", JobAction.DETAILS, False, hint)
    state_text = describe_in_queue(queue, job, now_s)
    # The reason of a failure is shown below or after the state.
    return replace(state_text, text=state_heading(job, state_text))


def failure_reason(job: Job | None) -> str:
    """Returns the short reason of a cell's failure; "" if the cell did not fail."""
    return short_reason(job.reason) if job is not None and job.state in _FAILED_STATES else ""


def accessible_text(sweep: Sweep, cell: int, state_text: StateText, reason: str) -> str:
    """Returns the screen reader text of a cell, such as `cfg 4, steps 20: Done`."""
    text = f"{state_text.text}. {reason}" if reason else state_text.text
    return _("%s: %s") % (one_line(cell_text(sweep, cell)), text)


def progress_text(sweep: Sweep, state_counts: Mapping[JobState, int], usd: float) -> str:
    """Returns a grid's progress, such as `5 of 9 done, 1 failed, about $0.12`."""
    done = state_counts.get(JobState.DONE, 0)
    failed = sum(state_counts.get(state, 0) for state in _FAILED_STATES)
    unknown = state_counts.get(JobState.UNCERTAIN, 0)
    cancelled = state_counts.get(JobState.CANCELLED, 0)
    held = state_counts.get(JobState.HELD, 0)
    parts = [_("%d of %d done") % (done, sweep.cell_count)]
    for count, text in (
        (failed, n_("%d failed", "%d failed", failed)),
        (unknown, n_("%d with unknown answer", "%d with unknown answer", unknown)),
        (cancelled, n_("%d cancelled", "%d cancelled", cancelled)),
        (held, n_("%d held", "%d held", held)),
    ):
        if count:
            parts.append(text % count)
    if usd:
        parts.append(approx_money(usd))
    return ", ".join(parts)


def header_text(sweep: Sweep, axis_number: int, number: int) -> str:
    """Returns the header of a column (axis 0), row (1) or page (2); "" without such an axis."""
    if sweep.is_zip:
        labels = (one_line(point.label) for point in points_of(sweep, number))
        return "" if axis_number else " · ".join(labels)
    if axis_number >= len(sweep.axes):
        return ""
    return one_line(sweep.axes[axis_number].points[number].label)


def axes_text(sweep: Sweep) -> str:
    """Returns a line that names the axes across and down, or the zipped axes."""
    names = [one_line(axis.name) for axis in sweep.axes]
    if sweep.is_zip:
        return _("Side by side: %s") % ", ".join(names)
    if len(names) == 1:
        return _("Across: %s") % names[0]
    return _("Across: %s. Down: %s.") % (names[0], names[1])
