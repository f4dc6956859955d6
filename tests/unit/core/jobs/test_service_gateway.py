from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.jobs.rate_limiter import Priority
from runcomfy_desktop.core.jobs.service_gateway import KeyRefusal, ServiceGateway
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import JobState
from tests.support.emulators import INSTANT, EmulatedTransport, make_backend
from tests.support.job_factory import make_job
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedBackend

PACE = QueuePolicy()
JOB = make_job(JobState.RUNNING)


def ask(backend: EmulatedBackend) -> ServiceGateway:
    """Returns a gateway whose client would retry failures if it was allowed to."""
    client = Client(
        "http://127.0.0.1:8001",
        lambda: backend.token,
        queue_version=lambda: "v1",
        user_agent="test",
        transport=EmulatedTransport(backend),
        retry=Retry(tries=4),
    )
    return ServiceGateway(client, PACE, LiveJobs())


async def submit(questions: ServiceGateway, *answers: Problem) -> None:
    """Takes the turn of a submit, which the service accepts or refuses."""
    async with questions.request("new", Priority.SUBMIT, reports_key_refusal=False):
        for answer in answers:
            raise answer


async def hold_submit(questions: ServiceGateway, begun: asyncio.Event, end: asyncio.Event) -> None:
    """Takes the turn of a submit that the service accepts after `end`."""
    async with questions.request("new", Priority.SUBMIT, reports_key_refusal=False):
        begun.set()
        await end.wait()


def received(backend: EmulatedBackend) -> int:
    return len(backend.journal.entries())


async def kind_of(question: object) -> ProblemKind:
    with pytest.raises(Problem) as caught:
        await question  # type: ignore[misc] # one of three kinds of coroutine
    return caught.value.kind


def test_each_try_waits_for_its_turn_and_nothing_is_repeated_behind_it() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="status-500:3")
        questions = ask(backend)
        begun_s = asyncio.get_running_loop().time()
        for question in (questions.status(JOB), questions.result(JOB), questions.cancel(JOB)):
            assert await kind_of(question) is ProblemKind.SERVER
        assert received(backend) == 3
        took_s = asyncio.get_running_loop().time() - begun_s
        assert took_s == pytest.approx(2 * PACE.request_interval_s)
        questions.close()

    run_virtually(test)


def test_a_pause_that_one_question_hears_of_is_kept_by_all_questions() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="rate-limit:1:600")
        questions = ask(backend)
        loop = asyncio.get_running_loop()
        begun_s, held = loop.time(), list[str]()
        questions.call_held.subscribe(held.append)
        assert await kind_of(questions.status(JOB)) is ProblemKind.BUSY
        other = asyncio.create_task(kind_of(questions.status(replace(JOB, job_id="other"))))
        await asyncio.sleep(300.0)
        assert (received(backend), held) == (1, ["other"])
        assert await other is ProblemKind.NOT_FOUND
        assert loop.time() - begun_s == pytest.approx(600.0, abs=1.0)
        questions.close()

    run_virtually(test)


def test_submits_and_cancels_do_not_wait_for_the_end_of_a_pause_of_questions() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="rate-limit@status:1:3000")
        questions = ask(backend)
        assert await kind_of(questions.status(JOB)) is ProblemKind.BUSY
        begun_s = asyncio.get_running_loop().time()
        await submit(questions)
        assert await kind_of(questions.cancel(JOB)) is ProblemKind.NOT_FOUND
        assert asyncio.get_running_loop().time() - begun_s < 1.0
        # The success of the submit and of the cancel says nothing about polls.
        assert questions.poll_pause.remaining_s == pytest.approx(3000.0, abs=1.0)
        questions.close()

    run_virtually(test)


def test_a_pause_that_a_submit_hears_of_is_kept_by_submits_and_questions() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT)
        questions = ask(backend)
        refused = Problem("no", kind=ProblemKind.BUSY)
        refused.retry_after_s = 600.0
        assert await kind_of(submit(questions, refused)) is ProblemKind.BUSY
        begun_s = asyncio.get_running_loop().time()
        other = asyncio.create_task(submit(questions))
        assert await kind_of(questions.cancel(JOB)) is ProblemKind.NOT_FOUND
        assert asyncio.get_running_loop().time() - begun_s < 1.0
        assert await kind_of(questions.status(JOB)) is ProblemKind.NOT_FOUND
        await other
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(600.0, abs=1.0)
        questions.close()

    run_virtually(test)


def test_refused_cancels_are_tried_again_within_two_minutes_whatever_the_service_asks_for() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="rate-limit@cancel:5:3000")
        questions = ask(backend)
        loop = asyncio.get_running_loop()
        waits_s = []
        for _each in range(6):
            begun_s = loop.time()
            await kind_of(questions.cancel(JOB))
            waits_s.append(loop.time() - begun_s)
        assert waits_s == pytest.approx([0.0, 2.0, 4.0, 8.0, 16.0, 32.0], abs=0.2)
        questions.close()

    run_virtually(test)


