from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runcomfy_desktop.core.polling import Pace
from runcomfy_desktop.core.rest import Rest
from runcomfy_desktop.core.turnstile import Lane, Turnstile
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from tests.support.soak import examples
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import Sequence

PACE = Pace()
U, A, S, C = Lane.USUAL, Lane.URGENT, Lane.SUBMIT, Lane.CANCEL


@dataclass
class Gone:
    """Who went through, and when."""

    who: str
    lane: Lane
    came_s: float
    went_s: float


@dataclass
class Bench:
    """A turnstile and those who pass it; each is inside for `inside_s`."""

    pace: Pace = PACE
    inside_s: float = 0.0
    gone: list[Gone] = field(default_factory=list)
    ended_inside: int = 0

    def __post_init__(self) -> None:
        self.rest = Rest(self.pace)
        self.submit_rest, self.cancel_rest = Rest(self.pace), Rest(self.pace)
        rests = {U: self.rest, A: self.rest, S: self.submit_rest, C: self.cancel_rest}
        self.turnstile = Turnstile(self.pace, rests)
        self._tasks: list[asyncio.Task[None]] = []

    def come(self, who: str, lane: Lane = U) -> asyncio.Task[None]:
        task = asyncio.create_task(self._pass(who, lane))
        self._tasks.append(task)
        return task

    async def _pass(self, who: str, lane: Lane) -> None:
        came_s = now_s()
        async with self.turnstile.passage(who, lane):
            self.gone.append(Gone(who, lane, came_s, now_s()))
            try:
                await asyncio.sleep(self.inside_s)
            except asyncio.CancelledError:
                self.ended_inside += 1
                raise

    async def all_gone(self) -> list[str]:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.turnstile.close()
        for rest in (self.rest, self.submit_rest, self.cancel_rest):
            rest.close()
        return [each.who for each in self.gone]


def now_s() -> float:
    return asyncio.get_running_loop().time()


def pause(seconds: float) -> Problem:
    problem = Problem("no", kind=ProblemKind.BUSY)
    problem.retry_after_s = seconds
    return problem


