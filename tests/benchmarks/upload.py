"""Upload of 50 MB as a data URI: time and extra memory, compared with a multipart stream."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.input_files import write_large_picture
from tests.benchmarks.processes import data_folder, run, service


def measure(runs: int) -> list[Figure]:
    results, floor = [], []
    with data_folder() as folder, service("upload_sink") as sink:
        picture = write_large_picture(folder / "50mb.png")
        for _run in range(runs):
            results.append(run("upload_scenario", "data-uri", sink.base_url, str(picture)))
            floor.append(run("upload_scenario", "multipart", sink.base_url, str(picture)))
    note = "floor: multipart from a file by httpx"
    return [
        Figure(
            "50 MB as data URI sent",
            "ms",
            [each["ms"] for each in results],
            [each["ms"] for each in floor],
            "<= 1.5",
            note,
        ),
        Figure(
            "its extra memory",
            "MB",
            [each["extra_mb"] for each in results],
            [each["extra_mb"] for each in floor],
            "<= 16 MB",
            note,
        ),
    ]
