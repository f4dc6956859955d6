"""Choice of the job whose outputs the window shows.

It belongs to the session rather than to the table, because the panels are built when they are first
seen: a run is shown even while the queue is hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from runcomfy_desktop.domain.jobs.job import JobState

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import Job, StateChange
    from runcomfy_desktop.ui.base.session_scope import SessionScope

# A cancelled job has nothing to show that its user does not know.
_SHOWN_ENDS = (JobState.DONE, JobState.FAILED, JobState.LOST)


class ResultFollower(QObject):
    """Follows runs: their first job, then each job that ends, until the user chooses a job.

    `shown_job_id` is the job whose outputs are shown, "" for none; `job_shown` is emitted with it
    when it changes. Ends of many jobs at the same time change it once.

    While `is_staying` is True, nothing but the user's choice changes it. `run_started` is emitted
    with the first job of each run in any case. Choosing a job stops following until the next run.
    """

    job_shown = Signal(str)
    run_started = Signal(str)

    def __init__(self, scope: SessionScope, queue: JobQueue) -> None:
        super().__init__(scope)
        self._queue = queue
        self.shown_job_id = ""
        self._is_staying = False
        self._is_following = True
        self._last_run_s = 0.0
        # Jobs that may come back by Undo, which is no run.
        self._removed_ids: set[str] = set()
        # The job that ended last, until it is shown.
        self._ended_id = ""
        self._end_timer = QTimer(self)
        self._end_timer.setSingleShot(True)
        self._end_timer.setInterval(0)
        self._end_timer.timeout.connect(self._on_end_timer_timeout)
        scope.subscribe(queue.state_changed, self._on_state_changed)
        scope.subscribe(queue.removed, self._on_removed)
        scope.subscribe(queue.loaded, lambda _nothing: self._show_newest_result())
        scope.call_on_close(self._end_timer.stop)
        self._show_newest_result()

    @property
    def is_staying(self) -> bool:
        """True while the user wants to keep what is shown."""
        return self._is_staying

    def set_staying(self, is_staying: bool) -> None:
        """Keeps what is shown; at its end the next run, or the next job that ends, is followed."""
        self._is_staying = is_staying
        self._is_following = not is_staying

    def choose(self, job_id: str) -> None:
        """Shows the job that the user has chosen, and stops following others."""
        self._is_following = False
        self._show(job_id)

    def _show(self, job_id: str) -> None:
        self._end_timer.stop()
        if job_id != self.shown_job_id:
            self.shown_job_id = job_id
            self.job_shown.emit(job_id)

    def _show_newest_result(self) -> None:
        jobs = list(self._queue.jobs.values())
        done = (job for job in reversed(jobs) if job.state is JobState.DONE)
        newest = next(done, None)
        self._is_following = not self._is_staying
        self._show("" if newest is None else newest.job_id)

    def _on_state_changed(self, change: StateChange) -> None:
        job = change.job
        if change.before is None:
            if not job.state.is_finished:
                self._on_job_created(job)
        elif change.has_ended and job.state in _SHOWN_ENDS and self._is_following:
            self._ended_id = job.job_id
            self._end_timer.start()

    def _on_job_created(self, job: Job) -> None:
        # The jobs of one run are written in one transaction, so they have the same time.
        if job.created_s == self._last_run_s or job.job_id in self._removed_ids:
            return
        self._last_run_s = job.created_s
        if not self._is_staying:
            self._is_following = True
            self._show(job.job_id)
        self.run_started.emit(job.job_id)

    def _on_end_timer_timeout(self) -> None:
        if self._is_following and self._ended_id in self._queue.jobs:
            self._show(self._ended_id)

    def _on_removed(self, job_id: str) -> None:
        self._removed_ids.add(job_id)
        if job_id == self.shown_job_id:
            self._is_following = not self._is_staying
            self._show("")
