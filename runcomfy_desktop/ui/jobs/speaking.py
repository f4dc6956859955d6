"""What a screen reader is told of the jobs: each of a few, of many only how many."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.i18n import n_
from runcomfy_desktop.ui.jobs.words import spoken_words
from runcomfy_desktop.ui.widgets.announce import announce

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QWidget

GATHER_MS = 2000
FEW = 3
_URGENT = (JobState.FAILED, JobState.UNCERTAIN)


class Speaker(QObject):
    """Tells what became of jobs in `where`. Emits `announced` with each text.

    A few are told at once, one by one. What comes behind them within two seconds is gathered, and
    is one sentence: whoever listens to a batch of 500 wants to hear something else, too.
    """

    announced = Signal(str)

    def __init__(self, where: QWidget) -> None:
        super().__init__(where)
        self._where = where
        self._free = FEW
        self._gathered: dict[str, Job] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GATHER_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def hear(self, jobs: Iterable[Job]) -> None:
        """These jobs came to another state."""
        for job in jobs:
            if not spoken_words(job):
                continue
            if self._free:
                self._free -= 1
                self._tell(job)
            else:
                self._gathered[job.job_id] = job
            if not self._timer.isActive():
                self._timer.start()

    def forget(self) -> None:
        self._gathered.clear()
        self._timer.stop()
        self._free = FEW

    def _on_timer_timeout(self) -> None:
        gathered, self._gathered = list(self._gathered.values()), {}
        if not gathered:
            self._free = FEW
            return
        self._timer.start()
        if len(gathered) <= FEW:
            for job in gathered:
                self._tell(job)
            return
        urgent = any(job.state in _URGENT for job in gathered)
        self._say(_summary(Counter(job.state for job in gathered)), urgent=urgent)

    def _tell(self, job: Job) -> None:
        self._say(spoken_words(job), urgent=job.state in _URGENT)

    def _say(self, text: str, *, urgent: bool) -> None:
        announce(self._where, text, urgent=urgent)
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
