"""Time for which malicious inputs block the window: the largest gap of a 5 ms tick per kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder, run, service

if TYPE_CHECKING:
    from collections.abc import Iterable

_TARGET_MS = 100
_KINDS = {
    "workflow": "hostile workflow files",
    "drop": "hostile drops on a picture input",
    "result": "hostile results",
}


def measure(runs: int) -> list[Figure]:
    results = []
    for _run in range(runs):
        with (
            data_folder() as files,
            data_folder() as folder,
            service("hostile_service") as service_process,
        ):
            service_process.lend_to(folder)
            results.append(run("hostile_scenario", str(folder), str(files), limit_s=600))
    return [_figure(kind, name, results) for kind, name in _KINDS.items()]


def _figure(kind: str, name: str, results: Iterable[dict[str, dict[str, Any]]]) -> Figure:
    gaps = [
        {step: gap["ms"] for step, gap in each.items() if step.startswith(f"{kind}: ")}
        for each in results
    ]
    worst = {step: max(each[step] for each in gaps) for step in gaps[0]}
    location, ms = max(worst.items(), key=lambda item: item[1])
    long = [step for step, gap in worst.items() if gap > _TARGET_MS]
    note = f"of {len(worst)}; at: {location.removeprefix(f'{kind}: ')}"
    if ms > _TARGET_MS:
        note = f"{note}; {len(long)} over {_TARGET_MS} ms"
    return Figure(
        f"largest gap: {name}",
        "ms",
        [max(each.values()) for each in gaps],
        [],
        f"<= {_TARGET_MS} ms",
        note,
        is_worst=True,
    )
