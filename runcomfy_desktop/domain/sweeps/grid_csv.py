"""Export of a grid as CSV: one row for each cell, in the order of the cells."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.sweeps.cells import AXIS_LETTERS, points_of, position_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep

# Characters that a spreadsheet takes for the start of a formula, which it would run.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FILES = " | "


def grid_csv(
    sweep: Sweep, job_at: Callable[[int], Job | None], name_of: Callable[[str], str]
) -> str:
    """Returns the whole table, with every field in quotes.

    `name_of` converts the path of a result to the name that is written, so that the user's folders
    are not disclosed.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([_escape_formula(each) for each in _header(sweep)])
    for cell in range(sweep.cell_count):
        writer.writerow(
            [_escape_formula(each) for each in _row(sweep, cell, job_at(cell), name_of)]
        )
    return table.getvalue()


def _header(sweep: Sweep) -> Iterator[str]:
    yield from ("cell", "column", "row", "page")
    for letter, axis in zip(AXIS_LETTERS, sweep.axes, strict=False):
        yield f"{letter}: {one_line(axis.name)}"
    yield from ("deployment", "state", "seed", "cost_usd", "run_s", "files", "request_id")


def _row(sweep: Sweep, cell: int, job: Job | None, name_of: Callable[[str], str]) -> Sequence[str]:
    column, row, page = position_of(sweep, cell)
    positions = (str(each + 1) for each in (cell, column, row, page))
    labels = (point.label for point in points_of(sweep, cell))
    if job is None:
        return [*positions, *labels, "", "missing", "", "", "", "", ""]
    ran_s = job.ran_s(job.finished_s) if job.finished_s else 0.0
    files = (name_of(each.path) for each in job.outputs if each.path and not each.is_preview)
    return [
        *positions,
        *labels,
        job.deployment_name,
        job.state.value,
        "" if job.seed is None else str(job.seed),
        f"{job.cost_usd:.4f}" if job.cost_usd else "",
        f"{ran_s:.1f}" if ran_s else "",
        _FILES.join(files),
        job.request_id,
    ]


def _escape_formula(text: str) -> str:
    """Escapes text that a spreadsheet would take for a formula; numbers are unchanged."""
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and text.strip() == text
    except ValueError:
        return False
