"""The whole table of moves, by the real ledger on a real file: whatever is wished, answered and cut
off in whatever order, no job is lost, none is sent twice, and none moves where it must not."""

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
    Accepted,
    Phase,
    ResultReport,
    StatusReport,
    Verdict,
)
from runcomfy_desktop.core import answers, intents
from runcomfy_desktop.core.ledger import Ledger
from runcomfy_desktop.core.new_job import Birth, job_again
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.domain.job import Hold, Job, JobState, may_move
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import History, as_stored
from tests.support.jobs import make_job
from tests.support.soak import examples

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from runcomfy_desktop.core.ledger import Step

T = TypeVar("T")
S = JobState
NOW_S = 2000.0
_PHASES = st.sampled_from([Phase.QUEUED, Phase.RUNNING, Phase.UNKNOWN])
_UNSENT = (S.WAITING, S.HELD)


@dataclass
class Sent:
    """What the service knows: how often each job's body went out, and under which ids."""

    bodies: dict[str, int]
    accepted: dict[str, str]


class Moves(RuleBasedStateMachine):
    """One program after the other on one history file."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "history.sqlite"
        self._loop = asyncio.new_event_loop()
        self._sent = Sent({}, {})
        self._known: dict[str, JobState] = {}
        self._born = 0
        self._start()

    def teardown(self) -> None:
        self._do(self._ledger.close())
        self._do(self._database.close())
        self._loop.close()
        self._folder.cleanup()

    # What a person wishes

    @rule(count=st.integers(1, 3))
    def run(self, count: int) -> None:
        jobs = [self._new() for _each in range(count)]
        self._do(self._ledger.add_all(jobs))

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def wish(self, data: st.DataObject) -> None:
        job_ids = data.draw(st.lists(st.sampled_from(sorted(self._known)), min_size=1, max_size=3))
        step = data.draw(
            st.sampled_from(
                [
                    intents.cancel(NOW_S),
                    intents.discard(NOW_S),
                    intents.release(),
                    *map(intents.hold, Hold),
                    intents.reorder(dict.fromkeys(self._known, 5.0)),
                ]
            )
        )
        self._do(self._ledger.commit_all(job_ids, step))

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self._known)))
        was_uncertain = self._ledger.jobs[job_id].state is S.UNCERTAIN
        new = job_again(self._ledger.jobs[job_id], Birth("here", "v1", NOW_S))
        replaced = self._do(self._ledger.replace(job_id, intents.sent_again(NOW_S), new))
        assert replaced is was_uncertain
        assert (new.job_id in self._ledger.jobs) is was_uncertain

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def adopt(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self._known)))
        step = intents.adopt(f"found-{job_id}", [], NOW_S)
        self._do(self._ledger.commit(job_id, step))

    # What comes of it

    @precondition(lambda self: self._in(S.WAITING))
    @rule(data=st.data())
    def begin_to_send(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(self._in(S.WAITING)))

        def begin(job: Job) -> Job | None:
            if job.state is not S.WAITING:
                return None
            return job.moved(S.SENDING, sent_s=NOW_S)

        if self._do(self._ledger.commit(job_id, begin)) is not None:
            assert self._on_disk()[job_id].state is S.SENDING

    @precondition(lambda self: self._in(S.SENDING))
    @rule(data=st.data(), came=st.booleans())
    def answer_the_submit(self, data: st.DataObject, came: bool) -> None:
        job_id = data.draw(st.sampled_from(self._in(S.SENDING)))
        ways: list[Step] = [intents.unsent(Problem("No way.", kind=ProblemKind.OFFLINE))]
        if came:
            self._sent.bodies[job_id] = self._sent.bodies.get(job_id, 0) + 1
            self._sent.accepted[job_id] = f"r-{job_id}"
            took = Accepted(f"r-{job_id}", "", "", "", "v1")
            step = answers.accepted(took, self._ledger.jobs.values(), NOW_S)
            ways = [step, intents.uncertain("It was lost.")]
        elif data.draw(st.booleans()):
            self._sent.bodies[job_id] = self._sent.bodies.get(job_id, 0) + 1
            ways = [intents.failed(Problem("No."), NOW_S), intents.uncertain("It was lost.")]
        self._do(self._ledger.keep(job_id, data.draw(st.sampled_from(ways))))

    @precondition(lambda self: self._known)
    @rule(data=st.data(), phase=_PHASES, verdict=st.sampled_from(list(Verdict)))
    def answer_a_question(self, data: st.DataObject, phase: Phase, verdict: Verdict) -> None:
        job_id = data.draw(st.sampled_from(sorted(self._known)))
        step = data.draw(
            st.sampled_from(
                [
                    answers.seen(StatusReport(phase, "word"), NOW_S),
                    answers.ended(),
                    answers.lost(Problem("Gone."), NOW_S),
                    answers.unreadable(Problem("Too large."), NOW_S),
                ]
            )
        )
        self._do(self._ledger.keep(job_id, step))
        if verdict is not Verdict.SUCCEEDED:
            report = ResultReport(verdict, "word")
            self._do(self._ledger.keep(job_id, answers.no_success(report, NOW_S)))

    @rule(is_killed=st.booleans())
    def end_the_program(self, is_killed: bool) -> None:
        """What was not written is gone with it; all that was is there again."""
        if not is_killed:
            self._do(self._ledger.close())
        self._do(self._database.close())
        self._start()
        waiting, sending = self._in(S.WAITING), self._in(S.SENDING)
        self._do(self._ledger.keep_all(waiting, intents.hold(Hold.RESTART)))
        self._do(self._ledger.keep_all(sending, intents.uncertain("The program ended.")))
        assert not self._in(S.WAITING)
        assert not self._in(S.SENDING)

    # What is always so

    @invariant()
    def no_job_is_lost(self) -> None:
        assert self._on_disk() == {
            job_id: as_stored(job) for job_id, job in self._ledger.jobs.items()
        }
        assert set(self._known) == set(self._ledger.jobs)

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        assert all(count == 1 for count in self._sent.bodies.values())
        for job_id in self._sent.bodies:
            # What went out neither waits nor is held: nobody sends it once more.
            assert self._ledger.jobs[job_id].state not in (*_UNSENT, S.SENDING)

    @invariant()
    def what_was_accepted_is_followed_or_asked_about(self) -> None:
        for job_id, request_id in self._sent.accepted.items():
            job = self._ledger.jobs[job_id]
            settled = job.request_id in (request_id, f"found-{job_id}")
            assert settled or job.state in (S.UNCERTAIN, S.CANCELLED), job

    # Inside

    def _start(self) -> None:
        self._database = self._do(Database.open(self._path))
        history = History(self._database)
        self._ledger = Ledger(history, Notices(), rewrite_s=1.0)
        self._ledger.fill(self._do(history.load_recent(1000)))
        self._ledger.changed.subscribe(self._on_changed)

    def _on_changed(self, job: Job) -> None:
        before = self._known.get(job.job_id)
        assert before is None or before is job.state or may_move(before, job.state)
        assert job.state in _UNSENT or before is not None
        self._known[job.job_id] = job.state

    def _new(self) -> Job:
        self._born += 1
        return make_job(S.WAITING, job_id=f"job-{self._born}", request_id="", queued_s=0.0)

    def _in(self, state: JobState) -> list[str]:
        return sorted(each for each, job in self._ledger.jobs.items() if job.state is state)

    def _on_disk(self) -> dict[str, Job]:
        async def load() -> list[Job]:
            return await History(self._database).load_recent(1000)

        return {job.job_id: job for job in self._do(load())}

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


Moves.TestCase.settings = settings(max_examples=examples(15), stateful_step_count=25)
TestAnyOrderOfWishesAnswersAndEnds = Moves.TestCase
