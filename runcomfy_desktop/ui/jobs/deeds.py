"""Does what a job's button or menu entry says, with the dialogs that a deed needs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.dialogs.confirm import ask
from runcomfy_desktop.ui.dialogs.job_details import JobDetailsDialog
from runcomfy_desktop.ui.dialogs.resolve import ResolveDialog
from runcomfy_desktop.ui.jobs.words import Deed, can_cancel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.jobs.words import StateWords


class JobDeeds:
    """Turns wishes into intents of the queue. `owner` is the widget whose window gets dialogs."""

    def __init__(self, owner: QWidget, queue: JobQueue, words: Callable[[Job], StateWords]) -> None:
        self._owner = owner
        self._queue = queue
        self._words = words

    def do(self, job_id: str, deed: Deed) -> None:
        """Every deed but OPEN, which is the panel's own."""
        job = self._queue.jobs.get(job_id)
        if job is None:
            return
        match deed:
            case Deed.CANCEL:
                self._queue.cancel(job_id)
            case Deed.RUN_AGAIN:
                self._queue.run_again(job_id)
            case Deed.DETAILS:
                self._show_details(job)
            case Deed.RESOLVE:
                self._show_resolve(job)

    def cancel(self, jobs: Sequence[Job]) -> None:
        """Cancels what can be cancelled: one job at once, several after a question."""
        job_ids = [job.job_id for job in jobs if can_cancel(job)]
        if len(job_ids) > 1:
            self._ask_cancel(job_ids)
        elif job_ids:
            self._queue.cancel(job_ids[0])

    def cancel_all(self, jobs: Sequence[Job]) -> None:
        """The same, asking also for a single one: nobody pointed at it."""
        job_ids = [job.job_id for job in jobs if can_cancel(job)]
        if job_ids:
            self._ask_cancel(job_ids)

    def ask_again(self, job_id: str) -> None:
        self._queue.ask_again(job_id)

    def fetch_again(self, job_id: str) -> None:
        self._queue.fetch_again(job_id)

    def remove(self, jobs: Sequence[Job]) -> None:
        """Takes finished jobs out of the list, after asking: it cannot be undone."""
        job_ids = [job.job_id for job in jobs if job.state.is_finished]
        count = len(job_ids)
        if not job_ids:
            return
        ask(
            self._owner.window(),
            "remove_question",
            title=n_("Remove %d job from the list?", "Remove %d jobs from the list?", count)
            % count,
            text=_(
                "Their files stay in the output folder. Their inputs, times and request IDs are "
                "forgotten."
            ),
            deed=n_("Remove %d job", "Remove %d jobs", count) % count,
            on_yes=lambda: self._remove_each(job_ids),
        )

    def _remove_each(self, job_ids: list[str]) -> None:
        for job_id in job_ids:
            self._queue.remove(job_id)

    def _ask_cancel(self, job_ids: list[str]) -> None:
        count = len(job_ids)
        ask(
            self._owner.window(),
            "cancel_question",
            title=n_("Cancel %d job?", "Cancel %d jobs?", count) % count,
            text=_(
                "A job that only waits here costs nothing. A job that has begun is billed for the "
                "time that it used, and one that is nearly done may still end as done."
            ),
            deed=n_("Cancel %d job", "Cancel %d jobs", count) % count,
            on_yes=lambda: self._cancel_each(job_ids),
        )

    def _cancel_each(self, job_ids: list[str]) -> None:
        for job_id in job_ids:
            job = self._queue.jobs.get(job_id)
            # Time went by while the question was open.
            if job is not None and can_cancel(job):
                self._queue.cancel(job_id)

    def _show_details(self, job: Job) -> None:
        dialog = JobDetailsDialog(job, self._words(job), time.time(), self._owner.window())
        dialog.run_again_requested.connect(self._queue.run_again)
        dialog.open()

    def _show_resolve(self, job: Job) -> None:
        dialog = ResolveDialog(job, self._owner.window())
        dialog.adopted.connect(self._queue.adopt)
        dialog.send_again_requested.connect(self._send_again)
        dialog.discard_requested.connect(self._queue.discard)
        dialog.open()

    def _send_again(self, job_id: str) -> None:
        self._queue.run_again(job_id)
        self._queue.discard(job_id)
