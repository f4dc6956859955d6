"""Polls accepted jobs and records the responses.

A poll without a response says nothing about the job: the job continues at the service and stays
active here. Only the service's own report ends it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.api.inference import RequestPhase, ResultReport, ResultState, ResultTooLarge
from runcomfy_desktop.core.jobs import job_transitions
from runcomfy_desktop.core.jobs.job_transitions import (
    FINAL_STATES,
    POLLED_STATES,
    move_from_version,
    moved_to_other_version,
)
from runcomfy_desktop.core.jobs.live_job import WakeEvent
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy, next_poll_wait_s
from runcomfy_desktop.core.jobs.queue_version_fallback import (
    may_be_at_other_version,
    move_if_at_other_version,
)
from runcomfy_desktop.core.jobs.rate_limiter import Priority
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.canceller import Canceller
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.service_gateway import ServiceGateway

_NO_RESULT_KINDS = (ProblemKind.NOT_FOUND, ProblemKind.REJECTED)
_UNREACHABLE_KINDS = (ProblemKind.OFFLINE, ProblemKind.TIMEOUT)
_REFUSED_KINDS = (ProblemKind.AUTH, ProblemKind.FOREIGN)
# Problems that are usually over at the next poll; a single one is not shown in the job's row.
_TRANSIENT_KINDS = (
    *_UNREACHABLE_KINDS,
    ProblemKind.BUSY,
    ProblemKind.SERVER,
    ProblemKind.UNREADABLE,
)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _PollState:
    """Poll counters of one job; times are on the loop's clock."""

    accepted_s: float
    state_since_s: float
    """Time when the job entered its state."""
    state: JobState
    running_answers: int = 0
    failures: int = 0
    refusals: int = 0
    busy_answers: int = 0
    not_found_answers: int = 0
    not_found_since_s: float = 0.0
    missing_endpoint_answers: int = 0
    no_results: int = 0
    unknown_answers: int = 0

    def on_answer(self) -> None:
        self.failures = self.refusals = self.busy_answers = self.not_found_answers = (
            self.missing_endpoint_answers
        ) = 0

    def on_failure(self, problem: Problem, now_s: float) -> None:
        if problem.kind is ProblemKind.NOT_FOUND:
            self.not_found_since_s = self.not_found_since_s if self.not_found_answers else now_s
            self.not_found_answers += 1
        else:
            self.not_found_answers = 0
        self.missing_endpoint_answers = (
            self.missing_endpoint_answers + 1 if problem.is_endpoint_missing else 0
        )
        self.refusals += problem.kind in _REFUSED_KINDS
        # Requests that come too often are slowed down for all jobs together: see RequestPause.
        if problem.kind is ProblemKind.BUSY:
            self.busy_answers += 1
        else:
            self.failures += 1


class _NextPoll(Enum):
    """The next step after a poll."""

    WAIT = "wait"
    CONTINUE = "go on"
    BACK_OFF = "stay back"
    """Wait for a wake event or for a long time: the key was refused, for this or for all jobs."""


