"""A refused key in all forms of the service's response: its notice, and no effect on jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_harness import FakeKeyring, ImmediateKeyringWorker, open_account_harness
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import BASE_URL, EmulatedConnection
from tests.support.emulators import TOKEN
from tests.support.hostile_environments import REFUSALS, RefusedKeyReply
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
FOR_LONG = EmulatorTiming(cold_start_s=0.0, run_s=600.0, cancel_delay_s=0.0)


def answered(refusal: RefusedKeyReply) -> httpx.Response:
    head = {"Content-Type": refusal.reply.content_type}
    return httpx.Response(refusal.reply.status, headers=head, content=refusal.reply.body)


def as_stream(response: httpx.Response) -> httpx.Response:
    """Returns the response as a transport returns it, with its content not read yet."""
    stream = httpx.ByteStream(response.content)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream)


class RefusingConnection(EmulatedConnection):
    """Connection that gives the same response to every request."""

    def __init__(self, refusal: RefusedKeyReply) -> None:
        super().__init__()
        self._refusal = refusal

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return as_stream(answered(self._refusal))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_a_refused_key_is_explained_at_the_start(refusal: RefusedKeyReply) -> None:
    keyring = FakeKeyring()
    keyring.passwords[BASE_URL] = TOKEN
    async with open_account_harness(
        RefusingConnection(refusal),
        Credentials(find_keyring=lambda: keyring, make_worker=ImmediateKeyringWorker),
    ) as harness:
        await harness.wait_until_phase(AccountPhase.REJECTED)
        assert harness.state.problem is not None
        assert harness.state.problem.sentence() == refusal.expected_text
        # The key stays where it is stored: the service may be wrong.
        assert keyring.passwords == {BASE_URL: TOKEN}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_a_run_that_is_refused_costs_nothing(
    tmp_path: Path, refusal: RefusedKeyReply
) -> None:
    title = refusal.expected_text.partition(". ")[0]
    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides["inference"] = lambda _honest: answered(refusal)
        job = await harness.wait_until_state(await harness.submit(), S.FAILED)
        notice = harness.shown_notices[0]
        message = f"{notice.title} {notice.detail}"
        assert message.startswith(f"{title}. The job was not accepted and costs nothing.")
        assert job.reason.splitlines()[:2] == [
            f"{title}.",
            "The job was not accepted and costs nothing.",
        ]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_a_job_outlives_the_key_it_was_sent_with(
    tmp_path: Path, refusal: RefusedKeyReply
) -> None:
    title = refusal.expected_text.partition(". ")[0]
    async with open_queue_harness(tmp_path, timing=FOR_LONG) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.RUNNING)
        news = list[None]()
        harness.queue.key_refused.subscribe(news.append)
        harness.transport.overrides["status"] = lambda _honest: answered(refusal)
        await wait_until(lambda: harness.queue.jobs[job_id].trouble)
        assert bool(news) is refusal.is_key_refused, "the account is told"
        job = harness.queue.jobs[job_id]
        assert job.trouble.startswith(
            f"{title}. This says nothing about the job: what was sent goes on at the service."
        )
        if title == "The service does not accept your key":
            assert "The program asks again by itself. If it stays so, copy the key" in job.trouble
        assert job.state is S.RUNNING
        del harness.transport.overrides["status"]
        harness.clock.advance(600.0)
        harness.queue.wake()
        job = await harness.wait_until_state(job_id, S.DONE)
        assert not job.trouble
        assert harness.received_count("submit") == 1


@pytest.mark.parametrize(
    ("call", "state"),
    [("inference", S.UNCERTAIN), ("status", S.QUEUED), ("result", S.FETCHING)],
)
async def test_a_redirect_is_no_answer_about_a_job(
    tmp_path: Path, call: str, state: JobState
) -> None:
    def elsewhere(_honest: httpx.Response) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "https://evil.example/here"})

    async with open_queue_harness(tmp_path) as harness:
        harness.transport.overrides[call] = elsewhere
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, state)
        await wait_until(
            lambda: (
                harness.transport.received_calls.count(call) >= (1 if call == "inference" else 3)
            )
        )
        # Longer than any retry delay of this setup, so all automatic retries have been sent.
        await asyncio.sleep(0.5)
        job = harness.queue.jobs[job_id]
        assert job.state is state
        assert harness.received_count("submit") == 1
        assert "here" not in harness.transport.received_calls
        assert "Traceback" not in f"{job.trouble} {job.reason} {harness.shown_notices}"
