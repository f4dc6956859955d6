"""Jobs with fixed times, for tests of cost calculations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runcomfy_desktop.domain.jobs.job import Job, JobState

SERVICE = "https://api.example"
SKU = "AMPERE_48"
# Noon in local time, so that an hour's work falls on one day.
NOON_S = datetime(2026, 8, 3, 12).astimezone().timestamp()


def spending_job(job_id: str, state: JobState = JobState.WAITING, **fields: Any) -> Job:
    """Returns a job of deployment `d`, on a machine at the default price of $2.50 an hour."""
    defaults = {"hardware": SKU, "created_s": NOON_S, "order": NOON_S, "keep_warm_s": 60}
    if state not in (JobState.WAITING, JobState.HELD):
        defaults |= {"sent_s": NOON_S}
    known = {
        "job_id": job_id,
        "service": SERVICE,
        "deployment_id": "d",
        "deployment_name": "D",
        "title": "t",
        "state": state,
    }
    return Job(**{**known, **defaults, **fields})


def finished_job(
    job_id: str,
    run_s: float,
    *,
    at_s: float = NOON_S,
    waited_s: float = 2.0,
    state: JobState = JobState.DONE,
    **fields: Any,
) -> Job:
    """Returns a job that was accepted at `at_s`, waited and ran."""
    started_s = at_s + waited_s
    times = {"queued_s": at_s, "running_s": started_s, "finished_s": started_s + run_s}
    return spending_job(job_id, state, **{"request_id": f"r-{job_id}", **times, **fields})
