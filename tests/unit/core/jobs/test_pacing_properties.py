"""Any actions of the user, faults and waits in any order: each job is sent once, in time, in turn.

Everything is real except network and time. Each step is followed by the checks: no job has two
bodies, requests keep their distance, the disk never claims less than what reached the service, and
no job starves. At the end the faults are over and everything is released: then every run that the
service accepted must reach its end here.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.jobs.send_queue import MAX_CONCURRENT_SENDS, QueueMove
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from tests.support.paced_program import (
    AT_SERVICE,
    SEED,
    PacedProgram,
    StarvationWatch,
    key_of,
    now_s,
)
from tests.support.service_model import Behaviour, ServiceFault
from tests.support.soak import share
from tests.support.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from hypothesis.strategies import SearchStrategy

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import Job
    from tests.support.service_model import ServiceModel

S = JobState
# A second holds no more than this number of starts.
STARTS_PER_SECOND = 9
# Requests beyond the usual number, for those that the user waits for.
URGENT_RESERVE = 3
TICK_S = 5.0
# The virtual clock only moves when the work of this moment is done, whatever the time.
SETTLED_S = 0.001
LAST_S = 4 * 3600.0

WORKFLOW = workflow_from_json({"3": {"class_type": "KSampler", "inputs": {"seed": 0}}})
# By their numbers of places; on the last one, more jobs are active than requests may be in flight.
DEPLOYMENTS = {
    places: Deployment(f"d-{places}", "flux", max_instances=places, queue_size=0)
    for places in (1, 3, 24)
}
# No more jobs are submitted beyond this number.
MANY_JOBS = 40
# Some are shorter than the distance of two requests.
THEN_S = st.sampled_from([0.0, 0.05, 0.5, 4.0, 25.0, 130.0])
FAULT_S = st.sampled_from([3.0, 40.0, 300.0])
FAULTS = st.builds(
    ServiceFault,
    st.sampled_from([each for each in Behaviour if each is not Behaviour.HEALTHY]),
    FAULT_S,
    st.sampled_from([None, 1, 20, 90, 400]),
)
PAUSES = st.builds(ServiceFault, st.just(Behaviour.HEALTHY), st.sampled_from([5.0, 40.0, 300.0]))
PLANS = st.lists(st.tuples(FAULTS, PAUSES), min_size=1, max_size=4).map(
    lambda pairs: tuple(itertools.chain.from_iterable(pairs))
)
WHICH = st.frozensets(st.integers(0, 11), min_size=1, max_size=4)


def timed(**strategies: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Makes a method a rule after which some seconds pass, during which the checks go on."""

    def decorate(method: Callable[..., None]) -> Any:
        @functools.wraps(method)
        def step(machine: PacingMachine, then_s: float, **values: Any) -> None:
            method(machine, **values)
            machine.pass_time(then_s)

        # The strategies could be the value of `target`, as far as mypy knows.
        return rule(then_s=THEN_S, **strategies)(step)  # type: ignore[call-overload]

    return decorate