class JobPoller:
    """Polls accepted jobs until they have a result or have ended without one."""

    def __init__(
        self,
        gateway: ServiceGateway,
        job_store: JobStore,
        notices: Notices,
        canceller: Canceller,
        policy: QueuePolicy,
        now: Callable[[], float],
    ) -> None:
        self._gateway = gateway
        self._job_store = job_store
        self._notices = notices
        self._canceller = canceller
        self._policy = policy
        self._now = now
        self._index, self._live = job_store.index, job_store.live
        self._is_window_visible = True
        self._has_unreached = False
        self._is_version_reported = False

    def poll_now(self, job_id: str) -> None:
        """Polls one job at once."""
        self._gateway.prioritize(job_id)
        if (wake := self._live[job_id].poll_wake) is not None:
            wake.set()

    def wake(self) -> None:
        """Polls all jobs at once, because the key, the network or the settings changed."""
        self._gateway.key_gate.reopen()
        self._gateway.allow_probes()
        self._wake_all()
        self._canceller.wake()

    def on_computer_woke(self, slept_s: float) -> None:
        """Polls all jobs at once after the computer has slept.

        `slept_s` is the time for which the loop's clock stood still as well.
        """
        self._gateway.advance(slept_s)
        self._wake_all()
        self._canceller.wake()

    def set_window_visible(self, is_visible: bool) -> None:
        """Sets whether the window is visible; jobs are polled more rarely while it is not."""
        if is_visible and not self._is_window_visible:
            self._wake_all()
        self._is_window_visible = is_visible

    def _wake_all(self) -> None:
        for job in self._index.in_state(*POLLED_STATES):
            if (wake := self._live[job.job_id].poll_wake) is not None:
                wake.set()

    async def poll_until_result(self, job_id: str) -> ResultReport | None:
        """Polls until the job has a result, and returns the result; the job is FETCHING then.

        Returns None if the job is not polled or ended without a result, which is already recorded
        then.
        """
        job = self._polled_job(job_id)
        if job is None:
            return None
        poll_state, live = self._initial_state(job), self._live[job_id]
        live.poll_wake = wake = WakeEvent()
        try:
            while (job := self._polled_job(job_id)) is not None:
                self._canceller.start(job_id)
                outcome = await self._poll(job, poll_state)
                if isinstance(outcome, ResultReport):
                    return outcome
                if outcome is not _NextPoll.CONTINUE:
                    was_woken = await wake.wait(self._wait_s(job_id, outcome, poll_state))
                    poll_state.failures = 0 if was_woken else poll_state.failures
            return None
        finally:
            live.poll_wake, live.is_unreached = None, False
            self._gateway.forget(job_id)
            self._canceller.forget(job_id)

    def _initial_state(self, job: Job) -> _PollState:
        """Returns the first counters; their times are on the loop's clock, which cannot be set."""
        now_s, wall_s = _loop_time_s(), self._now()
        since_s = max(job.queued_s, job.running_s)
        return _PollState(
            now_s - max(0.0, wall_s - job.queued_s), now_s - max(0.0, wall_s - since_s), job.state
        )

    def _polled_job(self, job_id: str) -> Job | None:
        job = self._job_store.jobs.get(job_id)
        return job if job is not None and job.state in POLLED_STATES else None

    def _wait_s(self, job_id: str, outcome: _NextPoll, poll_state: _PollState) -> float:
        if outcome is _NextPoll.BACK_OFF:
            return self._policy.key_refused_backoff.delay_s(poll_state.refusals)
        job, now_s = self._job_store.jobs.get(job_id), _loop_time_s()
        if job is not None and job.state is not poll_state.state:
            poll_state.state, poll_state.state_since_s = job.state, now_s
        wait_s = next_poll_wait_s(
            self._policy,
            now_s - poll_state.state_since_s,
            unknown_answers=poll_state.unknown_answers,
            failures=poll_state.failures,
            is_visible=self._is_window_visible,
        )
        # The wait in the queue for requests is part of this wait, not added to it.
        return max(0.0, wait_s - self._gateway.queue_delay_s)

    async def _poll(self, job: Job, poll_state: _PollState) -> ResultReport | _NextPoll:
        try:
            if job.state is JobState.FETCHING:
                outcome = await self._poll_result(job, poll_state)
            else:
                outcome = await self._poll_status(job, poll_state)
        except Problem as problem:
            return await self._on_problem(job, problem, poll_state)
        poll_state.on_answer()
        self._on_reached(job.job_id)
        return outcome

    def _on_reached(self, job_id: str) -> None:
        """Wakes the jobs that could not reach the service, since it can be reached again."""
        self._live[job_id].is_unreached = False
        if not self._has_unreached:
            return
        self._has_unreached = False
        for job in self._index.in_state(*POLLED_STATES):
            other = self._live[job.job_id]
            if other.is_unreached and other.poll_wake is not None:
                other.is_unreached = False
                other.poll_wake.set()

    async def _poll_status(self, job: Job, poll_state: _PollState) -> ResultReport | _NextPoll:
        report = await self._gateway.status(job)
        poll_state.unknown_answers = (
            poll_state.unknown_answers + 1 if report.phase is RequestPhase.UNKNOWN else 0
        )
        if report.phase is RequestPhase.ENDED:
            await self._job_store.apply(
                job.job_id, job_transitions.start_fetching(report.instance_id)
            )
            return _NextPoll.CONTINUE
        if report.phase is RequestPhase.CANCELLED:
            return await self._on_cancelled(job)
        await self._job_store.apply(job.job_id, job_transitions.update_status(report, self._now()))
        if report.phase is not RequestPhase.UNKNOWN:
            self._canceller.on_still_running(job.job_id)
        if report.phase is RequestPhase.QUEUED:
            return _NextPoll.WAIT
        poll_state.running_answers += 1
        if poll_state.running_answers % self._policy.polls_per_result_check == 0:
            return await self._poll_result_early(job)
        return _NextPoll.WAIT

    async def _poll_result(self, job: Job, poll_state: _PollState) -> ResultReport | _NextPoll:
        """Requests the result of a job whose status is final: the result says how the job ended."""
        try:
            report = await self._gateway.result(job)
        except ResultTooLarge as problem:
            # It may have been a single bad response.
            poll_state.no_results += 1
            if poll_state.no_results < self._policy.max_result_tries:
                raise _retried_problem(problem) from None
            await self._job_store.apply(
                job.job_id, job_transitions.mark_unreadable(problem, self._now())
            )
            return _NextPoll.CONTINUE
        except Problem as problem:
            if problem.kind not in _NO_RESULT_KINDS:
                raise
            # The result is not ready, or the request is gone; in that case `status` raises a
            # Problem.
            await self._gateway.status(job)
            poll_state.no_results += 1
            if poll_state.no_results < self._policy.max_result_tries:
                raise _not_ready_problem(problem) from None
            return await self._poll_result_at_other_version(job, problem)
        poll_state.unknown_answers = (
            poll_state.unknown_answers + 1 if report.state is ResultState.UNKNOWN else 0
        )
        return await self._handle_result(job, report)

    async def _poll_result_at_other_version(
        self, job: Job, problem: Problem
    ) -> ResultReport | _NextPoll:
        """Tries the other version of the queue before the job is marked as lost."""
        other = moved_to_other_version(job)
        report = await self._result_if_any(other) if may_be_at_other_version(problem) else None
        if report is None or report.state not in FINAL_STATES:
            change = job_transitions.mark_lost(_no_result_problem(problem), self._now())
            await self._job_store.apply(job.job_id, change)
            return _NextPoll.CONTINUE
        await self._job_store.apply(job.job_id, move_from_version(job.queue_version))
        return await self._handle_result(other, report)

    async def _poll_result_early(self, job: Job) -> ResultReport | _NextPoll:
        """Requests a running job's result: the status of some jobs stays `in_progress` for ever."""
        report = await self._result_if_any(job, Priority.NORMAL)
        if report is None or report.state not in FINAL_STATES:
            return _NextPoll.WAIT
        _log.info("Job %s has a result although its status says otherwise", job.job_id)
        return await self._handle_result(job, report)

    async def _on_cancelled(self, job: Job) -> ResultReport | _NextPoll:
        """Requests the result of a cancelled job once: it has the times, and the run may have
        finished before the cancel."""
        report = await self._result_if_any(job)
        if report is None or report.state not in FINAL_STATES:
            report = ResultReport(ResultState.CANCELLED, "cancelled")
        return await self._handle_result(job, report)

    async def _result_if_any(
        self, job: Job, priority: Priority = Priority.URGENT
    ) -> ResultReport | None:
        try:
            return await self._gateway.result(job, priority)
        except Problem as problem:
            # Nothing depends on this response; polling continues as if it had not been requested.
            _log.info("No early result of job %s: %s", job.job_id, problem.kind.value)
            return None

    async def _handle_result(self, job: Job, report: ResultReport) -> ResultReport | _NextPoll:
        """Starts fetching, ends the job or continues polling, depending on the result."""
        if report.state is ResultState.SUCCEEDED:
            await self._job_store.apply(
                job.job_id, job_transitions.start_fetching(report.instance_id)
            )
            return report
        await self._job_store.apply(
            job.job_id, job_transitions.finish_without_success(report, self._now())
        )
        return _NextPoll.CONTINUE if report.state in FINAL_STATES else _NextPoll.WAIT

    async def _on_problem(self, job: Job, problem: Problem, poll_state: _PollState) -> _NextPoll:
        job_id = job.job_id
        poll_state.on_failure(problem, _loop_time_s())
        is_lost = self._is_lost(poll_state)
        if (
            is_lost or self._should_try_other_version(poll_state)
        ) and await self._try_other_version(job):
            poll_state.on_answer()
            return _NextPoll.CONTINUE
        if is_lost:
            await self._job_store.apply(job_id, job_transitions.mark_lost(problem, self._now()))
            return _NextPoll.CONTINUE
        if problem.kind in _UNREACHABLE_KINDS:
            self._live[job_id].is_unreached = self._has_unreached = True
        if (
            problem.kind not in _TRANSIENT_KINDS
            or poll_state.failures + poll_state.busy_answers > 1
        ):
            self._job_store.set_transient(job_id, trouble=problem.sentence())
        return _NextPoll.BACK_OFF if problem.kind in _REFUSED_KINDS else _NextPoll.WAIT

    def _is_lost(self, poll_state: _PollState) -> bool:
        now_s = _loop_time_s()
        return (
            poll_state.not_found_answers >= self._policy.lost_after_answers
            and now_s - poll_state.not_found_since_s >= self._policy.lost_after_s
            and now_s - poll_state.accepted_s >= self._policy.min_lost_age_s
        )

    def _should_try_other_version(self, poll_state: _PollState) -> bool:
        """Returns True if the other version of the queue should be tried.

        That is at the second response in a row that reports this version's endpoint as missing, and
        periodically after that.
        """
        period = self._policy.lost_after_answers
        return (
            poll_state.missing_endpoint_answers > 0
            and poll_state.missing_endpoint_answers % period == min(2, period - 1)
        )

    async def _try_other_version(self, job: Job) -> bool:
        """Moves the job to the other version of the queue if known there; returns True if moved."""
        found = await move_if_at_other_version(self._gateway, self._job_store, job)
        if found is None:
            return False
        if not self._is_version_reported:
            self._is_version_reported = True
            self._notices.post_info(
                _("RunComfy does not answer %s for running jobs any more.") % job.queue_version,
                _(
                    "They go on with %s, and nothing was sent again. For new jobs, "
                    "choose %s under “Queue API version” in Settings."
                )
                % (found.queue_version, found.queue_version),
            )
        return True


def _loop_time_s() -> float:
    return asyncio.get_running_loop().time()


def _not_ready_problem(problem: Problem) -> Problem:
    return Problem(
        _("The run has ended, but its result is not there yet."),
        _("The program keeps asking for it."),
        kind=ProblemKind.SERVER,
        technical=problem.technical,
    )


def _retried_problem(problem: Problem) -> Problem:
    return Problem(
        problem.title,
        _("The program keeps asking for it."),
        kind=problem.kind,
        technical=problem.technical,
    )


def _no_result_problem(problem: Problem) -> Problem:
    return Problem(
        _("The run has ended, but the service does not give its result."),
        _("Results are kept there for 7 days. The run was billed all the same."),
        _("Run it again if you need it."),
        technical=problem.technical,
    )
