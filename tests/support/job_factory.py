"""Creates jobs for tests that do not need the whole program."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runcomfy_desktop.domain.jobs.job import Job, JobState

SERVICE = "http://127.0.0.1:8001"


def make_job(state: JobState = JobState.QUEUED, **fields: Any) -> Job:
    """Returns a job of the text-to-picture deployment; its request id is `r-1` by default."""
    job = Job(
        job_id="job-1",
        service=SERVICE,
        deployment_id="5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48",
        deployment_name="flux-dev",
        title="flux-dev",
        state=state,
        created_s=1000.0,
        request_id="r-1",
        queued_s=1010.0,
    )
    return replace(job, **fields)
