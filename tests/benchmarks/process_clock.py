"""Time since the parent started this process; few imports, because they are measured as well."""

from __future__ import annotations

import os
import time

STARTED_AT = "BENCHMARK_BORN_NS"


def since_start_ms() -> float:
    return (time.monotonic_ns() - int(os.environ[STARTED_AT])) / 1e6
