"""Rows of the fault table that need a real connection: loopback HTTP, with short time-outs."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.domain.jobs.job import JobState
from tests.support.async_wait import wait_until
from tests.support.clients import ShortTimeoutTransport
from tests.support.emulators import LoopbackEmulator, use_painted_outputs
from tests.support.fault_scenarios import COLD_S, RUN_S, TIMING, run_scenario
from tests.support.fault_table import HTTP
from tests.support.queue_harness import FAST_POLLING, QueueHarness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.support.fault_table import FaultRow

pytestmark = pytest.mark.logs_errors

# Time-outs for responses that never come, and for those of which only the first half comes.
READ_S, HALF_S = 0.1, 2.0
# Time-out for responses that do come, even from a busy computer.
PATIENT_S = 15.0
# Last path components of the calls that a fault holds, by the row's stage.
ENDINGS = {"submit": "inference", "running": "status", "result": "result"}
MB = 1024 * 1024


class RowTimeoutTransport(ShortTimeoutTransport):
    """Uses a short time-out for responses held by a row's fault, and a long one for all others."""

    def __init__(self, row: FaultRow | None) -> None:
        super().__init__(PATIENT_S)
        # In the rows for cancel calls, every response comes.
        is_short = row is not None and "hold" in row.fault and row.stage != "cancel"
        self._row = row if is_short else None
        self._short_s = HALF_S if row is not None and "hold-half" in row.fault else READ_S
        self._left = 1 if row is not None and "#1" in row.fault else sys.maxsize
        self._is_on = False
        self._patient = 0

    async def until_quiet(self) -> None:
        """Waits until no call that the fault would hold is running with the long time-out."""
        await wait_until(lambda: not self._patient)

    def set_short_timeouts(self, *, is_on: bool) -> None:
        """Turns the short time-outs on or off."""
        self._is_on = is_on

    def _is_held(self, request: httpx.Request) -> bool:
        if self._row is None:
            return False
        ending = ENDINGS.get(self._row.stage, "")
        call = request.url.path.rpartition("/")[2]
        # Every other call's path ends with the name of the call, but a file's path does not.
        return call == ending if ending else "/deployment_requests/" in request.url.path

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_held = self._is_held(request)
        is_short = is_held and self._is_on and self._left > 0
        self._left -= is_short
        self.read_s = self._short_s if is_short else PATIENT_S
        is_patient = is_held and not is_short
        self._patient += is_patient
        try:
            return await super().handle_async_request(request)
        finally:
            self._patient -= is_patient


class HttpQueueHarness(QueueHarness):
    """Queue harness with real connections: both ports, sockets, and the program's own pools."""

    def __init__(self, folder: Path, row: FaultRow | None) -> None:
        super().__init__(folder, pace=FAST_POLLING, timing=TIMING)
        # A file of one pixel is sent in one piece, so painted outputs are used instead.
        use_painted_outputs(self.backend)
        self._breath = RowTimeoutTransport(row)
        self.emulator = LoopbackEmulator(self.backend)

    async def wait_for_pending_calls(self) -> None:
        await self._breath.until_quiet()

    def set_faults(self, faults: str) -> None:
        self._breath.set_short_timeouts(is_on=bool(faults))
        super().set_faults(faults)

    def client(self) -> Client:
        return Client(
            self.emulator.base_url,
            lambda: self.token,
            queue_version=lambda: "v1",
            user_agent="test",
            transport=self._breath,
            retry=Retry(tries=1),
        )


@asynccontextmanager
async def open_http_queue_harness(
    folder: Path, row: FaultRow | None = None
) -> AsyncIterator[HttpQueueHarness]:
    harness = HttpQueueHarness(folder, row)
    with harness.emulator:
        async with harness.program(harness.emulator.base_url):
            yield harness


@pytest.mark.parametrize("row", HTTP, ids=lambda row: row.name)
async def test_a_fault_on_a_real_connection(row: FaultRow, tmp_path: Path) -> None:
    async with open_http_queue_harness(tmp_path, row) as harness:
        await run_scenario(harness, row)


async def test_a_download_goes_on_where_it_was_cut_unless_the_file_changed(tmp_path: Path) -> None:
    for faults, answers in (
        ("cut-download@download#1", [200, 206]),
        ("cut-download@download#1,no-range@download", [200, 200]),
        ("cut-download@download#1,changed-download@download#2", [200, 200]),
    ):
        folder = tmp_path / str(len(faults))
        folder.mkdir()
        async with open_http_queue_harness(folder) as harness:
            job_id = await harness.submit()
            await harness.wait_until_state(job_id, JobState.QUEUED, JobState.RUNNING)
            harness.backend.faults.set(faults)
            harness.clock.advance(COLD_S + RUN_S)
            job = await harness.wait_until_state(job_id, JobState.DONE)
            calls = [each for each in harness.emulator.log() if each["call"] == "download"]
            assert [each["status"] for each in calls] == answers
            (output,) = job.outputs
            (name,) = harness.files()
            run = harness.backend.runs[job.request_id]
            (file,) = harness.backend.outcome(run).files().values()
            data = (harness.outputs / name).read_bytes()
            assert (data == file.write()) == ("changed" not in faults)
            assert output.fault == ""


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory was used is told there in kB")
async def test_two_gigabytes_of_result_are_not_taken_into_memory(tmp_path: Path) -> None:
    import resource

    async with open_http_queue_harness(tmp_path) as harness:
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        harness.backend.faults.set("huge@result#1:2048")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, JobState.QUEUED, JobState.RUNNING)
        harness.clock.advance(COLD_S + RUN_S)
        job = await harness.wait_until_state(job_id, JobState.DONE)
        after_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert harness.received_count("result") == 2
    assert job.outputs
    assert (after_kb - before_kb) * 1024 < 150 * MB


async def test_the_token_goes_nowhere_else(tmp_path: Path) -> None:
    """The token is not sent to the other hosts named in the acceptance and in the results."""
    async with open_http_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("foreign-urls,names")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, JobState.QUEUED, JobState.RUNNING)
        harness.clock.advance(COLD_S + RUN_S)
        job = await harness.wait_until_state(job_id, JobState.DONE)
        log = harness.emulator.log()
    files = [each for each in log if each["port"] == "storage"]
    assert files
    assert all("authorization" not in each["headers"] for each in files)
    inside = [each for each in job.outputs if each.path]
    assert len(inside) == len(harness.files())
    assert all(each.path.startswith(str(harness.outputs)) for each in inside)
