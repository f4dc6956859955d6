"""Largest gap of a 5 ms tick in the real program, over a whole day's work in one minute."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.input_files import write_large_picture, write_output
from tests.benchmarks.processes import data_folder, run, run_floor, service

_TARGET = "<= 16 ms"


def measure(runs: int) -> list[Figure]:
    results, bare = [], []
    with data_folder() as files:
        picture, output = write_large_picture(files / "50mb.png"), write_output(files / "4k.png")
        for _run in range(runs):
            with data_folder() as folder, service("service", str(output)) as service_process:
                service_process.lend_to(folder)
                with run_floor("tests.benchmarks.bare_ticks") as floor:
                    results.append(run("gaps_scenario", str(folder), str(picture)))
                bare.append(floor["bare"])
    steps = list(results[0])
    figures = [
        Figure(
            f"largest gap: {step}",
            "ms",
            [each[step]["ms"] for each in results],
            [],
            _TARGET,
            f"{max(each[step]['over_16'] for each in results)} over 16 ms",
            is_worst=True,
        )
        for step in steps
    ]
    worst = [max(step["ms"] for step in each.values()) for each in results]
    locations = max(figures, key=lambda figure: figure.value).name.partition(": ")[2]
    note = f"at: {locations}; floor: bare window beside it"
    return [Figure("largest gap, whole scenario", "ms", worst, bare, _TARGET, note, True), *figures]
