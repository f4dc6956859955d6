from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.jobs.rate_limiter import Priority, RateLimiter
from runcomfy_desktop.core.jobs.request_pause import RequestPause
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.soak import examples
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import Sequence

PACE = QueuePolicy()
U, A, S, C = Priority.NORMAL, Priority.URGENT, Priority.SUBMIT, Priority.CANCEL


@dataclass
class PassedRequest:
    """Admitted request with its times."""

    who: str
    priority: Priority
    came_s: float
    went_s: float


@dataclass
class RateLimiterHarness:
    """A rate limiter with its requests; each is in flight for `inside_s`."""

    pace: QueuePolicy = PACE
    inside_s: float = 0.0
    passed: list[PassedRequest] = field(default_factory=list)
    ended_inside: int = 0

    def __post_init__(self) -> None:
        self.poll_pause = RequestPause(self.pace)
        self.submit_pause, self.cancel_pause = RequestPause(self.pace), RequestPause(self.pace)
        pauses = {
            U: self.poll_pause,
            A: self.poll_pause,
            S: self.submit_pause,
            C: self.cancel_pause,
        }
        self.rate_limiter = RateLimiter(self.pace, pauses)
        self.live = LiveJobs()
        self._tasks: list[asyncio.Task[None]] = []

    def request(self, who: str, priority: Priority = U) -> asyncio.Task[None]:
        task = asyncio.create_task(self._pass(who, priority))
        self._tasks.append(task)
        return task

    async def _pass(self, who: str, priority: Priority) -> None:
        came_s = now_s()
        async with self.rate_limiter.acquire(self.live.enter(who), priority):
            self.passed.append(PassedRequest(who, priority, came_s, now_s()))
            try:
                await asyncio.sleep(self.inside_s)
            except asyncio.CancelledError:
                self.ended_inside += 1
                raise

    async def wait_until_all_passed(self) -> list[str]:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.rate_limiter.close()
        for pause in (self.poll_pause, self.submit_pause, self.cancel_pause):
            pause.close()
        return [each.who for each in self.passed]


def now_s() -> float:
    return asyncio.get_running_loop().time()


def busy_problem(seconds: float) -> Problem:
    problem = Problem("no", kind=ProblemKind.BUSY)
    problem.retry_after_s = seconds
    return problem


def max_per_second(moments: Sequence[float]) -> int:
    """Returns the highest number of moments in any second, including its end."""
    highest = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > 1.0:
            first += 1
        highest = max(highest, last - first + 1)
    return highest


def test_nobody_waits_when_it_is_quiet_and_many_go_one_after_the_other() -> None:
    async def test() -> None:
        harness = RateLimiterHarness()
        begun_s = now_s()
        for number in range(4):
            harness.request(str(number))
        await asyncio.sleep(0)
        assert harness.rate_limiter.queue_delay_s == pytest.approx(3 * PACE.request_interval_s)
        assert await harness.wait_until_all_passed() == ["0", "1", "2", "3"]
        assert harness.rate_limiter.queue_delay_s == 0.0
        waited = [each.went_s - begun_s for each in harness.passed]
        assert waited == pytest.approx(
            [0.0, PACE.request_interval_s, 2 * PACE.request_interval_s, 3 * PACE.request_interval_s]
        )

    run_virtually(test)


def test_the_urgent_go_first_now_and_then_and_never_starve_the_others() -> None:
    async def test() -> None:
        harness = RateLimiterHarness(replace(PACE, turns_per_urgent=3))
        for number in range(6):
            harness.request(f"u{number}")
        await asyncio.sleep(0)
        for number in range(6):
            harness.request(f"a{number}", A)
        order = await harness.wait_until_all_passed()
        assert order == ["u0", "u1", "a0", "u2", "u3", "a1", "u4", "u5", "a2", "a3", "a4", "a5"]

    run_virtually(test)


def test_an_urgent_question_takes_the_place_of_another_about_the_same_job() -> None:
    async def test() -> None:
        harness = RateLimiterHarness(replace(PACE, turns_per_urgent=1000))
        for who in ("first", "x", "y", "z"):
            harness.request(who)
        await asyncio.sleep(0)
        harness.request("y", A)
        harness.request("z", A)
        await harness.wait_until_all_passed()
        order = [(each.who, each.priority) for each in harness.passed]
        assert order == [
            ("first", U), ("x", U), ("y", A), ("z", A), ("y", U), ("z", U),
        ]  # fmt: skip

    run_virtually(test)


