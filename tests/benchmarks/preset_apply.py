"""A preset of 500 changes, applied to a workflow of 1,000 nodes: with its own ids and others."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run

_PREVIEW, _TREE = "floor: a dialog with 500 plain rows", "floor: the tree painted once more"
_CASES = (("same", "preset of 500 changes"), ("other", "the same, all ids changed"))


def measure(runs: int) -> list[Figure]:
    results = []
    for _run in range(runs):
        with data_folder() as folder:
            results.append(run("preset_apply_scenario", str(folder / "data")))

    def values(key: str) -> list[float]:
        return [each[key] for each in results]

    preview, tree = values("floor_preview_ms"), values("floor_applied_ms")
    figures: list[Figure] = []
    for case, name in _CASES:
        figures += [
            Figure(f"{name}: planned", "ms", values(f"{case}_plan_ms"), [], ""),
            Figure(f"{name}: preview", "ms", values(f"{case}_preview_ms"), preview, "", _PREVIEW),
            Figure(f"{name}: applied", "ms", values(f"{case}_applied_ms"), tree, "", _TREE),
        ]
    return figures
