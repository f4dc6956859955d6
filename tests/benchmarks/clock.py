"""Time since the parent started this process; imports next to nothing, for it is measured, too."""

from __future__ import annotations

import os
import time

BORN = "BENCHMARK_BORN_NS"


def since_birth_ms() -> float:
    return (time.monotonic_ns() - int(os.environ[BORN])) / 1e6
