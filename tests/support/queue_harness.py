"""Test harness for jobs, with everything real but the network.

    async with open_queue_harness(tmp_path) as harness:
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, JobState.DONE)

Queue, history on disk and client are real; the service is the emulator. Its clock stands still, and
its runs take no time, unless a test changes that.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.jobs.job_queue import JobQueue
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.core.results.run_records import RunRecords
from runcomfy_desktop.core.spending.budget import Budget
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import workflow_from_json
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.deployments import CachedDeployment
from runcomfy_desktop.store.history import JobHistory
from tests.support.async_wait import wait_until, yield_to_tasks
from tests.support.clocks import FakeClock
from tests.support.emulators import INSTANT, EmulatedTransport, make_backend, use_tiny_outputs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.core.deployments.deployment_check import DeploymentCheck
    from runcomfy_desktop.core.jobs.request_pause import RequestPause
    from runcomfy_desktop.core.jobs.sender import ShrinkPicture
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.jobs.job import Job, JobState
    from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace

FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SERVICE = "http://127.0.0.1:8001"
# Enough for tests; a megabyte of random bytes for each test would take longer than its jobs.
RESERVE_BYTES = 4096
FAST_POLLING = QueuePolicy(
    request_interval_s=0.0,
    fast_poll_s=0.002,
    slow_poll_s=0.004,
    unknown_backoff=Backoff(0.008, 0.01),
    failure_backoff=Backoff(0.002, 0.01),
    busy_backoff=Backoff(0.002, 0.01),
    lost_after_answers=3,
    lost_after_s=0.0,
    min_lost_age_s=0.0,
    cancel_retry_backoff=Backoff(0.01, 0.02),
    rewrite_interval_s=0.01,
    shutdown_timeout_s=2.0,
)


class ScriptedTransport(EmulatedTransport):
    """Emulator with responses that a test can hold or change."""

    def __init__(self, backend: Any) -> None:
        super().__init__(backend)
        self.overrides: dict[str, Callable[[httpx.Response], httpx.Response]] = {}
        self.held_calls: dict[str, asyncio.Event] = {}
        self.waiting = 0
        self.is_down = False
        """True if all connections fail."""
        self._connecting: asyncio.Event | None = None
        self._held_request = ""
        self.received_calls: list[str] = []
        self.paths: list[str] = []
        self.damaged_paths: set[str] = set()
        """URL queries of the files that the storage cannot deliver now."""
        self._refused: set[str] = set()
        self._retired: dict[str, httpx.Response] = {}

    def refuse_request(self, request_id: str) -> None:
        """Makes a request belong to another account."""
        self._refused.add(request_id)

    def retire_version(self, version: str, answer: httpx.Response | None = None) -> None:
        """Makes one version of the queue API respond only with `answer` (404 by default)."""
        self._retired[version] = answer or httpx.Response(404, json={"detail": "Not Found"})

    def restore_version(self, version: str) -> None:
        del self._retired[version]

    def hold_connections(self) -> asyncio.Event:
        """Holds new connections until the returned event is set."""
        self._connecting = asyncio.Event()
        return self._connecting

    def override_json(self, call: str, **fields: object) -> None:
        """Overwrites fields in every response of `call`."""

        def override(response: httpx.Response) -> httpx.Response:
            value = {**json.loads(response.content), **fields}
            return httpx.Response(response.status_code, json=value)

        self.overrides[call] = override

    def hold(self, call: str, *, of: str = "") -> asyncio.Event:
        """Holds responses of `call` until the returned event is set; the calls are accepted before.

        With `of`, only holds the responses about the request with this id.
        """
        self._held_request = of
        self.held_calls[call] = asyncio.Event()
        return self.held_calls[call]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._connecting is not None:
            await self._connecting.wait()
        if self.is_down:
            raise httpx.ConnectError("no route to host", request=request)
        call = request.url.path.rpartition("/")[2]
        if "/deployment_requests/" in request.url.path:
            call = "download"
        self.received_calls.append(call)
        self.paths.append(request.url.path)
        if call == "download" and request.url.query.decode() in self.damaged_paths:
            return _as_stream(httpx.Response(503))
        if self._refused & set(request.url.path.split("/")):
            error = {"error_code": 403003, "error_message": "Forbidden"}
            return _as_stream(httpx.Response(403, json=error))
        gone = self._retired.get(request.url.path.removeprefix("/prod/")[:2])
        if gone is not None:
            return _as_stream(httpx.Response(gone.status_code, content=gone.content))
        response = await super().handle_async_request(request)
        if call in self.held_calls and self._held_request in request.url.path:
            self.waiting += 1
            await self.held_calls[call].wait()
            self.waiting -= 1
        await response.aread()
        if call in self.overrides:
            response = self.overrides[call](response)
        return _as_stream(response)


def _as_stream(response: httpx.Response) -> httpx.Response:
    """Returns the response as a network delivers it: unread, and broken off if incomplete."""
    headers = response.headers
    stream = _BrokenOffStream(
        response.content, int(headers.get("content-length", len(response.content)))
    )
    return httpx.Response(response.status_code, headers=headers, stream=stream)


class _BrokenOffStream(httpx.AsyncByteStream):
    def __init__(self, content: bytes, promised_bytes: int) -> None:
        self._content = content
        self._promised_bytes = promised_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._content:
            yield self._content
        if len(self._content) < self._promised_bytes:
            raise httpx.RemoteProtocolError("peer closed connection without the complete body")


class QueueHarness:
    """One run of the program on one folder; `shown_notices` has the notices."""

    def __init__(self, folder: Path, *, pace: QueuePolicy, timing: CloudPace) -> None:
        self.folder = folder
        self.pace = pace
        self.clock = FakeClock()
        self.monotonic_clock = FakeClock(0.0)
        """Advances only if a test lets the computer sleep."""
        self.backend = make_backend(self.clock, timing=timing)
        # Painting takes longer than the rest of a job, and the pictures do not matter.
        use_tiny_outputs(self.backend)
        self.backend.base_url, self.backend.storage_url = SERVICE, "http://127.0.0.1:8002"
        self.transport = ScriptedTransport(self.backend)
        self.token = self.backend.token
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.is_billed = False
        """True if runs have prices, by `preferences`; to be set before the program starts."""
        self.deployment_check: DeploymentCheck | None = None
        """Check that the queue uses; to be set before the program starts."""
        self.shrink_picture: ShrinkPicture | None = None
        """Shrinks large pictures; to be set before the program starts."""
        self.shown_notices: list[Notice] = []
        self.loaded: list[int] = []
        self.unwritten_jobs: list[str] = []
        self._shown_states: dict[str, list[str]] = {}
        self.database: Database
        self.notices: Notices
        self.queue: JobQueue
        self.deployment: Deployment

    @property
    def poll_pause(self) -> RequestPause:
        """Current pause of polls."""
        return self.queue._gateway.poll_pause

    @property
    def submit_pause(self) -> RequestPause:
        """Current pause of submits."""
        return self.queue._gateway.submit_pause

    @property
    def path(self) -> Path:
        return self.folder / "history.sqlite"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @asynccontextmanager
    async def program(self, service: str = SERVICE) -> AsyncIterator[JobQueue]:
        """Runs the program from start to a regular end."""
        self.notices = notices = Notices()
        notices.listen(self.shown_notices.append)
        self.database = await Database.open(self.path, reserve_bytes=RESERVE_BYTES)
        try:
            history = JobHistory(self.database)
            async with self._budget(history, notices, service) as budget, self.client() as client:
                self.deployment = await read_deployment(client, FLUX)
                run_records = RunRecords(
                    self.preferences,
                    self._cached_deployment,
                    self.media,
                    notices,
                    lambda: (self.token,),
                )
                downloads = OutputDownloader(
                    client,
                    lambda: self.outputs,
                    retry_backoff=Backoff(0.001, 0.001),
                    run_records=run_records,
                )
                self.queue = JobQueue(
                    client,
                    history,
                    downloads,
                    self.media,
                    notices,
                    service=service,
                    queue_version=lambda: "v1",
                    preferences=self.preferences,
                    now=self.clock,
                    policy=self.pace,
                    monotonic_s=self.monotonic_clock,
                    budget=budget,
                    deployment_check=self.deployment_check,
                    shrink_picture=self.shrink_picture,
                )
                self.queue.changed.subscribe(self._on_changed)
                # The window does the same when it need not ask the user.
                self.queue.budget.release_requested.subscribe(self.queue.send_queue.send_now)
                self.queue.loaded.subscribe(lambda _: self.loaded.append(len(self.queue.jobs)))
                async with self.queue:
                    yield self.queue
        finally:
            await self.database.close()

    @asynccontextmanager
    async def _budget(
        self, history: JobHistory, notices: Notices, service: str
    ) -> AsyncIterator[Budget | None]:
        if not self.is_billed:
            yield None
            return
        budget = Budget(
            history, self.preferences, notices, service=service, is_billed=True, now=self.clock
        )
        try:
            await budget.open()
            yield budget
        finally:
            await budget.close()

    async def _cached_deployment(self, deployment_id: str) -> CachedDeployment | None:
        is_requested = deployment_id == self.deployment.deployment_id
        return CachedDeployment(self.deployment, 0.0) if is_requested else None

    def client(self) -> Client:
        return Client(
            SERVICE,
            lambda: self.token,
            queue_version=lambda: "v1",
            user_agent="test",
            transport=self.transport,
            retry=Retry(tries=1),
        )

    def draft(self, **inputs: Value) -> Draft:
        """Returns a small draft of the text-to-picture deployment, with some inputs changed."""
        assert self.deployment.payload is not None
        workflow = workflow_from_json(self.deployment.payload.workflow)
        draft = Draft(workflow, DraftSource(self.deployment.name), self.deployment.deployment_id)
        values = {"width": 64, "height": 64, **inputs}
        return draft.with_values(
            {key: values[key.name] for key in workflow.input_keys() if key.name in values}
        )

    async def submit(self, **inputs: Value) -> str:
        """Runs `draft(**inputs)` and returns the job's id once it is in the history."""
        return await self.submit_draft(self.draft(**inputs))

    async def submit_many(self, count: int, name: str = "") -> list[str]:
        """Runs a batch with seeds from 0 on; returns the ids once all jobs are in the queue."""
        known = set(self.queue.jobs)
        drafts = (self.draft(noise_seed=number) for number in range(count))
        self.queue.submit_many([RunRequest(draft, self.deployment) for draft in drafts], name)
        await wait_until(lambda: len(self.queue.jobs) == len(known) + count)
        return [job_id for job_id in self.queue.jobs if job_id not in known]

    async def submit_draft(self, draft: Draft) -> str:
        known = set(self.queue.jobs)
        self.queue.submit_many((RunRequest(draft, self.deployment),))
        await wait_until(lambda: len(self.queue.jobs) > len(known))
        return next(job_id for job_id in self.queue.jobs if job_id not in known)

    async def wait_until_state(self, job_id: str, *states: JobState) -> Job:
        """Waits for one of `states`, and for the tasks that react to the change."""
        await wait_until(
            lambda: self.queue.jobs[job_id].state in states,
            describe=lambda: self.queue.jobs[job_id],
        )
        await yield_to_tasks()
        return self.queue.jobs[job_id]

    def row(self, job_id: str) -> dict[str, Any]:
        """Returns the job as another program reads it from the disk."""
        connection = sqlite3.connect(self.path)
        try:
            query = "SELECT state, request_id, document FROM jobs WHERE job_id = ?"
            found = connection.execute(query, (job_id,)).fetchone()
        finally:
            connection.close()
        if found is None:
            return {}
        return {**json.loads(found[2]), "state": found[0], "request_id": found[1]}

    async def wait_for_pending_calls(self) -> None:
        """Waits for calls that a fault must not affect; only real connections have such calls."""

    def set_faults(self, faults: str) -> None:
        """Sets the faults of the service; "" ends them."""
        self.backend.faults.set(faults)

    async def refuse_writes(self, *, on: bool = True) -> None:
        """Makes the history behave as on a read-only disk, or ends that."""
        word = "ON" if on else "OFF"
        await self.database.run(lambda each: each.execute(f"PRAGMA query_only = {word}").fetchall())

    def execute_sql(self, script: str) -> None:
        """Changes the history as another program would."""
        connection = sqlite3.connect(self.path)
        try:
            connection.executescript(script)
        finally:
            connection.close()

    @property
    def accepted_count(self) -> int:
        """Number of submits that the service accepted; each of them is paid."""
        count = self.backend.journal.counts()["accepted"]
        assert isinstance(count, int)
        return count

    def received_count(self, call: str) -> int:
        received = self.backend.journal.counts()["received"]
        assert isinstance(received, dict)
        count = received.get(call, 0)
        assert isinstance(count, int)
        return count

    def sent_overrides(self) -> list[Any]:
        """Returns the overrides of every received submit, in order."""
        entries: list[Any] = self.backend.journal.entries()
        return [entry["overrides"] for entry in entries if entry["call"] == "submit"]

    def shown_states(self, job_id: str) -> list[str]:
        """Returns the states in which the job was shown, without repetitions."""
        return [state for state, _before in itertools.groupby(self._shown_states[job_id])]

    def in_state(self, state: JobState) -> list[str]:
        """Returns the ids of the jobs in a state, oldest first."""
        return [each.job_id for each in self.queue.jobs.values() if each.state is state]

    def titles(self) -> list[str]:
        return [notice.title for notice in self.shown_notices]

    def files(self) -> list[str]:
        """Returns all files below the output folder."""
        return sorted(
            each.relative_to(self.outputs).as_posix()
            for each in self.outputs.rglob("*")
            if each.is_file()
        )

    def _on_changed(self, job: Job) -> None:
        shown = self._shown_states.setdefault(job.job_id, [])
        is_new = shown[-1:] != [job.state.value]
        shown.append(job.state.value)
        on_disk = self.row(job.job_id).get("state")
        # The disk may be ahead of a job that is only shown again for a transient value.
        if is_new and on_disk != job.state.value:
            self.unwritten_jobs.append(f"{job.state.value} shown, {on_disk} on disk")


@asynccontextmanager
async def open_queue_harness(
    folder: Path, *, pace: QueuePolicy = FAST_POLLING, timing: CloudPace = INSTANT
) -> AsyncIterator[QueueHarness]:
    """Opens a harness with a running program; checks that only stored states were shown."""
    harness = make_queue_harness(folder, pace=pace, timing=timing)
    async with running(harness):
        yield harness


def make_queue_harness(
    folder: Path, *, pace: QueuePolicy = FAST_POLLING, timing: CloudPace = INSTANT
) -> QueueHarness:
    """Returns a harness for which no program has been started."""
    return QueueHarness(folder, pace=pace, timing=timing)


@asynccontextmanager
async def running(harness: QueueHarness) -> AsyncIterator[None]:
    """Runs the program; checks that only stored states were shown."""
    async with harness.program():
        yield
    assert harness.unwritten_jobs == []
