"""Download of a job's files: a few at once, limited row writes, three tries on a full disk."""

from __future__ import annotations

import pytest

from runcomfy_desktop.core.jobs.job_download import files_per_row_write
from runcomfy_desktop.domain.jobs.output import Output, OutputKind


def outputs(count: int, text: str = "") -> tuple[Output, ...]:
    return tuple(
        Output("9", "images", OutputKind.IMAGE, f"{at}.png", "https://x.example/" + "p" * 100, text)
        for at in range(count)
    )


@pytest.mark.parametrize(
    ("count", "text", "rows"),
    [(1, "", 1), (3, "", 3), (50, "", 50), (500, "", 50), (10_000, "", 5), (500, "x" * 9999, 5)],
)
def test_how_often_a_row_is_written(count: int, text: str, rows: int) -> None:
    apart = files_per_row_write(outputs(count, text))
    assert count // apart == rows
