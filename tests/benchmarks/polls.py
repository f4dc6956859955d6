"""Polling of 1,000 active jobs in real time, at the default rate: calls, and interval per job.

The service counts the requests. `BENCHMARK_POLLED_S` replaces the duration of 150 s.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run, service

if TYPE_CHECKING:
    from collections.abc import Sequence

_JOBS = 1_000
_POLLED_S = 150.0
_LIMIT_S = 900.0
_ENDLESS_RUN_S = "100000"
POLL_CALLS = ("status", "result", "cancel")


def measure(_runs: int) -> list[Figure]:
    """Measures once, because it takes minutes."""
    seconds = float(os.environ.get("BENCHMARK_POLLED_S", _POLLED_S))
    with data_folder() as folder, data_folder() as floor_folder:
        seen_file = floor_folder / "seen.json"
        with service("quick_service", _ENDLESS_RUN_S, "", str(seen_file)) as service_process:
            words = (
                str(folder),
                service_process.base_url,
                service_process.token,
                str(_JOBS),
                str(seconds),
            )
            result = run("polls_scenario", *words, limit_s=_LIMIT_S)
        calls = json.loads(seen_file.read_text(encoding="utf-8"))
    started_s, ended_s = result["began_s"], result["ended_s"]
    polls = [call for call in calls if call[1] in POLL_CALLS and started_s <= call[0] <= ended_s]
    return _figures(result, [call[0] for call in polls], _max_pauses(polls, started_s, ended_s))


def _figures(
    result: dict[str, Any], times: Sequence[float], turns_s: Sequence[float]
) -> list[Figure]:
    seconds = result["ended_s"] - result["began_s"]
    maximum = max_within(times, 1.0)
    note = (
        f"{len(turns_s)} jobs asked about in {seconds:.0f} s; {result['active']} active at the end"
    )
    return [
        Figure(f"{_JOBS} active jobs: asked", "/s", [len(times) / seconds], [], "< 10", note),
        Figure("… in the busiest second", "", [maximum], [], "<= 10"),
        Figure("… longest turn of a job", "s", [max(turns_s)], [], "<= 120"),
        Figure("… processor", "%", [result["busy"]], [], ""),
        Figure("… loop late, p99", "ms", [result["p99_ms"]], [], ""),
    ]


def max_within(times: Sequence[float], window_s: float) -> int:
    """Returns the highest number of sorted `times` within a window."""
    maximum = first = 0
    for last, time_s in enumerate(times):
        while time_s - times[first] >= window_s:
            first += 1
        maximum = max(maximum, last - first + 1)
    return maximum


def _max_pauses(requests: Sequence[Sequence[Any]], started_s: float, ended_s: float) -> list[float]:
    """Returns the longest time without a request for each job, including the start and the end."""
    times: dict[str, list[float]] = defaultdict(lambda: [started_s])
    for time_s, call, path in requests:
        if call == "status":
            times[path].append(time_s)
    if len(times) < _JOBS:
        return [ended_s - started_s]
    return [
        max(later - earlier for earlier, later in zip(each, [*each[1:], ended_s], strict=True))
        for each in times.values()
    ]
