"""The history file is deleted while the program runs: no job is sent that could not be recorded."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)
pytestmark = [
    pytest.mark.logs_errors,
    pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove an open file"),
]


async def test_after_the_folder_was_removed_each_accepted_run_is_in_the_history(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    async with open_queue_harness(folder, timing=SLOW_CLOUD) as harness:
        harness.preferences.set(in_flight=9)
        running = await harness.submit()
        await harness.wait_until_state(running, S.QUEUED, S.RUNNING)
        shutil.rmtree(folder)
        for _each in range(5):
            harness.queue.submit_many((RunRequest(harness.draft(), harness.deployment),))
        await wait_until(lambda: harness.titles())
        await wait_until_stable(lambda: harness.transport.received_calls.count("inference"))
        sent = [job for job in harness.queue.jobs.values() if job.request_id]
        assert len(sent) == harness.accepted_count
        assert all(harness.row(job.job_id)["request_id"] == job.request_id for job in sent)
        (title,) = harness.titles()
        assert title == "The history of jobs was removed while the program ran."


async def test_a_file_in_the_place_of_the_history_stops_all_sends(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.queue.send_queue.pause_all()
        held = await harness.submit_many(2)
        await wait_until(lambda: len(harness.in_state(S.HELD)) == 2)
        aside = harness.path.with_name("aside")
        shutil.copyfile(harness.path, aside)
        aside.replace(harness.path)
        harness.queue.send_queue.resume_all()
        harness.queue.submit_many((RunRequest(harness.draft(), harness.deployment),))
        await wait_until(lambda: harness.titles())
        assert (
            await wait_until_stable(lambda: harness.transport.received_calls.count("inference"))
            == 0
        )
        assert set(harness.titles()) == {
            "The history of jobs was replaced by another file while the program ran."
        }
        assert all(harness.queue.jobs[each].state is S.HELD for each in held)
