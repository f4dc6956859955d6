"""Screen reader announcements of job changes: a few individually, many as a summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.i18n import n_
from runcomfy_desktop.ui.job_queue.state_texts import announcement_text
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QWidget

COLLECT_MS = 2000
MAX_IMMEDIATE = 3
_URGENT = (JobState.FAILED, JobState.UNCERTAIN)


class JobAnnouncer(QObject):
    """Announces new states of jobs to screen readers, on behalf of `widget`.

    The first three changes are announced at once, individually. Later ones are collected for two
    seconds; more than three of them are announced as one summary, so that a batch of 500 does not
    drown out everything else. Emits `announced` with the text of each announcement.
    """

    announced = Signal(str)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._immediate_left = MAX_IMMEDIATE
        self._collected: dict[str, Job] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COLLECT_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def announce_changes(self, jobs: Iterable[Job]) -> None:
        """Announces jobs that have changed their state."""
        for job in jobs:
            if not announcement_text(job):
                continue
            if self._immediate_left:
                self._immediate_left -= 1
                self._announce_job(job)
            else:
                self._collected[job.job_id] = job
            if not self._timer.isActive():
                self._timer.start()

    def _on_timer_timeout(self) -> None:
        collected, self._collected = list(self._collected.values()), {}
        if not collected:
            self._immediate_left = MAX_IMMEDIATE
            return
        self._timer.start()
        if len(collected) <= MAX_IMMEDIATE:
            for job in collected:
                self._announce_job(job)
            return
        urgent = any(job.state in _URGENT for job in collected)
        self._announce(_summary(Counter(job.state for job in collected)), urgent=urgent)

    def _announce_job(self, job: Job) -> None:
        self._announce(announcement_text(job), urgent=job.state in _URGENT)

    def _announce(self, text: str, *, urgent: bool) -> None:
        announce(self._widget, text, urgent=urgent)
        self.announced.emit(text)


def _summary(states: Counter[JobState]) -> str:
    texts = (
        (JobState.DONE, n_("%d job done", "%d jobs done", states[JobState.DONE])),
        (JobState.FAILED, n_("%d failed", "%d failed", states[JobState.FAILED])),
        (
            JobState.UNCERTAIN,
            n_("%d sent, answer unknown", "%d sent, answers unknown", states[JobState.UNCERTAIN]),
        ),
        (JobState.HELD, n_("%d held", "%d held", states[JobState.HELD])),
        (JobState.CANCELLED, n_("%d cancelled", "%d cancelled", states[JobState.CANCELLED])),
        (
            JobState.LOST,
            n_(
                "%d no longer known to the server",
                "%d no longer known to the server",
                states[JobState.LOST],
            ),
        ),
        (JobState.RUNNING, n_("%d running", "%d running", states[JobState.RUNNING])),
    )
    return ", ".join(text % states[state] for state, text in texts if states[state])
