from __future__ import annotations

import asyncio

import pytest

from runcomfy_desktop.core.jobs.queue_policy import (
    KeyGate,
    QueuePolicy,
    WakeEvents,
    next_poll_wait_s,
)

POLLING = QueuePolicy()


def wait_s(age_s: float, **facts: float | bool | None) -> float:
    return next_poll_wait_s(POLLING, age_s, random_value=lambda: 0.0, **facts)  # type: ignore[arg-type] # by name


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
    assert (
        wait_s(0.0, unknown_answers=1)
        == wait_s(0.0, unknown_answers=POLLING.polls_per_result_check)
        == 10.0
    )
    waits = [
        wait_s(0.0, unknown_answers=POLLING.unknown_answer_limit + count)
        for count in (1, 2, 5, 100_000)
    ]
    assert waits == [20.0, 40.0, 300.0, 300.0]


def test_what_nobody_sees_is_asked_about_more_rarely() -> None:
    assert wait_s(0.0, is_visible=False) == 6.0
    assert wait_s(180.0, is_visible=False) == wait_s(1e9, is_visible=False) == 10.0
    assert wait_s(0.0, is_visible=False, failures=1) == 2.0


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_chance_only_makes_waits_longer(chance: float) -> None:
    wait = next_poll_wait_s(POLLING, 0.0, random_value=lambda: chance)
    assert wait == pytest.approx(2.0 * (1 + POLLING.jitter * chance))
    after_failures = next_poll_wait_s(POLLING, 0.0, failures=2, random_value=lambda: chance)
    assert after_failures == pytest.approx(4.0 * (1 + POLLING.jitter * chance))
    after_unknown = next_poll_wait_s(POLLING, 0.0, unknown_answers=13, random_value=lambda: chance)
    assert after_unknown == pytest.approx(20.0 * (1 + POLLING.jitter * chance))
    after_refusal = POLLING.key_refused_backoff.delay_s(1, lambda: chance)
    assert after_refusal == pytest.approx(15.0 * (1 + POLLING.jitter * chance))


async def test_a_wake_event_ends_the_wait_of_its_job_only() -> None:
    bell = WakeEvents()
    for job_id in ("a", "b"):
        bell.register(job_id)
    a, b = (asyncio.create_task(bell.wait(job_id, None)) for job_id in ("a", "b"))
    await asyncio.sleep(0)
    bell.wake("a")
    bell.wake("nobody")
    await a
    assert not b.done()
    bell.wake_all()
    await b


async def test_a_ring_between_waits_is_not_lost_and_counts_once() -> None:
    bell = WakeEvents()
    bell.register("a")
    bell.wake("a")
    await bell.wait("a", None)
    await bell.wait("a", 0.001)
    bell.unregister("a")
    bell.wake("a")


async def test_the_gate_closes_for_everybody_at_the_second_refused_job() -> None:
    gate = KeyGate()
    assert gate.on_refused("a", gate.epoch)
    assert not gate.on_refused("a", gate.epoch)
    await gate.wait_until_open()
    assert not gate.on_refused("b", gate.epoch)
    assert not gate.is_open
    waiting = asyncio.create_task(gate.wait_until_open())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.reopen()
    await waiting
    assert not gate.was_accepted
    assert gate.on_refused("b", gate.epoch)


async def test_an_answer_to_anybody_opens_the_gate() -> None:
    gate = KeyGate()
    gate.on_refused("a", gate.epoch)
    gate.on_refused("b", gate.epoch)
    gate.on_accepted(gate.epoch)
    await gate.wait_until_open()
    assert gate.was_accepted
    assert gate.on_refused("c", gate.epoch)


async def test_an_answer_that_was_on_its_way_opens_nothing() -> None:
    gate = KeyGate()
    asked = gate.epoch
    gate.on_refused("a", gate.epoch)
    gate.on_refused("b", gate.epoch)
    gate.on_accepted(asked)
    assert not gate.is_open
    assert gate.was_accepted


