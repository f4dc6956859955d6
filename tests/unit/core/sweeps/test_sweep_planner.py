"""What a person thinks up is planned, and made ready only as it stands on the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from tests.support.async_wait import wait_until
from tests.support.grid_harness import open_grid_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.sweeps.csv_table import CsvTable


async def test_what_is_typed_last_counts_and_no_other_draft_is_sent(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        spec = SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5"),))
        width = grid_harness.key("width")
        grid_harness.draft_editor.commit_requested.subscribe(
            lambda _nothing: grid_harness.draft_editor.edit({width: 64}, "w")
        )
        prepared = await grid_harness.prepare(spec)
        assert prepared is not None
        assert [run.draft.value(width) for run in prepared.cell_runs.runs] == [64, 64]


async def test_tables_are_read_for_the_dialog(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        (tmp_path / "runs.csv").write_text("cfg,steps\n1,2\n")
        tables: list[CsvTable] = []
        problems: list[Problem] = []
        grid_harness.sweeps.read_table(str(tmp_path / "runs.csv"), tables.append, problems.append)
        await wait_until(lambda: bool(tables))
        assert tables[0].columns == ("cfg", "steps")
        grid_harness.sweeps.read_table(str(tmp_path / "none.csv"), tables.append, problems.append)
        await wait_until(lambda: bool(problems))
        assert problems[0].title == "The CSV file none.csv cannot be read."
