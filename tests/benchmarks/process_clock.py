"""Time since the parent started this process; imports next to nothing, for it is measured, too."""

from __future__ import annotations

import os
import time

STARTED_AT = "BENCHMARK_BORN_NS"


def since_start_ms() -> float:
    return (time.monotonic_ns() - int(os.environ[STARTED_AT])) / 1e6
