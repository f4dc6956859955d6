"""The queue's table with 10,000 jobs, 50 of which change each second: time of each frame."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import run

_TARGET = "<= 16.7 ms"
_NAMES = {
    "rest": "10,000 jobs, 50 a second change, not touched",
    "scroll": "… scrolled by 40 px a frame",
    "pages": "… scrolled by a page a frame",
    "sort": "… sorted by another column",
}


def measure(runs: int) -> list[Figure]:
    figures = []
    jobs = [run("rows_scenario", "jobs") for _run in range(runs)]
    floors = [run("rows_scenario", "bare") for _run in range(runs)]
    for step, name in _NAMES.items():
        for kind, worst in (("median", False), ("p99", False), ("worst", True)):
            figures.append(
                Figure(
                    f"{name}: {kind}",
                    "ms",
                    [each[step][kind] for each in jobs],
                    [each[step][kind] for each in floors],
                    _TARGET,
                    f"{max(each[step]['over'] for each in jobs)} of {jobs[0][step]['frames']} over"
                    if worst
                    else "floor: QTableView, 10,000 rows of plain texts",
                    worst,
                )
            )
    return figures
