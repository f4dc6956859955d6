"""Complete job life cycles over real HTTP, against the emulator on loopback with its own clock."""

from __future__ import annotations

import socket
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.jobs.job_queue import JobQueue
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support.async_wait import wait_until
from tests.support.emulators import LoopbackEmulator, make_backend
from tests.support.queue_harness import FAST_POLLING, FLUX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.deployments.deployment import Deployment

# Uses loopback sockets.
pytestmark = pytest.mark.real_clock

S = JobState


class RunnerHarness:
    """A program connected to the emulator on loopback."""

    def __init__(self, folder: Path, emulator: LoopbackEmulator) -> None:
        self.folder = folder
        self.emulator = emulator
        self.base_url = emulator.base_url
        self.shown_notices: list[Notice] = []
        self.deployment: Deployment | None = None
        self.queue: JobQueue

    @asynccontextmanager
    async def program(self) -> AsyncIterator[JobQueue]:
        notices = Notices()
        notices.listen(self.shown_notices.append)
        database = await Database.open(self.folder / "history.sqlite")
        client = Client(
            self.base_url,
            lambda: self.emulator.token,
            queue_version=lambda: "v2",
            user_agent="test",
        )
        downloads = OutputDownloader(client, lambda: self.folder / "outputs")
        async with client:
            self.deployment = self.deployment or await read_deployment(client, FLUX)
            self.queue = JobQueue(
                client,
                JobHistory(database),
                downloads,
                self.folder / "media",
                notices,
                service=self.base_url,
                queue_version=lambda: "v2",
                policy=FAST_POLLING,
            )
            async with self.queue:
                yield self.queue
        await database.close()

    async def submit(self, count: int = 1) -> list[str]:
        assert self.deployment is not None
        assert self.deployment.payload is not None
        workflow = workflow_from_json(self.deployment.payload.workflow)
        known = set(self.queue.jobs)
        for number in range(count):
            values = {
                InputKey("5", "width"): 64,
                InputKey("5", "height"): 64,
                InputKey("25", "noise_seed"): number,
            }
            draft = Draft(workflow, DraftSource("flux-dev"), FLUX).with_values(values)
            self.queue.submit_many((RunRequest(draft, self.deployment),))
        await wait_until(lambda: len(self.queue.jobs) == len(known) + count)
        return [job_id for job_id in self.queue.jobs if job_id not in known]

    async def all_reach(self, job_ids: list[str], state: JobState) -> None:
        await wait_until(
            lambda: {self.queue.jobs[job_id].state for job_id in job_ids} == {state},
            describe=lambda: [self.queue.jobs[job_id] for job_id in job_ids],
        )


@asynccontextmanager
async def open_runner_harness(folder: Path, run_s: float = 0.05) -> AsyncIterator[RunnerHarness]:
    backend = make_backend(
        time.time, timing=CloudPace(cold_start_s=0.0, run_s=run_s, cancel_delay_s=0.0)
    )
    with LoopbackEmulator(backend) as emulator:
        yield RunnerHarness(folder, emulator)


async def test_several_jobs_go_from_run_to_files(tmp_path: Path) -> None:
    async with open_runner_harness(tmp_path) as program, program.program() as queue:
        jobs = await program.submit(4)
        assert [queue.jobs[job_id].seed for job_id in jobs] == [0, 1, 2, 3]
        await program.all_reach(jobs, S.DONE)
        paths = [queue.jobs[job_id].outputs[0].path for job_id in jobs]
        assert len(set(paths)) == 4
        assert program.emulator.counts()["accepted"] == 4
        assert program.shown_notices == []


async def test_a_restart_takes_up_what_runs(tmp_path: Path) -> None:
    async with open_runner_harness(tmp_path, run_s=0.4) as program:
        async with program.program():
            jobs = await program.submit(2)
            await wait_until(lambda: program.emulator.counts()["accepted"] == 2)
            await wait_until(lambda: all(program.queue.jobs[each].request_id for each in jobs))
        async with program.program() as queue:
            await program.all_reach(jobs, S.DONE)
            assert all(queue.jobs[job_id].outputs[0].path for job_id in jobs)
        assert program.emulator.counts()["accepted"] == 2


async def test_a_dropped_answer_is_uncertain_and_counted_once(tmp_path: Path) -> None:
    async with open_runner_harness(tmp_path) as program, program.program():
        program.emulator.set_faults("drop-answer")
        [job_id] = await program.submit()
        await program.all_reach([job_id], S.UNCERTAIN)
        counts = program.emulator.counts()
        assert (counts["accepted"], counts["received"]["submit"]) == (1, 1)


async def test_a_job_for_a_dead_service_is_held_and_says_so(tmp_path: Path) -> None:
    async with open_runner_harness(tmp_path) as program:
        async with program.program():
            pass
        program.base_url = dead_address()
        async with program.program() as queue:
            [job_id] = await program.submit()
            await program.all_reach([job_id], S.HELD)
            job = queue.jobs[job_id]
            assert job.hold is HoldReason.OFFLINE
            assert "cannot be reached" in job.reason
            assert "costs nothing" in job.reason
            assert not queue.send_queue.state.is_online


def dead_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.logs_errors
async def test_a_bug_while_following_shows_on_the_row_and_is_told(tmp_path: Path) -> None:
    async with open_runner_harness(tmp_path, run_s=30.0) as program, program.program() as queue:

        def broken_clock() -> float:
            raise ZeroDivisionError

        queue._poller._now = broken_clock
        [job_id] = await program.submit()
        await wait_until(lambda: queue.jobs[job_id].trouble)
        assert queue.jobs[job_id].state.is_active
        await wait_until(lambda: program.shown_notices)
        assert "unexpected" in program.shown_notices[0].title
