"""Sends cancel requests until they take effect or expire.

An accepted cancel is only a promise: the status decides. The cancel request is on disk
(`Job.cancel_asked`) before it is sent, and stays there until it has ended. A request without a
response is sent again, also after a restart of the program. An accepted request expires after a
fixed time, even if the job is not polled; then the user can cancel again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import CANCEL_UNANSWERED
from runcomfy_desktop.core.jobs.job_store import yield_to_loop
from runcomfy_desktop.core.jobs.job_transitions import end_cancel
from runcomfy_desktop.core.jobs.live_job import CancelRequest, WakeEvent
from runcomfy_desktop.core.jobs.queue_version_fallback import (
    may_be_at_other_version,
    move_if_at_other_version,
)
from runcomfy_desktop.core.jobs.rate_limiter import Priority
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import CancelStage, JobState
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.api.inference import CancelReport
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.live_job import LiveJob
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.core.jobs.service_gateway import ServiceGateway
    from runcomfy_desktop.domain.jobs.job import Job

# Problems that may be over at the next try. Any other kind is a final refusal.
_TRANSIENT_KINDS = (
    ProblemKind.OFFLINE,
    ProblemKind.TIMEOUT,
    ProblemKind.BUSY,
    ProblemKind.SERVER,
    ProblemKind.UNREADABLE,
    ProblemKind.AUTH,
)
# No network, no good key or a requested pause: not a refusal of this cancel.
_NOT_REFUSAL_KINDS = (ProblemKind.OFFLINE, ProblemKind.BUSY, ProblemKind.AUTH)
_CANCELLABLE_STATES = (JobState.SENDING, JobState.QUEUED, JobState.RUNNING)
# Hundreds of jobs can be cancelled at once, and their outcome is reported once.
_NOTICE_INTERVAL_S = 60.0

_log = logging.getLogger(__name__)


class Canceller:
    """Owns the cancel requests that have not taken effect yet."""

    def __init__(
        self,
        gateway: ServiceGateway,
        job_store: JobStore,
        notices: Notices,
        policy: QueuePolicy,
        tasks: Tasks,
    ) -> None:
        self._tasks = tasks
        self._gateway = gateway
        self._job_store = job_store
        self._notices = notices
        self._policy = policy
        self._index, self._live = job_store.index, job_store.live
        self._reported_s: dict[str, float] = {}
        self._is_unanswered_reported = False
        gateway.call_held.subscribe(self._on_call_held)
        gateway.cancel_pause.changed.subscribe(lambda _nothing: self._on_cancel_pause())

    def expect(self, job_id: str) -> None:
        """Registers a cancel request before it is written to disk; `start` sends it.

        It is registered first because the poller may see the request in the job's row before
        `start` is called, and because an earlier request may be about to expire.
        """
        job, live = self._job_store.jobs.get(job_id), self._live[job_id]
        if job is None or job.state not in _CANCELLABLE_STATES:
            return
        if live.cancel is not None and job.cancel_asked:
            live.cancel.restart()
        else:
            live.cancel = CancelRequest(
                is_from_this_session=True, may_have_arrived=job.cancel_asked
            )

    def start(self, job_id: str) -> None:
        """Starts the task that sends the job's cancel request, if any, and follows its outcome.

        The poller does not wait for this task: the job's final status may arrive long before.
        """
        live = self._live[job_id]
        is_running = live.cancel_task is not None and not live.cancel_task.done()
        if self._cancellable_job(job_id) is None or is_running:
            return
        if live.cancel is None:
            live.cancel = CancelRequest(is_from_this_session=False, may_have_arrived=True)
        wake = live.cancel_wake = WakeEvent()
        work = self._run_request(job_id, wake)
        live.cancel_task = task = self._tasks.start(f"cancel {job_id}", work)
        task.add_done_callback(lambda done: self._on_task_done(live, done))

    def _on_task_done(self, live: LiveJob, task: asyncio.Task[None]) -> None:
        if live.cancel_task is task:
            live.cancel_task = live.cancel_wake = None

    def is_deferred(self, job_id: str) -> bool:
        """Returns True if a cancel request of the job could not be sent so far."""
        job = self._cancellable_job(job_id)
        return job is not None and job.cancel_stage is CancelStage.DEFERRED

    def retry_now(self, job_id: str) -> None:
        """Sends a deferred cancel request now, because the user cancelled again."""
        if self.is_deferred(job_id):
            self._show_stage(job_id, CancelStage.NEW)
            self._gateway.prioritize_cancel()
            _wake(self._live[job_id])

    def wake(self) -> None:
        """Sends waiting requests now: the network may be back, or a pause over."""
        for live in self._pending():
            _wake(live)

    def on_still_running(self, job_id: str) -> None:
        """Records that the service reports the job as still running."""
        request = self._live[job_id].cancel
        if request is not None and request.accepted_s is not None:
            request.is_still_running = True

    def forget(self, job_id: str) -> None:
        """Ends the cancel request of a job that has ended."""
        live = self._live[job_id]
        live.cancel = None
        self._withdraw_notice()
        _wake(live)

    def _pending(self) -> list[LiveJob]:
        """Returns the records of the jobs with a cancel request that has not ended."""
        jobs = (self._live[job.job_id] for job in self._index.in_state(*_CANCELLABLE_STATES))
        return [live for live in jobs if live.cancel is not None]

    def _on_call_held(self, job_id: str) -> None:
        request = self._live[job_id].cancel
        is_open = (
            request is not None
            and request.accepted_s is None
            and self._cancellable_job(job_id) is not None
        )
        if is_open and self._gateway.holds_cancels:
            self._show_stage(job_id, CancelStage.DEFERRED)

    def _on_cancel_pause(self) -> None:
        if self._gateway.holds_cancels and (pending := self._pending()):
            job_ids = [live.job_id for live in pending]
            self._tasks.start("tell of a pause of cancels", self._postpone(job_ids))

    async def _postpone(self, job_ids: list[str]) -> None:
        for count, job_id in enumerate(job_ids):
            await yield_to_loop(count)
            self._on_call_held(job_id)

    def _show_stage(self, job_id: str, stage: CancelStage) -> None:
        self._job_store.set_transient(job_id, cancel_stage=stage)

    def _cancellable_job(self, job_id: str) -> Job | None:
        """Returns the job if it can still be cancelled and a cancel was requested, else None."""
        job = self._job_store.jobs.get(job_id)
        can_be = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
        return job if job is not None and can_be and job.cancel_asked else None

    async def _run_request(self, job_id: str, wake: WakeEvent) -> None:
        """Sends the cancel request and waits for its effect, until the request has ended.

        Runs in its own task, because polls of the job may be paused.
        """
        while True:
            job, request = self._cancellable_job(job_id), self._live[job_id].cancel
            if job is None or request is None:
                return
            if request.accepted_s is None:
                await self._send(job, request, wake)
            else:
                await self._wait_for_effect(job, request, wake)

    async def _send(self, job: Job, request: CancelRequest, wake: WakeEvent) -> None:
        try:
            report = await self._cancel(job)
        except Problem as problem:
            wait_s = await self._on_no_answer(job, request, problem)
            if wait_s is not None:
                request.was_woken = await wake.wait(wait_s)
        else:
            await self._on_answer(job, request, report)

    async def _on_answer(self, job: Job, request: CancelRequest, report: CancelReport) -> None:
        if report.is_accepted:
            request.accepted_s = _loop_time_s()
            self._show_stage(job.job_id, CancelStage.ACCEPTED)
            self._withdraw_notice()
            return
        _log.info("Job %s: cancel refused with %.80r", job.job_id, report.raw_status)
        was_ended = await self._end(job, CancelStage.NEW)
        # If the cancel was sent twice, the first request may have been the effective one.
        if was_ended and not request.may_have_arrived:
            self._notices.post_info(
                _("“%s” cannot be cancelled any more.") % job.title,
                _("RunComfy says that it is at its end. Its result is shown when it is there."),
            )

    async def _wait_for_effect(self, job: Job, request: CancelRequest, wake: WakeEvent) -> None:
        """Waits for the status, which says whether the cancel took effect.

        Repeats the cancel at intervals while the service reports that the job continues. Finally
        lets the cancel request expire, even if its effect is unknown.
        """
        span_s, parts = self._policy.cancel_expiry_s, self._policy.max_cancel_repeats + 1
        remaining_s = (request.accepted_s or 0.0) + span_s - _loop_time_s()
        if remaining_s <= 0.0:
            await self._expire(job)
            return
        # The last part ends when the cancel request expires.
        wait_s = remaining_s - span_s * (parts - 1 - request.elapsed_parts) / parts
        if wait_s > 0.0:
            await wake.wait(wait_s)
            return
        request.elapsed_parts += 1
        if request.is_still_running:
            await self._repeat(job, remaining_s)

    async def _repeat(self, job: Job, remaining_s: float) -> None:
        """Sends an accepted cancel again, with the priority of a poll.

        Polls show whether the first cancel took effect. The response to the repeated one changes
        nothing: a refusal may mean that the first one was effective.
        """
        try:
            async with asyncio.timeout(remaining_s):
                report = await self._cancel(job, Priority.NORMAL)
        except (Problem, TimeoutError) as error:
            _log.info("Job %s: cancel repeated in vain: %s", job.job_id, type(error).__name__)
        else:
            _log.info("Job %s: cancel repeated, answer %.80r", job.job_id, report.raw_status)

    async def _expire(self, job: Job) -> None:
        """Ends the cancel request so that the user can cancel again.

        The notice says nothing about the job's state: it may not have been polled since.
        """
        if await self._end(job, CancelStage.UNCONFIRMED):
            self._report(
                "no effect",
                Problem(
                    _("RunComfy accepted a cancel, but did not report the job as cancelled."),
                    _("“%s” may cost money until it ends.") % job.title,
                    _("You can cancel it once more in the queue."),
                ),
            )

    async def _cancel(self, job: Job, priority: Priority = Priority.CANCEL) -> CancelReport:
        try:
            return await self._gateway.cancel(job, priority)
        except Problem as problem:
            if not may_be_at_other_version(problem):
                raise
            found = await move_if_at_other_version(self._gateway, self._job_store, job, priority)
            if found is None:
                raise
            return await self._gateway.cancel(found, priority)

    async def _on_no_answer(
        self, job: Job, request: CancelRequest, problem: Problem
    ) -> float | None:
        """Records a failed try. Returns the seconds until the next one, None after the last one."""
        if self._cancellable_job(job.job_id) is None:
            return None
        self._show_stage(job.job_id, CancelStage.DEFERRED)
        is_refused = problem.kind is ProblemKind.AUTH
        is_postponed = problem.kind in _NOT_REFUSAL_KINDS or problem.retry_after_s
        if not request.was_woken:
            request.tries += 1
            request.unanswered += not is_postponed
        request.may_have_arrived = request.may_have_arrived or not (is_refused or problem.is_unsent)
        if problem.kind in _TRANSIENT_KINDS and request.unanswered < self._policy.max_cancel_tries:
            # Not reported for requests of an earlier session: at the start there may be no key yet.
            if not request.is_reported and (request.is_from_this_session or not is_refused):
                request.is_reported = True
                self._report("unanswered", _retried_problem(problem))
            return self._policy.cancel_retry_backoff.delay_s(request.tries)
        if await self._end(job, CancelStage.DEFERRED):
            self._report("given up", problem)
        return None

    async def _end(self, job: Job, stage: CancelStage) -> bool:
        """Ends the cancel request so that the user can cancel again.

        Returns False if the job is over, or the user has already cancelled again.
        """
        live = self._live[job.job_id]
        live.cancel = None
        self._withdraw_notice()

        change = end_cancel(stage, lambda: live.cancel is not None)
        return await self._job_store.apply(job.job_id, change) is not None

    def _report(self, subject: str, problem: Problem) -> None:
        last_s, now_s = self._reported_s.get(subject), _loop_time_s()
        self._reported_s[subject] = now_s
        if last_s is not None and now_s - last_s < _NOTICE_INTERVAL_S:
            return
        if subject == "unanswered":
            self._is_unanswered_reported = True
            self._notices.post_failure(problem, subject=CANCEL_UNANSWERED)
        else:
            self._notices.post_failure(problem)

    def _withdraw_notice(self) -> None:
        """Withdraws the notice about unanswered requests once none of them is pending."""
        if not self._is_unanswered_reported:
            return
        requests = (live.cancel for live in self._pending())
        if not any(each and each.is_reported and each.accepted_s is None for each in requests):
            self._is_unanswered_reported = False
            self._notices.outdated.publish(CANCEL_UNANSWERED)


def _wake(live: LiveJob) -> None:
    if live.cancel_wake is not None:
        live.cancel_wake.set()


def _retried_problem(problem: Problem) -> Problem:
    retry_text = _("The cancel is kept, and is tried again by itself.")
    return Problem(
        problem.title,
        " ".join(filter(None, (problem.detail, retry_text))),
        kind=problem.kind,
        technical=problem.technical,
    )


def _loop_time_s() -> float:
    return asyncio.get_running_loop().time()
