"""10,000 jobs through the queue at full speed, with a fault in one of twenty calls.

`BENCHMARK_JOBS` replaces the number of jobs. Afterwards the jobs are counted in the history file
and at the service, which counts the requests of each second, too.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.benchmarks.figures import Figure
from tests.benchmarks.polls import POLL_CALLS, max_within
from tests.benchmarks.processes import data_folder, run, run_floor, service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_JOBS = 10_000
_LIMIT_S = 1_200.0
_JOB_CALLS = ("submit", *POLL_CALLS)
# One in twenty calls of each kind fails: lost responses, errors, refusals, truncated files.
FAULTS = (
    "seed=20261128;"
    "drop-answer@submit%2,status-503@submit%2,rate-limit@submit%1,"
    "status-500@status%2,truncated@status%1,html@status%1,empty@status%1,"
    "status-502@result%3,truncated@result%2,cut-download%5"
)


def measure(_runs: int) -> list[Figure]:
    """Measures once, because it takes minutes."""
    jobs = int(os.environ.get("BENCHMARK_JOBS", _JOBS))
    with data_folder() as folder, data_folder() as floor_folder:
        seen_file = floor_folder / "seen.json"
        with (
            service("quick_service", "0.05", FAULTS, str(seen_file)) as service_process,
            run_floor("tests.benchmarks.loop_lateness") as floor,
        ):
            words = (str(folder), service_process.base_url, service_process.token, str(jobs))
            token = service_process.control_token
            result = run("soak_scenario", *words, limit_s=_LIMIT_S, control_token=token)
        calls = json.loads(seen_file.read_text(encoding="utf-8"))
        stored = _stored_states(folder / "history.sqlite")
    requests_s = [call[0] for call in calls if call[1] in _JOB_CALLS]
    return [*_figures(jobs, result, floor, requests_s), *_sums(jobs, result["accepted"], stored)]


def _figures(
    jobs: int, result: dict[str, Any], floor: dict[str, float], requests_s: Sequence[float]
) -> list[Figure]:
    states = ", ".join(f"{count} {state}" for state, count in sorted(result["states"].items()))
    per_job_kb = (result["end_mb"] - result["start_mb"]) * 1000 / jobs
    longest = f"longest {result['longest_ms']:.0f} ms, floor's {floor['longest_ms']:.0f} ms"
    return [
        Figure(f"soak: {jobs} jobs at speed", "jobs/s", [jobs / result["took_s"]], [], "", states),
        Figure("… duration", "s", [result["took_s"]], [], ""),
        Figure("… requests in the busiest second", "", [max_within(requests_s, 1.0)], [], ""),
        Figure("… memory at the start", "MB", [result["start_mb"]], [], ""),
        Figure("… and at the end", "MB", [result["end_mb"]], [], "", f"{per_job_kb:.1f} kB a job"),
        Figure("… requests per job", "", [result["requests"] / jobs], [], "", "without faults: 4"),
        Figure("… loop late, p99", "ms", [result["p99_ms"]], [floor["p99_ms"]], "", longest),
    ]


def _sums(jobs: int, accepted: int, stored: Counter[str]) -> list[Figure]:
    """Counts lost and duplicated jobs.

    Each accepted submit must be a row with its request id, or a row in the state "answer unknown".
    """
    lost = jobs + 1 - stored["rows"] + max(0, accepted - stored["requests"] - stored["uncertain"])
    twice = stored["requests"] - stored["different"] + max(0, accepted - stored["rows"])
    note = f"{accepted} accepted, {stored['requests']} known, {stored['uncertain']} uncertain"
    return [
        Figure("… jobs lost", "", [lost], [], "0", note),
        Figure("… submits doubled", "", [twice], [], "0"),
    ]


def _stored_states(history: Path) -> Counter[str]:
    query = (
        "SELECT count(*), sum(request_id <> ''), sum(state = 'uncertain'),"
        " count(DISTINCT nullif(request_id, '')) FROM jobs"
    )
    with closing(sqlite3.connect(history)) as connection:
        found = connection.execute(query).fetchone()
    return Counter(dict(zip(("rows", "requests", "uncertain", "different"), found, strict=True)))
