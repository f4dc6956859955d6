"""A key that is refused, in every dialect of the service: what it gets, and that no job suffers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.account import AccountPhase
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from runcomfy_desktop.store.credentials import Credentials
from tests.support.account_house import AtOnce, Book, house
from tests.support.emulated import TOKEN
from tests.support.hostile_places import REFUSALS, Refusal
from tests.support.job_bench import open_bench
from tests.support.line import BASE_URL, Line
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
FOR_LONG = Pace(cold_start_s=0.0, run_s=600.0, cancel_lag_s=0.0)


def answered(refusal: Refusal) -> httpx.Response:
    head = {"Content-Type": refusal.reply.content_type}
    return httpx.Response(refusal.reply.status, headers=head, content=refusal.reply.body)


def as_stream(response: httpx.Response) -> httpx.Response:
    """The answer as a transport gives it: not read yet."""
    stream = httpx.ByteStream(response.content)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream)


class RefusingLine(Line):
    """Answers everything in the same way."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self._refusal = refusal

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return as_stream(answered(self._refusal))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_a_refused_key_is_explained_at_the_start(refusal: Refusal) -> None:
    book = Book()
    book.keys[BASE_URL] = TOKEN
    async with house(RefusingLine(refusal), Credentials(find=lambda: book, worker=AtOnce)) as parts:
        await parts.becomes(AccountPhase.REJECTED)
        assert parts.state.problem is not None
        assert parts.state.problem.sentence() == refusal.gets
        # It stays where it is kept: the service may err.
        assert book.keys == {BASE_URL: TOKEN}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_a_run_that_is_refused_costs_nothing(tmp_path: Path, refusal: Refusal) -> None:
    title = refusal.gets.partition(". ")[0]
    async with open_bench(tmp_path) as bench:
        bench.network.bends["inference"] = lambda _honest: answered(refusal)
        job = await bench.reaches(await bench.submit(), S.FAILED)
        notice = bench.told[0]
        said = f"{notice.title} {notice.detail}"
        assert said.startswith(f"{title}. The job was not accepted and costs nothing.")
        assert job.reason.splitlines()[:2] == [
            f"{title}.",
            "The job was not accepted and costs nothing.",
        ]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_a_job_outlives_the_key_it_was_sent_with(tmp_path: Path, refusal: Refusal) -> None:
    title = refusal.gets.partition(". ")[0]
    async with open_bench(tmp_path, cloud=FOR_LONG) as bench:
        job_id = await bench.submit()
        await bench.reaches(job_id, S.RUNNING)
        news = list[None]()
        bench.queue.key_refused.subscribe(news.append)
        bench.network.bends["status"] = lambda _honest: answered(refusal)
        await until(lambda: bench.queue.jobs[job_id].trouble)
        assert bool(news) is refusal.is_of_the_key, "the account is told"
        job = bench.queue.jobs[job_id]
        assert job.trouble.startswith(
            f"{title}. This says nothing about the job: what was sent goes on at the service."
        )
        if title == "The service does not accept your key":
            assert "The program asks again by itself. If it stays so, copy the key" in job.trouble
        assert job.state is S.RUNNING
        del bench.network.bends["status"]
        bench.clock.advance(600.0)
        bench.queue.wake()
        job = await bench.reaches(job_id, S.DONE)
        assert not job.trouble
        assert bench.received("submit") == 1


@pytest.mark.parametrize(
    ("call", "state"),
    [("inference", S.UNCERTAIN), ("status", S.QUEUED), ("result", S.FETCHING)],
)
async def test_a_redirect_is_no_answer_about_a_job(
    tmp_path: Path, call: str, state: JobState
) -> None:
    def elsewhere(_honest: httpx.Response) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "https://evil.example/here"})

    async with open_bench(tmp_path) as bench:
        bench.network.bends[call] = elsewhere
        job_id = await bench.submit()
        await bench.reaches(job_id, state)
        await until(lambda: bench.network.arrived.count(call) >= (1 if call == "inference" else 3))
        # Longer than any pause of this bench: what would be sent again by itself has been.
        await asyncio.sleep(0.5)
        job = bench.queue.jobs[job_id]
        assert job.state is state
        assert bench.received("submit") == 1
        assert "here" not in bench.network.arrived
        assert "Traceback" not in f"{job.trouble} {job.reason} {bench.told}"
