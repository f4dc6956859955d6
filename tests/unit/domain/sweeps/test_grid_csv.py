"""A grid as CSV: one row for each cell, and no formula that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import PurePath

from runcomfy_desktop.domain.jobs.job import Job, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.sweeps.grid_csv import grid_csv
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, Sweep

TEXTS = Axis("prompt", (AxisPoint("=HYPERLINK(1)"), AxisPoint('a "bike", red')))
NUMBERS = Axis("cfg", (AxisPoint("-0.5"), AxisPoint("4")))
GRID = Sweep("s", "grid", (TEXTS, NUMBERS))
DONE = Job(
    job_id="j",
    service="https://x",
    deployment_id="d",
    deployment_name="@deployment",
    title="t",
    state=JobState.DONE,
    created_s=1.0,
    running_s=10.0,
    finished_s=52.5,
    seed=7,
    cost_usd=0.05123,
    request_id="r-1",
    outputs=(
        Output("9", "images", OutputKind.IMAGE, "a.png", path="/home/me/out/bike/a.png"),
        Output("9", "images", OutputKind.IMAGE, "p.png", path="/tmp/p.png", is_preview=True),
        Output("9", "images", OutputKind.IMAGE, "b.png", url="https://signed.example/b.png?k=1"),
    ),
)


def rows(sweep: Sweep = GRID, job: Job | None = DONE) -> list[dict[str, str]]:
    text = grid_csv(sweep, lambda cell: job if cell == 1 else None, lambda p: PurePath(p).name)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_cell_has_a_row_with_its_values() -> None:
    found = rows()
    assert [each["cell"] for each in found] == ["1", "2", "3", "4"]
    assert [(each["column"], each["row"], each["page"]) for each in found] == [
        ("1", "1", "1"),
        ("2", "1", "1"),
        ("1", "2", "1"),
        ("2", "2", "1"),
    ]
    assert [each["Y: cfg"] for each in found] == ["-0.5", "-0.5", "4", "4"]


def test_what_became_of_a_cell_is_in_it() -> None:
    first, second, *_rest = rows()
    assert (first["state"], first["files"], first["request_id"]) == ("missing", "", "")
    assert second["state"] == "done"
    assert (second["seed"], second["cost_usd"], second["run_s"]) == ("7", "0.0512", "42.5")
    assert (second["files"], second["request_id"]) == ("a.png", "r-1")


def test_nothing_in_it_is_a_formula_and_numbers_stay_numbers() -> None:
    first, second, *_rest = rows()
    assert first["X: prompt"] == "'=HYPERLINK(1)"
    assert second["X: prompt"] == 'a "bike", red'
    assert second["deployment"] == "'@deployment"
    assert first["Y: cfg"] == "-0.5"
    text = grid_csv(GRID, lambda _cell: replace(DONE, request_id="+1 = 2"), lambda path: path)
    assert '"\'+1 = 2"' in text


def test_no_address_and_no_folder_is_in_it() -> None:
    text = grid_csv(GRID, lambda _cell: DONE, lambda path: PurePath(path).name)
    assert "signed.example" not in text
    assert "/home" not in text


def test_a_zipped_grid_has_a_row_for_each_pair() -> None:
    found = rows(replace(GRID, is_zip=True), None)
    assert [(each["X: prompt"], each["Y: cfg"]) for each in found] == [
        ("'=HYPERLINK(1)", "-0.5"),
        ('a "bike", red', "4"),
    ]