@pytest.mark.parametrize("since", ["refused", "another key"])
async def test_an_answer_says_nothing_of_what_became_of_the_key_since(since: str) -> None:
    gate = KeyGate()
    assert gate.on_accepted(gate.epoch)
    asked = gate.epoch
    if since == "refused":
        gate.on_refused("a", gate.epoch)
    else:
        gate.reopen()
    assert not gate.on_accepted(asked)
    assert gate.on_accepted(gate.epoch)


async def test_refusals_that_were_on_their_way_close_nothing() -> None:
    gate = KeyGate()
    asked = gate.epoch
    gate.reopen()
    assert not gate.on_refused("a", asked)
    assert not gate.on_refused("b", asked)
    assert gate.is_open
    assert gate.on_refused("a", gate.epoch)


async def test_a_closed_gate_can_be_passed_once() -> None:
    gate = KeyGate()
    gate.on_refused("a", gate.epoch)
    gate.on_refused("b", gate.epoch)
    gate.allow_probes()
    await gate.wait_until_open()
    assert not gate.on_refused("b", gate.epoch)
    assert not gate.is_open


def test_a_refused_job_is_asked_about_ever_more_rarely_but_for_good() -> None:
    delay_s = POLLING.key_refused_backoff.delay_s
    waits = [delay_s(count, lambda: 0.0) for count in (1, 2, 3, 9, 100_000)]
    assert waits == [15.0, 30.0, 60.0, 3600.0, 3600.0]


async def test_the_account_opens_the_gate_when_it_finds_the_key_good() -> None:
    gate = KeyGate()
    gate.on_refused("a", gate.epoch)
    gate.on_refused("b", gate.epoch)
    gate.set_key_validity(is_good=True)
    await gate.wait_until_open()
    assert gate.is_confirmed


@pytest.mark.parametrize("by_account", [True, False])
async def test_who_was_refused_although_the_key_is_good_closes_nothing_again(
    by_account: bool,
) -> None:
    gate = KeyGate()
    gate.on_refused("a", gate.epoch)
    gate.on_refused("b", gate.epoch)
    if by_account:
        gate.set_key_validity(is_good=True)
    else:
        gate.on_accepted(gate.epoch, "another")
    assert not gate.on_refused("a", gate.epoch)
    assert not gate.on_refused("b", gate.epoch)
    assert gate.is_open
    # Refusals of other jobs count as before.
    assert gate.on_refused("c", gate.epoch)
    assert not gate.on_refused("d", gate.epoch)
    assert not gate.is_open


@pytest.mark.parametrize("how", ["answered", "forgotten", "another key", "a bad key"])
async def test_a_refusal_counts_again_once_something_else_was_heard(how: str) -> None:
    gate = KeyGate()
    gate.on_refused("a", gate.epoch)
    gate.set_key_validity(is_good=True)
    if how == "answered":
        gate.on_accepted(gate.epoch, "a")
    elif how == "forgotten":
        gate.forget("a")
    elif how == "another key":
        gate.reopen()
    else:
        gate.set_key_validity(is_good=False)
    assert gate.on_refused("a", gate.epoch)


async def test_a_bad_key_closes_at_the_first_refusal() -> None:
    gate, was_open = KeyGate(), list[bool]()
    steps = (
        lambda: gate.set_key_validity(is_good=False),
        lambda: gate.on_refused("a", gate.epoch),
        gate.allow_probes,
        lambda: gate.on_refused("a", gate.epoch),
        lambda: gate.set_key_validity(is_good=True),
    )
    for step in steps:
        step()
        was_open.append(gate.is_open)
    assert was_open == [True, False, True, False, True]


async def test_whoever_is_let_in_closes_the_gate_also_when_its_own_refusal_is_known() -> None:
    gate = KeyGate()
    gate.on_refused("a", gate.epoch)
    gate.set_key_validity(is_good=True)
    gate.on_refused("b", gate.epoch)
    gate.on_refused("c", gate.epoch)
    gate.allow_probes()
    gate.on_refused("a", gate.epoch)
    assert not gate.is_open
