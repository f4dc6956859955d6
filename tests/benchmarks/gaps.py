"""The largest gap of a 5 ms tick in the real program, over a whole day's work in a minute."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_large_picture, write_output
from tests.benchmarks.processes import data_folder, floor_of, run, service

_AIM = "<= 16 ms"


def measure(runs: int) -> list[Figure]:
    said, bare = [], []
    with data_folder() as files:
        picture, output = write_large_picture(files / "50mb.png"), write_output(files / "4k.png")
        for _run in range(runs):
            with data_folder() as folder, service("service", str(output)) as there:
                there.lend_to(folder)
                with floor_of("tests.benchmarks.bare_ticks") as floor:
                    said.append(run("busy_day", str(folder), str(picture)))
                bare.append(floor["bare"])
    steps = list(said[0])
    figures = [
        Figure(
            f"largest gap: {step}",
            "ms",
            [each[step]["ms"] for each in said],
            [],
            _AIM,
            f"{max(each[step]['over_16'] for each in said)} over 16 ms",
            worst=True,
        )
        for step in steps
    ]
    worst = [max(step["ms"] for step in each.values()) for each in said]
    where = max(figures, key=lambda figure: figure.value).name.partition(": ")[2]
    note = f"at: {where}; floor: bare window beside it"
    return [Figure("largest gap, whole scenario", "ms", worst, bare, _AIM, note, True), *figures]
