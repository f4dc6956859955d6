"""The rows of the table of faults that need a real line: loopback HTTP, with short time-outs."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.domain.job import JobState
from tests.support.clients import ShortBreath
from tests.support.emulated import LoopbackEmulator, paint_everything
from tests.support.fault_plays import CLOUD, COLD_S, RUN_S, play
from tests.support.fault_table import HTTP
from tests.support.job_bench import QUICK, Bench
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.support.fault_table import Row

pytestmark = pytest.mark.logs_errors

# For answers that never come, and for those of which one half comes and is enough.
READ_S, HALF_S = 0.1, 2.0
# For those that come, from a busy machine too.
PATIENT_S = 15.0
# How the paths of the calls end that a fault holds.
ENDINGS = {"submit": "inference", "running": "status", "result": "result"}
MB = 1024 * 1024


class Breath(ShortBreath):
    """Waits shortly for the answers that a row's fault holds, and patiently for all others."""

    def __init__(self, row: Row | None) -> None:
        super().__init__(PATIENT_S)
        # No row of a cancel is about an answer that never comes.
        is_short = row is not None and "hold" in row.fault and row.stage != "cancel"
        self._row = row if is_short else None
        self._short_s = HALF_S if row is not None and "hold-half" in row.fault else READ_S
        self._left = 1 if row is not None and "#1" in row.fault else sys.maxsize
        self._is_on = False
        self._patient = 0

    async def until_quiet(self) -> None:
        """Returns when none is on its way that would be held and waited for patiently."""
        await until(lambda: not self._patient)

    def strike(self, *, is_on: bool) -> None:
        """Waits shortly from here on, or no longer."""
        self._is_on = is_on

    def _is_held(self, request: httpx.Request) -> bool:
        if self._row is None:
            return False
        ending = ENDINGS.get(self._row.stage, "")
        call = request.url.path.rpartition("/")[2]
        # Only files are not called by the name of a call.
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


class HttpBench(Bench):
    """A bench whose line is real: both ports of the emulator, sockets, the program's own pools."""

    def __init__(self, folder: Path, row: Row | None) -> None:
        super().__init__(folder, pace=QUICK, cloud=CLOUD)
        # A file of one pixel goes over a line in one piece.
        paint_everything(self.world)
        self._breath = Breath(row)
        self.emulator = LoopbackEmulator(self.world)

    async def before_strike(self) -> None:
        await self._breath.until_quiet()

    def strike(self, faults: str) -> None:
        self._breath.strike(is_on=bool(faults))
        super().strike(faults)

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
async def open_http_bench(folder: Path, row: Row | None = None) -> AsyncIterator[HttpBench]:
    bench = HttpBench(folder, row)
    with bench.emulator:
        async with bench.program(bench.emulator.base_url):
            yield bench


@pytest.mark.parametrize("row", HTTP, ids=lambda row: row.name)
async def test_a_fault_on_a_real_line(row: Row, tmp_path: Path) -> None:
    async with open_http_bench(tmp_path, row) as bench:
        await play(bench, row)


async def test_a_download_goes_on_where_it_was_cut_unless_the_file_changed(tmp_path: Path) -> None:
    for faults, answers in (
        ("cut-download@download#1", [200, 206]),
        ("cut-download@download#1,no-range@download", [200, 200]),
        ("cut-download@download#1,changed-download@download#2", [200, 200]),
    ):
        folder = tmp_path / str(len(faults))
        folder.mkdir()
        async with open_http_bench(folder) as bench:
            job_id = await bench.submit()
            await bench.reaches(job_id, JobState.QUEUED, JobState.RUNNING)
            bench.world.faults.set(faults)
            bench.clock.advance(COLD_S + RUN_S)
            job = await bench.reaches(job_id, JobState.DONE)
            calls = [each for each in bench.emulator.log() if each["call"] == "download"]
            assert [each["status"] for each in calls] == answers
            (output,) = job.outputs
            (name,) = bench.files()
            run = bench.world.runs[job.request_id]
            (file,) = bench.world.outcome(run).files().values()
            data = (bench.outputs / name).read_bytes()
            assert (data == file.write()) == ("changed" not in faults)
            assert output.fault == ""


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory was used is told there in kB")
async def test_two_gigabytes_of_result_are_not_taken_into_memory(tmp_path: Path) -> None:
    import resource

    async with open_http_bench(tmp_path) as bench:
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        bench.world.faults.set("huge@result#1:2048")
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.QUEUED, JobState.RUNNING)
        bench.clock.advance(COLD_S + RUN_S)
        job = await bench.reaches(job_id, JobState.DONE)
        after_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert bench.received("result") == 2
    assert job.outputs
    assert (after_kb - before_kb) * 1024 < 150 * MB


async def test_the_token_goes_nowhere_else(tmp_path: Path) -> None:
    """Addresses at other hosts, in the acceptance and in the results."""
    async with open_http_bench(tmp_path) as bench:
        bench.world.faults.set("foreign-urls,names")
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.QUEUED, JobState.RUNNING)
        bench.clock.advance(COLD_S + RUN_S)
        job = await bench.reaches(job_id, JobState.DONE)
        log = bench.emulator.log()
    files = [each for each in log if each["port"] == "storage"]
    assert files
    assert all("authorization" not in each["headers"] for each in files)
    inside = [each for each in job.outputs if each.path]
    assert len(inside) == len(bench.files())
    assert all(each.path.startswith(str(bench.outputs)) for each in inside)
