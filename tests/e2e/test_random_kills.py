"""Kills at random moments over hundreds of jobs, on good days and bad ones: none lost, none twice.

`python -m tests.benchmarks kills` does the same for longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.emulated import ChildEmulator
from tests.support.lives import Lives
from tests.support.random_grids import RandomGrids
from tests.support.random_lives import RandomLives

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lives import Tally

KILLS = 60
KILLS_OF_GRIDS = 25


@pytest.mark.timeout(300)
def test_many_kills_at_random_lose_nothing_and_send_nothing_twice(
    tmp_path: Path, tally: Tally
) -> None:
    seed = 20261128
    with ChildEmulator("--fault-seed", str(seed), run_s=0.1) as service:
        lives = Lives(tmp_path, service, tally)
        try:
            RandomLives(lives, seed).run(KILLS)
        finally:
            lives.end()


@pytest.mark.timeout(300)
def test_kills_at_random_leave_grids_whole_and_send_no_cell_twice(
    tmp_path: Path, tally: Tally
) -> None:
    seed = 20261129
    with ChildEmulator("--fault-seed", str(seed), run_s=0.1) as service:
        lives = Lives(tmp_path, service, tally)
        try:
            grids = RandomGrids(lives, seed)
            grids.run(KILLS_OF_GRIDS)
            grids.all_are_whole()
        finally:
            lives.end()