def test_one_call_of_each_kind_may_be_tried_in_a_pause() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="rate-limit@status:2:3000")
        questions = ask(backend)
        refused = Problem("no", kind=ProblemKind.BUSY)
        refused.retry_after_s = 3000.0
        assert await kind_of(submit(questions, refused)) is ProblemKind.BUSY
        begun_s = asyncio.get_running_loop().time()
        questions.allow_probes()
        await submit(questions)
        assert await kind_of(questions.status(JOB)) is ProblemKind.BUSY
        await submit(questions)
        assert asyncio.get_running_loop().time() - begun_s < 1.0
        assert questions.poll_pause.remaining_s == pytest.approx(3000.0, abs=1.0)
        questions.close()

    run_virtually(test)


def test_only_polls_and_cancels_are_told_to_be_held_back_in_a_pause() -> None:
    """The row of a job that waits to be sent says so itself."""

    async def test() -> None:
        questions = ask(make_backend(timing=INSTANT))
        refused = Problem("no", kind=ProblemKind.BUSY)
        refused.retry_after_s = 60.0
        held = list[str]()
        questions.call_held.subscribe(held.append)
        assert await kind_of(submit(questions, refused)) is ProblemKind.BUSY
        await submit(questions)
        assert held == []
        questions.close()

    run_virtually(test)


def test_the_one_try_in_a_pause_is_not_used_up_by_a_job_that_is_not_sent() -> None:
    async def test() -> None:
        questions = ask(make_backend(timing=INSTANT))
        refused = Problem("no", kind=ProblemKind.BUSY)
        refused.retry_after_s = 3000.0
        assert await kind_of(submit(questions, refused)) is ProblemKind.BUSY
        questions.allow_probes()
        async with questions.request("cancelled", Priority.SUBMIT) as turn:
            turn.is_used = False
        begun_s = asyncio.get_running_loop().time()
        await submit(questions)
        assert asyncio.get_running_loop().time() - begun_s < 1.0
        questions.close()

    run_virtually(test)


def test_a_send_that_was_on_its_way_ends_neither_a_pause_nor_a_doubt_of_the_key() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="rate-limit:1:600")
        questions = ask(backend)
        begun, end = [asyncio.Event(), asyncio.Event()], [asyncio.Event(), asyncio.Event()]
        sends = [
            asyncio.create_task(hold_submit(questions, *each))
            for each in zip(begun, end, strict=True)
        ]
        await asyncio.gather(*(each.wait() for each in begun))
        assert await kind_of(questions.status(JOB)) is ProblemKind.BUSY
        end[0].set()
        await sends[0]
        assert questions.poll_pause.remaining_s == pytest.approx(600.0, abs=1.0)
        await asyncio.sleep(questions.poll_pause.remaining_s + 1.0)
        assert not questions.poll_pause.is_active
        backend.faults.set("unauthorized")
        for name in ("a", "b"):
            await kind_of(questions.status(replace(JOB, job_id=name)))
        end[1].set()
        await sends[1]
        held = asyncio.create_task(kind_of(questions.status(replace(JOB, job_id="c"))))
        await asyncio.sleep(3600.0)
        assert not held.done()
        await submit(questions)
        assert await held is ProblemKind.AUTH
        questions.close()

    run_virtually(test)


def test_a_refused_key_holds_questions_back_but_not_sends() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="unauthorized")
        questions = ask(backend)
        received_values: list[KeyRefusal] = []
        questions.key_refused.subscribe(received_values.append)
        for name in ("a", "b"):
            await kind_of(questions.status(replace(JOB, job_id=name)))
        assert [(each.job_id, each.is_first) for each in received_values] == [
            ("a", True),
            ("b", False),
        ]
        third = asyncio.create_task(kind_of(questions.status(replace(JOB, job_id="c"))))
        refused = Problem("no", kind=ProblemKind.AUTH)
        assert await kind_of(submit(questions, refused)) is ProblemKind.AUTH
        await asyncio.sleep(3600.0)
        assert (received(backend), third.done()) == (2, False)
        questions.prioritize("c")
        assert await third is ProblemKind.AUTH
        assert received(backend) == 3
        questions.close()

    run_virtually(test)


def test_what_tells_nothing_of_the_key_closes_nothing() -> None:
    async def test() -> None:
        backend = make_backend(timing=INSTANT, faults="unauthorized")
        questions = ask(backend)
        for name in ("a", "b"):
            each = replace(JOB, job_id=name)
            assert await kind_of(questions.cancel(each)) is ProblemKind.AUTH
            assert (
                await kind_of(questions.status(each, reports_key_refusal=False)) is ProblemKind.AUTH
            )
        assert questions.key_gate.is_open
        questions.close()

    run_virtually(test)
