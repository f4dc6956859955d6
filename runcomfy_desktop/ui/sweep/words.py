"""How a grid and its cells are told in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.sweep.cells import words_of
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import about
from runcomfy_desktop.ui.jobs.words import (
    Circumstances,
    Deed,
    StateWords,
    heading,
    in_short,
    state_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.sweep.sweep import Sweep

_FAILED = (JobState.FAILED, JobState.LOST)


def cell_words(job: Job | None, now_s: float) -> StateWords:
    """The state of a cell: that of its job, or that there is none any more."""
    if job is None:
        hint = _("Its run was taken out of the queue's list.")
        return StateWords(_("Removed"), "muted", "cancelled", Deed.DETAILS, False, hint)
    words = state_words(job, Circumstances(now_s))
    # Why it failed stands below, or behind, it.
    return replace(words, text=heading(job, words))


def reason_of(job: Job | None) -> str:
    """Why a cell failed, for the few words of a cell."""
    return in_short(job.reason) if job is not None and job.state in _FAILED else ""


def spoken(sweep: Sweep, cell: int, words: StateWords, reason: str) -> str:
    """`cfg 4, steps 20: Done`."""
    state = f"{words.text}. {reason}" if reason else words.text
    return _("%s: %s") % (one_line(words_of(sweep, cell)), state)


def progress(sweep: Sweep, tally: Mapping[JobState, int], usd: float) -> str:
    """`5 of 9 done, 1 failed, about $0.12`."""
    done = tally.get(JobState.DONE, 0)
    parts = [_("%d of %d done") % (done, sweep.count)]
    failed = sum(tally.get(state, 0) for state in _FAILED)
    if failed:
        parts.append(n_("%d failed", "%d failed", failed) % failed)
    unknown = tally.get(JobState.UNCERTAIN, 0)
    if unknown:
        parts.append(n_("%d with unknown answer", "%d with unknown answer", unknown) % unknown)
    cancelled = tally.get(JobState.CANCELLED, 0)
    if cancelled:
        parts.append(n_("%d cancelled", "%d cancelled", cancelled) % cancelled)
    held = tally.get(JobState.HELD, 0)
    if held:
        parts.append(n_("%d held", "%d held", held) % held)
    if usd:
        parts.append(about(usd))
    return ", ".join(parts)


def axes_text(sweep: Sweep) -> str:
    """Which axis goes where."""
    names = [one_line(axis.name) for axis in sweep.axes]
    if sweep.is_zip:
        return _("Side by side: %s") % ", ".join(names)
    if len(names) == 1:
        return _("Across: %s") % names[0]
    return _("Across: %s. Down: %s.") % (names[0], names[1])
