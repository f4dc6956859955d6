"""Kills at random moments over many jobs, with and without faults: none lost, none twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.support.emulators import ChildEmulator
from tests.support.program_restarts import ProgramRestarts
from tests.support.random_grids import RandomGrids
from tests.support.random_restarts import RandomRestarts
from tests.support.soak import share

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program_restarts import KillTally

KILLS = share(12, 240)
KILLS_OF_GRIDS = share(6, 80)
# Each soak test uses another seed; it is printed, and a failing test shows it.
SEED = share(20261128, time.time_ns() % 1_000_000)

pytestmark = [pytest.mark.soak, pytest.mark.timeout(share(200, 1_200))]


def test_many_kills_at_random_lose_nothing_and_send_nothing_twice(
    tmp_path: Path, tally: KillTally
) -> None:
    print(f"seed {SEED}")
    with ChildEmulator("--fault-seed", str(SEED), run_s=0.1) as service:
        restarts = ProgramRestarts(tmp_path, service, tally)
        try:
            RandomRestarts(restarts, SEED).run(KILLS)
        finally:
            restarts.end()


def test_kills_at_random_leave_grids_whole_and_send_no_cell_twice(
    tmp_path: Path, tally: KillTally
) -> None:
    print(f"seed {SEED}")
    with ChildEmulator("--fault-seed", str(SEED), run_s=0.1) as service:
        restarts = ProgramRestarts(tmp_path, service, tally)
        try:
            random_grids = RandomGrids(restarts, SEED)
            random_grids.run(KILLS_OF_GRIDS)
            random_grids.check_grids_complete()
        finally:
            restarts.end()
