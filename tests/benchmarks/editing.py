"""Editing workflows of 20, 300 and 1,000 nodes, and one with 300 prompts of 20 KB."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run

_SIZES = ((20, 0), (300, 0), (1000, 0), (300, 20_000))
_AIM_OPEN, _AIM_FRAME, _AIM_MEMORY = "<= 120 ms", "<= 16 ms", "<= 100 MB"
_FLOOR = "floor: a spin box and an empty tree"


def measure(runs: int) -> list[Figure]:
    figures: list[Figure] = []
    for nodes, letters in _SIZES:
        said = []
        for _run in range(runs):
            with data_folder() as folder:
                said.append(run("editing_day", str(folder / "data"), str(nodes), str(letters)))
        name = f"{nodes} nodes" + (f", prompts of {letters // 1000} KB" if letters else "")
        figures += _figures(name, said)
    return figures


def _figures(name: str, said: list[dict[str, Any]]) -> list[Figure]:
    floor = [median(each["floor_ms"]) for each in said]

    def one(what: str, key: str, aim: str = "") -> Figure:
        return Figure(f"{name}: {what}", "ms", [each[key] for each in said], [], aim)

    def middle(what: str, key: str, aim: str = "") -> Figure:
        values = [median(each[key]) for each in said]
        return Figure(f"{name}: {what}", "ms", values, floor, aim, _FLOOR)

    def worst(what: str, key: str, aim: str = "") -> Figure:
        values = [max(each[key]) for each in said]
        return Figure(f"{name}: {what}, worst", "ms", values, [], aim, worst=True)

    return [
        one("opened", "open_ms", _AIM_OPEN),
        one("expand all", "expand_ms"),
        middle("filter keystroke to last frame", "filter_ms", _AIM_FRAME),
        worst("filter keystroke", "filter_ms", _AIM_FRAME),
        one("filter cleared", "clear_ms"),
        middle("value edit to painted row with its check", "edit_ms", _AIM_FRAME),
        worst("value edit", "edit_ms", _AIM_FRAME),
        middle("scroll frame of 40 px", "scroll_ms", _AIM_FRAME),
        worst("scroll frame", "scroll_ms", _AIM_FRAME),
        Figure(f"{name}: resident", "MB", [each["resident_mb"] for each in said], [], _AIM_MEMORY),
    ]
