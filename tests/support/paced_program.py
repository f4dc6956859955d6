"""The program's queue for property tests, with everything real except network and time.

`PacedProgram` reacts to the service as the account does, and records what a body that reaches the
service shows to be wrong. `StarvationWatch` finds jobs that are neither sent nor polled.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.jobs.job_index import send_order_key
from runcomfy_desktop.core.jobs.job_queue import JobQueue
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support.job_factory import SERVICE
from tests.support.service_model import ServiceModel

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job

S = JobState
UNSENT = (S.WAITING, S.HELD)
AT_SERVICE = (S.QUEUED, S.RUNNING, S.FETCHING)
SEED = InputKey("3", "seed")
_IN_FLIGHT = (S.SENDING, S.QUEUED, S.RUNNING)
_BEGUN_S = 1_770_000_000.0
# Longest time for which a job may be neither sent nor polled without a reason.
_STARVED_S = 120.0
# Time for which a job whose answer is unknown occupies a place.
_UNKNOWN_S = 3600.0
_ACCOUNT_CHECK_S = 30.0


class PacedProgram:
    """The queue on a folder of its own, with the service and the account's checks of the key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = ServiceModel(self._on_body)
        self.violations: list[str] = []
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.released: set[str] = set()
        """Ids of jobs that the user released since the last pause of the queue."""
        self.forbidden: set[str] = set()
        """Ids of unsent jobs that the user paused or cancelled."""
        self.allowance = 0
        """Number of jobs that may have been chosen before the limit was lowered."""
        self.uncertain: set[str] = set()
        self.queue: JobQueue
        self._account_phase = "good"
        self._account_check_s = 0.0
        self._contexts = AsyncExitStack()

    @property
    def jobs(self) -> list[Job]:
        return list(self.queue.jobs.values())

    @property
    def unsent(self) -> list[Job]:
        """Unsent jobs in send order."""
        return sorted((job for job in self.jobs if job.state in UNSENT), key=send_order_key)

    async def open(self) -> None:
        database = await Database.open(self.folder / "history.sqlite", reserve_bytes=4096)
        self._contexts.push_async_callback(database.close)
        client = Client(
            SERVICE,
            lambda: "key",
            queue_version=lambda: "v1",
            user_agent="test",
            transport=self.service,
        )
        await self._contexts.enter_async_context(client)
        notices = Notices()
        notices.listen(lambda _notice: None)
        self.queue = JobQueue(
            client,
            JobHistory(database),
            OutputDownloader(client, lambda: self.folder / "outputs"),
            self.folder / "media",
            notices,
            service=SERVICE,
            queue_version=lambda: "v1",
            preferences=self.preferences,
            now=lambda: _BEGUN_S + now_s(),
            monotonic_s=now_s,
        )
        self.queue.changed.subscribe(self._on_changed)
        for topic in (self.queue.key_refused, self.queue.unreachable):
            topic.subscribe(lambda _nothing: self.check_account())
        await self._contexts.enter_async_context(self.queue)

    async def close(self) -> None:
        await self._contexts.aclose()

    def check_account(self) -> None:
        """Does with the queue as the account does after it checked the key."""
        service, queue = self.service, self.queue
        self._account_check_s = now_s() + _ACCOUNT_CHECK_S
        phase = "good" if service.is_key_good else "refused"
        phase = phase if service.is_reachable else "unreachable"
        was, self._account_phase = self._account_phase, phase
        queue.send_queue.set_online(service.is_reachable)
        if phase == "good":
            queue.send_queue.set_has_key(True)
            queue.set_key_validity(is_good=True)
        elif phase == "refused":
            queue.send_queue.set_has_key(False)
            queue.set_key_validity(is_good=False)
        else:
            queue.set_key_validity(is_good=None)
        if phase != was and phase != "refused":
            queue.wake()

    def check_account_again(self) -> None:
        """Checks the key as the account does from time to time while it is not good."""
        if self._account_phase != "good" and now_s() >= self._account_check_s:
            self.check_account()

    def lose_key(self, seconds: float) -> None:
        self.service.key_refused_until_s = now_s() + seconds

    def replace_key(self) -> None:
        self.service.key_refused_until_s = 0.0
        self.check_account()

    def lose_network(self, seconds: float, *, is_noticed: bool) -> None:
        self.service.unreachable_until_s = now_s() + seconds
        if is_noticed:
            self.check_account()

    def stored(self) -> dict[str, tuple[str, str]]:
        """Returns state and request id of each job, as another program reads them from the disk."""
        with closing(sqlite3.connect(self.folder / "history.sqlite")) as connection:
            rows = connection.execute("SELECT job_id, state, request_id FROM jobs").fetchall()
        return {job_id: (state, request_id) for job_id, state, request_id in rows}

    def places(self, job: Job) -> int:
        return self.preferences.settings.in_flight or job.places

    def occupied(self, deployment_id: str) -> int:
        """Returns the number of places in use, as far as the program can know."""
        own = [job for job in self.jobs if job.deployment_id == deployment_id]
        is_recent = _BEGUN_S + now_s() - _UNKNOWN_S
        unknown = sum(job.state is S.UNCERTAIN and job.sent_s > is_recent for job in own)
        return unknown + sum(job.state in _IN_FLIGHT for job in own)

    def _on_changed(self, job: Job) -> None:
        if job.state is S.UNCERTAIN:
            self.uncertain.add(job.job_id)

    def _on_body(self, key: int) -> None:
        """Checks a job whose body has just reached the service."""
        job = next(job for job in self.jobs if key_of(job) == key)
        if self.service.bodies.count(key) > 1:
            self.violations.append(f"job {key} was sent twice")
        state, _request_id = self.stored()[job.job_id]
        if state != S.SENDING.value:
            self.violations.append(f"job {key} was sent, and is {state} on disk")
        if job.job_id in self.forbidden:
            self.violations.append(f"job {key} was sent, although it was paused or cancelled")
        if self.preferences.settings.is_paused and job.job_id not in self.released:
            self.violations.append(f"job {key} was sent while the queue was paused")
        if self.occupied(job.deployment_id) > self.places(job):
            self.allowance -= 1
            if self.allowance < 0:
                self.violations.append(f"job {key} was sent without a free place")


class StarvationWatch:
    """Measures how long each job could have been sent or polled, and was not."""

    def __init__(self, program: PacedProgram) -> None:
        self._program = program
        self._ready_since_s: dict[str, float] = {}

    def starved(self) -> list[str]:
        """Returns a description of each starved job; to be called every few seconds."""
        program, time_s = self._program, now_s()
        if not program.service.is_healthy:
            self._ready_since_s.clear()
            return []
        ready = {job.job_id: job for job in program.jobs if self._is_ready(job)}
        self._ready_since_s = {job_id: self._ready_since_s.get(job_id, time_s) for job_id in ready}
        return [
            f"job {key_of(job)} is {job.state.value} and starves"
            for job_id, job in ready.items()
            if time_s - self._since_s(job, self._ready_since_s[job_id]) > _STARVED_S
        ]

    def _is_ready(self, job: Job) -> bool:
        if job.state is S.WAITING:
            return self._program.occupied(job.deployment_id) < self._program.places(job)
        return job.state in AT_SERVICE

    def _since_s(self, job: Job, ready_s: float) -> float:
        service = self._program.service
        run = service.runs.get(job.request_id)
        return max(ready_s, service.disturbed_s, 0.0 if run is None else run.last_poll_s)


def key_of(job: Job) -> int:
    value = job.changes[SEED]
    assert isinstance(value, int)
    return value


def now_s() -> float:
    return asyncio.get_running_loop().time()
