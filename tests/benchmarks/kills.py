"""Hundreds of jobs over a hundred lives of the queue, each killed at a random moment.

`BENCHMARK_KILLS` is another number of kills. The steps of a job's life one by one are in
`tests/e2e/test_kills.py`.
"""

from __future__ import annotations

import os
import time

from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import data_folder
from tests.support.emulated import ChildEmulator
from tests.support.lives import Lives, Tally
from tests.support.random_lives import RandomLives

_KILLS = 200


def measure(_runs: int) -> list[Figure]:
    """Once, with a seed of its own, which is printed."""
    kills = int(os.environ.get("BENCHMARK_KILLS", _KILLS))
    tally, seed, began_s = Tally(), time.time_ns() % 1_000_000, time.monotonic()
    with data_folder() as folder, ChildEmulator("--fault-seed", str(seed), run_s=0.1) as service:
        lives = Lives(folder, service, tally)
        try:
            RandomLives(lives, seed).run(kills)
        finally:
            lives.end()
    note = f"seed {seed}, {time.monotonic() - began_s:.0f} s"
    return [
        Figure("kills at random moments", "", [tally.kills], [], "", note),
        Figure("… jobs", "", [tally.jobs], [], "", f"{tally.accepted} accepted submits"),
        Figure("… jobs lost", "", [tally.lost], [], "0"),
        Figure("… submits doubled", "", [tally.doubled], [], "0"),
    ]
