"""1,000 active jobs in real time at the shipped pace: how often is asked, and how long a turn is.

Counted where it arrives, at the service. `BENCHMARK_POLLED_S` is another time than 150 s.
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
_FOR_EVER_S = "100000"
_ASKED = ("status", "result", "cancel")


def measure(_runs: int) -> list[Figure]:
    """Once: it takes minutes."""
    seconds = float(os.environ.get("BENCHMARK_POLLED_S", _POLLED_S))
    with data_folder() as folder, data_folder() as beside:
        seen = beside / "seen.json"
        with service("quick_service", _FOR_EVER_S, "", str(seen)) as there:
            words = (str(folder), there.base_url, there.token, str(_JOBS), str(seconds))
            said = run("polling_day", *words, limit_s=_LIMIT_S)
        calls = json.loads(seen.read_text(encoding="utf-8"))
    began_s, ended_s = said["began_s"], said["ended_s"]
    asked = [call for call in calls if call[1] in _ASKED and began_s <= call[0] <= ended_s]
    return _figures(said, [call[0] for call in asked], _turns(asked, began_s, ended_s))


def _figures(said: dict[str, Any], times: Sequence[float], turns: Sequence[float]) -> list[Figure]:
    seconds = said["ended_s"] - said["began_s"]
    most = _most_within(times, 1.0)
    note = f"{len(turns)} jobs asked about in {seconds:.0f} s; {said['active']} active at the end"
    return [
        Figure(f"{_JOBS} active jobs: asked", "/s", [len(times) / seconds], [], "< 10", note),
        Figure("… in the busiest second", "", [most], [], "<= 10"),
        Figure("… longest turn of a job", "s", [max(turns)], [], "<= 120"),
        Figure("… processor", "%", [said["busy"]], [], ""),
        Figure("… loop late, p99", "ms", [said["p99_ms"]], [], ""),
    ]


def _most_within(times: Sequence[float], window_s: float) -> int:
    most = first = 0
    for last, time_s in enumerate(times):
        while time_s - times[first] >= window_s:
            first += 1
        most = max(most, last - first + 1)
    return most


def _turns(asked: Sequence[Sequence[Any]], began_s: float, ended_s: float) -> list[float]:
    """For each job the longest time in which it was not asked about, the edges included."""
    times: dict[str, list[float]] = defaultdict(lambda: [began_s])
    for time_s, call, path in asked:
        if call == "status":
            times[path].append(time_s)
    if len(times) < _JOBS:
        return [ended_s - began_s]
    return [
        max(later - earlier for earlier, later in zip(each, [*each[1:], ended_s], strict=True))
        for each in times.values()
    ]
