from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.core.turns import UNKNOWN_S, Turns, turn_of
from runcomfy_desktop.domain.job import Hold, Job, JobState
from tests.support.jobs import make_job

S = JobState
NOW_S = 10_000.0


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """A job of a few, so that later ones replace earlier ones."""
    state = draw(st.sampled_from(list(S)))
    return make_job(
        state,
        job_id=draw(st.sampled_from("abcdefgh")),
        deployment_id=draw(st.sampled_from(["one", "two"])),
        order=float(draw(st.integers(0, 3))),
        created_s=float(draw(st.integers(0, 2))),
        hold=draw(st.sampled_from(list(Hold))) if state is S.HELD else None,
        sent_s=NOW_S - draw(st.sampled_from([1.0, UNKNOWN_S - 1, UNKNOWN_S])),
    )


@given(st.lists(st.one_of(jobs(), st.sampled_from("abcdefgh")), max_size=60))
def test_it_knows_what_a_look_at_all_jobs_would_tell(events: list[Job | str]) -> None:
    turns, known = Turns(), dict[str, Job]()
    for event in events:
        if isinstance(event, str):
            assert turns.forget(event) is _counts(known.pop(event, None))
        else:
            turns.note(event)
            known[event.job_id] = event
    in_line = sorted(known.values(), key=turn_of)
    unsent = [job.job_id for job in in_line if job.state in (S.WAITING, S.HELD)]
    waiting = [job for job in in_line if job.state is S.WAITING]
    assert turns.unsent() == unsent
    assert turns.waiting() == [job.job_id for job in waiting]
    assert turns.waiting_count == len(waiting)
    assert +turns.held == Counter(job.hold for job in in_line if job.state is S.HELD)
    heads = {job.deployment_id: job.job_id for job in reversed(waiting)}
    assert dict(turns.heads()) == heads
    for deployment_id in ("one", "two"):
        of_it = [job for job in known.values() if job.deployment_id == deployment_id]
        assert turns.at_work(deployment_id, NOW_S) == sum(map(_takes_a_place, of_it))


def _counts(job: Job | None) -> bool:
    return job is not None and (
        job.state in (S.WAITING, S.HELD, S.UNCERTAIN) or _takes_a_place(job)
    )


def _takes_a_place(job: Job) -> bool:
    young = job.state is S.UNCERTAIN and NOW_S - job.sent_s < UNKNOWN_S
    return young or job.state in (S.SENDING, S.QUEUED, S.RUNNING)


def test_what_stepped_out_of_the_line_is_out_until_it_is_noted_anew() -> None:
    turns, job = Turns(), make_job(S.WAITING)
    turns.note(job)
    turns.step_out(job.job_id)
    turns.step_out(job.job_id)
    assert (list(turns.heads()), turns.waiting_count, turns.unsent()) == ([], 0, [])
    assert turns.note(job)
    assert not turns.note(job)
    assert list(turns.heads()) == [(job.deployment_id, job.job_id)]


def test_it_knows_when_an_unknown_answer_stops_to_take_a_place() -> None:
    turns = Turns()
    assert turns.next_unknown_s(NOW_S) is None
    turns.note(make_job(S.UNCERTAIN, sent_s=50.0))
    assert turns.next_unknown_s(50.0) == 50.0 + UNKNOWN_S


def test_what_an_earlier_program_held_without_saying_why_is_held_for_the_person() -> None:
    turns = Turns()
    turns.note(make_job(S.HELD))
    assert turns.held_by(Hold.RESTART) == ["job-1"]
    assert turns.held_by(Hold.OFFLINE) == []


def test_an_unknown_answer_from_the_future_takes_a_place_for_an_hour_at_most() -> None:
    turns = Turns()
    job = make_job(S.UNCERTAIN, sent_s=NOW_S + 1e6)
    turns.note(job)
    assert turns.at_work(job.deployment_id, NOW_S) == 0


def test_what_has_lost_its_place_is_not_waited_for_any_more() -> None:
    turns = Turns()
    turns.note(make_job(S.UNCERTAIN, sent_s=50.0))
    assert turns.next_unknown_s(50.0 + UNKNOWN_S - 1.0) == 50.0 + UNKNOWN_S
    assert turns.next_unknown_s(50.0 + UNKNOWN_S) is None
