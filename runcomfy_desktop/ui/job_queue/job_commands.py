"""Commands of the queue's buttons and menu entries, including their dialogs."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs import wait_reasons
from runcomfy_desktop.core.spending.spending_limits import LIMIT_HOLDS
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState, can_fetch_again
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import approx_money
from runcomfy_desktop.ui.job_queue import confirmations
from runcomfy_desktop.ui.job_queue.job_details import JobDetailsDialog
from runcomfy_desktop.ui.job_queue.resolve_job import ResolveJobDialog
from runcomfy_desktop.ui.job_queue.state_texts import (
    JobAction,
    damaged_file_count,
    missing_file_count,
)
from runcomfy_desktop.ui.run.job_questions import JobPreflight
from runcomfy_desktop.ui.widgets.press_guard import QuietPeriod

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.jobs.send_queue import QueueMove
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.job_queue.state_texts import StateText
    from runcomfy_desktop.ui.run.job_questions import JobQuestion


class JobCommands:
    """Executes the user's commands on the queue, with a confirmation where one is needed.

    A command that costs money is executed once, even if it is triggered several times within half a
    second. `on_removing` is called with the ids of jobs that are about to be removed from the list.
    """

    def __init__(
        self,
        scope: SessionScope,
        queue: JobQueue,
        get_state_text: Callable[[Job], StateText],
        budget: Budget | None = None,
        *,
        on_removing: Callable[[Sequence[str]], object] = lambda _job_ids: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dialog_parent = scope.dialog_parent
        self._queue = queue
        self._get_state_text = get_state_text
        self._budget = budget
        self._on_removing = on_removing
        self._quiet_period = QuietPeriod(now)

    def perform(self, job_id: str, action: JobAction) -> None:
        """Performs any action except OPEN, which the panel handles itself."""
        job = self._queue.jobs.get(job_id)
        if job is None:
            return
        match action:
            case JobAction.CANCEL:
                self._queue.cancel(job_id)
            case JobAction.RUN_AGAIN:
                self.run_again([job])
            case JobAction.SEND_NOW | JobAction.SEND_ANYWAY | JobAction.RESUME:
                self.send_now([job])
            case JobAction.FETCH_AGAIN:
                self.fetch_again([job])
            case JobAction.DETAILS:
                self._show_details(job)
            case JobAction.RESOLVE:
                self._show_resolve(job)

    # Unsent jobs

    def send_now(self, jobs: Sequence[Job]) -> None:
        """Sends held jobs, after a confirmation if a limit or the settings require one.

        The confirmation shows the cost.
        """
        # The menu may have been open for a long time, so only jobs that are still held are sent.
        held = [job for job in self._current_jobs(jobs) if job.state is JobState.HELD]
        if not held or not self._starts_new_press():
            return
        self._check_and_ask(
            "send",
            lambda: self._current_jobs(held),
            lambda: self._release(held),
            lambda: self._send_question(held),
        )

    def pause(self, jobs: Sequence[Job]) -> None:
        self._queue.send_queue.pause([job.job_id for job in jobs if can_pause(job)])

    def move(self, jobs: Sequence[Job], where: QueueMove) -> None:
        """Moves unsent jobs within the send queue."""
        job_ids = [job.job_id for job in jobs if is_unsent(job)]
        if job_ids:
            self._queue.send_queue.move(job_ids, where)

    def resume_all(self) -> None:
        """Resumes all paused jobs, after a confirmation if their number or cost requires one."""
        resume = self._queue.send_queue.resume_all
        if self._starts_new_press():
            self._check_and_ask(
                "resume",
                self._unsent_jobs,
                resume,
                lambda: self._cost_question(self.jobs_held_by(HoldReason.PAUSED), resume),
            )

    # Running again

    def run_again(self, jobs: Sequence[Job]) -> None:
        """Runs jobs as new ones, the oldest first; asks first if the settings require it."""
        self._check_and_run("run again", jobs, lambda: self._needs_confirmation(jobs))

    def retry_failed(self) -> None:
        """Runs all failed jobs as new ones in a single batch, always after a confirmation.

        It always asks because the user has not selected these jobs. Lost jobs are left out: a job
        that the server no longer knows may have been completed.
        """
        failed = self._queue.index.in_state(JobState.FAILED)
        self._check_and_run("retry failed", failed, lambda: True)

    def _check_and_run(
        self, operation: str, jobs: Sequence[Job], needs_question: Callable[[], bool]
    ) -> None:
        jobs = sorted(jobs, key=lambda job: (job.created_s, job.order))
        if jobs and self._starts_new_press():
            run = partial(self._run_each, jobs)
            self._check_and_ask(
                operation,
                lambda: jobs,
                run,
                lambda: self._run_question(jobs, run) if needs_question() else None,
            )

    # Cancelling and removing

    def cancel(self, jobs: Sequence[Job]) -> None:
        """Cancels jobs that can be cancelled: one job at once, several after a confirmation."""
        job_ids = [job.job_id for job in jobs if job.can_cancel]
        if len(job_ids) > 1:
            self._confirm_cancel(job_ids)
        elif job_ids:
            self._queue.cancel(job_ids[0])

    def cancel_all(self) -> None:
        """Cancels all jobs after a confirmation, even if only one can be cancelled.

        It always asks because the user has not selected these jobs.
        """
        job_ids = [job.job_id for job in self._queue.jobs.values() if job.can_cancel]
        if job_ids:
            self._confirm_cancel(job_ids)

    def cancel_batch(self, batch_id: str) -> None:
        """Cancels the remaining jobs of a batch, after a confirmation."""
        count = self._queue.index.batch(batch_id).open
        if count:
            self._confirm_cancel_count(count, lambda: self._queue.cancel_batch(batch_id))

    def is_batch_open(self, batch_id: str) -> bool:
        """Returns True if any job of a batch can still be cancelled."""
        return self._queue.index.batch(batch_id).open > 0

    def remove(self, jobs: Sequence[Job]) -> None:
        """Removes finished and unsent jobs from the list; a notice offers Undo."""
        job_ids = [job.job_id for job in jobs if can_remove(job)]
        if job_ids:
            self._on_removing(job_ids)
            self._queue.remove_many(job_ids)

    # Polling and fetching

    def poll_now(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if can_poll(job):
                self._queue.poll_now(job.job_id)

    def fetch_again(self, jobs: Sequence[Job]) -> None:
        """Fetches missing or damaged files of jobs again.

        If a job has no missing or damaged file, all its files are fetched again.
        """
        wanted = {
            job.job_id: _paths_to_fetch(job) for job in jobs if can_fetch_again(job, time.time())
        }
        if len(wanted) > 1:
            self._queue.fetch_many_again(wanted)
            return
        for job_id, paths in wanted.items():
            self._queue.fetch_again(job_id, *([paths] if paths else []))

    def fetch_file_again(self, job: Job, output: Output) -> None:
        """Fetches one file again, plus any file that the job lacks.

        The job may have ended too long ago to be in the queue's list; then it is added from the
        history.
        """
        if job.job_id not in self._queue.jobs:
            self._queue.add_from_history(job)
        self._queue.fetch_again(job.job_id, [output.path] if output.path else [])

    # Money

    def cost_text(self, jobs: Sequence[Job]) -> str:
        """Returns the expected cost of running `jobs` as text; "" if unknown, and in the demo."""
        if self._budget is None or not self._budget.is_billed:
            return ""
        usd = self._budget.estimate_jobs(jobs).usd
        return "" if usd is None else approx_money(usd)

    @property
    def _is_billed(self) -> bool:
        return self._budget is None or self._budget.is_billed

    def _run_question(self, jobs: Sequence[Job], on_yes: Callable[[], object]) -> JobQuestion:
        return confirmations.run_again_question(
            len(jobs), self.cost_text(jobs), on_yes, is_billed=self._is_billed
        )

    def _send_question(self, jobs: Sequence[Job]) -> JobQuestion | None:
        """Returns the question before held jobs are sent; None if none is necessary."""
        held = [job for job in self._current_jobs(jobs) if job.state is JobState.HELD]
        if any(job.hold in LIMIT_HOLDS for job in held):
            return self._beyond_limit_question(held)
        return self._cost_question(held, lambda: self._release(held))

    def _cost_question(
        self, held: Sequence[Job], on_yes: Callable[[], object]
    ) -> JobQuestion | None:
        """Returns the question before jobs are sent, if their number or cost requires one."""
        if not self._needs_confirmation(held):
            return None
        return confirmations.send_question(
            len(held), self.cost_text(held), on_yes, is_billed=self._is_billed
        )

    def _needs_confirmation(self, jobs: Sequence[Job]) -> bool:
        budget = self._budget
        return budget is not None and budget.needs_confirmation(
            len(jobs), budget.estimate_jobs(jobs)
        )

    def _beyond_limit_question(self, held: Sequence[Job]) -> JobQuestion:
        first = next(job for job in held if job.hold in LIMIT_HOLDS)
        reason = self._budget.hold_reason(first) if self._budget is not None else ""
        return confirmations.beyond_limit_question(
            len(held),
            reason or wait_reasons.held(first).hint,
            self.cost_text(held),
            lambda: self._release(held, beyond_limit=True),
        )

    # Internals

    def _starts_new_press(self) -> bool:
        """Returns True for a new press, False for the second half of a double press."""
        is_new = self._quiet_period.check()
        if is_new:
            self._quiet_period.restart()
        return is_new

    def _current_jobs(self, jobs: Sequence[Job]) -> list[Job]:
        current = self._queue.jobs
        return [current[job.job_id] for job in jobs if job.job_id in current]

    def _send_again(self, job_id: str) -> None:
        jobs = [job] if (job := self._queue.jobs.get(job_id)) is not None else []
        self._check_and_ask("send again", lambda: jobs, lambda: self._queue.send_again(job_id))

    def _release(self, jobs: Sequence[Job], *, beyond_limit: bool = False) -> None:
        """Releases held jobs.

        Jobs held by a spending limit are released only with `beyond_limit`: the user has confirmed
        them.
        """
        held = [
            job
            for job in self._current_jobs(jobs)
            if job.state is JobState.HELD and (beyond_limit or job.hold not in LIMIT_HOLDS)
        ]
        paused = [job.job_id for job in held if job.hold is HoldReason.PAUSED]
        others = [job.job_id for job in held if job.hold is not HoldReason.PAUSED]
        if paused:
            self._queue.send_queue.resume(paused)
        if others:
            self._queue.send_queue.send_now(others)

    def _check_and_ask(
        self,
        operation: str,
        find_jobs: Callable[[], Sequence[Job]],
        on_yes: Callable[[], object],
        find_question: Callable[[], JobQuestion | None] = lambda: None,
    ) -> None:
        parent, queue = self._dialog_parent, self._queue
        JobPreflight(parent, queue, operation, find_jobs, on_yes, find_question).start()

    def jobs_held_by(self, *holds: HoldReason) -> list[Job]:
        """Returns the jobs held for one of these reasons, in send order."""
        return [self._queue.jobs[each] for each in self._queue.index.held_by(*holds)]

    def _unsent_jobs(self) -> list[Job]:
        """Returns the jobs that Resume all would send, and waiting jobs, which may soon be held."""
        waiting = self._queue.index.in_state(JobState.WAITING)
        return [*self.jobs_held_by(HoldReason.PAUSED, HoldReason.OFFLINE), *waiting]

    def _run_each(self, jobs: Sequence[Job]) -> None:
        if len(jobs) == 1:
            self._queue.run_again(jobs[0].job_id)
        else:
            self._queue.run_again_many([job.job_id for job in jobs], _("retry"))

    def _confirm_cancel(self, job_ids: list[str]) -> None:
        self._confirm_cancel_count(len(job_ids), lambda: self._cancel_each(job_ids))

    def _confirm_cancel_count(self, count: int, on_yes: Callable[[], object]) -> None:
        confirmations.confirm_cancel(self._dialog_parent, count, on_yes, is_billed=self._is_billed)

    def _cancel_each(self, job_ids: list[str]) -> None:
        jobs = self._queue.jobs
        # Some jobs may have ended while the confirmation was open.
        cancellable = [each for each in job_ids if each in jobs and jobs[each].can_cancel]
        if cancellable:
            self._queue.cancel_many(cancellable)

    def _show_details(self, job: Job) -> None:
        dialog = JobDetailsDialog(job, self._get_state_text(job), time.time(), self._dialog_parent)
        dialog.run_again_requested.connect(lambda job_id: self.perform(job_id, JobAction.RUN_AGAIN))
        dialog.open()

    def _show_resolve(self, job: Job) -> None:
        dialog = ResolveJobDialog(job, self.cost_text([job]), self._dialog_parent)
        dialog.adopt_requested.connect(self._queue.adopt)
        dialog.send_again_requested.connect(self._send_again)
        dialog.discard_requested.connect(self._queue.discard)
        dialog.open()


def _paths_to_fetch(job: Job) -> list[str]:
    """Returns the paths of stored files to fetch again.

    The list is empty if the job lacks files, because then only those are fetched.
    """
    paths = (each.path for each in job.outputs if each.url and each.path)
    return [] if lacks_files(job) else list(paths)


def lacks_files(job: Job) -> bool:
    return bool(missing_file_count(job) or damaged_file_count(job))


def is_unsent(job: Job) -> bool:
    return job.state in (JobState.WAITING, JobState.HELD)


def can_pause(job: Job) -> bool:
    return is_unsent(job) and job.hold is not HoldReason.PAUSED


def can_remove(job: Job) -> bool:
    return job.state.is_finished or is_unsent(job)


def can_poll(job: Job) -> bool:
    return bool(job.request_id) and job.state.is_active
