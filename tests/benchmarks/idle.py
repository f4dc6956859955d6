"""What the program costs while it waits: 50 active jobs, and nothing else going on."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_output
from tests.benchmarks.processes import data_folder, run, service


def measure(runs: int) -> list[Figure]:
    busy, none, floor, asked = [], [], [], []
    with data_folder() as files:
        output = write_output(files / "4k.png")
        for _run in range(runs):
            with data_folder() as folder, service("service", str(output)) as there:
                there.lend_to(folder)
                words = (str(folder), there.base_url)
                said = run("waiting", *words, control_token=there.control_token)
                busy.append(said["busy"])
                none.append(said["none"])
                asked.append(said["asked_per_s"])
                rate = str(said["asked_per_s"])
                floor.append(run("pollers", there.base_url, there.token, rate)["busy"])
    note = f"floor: plain asyncio + httpx asking as often ({min(asked):.1f} to {max(asked):.1f}/s)"
    return [
        Figure("processor, 50 active jobs", "%", busy, floor, "", note),
        Figure("processor, no job", "%", none, [], ""),
    ]
