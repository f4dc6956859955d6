"""Kills at random moments over hundreds of jobs, on good days and bad ones: none lost, none twice.

`python -m tests.benchmarks kills` does the same for longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.emulated import ChildEmulator
from tests.support.lives import Lives
from tests.support.random_lives import RandomLives

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lives import Tally

KILLS = 60


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
