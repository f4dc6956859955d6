from __future__ import annotations

import asyncio

import pytest

from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.jobs.request_pause import RequestPause
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.virtual_time import run_virtually

PACE = QueuePolicy()


def refusal(kind: ProblemKind = ProblemKind.BUSY, retry_after_s: float | None = None) -> Problem:
    problem = Problem("no", kind=kind)
    problem.retry_after_s = retry_after_s
    return problem


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def over(rest: RequestPause) -> None:
    """Returns when the pause is over; at once if there is none."""
    ended = asyncio.Event()
    rest.changed.subscribe(lambda _nothing: None if rest.is_active else ended.set())
    if rest.is_active:
        await ended.wait()


async def length_s(rest: RequestPause, problem: Problem) -> float:
    begun_s = now_s()
    rest.on_refused(problem, rest.epoch)
    await over(rest)
    return now_s() - begun_s


@pytest.mark.parametrize(
    ("kind", "asked_s", "rested_s"),
    [
        (ProblemKind.BUSY, 7.0, 7.0),
        (ProblemKind.SERVER, 300.0, 300.0),
        (ProblemKind.REJECTED, 1.0, 1.0),
        (ProblemKind.SERVER, PACE.max_pause_s, PACE.max_pause_s),
        # A longer pause than allowed counts as an ordinary refusal.
        (ProblemKind.SERVER, PACE.max_pause_s + 1.0, PACE.busy_backoff.first_s),
        (ProblemKind.SERVER, None, 0.0),
        (ProblemKind.SERVER, 0.0, 0.0),
        (ProblemKind.BUSY, None, PACE.busy_backoff.first_s),
        (ProblemKind.BUSY, 0.0, PACE.busy_backoff.first_s),
    ],
)
def test_the_service_is_left_alone_as_long_as_it_asks_for(
    kind: ProblemKind, asked_s: float | None, rested_s: float
) -> None:
    async def test() -> None:
        rest = RequestPause(PACE)
        assert await length_s(rest, refusal(kind, asked_s)) == pytest.approx(rested_s)
        assert not rest.is_active

    run_virtually(test)


def test_a_shorter_request_does_not_end_a_longer_pause() -> None:
    async def test() -> None:
        rest = RequestPause(PACE)
        rest.on_refused(refusal(retry_after_s=100.0), rest.epoch)
        rest.on_refused(refusal(retry_after_s=1.0), rest.epoch)
        assert rest.remaining_s == pytest.approx(100.0)
        rest.on_refused(refusal(retry_after_s=200.0), rest.epoch)
        assert rest.remaining_s == pytest.approx(200.0)
        rest.close()

    run_virtually(test)


def test_asked_too_often_doubles_and_fades_with_good_answers() -> None:
    async def test() -> None:
        rest = RequestPause(PACE)
        rests = [await length_s(rest, refusal()) for _each in range(7)]
        assert rests == pytest.approx([2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0])
        for _each in range(8 * 16):
            rest.on_success(rest.epoch)
        assert await length_s(rest, refusal()) == pytest.approx(2.0)

    run_virtually(test)


def test_of_those_who_asked_together_only_the_first_refusal_counts() -> None:
    async def test() -> None:
        rest = RequestPause(PACE)
        asked = rest.epoch
        for _each in range(12):
            rest.on_refused(refusal(), asked)
        assert rest.remaining_s == pytest.approx(2.0)
        # A request that succeeds now was sent before the pause, too.
        rest.on_success(asked)
        assert rest.is_active
        await over(rest)
        # A large body was being sent all the time.
        rest.on_refused(refusal(), asked)
        assert rest.remaining_s == pytest.approx(4.0)
        rest.close()

    run_virtually(test)


def test_a_good_answer_to_the_one_who_was_let_through_ends_it() -> None:
    async def test() -> None:
        rest = RequestPause(PACE)
        received: list[bool] = []
        rest.changed.subscribe(lambda _nothing: received.append(rest.is_active))
        rest.allow_probe()
        rest.on_refused(refusal(retry_after_s=600.0), rest.epoch)
        assert (rest.allows_request, received) == (False, [True])
        rest.allow_probe()
        may_go = [rest.allows_request]
        rest.consume_probe()
        may_go.append(rest.allows_request)
        assert may_go == [True, False]
        rest.on_success(rest.epoch)
        assert received == [True, True, False]
        assert not rest.is_active

    run_virtually(test)


def test_what_the_computer_slept_is_taken_off() -> None:
    async def test() -> None:
        rest = RequestPause(PACE)
        rest.on_refused(refusal(retry_after_s=600.0), rest.epoch)
        rest.advance(400.0)
        assert rest.remaining_s == pytest.approx(200.0)
        rest.advance(1e9)
        assert (rest.is_active, rest.remaining_s) == (False, 0.0)

    run_virtually(test)
