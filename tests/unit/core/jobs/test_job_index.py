from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.core.jobs.job_index import UNKNOWN_TTL_S, JobIndex, send_order_key
from runcomfy_desktop.domain.jobs.job import CancelStage, HoldReason, Job, JobState
from tests.support.job_factory import make_job

S = JobState
NOW_S = 10_000.0
DEPLOYMENTS = {"a": "one", "b": "one", "c": "one", "d": "one"}
BATCHES = {"a": "batch-1", "b": "batch-1", "e": "batch-1", "f": "batch-2"}


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Draws a job with one of a few ids, so that later jobs replace earlier ones."""
    state, job_id = draw(st.sampled_from(list(S))), draw(st.sampled_from("abcdefgh"))
    return make_job(
        state,
        job_id=job_id,
        deployment_id=DEPLOYMENTS.get(job_id, "two"),
        batch_id=BATCHES.get(job_id, ""),
        order=float(draw(st.integers(0, 3))),
        reason=draw(st.sampled_from(["", "Its workflow has changed."])),
        created_s=float("abcdefgh".index(job_id) // 2),
        hold=draw(st.sampled_from(list(HoldReason))) if state is S.HELD else None,
        cancel_asked=draw(st.booleans()),
        queued_s=float(draw(st.integers(0, 3))),
        running_s=float(draw(st.integers(0, 3))),
        finished_s=float(draw(st.integers(0, 3))) if state.is_finished else 0.0,
        sent_s=NOW_S - draw(st.sampled_from([1.0, UNKNOWN_TTL_S - 1, UNKNOWN_TTL_S])),
    )


@given(st.lists(st.one_of(jobs(), st.sampled_from("abcdefgh")), max_size=60))
def test_the_index_knows_what_a_look_at_all_jobs_would_tell(events: list[Job | str]) -> None:
    index, known = JobIndex(), dict[str, Job]()
    for event in events:
        if isinstance(event, str):
            assert index.remove(event) == known.pop(event, None)
        else:
            assert index.put(event) == known.get(event.job_id)
            known[event.job_id] = event
    assert dict(index.jobs) == known
    for state in S:
        in_state = {job.job_id for job in known.values() if job.state is state}
        assert {job.job_id for job in index.in_state(state)} == in_state
        assert index.count(state) == len(in_state)
    for since_s in (0.0, 2.0, 3.0):
        ended = [job for job in known.values() if job.state.is_finished]
        of_it = [job for job in ended if max(job.created_s, job.finished_s) >= since_s]
        assert index.ended_count_since(since_s) == len(of_it)
    assert index.cancellable_count == sum(job.can_cancel for job in known.values())
    _assert_send_order(index, sorted(known.values(), key=send_order_key))
    for deployment_id in ("one", "two"):
        of_it = [job for job in known.values() if job.deployment_id == deployment_id]
        assert index.in_flight_count(deployment_id, NOW_S) == sum(map(_takes_a_place, of_it))
        counts = {state: index.deployment_count(deployment_id, state) for state in S}
        assert +Counter(counts) == Counter(job.state for job in of_it)
        _assert_order_at_service(index, deployment_id, of_it)
    for batch_id in ("batch-1", "batch-2"):
        _assert_batch(index, batch_id, [job for job in known.values() if job.batch_id == batch_id])


def _assert_send_order(index: JobIndex, in_order: list[Job]) -> None:
    waiting = [job for job in in_order if job.state is S.WAITING]
    ids = [job.job_id for job in waiting]
    assert index.unsent() == [job.job_id for job in in_order if job.state in (S.WAITING, S.HELD)]
    assert index.waiting() == index.ready() == ids
    assert +index.held_counts == Counter(job.hold for job in in_order if job.state is S.HELD)
    outdated = [job for job in in_order if job.state is S.HELD and job.hold is HoldReason.PAUSED]
    assert index.outdated_count == sum(bool(job.reason) for job in outdated)
    first = {job.deployment_id: job for job in reversed(waiting)}
    assert {job.deployment_id: job for job in index.first_ready()} == first
    for job in waiting:
        others = [each.job_id for each in waiting if each.deployment_id == job.deployment_id]
        assert index.jobs_ahead(job) == others.index(job.job_id)
        assert index.waiting(job.deployment_id) == others


def _assert_order_at_service(index: JobIndex, deployment_id: str, of_it: list[Job]) -> None:
    queued = [job for job in of_it if job.state is S.QUEUED]
    queued.sort(key=lambda job: (job.queued_s, job.job_id))
    assert index.oldest_queued(deployment_id) == (queued[0] if queued else None)
    assert [index.queued_before(job) for job in queued] == list(range(len(queued)))
    running = [job for job in of_it if job.state is S.RUNNING]
    running.sort(key=lambda job: (job.running_s, job.job_id))
    assert [index.running(deployment_id, n) for n in range(len(running))] == running


def _assert_batch(index: JobIndex, batch_id: str, jobs: list[Job]) -> None:
    count = index.batch(batch_id)
    assert index.batch_jobs(batch_id) == jobs
    assert index.batch_states(batch_id) == Counter(job.state for job in jobs)
    numbers = [(n, len(jobs)) for n in range(1, len(jobs) + 1)] if len(jobs) > 1 else [(0, 0)]
    assert [index.number_in_batch(job) for job in jobs] == numbers[: len(jobs)]
    assert count.total == len(jobs)
    assert count.done == sum(job.state is S.DONE for job in jobs)
    assert count.failed == sum(job.state in (S.FAILED, S.LOST) for job in jobs)
    assert count.cancelled == sum(job.state is S.CANCELLED for job in jobs)
    assert count.finished == sum(job.state.is_finished for job in jobs)
    assert count.open == sum(job.can_cancel for job in jobs)


def _takes_a_place(job: Job) -> bool:
    young = job.state is S.UNCERTAIN and NOW_S - job.sent_s < UNKNOWN_TTL_S
    return young or job.state in (S.SENDING, S.QUEUED, S.RUNNING)


def test_a_job_set_aside_is_not_ready_until_its_state_or_order_changes() -> None:
    index, job = JobIndex(), make_job(S.WAITING)
    index.put(job)
    index.set_aside(job.job_id)
    index.set_aside(job.job_id)
    index.put(replace(job, trouble="no answer"))
    assert (list(index.first_ready()), index.ready(), index.unsent()) == ([], [], [job.job_id])
    assert index.waiting() == [job.job_id]
    index.put_back(job.job_id)
    index.put_back(job.job_id)
    assert index.ready() == [job.job_id]
    index.set_aside(job.job_id)
    moved = replace(job, order=7.0)
    index.put(moved)
    assert list(index.first_ready()) == [moved]


def test_a_job_can_be_cancelled_again_if_its_cancel_request_is_deferred() -> None:
    index, running = JobIndex(), make_job(S.RUNNING)
    index.put(running)
    index.put(make_job(S.FETCHING, job_id="fetching"))
    assert index.cancellable_count == 1
    index.put(replace(running, cancel_asked=True))
    assert index.cancellable_count == 0
    index.put(replace(running, cancel_asked=True, cancel_stage=CancelStage.DEFERRED))
    assert index.cancellable_count == 1
    index.put(make_job(S.SENDING, job_id="sending"))
    assert index.cancellable_count == 2


def test_a_number_in_a_batch_is_the_stored_one() -> None:
    index = JobIndex()
    jobs = [
        make_job(job_id=f"j{number}", batch_id="b", batch_number=number, batch_count=4)
        for number in (4, 1, 2, 3)
    ]
    for job in jobs:
        index.put(job)
    assert [index.number_in_batch(job) for job in jobs] == [(4, 4), (1, 4), (2, 4), (3, 4)]
    index.remove("j1")
    assert index.number_in_batch(jobs[2]) == (2, 4)
    only = make_job(job_id="only", batch_id="c", batch_number=1, batch_count=1)
    assert index.number_in_batch(only) == (0, 0)


def test_jobs_without_stored_numbers_are_numbered_in_their_order_of_arrival() -> None:
    index = JobIndex()
    jobs = [make_job(job_id=each, batch_id="b") for each in "acb"]
    for job in (*jobs, make_job(job_id="alone")):
        index.put(job)
    assert [index.number_in_batch(job) for job in jobs] == [(1, 3), (2, 3), (3, 3)]
    assert index.number_in_batch(index.jobs["alone"]) == (0, 0)
    index.put(replace(jobs[0], state=S.DONE))
    assert index.number_in_batch(jobs[0]) == (1, 3)
    removed = index.remove("c")
    assert removed == jobs[1]
    assert [index.number_in_batch(job) for job in jobs] == [(1, 2), (0, 0), (2, 2)]
    index.put(jobs[1])
    index.sort({"a": 0, "alone": 1, "b": 2, "c": 3})
    assert [index.number_in_batch(job) for job in jobs] == [(1, 3), (3, 3), (2, 3)]


def test_what_decides_nothing_here_is_no_new_revision() -> None:
    index, job = JobIndex(), make_job(S.SENDING)
    index.put(job)
    revision = index.revision
    index.put(replace(job, sent_bytes=10))
    assert index.revision == revision
    index.put(job.with_state(S.QUEUED))
    assert index.revision > revision


def test_a_machine_is_warm_while_it_runs_a_job_and_if_it_has_since() -> None:
    index, job = JobIndex(), make_job(S.RUNNING, running_s=20.0)
    assert not index.is_warm(job.deployment_id, 10.0)
    index.put(job)
    assert index.is_warm(job.deployment_id, 10.0)
    # It has run, and its files are still being downloaded.
    index.put(job.with_state(S.FETCHING, finished_s=30.0))
    assert index.is_warm(job.deployment_id, 30.0)
    assert not index.is_warm(job.deployment_id, 31.0)


def test_it_knows_when_an_unknown_answer_stops_to_take_a_place() -> None:
    index = JobIndex()
    assert index.next_unknown_expiry_s(NOW_S) is None
    index.put(make_job(S.UNCERTAIN, sent_s=50.0))
    assert index.next_unknown_expiry_s(50.0) == 50.0 + UNKNOWN_TTL_S
    assert index.next_unknown_expiry_s(50.0 + UNKNOWN_TTL_S - 1.0) == 50.0 + UNKNOWN_TTL_S
    assert index.next_unknown_expiry_s(50.0 + UNKNOWN_TTL_S) is None


def test_what_an_earlier_program_held_without_saying_why_is_held_for_the_user() -> None:
    index = JobIndex()
    index.put(make_job(S.HELD))
    assert index.held_by(HoldReason.RESTART) == ["job-1"]
    assert index.held_by(HoldReason.OFFLINE) == []


def test_an_unknown_answer_from_the_future_takes_a_place_for_an_hour_at_most() -> None:
    index = JobIndex()
    job = make_job(S.UNCERTAIN, sent_s=NOW_S + 1e6)
    index.put(job)
    assert index.in_flight_count(job.deployment_id, NOW_S) == 0


def test_restored_jobs_go_back_to_their_place() -> None:
    index = JobIndex()
    for job_id in "acb":
        index.put(make_job(S.DONE, job_id=job_id, batch_id="batch"))
    index.sort({"a": 0, "b": 1, "c": 2})
    assert list(index.jobs) == ["a", "b", "c"]
    assert index.batch_jobs("batch") == list(index.jobs.values())
