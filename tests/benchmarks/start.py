"""Time from process start to the first painted window, compared with a bare PySide6 window."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run


def measure(runs: int) -> list[Figure]:
    bare, window, usable = [], [], []
    for at in range(runs + 1):
        floor = run("start_scenario", "bare")["window_ms"]
        with data_folder() as folder:
            result = run("start_scenario", "program", str(folder))
        if at:  # the first start fills the disk cache
            bare.append(floor)
            window.append(result["window_ms"])
            usable.append(result["usable_ms"])
    note = "floor: bare PySide6 window"
    return [
        Figure("start to first painted window", "ms", window, bare, "<= 1.25", note),
        Figure("start to usable first-run page", "ms", usable, bare, "", note),
    ]
