"""The whole table of transitions: every pair of states, and every path through the table."""

from __future__ import annotations

from itertools import product

import pytest

from runcomfy_desktop.domain.jobs.job import IllegalTransition, JobState, can_transition
from tests.support.job_factory import make_job

S = JobState
ALLOWED = {
    (S.WAITING, S.SENDING),
    (S.WAITING, S.CANCELLED),
    (S.WAITING, S.FAILED),
    (S.WAITING, S.HELD),
    (S.HELD, S.WAITING),
    (S.HELD, S.CANCELLED),
    (S.SENDING, S.HELD),
    (S.SENDING, S.QUEUED),
    (S.SENDING, S.UNCERTAIN),
    (S.SENDING, S.FAILED),
    (S.UNCERTAIN, S.QUEUED),
    (S.UNCERTAIN, S.CANCELLED),
    (S.QUEUED, S.RUNNING),
    (S.RUNNING, S.QUEUED),
    (S.FETCHING, S.QUEUED),
    (S.FETCHING, S.RUNNING),
    (S.FETCHING, S.DONE),
    *product((S.QUEUED, S.RUNNING), (S.FETCHING,)),
    *product((S.QUEUED, S.RUNNING, S.FETCHING), (S.CANCELLED, S.FAILED, S.LOST)),
}


@pytest.mark.parametrize(("old", "new"), list(product(JobState, JobState)))
def test_every_pair_of_states(old: JobState, new: JobState) -> None:
    assert can_transition(old, new) == ((old, new) in ALLOWED)
    job = make_job(old)
    if can_transition(old, new) or old is new:
        assert job.with_state(new, reason="x").state is new
    else:
        with pytest.raises(IllegalTransition):
            job.with_state(new)


def _reachable(start: JobState) -> set[JobState]:
    found, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        further = {state for state in JobState if can_transition(here, state)} - found
        found |= further
        ahead += further
    return found


def test_what_was_sent_never_waits_again_and_is_never_sent_again() -> None:
    unsent = {S.WAITING, S.HELD, S.SENDING}
    for state in set(JobState) - unsent:
        assert not _reachable(state) & unsent
    # A job that is being sent returns only through HELD, which requires a proof.
    assert not can_transition(S.SENDING, S.WAITING)


def test_every_job_can_end_and_a_finished_one_stays() -> None:
    finished = {state for state in JobState if state.is_finished}
    assert finished == {S.DONE, S.FAILED, S.CANCELLED, S.LOST}
    for state in JobState:
        assert _reachable(state) & finished
        if state.is_finished:
            assert _reachable(state) == {state}


def test_only_held_and_uncertain_jobs_wait_for_a_person() -> None:
    idle = {state for state in JobState if not state.is_active and not state.is_finished}
    assert idle == {S.HELD, S.UNCERTAIN}
