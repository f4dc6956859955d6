"""Editing workflows of 20, 300 and 1,000 nodes, and one with 300 prompts of 20 KB."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run

_SIZES = ((20, 0), (300, 0), (1000, 0), (300, 20_000))
_TARGET_OPEN, _TARGET_FRAME, _TARGET_MEMORY = "<= 120 ms", "<= 16 ms", "<= 100 MB"
_FLOOR = "floor: a spin box and an empty tree"


def measure(runs: int) -> list[Figure]:
    figures: list[Figure] = []
    for nodes, chars in _SIZES:
        results = []
        for _run in range(runs):
            with data_folder() as folder:
                results.append(
                    run("editing_scenario", str(folder / "data"), str(nodes), str(chars))
                )
        name = f"{nodes} nodes" + (f", prompts of {chars // 1000} KB" if chars else "")
        figures += _figures(name, results)
    return figures


def _figures(name: str, results: list[dict[str, Any]]) -> list[Figure]:
    floor = [median(each["floor_ms"]) for each in results]

    def one(what: str, key: str, target: str = "") -> Figure:
        return Figure(f"{name}: {what}", "ms", [each[key] for each in results], [], target)

    def middle(what: str, key: str, target: str = "") -> Figure:
        values = [median(each[key]) for each in results]
        return Figure(f"{name}: {what}", "ms", values, floor, target, _FLOOR)

    def worst(what: str, key: str, target: str = "") -> Figure:
        values = [max(each[key]) for each in results]
        return Figure(f"{name}: {what}, worst", "ms", values, [], target, is_worst=True)

    return [
        one("opened", "open_ms", _TARGET_OPEN),
        one("expand all", "expand_ms"),
        middle("filter keystroke to last frame", "filter_ms", _TARGET_FRAME),
        worst("filter keystroke", "filter_ms", _TARGET_FRAME),
        one("filter cleared", "clear_ms"),
        middle("value edit to painted row with its check", "edit_ms", _TARGET_FRAME),
        worst("value edit", "edit_ms", _TARGET_FRAME),
        middle("scroll frame of 40 px", "scroll_ms", _TARGET_FRAME),
        worst("scroll frame", "scroll_ms", _TARGET_FRAME),
        Figure(
            f"{name}: resident", "MB", [each["resident_mb"] for each in results], [], _TARGET_MEMORY
        ),
    ]
