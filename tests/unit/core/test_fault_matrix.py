"""The table of faults, row by row: queue, history, client and emulator are real, no line is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.fault_plays import CLOUD, play
from tests.support.fault_table import ROWS
from tests.support.job_bench import open_bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fault_table import Row

pytestmark = pytest.mark.logs_errors


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_fault_at_a_stage(row: Row, tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=CLOUD) as bench:
        await play(bench, row)
