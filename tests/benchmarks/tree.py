"""A workflow of 1,000 nodes and 12,000 inputs: time until its tree is shown, and memory."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.input_files import write_workflow
from tests.benchmarks.processes import data_folder, run


def measure(runs: int) -> list[Figure]:
    results, bare = [], []
    for _run in range(runs):
        with data_folder() as folder:
            workflow = write_workflow(folder / "big.json")
            results.append(run("tree_scenario", str(folder / "data"), str(workflow)))
        bare.append(run("tree_scenario", "bare")["resident_mb"])
    floor = [each["floor_ms"] for each in results]
    return [
        Figure(
            "1,000-node workflow opened, tree painted",
            "ms",
            [each["open_ms"] for each in results],
            floor,
            "<= 120 ms",
            "floor: json.loads + an empty tree painted",
        ),
        Figure(
            "its tree scrolled to the end", "ms", [each["scroll_ms"] for each in results], [], ""
        ),
        Figure(
            "resident, first-run page",
            "MB",
            [each["empty_mb"] for each in results],
            bare,
            "<= 100 MB",
            "floor: bare PySide6 window",
        ),
        Figure(
            "resident, with the big workflow",
            "MB",
            [each["full_mb"] for each in results],
            bare,
            "",
            "floor: bare PySide6 window",
        ),
    ]
