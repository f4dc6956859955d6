"""The whole table of state transitions, by the real job store on a real file.

Whatever the order of actions, responses and interruptions: no job is lost, none is sent twice, and
none makes a forbidden transition.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from runcomfy_desktop.api.inference import (
    AcceptedRequest,
    RequestPhase,
    ResultReport,
    ResultState,
    StatusReport,
)
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.jobs import job_transitions
from runcomfy_desktop.core.jobs.job_store import JobStore
from runcomfy_desktop.core.jobs.new_job import JobOrigin, job_from_earlier
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState, can_transition
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory, as_stored
from tests.support.job_factory import make_job
from tests.support.soak import examples

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from runcomfy_desktop.core.jobs.job_transitions import JobChange

T = TypeVar("T")
S = JobState
NOW_S = 2000.0
_PHASES = st.sampled_from([RequestPhase.QUEUED, RequestPhase.RUNNING, RequestPhase.UNKNOWN])
_UNSENT = (S.WAITING, S.HELD)


@dataclass
class ServiceRecord:
    """Records of the service: the number of bodies sent per job, and the accepted ids."""

    bodies: dict[str, int]
    accepted: dict[str, str]


class QueueMoves(RuleBasedStateMachine):
    """Programs that use one history file in sequence."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "history.sqlite"
        self._loop = asyncio.new_event_loop()
        self._sent = ServiceRecord({}, {})
        self._known: dict[str, JobState] = {}
        self._born = 0
        self._start()

    def teardown(self) -> None:
        self._do(self._job_store.close())
        self._do(self._database.close())
        self._loop.close()
        self._folder.cleanup()

    # Actions of the user

    @rule(count=st.integers(1, 3))
    def run(self, count: int) -> None:
        jobs = [self._new() for _each in range(count)]
        self._do(self._job_store.add_all(jobs))

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def request_cancel(self, data: st.DataObject) -> None:
        job_ids = data.draw(st.lists(st.sampled_from(sorted(self._known)), min_size=1, max_size=3))
        step = data.draw(
            st.sampled_from(
                [
                    job_transitions.cancel(NOW_S),
                    job_transitions.discard(NOW_S),
                    job_transitions.release(),
                    *map(job_transitions.hold, HoldReason),
                    job_transitions.reorder(dict.fromkeys(self._known, 5.0)),
                ]
            )
        )
        self._do(self._job_store.commit_all(job_ids, step))

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self._known)))
        was_uncertain = self._job_store.jobs[job_id].state is S.UNCERTAIN
        new = job_from_earlier(self._job_store.jobs[job_id], JobOrigin("here", "v1", NOW_S))
        replaced = self._do(
            self._job_store.replace(job_id, job_transitions.close_as_resent(NOW_S), new)
        )
        assert replaced is was_uncertain
        assert (new.job_id in self._job_store.jobs) is was_uncertain

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def adopt(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self._known)))
        step = job_transitions.adopt(f"found-{job_id}", lambda _id: False, NOW_S)
        self._do(self._job_store.commit(job_id, step))

    # Outcomes

    @precondition(lambda self: self._in(S.WAITING))
    @rule(data=st.data())
    def begin_to_send(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(self._in(S.WAITING)))
        begin = job_transitions.start_sending(10, {}, lambda _job: True, lambda: NOW_S)
        if self._do(self._job_store.commit(job_id, begin)) is not None:
            assert self._on_disk()[job_id].state is S.SENDING

    @precondition(lambda self: self._in(S.SENDING))
    @rule(data=st.data(), came=st.booleans())
    def answer_the_submit(self, data: st.DataObject, came: bool) -> None:
        job_id = data.draw(st.sampled_from(self._in(S.SENDING)))
        ways: list[JobChange] = [
            job_transitions.hold_unsent(Problem("No way.", kind=ProblemKind.OFFLINE))
        ]
        if came:
            self._sent.bodies[job_id] = self._sent.bodies.get(job_id, 0) + 1
            self._sent.accepted[job_id] = f"r-{job_id}"
            took = AcceptedRequest(f"r-{job_id}", "", "", "", "v1")
            step = job_transitions.accept(took, self._job_store.has_request_id, NOW_S)
            ways = [step, job_transitions.mark_uncertain("It was lost.")]
        elif data.draw(st.booleans()):
            self._sent.bodies[job_id] = self._sent.bodies.get(job_id, 0) + 1
            ways = [
                job_transitions.fail(Problem("No."), NOW_S),
                job_transitions.mark_uncertain("It was lost."),
            ]
        self._do(self._job_store.apply(job_id, data.draw(st.sampled_from(ways))))

    @precondition(lambda self: self._known)
    @rule(data=st.data(), phase=_PHASES, verdict=st.sampled_from(list(ResultState)))
    def answer_a_question(
        self, data: st.DataObject, phase: RequestPhase, verdict: ResultState
    ) -> None:
        job_id = data.draw(st.sampled_from(sorted(self._known)))
        step = data.draw(
            st.sampled_from(
                [
                    job_transitions.update_status(StatusReport(phase, "word"), NOW_S),
                    job_transitions.start_fetching(),
                    job_transitions.mark_lost(Problem("Gone."), NOW_S),
                    job_transitions.mark_unreadable(Problem("Too large."), NOW_S),
                ]
            )
        )
        self._do(self._job_store.apply(job_id, step))
        if verdict is not ResultState.SUCCEEDED:
            report = ResultReport(verdict, "word")
            self._do(
                self._job_store.apply(job_id, job_transitions.finish_without_success(report, NOW_S))
            )

    @rule(is_killed=st.booleans())
    def end_the_program(self, is_killed: bool) -> None:
        """Restarts the program: unwritten changes are lost, everything written is loaded again."""
        if not is_killed:
            self._do(self._job_store.close())
        self._do(self._database.close())
        self._start()
        waiting, sending = self._in(S.WAITING), self._in(S.SENDING)
        self._do(self._job_store.apply_all(waiting, job_transitions.hold(HoldReason.RESTART)))
        self._do(
            self._job_store.apply_all(sending, job_transitions.mark_uncertain("The program ended."))
        )
        assert not self._in(S.WAITING)
        assert not self._in(S.SENDING)

    # Invariants

    @invariant()
    def no_job_is_lost(self) -> None:
        assert self._on_disk() == {
            job_id: as_stored(job) for job_id, job in self._job_store.jobs.items()
        }
        assert set(self._known) == set(self._job_store.jobs)

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        assert all(count == 1 for count in self._sent.bodies.values())
        for job_id in self._sent.bodies:
            # A sent job neither waits nor is held: it is not sent again.
            assert self._job_store.jobs[job_id].state not in (*_UNSENT, S.SENDING)

    @invariant()
    def what_was_accepted_is_followed_or_asked_about(self) -> None:
        for job_id, request_id in self._sent.accepted.items():
            job = self._job_store.jobs[job_id]
            settled = job.request_id in (request_id, f"found-{job_id}")
            assert settled or job.state in (S.UNCERTAIN, S.CANCELLED), job

    def _start(self) -> None:
        self._database = self._do(Database.open(self._path))
        history = JobHistory(self._database)
        self._job_store = JobStore(history, Notices(), rewrite_interval_s=1.0)
        self._job_store.fill(self._do(history.load_recent(1000)))
        self._job_store.changed.subscribe(self._on_changed)

    def _on_changed(self, job: Job) -> None:
        before = self._known.get(job.job_id)
        assert before is None or before is job.state or can_transition(before, job.state)
        assert job.state in _UNSENT or before is not None
        self._known[job.job_id] = job.state

    def _new(self) -> Job:
        self._born += 1
        return make_job(S.WAITING, job_id=f"job-{self._born}", request_id="", queued_s=0.0)

    def _in(self, state: JobState) -> list[str]:
        return sorted(each for each, job in self._job_store.jobs.items() if job.state is state)

    def _on_disk(self) -> dict[str, Job]:
        async def load() -> list[Job]:
            return await JobHistory(self._database).load_recent(1000)

        return {job.job_id: job for job in self._do(load())}

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


QueueMoves.TestCase.settings = settings(max_examples=examples(15), stateful_step_count=25)
TestAnyOrderOfWishesAnswersAndEnds = QueueMoves.TestCase
