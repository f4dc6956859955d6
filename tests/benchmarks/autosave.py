"""Storing a large draft while somebody edits: 1,000 nodes, 500 changes, a text of 5 MB, and a
picture of 20 MB that it refers to."""

from __future__ import annotations

from statistics import median

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run

_AIM_EDIT, _AIM_DISK, _AIM_GAP = "<= 2 ms", "<= 1000 ms", "<= 50 ms"


def measure(runs: int) -> list[Figure]:
    said = []
    for _run in range(runs):
        with data_folder() as folder:
            said.append(run("autosave_day", str(folder / "data")))
    edits = [median(each["edit_ms"]) for each in said]
    without = [median(each["edit_without_ms"]) for each in said]
    return [
        Figure("an edit on the window's thread", "ms", edits, without, _AIM_EDIT, "floor: unsaved"),
        Figure(
            "from the edit to the disk",
            "ms",
            [median(each["disk_ms"]) for each in said],
            [median(each["plain_ms"]) for each in said],
            _AIM_DISK,
            "floor: the file written at once",
        ),
        Figure(
            "the window's thread waits, while it is stored, worst",
            "ms",
            [each["gap_ms"] for each in said],
            [each["idle_gap_ms"] for each in said],
            _AIM_GAP,
            "floor: nothing is stored",
            worst=True,
        ),
        Figure("the draft's file", "MB", [each["file_mb"] for each in said], [], ""),
    ]
