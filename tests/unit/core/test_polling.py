from __future__ import annotations

import asyncio

import pytest

from runcomfy_desktop.core.polling import Bell, KeyGate, Pace, next_wait_s, refused_wait_s

PACE = Pace()


def wait_s(age_s: float, **facts: float | bool | None) -> float:
    return next_wait_s(PACE, age_s, chance=lambda: 0.0, **facts)  # type: ignore[arg-type] # by name


def test_a_young_job_is_asked_often_and_an_old_one_rarely() -> None:
    assert wait_s(0.0) == wait_s(60.0) == 2.0
    assert wait_s(300.0) == wait_s(1e9) == 10.0
    assert wait_s(180.0) == 6.0
    waits = [wait_s(float(age)) for age in range(0, 400, 10)]
    assert waits == sorted(waits)


def test_failures_grow_the_wait_up_to_a_ceiling() -> None:
    waits = [wait_s(0.0, failures=count) for count in (1, 2, 3, 4, 5, 6, 100, 100_000)]
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_an_unknown_word_is_asked_about_slowly_and_ever_more_so() -> None:
    assert wait_s(0.0, odd=1) == wait_s(0.0, odd=PACE.result_every) == 10.0
    waits = [wait_s(0.0, odd=PACE.odd_patience + count) for count in (1, 2, 5, 100_000)]
    assert waits == [20.0, 40.0, 300.0, 300.0]


def test_what_nobody_sees_is_asked_about_more_rarely() -> None:
    assert wait_s(0.0, seen=False) == 6.0
    assert wait_s(180.0, seen=False) == wait_s(1e9, seen=False) == 10.0
    assert wait_s(0.0, seen=False, failures=1) == 2.0


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_chance_only_makes_waits_longer(chance: float) -> None:
    wait = next_wait_s(PACE, 0.0, chance=lambda: chance)
    assert wait == pytest.approx(2.0 * (1 + PACE.jitter * chance))


async def test_a_bell_ends_the_wait_of_its_job_only() -> None:
    bell = Bell()
    for job_id in ("a", "b"):
        bell.open(job_id)
    a, b = (asyncio.create_task(bell.wait(job_id, None)) for job_id in ("a", "b"))
    await asyncio.sleep(0)
    bell.ring("a")
    bell.ring("nobody")
    await a
    assert not b.done()
    bell.ring_all()
    await b


async def test_a_ring_between_waits_is_not_lost_and_counts_once() -> None:
    bell = Bell()
    bell.open("a")
    bell.ring("a")
    await bell.wait("a", None)
    await bell.wait("a", 0.001)
    bell.forget("a")
    bell.ring("a")


async def test_the_gate_closes_for_everybody_at_the_second_refused_job() -> None:
    gate = KeyGate()
    assert gate.refused("a", gate.now)
    assert not gate.refused("a", gate.now)
    await gate.passage()
    assert not gate.refused("b", gate.now)
    assert not gate.is_open
    waiting = asyncio.create_task(gate.passage())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.reopen()
    await waiting
    assert not gate.was_good
    assert gate.refused("b", gate.now)


async def test_an_answer_to_anybody_opens_the_gate() -> None:
    gate = KeyGate()
    gate.refused("a", gate.now)
    gate.refused("b", gate.now)
    gate.answered(gate.now)
    await gate.passage()
    assert gate.was_good
    assert gate.refused("c", gate.now)


async def test_an_answer_that_was_on_its_way_opens_nothing() -> None:
    gate = KeyGate()
    asked = gate.now
    gate.refused("a", gate.now)
    gate.refused("b", gate.now)
    gate.answered(asked)
    assert not gate.is_open
    assert gate.was_good


@pytest.mark.parametrize("since", ["refused", "another key"])
async def test_an_answer_says_nothing_of_what_became_of_the_key_since(since: str) -> None:
    gate = KeyGate()
    assert gate.answered(gate.now)
    asked = gate.now
    if since == "refused":
        gate.refused("a", gate.now)
    else:
        gate.reopen()
    assert not gate.answered(asked)
    assert gate.answered(gate.now)


async def test_refusals_that_were_on_their_way_close_nothing() -> None:
    gate = KeyGate()
    asked = gate.now
    gate.reopen()
    assert not gate.refused("a", asked)
    assert not gate.refused("b", asked)
    assert gate.is_open
    assert gate.refused("a", gate.now)


async def test_a_closed_gate_can_be_passed_once() -> None:
    gate = KeyGate()
    gate.refused("a", gate.now)
    gate.refused("b", gate.now)
    gate.let_in()
    await gate.passage()
    assert not gate.refused("b", gate.now)
    assert not gate.is_open


def test_a_refused_job_is_asked_about_ever_more_rarely_but_for_good() -> None:
    waits = [refused_wait_s(PACE, count, lambda: 0.0) for count in (1, 2, 3, 9, 100_000)]
    assert waits == [15.0, 30.0, 60.0, 3600.0, 3600.0]


async def test_the_account_opens_the_gate_when_it_finds_the_key_good() -> None:
    gate = KeyGate()
    gate.refused("a", gate.now)
    gate.refused("b", gate.now)
    gate.judge(is_good=True)
    await gate.passage()
    assert gate.is_believed


@pytest.mark.parametrize("by_account", [True, False])
async def test_who_was_refused_although_the_key_is_good_closes_nothing_again(
    by_account: bool,
) -> None:
    gate = KeyGate()
    gate.refused("a", gate.now)
    gate.refused("b", gate.now)
    if by_account:
        gate.judge(is_good=True)
    else:
        gate.answered(gate.now, "another")
    assert not gate.refused("a", gate.now)
    assert not gate.refused("b", gate.now)
    assert gate.is_open
    # Others are heard as ever.
    assert gate.refused("c", gate.now)
    assert not gate.refused("d", gate.now)
    assert not gate.is_open


@pytest.mark.parametrize("how", ["answered", "forgotten", "another key", "a bad key"])
async def test_a_refusal_counts_again_once_something_else_was_heard(how: str) -> None:
    gate = KeyGate()
    gate.refused("a", gate.now)
    gate.judge(is_good=True)
    if how == "answered":
        gate.answered(gate.now, "a")
    elif how == "forgotten":
        gate.forget("a")
    elif how == "another key":
        gate.reopen()
    else:
        gate.judge(is_good=False)
    assert gate.refused("a", gate.now)


async def test_a_bad_key_closes_at_the_first_refusal() -> None:
    gate, was_open = KeyGate(), list[bool]()
    steps = (
        lambda: gate.judge(is_good=False),
        lambda: gate.refused("a", gate.now),
        gate.let_in,
        lambda: gate.refused("a", gate.now),
        lambda: gate.judge(is_good=True),
    )
    for step in steps:
        step()
        was_open.append(gate.is_open)
    assert was_open == [True, False, True, False, True]


async def test_whoever_is_let_in_closes_the_gate_also_when_its_own_refusal_is_known() -> None:
    gate = KeyGate()
    gate.refused("a", gate.now)
    gate.judge(is_good=True)
    gate.refused("b", gate.now)
    gate.refused("c", gate.now)
    gate.let_in()
    gate.refused("a", gate.now)
    assert not gate.is_open
