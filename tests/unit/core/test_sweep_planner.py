"""What a person thinks up is planned, and made ready only as it stands on the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.sweep.spec import ListSpec, SweepSpec
from tests.support.sweep_bench import open_grids
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.sweep.table import Table


async def test_what_is_typed_last_counts_and_no_other_draft_is_sent(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        spec = SweepSpec((ListSpec(grids.key("steps"), "4, 5"),))
        width = grids.key("width")
        grids.workbench.settling.subscribe(lambda _nothing: grids.workbench.edit({width: 64}, "w"))
        prepared = await grids.prepare(spec)
        assert prepared is not None
        assert [run.draft.value(width) for run in prepared.cells.runs] == [64, 64]


async def test_tables_are_read_for_the_dialog(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        (tmp_path / "runs.csv").write_text("cfg,steps\n1,2\n")
        tables: list[Table] = []
        problems: list[Problem] = []
        grids.sweeps.read_table(str(tmp_path / "runs.csv"), tables.append, problems.append)
        await until(lambda: bool(tables))
        assert tables[0].columns == ("cfg", "steps")
        grids.sweeps.read_table(str(tmp_path / "none.csv"), tables.append, problems.append)
        await until(lambda: bool(problems))
        assert problems[0].title == "The CSV file none.csv cannot be read."
