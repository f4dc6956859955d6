"""The history's file goes while the program runs: no job is sent that nobody would remember."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from tests.support.job_bench import open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)
pytestmark = [
    pytest.mark.logs_errors,
    pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove an open file"),
]


async def test_after_the_folder_was_removed_each_accepted_run_is_in_the_history(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    async with open_bench(folder, cloud=SLOW_CLOUD) as bench:
        bench.preferences.set(in_flight=9)
        running = await bench.submit()
        await bench.reaches(running, S.QUEUED, S.RUNNING)
        shutil.rmtree(folder)
        for _each in range(5):
            bench.queue.submit_many((Run(bench.draft(), bench.deployment),))
        await until(lambda: bench.titles())
        await settled(lambda: bench.network.arrived.count("inference"))
        sent = [job for job in bench.queue.jobs.values() if job.request_id]
        assert len(sent) == bench.accepted
        assert all(bench.row(job.job_id)["request_id"] == job.request_id for job in sent)
        (title,) = bench.titles()
        assert title == "The history of jobs was removed while the program ran."


async def test_a_file_in_the_place_of_the_history_stops_all_sends(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=SLOW_CLOUD) as bench:
        bench.queue.line.pause_all()
        held = await bench.submit_many(2)
        await until(lambda: len(bench.in_state(S.HELD)) == 2)
        aside = bench.path.with_name("aside")
        shutil.copyfile(bench.path, aside)
        aside.replace(bench.path)
        bench.queue.line.resume_all()
        bench.queue.submit_many((Run(bench.draft(), bench.deployment),))
        await until(lambda: bench.titles())
        assert await settled(lambda: bench.network.arrived.count("inference")) == 0
        assert set(bench.titles()) == {
            "The history of jobs was replaced by another file while the program ran."
        }
        assert all(bench.queue.jobs[each].state is S.HELD for each in held)
