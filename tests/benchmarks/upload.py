"""50 MB sent as a data URI: its time and extra memory, beside a streamed multipart upload."""

from __future__ import annotations

from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_large_picture
from tests.benchmarks.processes import data_folder, run, service


def measure(runs: int) -> list[Figure]:
    ours, floor = [], []
    with data_folder() as folder, service("sink") as sink:
        picture = write_large_picture(folder / "50mb.png")
        for _run in range(runs):
            ours.append(run("one_upload", "data-uri", sink.base_url, str(picture)))
            floor.append(run("one_upload", "multipart", sink.base_url, str(picture)))
    note = "floor: multipart from a file by httpx"
    return [
        Figure(
            "50 MB as data URI sent",
            "ms",
            [each["ms"] for each in ours],
            [each["ms"] for each in floor],
            "<= 1.5",
            note,
        ),
        Figure(
            "its extra memory",
            "MB",
            [each["extra_mb"] for each in ours],
            [each["extra_mb"] for each in floor],
            "<= 16 MB",
            note,
        ),
    ]