def most_in_a_second(moments: Sequence[float]) -> int:
    """The most that lie in any span of a second, its end included."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_nobody_waits_when_it_is_quiet_and_many_go_one_after_the_other() -> None:
    async def test() -> None:
        bench = Bench()
        begun_s = now_s()
        for number in range(4):
            bench.come(str(number))
        await asyncio.sleep(0)
        assert bench.turnstile.line_s == pytest.approx(3 * PACE.apart_s)
        assert await bench.all_gone() == ["0", "1", "2", "3"]
        assert bench.turnstile.line_s == 0.0
        waited = [each.went_s - begun_s for each in bench.gone]
        assert waited == pytest.approx([0.0, PACE.apart_s, 2 * PACE.apart_s, 3 * PACE.apart_s])

    run_virtually(test)


def test_the_urgent_go_first_now_and_then_and_never_starve_the_others() -> None:
    async def test() -> None:
        bench = Bench(replace(PACE, jump_every=3))
        for number in range(6):
            bench.come(f"u{number}")
        await asyncio.sleep(0)
        for number in range(6):
            bench.come(f"a{number}", A)
        order = await bench.all_gone()
        assert order == ["u0", "u1", "a0", "u2", "u3", "a1", "u4", "u5", "a2", "a3", "a4", "a5"]

    run_virtually(test)


def test_an_urgent_question_takes_the_place_of_another_about_the_same_job() -> None:
    async def test() -> None:
        bench = Bench(replace(PACE, jump_every=1000))
        for who in ("first", "x", "y", "z"):
            bench.come(who)
        await asyncio.sleep(0)
        bench.come("y", A)
        bench.come("z", A)
        await bench.all_gone()
        order = [(each.who, each.lane) for each in bench.gone]
        assert order == [
            ("first", U), ("x", U), ("y", A), ("z", A), ("y", U), ("z", U),
        ]  # fmt: skip

    run_virtually(test)


def test_whom_the_person_asks_about_goes_first() -> None:
    async def test() -> None:
        bench = Bench(replace(PACE, jump_every=2))
        bench.turnstile.urge("later")
        for number in range(5):
            bench.come(str(number))
        await asyncio.sleep(0)
        bench.turnstile.urge("4")
        assert (await bench.all_gone())[:2] == ["0", "4"]
        for number in range(3):
            bench.come(str(number))
        bench.come("later")
        bench.come("nobody")
        await bench.all_gone()
        assert [each.who for each in bench.gone if each.lane is U].index("later") <= 7
        bench.turnstile.forget("nobody")

    run_virtually(test)


def test_only_so_many_are_inside_and_room_is_kept_for_the_urgent() -> None:
    async def test() -> None:
        bench = Bench(replace(PACE, apart_s=0.0, asking_most=2), inside_s=10.0)
        for number in range(5):
            bench.come(f"u{number}")
        await asyncio.sleep(0)
        bench.come("a", A)
        await asyncio.sleep(1.0)
        assert [each.who for each in bench.gone] == ["u0", "u1", "a"]
        assert len(await bench.all_gone()) == 6

    run_virtually(test)


def test_who_gives_up_leaves_the_line_and_frees_its_place() -> None:
    async def test() -> None:
        bench = Bench(replace(PACE, asking_most=1), inside_s=1.0)
        bench.come("a")
        waiting = bench.come("b")
        inside = bench.come("c")
        bench.come("b")
        bench.come("d")
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(1.5)
        inside.cancel()
        assert await bench.all_gone() == ["a", "c", "d", "b"]

    run_virtually(test)


def test_in_a_rest_nobody_passes_but_who_is_let_through() -> None:
    async def test() -> None:
        bench = Bench()
        bench.rest.heard(pause(100.0), bench.rest.now)
        begun_s = now_s()
        for who in ("a", "b", "c"):
            bench.come(who)
        bench.come("hurried", A)
        await asyncio.sleep(50.0)
        assert bench.gone == []
        bench.rest.let_one()
        await asyncio.sleep(10.0)
        assert [each.who for each in bench.gone] == ["hurried"]
        assert await bench.all_gone() == ["hurried", "a", "b", "c"]
        assert bench.gone[1].went_s - begun_s == pytest.approx(100.0)

    run_virtually(test)


def test_who_went_through_before_a_rest_began_is_no_proof_that_it_is_over() -> None:
    async def test() -> None:
        bench = Bench(replace(PACE, apart_s=0.0, asking_most=1))

        async def ask_well() -> None:
            async with bench.turnstile.passage("second") as asked:
                bench.rest.answered(asked)

        async with bench.turnstile.passage("first") as asked:
            second = asyncio.create_task(ask_well())
            await asyncio.sleep(1.0)
        # It is let through, and comes to nothing before the first is refused.
        bench.rest.heard(pause(100.0), asked)
        await second
        assert bench.rest.left_s == pytest.approx(100.0)
        await bench.all_gone()

    run_virtually(test)


def test_cancels_and_submits_go_first_and_a_third_of_the_turns_is_left_to_questions() -> None:
    async def test() -> None:
        bench = Bench()
        bench.come("first")
        for number in range(4):
            bench.come(f"u{number}")
        bench.come("a", A)
        await asyncio.sleep(0)
        for number in range(4):
            bench.come(f"s{number}", S)
        for number in range(3):
            bench.come(f"c{number}", C)
        order = await bench.all_gone()
        assert order == [
            "first", "c0", "c1", "c2", "u0", "s0", "s1", "u1", "s2", "s3", "u2", "u3", "a",
        ]  # fmt: skip

    run_virtually(test)


def test_cancels_that_get_no_answer_leave_places_for_questions_and_submits() -> None:
    async def test() -> None:
        bench = Bench(inside_s=30.0)
        for number in range(100):
            bench.come(f"c{number}", C)
        bench.come("u", U)
        bench.come("s", S)
        await asyncio.sleep(10.0)
        assert {"u", "s"} <= {each.who for each in bench.gone}
        await bench.all_gone()

    run_virtually(test)


def test_a_cancel_takes_the_place_of_a_question_about_its_job() -> None:
    async def test() -> None:
        bench = Bench()
        begun_s = now_s()
        bench.rest.heard(pause(100.0), bench.rest.now)
        bench.come("job", A)
        await asyncio.sleep(1.0)
        bench.come("job", C)
        await asyncio.sleep(1.0)
        assert [(each.who, each.lane) for each in bench.gone] == [("job", C)]
        assert await bench.all_gone() == ["job", "job"]
        assert bench.gone[1].went_s - begun_s == pytest.approx(100.0)

    run_virtually(test)


def test_each_lane_waits_for_the_end_of_its_own_pause() -> None:
    async def test() -> None:
        bench = Bench()
        begun_s = now_s()
        bench.submit_rest.heard(pause(50.0), 0)
        bench.cancel_rest.heard(pause(100.0), 0)
        for who, lane in (("c", C), ("s", S), ("u", U)):
            bench.come(who, lane)
        assert await bench.all_gone() == ["u", "s", "c"]
        went_s = [each.went_s - begun_s for each in bench.gone]
        assert went_s == pytest.approx([0.0, 50.0, 100.0])

    run_virtually(test)


# What may happen: somebody comes, the person asks about one, the service asks for a pause, or is
# asked in spite of it.
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
        bench = Bench(replace(PACE, jump_every=4))
        passes, rested_s = 0, 0.0
        tasks: list[asyncio.Task[None]] = []
        for wait_s, what, number in steps:
            if what in ("usual", "urgent"):
                tasks.append(bench.come(str(number), A if what == "urgent" else U))
            elif what == "urge":
                bench.turnstile.urge(str(number))
            elif what == "pause":
                bench.rest.heard(pause(float(number)), bench.rest.now)
                # One that names no time gets a rest of our own choice.
                rested_s += number or PACE.busy_most_s
            elif what == "let one" and bench.rest.is_resting:
                bench.rest.let_one()
                passes += 1
            elif what == "leave" and tasks:
                tasks[number % len(tasks)].cancel()
            await asyncio.sleep(wait_s)
        await bench.all_gone()
        let_through = sum(not task.cancelled() for task in tasks) + bench.ended_inside
        assert len(bench.gone) == let_through
        moments = [each.went_s for each in bench.gone]
        gaps = [after - before for before, after in itertools.pairwise(moments)]
        assert all(gap >= PACE.apart_s - 1e-9 for gap in gaps)
        assert most_in_a_second(moments) < 10
        # Each in line before, each further question about the same job, and one jump in four.
        most_s = (len(tasks) + 1) * PACE.apart_s * 4 / 3 + rested_s
        assert all(each.went_s - each.came_s <= most_s + 1e-6 for each in bench.gone)

    run_virtually(test)


@pytest.mark.parametrize("share_urgent", [0.0, 0.3, 1.0])
def test_of_a_thousand_jobs_that_always_wait_none_waits_two_minutes(share_urgent: float) -> None:
    """Each job comes again as soon as it was let through, many of them urgently."""

    async def job(bench: Bench, who: str, number: int) -> None:
        for turn in range(6):
            is_urgent = (number * 7 + turn * 13) % 100 < share_urgent * 100
            lane = A if is_urgent else U
            came_s = now_s()
            async with bench.turnstile.passage(who, lane):
                bench.gone.append(Gone(who, lane, came_s, now_s()))

    async def test() -> None:
        bench = Bench()
        async with asyncio.TaskGroup() as group:
            for number in range(1000):
                group.create_task(job(bench, str(number), number))
        assert max(each.went_s - each.came_s for each in bench.gone) <= 120.0
        assert most_in_a_second([each.went_s for each in bench.gone]) < 10

    run_virtually(test)