def test_whom_the_person_asks_about_goes_first() -> None:
    async def test() -> None:
        harness = RateLimiterHarness(replace(PACE, turns_per_urgent=2))
        harness.rate_limiter.prioritize(harness.live.enter("later"))
        for number in range(5):
            harness.request(str(number))
        await asyncio.sleep(0)
        harness.rate_limiter.prioritize(harness.live.enter("4"))
        assert (await harness.wait_until_all_passed())[:2] == ["0", "4"]
        for number in range(3):
            harness.request(str(number))
        harness.request("later")
        harness.request("nobody")
        await harness.wait_until_all_passed()
        assert [each.who for each in harness.passed if each.priority is U].index("later") <= 7

    run_virtually(test)


def test_only_so_many_are_inside_and_room_is_kept_for_the_urgent() -> None:
    async def test() -> None:
        harness = RateLimiterHarness(
            replace(PACE, request_interval_s=0.0, max_in_flight=2), inside_s=10.0
        )
        for number in range(5):
            harness.request(f"u{number}")
        await asyncio.sleep(0)
        harness.request("a", A)
        await asyncio.sleep(1.0)
        assert [each.who for each in harness.passed] == ["u0", "u1", "a"]
        assert len(await harness.wait_until_all_passed()) == 6

    run_virtually(test)


def test_who_gives_up_leaves_the_queue_and_frees_its_place() -> None:
    async def test() -> None:
        harness = RateLimiterHarness(replace(PACE, max_in_flight=1), inside_s=1.0)
        harness.request("a")
        waiting = harness.request("b")
        inside = harness.request("c")
        harness.request("b")
        harness.request("d")
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(1.5)
        inside.cancel()
        assert await harness.wait_until_all_passed() == ["a", "c", "d", "b"]

    run_virtually(test)


def test_in_a_pause_nobody_passes_but_who_is_let_through() -> None:
    async def test() -> None:
        harness = RateLimiterHarness()
        harness.poll_pause.on_refused(busy_problem(100.0), harness.poll_pause.epoch)
        begun_s = now_s()
        for who in ("a", "b", "c"):
            harness.request(who)
        harness.request("hurried", A)
        await asyncio.sleep(50.0)
        assert harness.passed == []
        harness.poll_pause.allow_probe()
        await asyncio.sleep(10.0)
        assert [each.who for each in harness.passed] == ["hurried"]
        assert await harness.wait_until_all_passed() == ["hurried", "a", "b", "c"]
        assert harness.passed[1].went_s - begun_s == pytest.approx(100.0)

    run_virtually(test)


def test_who_went_through_before_a_pause_began_is_no_proof_that_it_is_over() -> None:
    async def test() -> None:
        harness = RateLimiterHarness(replace(PACE, request_interval_s=0.0, max_in_flight=1))

        async def ask_well() -> None:
            async with harness.rate_limiter.acquire(harness.live.enter("second")) as asked:
                harness.poll_pause.on_success(asked)

        async with harness.rate_limiter.acquire(harness.live.enter("first")) as asked:
            second = asyncio.create_task(ask_well())
            await asyncio.sleep(1.0)
        # The second is admitted, and gets no response before the first is refused.
        harness.poll_pause.on_refused(busy_problem(100.0), asked)
        await second
        assert harness.poll_pause.remaining_s == pytest.approx(100.0)
        await harness.wait_until_all_passed()

    run_virtually(test)


def test_cancels_and_submits_go_first_and_a_third_of_the_turns_is_left_to_questions() -> None:
    async def test() -> None:
        harness = RateLimiterHarness()
        harness.request("first")
        for number in range(4):
            harness.request(f"u{number}")
        harness.request("a", A)
        await asyncio.sleep(0)
        for number in range(4):
            harness.request(f"s{number}", S)
        for number in range(3):
            harness.request(f"c{number}", C)
        order = await harness.wait_until_all_passed()
        assert order == [
            "first", "c0", "c1", "c2", "u0", "s0", "s1", "u1", "s2", "s3", "u2", "u3", "a",
        ]  # fmt: skip

    run_virtually(test)


def test_cancels_that_get_no_answer_leave_places_for_questions_and_submits() -> None:
    async def test() -> None:
        harness = RateLimiterHarness(inside_s=30.0)
        for number in range(100):
            harness.request(f"c{number}", C)
        harness.request("u", U)
        harness.request("s", S)
        await asyncio.sleep(10.0)
        assert {"u", "s"} <= {each.who for each in harness.passed}
        await harness.wait_until_all_passed()

    run_virtually(test)


