"""Processor time of the otherwise idle program, with 50 active jobs and with none."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.input_files import write_output
from tests.benchmarks.processes import data_folder, run, service


def measure(runs: int) -> list[Figure]:
    busy, none, floor, rates = [], [], [], []
    with data_folder() as files:
        output = write_output(files / "4k.png")
        for _run in range(runs):
            with data_folder() as folder, service("service", str(output)) as service_process:
                service_process.lend_to(folder)
                words = (str(folder), service_process.base_url)
                result = run("idle_scenario", *words, control_token=service_process.control_token)
                busy.append(result["busy"])
                none.append(result["none"])
                rates.append(result["asked_per_s"])
                rate = str(result["asked_per_s"])
                floor.append(
                    run("idle_floor", service_process.base_url, service_process.token, rate)["busy"]
                )
    note = f"floor: plain asyncio + httpx asking as often ({min(rates):.1f} to {max(rates):.1f}/s)"
    return [
        Figure("processor, 50 active jobs", "%", busy, floor, "", note),
        Figure("processor, no job", "%", none, [], ""),
    ]
