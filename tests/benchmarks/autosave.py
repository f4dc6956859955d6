"""Saving a large draft during edits.

The draft has 1,000 nodes, 500 changes, a text of 5 MB, and a reference to a picture of 20 MB.
"""

from __future__ import annotations

from statistics import median

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run

_TARGET_EDIT, _TARGET_DISK, _TARGET_GAP = "<= 2 ms", "<= 1000 ms", "<= 50 ms"


def measure(runs: int) -> list[Figure]:
    results = []
    for _run in range(runs):
        with data_folder() as folder:
            results.append(run("autosave_scenario", str(folder / "data")))
    edits = [median(each["edit_ms"]) for each in results]
    without = [median(each["edit_without_ms"]) for each in results]
    return [
        Figure(
            "an edit on the window's thread", "ms", edits, without, _TARGET_EDIT, "floor: unsaved"
        ),
        Figure(
            "from the edit to the disk",
            "ms",
            [median(each["disk_ms"]) for each in results],
            [median(each["plain_ms"]) for each in results],
            _TARGET_DISK,
            "floor: the file written at once",
        ),
        Figure(
            "the window's thread waits, while it is stored, worst",
            "ms",
            [each["gap_ms"] for each in results],
            [each["idle_gap_ms"] for each in results],
            _TARGET_GAP,
            "floor: nothing is stored",
            is_worst=True,
        ),
        Figure("the draft's file", "MB", [each["file_mb"] for each in results], [], ""),
    ]