def test_a_cancel_takes_the_place_of_a_question_about_its_job() -> None:
    async def test() -> None:
        harness = RateLimiterHarness()
        begun_s = now_s()
        harness.poll_pause.on_refused(busy_problem(100.0), harness.poll_pause.epoch)
        harness.request("job", A)
        await asyncio.sleep(1.0)
        harness.request("job", C)
        await asyncio.sleep(1.0)
        assert [(each.who, each.priority) for each in harness.passed] == [("job", C)]
        assert await harness.wait_until_all_passed() == ["job", "job"]
        assert harness.passed[1].went_s - begun_s == pytest.approx(100.0)

    run_virtually(test)


def test_each_priority_waits_for_the_end_of_its_own_pause() -> None:
    async def test() -> None:
        harness = RateLimiterHarness()
        begun_s = now_s()
        harness.submit_pause.on_refused(busy_problem(50.0), 0)
        harness.cancel_pause.on_refused(busy_problem(100.0), 0)
        for who, priority in (("c", C), ("s", S), ("u", U)):
            harness.request(who, priority)
        assert await harness.wait_until_all_passed() == ["u", "s", "c"]
        went_s = [each.went_s - begun_s for each in harness.passed]
        assert went_s == pytest.approx([0.0, 50.0, 100.0])

    run_virtually(test)


# Possible events: a request, a job made urgent by the user, a pause requested by the service, a
# request in spite of it, and a cancelled request.
_STEPS = st.lists(
    st.tuples(
        st.floats(0.0, 3.0),
        st.sampled_from(["usual", "usual", "usual", "urgent", "urge", "pause", "let one", "leave"]),
        st.integers(0, 30),
    ),
    max_size=150,
)


@settings(max_examples=examples(50))
@given(_STEPS)
@example([(0.0, "usual", 0), (0.0, "leave", 0)])
def test_whatever_happens_turns_are_kept(steps: list[tuple[float, str, int]]) -> None:
    async def test() -> None:
        harness = RateLimiterHarness(replace(PACE, turns_per_urgent=4))
        passes, rested_s = 0, 0.0
        tasks: list[asyncio.Task[None]] = []
        for wait_s, what, number in steps:
            if what in ("usual", "urgent"):
                tasks.append(harness.request(str(number), A if what == "urgent" else U))
            elif what == "urge":
                harness.rate_limiter.prioritize(harness.live.enter(str(number)))
            elif what == "pause":
                harness.poll_pause.on_refused(busy_problem(float(number)), harness.poll_pause.epoch)
                # A pause without a time gets the client's default.
                rested_s += number or PACE.busy_backoff.max_s
            elif what == "let one" and harness.poll_pause.is_active:
                harness.poll_pause.allow_probe()
                passes += 1
            elif what == "leave" and tasks:
                tasks[number % len(tasks)].cancel()
            await asyncio.sleep(wait_s)
        await harness.wait_until_all_passed()
        let_through = sum(not task.cancelled() for task in tasks) + harness.ended_inside
        assert len(harness.passed) == let_through
        moments = [each.went_s for each in harness.passed]
        gaps = [after - before for before, after in itertools.pairwise(moments)]
        assert all(gap >= PACE.request_interval_s - 1e-9 for gap in gaps)
        assert max_per_second(moments) < 10
        # Limit: all requests at the normal interval, with one urgent poll in four, plus the pauses.
        most_s = (len(tasks) + 1) * PACE.request_interval_s * 4 / 3 + rested_s
        assert all(each.went_s - each.came_s <= most_s + 1e-6 for each in harness.passed)

    run_virtually(test)


@pytest.mark.parametrize("share_urgent", [0.0, 0.3, 1.0])
def test_of_a_thousand_jobs_that_always_wait_none_waits_two_minutes(share_urgent: float) -> None:
    """Each job queues again as soon as it was admitted, often with an urgent request."""

    async def job(harness: RateLimiterHarness, who: str, number: int) -> None:
        for turn in range(6):
            is_urgent = (number * 7 + turn * 13) % 100 < share_urgent * 100
            priority = A if is_urgent else U
            came_s = now_s()
            async with harness.rate_limiter.acquire(harness.live.enter(who), priority):
                harness.passed.append(PassedRequest(who, priority, came_s, now_s()))

    async def test() -> None:
        harness = RateLimiterHarness()
        async with asyncio.TaskGroup() as group:
            for number in range(1000):
                group.create_task(job(harness, str(number), number))
        assert max(each.went_s - each.came_s for each in harness.passed) <= 120.0
        assert max_per_second([each.went_s for each in harness.passed]) < 10

    run_virtually(test)
