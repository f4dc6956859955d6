from __future__ import annotations

import asyncio

import pytest

from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.core.jobs.service_gateway import KeyGate


def make_jobs() -> LiveJobs:
    """Returns the records of a few jobs, with one letter as their ids."""
    jobs = LiveJobs()
    for job_id in "abcdz":
        jobs.enter(job_id)
    return jobs


async def test_the_gate_closes_for_everybody_at_the_second_refused_job() -> None:
    gate, jobs = KeyGate(), make_jobs()
    assert gate.on_refused(jobs["a"], gate.epoch)
    assert not gate.on_refused(jobs["a"], gate.epoch)
    await gate.wait_until_open()
    assert not gate.on_refused(jobs["b"], gate.epoch)
    assert not gate.is_open
    waiting = asyncio.create_task(gate.wait_until_open())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.reopen()
    await waiting
    assert not gate.was_accepted
    assert gate.on_refused(jobs["b"], gate.epoch)


async def test_an_answer_to_anybody_opens_the_gate() -> None:
    gate, jobs = KeyGate(), make_jobs()
    gate.on_refused(jobs["a"], gate.epoch)
    gate.on_refused(jobs["b"], gate.epoch)
    gate.on_accepted(gate.epoch, jobs["z"])
    await gate.wait_until_open()
    assert gate.was_accepted
    assert gate.on_refused(jobs["c"], gate.epoch)


async def test_an_answer_that_was_on_its_way_opens_nothing() -> None:
    gate, jobs = KeyGate(), make_jobs()
    asked = gate.epoch
    gate.on_refused(jobs["a"], gate.epoch)
    gate.on_refused(jobs["b"], gate.epoch)
    gate.on_accepted(asked, jobs["z"])
    assert not gate.is_open
    assert gate.was_accepted


@pytest.mark.parametrize("since", ["refused", "another key"])
async def test_an_answer_says_nothing_of_what_became_of_the_key_since(since: str) -> None:
    gate, jobs = KeyGate(), make_jobs()
    assert gate.on_accepted(gate.epoch, jobs["z"])
    asked = gate.epoch
    if since == "refused":
        gate.on_refused(jobs["a"], gate.epoch)
    else:
        gate.reopen()
    assert not gate.on_accepted(asked, jobs["z"])
    assert gate.on_accepted(gate.epoch, jobs["z"])


async def test_refusals_that_were_on_their_way_close_nothing() -> None:
    gate, jobs = KeyGate(), make_jobs()
    asked = gate.epoch
    gate.reopen()
    assert not gate.on_refused(jobs["a"], asked)
    assert not gate.on_refused(jobs["b"], asked)
    assert gate.is_open
    assert gate.on_refused(jobs["a"], gate.epoch)


async def test_a_closed_gate_can_be_passed_once() -> None:
    gate, jobs = KeyGate(), make_jobs()
    gate.on_refused(jobs["a"], gate.epoch)
    gate.on_refused(jobs["b"], gate.epoch)
    gate.allow_probes()
    await gate.wait_until_open()
    assert not gate.on_refused(jobs["b"], gate.epoch)
    assert not gate.is_open


async def test_the_account_opens_the_gate_when_it_finds_the_key_good() -> None:
    gate, jobs = KeyGate(), make_jobs()
    gate.on_refused(jobs["a"], gate.epoch)
    gate.on_refused(jobs["b"], gate.epoch)
    gate.set_key_validity(is_good=True)
    await gate.wait_until_open()
    assert gate.is_confirmed


@pytest.mark.parametrize("by_account", [True, False])
async def test_who_was_refused_although_the_key_is_good_closes_nothing_again(
    by_account: bool,
) -> None:
    gate, jobs = KeyGate(), make_jobs()
    gate.on_refused(jobs["a"], gate.epoch)
    gate.on_refused(jobs["b"], gate.epoch)
    if by_account:
        gate.set_key_validity(is_good=True)
    else:
        gate.on_accepted(gate.epoch, jobs["z"])
    assert not gate.on_refused(jobs["a"], gate.epoch)
    assert not gate.on_refused(jobs["b"], gate.epoch)
    assert gate.is_open
    # Refusals of other jobs count as before.
    assert gate.on_refused(jobs["c"], gate.epoch)
    assert not gate.on_refused(jobs["d"], gate.epoch)
    assert not gate.is_open


@pytest.mark.parametrize("how", ["answered", "forgotten", "another key", "a bad key"])
async def test_a_refusal_counts_again_once_something_else_was_heard(how: str) -> None:
    gate, jobs = KeyGate(), make_jobs()
    gate.on_refused(jobs["a"], gate.epoch)
    gate.set_key_validity(is_good=True)
    if how == "answered":
        gate.on_accepted(gate.epoch, jobs["a"])
    elif how == "forgotten":
        gate.forget(jobs["a"])
    elif how == "another key":
        gate.reopen()
    else:
        gate.set_key_validity(is_good=False)
    assert gate.on_refused(jobs["a"], gate.epoch)


async def test_a_bad_key_closes_at_the_first_refusal() -> None:
    gate, jobs, was_open = KeyGate(), make_jobs(), list[bool]()
    steps = (
        lambda: gate.set_key_validity(is_good=False),
        lambda: gate.on_refused(jobs["a"], gate.epoch),
        gate.allow_probes,
        lambda: gate.on_refused(jobs["a"], gate.epoch),
        lambda: gate.set_key_validity(is_good=True),
    )
    for step in steps:
        step()
        was_open.append(gate.is_open)
    assert was_open == [True, False, True, False, True]


async def test_whoever_is_let_in_closes_the_gate_also_when_its_own_refusal_is_known() -> None:
    gate, jobs = KeyGate(), make_jobs()
    gate.on_refused(jobs["a"], gate.epoch)
    gate.set_key_validity(is_good=True)
    gate.on_refused(jobs["b"], gate.epoch)
    gate.on_refused(jobs["c"], gate.epoch)
    gate.allow_probes()
    gate.on_refused(jobs["a"], gate.epoch)
    assert not gate.is_open
