"""Does what a job's button or menu entry says, with the dialogs that a deed needs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import Hold, JobState, can_fetch_again
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.job_details import JobDetailsDialog
from runcomfy_desktop.ui.dialogs.resolve import ResolveDialog
from runcomfy_desktop.ui.dialogs.workflow_question import run_if_agreed
from runcomfy_desktop.ui.formatting import about
from runcomfy_desktop.ui.jobs import questions
from runcomfy_desktop.ui.jobs.words import (
    Deed,
    can_cancel,
    damaged_files,
    held_words,
    missing_files,
)
from runcomfy_desktop.ui.widgets.press_guard import Settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.line import Where
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.output import Output
    from runcomfy_desktop.ui.jobs.words import StateWords

LIMITS = (Hold.BATCH_LIMIT, Hold.DAY_LIMIT)


class JobDeeds:
    """Turns wishes into intents of the queue. `owner` is the widget whose window gets dialogs.

    Whatever costs money is done once, however often it is pressed within half a second.
    """

    def __init__(
        self,
        owner: QWidget,
        queue: JobQueue,
        words: Callable[[Job], StateWords],
        purse: Purse | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._owner = owner
        self._queue = queue
        self._words = words
        self._purse = purse
        self._settle = Settle(now)
        self.removing: Callable[[Sequence[str]], object] = lambda _job_ids: None
        """Hears which jobs are about to be taken out of the list."""

    def do(self, job_id: str, deed: Deed) -> None:
        """Every deed but OPEN, which is the panel's own."""
        job = self._queue.jobs.get(job_id)
        if job is None:
            return
        match deed:
            case Deed.CANCEL:
                self._queue.cancel(job_id)
            case Deed.RUN_AGAIN:
                self.run_again([job])
            case Deed.SEND_NOW | Deed.SEND_ANYWAY | Deed.RESUME:
                self.send_now([job])
            case Deed.FETCH_AGAIN:
                self.fetch_again([job])
            case Deed.DETAILS:
                self._show_details(job)
            case Deed.RESOLVE:
                self._show_resolve(job)

    # What was not sent yet

    def send_now(self, jobs: Sequence[Job]) -> None:
        """Releases held jobs; those beyond a limit after a question with the sum."""
        # A menu may have stood open for a while: what counts is what holds them now.
        held = [job for job in self._as_they_are(jobs) if job.state is JobState.HELD]
        if not held or not self._begins():
            return
        self._when_agreed("send", lambda: self._as_they_are(held), lambda: self._send(held))

    def pause(self, jobs: Sequence[Job]) -> None:
        self._queue.line.pause([job.job_id for job in jobs if can_pause(job)])

    def move(self, jobs: Sequence[Job], where: Where) -> None:
        """Gives unsent jobs other turns."""
        job_ids = [job.job_id for job in jobs if is_unsent(job)]
        if job_ids:
            self._queue.line.move(job_ids, where)

    def pause_all(self) -> None:
        self._queue.line.pause_all()

    def resume_all(self) -> None:
        """Lets everything go that is paused, after a question where so many are asked about."""

        def resume() -> None:
            # The question about the sum may stand for long.
            self._when_agreed("resume", self._unsent, self._queue.line.resume_all)

        if self._begins():
            self._when_agreed(
                "resume all", self._unsent, lambda: self._ask_sum(self._paused(), resume)
            )

    # Running once more

    def run_again(self, jobs: Sequence[Job]) -> None:
        """Runs jobs as new ones, the oldest first, after a question where the person wants one."""
        if not jobs or not self._begins():
            return
        jobs = sorted(jobs, key=lambda job: (job.created_s, job.order))
        self._when_agreed("run again", lambda: jobs, lambda: self._run_or_ask(jobs))

    def retry_failed(self, jobs: Sequence[Job]) -> None:
        """Runs every failed job as a new one, all of them one batch, after asking: nobody pointed
        at them. What the server no longer knows may have been done, so it is not among them."""
        failed = [job for job in jobs if job.state is JobState.FAILED]
        if failed and self._begins():
            self._when_agreed("retry failed", lambda: failed, lambda: self._ask_run(failed))

    # Cancelling and removing

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

    def cancel_batch(self, batch_id: str) -> None:
        """Cancels what is left of a batch, after asking."""
        jobs = self._queue.jobs.values()
        count = sum(job.batch_id == batch_id and can_cancel(job) for job in jobs)
        if batch_id and count:
            self._ask_cancel_of(count, lambda: self._queue.cancel_batch(batch_id))

    def is_open(self, batch_id: str) -> bool:
        """Whether anything of a batch can still be cancelled."""
        jobs = self._queue.jobs.values()
        return any(job.batch_id == batch_id and can_cancel(job) for job in jobs)

    def remove(self, jobs: Sequence[Job]) -> None:
        """Takes jobs out of the list that are over or were never sent; a notice offers Undo."""
        job_ids = [job.job_id for job in jobs if can_remove(job)]
        if job_ids:
            self.removing(job_ids)
            self._queue.remove_many(job_ids)

    # Asking

    def ask_again(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if can_ask(job):
                self._queue.ask_again(job.job_id)

    def fetch_again(self, jobs: Sequence[Job]) -> None:
        """Fetches what jobs lack; of one that lacks nothing, all its files once more."""
        wanted = {job.job_id: _to_fetch(job) for job in jobs if can_fetch_again(job, time.time())}
        if len(wanted) > 1:
            self._queue.fetch_many_again(wanted)
            return
        for job_id, paths in wanted.items():
            self._queue.fetch_again(job_id, *([paths] if paths else []))

    def fetch_file_again(self, job: Job, output: Output) -> None:
        """Fetches one file once more, and whatever else the job lacks. It may have ended too long
        ago to be in the queue's list."""
        if job.job_id not in self._queue.jobs:
            self._queue.take_up(job)
        self._queue.fetch_again(job.job_id, [output.path] if output.path else [])

    # Money

    def cost(self, jobs: Sequence[Job]) -> str:
        """What running these will cost, in words; "" where nobody knows, and in the demo."""
        if self._purse is None or not self._purse.is_billed:
            return ""
        usd = self._purse.estimate_jobs(jobs).usd
        return "" if usd is None else about(usd)

    @property
    def _is_billed(self) -> bool:
        return self._purse is None or self._purse.is_billed

    def _ask_run(self, jobs: Sequence[Job]) -> None:
        questions.ask_run(
            self._window,
            len(jobs),
            self.cost(jobs),
            lambda: self._run_each(jobs),
            is_billed=self._is_billed,
        )

    def _ask_sum(self, held: Sequence[Job], on_yes: Callable[[], object]) -> None:
        """Asks before so much is sent, where the person wants to be asked."""
        if not self._needs_question(held):
            on_yes()
            return
        cost = self.cost(held)
        questions.ask_send(self._window, len(held), cost, on_yes, is_billed=self._is_billed)

    def _needs_question(self, jobs: Sequence[Job]) -> bool:
        purse = self._purse
        return purse is not None and purse.needs_question(len(jobs), purse.estimate_jobs(jobs))

    def _ask_beyond(self, held: list[Job]) -> None:
        first = next(job for job in held if job.hold in LIMITS)
        reason = self._purse.why_held(first) if self._purse is not None else ""
        questions.ask_beyond(
            self._window,
            len(held),
            reason or held_words(first.hold).hint,
            self.cost(held),
            lambda: self._release(held, beyond=True),
        )

    # Inside

    @property
    def _window(self) -> QWidget:
        return self._owner.window()

    def _begins(self) -> bool:
        """Whether this is a wish of its own, and not the second half of one."""
        is_own = self._settle.ask()
        if is_own:
            self._settle.begin()
        return is_own

    def _as_they_are(self, jobs: Sequence[Job]) -> list[Job]:
        found = (self._queue.jobs.get(job.job_id) for job in jobs)
        return [job for job in found if job is not None]

    def _send_again(self, job_id: str) -> None:
        jobs = [job for job in (self._queue.jobs.get(job_id),) if job is not None]
        self._when_agreed("send again", lambda: jobs, lambda: self._queue.send_again(job_id))

    def _release(self, jobs: Sequence[Job], *, beyond: bool = False) -> None:
        """`beyond`: the person was asked about limits, too."""
        # Time went by while the question was open.
        self._when_agreed(
            "release", lambda: self._as_they_are(jobs), lambda: self._let_go(jobs, beyond=beyond)
        )

    def _let_go(self, jobs: Sequence[Job], *, beyond: bool) -> None:
        held = [job for job in self._as_they_are(jobs) if beyond or job.hold not in LIMITS]
        paused = [job.job_id for job in held if job.hold is Hold.PAUSED]
        others = [job.job_id for job in held if job.hold not in (None, Hold.PAUSED)]
        if paused:
            self._queue.line.resume(paused)
        if others:
            self._queue.line.send_now(others)

    def _send(self, jobs: Sequence[Job]) -> None:
        held = [job for job in self._as_they_are(jobs) if job.state is JobState.HELD]
        if any(job.hold in LIMITS for job in held):
            self._ask_beyond(held)
        elif held:
            self._ask_sum(held, lambda: self._release(held))

    def _when_agreed(
        self, wish: str, find_jobs: Callable[[], Sequence[Job]], on_yes: Callable[[], object]
    ) -> None:
        run_if_agreed(self._window, self._queue, wish, find_jobs, on_yes)

    def _paused(self) -> list[Job]:
        return [job for job in self._queue.jobs.values() if job.hold is Hold.PAUSED]

    def _unsent(self) -> list[Job]:
        """The jobs that go when all is resumed; those that wait may be about to be held."""
        goes = (Hold.PAUSED, Hold.OFFLINE)
        jobs = self._queue.jobs.values()
        return [job for job in jobs if job.hold in goes or job.state is JobState.WAITING]

    def _run_or_ask(self, jobs: Sequence[Job]) -> None:
        if self._needs_question(jobs):
            self._ask_run(jobs)
        else:
            self._run_each(jobs)

    def _run_each(self, jobs: Sequence[Job]) -> None:
        if len(jobs) == 1:
            self._queue.run_again(jobs[0].job_id)
        else:
            self._queue.run_again_many([job.job_id for job in jobs], _("retry"))

    def _ask_cancel(self, job_ids: list[str]) -> None:
        self._ask_cancel_of(len(job_ids), lambda: self._cancel_each(job_ids))

    def _ask_cancel_of(self, count: int, on_yes: Callable[[], object]) -> None:
        questions.ask_cancel(self._window, count, on_yes, is_billed=self._is_billed)

    def _cancel_each(self, job_ids: list[str]) -> None:
        jobs = (self._queue.jobs.get(job_id) for job_id in job_ids)
        # Time went by while the question was open.
        still = [job.job_id for job in jobs if job is not None and can_cancel(job)]
        if still:
            self._queue.cancel_many(still)

    def _show_details(self, job: Job) -> None:
        dialog = JobDetailsDialog(job, self._words(job), time.time(), self._window)
        dialog.run_again_requested.connect(lambda job_id: self.do(job_id, Deed.RUN_AGAIN))
        dialog.open()

    def _show_resolve(self, job: Job) -> None:
        dialog = ResolveDialog(job, self.cost([job]), self._window)
        dialog.adopted.connect(self._queue.adopt)
        dialog.send_again_requested.connect(self._send_again)
        dialog.discard_requested.connect(self._queue.discard)
        dialog.open()


def _to_fetch(job: Job) -> list[str]:
    """The files of a job that are here and wanted once more."""
    there = (each.path for each in job.outputs if each.url and each.path)
    return [] if lacks_files(job) else list(there)


def lacks_files(job: Job) -> bool:
    return bool(missing_files(job) or damaged_files(job))


def is_unsent(job: Job) -> bool:
    return job.state in (JobState.WAITING, JobState.HELD)


def can_pause(job: Job) -> bool:
    return is_unsent(job) and job.hold is not Hold.PAUSED


def can_remove(job: Job) -> bool:
    return job.state.is_finished or is_unsent(job)


def can_ask(job: Job) -> bool:
    return bool(job.request_id) and job.state.is_active
