from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.core.jobs.send_order import UNKNOWN_TTL_S, SendOrder, send_order_key
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from tests.support.job_factory import make_job

S = JobState
NOW_S = 10_000.0


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Draws a job with one of a few ids, so that later jobs replace earlier ones."""
    state = draw(st.sampled_from(list(S)))
    return make_job(
        state,
        job_id=draw(st.sampled_from("abcdefgh")),
        deployment_id=draw(st.sampled_from(["one", "two"])),
        order=float(draw(st.integers(0, 3))),
        created_s=float(draw(st.integers(0, 2))),
        hold=draw(st.sampled_from(list(HoldReason))) if state is S.HELD else None,
        sent_s=NOW_S - draw(st.sampled_from([1.0, UNKNOWN_TTL_S - 1, UNKNOWN_TTL_S])),
    )


@given(st.lists(st.one_of(jobs(), st.sampled_from("abcdefgh")), max_size=60))
def test_it_knows_what_a_look_at_all_jobs_would_tell(events: list[Job | str]) -> None:
    turns, known = SendOrder(), dict[str, Job]()
    for event in events:
        if isinstance(event, str):
            assert turns.remove(event) is _counts(known.pop(event, None))
        else:
            turns.update(event)
            known[event.job_id] = event
    in_line = sorted(known.values(), key=send_order_key)
    unsent = [job.job_id for job in in_line if job.state in (S.WAITING, S.HELD)]
    waiting = [job for job in in_line if job.state is S.WAITING]
    assert turns.unsent() == unsent
    assert turns.waiting() == [job.job_id for job in waiting]
    assert turns.waiting_count == len(waiting)
    assert +turns.held_counts == Counter(job.hold for job in in_line if job.state is S.HELD)
    heads = {job.deployment_id: job.job_id for job in reversed(waiting)}
    assert dict(turns.first_waiting()) == heads
    for deployment_id in ("one", "two"):
        of_it = [job for job in known.values() if job.deployment_id == deployment_id]
        assert turns.in_flight_count(deployment_id, NOW_S) == sum(map(_takes_a_place, of_it))


def _counts(job: Job | None) -> bool:
    return job is not None and (
        job.state in (S.WAITING, S.HELD, S.UNCERTAIN) or _takes_a_place(job)
    )


def _takes_a_place(job: Job) -> bool:
    young = job.state is S.UNCERTAIN and NOW_S - job.sent_s < UNKNOWN_TTL_S
    return young or job.state in (S.SENDING, S.QUEUED, S.RUNNING)


def test_what_stepped_out_of_the_queue_is_out_until_it_is_noted_anew() -> None:
    turns, job = SendOrder(), make_job(S.WAITING)
    turns.update(job)
    turns.remove_waiting(job.job_id)
    turns.remove_waiting(job.job_id)
    assert (list(turns.first_waiting()), turns.waiting_count, turns.unsent()) == ([], 0, [])
    assert turns.update(job)
    assert not turns.update(job)
    assert list(turns.first_waiting()) == [(job.deployment_id, job.job_id)]


def test_it_knows_when_an_unknown_answer_stops_to_take_a_place() -> None:
    turns = SendOrder()
    assert turns.next_unknown_expiry_s(NOW_S) is None
    turns.update(make_job(S.UNCERTAIN, sent_s=50.0))
    assert turns.next_unknown_expiry_s(50.0) == 50.0 + UNKNOWN_TTL_S


def test_what_an_earlier_program_held_without_saying_why_is_held_for_the_person() -> None:
    turns = SendOrder()
    turns.update(make_job(S.HELD))
    assert turns.held_by(HoldReason.RESTART) == ["job-1"]
    assert turns.held_by(HoldReason.OFFLINE) == []


def test_an_unknown_answer_from_the_future_takes_a_place_for_an_hour_at_most() -> None:
    turns = SendOrder()
    job = make_job(S.UNCERTAIN, sent_s=NOW_S + 1e6)
    turns.update(job)
    assert turns.in_flight_count(job.deployment_id, NOW_S) == 0


def test_what_has_lost_its_place_is_not_waited_for_any_more() -> None:
    turns = SendOrder()
    turns.update(make_job(S.UNCERTAIN, sent_s=50.0))
    assert turns.next_unknown_expiry_s(50.0 + UNKNOWN_TTL_S - 1.0) == 50.0 + UNKNOWN_TTL_S
    assert turns.next_unknown_expiry_s(50.0 + UNKNOWN_TTL_S) is None
