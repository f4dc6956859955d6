from __future__ import annotations

from itertools import product

import pytest

from runcomfy_desktop.api.inference import (
    AcceptedRequest,
    RequestPhase,
    ResultReport,
    ResultState,
    StatusReport,
)
from runcomfy_desktop.core.jobs import job_transitions
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import IllegalTransition, JobState, can_transition
from tests.support.job_factory import make_job

S = JobState
NOW_S = 2000.0
STEPS = {
    **{
        f"status {phase.value}": job_transitions.update_status(StatusReport(phase, "w"), NOW_S)
        for phase in RequestPhase
    },
    "ended": job_transitions.start_fetching("i-1"),
    **{
        f"result {verdict.value}": job_transitions.finish_without_success(
            ResultReport(verdict, "w"), NOW_S
        )
        for verdict in ResultState
        if verdict is not ResultState.SUCCEEDED
    },
    "lost": job_transitions.mark_lost(Problem("Gone."), NOW_S),
}


@pytest.mark.parametrize(("name", "state"), list(product(STEPS, JobState)))
def test_every_answer_in_every_state_is_a_legal_move_or_none(name: str, state: JobState) -> None:
    job = STEPS[name](make_job(state))
    if state not in job_transitions.POLLED_STATES:
        assert job is None
    elif job is not None:
        assert job.state is state or can_transition(state, job.state)


def _after(name: str, state: JobState) -> JobState | None:
    job = STEPS[name](make_job(state))
    return None if job is None else job.state


def test_what_answers_make_of_a_running_job() -> None:
    assert {name: _after(name, S.RUNNING) for name in STEPS} == {
        "status queued": S.QUEUED,
        "status running": S.RUNNING,
        # The queue applies `start_fetching` for these two; as a status alone they change nothing.
        "status ended": S.RUNNING,
        "status cancelled": S.RUNNING,
        "status unknown": S.RUNNING,
        "ended": S.FETCHING,
        "result failed": S.FAILED,
        "result cancelled": S.CANCELLED,
        "result queued": S.QUEUED,
        "result running": S.RUNNING,
        "result unknown": S.RUNNING,
        "lost": S.LOST,
    }


def test_acceptance_is_a_move_of_sent_jobs_only() -> None:
    answer = AcceptedRequest("r-2", "s", "r", "c", "v2")
    job = job_transitions.accept(answer, lambda _id: False, NOW_S)(make_job(S.SENDING))
    assert job is not None
    assert (job.state, job.request_id, job.queued_s) == (S.QUEUED, "r-2", NOW_S)
    ref = job_transitions.request_ref(job)
    assert (ref.status_url, ref.result_url, ref.cancel_url) == ("s", "r", "c")
    assert (ref.deployment_id, ref.request_id, ref.queue_version) == (
        job.deployment_id,
        "r-2",
        "v2",
    )
    with pytest.raises(IllegalTransition):
        job_transitions.accept(answer, lambda _id: False, NOW_S)(make_job(S.WAITING))


def test_an_id_that_another_job_has_is_no_acceptance() -> None:
    step = job_transitions.accept(
        AcceptedRequest("r-1", "", "", "", "v1"), {"r-1"}.__contains__, NOW_S
    )
    assert step(make_job(S.SENDING, request_id="")) is None


def test_running_time_begins_when_it_is_first_seen_and_anew_after_the_queue() -> None:
    run = job_transitions.update_status(StatusReport(RequestPhase.RUNNING, "in_progress"), NOW_S)
    later = job_transitions.update_status(
        StatusReport(RequestPhase.RUNNING, "in_progress"), NOW_S + 5
    )
    back = job_transitions.update_status(
        StatusReport(RequestPhase.QUEUED, "in_queue", queue_position=3), NOW_S + 6
    )
    job = run(make_job(S.QUEUED))
    assert job is not None
    assert job.running_s == NOW_S
    assert later(job) == job
    queued = back(job)
    assert queued is not None
    assert (queued.running_s, queued.queue_position) == (0.0, 3)


def test_an_unknown_word_is_kept_verbatim_until_a_known_one_comes() -> None:
    odd = job_transitions.update_status(StatusReport(RequestPhase.UNKNOWN, "Pondering!"), NOW_S)(
        make_job(trouble="x")
    )
    assert odd is not None
    assert (odd.state, odd.server_word, odd.trouble) == (S.QUEUED, "Pondering!", "")
    known = job_transitions.update_status(StatusReport(RequestPhase.QUEUED, "in_queue"), NOW_S)(odd)
    assert known is not None
    assert known.server_word == ""


def test_a_failed_result_brings_its_reason() -> None:
    report = ResultReport(ResultState.FAILED, "failed", reason="out of memory", technical="E 11011")
    job = job_transitions.finish_without_success(report, NOW_S)(make_job(S.FETCHING, trouble="x"))
    assert job is not None
    assert (job.reason, job.technical, job.trouble) == ("out of memory", "E 11011", "")
    assert job.finished_s == NOW_S


@pytest.mark.parametrize(
    ("created_s", "finished_s", "expected"),
    [
        (0.0, 0.0, NOW_S),  # the service gives no times
        (500.0, 0.0, NOW_S),
        (500.0, 540.0, 1050.0),  # forty seconds after acceptance, whatever its clock shows
        (9000.0, 9010.0, 1030.0),  # not before it was seen running
        (500.0, 99999.0, NOW_S),  # not after now
        (500.0, 400.0, 1030.0),
    ],
)
def test_the_end_is_told_by_our_own_clock(
    created_s: float, finished_s: float, expected: float
) -> None:
    job = make_job(S.FETCHING, running_s=1030.0)
    report = ResultReport(ResultState.SUCCEEDED, "succeeded", created_s, finished_s)
    assert job_transitions.finished_s(job, report, NOW_S) == expected
