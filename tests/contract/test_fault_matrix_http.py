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
from tests.support.emulated import LoopbackEmulator
from tests.support.fault_plays import CLOUD, COLD_S, RUN_S, play
from tests.support.fault_table import HTTP
from tests.support.job_bench import QUICK, Bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.fault_table import Row

pytestmark = pytest.mark.logs_errors

# For answers that never come: long enough for a state to be heard of beside one that is held.
READ_S = 0.75
# For those that come, from a busy machine too.
PATIENT_S = 15.0
MB = 1024 * 1024


class HttpBench(Bench):
    """A bench whose line is real: both ports of the emulator, sockets, the program's own pools."""

    def __init__(self, folder: Path, struck_s: float) -> None:
        super().__init__(folder, pace=QUICK, cloud=CLOUD)
        self._struck_s = struck_s
        self._breath = ShortBreath(PATIENT_S)
        self.emulator = LoopbackEmulator(self.world)

    def strike(self, faults: str) -> None:
        self._breath.read_s = self._struck_s if faults else PATIENT_S
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
async def open_http_bench(folder: Path, struck_s: float = READ_S) -> AsyncIterator[HttpBench]:
    bench = HttpBench(folder, struck_s)
    with bench.emulator:
        async with bench.program(bench.emulator.base_url):
            yield bench


@pytest.mark.parametrize("row", HTTP, ids=lambda row: row.name)
async def test_a_fault_on_a_real_line(row: Row, tmp_path: Path) -> None:
    # No row of a cancel is about an answer that never comes.
    struck_s = PATIENT_S if row.stage == "cancel" else READ_S
    async with open_http_bench(tmp_path, struck_s) as bench:
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
        bench.world.faults.set("huge:2048")
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.QUEUED, JobState.RUNNING)
        bench.clock.advance(COLD_S + RUN_S)
        job = await bench.reaches(job_id, JobState.FAILED)
        after_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "too large" in job.reason
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
