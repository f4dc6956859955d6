"""A hundred changes between the demo and the account: what is left of the ended sessions."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.input_files import write_output
from tests.benchmarks.processes import data_folder, run, service

_LIMIT_S = 600.0


def measure(runs: int) -> list[Figure]:
    results = []
    with data_folder() as files:
        output = write_output(files / "4k.png")
        for _run in range(runs):
            with data_folder() as folder, service("service", str(output)) as service_process:
                service_process.lend_to(folder)
                arguments = ("session_changes_scenario", str(folder))
                results.append(run(*arguments, limit_s=_LIMIT_S))

    def values(key: str) -> list[float]:
        return [each[key] for each in results]

    note = "; ".join(sorted({name for each in results for name in each["kept"]}))
    return [
        Figure("demo and account, one change", "ms", values("change_ms"), [], ""),
        Figure("objects kept by 100 changes", "", values("kept_count"), [], "0", note, True),
        Figure("memory kept by 100 changes", "MB", values("kept_mb"), [], ""),
        Figure("resident, demo open, at the start", "MB", values("start_mb"), [], ""),
    ]
