from __future__ import annotations

from itertools import product

import pytest

from runcomfy_desktop.core.jobs import job_transitions
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState, can_transition
from tests.support.job_factory import make_job

NOW_S = 2000.0
STEPS = {
    "cancel": job_transitions.cancel(NOW_S),
    "discard": job_transitions.discard(NOW_S),
    "adopt": job_transitions.adopt("found-1", lambda _id: False, NOW_S),
    "uncertain": job_transitions.mark_uncertain("The line broke."),
    "found_id": job_transitions.record_request_id("found-1"),
    "hold": job_transitions.hold(HoldReason.PAUSED),
    "release": job_transitions.release(),
    "unsent": job_transitions.hold_unsent(Problem("No way.")),
    "sent_again": job_transitions.close_as_resent(NOW_S),
    "reorder": job_transitions.reorder({"job-1": 7.0}),
    "failed": job_transitions.fail(Problem("No.", "Nothing was sent.", "Try again."), NOW_S),
}
ENDS = {
    ("cancel", JobState.WAITING): JobState.CANCELLED,
    ("cancel", JobState.SENDING): JobState.SENDING,
    ("cancel", JobState.QUEUED): JobState.QUEUED,
    ("cancel", JobState.RUNNING): JobState.RUNNING,
    ("discard", JobState.UNCERTAIN): JobState.CANCELLED,
    ("adopt", JobState.UNCERTAIN): JobState.QUEUED,
    ("uncertain", JobState.SENDING): JobState.UNCERTAIN,
    ("found_id", JobState.SENDING): JobState.SENDING,
    ("cancel", JobState.HELD): JobState.CANCELLED,
    ("hold", JobState.WAITING): JobState.HELD,
    ("hold", JobState.HELD): JobState.HELD,
    ("release", JobState.HELD): JobState.WAITING,
    ("unsent", JobState.SENDING): JobState.HELD,
    ("sent_again", JobState.UNCERTAIN): JobState.CANCELLED,
    ("reorder", JobState.WAITING): JobState.WAITING,
    ("reorder", JobState.HELD): JobState.HELD,
    ("failed", JobState.WAITING): JobState.FAILED,
    ("failed", JobState.SENDING): JobState.FAILED,
}


@pytest.mark.parametrize(("name", "state"), list(product(STEPS, JobState)))
def test_every_intent_in_every_state(name: str, state: JobState) -> None:
    job = STEPS[name](make_job(state))
    wanted = ENDS.get((name, state))
    assert (job.state if job is not None else None) is wanted
    if job is not None and job.state is not state:
        assert can_transition(state, job.state)
        assert (job.finished_s == NOW_S) is job.state.is_finished


def test_a_cancel_is_wished_only_once() -> None:
    job = job_transitions.cancel(NOW_S)(make_job(JobState.RUNNING))
    assert job is not None
    assert job.cancel_asked
    assert job_transitions.cancel(NOW_S)(job) is None


def test_what_was_noted_of_an_answer_outlives_the_end_of_the_program() -> None:
    noted = job_transitions.record_request_id("found-1")(make_job(JobState.SENDING))
    assert noted is not None
    cut_off = job_transitions.mark_uncertain("The program ended.")(noted)
    refused = job_transitions.mark_uncertain("No.", "HTTP 500")(noted)
    assert cut_off is not None
    assert refused is not None
    assert (cut_off.technical, refused.technical) == ("request_id found-1", "HTTP 500")


def test_reasons_begin_with_the_line_for_the_row() -> None:
    job = STEPS["failed"](make_job(JobState.SENDING))
    assert job is not None
    assert job.reason == "No.\nNothing was sent.\nTry again."
    job = STEPS["discard"](make_job(JobState.UNCERTAIN, reason="The line broke."))
    assert job is not None
    assert job.reason.splitlines()[0] == "Discarded"
    assert job.reason.splitlines()[-1] == "The line broke."


def test_an_adopted_job_is_timed_from_when_it_was_sent_and_is_not_cancelled() -> None:
    lost = make_job(
        JobState.UNCERTAIN, sent_s=1500.0, cancel_asked=True, reason="why", queued_s=0.0
    )
    job = job_transitions.adopt("found-1", lambda _id: False, NOW_S)(lost)
    assert job is not None
    assert (job.request_id, job.queued_s, job.reason) == ("found-1", 1500.0, "")
    assert job.can_cancel


@pytest.mark.parametrize(
    "request_id", ["", " ", "-x", "../x", "a/b", "a?b", "a b", "a\n", "x" * 129, "ä", "a%2fb"]
)
def test_what_cannot_be_a_request_id_is_refused(request_id: str) -> None:
    with pytest.raises(Problem, match="not a request ID"):
        job_transitions.adopt(request_id, lambda _id: False, NOW_S)


def test_a_request_id_belongs_to_one_job() -> None:
    taken: set[str] = set()
    step = job_transitions.adopt("r-1", taken.__contains__, NOW_S)
    # Another job got the id while the service was queried about it.
    taken.add("r-1")
    with pytest.raises(Problem, match="another job"):
        step(make_job(JobState.UNCERTAIN))
