"""A thousand active jobs over virtual minutes, with everything real except network and time."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.jobs.job_queue import JobQueue
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support.job_factory import SERVICE, make_job
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job

COUNT = 1000
BEGUN_S = 1_770_000_000.0
S = JobState


@dataclass
class ScriptedService(httpx.AsyncBaseTransport):
    """Service with requests `r-0`, `r-1` and so on; each ends at its time in `ends_s`. Counts
    calls."""

    ends_s: dict[str, float] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    requests: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    accepted_s: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    refuses_until_s: float = 0.0
    retry_after_s: float | None = None
    refused: int = 0
    ignores_cancels: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        request_id, call = parts[-2], parts[-1]
        now_s = asyncio.get_running_loop().time()
        self.moments.append(now_s)
        await asyncio.sleep(0.2)
        if now_s < self.refuses_until_s:
            self.refused += 1
            wait = self.retry_after_s
            headers = {} if wait is None else {"Retry-After": str(int(wait))}
            return _answered(429, {"message": "slow down"}, headers)
        if call == "inference":
            self.accepted_s.append(now_s)
            return _answered(200, {"request_id": f"s-{len(self.accepted_s)}"})
        self.requests[request_id].append((now_s, call))
        return _answered(200, self._answer(request_id, call, now_s))

    def _answer(self, request_id: str, call: str, now_s: float) -> dict[str, object]:
        if call == "cancel":
            if not self.ignores_cancels:
                self.cancelled.add(request_id)
            return {"status": "cancellation_requested"}
        if request_id in self.cancelled:
            return {"status": "canceled"}
        if now_s < self.ends_s.get(request_id, 1e12):
            return {"status": "in_progress", "request_id": request_id}
        if call == "status":
            return {"status": "completed"}
        return {"status": "succeeded", "outputs": {"9": {"text": ["a bicycle"]}}}

    def first(self, request_id: str, call: str) -> float:
        return next(at for at, asked in self.requests[request_id] if asked == call)

    def most_in_a_second(self) -> int:
        most = first = 0
        for last, moment in enumerate(self.moments):
            while moment - self.moments[first] > 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most

    def longest_turn_s(self, begun_s: float, ended_s: float, calls: Sequence[str] = ()) -> float:
        """Returns the longest time in which an active job was not polled."""
        longest = 0.0
        for number in range(COUNT):
            asked = self.requests[f"r-{number}"]
            times = [at for at, call in asked if not calls or call in calls]
            over_s = [at for at, call in asked if call == "result"]
            until_s = over_s[0] if over_s else ended_s
            edges = [begun_s, *(at for at in times if begun_s <= at <= until_s), until_s]
            longest = max(longest, *(later - at for at, later in itertools.pairwise(edges)))
        return longest


def _answered(status: int, value: object, headers: dict[str, str] | None = None) -> httpx.Response:
    stream = httpx.ByteStream(json.dumps(value).encode())
    return httpx.Response(status, headers=headers, stream=stream)


@dataclass
class ThousandJobsHarness:
    """The program on a folder in which a thousand jobs were accepted before."""

    service: ScriptedService
    queue: JobQueue
    shown_notices: list[Notice]

    def in_state(self, *states: JobState) -> int:
        return sum(job.state in states for job in self.queue.jobs.values())


def _running(number: int) -> Job:
    facts = {"queued_s": BEGUN_S, "running_s": BEGUN_S, "request_id": f"r-{number}"}
    return make_job(S.RUNNING, job_id=f"job-{number}", **facts)


def _held(number: int) -> Job:
    return make_job(S.HELD, hold=HoldReason.PAUSED, job_id=f"held-{number}", places=COUNT)


def now_s() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def open_thousand_jobs(
    folder: Path, count: int = COUNT, pace: QueuePolicy | None = None, held: int = 0
) -> AsyncIterator[ThousandJobsHarness]:
    service, notices, shown_notices = ScriptedService(), Notices(), list[Notice]()
    notices.listen(shown_notices.append)
    database = await Database.open(folder / "history.sqlite")
    history = JobHistory(database)
    await history.save_all([_running(number) for number in range(count)])
    await history.save_all([_held(number) for number in range(held)])
    client = Client(
        SERVICE,
        lambda: "key",
        queue_version=lambda: "v1",
        user_agent="test",
        transport=service,
    )
    queue = JobQueue(
        client,
        history,
        OutputDownloader(client, lambda: folder / "outputs"),
        folder / "media",
        notices,
        service=SERVICE,
        queue_version=lambda: "v1",
        now=lambda: BEGUN_S + now_s(),
        policy=pace,
    )
    try:
        async with client, queue:
            yield ThousandJobsHarness(service, queue, shown_notices)
    finally:
        await database.close()


def test_fifty_runs_are_sent_within_ten_seconds_while_fifty_others_are_asked_about(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        async with open_thousand_jobs(tmp_path, count=50, held=50) as day:
            await asyncio.sleep(20.0)
            begun_s = now_s()
            day.queue.send_queue.resume_all()
            await asyncio.sleep(30.0)
            sent_s = [at - begun_s for at in day.service.accepted_s]
            assert len(sent_s) == 50
            assert max(sent_s) < 10.0
            assert day.service.most_in_a_second() < 10
            # A third of nine requests per second remains for polls.
            asked = [at for each in day.service.requests.values() for at, _call in each]
            assert sum(begun_s <= at < begun_s + max(sent_s) for at in asked) >= 20
            assert day.shown_notices == []

    run_virtually(test)


def test_a_thousand_active_jobs_are_asked_about_below_ten_times_a_second(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_thousand_jobs(tmp_path) as day:
            begun_s = now_s()
            # The last two hundred end together, in the middle of the time.
            for number in range(800, COUNT):
                day.service.ends_s[f"r-{number}"] = begun_s + 200.0
            await asyncio.sleep(450.0)
            assert day.service.most_in_a_second() < 10
            assert day.service.longest_turn_s(begun_s, now_s()) <= 120.0
            assert (day.in_state(S.DONE), day.in_state(S.RUNNING)) == (200, 800)
            # Two intervals of two minutes each.
            done_s = [day.service.first(f"r-{number}", "result") for number in range(800, COUNT)]
            assert max(done_s) - (begun_s + 200.0) <= 240.0
            assert day.shown_notices == []

    run_virtually(test)


def test_a_finished_job_of_few_is_here_within_two_intervals(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_thousand_jobs(tmp_path, 20) as day:
            begun_s = now_s()
            for number in range(20):
                day.service.ends_s[f"r-{number}"] = begun_s + 7.0 + number
            await asyncio.sleep(100.0)
            waits = [
                day.service.first(f"r-{number}", "result") - day.service.ends_s[f"r-{number}"]
                for number in range(20)
            ]
            pace = QueuePolicy()
            assert max(waits) <= 2 * pace.slow_poll_s * (1 + pace.jitter)
            assert day.in_state(S.DONE) == 20

    run_virtually(test)


def test_a_thousand_cancels_at_once_put_nobody_off(tmp_path: Path) -> None:
    """The cancel of a job takes the place of its next poll."""

    async def test() -> None:
        async with open_thousand_jobs(tmp_path) as day:
            await asyncio.sleep(120.0)
            begun_s = now_s()
            for number in range(COUNT):
                day.queue.cancel(f"job-{number}")
            await asyncio.sleep(400.0)
            assert day.service.most_in_a_second() < 10
            assert day.service.longest_turn_s(begun_s, begun_s + 110.0) <= 120.0
            cancels = [day.service.first(f"r-{number}", "cancel") for number in range(COUNT)]
            assert max(cancels) - begun_s <= 120.0
            assert day.in_state(S.CANCELLED) == COUNT
            assert day.shown_notices == []

    run_virtually(test)


@pytest.mark.parametrize("ignores", [False, True])
def test_half_of_them_cancelled_does_not_delay_the_others(tmp_path: Path, ignores: bool) -> None:
    async def test() -> None:
        async with open_thousand_jobs(tmp_path) as day:
            day.service.ignores_cancels = ignores
            await asyncio.sleep(120.0)
            begun_s = now_s()
            for number in range(0, COUNT, 2):
                day.queue.cancel(f"job-{number}")
            await asyncio.sleep(400.0)
            others = [day.service.requests[f"r-{number}"] for number in range(1, COUNT, 2)]
            for asked in others:
                times = [begun_s, *(at for at, _call in asked if at > begun_s), now_s()]
                gaps = [later - at for at, later in itertools.pairwise(times)]
                assert max(gaps) <= 120.0
            assert day.in_state(S.CANCELLED) == (0 if ignores else COUNT // 2)
            assert all(job.can_cancel for job in day.queue.jobs.values()) is ignores
            assert day.service.most_in_a_second() < 10

    run_virtually(test)


def test_a_pause_that_the_service_asks_for_is_kept_by_all(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_thousand_jobs(tmp_path) as day:
            await asyncio.sleep(60.0)
            day.service.refuses_until_s, day.service.retry_after_s = now_s() + 1.0, 600.0
            await asyncio.sleep(5.0)
            asked, paused_s = len(day.service.moments), now_s()
            await asyncio.sleep(580.0)
            assert len(day.service.moments) == asked
            words = {job.trouble for job in day.queue.jobs.values()}
            assert len(words) == 1
            assert words.pop().startswith("RunComfy asks for a pause; asking goes on at ")
            await asyncio.sleep(200.0)
            assert day.service.longest_turn_s(paused_s + 600.0, now_s()) <= 120.0
            assert day.service.most_in_a_second() < 10
            assert not any(job.trouble for job in day.queue.jobs.values())
            assert day.in_state(S.RUNNING) == COUNT

    run_virtually(test)


def test_asked_too_often_without_a_word_how_long_slows_everybody_down(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_thousand_jobs(tmp_path) as day:
            await asyncio.sleep(60.0)
            day.service.refuses_until_s = now_s() + 300.0
            await asyncio.sleep(300.0)
            # 2, 4, 8 ... 60 seconds apart, and each time only the requests admitted together.
            assert day.service.refused <= 60
            await asyncio.sleep(200.0)
            assert day.in_state(S.RUNNING) == COUNT
            assert not any(job.trouble for job in day.queue.jobs.values())

    run_virtually(test)
