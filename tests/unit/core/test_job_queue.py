from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from tests.support.job_bench import open_bench

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_run_goes_from_waiting_to_a_file(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        job_id = await bench.submit(noise_seed=7)
        job = await bench.reaches(job_id, JobState.DONE)
        assert bench.states(job_id) == ["waiting", "sending", "queued", "fetching", "done"]
        assert bench.accepted == 1
        [output] = job.outputs
        [name] = bench.files()
        assert re.fullmatch(rf"flux-dev/\d{{8}}-\d{{6}}-{job_id[:8]}-Light_00001_\.png", name)
        assert output.path == str(bench.outputs / name)
        assert job.title == "flux-dev · seed 7"
        assert bench.told == []