class PacingMachine(RuleBasedStateMachine):
    """Steps in any order, each followed by the checks."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)
        self._loop_errors: list[str] = []
        self._runner.get_loop().set_exception_handler(
            lambda _loop, context: self._loop_errors.append(repr(context))
        )
        self._program = PacedProgram(Path(self._folder.name))
        self._watch = StarvationWatch(self._program)
        self._next_key = 1
        self._has_failed = False
        self._run(self._program.open)

    @property
    def _queue(self) -> JobQueue:
        return self._program.queue

    @property
    def has_few_jobs(self) -> bool:
        return len(self._program.jobs) < MANY_JOBS

    def pass_time(self, seconds: float) -> None:
        self._run(lambda: self._wait(seconds))

    # Actions of the user

    @initialize(
        counts=st.tuples(*[st.integers(0, places + 2) for places in DEPLOYMENTS]),
        sends_when_online=st.booleans(),
        plan=PLANS,
    )
    def start(
        self, counts: tuple[int, ...], sends_when_online: bool, plan: tuple[ServiceFault, ...]
    ) -> None:
        self._program.service.plan = plan
        set_preference = self._program.preferences.set
        self._act(lambda: set_preference(sends_when_online=sends_when_online))
        for places, count in zip(DEPLOYMENTS, counts, strict=True):
            self._submit(count, places)

    @precondition(lambda self: self.has_few_jobs)
    @timed(count=st.integers(1, 5), places=st.sampled_from(sorted(DEPLOYMENTS)))
    def submit(self, count: int, places: int) -> None:
        self._submit(count, places)

    @precondition(lambda self: self.has_few_jobs)
    @timed()
    def submit_twenty(self) -> None:
        self._submit(20, max(DEPLOYMENTS))

    @timed(which=WHICH, direction=st.sampled_from(QueueMove))
    def move(self, which: frozenset[int], direction: QueueMove) -> None:
        before = self._program.unsent
        moved = _chosen(before, which)
        self._act(lambda: self._queue.send_queue.move(moved, direction))
        self._check_order(before, moved, direction)

    @timed(which=WHICH)
    def pause(self, which: frozenset[int]) -> None:
        job_ids = _chosen(self._program.unsent, which)
        self._program.forbidden |= job_ids
        self._program.released -= job_ids
        self._act(lambda: self._queue.send_queue.pause(job_ids))

    @timed(which=WHICH, is_resumed=st.booleans())
    def send(self, which: frozenset[int], is_resumed: bool) -> None:
        job_ids = _chosen(self._program.unsent, which)
        self._release(job_ids)
        send_queue = self._queue.send_queue
        self._act(
            functools.partial(send_queue.resume if is_resumed else send_queue.send_now, job_ids)
        )

    @timed()
    def pause_queue(self) -> None:
        self._program.released.clear()
        self._act(self._queue.send_queue.pause_all)

    @timed()
    def resume_queue(self) -> None:
        self._release(job.job_id for job in self._program.unsent)
        self._act(self._queue.send_queue.resume_all)

    @timed()
    def send_everything(self) -> None:
        self.resume_queue(then_s=0.0)
        job_ids = [job.job_id for job in self._program.unsent]
        self._act(lambda: self._queue.send_queue.send_now(job_ids))

    @timed(which=WHICH)
    def cancel(self, which: frozenset[int]) -> None:
        job_ids = _chosen(self._program.jobs, which)
        self._program.forbidden |= job_ids & {job.job_id for job in self._program.unsent}
        self._act(lambda: self._queue.cancel_many(job_ids))

    @timed(which=WHICH)
    def poll_now(self, which: frozenset[int]) -> None:
        polled = [job for job in self._program.jobs if job.state in AT_SERVICE]
        for job_id in _chosen(polled, which):
            self._act(functools.partial(self._queue.poll_now, job_id))

    @timed(in_flight=st.integers(0, 4))
    def set_limit(self, in_flight: int) -> None:
        # A job that has been chosen waits for its turn, and the others are being sent.
        self._program.allowance = MAX_CONCURRENT_SENDS
        self._act(lambda: self._program.preferences.set(in_flight=in_flight))

    # Events

    @timed(fault=FAULTS)
    def service_fails(self, fault: ServiceFault) -> None:
        self._act(lambda: self._program.service.fail(fault))

    @timed(seconds=FAULT_S)
    def lose_key(self, seconds: float) -> None:
        self._act(lambda: self._program.lose_key(seconds))

    @timed()
    def replace_key(self) -> None:
        self._act(self._program.replace_key)

    @timed(seconds=FAULT_S, is_noticed=st.booleans())
    def lose_network(self, seconds: float, is_noticed: bool) -> None:
        self._act(lambda: self._program.lose_network(seconds, is_noticed=is_noticed))

    @timed()
    def wait(self) -> None:
        """Lets only time pass."""

    @timed(seconds=st.sampled_from([60.0, 900.0, 7200.0]))
    def sleep(self, seconds: float) -> None:
        """The computer sleeps, and the clock goes on."""

        async def step() -> None:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            # The work of this moment is done before, so that an example repeats exactly.
            while loop.running_threads:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0)
            loop.now_s += seconds
            self._program.service.disturbed_s = max(self._program.service.disturbed_s, loop.now_s)

        self._run(step)

    # Checks

    @invariant()
    def nothing_is_wrong(self) -> None:
        program = self._program
        faults = [*program.violations, *self._loop_errors, *_paced_wrongly(program.service)]
        faults += self._run(self._unwritten)
        self._require(not faults, "; ".join(faults))

    def teardown(self) -> None:
        """Ends all faults, releases everything, and expects each job to reach its end."""
        try:
            if not self._has_failed:
                self._end()
        finally:
            self._run(self._program.close)
            left = asyncio.all_tasks(self._runner.get_loop())
            self._runner.close()
            self._folder.cleanup()
        assert not left, f"left tasks: {left}"
        assert not self._loop_errors

    def _end(self) -> None:
        self._run(self._finish)
        self.nothing_is_wrong()
        self._require(not (faults := _lost(self._program)), "; ".join(faults))

    async def _finish(self) -> None:
        program, queue = self._program, self._queue
        program.service.recover()
        queue.send_queue.pause_all()
        program.check_account()
        self._program.preferences.set(in_flight=0)
        # Requests without an answer end, and so do all pauses that the service asked for.
        await self._wait(max(130.0, program.service.disturbed_s - now_s()))
        order = program.unsent
        self._release(job.job_id for job in order)
        sent_before = len(program.service.bodies)
        queue.send_queue.send_now([job.job_id for job in order])
        ends_s = now_s() + LAST_S
        while any(not job.state.is_finished for job in program.jobs):
            for job in program.jobs:
                if job.state is S.UNCERTAIN:
                    queue.discard(job.job_id)
            await self._wait(TICK_S)
            states = Counter(job.state.value for job in program.jobs)
            self._require(now_s() < ends_s, f"jobs do not end: {states}")
        sent = program.service.bodies[sent_before:]
        self._require(_in_order(sent, order), f"sent as {sent}, not in the order of the queue")

    def _check_order(self, before: list[Job], moved: set[str], direction: QueueMove) -> None:
        now = [job.job_id for job in self._program.unsent]
        old = [job.job_id for job in before if job.job_id in now]
        now = [each for each in now if each in old]
        # A job that was chosen waits for its turn, and does not move any more.
        is_moved = any(
            _is_moved(_without(old, chosen), _without(now, chosen), moved, direction)
            for chosen in ("", *old)
        )
        self._require(is_moved, f"moved {moved} {direction.value}: {old} became {now}")

    async def _unwritten(self) -> list[str]:
        """Returns the runs whose ids the program received, and did not write."""
        await asyncio.sleep(SETTLED_S)
        stored = self._program.stored()
        ids = {job_id: request_id for job_id, (_state, request_id) in stored.items()}
        by_key = {key_of(job): job.job_id for job in self._program.jobs}
        return [
            f"the id of job {run.key} is not on disk"
            for run in self._program.service.runs.values()
            if run.answered_s is not None
            and run.answered_s < now_s()
            and ids.get(by_key[run.key]) != run.request_id
        ]

    # Steps

    def _run(self, step: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return self._runner.run(step())

    def _act(self, action: Callable[[], object]) -> None:
        """Does something, and waits until it is written."""

        async def step() -> None:
            action()
            await asyncio.sleep(SETTLED_S)

        self._run(step)

    async def _wait(self, seconds: float) -> None:
        ends_s = now_s() + seconds
        while (left_s := ends_s - now_s()) > 0:
            await asyncio.sleep(min(TICK_S, left_s))
            self._program.check_account_again()
            starved = self._watch.starved()
            self._require(not starved, "; ".join(starved))

    def _require(self, condition: object, message: str) -> None:
        if not condition:
            self._has_failed = True
            raise AssertionError(message)

    def _submit(self, count: int, places: int) -> None:
        deployment = DEPLOYMENTS[places]
        runs = [RunRequest(self._draft(deployment), deployment) for _job in range(count)]
        self._act(lambda: self._queue.submit_many(runs))

    def _draft(self, deployment: Deployment) -> Draft:
        key, self._next_key = self._next_key, self._next_key + 1
        draft = Draft(WORKFLOW, DraftSource("flux"), deployment.deployment_id)
        return draft.with_values({SEED: key})

    def _release(self, job_ids: Iterable[str]) -> None:
        job_ids = set(job_ids)
        self._program.forbidden -= job_ids
        self._program.released |= job_ids


def _paced_wrongly(service: ServiceModel) -> list[str]:
    policy, starts_s = QueuePolicy(), service.starts_s
    pairs = zip(starts_s, starts_s[STARTS_PER_SECOND:], strict=False)
    faults = [f"ten requests from {one:.3f} to {ten:.3f}" for one, ten in pairs if ten - one < 1.0]
    if service.most_others_in_flight > policy.max_in_flight + URGENT_RESERVE:
        faults.append(f"{service.most_others_in_flight} polls and cancels in flight")
    if service.most_submits_in_flight > MAX_CONCURRENT_SENDS:
        faults.append(f"{service.most_submits_in_flight} submits in flight")
    return faults[:3]


def _lost(program: PacedProgram) -> list[str]:
    """Returns a line for each accepted run that belongs to no job, and each job with a false
    end."""
    service, faults = program.service, list[str]()
    by_key = {key_of(job): job for job in program.jobs}
    for run in service.runs.values():
        job = by_key[run.key]
        is_known = job.request_id == run.request_id
        if not is_known and job.job_id not in program.uncertain:
            faults.append(f"the run of job {run.key} is lost")
        if is_known and job.state is not (S.CANCELLED if run.is_cancelled else S.DONE):
            faults.append(f"job {run.key} is {job.state.value}")
    for key, job in by_key.items():
        was_refused = key in service.refused and not job.request_id
        if job.state in (S.FAILED, S.LOST) and not was_refused:
            faults.append(f"job {key} failed without a refusal")
    return faults


def _without(job_ids: list[str], job_id: str) -> list[str]:
    return [each for each in job_ids if each != job_id]


def _is_moved(old: list[str], now: list[str], moved: set[str], direction: QueueMove) -> bool:
    """Returns True if the moved jobs are where they belong, and all others in their order."""
    ours, others = [each for each in old if each in moved], [e for e in old if e not in moved]
    expected = {QueueMove.FIRST: ours + others, QueueMove.LAST: others + ours}
    is_kept = [each for each in now if each in moved] == ours
    is_kept = is_kept and [each for each in now if each not in moved] == others
    return is_kept and expected.get(direction, now) == now


def _chosen(jobs: Sequence[Job], which: Iterable[int]) -> set[str]:
    """Returns the ids of some jobs, by numbers that may be too large."""
    return {jobs[each % len(jobs)].job_id for each in which if jobs}


def _in_order(sent: list[int], order: list[Job]) -> bool:
    """Returns True if the jobs of each deployment were sent in the order of the queue."""
    expected, actual = defaultdict(list), defaultdict(list)
    by_key = {key_of(job): job for job in order}
    for key, job in by_key.items():
        if key in sent:
            expected[job.deployment_id].append(key)
    for key in sent:
        actual[by_key[key].deployment_id].append(key)
    return actual == expected


# A failing example is made shorter, which takes up to five minutes.
@pytest.mark.soak
@pytest.mark.timeout(900)
def test_whatever_happens_each_job_is_sent_once_in_time_and_in_turn() -> None:
    run_state_machine_as_test(
        PacingMachine,
        settings=settings(
            max_examples=share(20, 150),
            stateful_step_count=share(30, 60),
        ),
    )


def test_a_silent_service_gets_no_more_requests_than_there_are_connections() -> None:
    machine = PacingMachine()
    for _batch in range(2):
        machine.submit_twenty(then_s=5.0)
    silence = ServiceFault(Behaviour.SILENT, 400.0)
    machine.service_fails(fault=silence, then_s=0.0)
    machine.submit(count=5, places=3, then_s=0.0)
    machine.cancel(which=frozenset(range(8)), then_s=0.0)
    machine.poll_now(which=frozenset(range(20)), then_s=10.0)
    machine.nothing_is_wrong()
    machine.teardown()
